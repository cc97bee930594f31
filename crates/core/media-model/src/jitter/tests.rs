use confab_types::Chance;
use proptest::prelude::*;

use super::*;

/// A sender of one packet each 20 ms, a network, and a player that asks each 20 ms.
struct Rig {
    buffer: JitterBuffer,
    /// Arrival, sequence number, timestamp, payload; ordered by arrival.
    coming: BTreeMap<(u64, u64), (u16, u32, Vec<u8>)>,
    heard: Vec<Playout>,
    millis: u64,
    quiet: bool,
}

/// What a packet of a test says: its number.
fn word(number: u64) -> Vec<u8> {
    number.to_be_bytes().to_vec()
}

fn number(packet: &[u8]) -> u64 {
    packet.first_chunk().map_or(0, |word| u64::from_be_bytes(*word))
}

impl Rig {
    fn new() -> Self {
        let buffer = JitterBuffer::new(JitterConfig::default());
        Rig { buffer, coming: BTreeMap::new(), heard: Vec::new(), millis: 0, quiet: false }
    }

    /// Packet `number` leaves at 20 ms × `number` and takes `delay` milliseconds.
    fn send(&mut self, number: u64, delay: u64) {
        self.send_as(number, number, delay, word(number));
    }

    /// With a sequence number that does not count pauses.
    fn send_as(&mut self, number: u64, sequence: u64, delay: u64, payload: Vec<u8>) {
        let time = (number as u32).wrapping_mul(PACKET_TICKS).wrapping_sub(5_000);
        let sequence = (sequence as u16).wrapping_sub(20);
        self.coming.insert((20 * number + delay, number), (sequence, time, payload));
    }

    fn run_until(&mut self, millis: u64) {
        while self.millis < millis {
            self.millis += 1;
            let now = Mono::from_millis(self.millis);
            while let Some(entry) = self.coming.first_entry().filter(|entry| entry.key().0 <= self.millis) {
                let (sequence, time, payload) = entry.remove();
                let packet = AudioPacket { sequence, time: MediaTime(time), payload: &payload };
                self.buffer.push(now, packet);
            }
            if self.millis.is_multiple_of(20) {
                self.heard.push(self.buffer.pull(now, self.quiet));
            }
        }
    }

    fn numbers(&self) -> Vec<u64> {
        self.heard
            .iter()
            .filter_map(|out| if let Playout::Packet(p) = out { Some(number(p)) } else { None })
            .collect()
    }

    fn count(&self, wanted: &Playout) -> usize {
        self.heard.iter().filter(|out| *out == wanted).count()
    }
}

#[test]
fn a_calm_network_is_played_without_a_gap_at_the_least_delay() {
    let mut rig = Rig::new();
    (0..500).for_each(|number| rig.send(number, 30));
    rig.run_until(10_000);
    let numbers = rig.numbers();
    // The first 40 ms of delay shrink to 20: at most two packets are left out.
    assert!(numbers.len() >= 494, "{}", numbers.len());
    let stats = rig.buffer.stats();
    assert_eq!((stats.concealed, stats.recovered, stats.late), (0, 0, 0));
    assert_eq!(stats.target, Duration::from_millis(20));
    assert!(stats.delay <= Duration::from_millis(50), "{:?}", stats.delay);
}

#[test]
fn a_single_loss_is_rebuilt_from_the_packet_behind_it() {
    let mut rig = Rig::new();
    (0..100).filter(|number| *number != 50).for_each(|number| rig.send(number, 30));
    rig.run_until(1_900);
    assert_eq!(rig.count(&Playout::Fec(word(51))), 1);
    let at = rig.heard.iter().position(|out| *out == Playout::Fec(word(51))).unwrap();
    assert_eq!(rig.heard[at + 1], Playout::Packet(word(51)));
    assert_eq!(rig.buffer.stats().concealed, 0);
}

#[test]
fn two_losses_in_a_row_are_half_invented_half_rebuilt() {
    let mut rig = Rig::new();
    (0..100).filter(|number| ![50, 51].contains(number)).for_each(|number| rig.send(number, 30));
    rig.run_until(1_900);
    let stats = rig.buffer.stats();
    assert_eq!((stats.recovered, rig.count(&Playout::Fec(word(52)))), (1, 1));
    assert!(stats.concealed <= 1, "{stats:?}");
}

