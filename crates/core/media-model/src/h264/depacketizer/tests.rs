use proptest::prelude::*;

use super::super::{START_CODE, packetize};
use super::*;

fn annex_b(nals: &[Vec<u8>]) -> Vec<u8> {
    nals.iter().flat_map(|nal| [&START_CODE[..], nal].concat()).collect()
}

fn nal(header: u8, length: usize) -> Vec<u8> {
    std::iter::once(header).chain((0..length).map(|n| (n % 251) as u8 + 1)).collect()
}

fn key_unit(length: usize) -> Vec<u8> {
    annex_b(&[nal(0x67, 12), nal(0x68, 4), nal(0x65, length)])
}

fn delta_unit(length: usize) -> Vec<u8> {
    annex_b(&[nal(0x41, length)])
}

/// One packet of a test stream.
#[derive(Clone, Debug)]
struct Packet {
    sequence: u16,
    time: u32,
    marker: bool,
    payload: Vec<u8>,
}

/// Numbers the packets of units 33 ms apart, from `first` on.
fn stream(units: &[Vec<u8>], first: u16, max_payload: usize) -> Vec<Packet> {
    let mut packets = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        let payloads = packetize(unit, max_payload);
        let count = payloads.len();
        for (at, payload) in payloads.into_iter().enumerate() {
            let sequence = first.wrapping_add(packets.len() as u16);
            packets.push(Packet { sequence, time: index as u32 * 3000, marker: at + 1 == count, payload });
        }
    }
    packets
}

struct Rig {
    depacketizer: Depacketizer,
    now: Mono,
    out: Vec<Depacketized>,
}

impl Rig {
    fn new() -> Self {
        Rig {
            depacketizer: Depacketizer::new(DepacketizerConfig::default()),
            now: Mono::ZERO,
            out: Vec::new(),
        }
    }

    fn push(&mut self, packet: &Packet) {
        let Packet { sequence, time, marker, payload } = packet;
        self.depacketizer.push(
            self.now,
            VideoPacket { sequence: *sequence, time: MediaTime(*time), marker: *marker, payload },
        );
        self.out.extend(std::iter::from_fn(|| self.depacketizer.poll()));
    }

    fn wait(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
        self.depacketizer.wake(self.now);
        self.out.extend(std::iter::from_fn(|| self.depacketizer.poll()));
    }

    fn units(&self) -> Vec<Vec<u8>> {
        let unit = |out: &Depacketized| match out {
            Depacketized::Unit(unit) => Some(unit.data.clone()),
            Depacketized::Lost => None,
        };
        self.out.iter().filter_map(unit).collect()
    }

    fn losses(&self) -> usize {
        self.out.iter().filter(|out| **out == Depacketized::Lost).count()
    }
}

#[test]
fn a_unit_comes_out_with_its_marker_and_not_one_picture_later() {
    let units = [key_unit(5000), delta_unit(30)];
    let packets = stream(&units, 65_533, 1100);
    let mut rig = Rig::new();
    for packet in &packets {
        rig.push(packet);
        let markers =
            packets[..].iter().take_while(|p| p.sequence != packet.sequence).filter(|p| p.marker).count();
        assert_eq!(rig.units().len(), markers + usize::from(packet.marker));
    }
    assert_eq!(rig.units(), units);
    assert_eq!(rig.losses(), 0);
}

#[test]
fn a_repaired_packet_completes_its_unit() {
    let units = [key_unit(3000), delta_unit(20), delta_unit(20)];
    let packets = stream(&units, 0, 1100);
    let mut rig = Rig::new();
    let (repaired, rest): (Vec<_>, Vec<_>) = packets.iter().partition(|packet| packet.sequence == 2);
    rest.iter().for_each(|packet| rig.push(packet));
    assert!(rig.out.is_empty());
    assert_eq!(rig.depacketizer.deadline(), Some(Mono::from_millis(150)));
    rig.wait(100);
    rig.push(repaired[0]);
    assert_eq!(rig.units(), units);
    assert_eq!(rig.depacketizer.deadline(), None);
}

