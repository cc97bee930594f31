//! Packets in the body of a request: `<length>:<packet>` one after the other, the length in UTF-16 units as scripts count.

/// The most packets in one body.
const MOST: usize = 256;

/// The body of an answer. Only JSON has other characters than ASCII here, and there they are written as escapes: clients
/// of different ages do not agree how to count and decode them.
pub(super) fn encode<'a>(packets: impl Iterator<Item = &'a String>) -> String {
    let mut body = String::new();
    for packet in packets {
        let packet = escape(packet);
        body.push_str(&format!("{}:{packet}", packet.len()));
    }
    body
}

/// The packets of a request; `None` when it has none, too many, or is no payload.
pub(super) fn decode(body: &str) -> Option<Vec<String>> {
    let mut packets = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        let (length, after) = rest.split_once(':')?;
        let length: usize = length.parse().ok()?;
        let end = end(after, length)?;
        packets.push(mend(&after[..end]));
        rest = &after[end..];
        if packets.len() > MOST {
            return None;
        }
    }
    (!packets.is_empty()).then_some(packets)
}

/// The byte behind so many UTF-16 units.
fn end(text: &str, units: usize) -> Option<usize> {
    let mut left = units;
    for (at, char) in text.char_indices() {
        if left == 0 {
            return Some(at);
        }
        left = left.checked_sub(char.len_utf16())?;
    }
    (left == 0).then_some(text.len())
}

/// Clients before 2016 write every byte of UTF-8 as a character of its own.
fn mend(packet: &str) -> String {
    let bytes: Option<Vec<u8>> = packet.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| packet.to_owned())
}

fn escape(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len() + 64);
    for char in text.chars() {
        if char.is_ascii() {
            escaped.push(char);
        } else {
            let mut units = [0; 2];
            for unit in char.encode_utf16(&mut units) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_of_several_packets_is_read_by_utf_16_units() {
        let packets = |body: &str| decode(body).map(|packets| packets.join("|"));
        assert_eq!(packets("2:40124:").as_deref(), None);
        assert_eq!(packets("2:406:2probe").as_deref(), Some("40|2probe"));
        assert_eq!(packets("5:42\"é😀").as_deref(), None);
        assert_eq!(packets("6:42\"é😀").as_deref(), Some("42\"é😀"));
        assert_eq!(packets("5:42\"Ã©").as_deref(), Some("42\"é"));
        for bad in ["", "x", "3:42", "-1:4", "1:", ":", "99999999999999999999:4"] {
            assert_eq!(packets(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_answer_is_ascii_and_means_the_same() {
        let packet = "42[\"message\",{\"name\":\"Zoë 😀\"}]".to_owned();
        let body = encode([packet.clone(), "3".to_owned()].iter());
        assert!(body.is_ascii() && body.ends_with("1:3"));
        let read = decode(&body).unwrap();
        let parse = |text: &str| serde_json::from_str::<serde_json::Value>(&text[2..]).unwrap();
        assert_eq!(parse(&read[0]), parse(&packet));
    }
}
