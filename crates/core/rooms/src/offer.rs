//! What a client's Connection object says, checked (protocol page, 6).

use confab_rethink::Url;
use serde_json::Value;

/// Longest SDP that is read, in bytes.
const MAX_SDP: usize = 64 * 1024;
/// Most candidates taken from one object.
const MAX_CANDIDATES: usize = 64;
/// Longest candidate line, in bytes.
const MAX_CANDIDATE: usize = 512;

/// Which way a leg carries media.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Publish,
    /// What the participant of this number publishes.
    Receive {
        of: u32,
    },
}

/// What a leg carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Media {
    Camera,
    Screen,
}

/// A client's offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) owner: Url,
    pub(crate) peer: Url,
    pub(crate) room: Url,
    pub(crate) direction: Direction,
    pub(crate) media: Media,
    pub(crate) sdp: String,
}

/// Something is missing or has the wrong shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("leg object has no valid {0}")]
pub(crate) struct Malformed(pub(crate) &'static str);

impl Offer {
    /// From the object's data; `None` while it has no description yet. `generation` is for the client's own order: legs
    /// of one participant may live side by side while they change.
    pub(crate) fn read(data: &Value) -> Result<Option<Offer>, Malformed> {
        let description = &data["connectionDescription"];
        let has_description = description.as_object().is_some_and(|description| !description.is_empty());
        if !has_description && (description.is_null() || description.is_object()) {
            return Ok(None);
        }
        let sdp = description["sdp"].as_str().filter(|sdp| !sdp.is_empty() && sdp.len() <= MAX_SDP);
        if description["type"] != "offer" {
            return Err(Malformed("connectionDescription.type"));
        }
        let options = &data["options"];
        let direction = match options["direction"].as_str() {
            Some("publish") => Direction::Publish,
            Some("receive") => {
                let of =
                    options["of"].as_str().and_then(participant_number).ok_or(Malformed("options.of"))?;
                Direction::Receive { of }
            }
            _ => return Err(Malformed("options.direction")),
        };
        let media = match options["media"].as_str() {
            Some("camera") => Media::Camera,
            Some("screen") => Media::Screen,
            _ => return Err(Malformed("options.media")),
        };
        if !matches!(options["generation"], Value::Null | Value::Number(_)) {
            return Err(Malformed("options.generation"));
        }
        Ok(Some(Offer {
            owner: url(data, "owner")?,
            peer: url(data, "peer")?,
            room: url(data, "roomId")?,
            direction,
            media,
            sdp: sdp.ok_or(Malformed("connectionDescription.sdp"))?.to_owned(),
        }))
    }
}

/// The candidate lines in the object's `iceCandidates`: whole objects as browsers make them, or bare lines.
pub(crate) fn candidates(data: &Value) -> Vec<String> {
    let list = data["iceCandidates"].as_array().map(Vec::as_slice).unwrap_or_default();
    let line = |entry: &Value| entry.as_str().or_else(|| entry["candidate"].as_str()).map(str::to_owned);
    let lines = list.iter().filter_map(line).filter(|line| !line.is_empty() && line.len() <= MAX_CANDIDATE);
    lines.take(MAX_CANDIDATES).collect()
}

/// The number in a participant key `p<number>`.
pub(crate) fn participant_number(key: &str) -> Option<u32> {
    let digits = key.strip_prefix('p')?;
    // One spelling per participant: no sign, no leading zero.
    (digits.starts_with(|first: char| ('1'..='9').contains(&first))).then(|| digits.parse().ok())?
}

fn url(data: &Value, key: &'static str) -> Result<Url, Malformed> {
    data[key].as_str().and_then(|text| Url::parse(text).ok()).ok_or(Malformed(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn data() -> Value {
        json!({"scheme": "connection", "status": "", "owner": "hyperty://csp.test/a", "peer": "hyperty://csp.test/c",
               "connectionDescription": {"type": "offer", "sdp": "v=0"}, "iceCandidates": [], "roomId": "comm://csp.test/r",
               "options": {"direction": "receive", "media": "camera", "of": "p2", "generation": 1}})
    }

    #[test]
    fn an_offer_is_read_when_it_is_there() {
        let offer = Offer::read(&data()).unwrap().unwrap();
        assert_eq!((offer.direction, offer.media), (Direction::Receive { of: 2 }, Media::Camera));
        for empty in [json!({}), json!(null)] {
            let mut data = data();
            data["connectionDescription"] = empty;
            assert_eq!(Offer::read(&data), Ok(None));
        }
    }

    #[test]
    fn every_malformed_field_is_named() {
        for (pointer, value, field) in [
            ("/connectionDescription/type", json!("answer"), "connectionDescription.type"),
            ("/connectionDescription/sdp", json!(5), "connectionDescription.sdp"),
            ("/connectionDescription/sdp", json!("x".repeat(MAX_SDP + 1)), "connectionDescription.sdp"),
            ("/connectionDescription", json!("text"), "connectionDescription.type"),
            ("/options", json!(null), "options.direction"),
            ("/options/direction", json!("both"), "options.direction"),
            ("/options/media", json!("all"), "options.media"),
            ("/options/of", json!("bob"), "options.of"),
            ("/options/of", json!("p02"), "options.of"),
            ("/options/generation", json!("one"), "options.generation"),
            ("/owner", json!(null), "owner"),
            ("/peer", json!("nobody"), "peer"),
            ("/roomId", json!([]), "roomId"),
        ] {
            let mut data = data();
            *data.pointer_mut(pointer).unwrap() = value;
            assert_eq!(Offer::read(&data), Err(Malformed(field)), "{pointer}");
        }
        assert_eq!(Offer::read(&json!("text")), Ok(None));
    }

    #[test]
    fn candidates_come_as_objects_or_lines() {
        let data =
            json!({"iceCandidates": [{"candidate": "candidate:1"}, "candidate:2", 5, {"candidate": ""}]});
        assert_eq!(candidates(&data), ["candidate:1", "candidate:2"]);
        assert!(candidates(&json!({"iceCandidates": "x"})).is_empty());
    }
}
