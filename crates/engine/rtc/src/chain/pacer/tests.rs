use rtc::interceptor::AttributedPacket;
use rtc::rtp;
use rtc::shared::TransportContext;

use super::*;
use crate::config::{LegConfig, Tracks};

const AUDIO: u32 = 1;
const VIDEO: u32 = 2;
const REPAIR: u32 = 3;

/// A pacer at an estimate of 1 Mbit/s, and its clock.
fn pacer() -> (Pacer, Arc<Shared>, Instant) {
    let config = LegConfig::new(Tracks::Publish { audio: true, video: true });
    let shared = Shared::new(&config, Arc::new(|_| {}));
    let mut pacer = Pacer::new(Arc::clone(&shared));
    let info = StreamInfo { ssrc: AUDIO, mime_type: "audio/opus".to_owned(), ..StreamInfo::default() };
    pacer.bind_local_stream(&info);
    (pacer, shared, Instant::now())
}

fn packet(now: Instant, ssrc: u32, bytes: usize) -> TaggedPacket {
    let header = rtp::Header { version: 2, ssrc, ..rtp::Header::default() };
    let rtp = rtp::Packet { header, payload: vec![0; bytes - 12].into() };
    let message = AttributedPacket::new(Packet::Rtp(rtp));
    let message = if ssrc == REPAIR { message.with(Attribute::Retransmission) } else { message };
    TaggedPacket { now, transport: TransportContext::default(), message }
}

fn out(pacer: &mut Pacer) -> Vec<u32> {
    std::iter::from_fn(|| pacer.poll_write())
        .filter_map(|packet| match packet.message.packet {
            Packet::Rtp(packet) => Some(packet.header.ssrc),
            _ => None,
        })
        .collect()
}

#[test]
fn sound_passes_waiting_video_and_retransmissions_go_before_it() {
    let (mut pacer, _, start) = pacer();
    for _ in 0..20 {
        pacer.handle_write(packet(start, VIDEO, 1200)).unwrap();
    }
    // The first burst: 5 ms at 1.5 Mbit/s is less than one packet, which may overdraw.
    assert_eq!(out(&mut pacer), [VIDEO]);
    pacer.handle_write(packet(start, REPAIR, 1200)).unwrap();
    pacer.handle_write(packet(start, AUDIO, 100)).unwrap();
    assert_eq!(out(&mut pacer), [AUDIO]);
    let next = pacer.poll_timeout().expect("packets wait");
    pacer.handle_timeout(next).unwrap();
    assert_eq!(out(&mut pacer), [REPAIR]);
}

#[test]
fn video_leaves_at_one_and_a_half_times_the_estimate() {
    let (mut pacer, shared, start) = pacer();
    for _ in 0..1000 {
        pacer.handle_write(packet(start, VIDEO, 1200)).unwrap();
    }
    let end = start + Duration::from_secs(2);
    while let Some(at) = pacer.poll_timeout().filter(|at| *at <= end) {
        pacer.handle_timeout(at).unwrap();
    }
    let bits = out(&mut pacer).len() * 1200 * 8;
    assert!((2_970_000..3_030_000).contains(&bits), "{bits} bits in two seconds");
    let waiting = (1000 * 1200 - bits / 8) as f64 * 8.0 / 1.5e6;
    assert!((shared.backlog().as_secs_f64() - waiting).abs() < 0.01);
}

#[test]
fn deadlines_always_lie_behind_the_last_wake() {
    let (mut pacer, _, start) = pacer();
    assert_eq!(pacer.poll_timeout(), None);
    for _ in 0..50 {
        pacer.handle_write(packet(start, VIDEO, 1200)).unwrap();
    }
    let mut last = start;
    while let Some(at) = pacer.poll_timeout() {
        assert!(at > last);
        last = at;
        pacer.handle_timeout(at).unwrap();
    }
    assert_eq!(out(&mut pacer).len(), 50);
}

#[test]
fn a_storm_of_requests_is_answered_in_part() {
    let (mut pacer, shared, start) = pacer();
    for _ in 0..1000 {
        pacer.handle_write(packet(start, REPAIR, 1200)).unwrap();
    }
    let taken = shared.stats().retransmitted;
    // 0.3 s at 1.5 Mbit/s, and the one that left at once.
    assert!((45..=49).contains(&taken), "{taken}");
}

#[test]
fn a_rest_earns_no_more_than_a_burst() {
    let (mut pacer, _, start) = pacer();
    pacer.handle_write(packet(start, VIDEO, 1200)).unwrap();
    let later = start + Duration::from_secs(60);
    for _ in 0..50 {
        pacer.handle_write(packet(later, VIDEO, 200)).unwrap();
    }
    // 5 ms at 1.5 Mbit/s are 937 bytes.
    assert_eq!(out(&mut pacer).len(), 1 + 5);
}
