//! Expectations in one line: `video>=29fps,audio-gap<200ms`.

use std::fmt;
use std::str::FromStr;

use crate::stats::Second;

/// What can be expected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// Pictures per second of every other camera that is on: the mean over the measured time, of the worst one.
    Video,
    /// Longest time without a new picture of any other camera, ms.
    VideoGap,
    /// Pictures per second of shared screens: the mean, of the worst one.
    Screen,
    /// Longest time without sound at the speaker, ms.
    AudioGap,
    /// Sound level at the speaker in the last measured second, dBFS.
    AudioLevel,
    /// Level of one tone in the last measured second, dBFS.
    Tone(u32),
    /// People in the room in the last measured second, oneself included.
    People,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Relation {
    Below,
    AtMost,
    Above,
    AtLeast,
}

/// One expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    metric: Metric,
    relation: Relation,
    limit: f64,
    text: String,
}

/// Several expectations, separated by commas.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectations(Vec<Expectation>);

/// Why a line is not a list of expectations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no expectation: write like video>=29fps, audio-gap<200ms, tone-440>-40dbfs, people>=3")]
pub struct NotAnExpectation(String);

impl FromStr for Expectations {
    type Err = NotAnExpectation;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::parse).collect::<Result<_, _>>().map(Expectations)
    }
}

impl FromStr for Expectation {
    type Err = NotAnExpectation;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || NotAnExpectation(text.to_owned());
        let at = text.find(['<', '>']).ok_or_else(wrong)?;
        let (name, rest) = text.split_at(at);
        let (relation, rest) = match rest.as_bytes() {
            [b'<', b'=', ..] => (Relation::AtMost, &rest[2..]),
            [b'>', b'=', ..] => (Relation::AtLeast, &rest[2..]),
            [b'<', ..] => (Relation::Below, &rest[1..]),
            _ => (Relation::Above, &rest[1..]),
        };
        let digits = rest.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let limit = digits.parse().map_err(|_| wrong())?;
        let metric = match name.trim() {
            "video" => Metric::Video,
            "video-gap" => Metric::VideoGap,
            "screen" => Metric::Screen,
            "audio-gap" => Metric::AudioGap,
            "audio-level" => Metric::AudioLevel,
            "people" => Metric::People,
            other => {
                let hertz = other.strip_prefix("tone-").and_then(|hertz| hertz.parse().ok());
                Metric::Tone(hertz.ok_or_else(wrong)?)
            }
        };
        Ok(Expectation { metric, relation, limit, text: text.to_owned() })
    }
}

impl Expectation {
    /// Holds it against the measured seconds; the error says what was found instead.
    fn check(&self, seconds: &[Second]) -> Result<(), String> {
        let Some(found) = self.metric.measure(seconds) else {
            return Err(format!("{self}: nothing was measured"));
        };
        let holds = match self.relation {
            Relation::Below => found < self.limit,
            Relation::AtMost => found <= self.limit,
            Relation::Above => found > self.limit,
            Relation::AtLeast => found >= self.limit,
        };
        if holds { Ok(()) } else { Err(format!("{self}: found {found:.1}")) }
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Expectations {
    /// Every expectation that does not hold, with what was found.
    pub fn failures(&self, seconds: &[Second]) -> Vec<String> {
        self.0.iter().filter_map(|expectation| expectation.check(seconds).err()).collect()
    }

    /// Frequencies that must be listened for.
    pub fn tones(&self) -> Vec<u32> {
        let tone = |expectation: &Expectation| match expectation.metric {
            Metric::Tone(hertz) => Some(hertz),
            _ => None,
        };
        self.0.iter().filter_map(tone).collect()
    }
}

impl Metric {
    fn measure(self, seconds: &[Second]) -> Option<f64> {
        let last = seconds.last()?;
        match self {
            Metric::Video => worst_rate(seconds, "/camera"),
            Metric::Screen => worst_rate(seconds, "/screen"),
            Metric::VideoGap => {
                let cameras = last.streams.iter().filter(|(name, _)| name.ends_with("/camera"));
                cameras.map(|(_, stream)| f64::from(stream.longest_gap_ms)).reduce(f64::max)
            }
            Metric::AudioGap => last.audio.sounded.then(|| f64::from(last.audio.longest_gap_ms)),
            Metric::AudioLevel => Some(f64::from(last.audio.level)),
            Metric::Tone(hertz) => last.audio.tones.get(&hertz.to_string()).map(|level| f64::from(*level)),
            Metric::People => Some(last.roster.len() as f64),
        }
    }
}

/// The lowest mean rate among streams whose name ends so.
fn worst_rate(seconds: &[Second], ending: &str) -> Option<f64> {
    let (first, last) = (seconds.first()?, seconds.last()?);
    let span = f64::from(last.t - first.t);
    if span <= 0.0 {
        return None;
    }
    let rates = last.streams.iter().filter(|(name, _)| name.ends_with(ending)).map(|(name, stream)| {
        let before = first.streams.get(name).map_or(0, |stream| stream.frames);
        stream.frames.saturating_sub(before) as f64 / span
    });
    rates.reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{Heard, Picture};

    fn seconds(rate: u64) -> Vec<Second> {
        let second = |t: u32| Second {
            t: t as f32,
            streams: [(
                "p2/camera".to_owned(),
                Picture { frames: rate * u64::from(t), ..Picture::default() },
            )]
            .into(),
            audio: Heard { sounded: true, longest_gap_ms: 120, ..Heard::default() },
            ..Second::default()
        };
        (1..=5).map(second).collect()
    }

    #[test]
    fn expectations_say_what_was_found_instead() {
        let wanted: Expectations = "video>=29fps, audio-gap<200ms".parse().expect("it is well formed");
        assert_eq!(wanted.failures(&seconds(30)), Vec::<String>::new());
        assert_eq!(wanted.failures(&seconds(20)), ["video>=29fps: found 20.0"]);
        assert_eq!(wanted.failures(&[]).len(), 2);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["video", "video>=fast", "colour>3", "tone-x>1"] {
            assert!(text.parse::<Expectations>().is_err(), "{text}");
        }
        assert_eq!("tone-440>-40dbfs".parse::<Expectations>().expect("well formed").tones(), [440]);
    }
}