#[test]
fn packets_out_of_order_are_played_in_order() {
    let mut rig = Rig::new();
    // Each second packet overtakes the one before it.
    (0..300).for_each(|number| rig.send(number, if number % 2 == 0 { 55 } else { 30 }));
    rig.run_until(6_000);
    let numbers = rig.numbers();
    assert!(numbers.is_sorted());
    assert!(numbers.len() > 285, "{}", numbers.len());
}

#[test]
fn the_target_rises_with_jitter_and_falls_when_it_is_over() {
    let mut rig = Rig::new();
    let mut chance = Chance::from_number(7);
    (0..500).for_each(|number| rig.send(number, 20 + chance.below(100)));
    (500..1500).for_each(|number| rig.send(number, 20));
    rig.run_until(10_000);
    let stats = rig.buffer.stats();
    assert!((80..=130).contains(&stats.target.as_millis()), "{:?}", stats.target);
    let concealed = stats.concealed;
    assert!(stats.concealed_share() < 0.05, "{}", stats.concealed_share());
    rig.run_until(30_000);
    let stats = rig.buffer.stats();
    assert_eq!(stats.target, Duration::from_millis(20));
    assert!(stats.delay <= Duration::from_millis(60), "{:?}", stats.delay);
    assert!(stats.concealed <= concealed + 5);
}

#[test]
fn late_packets_are_counted_and_not_played() {
    let mut rig = Rig::new();
    (0..200).for_each(|number| rig.send(number, if number == 100 { 900 } else { 20 }));
    rig.run_until(4_000);
    assert!(!rig.numbers().contains(&100));
    assert_eq!(rig.buffer.stats().late, 1);
}

#[test]
fn a_pause_of_the_sender_is_silence_and_not_loss() {
    let mut rig = Rig::new();
    (0..100).for_each(|number| rig.send(number, 20));
    // The microphone is closed for two seconds: timestamps go on, sequence numbers do not.
    (200..300).for_each(|number| rig.send_as(number, number - 100, 20, word(number)));
    rig.run_until(6_000);
    let stats = rig.buffer.stats();
    assert_eq!((stats.concealed, stats.recovered), (0, 0));
    let numbers = rig.numbers();
    assert!(numbers.contains(&200) && numbers.len() >= 196, "{}", numbers.len());
    // Silence was as long as the pause, so that the delay did not grow.
    assert!(stats.delay <= Duration::from_millis(60), "{:?}", stats.delay);
}

#[test]
fn an_announced_silence_invents_nothing() {
    let mut rig = Rig::new();
    (0..50).for_each(|number| rig.send(number, 20));
    rig.send_as(50, 50, 20, vec![0x78]);
    rig.send_as(70, 51, 20, vec![0x78]);
    (90..110).for_each(|number| rig.send_as(number, number - 38, 20, word(number)));
    rig.run_until(2_100);
    assert_eq!(rig.count(&Playout::Conceal), 0);
    assert!((90..100).all(|number| rig.numbers().contains(&number)));
}

#[test]
fn a_stall_is_caught_up_with_at_once() {
    let mut rig = Rig::new();
    (0..100).for_each(|number| rig.send(number, 20));
    // For 800 ms nothing comes, then all of it in one burst.
    (100..140).for_each(|number| rig.send(number, 20 + 20 * (140 - number)));
    (140..400).for_each(|number| rig.send(number, 20));
    rig.run_until(3_200);
    let stats = rig.buffer.stats();
    assert!(stats.delay < Duration::from_millis(650), "{:?}", stats.delay);
    rig.run_until(8_000);
    let stats = rig.buffer.stats();
    assert!(stats.delay < Duration::from_millis(470), "{:?}", stats.delay);
    assert!(stats.concealed <= 10);
}

