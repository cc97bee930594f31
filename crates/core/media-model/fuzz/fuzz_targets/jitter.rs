//! Any packets, in any order, at any time: no panic, bounded delay.
//!
//! Input: records of `sequence step (signed), timestamp (four bytes), time step, flags`.

#![no_main]

use std::time::Duration;

use confab_media_model::{AudioPacket, JitterBuffer, JitterConfig};
use confab_types::{MediaTime, Mono};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let config = JitterConfig::default();
    let mut buffer = JitterBuffer::new(config);
    let (mut now, mut sequence) = (Mono::ZERO, 0_u16);
    for record in data.chunks_exact(7) {
        sequence = sequence.wrapping_add_signed(i16::from(record[0] as i8));
        let time = MediaTime(u32::from_le_bytes([record[1], record[2], record[3], record[4]]));
        now = now + Duration::from_millis(u64::from(record[5]));
        let payload = &[0; 4][..usize::from(record[6] & 3)];
        buffer.push(now, AudioPacket { sequence, time, payload });
        if record[6] & 4 == 0 {
            buffer.pull(now, record[6] & 8 != 0);
        }
        assert!(buffer.stats().target <= config.most);
    }
});
