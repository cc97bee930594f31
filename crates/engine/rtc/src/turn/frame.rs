//! Messages of TURN on a stream: each says its own length; channel data is padded to four bytes (RFC 8656, 12.5).

use bytes::{Buf, Bytes, BytesMut};

use super::TurnError;

/// A STUN header (RFC 8489, 5).
const STUN_HEADER: usize = 20;
/// A channel data header: number and length.
const CHANNEL_HEADER: usize = 4;

/// Length of the message that begins with these bytes, and of its padding on a stream; `None` while it cannot be known.
fn measure(bytes: &[u8]) -> Result<Option<(usize, usize)>, TurnError> {
    let &[first, _, high, low, ..] = bytes else { return Ok(None) };
    let told = usize::from(u16::from_be_bytes([high, low]));
    match first {
        0x00..=0x3f => Ok(Some((STUN_HEADER + told, 0))),
        // Newer servers use only a quarter of these numbers, older ones all (RFC 5766, 11).
        0x40..=0x7f => {
            let length = CHANNEL_HEADER + told;
            Ok(Some((length, length.next_multiple_of(4) - length)))
        }
        _ => Err(TurnError::Frame),
    }
}

/// Takes the next whole message off a stream.
pub(super) fn take(stream: &mut BytesMut) -> Result<Option<Bytes>, TurnError> {
    let Some((length, padding)) = measure(stream)? else { return Ok(None) };
    if stream.len() < length + padding {
        return Ok(None);
    }
    let message = stream.split_to(length).freeze();
    stream.advance(padding);
    Ok(Some(message))
}

/// Appends a message that came as a datagram; one that is not as long as it says is left out.
pub(super) fn put(stream: &mut BytesMut, message: &[u8]) {
    let Ok(Some((length, padding))) = measure(message) else { return };
    if let Some(message) = message.get(..length) {
        stream.extend_from_slice(message);
        stream.extend_from_slice(&[0; 3][..padding]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stun(body: usize) -> Vec<u8> {
        let mut message = vec![0, 1, 0, body as u8];
        message.resize(STUN_HEADER + body, 7);
        message
    }

    fn data(body: usize) -> Vec<u8> {
        let mut message = vec![0x40, 1, 0, body as u8];
        message.resize(CHANNEL_HEADER + body, 9);
        message
    }

    #[test]
    fn messages_survive_the_stream_however_it_is_cut() {
        let messages = [stun(0), data(5), data(0), stun(12), data(8), data(3)];
        let mut stream = BytesMut::new();
        for message in &messages {
            put(&mut stream, message);
        }
        assert_eq!(stream.len() % 4, 0);
        for step in 1..stream.len() {
            let mut arrived = BytesMut::new();
            let mut taken = Vec::new();
            for part in stream.chunks(step) {
                arrived.extend_from_slice(part);
                while let Some(message) = take(&mut arrived).expect("well-formed") {
                    taken.push(message.to_vec());
                }
            }
            assert_eq!(taken, messages, "cut every {step}");
        }
    }

    #[test]
    fn what_is_no_message_ends_the_stream() {
        assert!(take(&mut BytesMut::from(&[0x80, 0, 0, 0][..])).is_err());
        assert!(matches!(take(&mut BytesMut::from(&[0x40, 0, 0][..])), Ok(None)));
    }

    #[test]
    fn a_datagram_that_is_too_short_is_left_out() {
        let mut stream = BytesMut::new();
        for datagram in [&[][..], &[0x40, 0], &[0x40, 0, 0, 9, 1], &[0xff; 30]] {
            put(&mut stream, datagram);
        }
        assert!(stream.is_empty());
    }
}
