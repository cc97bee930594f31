//! Devices as files, for programs that take their camera and microphone from files: a test card that moves, a tone that comes and
//! goes.

use std::f32::consts::TAU;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use confab_fakes::TestCard;
use confab_types::Mono;

use crate::sound::RATE;
use crate::wait::Trouble;

/// A camera: this many seconds of a test card, which begin anew at their end (YUV4MPEG2).
#[derive(Clone, Copy, Debug)]
pub struct Camera {
    /// Number of the sender.
    pub sender: u8,
    /// Width and height, pixels.
    pub size: (u32, u32),
    /// Pictures a second.
    pub rate: u32,
    pub seconds: u32,
}

impl Camera {
    /// Writes the file.
    pub fn write(&self, path: &Path) -> Result<(), Trouble> {
        let card = TestCard::camera(self.sender, self.size);
        let (width, height) = card.size();
        let mut file = BufWriter::new(File::create(path)?);
        writeln!(file, "YUV4MPEG2 W{width} H{height} F{}:1 Ip A1:1 C420jpeg", self.rate)?;
        for number in 0..self.rate * self.seconds {
            let frame = card.draw(number, Mono::ZERO);
            writeln!(file, "FRAME")?;
            let chroma = (width / 2) as usize;
            let planes =
                [(frame.y(), frame.stride_y(), width as usize), (frame.u(), frame.stride_uv(), chroma)];
            for (plane, stride, row) in planes.into_iter().chain([(frame.v(), frame.stride_uv(), chroma)]) {
                plane.chunks(stride).try_for_each(|line| file.write_all(&line[..row]))?;
            }
        }
        Ok(file.flush()?)
    }
}

/// A microphone that hears a tone, half of the time: what goes on for ever is taken for noise and made silent by browsers. Two
/// seconds that begin anew at their end (RIFF WAVE).
pub fn write_tone(path: &Path, hertz: f32) -> Result<(), Trouble> {
    let mut samples = Vec::new();
    for at in 0..2 * RATE {
        let sounds = at % (RATE / 2) < RATE / 4;
        let phase = (f64::from(at) * f64::from(hertz) / f64::from(RATE)).fract() as f32;
        let value = if sounds { (phase * TAU).sin() * 0.25 * f32::from(i16::MAX) } else { 0.0 };
        samples.extend((value as i16).to_le_bytes());
    }
    let len = samples.len() as u32;
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + len).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    // Plain samples, one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(RATE.to_le_bytes());
    file.extend((2 * RATE).to_le_bytes());
    // Bytes of a sample, bits of a sample.
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(len.to_le_bytes());
    file.extend(samples);
    Ok(std::fs::write(path, file)?)
}
