//! What happened so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// Totals since the start, but for `legs`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaServerStats {
    /// Legs at this moment.
    pub legs: u64,
    /// UDP datagrams received.
    pub datagrams_in: u64,
    /// UDP datagrams handed to the system.
    pub datagrams_out: u64,
    /// Datagrams that belong to no leg.
    pub datagrams_unknown: u64,
    /// Datagrams the system did not take (its buffer was full, or the destination is unreachable).
    pub send_failures: u64,
    /// Media packets received from publishers.
    pub packets_in: u64,
    /// Media packets sent to receivers, each receiver counted.
    pub packets_forwarded: u64,
    /// Key frames asked of publishers.
    pub key_frame_requests: u64,
}

macro_rules! counters {
    ($($name:ident),*) => {
        /// The shared cells behind [`MediaServerStats`].
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $name: Counter),*
        }

        impl Counters {
            pub(crate) fn read(&self) -> MediaServerStats {
                MediaServerStats { $($name: self.$name.0.load(Ordering::Relaxed)),* }
            }
        }
    };
}

counters!(
    legs,
    datagrams_in,
    datagrams_out,
    datagrams_unknown,
    send_failures,
    packets_in,
    packets_forwarded,
    key_frame_requests
);

/// One number, written by the media thread and read by anybody.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    pub(crate) fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }
}
