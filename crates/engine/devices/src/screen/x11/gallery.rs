//! Screens and windows to choose from, with small pictures.

use std::collections::BTreeMap;
use std::sync::Arc;

use confab_media_model::{DeviceFault, ShareInfo, ShareWatch};
use confab_types::SourceId;
use x11rb::protocol::xproto::Window;

use super::super::{Grab, Source, thumbnail};
use super::monitor::{Monitor, MonitorSource};
use super::window::WindowSource;
use super::{Server, windows};

/// Most windows shown; the topmost come first.
const MOST: usize = 64;

/// Looks at everything that can be shared, as long as it lives.
pub(super) struct Gallery {
    server: Server,
    /// A connection of their own each, as each reads events.
    monitors: BTreeMap<String, (MonitorSource, Shown)>,
    windows: BTreeMap<Window, (WindowSource, Shown)>,
}

/// The last small picture.
struct Shown {
    rgb: Vec<u8>,
    address: Arc<str>,
}

impl Default for Shown {
    fn default() -> Self {
        Shown { rgb: Vec::new(), address: "".into() }
    }
}

impl Shown {
    /// The picture of a grab; it is coded anew only when it looks different.
    fn see(&mut self, grab: &Grab) -> Arc<str> {
        let small = thumbnail::shrink(grab.pixels, grab.stride, grab.size, ShareInfo::THUMBNAIL);
        if small.rgb != self.rgb {
            self.address = thumbnail::address(&small).into();
            self.rgb = small.rgb;
        }
        self.address.clone()
    }
}

impl Gallery {
    /// Begins to look.
    pub(super) fn new() -> Result<Gallery, DeviceFault> {
        Ok(Gallery { server: Server::connect()?, monitors: BTreeMap::new(), windows: BTreeMap::new() })
    }

    fn monitor(&mut self, at: usize, monitor: Monitor) -> ShareInfo {
        let (id, label) = (SourceId::new(&monitor.name), super::label(at));
        let size = (monitor.area.width as u32, monitor.area.height as u32);
        let mut thumbnail: Arc<str> = "".into();
        let name = monitor.name.clone();
        if !self.monitors.contains_key(&name)
            && let Ok(source) = Server::connect().and_then(|server| MonitorSource::new(&server, monitor))
        {
            self.monitors.insert(name.clone(), (source, Shown::default()));
        }
        if let Some((source, shown)) = self.monitors.get_mut(&name) {
            match source.grab() {
                Ok(grab) => {
                    thumbnail = grab.map(|grab| shown.see(&grab)).unwrap_or_else(|| shown.address.clone())
                }
                Err(_) => drop(self.monitors.remove(&name)),
            }
        }
        ShareInfo { id, label, window: false, size, thumbnail }
    }

    fn window(&mut self, listed: windows::Listed) -> ShareInfo {
        let windows::Listed { window, title, mut size } = listed;
        let mut thumbnail: Arc<str> = "".into();
        if !self.windows.contains_key(&window)
            && let Ok(source) = WindowSource::new(&self.server, window)
        {
            self.windows.insert(window, (source, Shown::default()));
        }
        if let Some((source, shown)) = self.windows.get_mut(&window) {
            let seen = source
                .grab()
                .map(|grab| grab.map(|grab| shown.see(&grab)).unwrap_or_else(|| shown.address.clone()));
            size = source.size().unwrap_or(size);
            // Every window's pixels at once would be many megabytes.
            match seen.ok().filter(|_| source.rest().is_ok()) {
                Some(address) => thumbnail = address,
                None => drop(self.windows.remove(&window)),
            }
        }
        ShareInfo { id: windows::name(window), label: title, window: true, size, thumbnail }
    }
}

impl ShareWatch for Gallery {
    fn look(&mut self) -> Vec<ShareInfo> {
        let monitors = self.server.monitors().unwrap_or_default();
        self.monitors.retain(|name, _| monitors.iter().any(|monitor| monitor.name == *name));
        let mut listed = windows::all(&self.server.connection, self.server.root).unwrap_or_default();
        listed.truncate(MOST);
        self.windows.retain(|window, _| listed.iter().any(|now| now.window == *window));
        let mut shares = Vec::new();
        for (at, monitor) in monitors.into_iter().enumerate() {
            shares.push(self.monitor(at, monitor));
        }
        for window in listed {
            shares.push(self.window(window));
        }
        shares
    }
}
