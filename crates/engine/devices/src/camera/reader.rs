//! One open camera, on its reader's thread.

use std::sync::mpsc;
use std::time::Duration;

use confab_media_model::{CaptureFault, DeviceFault, VideoFrame};
use nokhwa::Camera;
use nokhwa::utils::{CameraInfo, RequestedFormat, RequestedFormatType};

use super::{errno, format};
use crate::capture::{Reader, Stop};
use crate::picture::{self, PixelLayout};
use crate::system::Clock;

/// How long the question "may this program use the camera?" may stay open (macOS).
const CONSENT: Duration = Duration::from_secs(8);

/// Reads pictures from a camera and converts them.
pub(super) struct CameraReader {
    camera: Camera,
    layout: PixelLayout,
    size: (usize, usize),
    clock: Clock,
    /// Pictures that could not be converted, for the log.
    broken: u64,
}

impl CameraReader {
    /// Opens the camera with the format nearest to the wish, and describes what it got.
    pub(super) fn open(
        info: &CameraInfo,
        size: (u32, u32),
        fps: u32,
        clock: Clock,
    ) -> Result<(Self, String), DeviceFault> {
        ask_consent()?;
        let failed = |error: nokhwa::NokhwaError| errno::device_fault(error.to_string());
        let any = RequestedFormat::with_formats(RequestedFormatType::None, &format::USABLE);
        let mut camera = Camera::new(info.index().clone(), any).map_err(failed)?;
        let mut offered = camera.compatible_camera_formats().map_err(failed)?;
        offered.retain(|offer| format::USABLE.contains(&offer.format()));
        let chosen = format::nearest(&offered, size, fps)
            .ok_or_else(|| DeviceFault::Format(format!("{} formats, none usable", offered.len())))?;
        let exact = RequestedFormat::with_formats(RequestedFormatType::Exact(chosen), &format::USABLE);
        camera.set_camera_requset(exact).map_err(failed)?;
        camera.open_stream().map_err(failed)?;
        // The driver has the last word on what it delivers.
        let got = camera.camera_format();
        let description =
            format!("{}, {}×{}, {} fps", info.human_name(), got.width(), got.height(), got.frame_rate());
        let reader = CameraReader {
            layout: format::layout(got.format()),
            size: (got.width() as usize, got.height() as usize),
            camera,
            clock,
            broken: 0,
        };
        Ok((reader, description))
    }
}

impl Reader for CameraReader {
    fn read(&mut self, _: &Stop) -> Result<Option<VideoFrame>, CaptureFault> {
        let bytes = self.camera.frame_raw().map_err(|error| errno::capture_fault(error.to_string()))?;
        let captured = (self.clock)();
        match picture::to_i420(self.layout, &bytes, self.size, captured) {
            Ok(frame) => Ok(Some(frame)),
            Err(error) => {
                // Cameras send a torn JPEG now and then; the watchdog ends one that sends nothing else.
                self.broken += 1;
                tracing::debug!(?error, broken = self.broken, "picture dropped");
                Ok(None)
            }
        }
    }
}

/// Asks people once; systems without the question answer at once.
fn ask_consent() -> Result<(), DeviceFault> {
    if nokhwa::nokhwa_check() {
        return Ok(());
    }
    let (answered, answer) = mpsc::sync_channel(1);
    nokhwa::nokhwa_initialize(move |granted| {
        // Nobody listens any more when people took longer than they have.
        let _ = answered.try_send(granted);
    });
    if answer.recv_timeout(CONSENT) == Ok(true) { Ok(()) } else { Err(DeviceFault::Denied) }
}
