//! Any packets, in any order, at any time: no panic, bounded units.
//!
//! Input: records of `length, flags, time step, sequence step (signed)`, then `length` payload bytes.

#![no_main]

use std::time::Duration;

use confab_media_model::h264::sps;
use confab_media_model::{Depacketized, Depacketizer, DepacketizerConfig, VideoPacket};
use confab_types::{MediaTime, Mono};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut depacketizer = Depacketizer::new(DepacketizerConfig { max_bytes: 4_096, ..Default::default() });
    let (mut now, mut sequence, mut time) = (Mono::ZERO, 0_u16, 0_u32);
    let mut rest = data;
    while let Some((&[length, flags, step, turn], behind)) = rest.split_first_chunk::<4>() {
        let (payload, behind) = behind.split_at(usize::from(length).min(behind.len()));
        rest = behind;
        sequence = sequence.wrapping_add_signed(i16::from(turn as i8));
        time = time.wrapping_add(u32::from(flags >> 1) * 300);
        now = now + Duration::from_millis(u64::from(step));
        let packet = VideoPacket { sequence, time: MediaTime(time), marker: flags & 1 == 1, payload };
        depacketizer.push(now, packet);
        depacketizer.wake(now);
        while let Some(out) = depacketizer.poll() {
            if let Depacketized::Unit(unit) = out {
                assert!(unit.data.len() <= 4_096 + 2 * 1_032);
                let _ = sps::check_unit(&unit.data);
            }
        }
    }
});
