//! A short, repeatable fuzz run over everything that reads bytes of a peer; the long one is in `fuzz/`.
//!
//! Packets are mutations of a valid stream (bits flipped, cut, swapped, numbers jumped) and plain noise. Nothing may
//! panic, and the bounds must hold.

use std::time::Duration;

use confab_media_model::h264::{self, START_CODE, packetize, sps};
use confab_media_model::{
    AudioPacket, Depacketized, Depacketizer, DepacketizerConfig, JitterBuffer, JitterConfig, Playout,
    VideoPacket,
};
use confab_types::{Chance, MediaTime, Mono};

/// Packets per run and seed.
const PACKETS: u64 = 50_000;
const SEEDS: [u64; 2] = [1, 0xc0ffee];

fn noise(chance: &mut Chance, most: u64) -> Vec<u8> {
    (0..chance.below(most)).map(|_| chance.bits() as u8).collect()
}

/// Payloads of one access unit with parameter sets, slices and fragments.
fn valid_payloads() -> Vec<Vec<u8>> {
    let nals: [&[u8]; 4] =
        [&[0x67, 0x42, 0xc0, 0x1f, 0xda, 1, 0x40, 0x16, 0xe9], &[0x68, 0xce, 6], &[0x65; 900], &[0x41; 60]];
    packetize(&nals.iter().flat_map(|nal| [&START_CODE[..], nal].concat()).collect::<Vec<_>>(), 200)
}

fn mutate(chance: &mut Chance, payload: &mut Vec<u8>) {
    for _ in 0..chance.below(4) {
        let at = chance.below(payload.len() as u64) as usize;
        match chance.below(4) {
            0 => payload.truncate(at),
            1 => payload.push(chance.bits() as u8),
            // The first bytes say what a packet is.
            2 if !payload.is_empty() => payload[at.min(2)] = chance.bits() as u8,
            _ if !payload.is_empty() => payload[at] ^= 1 << chance.below(8),
            _ => {}
        }
    }
}

/// Mostly the next number, sometimes another.
fn wander(chance: &mut Chance, number: &mut u32) -> u32 {
    *number = match chance.below(200) {
        0 => chance.bits() as u32,
        1..=5 => *number,
        6..=20 => number.wrapping_add(2),
        _ => number.wrapping_add(1),
    };
    if chance.percent(5) { number.wrapping_sub(chance.below(20) as u32) } else { *number }
}

#[test]
fn hostile_video_neither_panics_nor_grows() {
    let valid = valid_payloads();
    for seed in SEEDS {
        let mut chance = Chance::from_number(seed);
        let config = DepacketizerConfig { max_bytes: 20_000, ..DepacketizerConfig::default() };
        let mut depacketizer = Depacketizer::new(config);
        let (mut now, mut sequence, mut time) = (Mono::ZERO, 0, 0);
        let (mut largest, mut drained) = (0, 0);
        for packet in 0..PACKETS {
            let mut payload = match chance.below(10) {
                0 => noise(&mut chance, 300),
                _ => valid[packet as usize % valid.len()].clone(),
            };
            if chance.percent(10) {
                mutate(&mut chance, &mut payload);
            }
            let last = packet as usize % valid.len() == valid.len() - 1;
            let packet = VideoPacket {
                sequence: wander(&mut chance, &mut sequence) as u16,
                time: MediaTime(time),
                marker: last != chance.percent(2),
                payload: &payload,
            };
            time = if last { time.wrapping_add(3_000) } else { time };
            now = now + Duration::from_millis(chance.below(10));
            depacketizer.push(now, packet);
            depacketizer.wake(now);
            // A slow caller must not make the queue grow either.
            if chance.percent(90) {
                let before = drained;
                while let Some(out) = depacketizer.poll() {
                    drained += 1;
                    if let Depacketized::Unit(unit) = out {
                        largest = largest.max(unit.data.len());
                        let _ = sps::check_unit(&unit.data);
                        assert!(h264::is_key(&unit.data) || !unit.key);
                    }
                }
                assert!(drained - before <= 70);
            }
        }
        let stats = depacketizer.stats();
        assert!(largest <= 20_000 + 2 * 1_032, "seed {seed}: {largest}");
        assert!(stats.units > 100 && stats.malformed > 100 && stats.lost > 100, "seed {seed}: {stats:?}");
    }
}

#[test]
fn hostile_audio_neither_panics_nor_grows() {
    for seed in SEEDS {
        let mut chance = Chance::from_number(seed);
        let mut buffer = JitterBuffer::new(JitterConfig::default());
        let (mut now, mut sequence, mut slot, mut packets_out) = (Mono::ZERO, 0, 0, 0);
        for _ in 0..PACKETS {
            let payload = noise(&mut chance, 120);
            let time = wander(&mut chance, &mut slot).wrapping_mul(960);
            let time = MediaTime(if chance.percent(1) { chance.bits() as u32 } else { time });
            let sequence = wander(&mut chance, &mut sequence) as u16;
            buffer.push(now, AudioPacket { sequence, time, payload: &payload });
            now = now + Duration::from_micros(chance.below(40_000));
            if chance.percent(95) {
                let quiet = chance.percent(30);
                packets_out += u64::from(matches!(buffer.pull(now, quiet), Playout::Packet(_)));
            }
        }
        let stats = buffer.stats();
        assert!(packets_out > PACKETS / 10, "seed {seed}: {stats:?}");
        assert!(stats.target <= Duration::from_millis(400));
    }
}

#[test]
fn hostile_parameter_sets_never_pass_above_the_bound() {
    let mut chance = Chance::from_number(5);
    let mut passed = 0;
    for _ in 0..PACKETS {
        let mut nal = vec![0x67, 0x42, 0xc0, 0x1f, 0xda, 1, 0x40, 0x16, 0xe9];
        mutate(&mut chance, &mut nal);
        nal.extend(noise(&mut chance, 12));
        if let Ok(sps) = sps::parse(&nal) {
            passed += 1;
            assert!(sps.coded_width <= sps::MAX_SIDE && sps.coded_height <= sps::MAX_SIDE);
            assert!(sps.width <= sps.coded_width && sps.height <= sps.coded_height);
        }
    }
    assert!(passed > 100, "{passed}");
}
