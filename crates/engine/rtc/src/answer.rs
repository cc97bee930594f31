//! What the far side's description must say before it is used. The transport library does the negotiation; this only
//! refuses, with a reason, what would connect and then stay silent.

use confab_media_model::LegDown;

use crate::config::Tracks;
use crate::peer::{AUDIO_LEVEL_URI, H264_TYPE, OPUS_TYPE};

/// A longer description is refused, in bytes.
const LIMIT: usize = 64 * 1024;

/// What we need to know of an accepted answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Accepted {
    /// The id under which the far side reads audio levels, if it does.
    pub(crate) audio_level: Option<u8>,
}

/// One media section.
struct Section<'a> {
    kind: &'a str,
    rejected: bool,
    formats: Vec<&'a str>,
    lines: Vec<&'a str>,
}

impl<'a> Section<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut words = line.split_ascii_whitespace();
        let kind = words.next()?;
        let rejected = words.next()? == "0";
        let formats = words.skip(1).collect();
        Some(Section { kind, rejected, formats, lines: Vec::new() })
    }

    fn has(&self, line: &str) -> bool {
        self.lines.contains(&line)
    }

    /// Our offer says one way only, so anything that includes the opposite way is an agreement; no word means both.
    fn flows(&self, tracks: Tracks) -> bool {
        let refusals =
            if tracks.is_publish() { ["a=sendonly", "a=inactive"] } else { ["a=recvonly", "a=inactive"] };
        !refusals.into_iter().any(|refusal| self.has(refusal))
    }

    fn extension(&self, uri: &str) -> Option<u8> {
        self.lines.iter().find_map(|line| {
            let mut words = line.strip_prefix("a=extmap:")?.split_ascii_whitespace();
            let id = words.next()?.split('/').next()?;
            if words.next()? == uri { id.parse().ok() } else { None }
        })
    }
}

/// Checks an SDP answer (RFC 8866) to an offer of `tracks` that gave the audio level the id `offered_level`.
///
/// # Errors
/// [`LegDown::BadAnswer`] with the first thing that is wrong.
pub(crate) fn check(sdp: &str, tracks: Tracks, offered_level: Option<u8>) -> Result<Accepted, LegDown> {
    let bad = |what: &str| LegDown::BadAnswer(what.to_owned());
    if sdp.len() > LIMIT {
        return Err(bad("it is longer than 64 KiB"));
    }
    let (session, sections) = parse(sdp).ok_or_else(|| bad("a media line is malformed"))?;
    let wanted: Vec<(&str, u8)> =
        [("audio", OPUS_TYPE, tracks.audio()), ("video", H264_TYPE, tracks.video())]
            .into_iter()
            .filter_map(|(kind, format, wanted)| wanted.then_some((kind, format)))
            .collect();
    if sections.len() != wanted.len() {
        return Err(bad("it has another number of tracks than the offer"));
    }
    for (section, (kind, format)) in sections.iter().zip(wanted) {
        if section.kind != kind {
            return Err(bad("its tracks stand in another order than the offer's"));
        }
        if section.rejected || !section.flows(tracks) {
            return Err(LegDown::BadAnswer(format!("the {kind} track was refused")));
        }
        let format = format.to_string();
        if !section.formats.contains(&format.as_str()) {
            return Err(LegDown::BadAnswer(format!("no common {kind} codec")));
        }
        let mut lines = section.lines.iter().chain(&session);
        if !lines.any(|line| line.starts_with("a=fingerprint:")) {
            return Err(bad("it has no certificate fingerprint"));
        }
    }
    // Numbering it anew is against RFC 8285 (section 6), and the library would drop every packet that follows it.
    Ok(Accepted { audio_level: level_id(&sections).filter(|id| offered_level == Some(*id)) })
}

/// The id of the audio level extension in a description.
pub(crate) fn audio_level(sdp: &str) -> Option<u8> {
    level_id(&parse(sdp)?.1)
}

fn level_id(sections: &[Section<'_>]) -> Option<u8> {
    sections.iter().find(|section| section.kind == "audio")?.extension(AUDIO_LEVEL_URI)
}

/// The lines of the session, and the media sections; `None` when a media line makes no sense.
fn parse(sdp: &str) -> Option<(Vec<&str>, Vec<Section<'_>>)> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    let mut session: Vec<&str> = Vec::new();
    for line in sdp.lines().map(str::trim_end) {
        match (line.strip_prefix("m="), sections.last_mut()) {
            (Some(media), _) => sections.push(Section::parse(media)?),
            (None, Some(section)) => section.lines.push(line),
            (None, None) => session.push(line),
        }
    }
    Some((session, sections))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Tracks = Tracks::Publish { audio: true, video: true };

    fn answer(audio: &str, video: &str) -> String {
        format!(
            "v=0\r\ns=-\r\na=fingerprint:sha-256 AA\r\nm=audio {audio}\r\na=extmap:3 {AUDIO_LEVEL_URI}\r\n\
             m=video {video}\r\n"
        )
    }

    #[test]
    fn a_fitting_answer_names_the_audio_level() {
        let sdp = answer("9 UDP/TLS/RTP/SAVPF 111", "9 UDP/TLS/RTP/SAVPF 108 109\r\na=recvonly");
        assert_eq!(audio_level(&sdp), Some(3));
        assert_eq!(check(&sdp, BOTH, Some(3)), Ok(Accepted { audio_level: Some(3) }));
    }

    #[test]
    fn a_renumbered_audio_level_is_not_sent() {
        let sdp = answer("9 UDP/TLS/RTP/SAVPF 111", "9 UDP/TLS/RTP/SAVPF 108");
        assert_eq!(check(&sdp, BOTH, Some(1)), Ok(Accepted { audio_level: None }));
        assert_eq!(check(&sdp, BOTH, None), Ok(Accepted { audio_level: None }));
    }

    #[test]
    fn an_answer_that_would_stay_silent_is_refused() {
        let audio = "9 UDP/TLS/RTP/SAVPF 111";
        let video = "9 UDP/TLS/RTP/SAVPF 108";
        let refused = |sdp: &str, tracks, part: &str| match check(sdp, tracks, None) {
            Err(LegDown::BadAnswer(why)) => assert!(why.contains(part), "{why}"),
            other => panic!("{part}: {other:?}"),
        };
        refused(&answer("0 UDP/TLS/RTP/SAVPF 111", video), BOTH, "audio track was refused");
        refused(&answer(audio, "9 UDP/TLS/RTP/SAVPF 108\r\na=inactive"), BOTH, "video track was refused");
        refused(&answer(audio, "9 UDP/TLS/RTP/SAVPF 96"), BOTH, "no common video codec");
        refused(&answer(audio, video), Tracks::Publish { audio: true, video: false }, "number of tracks");
        let receive = Tracks::Receive { audio: true, video: true };
        refused(&answer(audio, "9 UDP/TLS/RTP/SAVPF 108\r\na=recvonly"), receive, "video track was refused");
        refused(&answer(audio, video).replace("fingerprint", "print"), BOTH, "no certificate fingerprint");
        refused(&answer("9", video), BOTH, "no common audio codec");
        refused("m=\r\n", BOTH, "malformed");
        refused("", BOTH, "number of tracks");
        refused(&"x".repeat(LIMIT + 1), BOTH, "64 KiB");
    }
}
