//! Which fake each device is, as text: what `confab-bot --camera … --microphone …` takes.

use std::path::PathBuf;
use std::str::FromStr;

/// Why a fake cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// The text names no fake.
    #[error("{0:?} is not {1}")]
    Text(String, &'static str),
    /// The file cannot be read or is not of its kind.
    #[error("{path}: {reason}")]
    File {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// All devices of one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FakeSpec {
    /// The number that test cards of camera and screen carry.
    pub sender: u8,
    /// The camera.
    pub camera: CameraSpec,
    /// The microphone.
    pub microphone: MicrophoneSpec,
    /// The screen.
    pub screen: ScreenSpec,
    /// Whether there is a speaker.
    pub speaker: bool,
}

impl Default for FakeSpec {
    /// Sender 0: test cards, 440 Hz, a speaker.
    fn default() -> Self {
        FakeSpec {
            sender: 0,
            camera: CameraSpec::TestCard,
            microphone: MicrophoneSpec::Tone(440),
            screen: ScreenSpec::TestCard,
            speaker: true,
        }
    }
}

/// A camera: `testcard`, `none` or the path of a `.y4m` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CameraSpec {
    /// Opening fails with `Missing`.
    None,
    /// A moving test card, at the size that is asked for.
    TestCard,
    /// YUV4MPEG2 with 4:2:0 pictures, again and again.
    File(PathBuf),
}

/// A microphone: `tone:HZ`, `none` or the path of a `.wav` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MicrophoneSpec {
    /// Opening fails with `Missing`.
    None,
    /// A sine of this frequency in hertz, 20 … 20,000, with an amplitude of 0.25.
    Tone(u32),
    /// RIFF WAVE, any channels, 8,000 … 192,000 Hz, again and again.
    File(PathBuf),
}

/// A screen: `testcard` or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScreenSpec {
    /// Opening fails with `Missing`.
    None,
    /// A test card with small text, 1280×720.
    TestCard,
}

impl FromStr for CameraSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        match text {
            "none" => Ok(CameraSpec::None),
            "testcard" => Ok(CameraSpec::TestCard),
            path if path.ends_with(".y4m") => Ok(CameraSpec::File(path.into())),
            other => Err(SpecError::Text(other.to_owned(), "testcard, none or a .y4m file")),
        }
    }
}

impl FromStr for MicrophoneSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let hertz = || text.strip_prefix("tone:")?.parse().ok().filter(|hertz| (20..=20_000).contains(hertz));
        match text {
            "none" => Ok(MicrophoneSpec::None),
            path if path.ends_with(".wav") => Ok(MicrophoneSpec::File(path.into())),
            other => hertz().map(MicrophoneSpec::Tone).ok_or_else(|| {
                SpecError::Text(other.to_owned(), "tone:HZ with 20 … 20000, none or a .wav file")
            }),
        }
    }
}

impl FromStr for ScreenSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        match text {
            "none" => Ok(ScreenSpec::None),
            "testcard" => Ok(ScreenSpec::TestCard),
            other => Err(SpecError::Text(other.to_owned(), "testcard or none")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_one_fake() {
        assert_eq!("testcard".parse(), Ok(CameraSpec::TestCard));
        assert_eq!("none".parse(), Ok(CameraSpec::None));
        assert_eq!("a/clip.y4m".parse(), Ok(CameraSpec::File("a/clip.y4m".into())));
        assert_eq!("tone:880".parse(), Ok(MicrophoneSpec::Tone(880)));
        assert_eq!("speech.wav".parse(), Ok(MicrophoneSpec::File("speech.wav".into())));
        assert_eq!("none".parse(), Ok(ScreenSpec::None));
    }

    #[test]
    fn what_names_no_fake_is_refused() {
        assert!("webcam".parse::<CameraSpec>().is_err());
        for text in ["tone:", "tone:0", "tone:x", "tone:20001", "mp3"] {
            assert!(text.parse::<MicrophoneSpec>().is_err(), "{text}");
        }
        assert!("file.y4m".parse::<ScreenSpec>().is_err());
    }
}
