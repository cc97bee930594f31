//! The world's cameras, microphones, speakers and screens, as a trait.
//!
//! Capture pushes: the device's own thread calls the sink it was given, and never waits for it. Opening returns a
//! guard; dropping the guard closes the device. A fault after opening is told once through the fault sink.

use std::sync::Arc;

use confab_types::{DeviceId, SourceId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{AudioBlock, VideoFrame};

/// Takes captured pictures. Called on the device's thread: must return at once and keep only the newest.
pub type FrameSink = Arc<dyn Fn(Arc<VideoFrame>) + Send + Sync>;
/// Takes captured sound, block by block, on the device's thread.
pub type AudioSink = Box<dyn FnMut(&AudioBlock) + Send>;
/// Fills the next 10 ms to play, on the device's thread: must return at once.
pub type AudioSource = Box<dyn FnMut(&mut AudioBlock) + Send>;
/// Takes the one fault that ended a device after it was opened.
pub type FaultSink = Box<dyn FnOnce(CaptureFault) + Send>;

/// An open device; dropping it closes the device and joins its thread.
pub trait OpenDevice: Send {
    /// What was really opened, for people: "HD Webcam, 1280×720, 30 fps".
    fn describe(&self) -> String;
}

/// Why a device could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(tag = "type", content = "value", rename_all = "camelCase")]
pub enum DeviceFault {
    /// There is none of the kind, or the named one is not there.
    #[error("no such device")]
    Missing,
    /// Another program holds it.
    #[error("device is used by another program")]
    Busy,
    /// The system refused.
    #[error("permission denied")]
    Denied,
    /// It is there but speaks no format we can use.
    #[error("device offers no usable format: {0}")]
    Format(String),
    /// Anything else, as the driver says it.
    #[error("device failed: {0}")]
    Driver(String),
}

/// Why an open device stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(tag = "type", content = "value", rename_all = "camelCase")]
pub enum CaptureFault {
    /// It was unplugged.
    #[error("device is gone")]
    Gone,
    /// No picture or sound for longer than the watchdog's limit.
    #[error("device stopped delivering")]
    Stalled,
    /// Anything else, as the driver says it.
    #[error("device failed: {0}")]
    Driver(String),
}

/// One device as people choose it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeviceInfo {
    /// Its stable name.
    #[ts(type = "string")]
    pub id: DeviceId,
    /// Its name for people.
    pub label: String,
    /// Whether the system would pick it.
    pub default: bool,
}

/// One screen or window that can be shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SourceInfo {
    /// Its name.
    #[ts(type = "string")]
    pub id: SourceId,
    /// Its name for people: "Screen 1".
    pub label: String,
    /// Width and height in pixels.
    pub size: (u32, u32),
}

/// One screen or window as people choose it for sharing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ShareInfo {
    /// Its name, for [`ScreenRequest::source`].
    #[ts(type = "string")]
    pub id: SourceId,
    /// Its name for people: a window's title, "Screen 1".
    pub label: String,
    /// Whether it is one window and not a whole screen.
    pub window: bool,
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// A small picture, at most [`Self::THUMBNAIL`], as a `data:image/jpeg;base64,…` address; empty while there is none.
    #[ts(type = "string")]
    pub thumbnail: Arc<str>,
}

impl ShareInfo {
    /// Most pixels of a small picture, each way.
    pub const THUMBNAIL: (u32, u32) = (320, 200);
}

impl From<SourceInfo> for ShareInfo {
    /// A screen without a picture.
    fn from(SourceInfo { id, label, size }: SourceInfo) -> ShareInfo {
        ShareInfo { id, label, window: false, size, thumbnail: "".into() }
    }
}

/// Everything that is plugged in now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct DeviceList {
    /// Cameras.
    pub cameras: Vec<DeviceInfo>,
    /// Microphones.
    pub microphones: Vec<DeviceInfo>,
    /// Speakers.
    pub speakers: Vec<DeviceInfo>,
    /// Screens.
    pub screens: Vec<SourceInfo>,
}

/// What to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameraRequest {
    /// `None`: the default one.
    pub device: Option<DeviceId>,
    /// Wished size in pixels; the nearest that the camera offers is taken.
    pub size: (u32, u32),
    /// Wished pictures per second.
    pub fps: u32,
}

/// What to capture of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScreenRequest {
    /// `None`: the first screen.
    pub source: Option<SourceId>,
    /// Most pictures per second, 1 … 30.
    pub fps: u32,
}

/// Looks at what can be shared while the user chooses. Dropping it lets go of every window.
pub trait ShareWatch: Send {
    /// Every screen, then every window from top to bottom, with small pictures. Windows of this program are left out.
    /// May take some 10 ms for each window.
    fn look(&mut self) -> Vec<ShareInfo>;
}

/// The devices of a machine, or files and test cards that stand in for them.
///
/// Opening may block for seconds; call it off the user interface's thread.
pub trait Devices: Send + Sync {
    /// What is plugged in now.
    fn list(&self) -> DeviceList;
    /// Begins to look at what can be shared. Those who know nothing better tell their screens, without pictures.
    fn watch_shares(&self) -> Box<dyn ShareWatch> {
        struct Listed(Vec<ShareInfo>);
        impl ShareWatch for Listed {
            fn look(&mut self) -> Vec<ShareInfo> {
                self.0.clone()
            }
        }
        Box::new(Listed(self.list().screens.into_iter().map(ShareInfo::from).collect()))
    }
    /// Opens a camera.
    fn open_camera(
        &self,
        request: &CameraRequest,
        frames: FrameSink,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault>;
    /// Opens a microphone; sound is mixed down to mono at 48 kHz.
    fn open_microphone(
        &self,
        device: Option<&DeviceId>,
        blocks: AudioSink,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault>;
    /// Opens a speaker.
    fn open_speaker(
        &self,
        device: Option<&DeviceId>,
        source: AudioSource,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault>;
    /// Starts capturing a screen, cursor drawn.
    fn open_screen(
        &self,
        request: &ScreenRequest,
        frames: FrameSink,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault>;
}
