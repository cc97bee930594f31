use std::sync::{Arc, Mutex};

use confab_types::MediaTime;

use super::*;

/// Decodes a packet `[level]` to 960 samples of level / 100, conceals to half of what was last, rebuilds to the
/// negative, and writes down what it was asked.
#[derive(Default)]
struct Ruler {
    asked: Arc<Mutex<Vec<String>>>,
    last: f32,
}

impl Ruler {
    fn note(&self, what: String) {
        self.asked.lock().unwrap().push(what);
    }
}

impl AudioDecoder for Ruler {
    fn decode(&mut self, packet: &[u8], out: &mut [f32; SAMPLES]) -> Result<(), CodecError> {
        if packet[0] == 0xff {
            return Err(CodecError::Bitstream("bad".into()));
        }
        self.note(format!("decode {}", packet[0]));
        self.last = f32::from(packet[0]) / 100.0;
        out.fill(self.last);
        Ok(())
    }

    fn decode_fec(&mut self, next: &[u8], out: &mut [f32; SAMPLES]) -> Result<(), CodecError> {
        self.note(format!("fec {}", next[0]));
        out.fill(-f32::from(next[0]) / 100.0);
        Ok(())
    }

    fn conceal(&mut self, out: &mut [f32; SAMPLES]) -> Result<(), CodecError> {
        self.note("conceal".into());
        self.last /= 2.0;
        out.fill(self.last);
        Ok(())
    }
}

struct Rig {
    player: Player,
    asked: Arc<Mutex<Vec<String>>>,
    millis: u64,
}

impl Rig {
    fn new() -> Self {
        let ruler = Ruler::default();
        let asked = ruler.asked.clone();
        Rig { player: Player::new(Box::new(ruler)), asked, millis: 0 }
    }

    /// Packet `number` comes now; it says `payload`.
    fn push(&mut self, number: u32, payload: &[u8]) {
        let packet = AudioPacket { sequence: number as u16, time: MediaTime(number * 960), payload };
        self.player.push(Mono::from_millis(self.millis), packet);
    }

    /// 20 ms: the first sample of both blocks.
    fn pull(&mut self) -> [f32; 2] {
        [(); 2].map(|()| {
            let block = self.player.pull(Mono::from_millis(self.millis));
            assert_eq!(block.captured, Mono::from_millis(self.millis));
            self.millis += 10;
            block.samples[0]
        })
    }
}

#[test]
fn a_packet_is_played_in_two_halves() {
    let mut rig = Rig::new();
    assert_eq!(rig.pull(), [0.0, 0.0]);
    let mut heard = Vec::new();
    for number in 0..10 {
        rig.push(number, &[10 + number as u8]);
        heard.push(rig.pull());
    }
    let first = heard.iter().position(|halves| halves[0] != 0.0).unwrap();
    assert!(first <= 3);
    for (at, halves) in heard[first..].iter().enumerate() {
        assert_eq!(*halves, [0.1 + at as f32 / 100.0; 2].map(|level| (level * 100.0).round() / 100.0));
    }
}

#[test]
fn a_lost_packet_is_rebuilt_and_a_refused_one_is_concealed() {
    let mut rig = Rig::new();
    for number in 0..40 {
        match number {
            20 => {}
            30 => rig.push(number, &[0xff]),
            _ => rig.push(number, &[number as u8 + 1]),
        }
        rig.pull();
    }
    let asked = rig.asked.lock().unwrap();
    let at = asked.iter().position(|what| what == "fec 22").expect("packet 20 is rebuilt from packet 21");
    assert_eq!(asked[at - 1..=at + 1], ["decode 20", "fec 22", "decode 22"]);
    let at = asked.iter().position(|what| what == "decode 30").unwrap();
    assert_eq!(asked[at..at + 3], ["decode 30", "conceal", "decode 32"]);
    drop(asked);
    assert_eq!(rig.player.stats().malformed, 1);
}

#[test]
fn the_end_of_a_stream_fades_into_silence() {
    let mut rig = Rig::new();
    for number in 0..10 {
        rig.push(number, &[50]);
        rig.pull();
    }
    let tail: Vec<f32> = (0..20).flat_map(|_| rig.pull()).collect();
    assert!(tail.is_sorted_by(|a, b| a >= b), "{tail:?}");
    assert_eq!(tail[30..], [0.0; 10]);
    // The stream comes back.
    for number in 30..40 {
        rig.push(number, &[70]);
        rig.pull();
    }
    assert_eq!(rig.pull()[0], 0.7);
}

#[test]
fn after_a_reset_another_stream_is_played() {
    let mut rig = Rig::new();
    for number in 0..10 {
        rig.push(number, &[50]);
        rig.pull();
    }
    rig.player.reset();
    for number in 50_000..50_010 {
        rig.push(number, &[70]);
        rig.pull();
    }
    assert_eq!(rig.pull()[0], 0.7);
}
