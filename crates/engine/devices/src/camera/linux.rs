//! What Video4Linux adds: nodes that are no cameras, and names that survive replugging.

use std::fs;
use std::path::Path;

use confab_types::DeviceId;
use nokhwa::utils::CameraInfo;

/// Whether the node carries pictures. A UVC camera has a second node for metadata; the kernel numbers the nodes of
/// one device, and the picture comes first.
pub(super) fn delivers_pictures(info: &CameraInfo) -> bool {
    let number = fs::read_to_string(format!("/sys/class/video4linux/{}/index", node(info)));
    number.is_ok_and(|number| number.trim() == "0")
}

/// The name that udev made of vendor, product and serial number; the node's own name where there is no udev.
pub(super) fn stable_id(info: &CameraInfo) -> DeviceId {
    let node = node(info);
    DeviceId::new(udev_name(Path::new("/dev/v4l/by-id"), &node).unwrap_or(node))
}

fn node(info: &CameraInfo) -> String {
    format!("video{}", info.index().as_string())
}

fn udev_name(folder: &Path, node: &str) -> Option<String> {
    let links = fs::read_dir(folder).ok()?.flatten();
    let leads_here =
        |link: &Path| fs::read_link(link).is_ok_and(|target| target.file_name().is_some_and(|n| n == node));
    links.map(|entry| entry.path()).find(|link| leads_here(link))?.file_name()?.to_str().map(str::to_owned)
}
