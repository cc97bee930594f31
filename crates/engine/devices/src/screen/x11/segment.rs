//! Memory that the X server writes pixels into.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr::NonNull;

use x11rb::connection::Connection;
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::shm::{ConnectionExt as _, Seg};
use x11rb::rust_connection::RustConnection;

/// A segment of the server's making, mapped here.
pub(super) struct Segment {
    id: Seg,
    start: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping belongs to this value alone and is not bound to the thread that made it.
#[allow(unsafe_code)]
unsafe impl Send for Segment {}

impl Segment {
    /// Room for `len` bytes.
    pub(super) fn new(connection: &RustConnection, len: usize) -> Result<Self, ReplyError> {
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

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// What the server wrote last. The server writes only between a request and its reply, and every reply is awaited.
    #[allow(unsafe_code)]
    pub(super) fn pixels(&self) -> &[u8] {
        // SAFETY: the mapping has `len` readable bytes and lives as long as `self`. No request is under way while the
        // borrow lives, because the owner awaits every reply before it looks.
        unsafe { std::slice::from_raw_parts(self.start.as_ptr(), self.len) }
    }

    /// The same, to be changed.
    #[allow(unsafe_code)]
    pub(super) fn pixels_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above; the mapping is writable, and the borrow is the only one.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }

    /// Gives the server's half back; the end of the connection does so as well.
    pub(super) fn detach(self, connection: &RustConnection) -> Result<(), ConnectionError> {
        connection.shm_detach(self.id)?.ignore_error();
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
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a fresh mapping at an address of the kernel's choice touches no memory of ours; the descriptor is open
    // for the call, and the server made the file `len` bytes long.
    let start =
        unsafe { libc::mmap(std::ptr::null_mut(), len, access, libc::MAP_SHARED, file.as_raw_fd(), 0) };
    if start == libc::MAP_FAILED {
        return Err(io::Error::last_os_error());
    }
    NonNull::new(start.cast()).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn io_error(error: io::Error) -> ReplyError {
    ReplyError::ConnectionError(ConnectionError::IoError(error))
}
