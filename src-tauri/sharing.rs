//! "You are sharing": a small bar at the top of the shared screen, there exactly as long as something is captured.
//!
//! It hangs on the capture itself and not on what the page shows, so that nothing is ever captured without it. The border around
//! what is shared is drawn by the capture (`confab_devices`).

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use confab_contract::Intent;
use confab_devices::{SystemDevices, screen};
use confab_media_model::{
    AudioSink, AudioSource, CameraRequest, DeviceFault, DeviceList, Devices, FaultSink, FrameSink,
    OpenDevice, Rect, ScreenRequest, ShareWatch,
};
use confab_types::{DeviceId, SourceId};
use tauri::{AppHandle, Manager};

use crate::bridge::Bridge;
use crate::words::Words;

#[cfg(target_os = "linux")]
#[path = "sharing/linux.rs"]
mod bar;
#[cfg(not(target_os = "linux"))]
#[path = "sharing/others.rs"]
mod bar;

/// The colour around what is shared: the accent of the page, red, green, blue.
pub const COLOUR: u32 = 0x00_1e_b5_b0;

/// What the bar says and where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bar {
    text: String,
    stop: String,
    /// What is shared, in pixels of the desktop; `None` where the system does not tell.
    place: Option<Rect>,
}

/// The devices of this computer, with an eye on what is captured of its screen.
pub struct Watched {
    devices: SystemDevices,
    sharing: Arc<Sharing>,
}

/// Whether something is shared now.
#[derive(Default)]
pub struct Sharing {
    app: OnceLock<AppHandle>,
    shared: Mutex<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Counts captures, so that the end of an old one does not end the bar of a new one.
    number: u64,
    source: Option<Option<SourceId>>,
}

impl Watched {
    /// Tells `sharing` of every capture.
    pub fn new(devices: SystemDevices, sharing: Arc<Sharing>) -> Watched {
        Watched { devices: devices.mark_shared(COLOUR), sharing }
    }
}

impl Sharing {
    /// Shows bars in this app from now on.
    pub fn attach(&self, app: AppHandle) {
        // There is one app in a process.
        let _ = self.app.set(app);
        self.show();
    }

    fn begin(&self, source: Option<SourceId>) -> u64 {
        let mut shared = self.shared();
        shared.number += 1;
        shared.source = Some(source);
        let number = shared.number;
        drop(shared);
        self.show();
        number
    }

    fn end(&self, number: u64) {
        let mut shared = self.shared();
        if shared.number == number {
            shared.source = None;
            drop(shared);
            self.show();
        }
    }

    /// Lets the main thread show what is true by then.
    fn show(&self) {
        let Some(app) = self.app.get() else { return };
        let bar = self.shared().source.clone().map(|source| {
            let words = app.state::<Words>();
            let key = if is_window(source.as_ref()) { "share.bar.window" } else { "share.bar" };
            let word = |key| words.get(key, &[]).unwrap_or_default();
            Bar { text: word(key), stop: word("share.stop"), place: screen::place(source.as_ref()) }
        });
        bar::show(app, bar);
    }

    fn shared(&self) -> std::sync::MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The user has pressed the button of the bar.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "there is no bar"))]
fn stop(app: &AppHandle) {
    app.state::<Arc<Bridge>>().dispatch(Intent::StopSharing);
}

fn is_window(source: Option<&SourceId>) -> bool {
    source.is_some_and(|source| source.as_str().starts_with("window:"))
}

/// An open capture; dropping it ends the bar as well.
struct Captured {
    /// `None` once it is dropped.
    guard: Option<Box<dyn OpenDevice>>,
    sharing: Arc<Sharing>,
    number: u64,
}

impl OpenDevice for Captured {
    fn describe(&self) -> String {
        self.guard.as_ref().map(|guard| guard.describe()).unwrap_or_default()
    }
}

impl Drop for Captured {
    fn drop(&mut self) {
        // First nothing is captured any more, then nobody is told so.
        self.guard = None;
        self.sharing.end(self.number);
    }
}

impl Devices for Watched {
    fn list(&self) -> DeviceList {
        self.devices.list()
    }

    fn watch_shares(&self) -> Box<dyn ShareWatch> {
        self.devices.watch_shares()
    }

    fn open_camera(
        &self,
        request: &CameraRequest,
        frames: FrameSink,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        self.devices.open_camera(request, frames, fault)
    }

    fn open_microphone(
        &self,
        device: Option<&DeviceId>,
        blocks: AudioSink,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        self.devices.open_microphone(device, blocks, fault)
    }

    fn open_speaker(
        &self,
        device: Option<&DeviceId>,
        source: AudioSource,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        self.devices.open_speaker(device, source, fault)
    }

    fn open_screen(
        &self,
        request: &ScreenRequest,
        frames: FrameSink,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        // The bar comes first: nothing is captured without it. If there is no capture after all, it goes again.
        let number = self.sharing.begin(request.source.clone());
        let mut captured = Captured { guard: None, sharing: self.sharing.clone(), number };
        captured.guard = Some(self.devices.open_screen(request, frames, fault)?);
        Ok(Box::new(captured))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_an_old_capture_leaves_the_new_one_marked() {
        let sharing = Arc::new(Sharing::default());
        let captured = |number| Captured { guard: None, sharing: sharing.clone(), number };
        let first = captured(sharing.begin(None));
        let second = captured(sharing.begin(Some(SourceId::new("window:2"))));
        drop(first);
        assert_eq!(sharing.shared().source, Some(Some(SourceId::new("window:2"))));
        drop(second);
        assert_eq!(sharing.shared().source, None);
    }
}
