//! The forwarding table from outside: scenes and properties.

use confab_sfu::{Forwarder, KeyFrameThrottle, PacketIn, PacketOut, Rewriter, SpeakerDetector, Track};
use confab_types::{Dbfs, LegId, MediaTime, Mono};
use proptest::prelude::*;

const ALICE: LegId = LegId(1);
const BOB: LegId = LegId(2);
const TO_CAROL: LegId = LegId(11);
const TO_DAVE: LegId = LegId(12);

fn video(seq: u64, key: bool) -> PacketIn {
    let time = MediaTime(seq as u32 * 3_000);
    PacketIn { ssrc: 7, seq, time, key, arrived: Mono::from_millis(seq * 33) }
}

fn send(table: &mut Forwarder, from: LegId, packet: PacketIn) -> Vec<(LegId, u64)> {
    let mut out = Vec::new();
    table.forward(from, Track::Video, packet, &mut out);
    out.into_iter().map(|(leg, PacketOut { seq, .. })| (leg, seq)).collect()
}

fn requests(table: &mut Forwarder) -> Vec<LegId> {
    std::iter::from_fn(|| table.poll_request()).collect()
}

fn two_receivers() -> Forwarder {
    let mut table = Forwarder::default();
    table.add_publisher(ALICE);
    for leg in [TO_CAROL, TO_DAVE] {
        table.add_receiver(leg, ALICE);
        table.set_up(Mono::ZERO, leg);
    }
    requests(&mut table);
    table
}

#[test]
fn every_receiver_starts_with_the_next_key_frame() {
    let mut table = two_receivers();
    assert_eq!(send(&mut table, ALICE, video(1, false)), []);
    assert_eq!(send(&mut table, ALICE, video(2, true)), [(TO_CAROL, 1), (TO_DAVE, 1)]);
    assert_eq!(send(&mut table, ALICE, video(3, false)), [(TO_CAROL, 2), (TO_DAVE, 2)]);
}

#[test]
fn a_new_receiver_makes_the_publisher_send_a_key_frame_at_once() {
    let mut table = two_receivers();
    send(&mut table, ALICE, video(2, true));
    table.add_receiver(LegId(13), ALICE);
    assert_eq!(requests(&mut table), [], "it cannot take packets yet");
    table.set_up(Mono::from_millis(400), LegId(13));
    assert_eq!(requests(&mut table), [ALICE]);
}

#[test]
fn a_closed_gate_stops_the_very_next_packet_and_opens_at_a_key_frame() {
    let mut table = two_receivers();
    send(&mut table, ALICE, video(1, true));
    table.set_gate(Mono::from_millis(50), ALICE, Track::Video, false);
    assert_eq!(send(&mut table, ALICE, video(2, true)), []);
    table.lost(Mono::from_millis(9_000), TO_CAROL);
    assert_eq!(requests(&mut table), [], "nobody asks a closed publisher");
    table.set_gate(Mono::from_millis(10_000), ALICE, Track::Video, true);
    assert_eq!(requests(&mut table), [ALICE]);
    assert_eq!(send(&mut table, ALICE, video(300, false)), []);
    assert_eq!(send(&mut table, ALICE, video(301, true)), [(TO_CAROL, 2), (TO_DAVE, 2)]);
}

#[test]
fn a_receiver_that_changes_its_source_goes_on_without_a_hole() {
    let mut table = two_receivers();
    table.add_publisher(BOB);
    send(&mut table, ALICE, video(1, true));
    table.set_source(Mono::from_millis(60), TO_CAROL, BOB);
    assert_eq!(requests(&mut table), [BOB]);
    assert_eq!(send(&mut table, ALICE, video(2, false)), [(TO_DAVE, 2)]);
    assert_eq!(send(&mut table, BOB, PacketIn { ssrc: 9, ..video(700, true) }), [(TO_CAROL, 2)]);
}

#[test]
fn receivers_of_a_publisher_that_left_stay_silent() {
    let mut table = two_receivers();
    send(&mut table, ALICE, video(1, true));
    table.remove(ALICE);
    assert_eq!(send(&mut table, ALICE, video(2, true)), []);
    table.lost(Mono::from_millis(1_000), TO_CAROL);
    assert_eq!(requests(&mut table), []);
}

