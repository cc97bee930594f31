//! What the far side's description must say before it is used. The transport library does the negotiation; this only
//! refuses, with a reason, what would connect and then stay silent, and reads what was agreed.

use confab_media_model::LegDown;
use confab_media_model::channel::MAX_MESSAGE;

use crate::config::Tracks;
use crate::peer::{AUDIO_LEVEL_URI, H264_TYPE, OPUS_TYPE};

/// A longer description is refused, in bytes.
const LIMIT: usize = 64 * 1024;

/// What we need to know of an agreement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Agreed {
    /// The id under which the far side reads audio levels, if it does.
    pub(crate) audio_level: Option<u8>,
    /// The RTP payload type of our sound; `None`: the far side wants none.
    pub(crate) audio: Option<u8>,
    /// Likewise of our picture.
    pub(crate) video: Option<u8>,
    /// Bytes of the largest message on the data channel; `None`: there is no channel.
    pub(crate) message_limit: Option<usize>,
}

/// The parts of a description.
struct Description<'a> {
    session: Vec<&'a str>,
    sections: Vec<Section<'a>>,
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

    /// Whether whoever wrote it takes media; no word about the direction means both ways.
    fn takes(&self) -> bool {
        !self.rejected && !self.has("a=sendonly") && !self.has("a=inactive")
    }

    /// Whether whoever wrote it gives media.
    fn gives(&self) -> bool {
        !self.rejected && !self.has("a=recvonly") && !self.has("a=inactive")
    }

    /// Our offer says one way only, so anything that includes the opposite way is an agreement.
    fn flows(&self, tracks: Tracks) -> bool {
        (tracks.sends() && self.takes()) || (tracks.receives() && self.gives())
    }

    fn attribute(&self, name: &str) -> Option<&'a str> {
        self.lines.iter().find_map(|line| line.strip_prefix("a=")?.strip_prefix(name)?.strip_prefix(':'))
    }

    fn extension(&self, uri: &str) -> Option<u8> {
        self.lines.iter().find_map(|line| {
            let mut words = line.strip_prefix("a=extmap:")?.split_ascii_whitespace();
            let id = words.next()?.split('/').next()?;
            if words.next()? != uri {
                return None;
            }
            // Larger ones need another form of header (RFC 8285, 4.3) than the one we write.
            id.parse().ok().filter(|id| (1..=14).contains(id))
        })
    }

    /// The first payload type of a codec, in the order of preference (RFC 8866, 6.6).
    fn payload_type(&self, codec: &str) -> Option<u8> {
        let is = |format: &str| {
            self.lines.iter().any(|line| {
                let map = line.strip_prefix("a=rtpmap:").and_then(|map| map.split_once(' '));
                map.is_some_and(|(number, name)| {
                    let name = name.trim_start().split('/').next().unwrap_or_default();
                    number == format && name.eq_ignore_ascii_case(codec)
                })
            })
        };
        self.formats.iter().find(|format| is(format))?.parse().ok()
    }

    /// RFC 8841, 6.1: absent means 64 KiB, 0 means no limit.
    fn message_limit(&self) -> Option<usize> {
        if self.kind != "application" || self.rejected {
            return None;
        }
        let told = self.attribute("max-message-size").and_then(|size| size.trim().parse().ok());
        Some(match told {
            None | Some(0) => MAX_MESSAGE,
            Some(bytes) => MAX_MESSAGE.min(bytes),
        })
    }
}

impl<'a> Description<'a> {
    /// `None` when a media line makes no sense.
    fn parse(sdp: &'a str) -> Option<Self> {
        let mut sections: Vec<Section<'_>> = Vec::new();
        let mut session: Vec<&str> = Vec::new();
        for line in sdp.lines().map(str::trim_end) {
            match (line.strip_prefix("m="), sections.last_mut()) {
                (Some(media), _) => sections.push(Section::parse(media)?),
                (None, Some(section)) => section.lines.push(line),
                (None, None) => session.push(line),
            }
        }
        Some(Description { session, sections })
    }

    fn read(sdp: &'a str) -> Result<Self, LegDown> {
        if sdp.len() > LIMIT {
            return Err(bad("it is longer than 64 KiB"));
        }
        Description::parse(sdp).ok_or_else(|| bad("a media line is malformed"))
    }

