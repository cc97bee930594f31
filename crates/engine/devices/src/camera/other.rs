//! macOS and Windows list cameras only, and name them for good.

use confab_types::DeviceId;
use nokhwa::utils::CameraInfo;

/// Whether the device carries pictures.
pub(super) fn delivers_pictures(_: &CameraInfo) -> bool {
    true
}

/// The system's own name: the unique id of AVFoundation, the symbolic link of Media Foundation.
pub(super) fn stable_id(info: &CameraInfo) -> DeviceId {
    let name = info.misc();
    DeviceId::new(if name.is_empty() { info.index().as_string() } else { name })
}