#[test]
fn after_a_loss_nothing_comes_out_before_the_next_key_unit() {
    let units = [key_unit(500), delta_unit(20), delta_unit(30), delta_unit(40), key_unit(50)];
    let packets = stream(&units, 0, 1100);
    let mut rig = Rig::new();
    for packet in packets.iter().filter(|packet| packet.time != 3000) {
        if packet.time == 4 * 3000 {
            rig.wait(150);
            assert_eq!(rig.losses(), 1);
            assert!(rig.depacketizer.needs_key());
        }
        rig.push(packet);
    }
    assert_eq!(rig.units(), [units[0].clone(), units[4].clone()]);
    assert_eq!(rig.losses(), 1);
    let stats = rig.depacketizer.stats();
    assert_eq!((stats.units, stats.key_units, stats.lost, stats.dropped_units), (2, 2, 1, 2));
}

#[test]
fn a_key_unit_that_is_here_ends_the_wait_at_once() {
    let units = [key_unit(500), delta_unit(20), key_unit(4000), delta_unit(9)];
    let packets = stream(&units, 7, 1100);
    let mut rig = Rig::new();
    packets.iter().filter(|packet| packet.time != 3000).for_each(|packet| rig.push(packet));
    assert_eq!(rig.units(), [units[0].clone(), units[2].clone(), units[3].clone()]);
}

#[test]
fn a_stream_that_begins_in_the_middle_asks_for_a_key_unit_once() {
    let packets = stream(&[delta_unit(20), delta_unit(3000), delta_unit(20)], 0, 1100);
    let mut rig = Rig::new();
    packets.iter().for_each(|packet| rig.push(packet));
    assert_eq!(rig.out, [Depacketized::Lost]);
}

#[test]
fn remembered_parameter_sets_complete_a_bare_idr() {
    let bare = annex_b(&[nal(0x65, 40)]);
    let packets = stream(&[key_unit(50), bare], 0, 1100);
    let mut rig = Rig::new();
    packets.iter().for_each(|packet| rig.push(packet));
    assert_eq!(rig.units()[1], key_unit(40));
    assert_eq!(rig.depacketizer.stats().key_units, 2);
}

#[test]
fn a_sender_without_markers_is_understood() {
    let units = [key_unit(3000), delta_unit(20), delta_unit(20)];
    let mut rig = Rig::new();
    for packet in stream(&units, 0, 1100) {
        rig.push(&Packet { marker: false, ..packet });
    }
    assert_eq!(rig.units(), units[..2]);
}

#[test]
fn padding_between_units_does_no_harm() {
    let packets = stream(&[key_unit(10), delta_unit(20)], 0, 1100);
    let mut rig = Rig::new();
    let (key, delta) = packets.split_at(packets.iter().position(|packet| packet.marker).unwrap() + 1);
    key.iter().for_each(|packet| rig.push(packet));
    let next = delta[0].sequence;
    rig.push(&Packet { sequence: next, time: 0, marker: false, payload: vec![] });
    rig.push(&Packet { sequence: next + 1, ..delta[0].clone() });
    assert_eq!(rig.units(), [key_unit(10), delta_unit(20)]);
}

#[test]
fn malformed_payloads_break_their_unit_and_no_other() {
    let malformed: [&[u8]; 12] = [
        &[0x78, 0x00, 0x01, 0x67, 0xaa], // STAP-A with one trailing byte
        &[0x78],                         // STAP-A without a unit
        &[0x78, 0xff, 0xff, 0x67],       // STAP-A longer than its packet
        &[0x78, 0x00, 0x00],             // STAP-A with an empty unit
        &[0x78, 0x00, 0x02, 0x78, 0x00], // STAP-A inside a STAP-A
        &[0x7c],                         // FU-A without its header
        &[0x7c, 0xc1, 1],                // FU-A that starts and ends
        &[0x7c, 0x01, 1],                // FU-A that never started
        &[0x7c, 0x9c, 1],                // FU-A of a FU-A
        &[0xe5, 1],                      // forbidden bit
        &[0x60],                         // type 0
        &[0x79, 0, 0],                   // STAP-B: not in this mode
    ];
    for payload in malformed {
        let mut rig = Rig::new();
        let key = stream(&[key_unit(30)], 0, 1100);
        key.iter().for_each(|packet| rig.push(packet));
        let sequence = key.len() as u16;
        rig.push(&Packet { sequence, time: 3000, marker: true, payload: payload.to_vec() });
        for packet in stream(&[key_unit(60)], sequence + 1, 1100) {
            rig.push(&Packet { time: 6000, ..packet });
        }
        assert_eq!(rig.units(), [key_unit(30), key_unit(60)], "{payload:02x?}");
        assert_eq!(rig.depacketizer.stats().malformed, 1, "{payload:02x?}");
    }
}

