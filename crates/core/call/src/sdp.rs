//! The few facts of a session description (RFC 8866) that signalling needs; media is negotiated by the leg itself.

use std::collections::BTreeSet;

/// The longest description taken from the far side, bytes.
pub const SDP_LIMIT: usize = 64 * 1024;
/// The most candidates taken from the far side.
pub const CANDIDATE_LIMIT: usize = 64;
/// The longest candidate line, bytes.
pub const CANDIDATE_BYTES: usize = 1024;
/// The most different fingerprints.
const FINGERPRINT_LIMIT: usize = 16;

/// What is read out of a description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SdpFacts {
    /// DTLS fingerprints (RFC 8122) as `sha-256 AB:CD:…`: hash name in lower, digits in upper case, sorted, each once.
    pub fingerprints: Vec<String>,
    /// ICE candidates in order.
    pub candidates: Vec<SdpCandidate>,
    /// Whether there is a video section that was not refused (port 0).
    pub video: bool,
}

/// One `a=candidate` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SdpCandidate {
    /// `candidate:…`, without `a=`.
    pub line: String,
    /// The `a=mid` of its media section, if it has one.
    pub mid: Option<String>,
    /// The position of its media section, from 0.
    pub index: usize,
}

impl SdpFacts {
    /// Reads a description; `None` when it is none, or longer than [`SDP_LIMIT`]. Lines it does not know are skipped.
    pub fn read(sdp: &str) -> Option<SdpFacts> {
        if sdp.len() > SDP_LIMIT || !sdp.starts_with("v=0") {
            return None;
        }
        let mut facts = SdpFacts::default();
        let mut fingerprints = BTreeSet::new();
        let mut sections = 0usize;
        let mut section = Vec::new();
        let mut mid = None;
        for line in sdp.lines() {
            if let Some(media) = line.strip_prefix("m=") {
                facts.close_section(&mut section, mid.take());
                sections += 1;
                let mut words = media.split(' ');
                facts.video |= words.next() == Some("video") && words.next() != Some("0");
            } else if let Some(fingerprint) = line.strip_prefix("a=fingerprint:") {
                if fingerprints.len() < FINGERPRINT_LIMIT {
                    fingerprints.extend(normal(fingerprint));
                }
            } else if let Some(name) = line.strip_prefix("a=mid:") {
                mid = Some(name.trim().chars().take(64).collect());
            } else if line.starts_with("a=candidate:") && line.len() <= CANDIDATE_BYTES + 2 {
                let index = sections.saturating_sub(1);
                section.push(SdpCandidate { line: line[2..].trim_end().to_owned(), mid: None, index });
            }
        }
        facts.close_section(&mut section, mid);
        facts.fingerprints = fingerprints.into_iter().collect();
        Some(facts)
    }

    /// `a=mid` may stand behind the candidates it is for.
    fn close_section(&mut self, section: &mut Vec<SdpCandidate>, mid: Option<String>) {
        let room = CANDIDATE_LIMIT.saturating_sub(self.candidates.len());
        let named = section.drain(..).map(|candidate| SdpCandidate { mid: mid.clone(), ..candidate });
        self.candidates.extend(named.take(room));
    }
}

fn normal(fingerprint: &str) -> Option<String> {
    let (hash, digits) = fingerprint.trim().split_once(' ')?;
    let digits = digits.trim();
    let sound = digits.len() <= 256 && digits.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    let named = hash.len() <= 16 && hash.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (sound && named && !digits.is_empty())
        .then(|| format!("{} {}", hash.to_ascii_lowercase(), digits.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=fingerprint:SHA-256 ab:cd\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\na=mid:0\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:1\r\na=fingerprint:sha-256 00:11\r\na=fingerprint:sha-256 AB:CD\r\n\
        a=candidate:2 1 udp 1 192.0.2.1 5001 typ host\r\n";

    #[test]
    fn fingerprints_are_sorted_and_written_one_way_and_candidates_know_their_section() {
        let facts = SdpFacts::read(OFFER).expect("it is a description");
        assert_eq!(facts.fingerprints, ["sha-256 00:11", "sha-256 AB:CD"]);
        assert!(facts.video);
        let at: Vec<_> =
            facts.candidates.iter().map(|candidate| (candidate.mid.as_deref(), candidate.index)).collect();
        assert_eq!(at, [(Some("0"), 0), (Some("1"), 1)]);
        assert!(facts.candidates[0].line.starts_with("candidate:1 "));
    }

    #[test]
    fn what_is_no_description_or_too_much_of_one_is_not_read() {
        assert_eq!(SdpFacts::read("hello"), None);
        assert_eq!(SdpFacts::read(&format!("v=0\r\n{}", "a".repeat(SDP_LIMIT))), None);
        let many = format!("v=0\r\n{}", "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n".repeat(500));
        assert_eq!(SdpFacts::read(&many).map(|facts| facts.candidates.len()), Some(CANDIDATE_LIMIT));
        let refused = SdpFacts::read("v=0\r\nm=video 0 UDP/TLS/RTP/SAVPF 102\r\n").expect("it is one");
        assert!(!refused.video);
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "v=0\r\n(a=(fingerprint|candidate|mid):?.{0,40}\r?\n|m=.{0,12}\n|\\PC{0,30}\n){0,20}") {
            let facts = SdpFacts::read(&text).expect("it begins as one");
            prop_assert!(facts.candidates.len() <= CANDIDATE_LIMIT);
            prop_assert!(facts.fingerprints.len() <= FINGERPRINT_LIMIT);
        }
    }
}
