//! What a driver's error text means.
//!
//! `nokhwa` keeps errors as text, but the text ends in the number that the standard library appends. The numbers used
//! here are the same on Linux and macOS; Windows has its own and they stay text.

use confab_media_model::{CaptureFault, DeviceFault};

/// Why a camera could not be opened.
pub(super) fn device_fault(text: String) -> DeviceFault {
    match os_error(&text) {
        Some(1 | 13) => DeviceFault::Denied,
        Some(2 | 6 | 19) => DeviceFault::Missing,
        Some(16) => DeviceFault::Busy,
        _ => DeviceFault::Driver(text),
    }
}

/// Why an open camera stopped.
pub(super) fn capture_fault(text: String) -> CaptureFault {
    match os_error(&text) {
        Some(6 | 19) => CaptureFault::Gone,
        _ => CaptureFault::Driver(text),
    }
}

/// 19 in `No such device (os error 19)`.
fn os_error(text: &str) -> Option<i32> {
    let (_, rest) = text.rsplit_once("(os error ")?;
    rest.split_once(')')?.0.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn text(number: i32) -> String {
        format!("Could not capture frame: {}", std::io::Error::from_raw_os_error(number))
    }

    #[test]
    fn the_number_decides_what_people_are_told() {
        assert_eq!(device_fault(text(libc::EBUSY)), DeviceFault::Busy);
        assert_eq!(device_fault(text(libc::EACCES)), DeviceFault::Denied);
        assert_eq!(device_fault(text(libc::ENOENT)), DeviceFault::Missing);
        assert_eq!(device_fault(text(libc::EIO)), DeviceFault::Driver(text(libc::EIO)));
        assert_eq!(capture_fault(text(libc::ENODEV)), CaptureFault::Gone);
        assert_eq!(capture_fault(text(libc::EIO)), CaptureFault::Driver(text(libc::EIO)));
        assert_eq!(
            capture_fault("odd (os error".to_owned()),
            CaptureFault::Driver("odd (os error".to_owned())
        );
    }
}