#[derive(Clone, Debug)]
enum Step {
    Packet { key: bool },
    Pause,
    Switch,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => any::<bool>().prop_map(|key| Step::Packet { key }),
        1 => Just(Step::Pause),
        1 => Just(Step::Switch),
    ]
}

proptest! {
    #[test]
    fn contiguous_input_stays_contiguous_whatever_is_gated_or_switched(steps in prop::collection::vec(step(), 1..200), start in 0u64..200_000) {
        let mut rewriter = Rewriter::video();
        let (mut ssrc, mut seq, mut base) = (1, start, 0u32);
        let mut sent: Vec<PacketOut> = Vec::new();
        for (n, step) in (0u64..).zip(steps) {
            match step {
                Step::Pause => rewriter.pause(),
                Step::Switch => {
                    rewriter.switch();
                    (ssrc, seq, base) = (ssrc + 1, start.wrapping_mul(n) % 90_000, base.wrapping_mul(31).wrapping_add(7));
                }
                Step::Packet { key } => {
                    let time = MediaTime(base.wrapping_add(n as u32 * 3_000));
                    let packet = PacketIn { ssrc, seq, time, key, arrived: Mono::from_millis(n * 33) };
                    sent.extend(rewriter.rewrite(packet));
                    seq += 1;
                }
            }
        }
        for (n, out) in (1u64..).zip(&sent) {
            prop_assert_eq!(out.seq, n);
        }
        for pair in sent.windows(2) {
            prop_assert!(pair[1].time.is_after(pair[0].time), "{:?}", pair);
        }
    }

    #[test]
    fn nothing_is_forwarded_while_the_gate_is_closed(steps in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>()), 1..200)) {
        let mut table = two_receivers();
        let mut open = true;
        for (n, (key, toggle, audio)) in (1u64..).zip(steps) {
            if toggle {
                open = !open;
                table.set_gate(Mono::from_millis(n * 33), ALICE, Track::Video, open);
            }
            let out = send(&mut table, ALICE, video(n, key));
            prop_assert!(open || out.is_empty());
            if audio {
                // The other track has a gate of its own.
                let mut out = Vec::new();
                table.forward(ALICE, Track::Audio, video(n, false), &mut out);
                prop_assert_eq!(out.len(), 2);
            }
        }
    }

    #[test]
    fn loss_alone_never_asks_a_publisher_more_than_twice_a_second(gaps in prop::collection::vec(0u64..200, 1..300)) {
        let mut table = two_receivers();
        send(&mut table, ALICE, video(1, true));
        let mut now = Mono::from_millis(5_000);
        let mut asked: Vec<Mono> = Vec::new();
        for (n, gap) in gaps.into_iter().enumerate() {
            now = now + std::time::Duration::from_millis(gap);
            table.wake(now);
            table.lost(now, if n % 2 == 0 { TO_CAROL } else { TO_DAVE });
            asked.extend(requests(&mut table).into_iter().map(|_| now));
        }
        for pair in asked.windows(2) {
            prop_assert!(pair[1] - pair[0] >= KeyFrameThrottle::LOSS_GAP);
        }
    }

    #[test]
    fn the_speaker_never_changes_more_than_four_times_a_second(levels in prop::collection::vec((-127i32..=0, -127i32..=0, -127i32..=0, 1u64..80), 1..400)) {
        let mut room = SpeakerDetector::default();
        let mut now = Mono::ZERO;
        let mut changes: Vec<Mono> = Vec::new();
        for (a, b, c, gap) in levels {
            now = now + std::time::Duration::from_millis(gap);
            for (leg, level) in [(1, a), (2, b), (3, c)] {
                room.hear(now, LegId(leg), Dbfs::new(level));
            }
            if room.decide(now).is_some() {
                changes.push(now);
            }
        }
        for pair in changes.windows(2) {
            prop_assert!(pair[1] - pair[0] >= SpeakerDetector::DWELL);
        }
    }

    #[test]
    fn hostile_payloads_never_panic(payload in prop::collection::vec(any::<u8>(), 0..64)) {
        confab_sfu::starts_key_frame(&payload);
    }
}
