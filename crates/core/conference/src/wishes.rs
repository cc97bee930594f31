//! What the user wants of the own microphone, camera, screen and layout.

use confab_contract::Layout;
use confab_types::{DeviceId, SourceId, StreamId};

/// Wishes outlive a meeting where that makes sense: devices are kept, a pin and a share are not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wishes {
    /// Be heard.
    pub microphone: bool,
    /// Be seen.
    pub camera: bool,
    /// Share this screen; `Some(None)` the first one.
    pub screen: Option<Option<SourceId>>,
    /// Choose what to share: see what there is.
    pub watch_shares: bool,
    /// Be told when speaking while muted.
    pub notice_muted: bool,
    /// Keep this picture large.
    pub pin: Option<StreamId>,
    /// How pictures are arranged; outlives a meeting.
    pub layout: Layout,
    /// `None`: the system's default.
    pub camera_device: Option<DeviceId>,
    /// `None`: the system's default.
    pub microphone_device: Option<DeviceId>,
    /// `None`: the system's default.
    pub speaker_device: Option<DeviceId>,
    /// Counts "try again" for devices.
    pub device_attempt: u32,
}

impl Default for Wishes {
    fn default() -> Self {
        Wishes {
            microphone: true,
            camera: true,
            screen: None,
            watch_shares: false,
            notice_muted: true,
            pin: None,
            layout: Layout::default(),
            camera_device: None,
            microphone_device: None,
            speaker_device: None,
            device_attempt: 0,
        }
    }
}

impl Wishes {
    /// What does not outlive a meeting.
    pub fn end_meeting(&mut self) {
        self.screen = None;
        self.watch_shares = false;
        self.pin = None;
    }
}
