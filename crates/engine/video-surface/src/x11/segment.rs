//! Shared memory with two pictures: one is written while the server reads the other.

use std::os::fd::OwnedFd;
use std::ptr::NonNull;

use x11rb::connection::Connection;
use x11rb::protocol::shm::{ConnectionExt as _, Seg};
use x11rb::rust_connection::{ConnectionError, ReplyOrIdError, RustConnection};

/// Memory that the X server made and this process writes.
pub(super) struct Segment {
    /// The server's name of it.
    pub id: Seg,
    memory: Mapping,
    /// Which half the server may still be reading.
    pub busy: [bool; 2],
}

impl Segment {
    /// A segment whose halves have at least `half_len` bytes each.
    pub fn new(conn: &RustConnection, half_len: usize) -> Result<Self, ReplyOrIdError> {
        // Spare room, so that a tile that glides to another size does not ask for memory at every step.
        let half_len = (half_len + half_len / 4).next_multiple_of(PAGE);
        let size = u32::try_from(half_len * 2).map_err(|_| ConnectionError::InsufficientMemory)?;
        let id = conn.generate_id()?;
        // The server only reads, but "read only" would hold for this side's mapping as well.
        let reply = conn.shm_create_segment(id, size, false)?.reply()?;
        match Mapping::new(reply.shm_fd, size as usize) {
            Ok(memory) => Ok(Segment { id, memory, busy: [false; 2] }),
            Err(error) => {
                _ = conn.shm_detach(id);
                Err(ConnectionError::from(error).into())
            }
        }
    }

    /// Whether a half of `len` bytes fits without wasting most of the memory.
    pub fn suits(&self, len: usize) -> bool {
        let half = self.memory.len / 2;
        len <= half && half <= (len * 4).max(16 * PAGE)
    }

    /// The half that may be written and its offset in bytes; `None` while the server may read both.
    pub fn free_half(&mut self) -> Option<(usize, u32, &mut [u8])> {
        let index = self.busy.iter().position(|busy| !busy)?;
        let half = self.memory.len / 2;
        let bytes = &mut self.memory.bytes()[index * half..][..half];
        Some((index, (index * half) as u32, bytes))
    }

    /// The server has read the picture at `offset`.
    pub fn done(&mut self, offset: u32) {
        self.busy[usize::from(offset != 0)] = false;
    }

    /// Gives the memory back. Requests that were sent before still see it.
    pub fn detach(self, conn: &RustConnection) {
        _ = conn.shm_detach(self.id);
    }
}

const PAGE: usize = 4096;

/// A shared mapping of a file descriptor, unmapped when dropped.
struct Mapping {
    start: NonNull<u8>,
    len: usize,
}

impl Mapping {
    #[allow(unsafe_code)]
    fn new(file: OwnedFd, len: usize) -> Result<Self, std::io::Error> {
        use std::os::fd::AsRawFd;
        // SAFETY: a fresh mapping at an address of the kernel's choice touches no memory of ours; the descriptor is
        // open for the call and the mapping outlives it.
        let start = unsafe {
            let access = libc::PROT_READ | libc::PROT_WRITE;
            libc::mmap(std::ptr::null_mut(), len, access, libc::MAP_SHARED, file.as_raw_fd(), 0)
        };
        if start == libc::MAP_FAILED {
            return Err(std::io::Error::last_os_error());
        }
        let start = NonNull::new(start.cast()).ok_or(std::io::ErrorKind::InvalidData)?;
        Ok(Mapping { start, len })
    }

    #[allow(unsafe_code)]
    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: the mapping has `len` bytes, lives as long as `self` and is borrowed mutably here; the other
        // process only reads, and any byte is a valid `u8`.
        unsafe { std::slice::from_raw_parts_mut(self.start.as_ptr(), self.len) }
    }
}

impl Drop for Mapping {
    #[allow(unsafe_code)]
    fn drop(&mut self) {
        // SAFETY: start and length are those of the mapping, and no borrow outlives `self`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}

// SAFETY: the mapping belongs to this value alone; nothing about it is bound to a thread.
#[allow(unsafe_code)]
unsafe impl Send for Mapping {}
