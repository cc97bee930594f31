//! What a Connection object says of its reporter's media: the description, candidates beside it, the assertion.

use confab_media_model::RemoteDescription;
use serde_json::{Value, json};

use crate::sdp::{CANDIDATE_BYTES, CANDIDATE_LIMIT, SdpFacts};

/// The longest assertion, bytes.
const ASSERTION_LIMIT: usize = 16 * 1024;

/// An offer or an answer as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Described {
    /// The description and the candidates that came outside of it.
    pub remote: RemoteDescription,
    /// Which of our (or their) offers it belongs to; reference peers do not say.
    pub generation: Option<u32>,
    /// What binds it to an identity.
    pub assertion: Option<String>,
    /// What was read out of the SDP.
    pub facts: SdpFacts,
}

impl Described {
    /// Reads `data` of a Connection object, whichever dialect wrote it; `None` without a usable description of that kind.
    pub fn read(data: &Value, kind: &str) -> Option<Described> {
        let description = data.get("connectionDescription")?;
        let text = |key: &str| description.get(key).and_then(Value::as_str);
        if text("type").is_some_and(|said| said != kind) {
            return None;
        }
        let sdp = text("sdp")?;
        let facts = SdpFacts::read(sdp)?;
        let mut candidates: Vec<String> = Vec::new();
        let listed = data.get("iceCandidates").and_then(Value::as_array).into_iter().flatten();
        for line in listed.filter_map(candidate) {
            let known = facts.candidates.iter().any(|inside| inside.line == line)
                || candidates.iter().any(|before| before == line);
            if !known && candidates.len() < CANDIDATE_LIMIT {
                candidates.push(line.to_owned());
            }
        }
        let generation = description.get("generation").and_then(Value::as_u64);
        Some(Described {
            remote: RemoteDescription { sdp: sdp.to_owned(), candidates },
            generation: generation.and_then(|number| u32::try_from(number).ok()),
            assertion: text("assertion").filter(|text| text.len() <= ASSERTION_LIMIT).map(str::to_owned),
            facts,
        })
    }
}

/// A candidate as an object or a text, with or without `a=`; `None` for the empty one that says "no more".
fn candidate(entry: &Value) -> Option<&str> {
    let line = entry.as_str().or_else(|| entry.get("candidate").and_then(Value::as_str))?.trim();
    let line = line.strip_prefix("a=").unwrap_or(line);
    (line.starts_with("candidate:") && line.len() <= CANDIDATE_BYTES && !line.chars().any(char::is_control))
        .then_some(line)
}

/// The value of `connectionDescription`.
pub(crate) fn to_value(kind: &str, sdp: &str, generation: Option<u32>, assertion: Option<&str>) -> Value {
    let mut value = json!({"type": kind, "sdp": sdp});
    if let Some(generation) = generation {
        value["generation"] = generation.into();
    }
    if let Some(assertion) = assertion {
        value["assertion"] = assertion.into();
    }
    value
}

/// The value of `iceCandidates`: the candidates of a description once more, for peers that look for them there.
pub(crate) fn candidates(sdp: &str) -> Value {
    let facts = SdpFacts::read(sdp).unwrap_or_default();
    let entry = |candidate: crate::sdp::SdpCandidate| {
        let mid = candidate.mid.unwrap_or_else(|| candidate.index.to_string());
        json!({"type": "candidate", "candidate": candidate.line, "sdpMid": mid, "sdpMLineIndex": candidate.index})
    };
    facts.candidates.into_iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "candidate:1 1 udp 1 192.0.2.1 5000 typ host";

    #[test]
    fn candidates_are_found_wherever_a_dialect_puts_them() {
        for (sdp, listed, outside) in [
            ("v=0\r\nm=audio 9 x\r\n", json!([{"candidate": HOST, "sdpMid": "0"}]), vec![HOST]),
            ("v=0\r\nm=audio 9 x\r\n", json!([{"candidate": HOST}, {"candidate": ""}, 7, HOST]), vec![HOST]),
            ("v=0\r\nm=audio 9 x\r\n", json!([format!("a={HOST}")]), vec![HOST]),
            (
                "v=0\r\nm=audio 9 x\r\na=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n",
                json!([HOST]),
                vec![],
            ),
            ("v=0\r\nm=audio 9 x\r\n", json!("none"), vec![]),
        ] {
            let data =
                json!({"connectionDescription": {"type": "offer", "sdp": sdp}, "iceCandidates": listed});
            let read = Described::read(&data, "offer").expect("it is an offer");
            assert_eq!(read.remote.candidates, outside, "{data}");
        }
    }

    #[test]
    fn what_is_no_description_of_the_wanted_kind_is_none() {
        for description in [
            json!({}),
            json!(null),
            json!("v=0"),
            json!({"type": "offer", "sdp": 5}),
            json!({"type": "offer", "sdp": ""}),
            json!({"type": "answer", "sdp": "v=0"}),
            json!({"type": "offer", "sdp": format!("v=0{}", "x".repeat(70_000))}),
        ] {
            let data = json!({"connectionDescription": description});
            assert_eq!(Described::read(&data, "offer"), None, "{data}");
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let sdp = "v=0\r\nm=audio 9 x\r\na=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n";
        let data = json!({
            "connectionDescription": to_value("answer", sdp, Some(3), Some("signed")),
            "iceCandidates": candidates(sdp),
        });
        let read = Described::read(&data, "answer").expect("it is an answer");
        assert_eq!((read.generation, read.assertion.as_deref()), (Some(3), Some("signed")));
        assert_eq!(data["iceCandidates"][0]["sdpMid"], "0");
        assert!(read.remote.candidates.is_empty(), "it is in the description already");
    }
}