    /// The section of a kind that is not rejected.
    fn section(&self, kind: &str) -> Option<&Section<'a>> {
        self.sections.iter().find(|section| section.kind == kind && !section.rejected)
    }

    fn check_fingerprints(&self) -> Result<(), LegDown> {
        for section in self.sections.iter().filter(|section| !section.rejected) {
            let mut lines = section.lines.iter().chain(&self.session);
            if !lines.any(|line| line.starts_with("a=fingerprint:")) {
                return Err(bad("it has no certificate fingerprint"));
            }
        }
        Ok(())
    }

    fn level_id(&self) -> Option<u8> {
        self.section("audio")?.extension(AUDIO_LEVEL_URI)
    }

    fn message_limit(&self) -> Option<usize> {
        self.section("application")?.message_limit()
    }
}

fn bad(what: &str) -> LegDown {
    LegDown::BadAnswer(what.to_owned())
}

/// Checks an SDP answer (RFC 8866) to an offer of `tracks` that gave the audio level the id `offered_level`.
///
/// A media server must agree to everything; a peer may refuse a track, but not both.
///
/// # Errors
/// [`LegDown::BadAnswer`] with the first thing that is wrong.
pub(crate) fn check_answer(sdp: &str, tracks: Tracks, offered_level: Option<u8>) -> Result<Agreed, LegDown> {
    let answer = Description::read(sdp)?;
    let wanted: Vec<(&str, &str)> = [
        ("audio", "opus", tracks.audio()),
        ("video", "H264", tracks.video()),
        ("application", "", tracks == Tracks::Peer),
    ]
    .into_iter()
    .filter_map(|(kind, codec, wanted)| wanted.then_some((kind, codec)))
    .collect();
    if answer.sections.len() != wanted.len() {
        return Err(bad("it has another number of tracks than the offer"));
    }
    let mut flowing = false;
    for (section, (kind, codec)) in answer.sections.iter().zip(wanted) {
        if section.kind != kind {
            return Err(bad("its tracks stand in another order than the offer's"));
        }
        if codec.is_empty() {
            continue;
        }
        if section.rejected || !section.flows(tracks) {
            if tracks == Tracks::Peer {
                continue;
            }
            return Err(LegDown::BadAnswer(format!("the {kind} track was refused")));
        }
        let format = if kind == "audio" { OPUS_TYPE } else { H264_TYPE }.to_string();
        if !section.formats.contains(&format.as_str()) {
            return Err(LegDown::BadAnswer(format!("no common {kind} codec")));
        }
        flowing = true;
    }
    if !flowing {
        return Err(bad("every track was refused"));
    }
    answer.check_fingerprints()?;
    let takes = |kind, format| answer.section(kind).filter(|section| section.takes()).map(|_| format);
    Ok(Agreed {
        // Numbering it anew is against RFC 8285 (section 6), and the library would drop every packet that follows it.
        audio_level: answer.level_id().filter(|id| offered_level == Some(*id)),
        audio: takes("audio", OPUS_TYPE),
        video: takes("video", H264_TYPE),
        message_limit: answer.message_limit(),
    })
}

/// Which tracks of ours an offer has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    /// Opus.
    pub(crate) audio: bool,
    /// H.264.
    pub(crate) video: bool,
}

/// Checks a peer's SDP offer.
///
/// # Errors
/// [`LegDown::BadAnswer`] with the first thing that is wrong.
pub(crate) fn check_offer(sdp: &str) -> Result<Room, LegDown> {
    let offer = Description::read(sdp)?;
    for kind in ["audio", "video"] {
        if offer.sections.iter().filter(|section| section.kind == kind && !section.rejected).count() > 1 {
            return Err(LegDown::BadAnswer(format!("it has more than one {kind} track")));
        }
    }
    let room = |kind, codec| {
        let section = offer.section(kind).filter(|section| section.flows(Tracks::Peer));
        section.and_then(|section| section.payload_type(codec)).is_some()
    };
    let room = Room { audio: room("audio", "opus"), video: room("video", "H264") };
    if !room.audio && !room.video {
        return Err(bad("no common codec"));
    }
    offer.check_fingerprints()?;
    Ok(room)
}

/// What our own answer to a peer's offer agrees to. Payload types and header extensions are numbered as the offer does.
pub(crate) fn agreed(offer: &str, answer: &str) -> Agreed {
    let (Some(offer), Some(answer)) = (Description::parse(offer), Description::parse(answer)) else {
        return Agreed::default();
    };
    let sends = |kind, codec| {
        let section = answer.section(kind).filter(|section| section.gives());
        section.and_then(|section| section.payload_type(codec))
    };
    Agreed {
        audio_level: answer.level_id(),
        audio: sends("audio", "opus"),
        video: sends("video", "H264"),
        message_limit: answer.message_limit().and(offer.message_limit()),
    }
}

/// The id of the audio level extension in a description.
pub(crate) fn audio_level(sdp: &str) -> Option<u8> {
    Description::parse(sdp)?.level_id()
}

#[cfg(test)]
mod tests;