#[test]
fn a_stream_that_starts_over_elsewhere_is_played_within_a_second() {
    for shift in [1_000_000_u64, 4_000_000_000 - 300, 4_294_967_296 - 2_000] {
        let mut rig = Rig::new();
        (0..100).for_each(|number| rig.send(number, 20));
        for number in 100..300_u64 {
            let time = (number as u32 * PACKET_TICKS).wrapping_add((shift as u32).wrapping_mul(PACKET_TICKS));
            rig.coming.insert((20 * number + 20, number), (number as u16 + 9_000, time, word(number)));
        }
        rig.run_until(6_000);
        let numbers = rig.numbers();
        let after: Vec<_> = numbers.iter().filter(|number| **number >= 100).collect();
        assert!(
            after.len() > 140 && *after[0] < 150,
            "shift {shift}: {} from {:?}",
            after.len(),
            after.first()
        );
    }
}

#[test]
fn a_drifting_clock_neither_starves_nor_piles_up() {
    for (drift, name) in [(1.001, "slow sender"), (0.999, "fast sender")] {
        let mut rig = Rig::new();
        for number in 0..6_000_u64 {
            let leaves = (number as f64 * 20.0 * drift) as u64;
            rig.coming
                .insert((leaves + 25, number), (number as u16, number as u32 * PACKET_TICKS, word(number)));
        }
        rig.run_until(119_000);
        let stats = rig.buffer.stats();
        assert!(stats.concealed_share() < 0.01, "{name}: {stats:?}");
        assert!(stats.delay <= Duration::from_millis(80), "{name}: {stats:?}");
        assert!(stats.late < 10, "{name}: {stats:?}");
    }
}

#[test]
fn quiet_moments_are_used_to_shorten_the_delay() {
    let played_late = |quiet: bool| {
        let mut rig = Rig::new();
        rig.quiet = quiet;
        let mut chance = Chance::from_number(3);
        (0..250).for_each(|number| rig.send(number, 20 + chance.below(160)));
        (250..700).for_each(|number| rig.send(number, 20));
        rig.run_until(11_500);
        rig.buffer.stats().delay
    };
    assert!(played_late(true) <= played_late(false));
}

#[test]
fn memory_is_bounded_and_the_newest_packets_win() {
    let mut buffer = JitterBuffer::new(JitterConfig::default());
    for number in 0..10_000_u32 {
        let packet =
            AudioPacket { sequence: number as u16, time: MediaTime(number * 960), payload: &[1; 50] };
        buffer.push(Mono::ZERO, packet);
    }
    assert_eq!(buffer.packets.len(), 100);
    buffer.push(Mono::ZERO, AudioPacket { sequence: 0, time: MediaTime(0), payload: &[] });
    buffer.push(Mono::ZERO, AudioPacket { sequence: 0, time: MediaTime(0), payload: &[0; 1501] });
    assert_eq!(buffer.stats().malformed, 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_packet_is_played_twice_or_out_of_order(seed: u64, jitter in 1_u64..300, loss in 0_u64..30) {
        let mut rig = Rig::new();
        let mut chance = Chance::from_number(seed);
        for number in 0..500 {
            if !chance.percent(loss) {
                rig.send(number, 20 + chance.below(jitter));
            }
        }
        rig.run_until(11_000);
        let numbers = rig.numbers();
        prop_assert!(numbers.is_sorted_by(|a, b| a < b));
        prop_assert!(rig.buffer.stats().target <= Duration::from_millis(400));
        // Every step has one output, and all but a small part of what came is heard.
        prop_assert_eq!(rig.heard.len(), 550);
        let stats = rig.buffer.stats();
        prop_assert!(stats.played + stats.late + stats.skipped + stats.duplicate >= stats.received);
        prop_assert!(stats.late * 10 <= stats.received + 100, "{:?}", stats);
    }

    #[test]
    fn arbitrary_packets_never_panic(
        packets in prop::collection::vec((any::<u16>(), any::<u32>(), 0_usize..4, 0_u64..100_000_000), 0..400),
    ) {
        let mut buffer = JitterBuffer::new(JitterConfig::default());
        let mut now = Mono::ZERO;
        for (sequence, time, length, step) in packets {
            now = now + Duration::from_micros(step);
            buffer.push(now, AudioPacket { sequence, time: MediaTime(time), payload: &[0; 4][..length] });
            buffer.pull(now, length == 1);
        }
    }
}
