//! Cameras by `nokhwa`.
//!
//! `nokhwa` is asked for raw bytes only. Its reading blocks for ever when a camera stalls, so everything after
//! listing happens on the reader's thread of [`crate::capture`].

mod errno;
mod format;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;
mod reader;

use confab_media_model::{CameraRequest, DeviceFault, DeviceInfo, FrameSink, OpenDevice};
use confab_types::DeviceId;
use nokhwa::utils::{ApiBackend, CameraInfo};

use crate::capture::{self, Limits};
use crate::fault::Fault;
use crate::system::Clock;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;
use reader::CameraReader;

/// Every camera that can deliver pictures; the first is the default.
pub(crate) fn list() -> Vec<DeviceInfo> {
    let infos = found().into_iter().enumerate();
    infos.map(|(at, (id, info))| DeviceInfo { id, label: info.human_name(), default: at == 0 }).collect()
}

/// Opens the named camera, or the first.
pub(crate) fn open(
    request: &CameraRequest,
    clock: &Clock,
    frames: FrameSink,
    fault: Fault,
) -> Result<Box<dyn OpenDevice>, DeviceFault> {
    let wanted = |id: &DeviceId| request.device.as_ref().is_none_or(|device| device == id);
    let (_, info) = found().into_iter().find(|(id, _)| wanted(id)).ok_or(DeviceFault::Missing)?;
    let (size, fps, clock) = (request.size, request.fps, clock.clone());
    capture::spawn("camera", Limits::USUAL, frames, fault, move || {
        CameraReader::open(&info, size, fps, clock)
    })
}

fn found() -> Vec<(DeviceId, CameraInfo)> {
    let mut infos = nokhwa::query(ApiBackend::Auto).unwrap_or_else(|error| {
        tracing::debug!(%error, "cameras cannot be listed");
        Vec::new()
    });
    infos.retain(system::delivers_pictures);
    infos.sort_by_key(|info| info.index().as_index().unwrap_or(u32::MAX));
    infos.into_iter().map(|info| (system::stable_id(&info), info)).collect()
}
