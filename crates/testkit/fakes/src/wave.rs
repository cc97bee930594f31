//! WAVE files as endless 48 kHz mono.

use std::path::Path;

use confab_media_model::AudioBlock;
use hound::{SampleFormat, WavReader};

use crate::spec::SpecError;

/// Ten minutes at 48 kHz; a longer file is refused, because it is held in memory.
const LONGEST: usize = 10 * 60 * AudioBlock::RATE as usize;

/// Reads a whole file, mixes it down and resamples it linearly: good enough for speech that is only measured.
pub(crate) fn read(path: &Path) -> Result<Vec<f32>, SpecError> {
    let failed = |reason: String| SpecError::File { path: path.to_owned(), reason };
    let mut reader = WavReader::open(path).map_err(|error| failed(error.to_string()))?;
    let format = reader.spec();
    if !(8_000..=192_000).contains(&format.sample_rate) || format.channels == 0 {
        return Err(failed(format!("{} channels at {} Hz", format.channels, format.sample_rate)));
    }
    if reader.duration() as usize > LONGEST {
        return Err(failed("longer than ten minutes".to_owned()));
    }
    let samples: Result<Vec<f32>, hound::Error> = match format.sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect(),
        SampleFormat::Int => {
            let full = 2f32.powi(i32::from(format.bits_per_sample) - 1);
            reader.samples::<i32>().map(|sample| Ok(sample? as f32 / full)).collect()
        }
    };
    let samples = samples.map_err(|error| failed(error.to_string()))?;
    let channels = usize::from(format.channels);
    let mono: Vec<f32> =
        samples.chunks_exact(channels).map(|moment| moment.iter().sum::<f32>() / channels as f32).collect();
    if mono.is_empty() {
        return Err(failed("no sound in it".to_owned()));
    }
    Ok(resample(&mono, format.sample_rate))
}

fn resample(mono: &[f32], rate: u32) -> Vec<f32> {
    if rate == AudioBlock::RATE {
        return mono.to_vec();
    }
    let len = (mono.len() as u64 * u64::from(AudioBlock::RATE) / u64::from(rate)).max(1);
    let at = |sample: u64| {
        let place = sample as f64 * f64::from(rate) / f64::from(AudioBlock::RATE);
        let (left, part) = (place as usize, place.fract() as f32);
        let get = |index: usize| mono[index.min(mono.len() - 1)];
        get(left) * (1.0 - part) + get(left + 1) * part
    };
    (0..len).map(at).collect()
}

/// Plays samples again and again.
pub(crate) struct Loop {
    samples: std::sync::Arc<[f32]>,
    at: usize,
}

impl Loop {
    /// `samples` are not empty.
    pub(crate) fn new(samples: std::sync::Arc<[f32]>) -> Self {
        Loop { samples, at: 0 }
    }

    /// The next 10 ms.
    pub(crate) fn fill(&mut self, block: &mut [f32; AudioBlock::LEN]) {
        for sample in block {
            *sample = self.samples[self.at];
            self.at = (self.at + 1) % self.samples.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum;

    fn file(name: &str, rate: u32, channels: u16, float: bool) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("confab-fakes-{}-{name}.wav", std::process::id()));
        let (sample_format, bits_per_sample) =
            if float { (SampleFormat::Float, 32) } else { (SampleFormat::Int, 16) };
        let format = hound::WavSpec { channels, sample_rate: rate, bits_per_sample, sample_format };
        let mut writer = hound::WavWriter::create(&path, format).expect("the temporary folder is writable");
        for at in 0..rate {
            let sample = 0.5 * (std::f32::consts::TAU * 500.0 * at as f32 / rate as f32).sin();
            for _ in 0..channels {
                let written = if float {
                    writer.write_sample(sample)
                } else {
                    writer.write_sample((sample * 32768.0) as i16)
                };
                written.expect("the temporary folder is writable");
            }
        }
        writer.finalize().expect("the temporary folder is writable");
        path
    }

    #[test]
    fn every_rate_and_format_becomes_the_same_sound() {
        for (rate, channels, float) in
            [(48_000, 1, false), (44_100, 2, false), (16_000, 1, true), (8_000, 1, false)]
        {
            let path = file(&format!("{rate}-{channels}"), rate, channels, float);
            let sound = read(&path).expect("a wave file");
            std::fs::remove_file(&path).expect("it was written");
            assert_eq!(sound.len(), 48_000);
            let found = spectrum::dominant(&sound[..4800]).expect("a tone");
            assert!((found - 500.0).abs() < 1.0, "{rate} Hz: {found}");
            let rms = spectrum::rms(&sound);
            assert!((rms - 0.3535).abs() < 0.02, "{rate} Hz: {rms}");
        }
    }

    #[test]
    fn a_loop_has_no_seam() {
        let mut sound = Loop::new((0..700).map(|at| at as f32).collect());
        let mut block = [0.0; AudioBlock::LEN];
        sound.fill(&mut block);
        sound.fill(&mut block);
        assert_eq!((block[219], block[220]), (699.0, 0.0));
    }

    #[test]
    fn what_is_no_wave_file_is_refused_with_its_path() {
        let path = std::env::temp_dir().join(format!("confab-fakes-{}-none.wav", std::process::id()));
        assert!(matches!(read(&path), Err(SpecError::File { .. })));
    }
}
