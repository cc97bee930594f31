//! The door: every device of the system as one value.

use std::sync::Arc;

use confab_media_model::{
    AudioSink, AudioSource, CameraRequest, DeviceFault, DeviceList, Devices, FaultSink, FrameSink,
    OpenDevice, ScreenRequest, ShareWatch,
};
use confab_types::{DeviceId, Mono};

use crate::fault::Fault;
use crate::{camera, screen, sound};

/// Reads the process clock, the one that stamps every frame and block.
pub type Clock = Arc<dyn Fn() -> Mono + Send + Sync>;

/// The devices of this computer.
///
/// It holds nothing open itself: listing asks the system anew, and each guard owns its device. The environment of
/// the process says where sound and screen are (`PULSE_SERVER`, `DISPLAY`).
pub struct SystemDevices {
    clock: Clock,
    mark: Option<u32>,
}

impl SystemDevices {
    /// Devices that stamp with `clock`.
    pub fn new(clock: Clock) -> Self {
        SystemDevices { clock, mark: None }
    }

    /// Draws a border of this colour, `0xRRGGBB`, around whatever is shared, as long as it is (X11).
    pub fn mark_shared(self, colour: u32) -> Self {
        SystemDevices { mark: Some(colour), ..self }
    }
}

impl Devices for SystemDevices {
    fn list(&self) -> DeviceList {
        let (microphones, speakers) = sound::list();
        DeviceList { cameras: camera::list(), microphones, speakers, screens: screen::list() }
    }

    fn watch_shares(&self) -> Box<dyn ShareWatch> {
        screen::watch()
    }

    fn open_camera(
        &self,
        request: &CameraRequest,
        frames: FrameSink,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        camera::open(request, &self.clock, frames, Fault::new(fault))
    }

    fn open_microphone(
        &self,
        device: Option<&DeviceId>,
        blocks: AudioSink,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        sound::microphone::open(device, &self.clock, blocks, Fault::new(fault))
    }

    fn open_speaker(
        &self,
        device: Option<&DeviceId>,
        source: AudioSource,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        sound::speaker::open(device, &self.clock, source, Fault::new(fault))
    }

    fn open_screen(
        &self,
        request: &ScreenRequest,
        frames: FrameSink,
        fault: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        screen::open(request, self.mark, &self.clock, frames, Fault::new(fault))
    }
}