#[test]
fn a_fragment_spliced_onto_another_unit_is_noticed() {
    let mut rig = Rig::new();
    stream(&[key_unit(30)], 0, 1100).iter().for_each(|packet| rig.push(packet));
    let start = Packet { sequence: 2, time: 3000, marker: false, payload: vec![0x5c, 0x81, 1, 1] };
    let other = Packet { sequence: 3, time: 3000, marker: true, payload: vec![0x7c, 0x45, 2, 2] };
    rig.push(&start);
    rig.push(&other);
    assert_eq!((rig.units().len(), rig.losses()), (1, 1));
}

#[test]
fn a_unit_without_end_stays_within_its_bound() {
    let config = DepacketizerConfig { max_bytes: 10_000, ..DepacketizerConfig::default() };
    let mut depacketizer = Depacketizer::new(config);
    for sequence in 0..100 {
        let head = if sequence == 0 { 0x85 } else { 0x05 };
        let payload = [&[0x7c, head][..], &[1; 1000]].concat();
        let packet = VideoPacket { sequence, time: MediaTime(0), marker: false, payload: &payload };
        depacketizer.push(Mono::ZERO, packet);
    }
    // The first packet does not begin with parameter sets, so that its unit is not even collected.
    assert_eq!(depacketizer.stats().units, 0);
    let mut rig = Rig { depacketizer: Depacketizer::new(config), now: Mono::ZERO, out: Vec::new() };
    stream(&[key_unit(20_000)], 0, 1100).iter().for_each(|packet| rig.push(packet));
    assert_eq!((rig.out, rig.depacketizer.stats().malformed), (vec![Depacketized::Lost], 1));
}

/// NAL units without start codes inside: bodies avoid zero bytes.
fn some_unit(key: bool) -> impl Strategy<Value = Vec<u8>> {
    let slice = prop::collection::vec(1..=255_u8, 1..4000);
    prop::collection::vec(slice, 1..4).prop_map(move |slices| {
        let mut nals = if key { vec![nal(0x67, 12), nal(0x68, 4)] } else { Vec::new() };
        let header = if key { 0x65 } else { 0x41 };
        nals.extend(slices.into_iter().map(|body| [vec![header], body].concat()));
        annex_b(&nals)
    })
}

fn some_stream() -> impl Strategy<Value = Vec<Vec<u8>>> {
    (some_unit(true), prop::collection::vec(some_unit(false), 0..6))
        .prop_map(|(key, rest)| std::iter::once(key).chain(rest).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_was_packetized_comes_back(units in some_stream(), first: u16, limit in 100_usize..1400) {
        let mut rig = Rig::new();
        let packets = stream(&units, first, limit);
        prop_assert!(packets.iter().all(|packet| packet.payload.len() <= limit));
        packets.iter().for_each(|packet| rig.push(packet));
        prop_assert_eq!(rig.units(), units);
        prop_assert_eq!(rig.losses(), 0);
    }

    #[test]
    fn shuffling_within_the_window_and_duplicates_change_nothing(
        units in some_stream(), first: u16, shuffle in prop::collection::vec(0_usize..8, 200),
    ) {
        let mut rig = Rig::new();
        let mut packets = stream(&units, first, 1100);
        // The very first packet says where the stream begins.
        for at in 1..packets.len() {
            let other = (at + shuffle[at % shuffle.len()]).min(packets.len() - 1);
            packets.swap(at, other);
        }
        for packet in &packets {
            rig.push(packet);
            rig.push(packet);
        }
        prop_assert_eq!(rig.units(), units);
        prop_assert_eq!(rig.losses(), 0);
    }

    #[test]
    fn losses_never_let_a_damaged_unit_through(
        units in some_stream(), lost in prop::collection::vec(any::<bool>(), 64),
    ) {
        let mut rig = Rig::new();
        for (at, packet) in stream(&units, 9, 500).iter().enumerate() {
            if at == 0 || !lost[at % lost.len()] {
                rig.push(packet);
            }
            rig.wait(10);
        }
        rig.wait(1000);
        for (came, sent) in rig.units().iter().zip(&units) {
            prop_assert_eq!(came, sent);
        }
    }
}
