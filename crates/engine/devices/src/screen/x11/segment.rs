//! Memory that the X server writes a monitor's pixels into.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::NonNull;

use x11rb::connection::Connection;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::shm::{ConnectionExt as _, Seg};
use x11rb::rust_connection::RustConnection;

use super::monitor::Monitor;

/// A segment of the server's making, mapped here for reading.
pub(super) struct Segment {
    id: Seg,
    start: NonNull<u8>,
    len: usize,
}

impl Segment {
    /// Room for one picture of the monitor, 4 bytes per pixel.
    pub(super) fn new(connection: &RustConnection, monitor: &Monitor) -> Result<Self, ReplyError> {
        let len = usize::from(monitor.width) * usize::from(monitor.height) * 4;
        let size = u32::try_from(len).map_err(|_| io_error(io::ErrorKind::OutOfMemory.into()))?;
        let id = connection.generate_id().map_err(|error| io_error(io::Error::other(error)))?;
        let file = connection.shm_create_segment(id, size, false)?.reply()?.shm_fd;
        let start = map(&file, len).map_err(io_error)?;
        Ok(Segment { id, start, len })
    }

    /// The server's name for it.
    pub(super) fn id(&self) -> Seg {
        self.id
    }

    /// What the server wrote last. The server writes only between a request and its reply, and every reply is awaited.
    #[allow(unsafe_code)]
    pub(super) fn pixels(&self) -> &[u8] {
        // SAFETY: the mapping has `len` readable bytes and lives as long as `self`. No request is under way while the
        // borrow lives, because the owner needs itself mutably to send one.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// Gives the server's half back; the end of the connection does so as well.
    pub(super) fn detach(self, connection: &RustConnection) -> Result<(), ConnectionError> {
        connection.shm_detach(self.id)?;
        connection.flush()
    }
}

impl Drop for Segment {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: start and length are those of the mapping, and no borrow outlives `self`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

#[allow(unsafe_code)]
fn map(file: &OwnedFd, len: usize) -> io::Result<NonNull<u8>> {
    // SAFETY: a fresh mapping at an address of the kernel's choice touches no memory of ours; the descriptor is open
    // for the call, and the server made the file `len` bytes long.
    let start = unsafe {
        libc::mmap(std::ptr::null_mut(), len, libc::PROT_READ, libc::MAP_SHARED, file.as_raw_fd(), 0)
    };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(start.cast()).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn io_error(error: io::Error) -> ReplyError {
    ReplyError::ConnectionError(ConnectionError::IoError(error))
}
