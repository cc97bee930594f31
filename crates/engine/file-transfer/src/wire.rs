//! What goes over the channel `confab-files`, profile 1.
//!
//! The channel is reliable and ordered. Each message begins with one byte:
//!
//! * `1`: control. The rest is a JSON object of at most [`MAX_CONTROL`] bytes with a text `t`.
//! * `2`: data. Then the stream (32 bits), the offset in the file (64 bits), both big-endian, and the bytes themselves.
//!
//! Who wants a file is its receiver, numbers a *stream* and asks from a piece on. Numbers are the receiver's own, never 0 and never used twice while
//! the channel is open; both sides may be receivers of different files at once. Pieces are 1 MiB, numbered from 0; the last is shorter.
//!
//! | `t` | from | fields | meaning |
//! |---|---|---|---|
//! | `get` | receiver | `s`, `file`, `from` | give the pieces of this file from number `from` on, as stream `s`; an earlier stream for the same file ends |
//! | `piece` | sender | `s`, `n`, `sha256` | the data that follow on `s` are piece `n`, whose hash is this |
//! | `ack` | receiver | `s`, `n` | all pieces below `n` are verified and written |
//! | `done` | receiver | `s` | the file is whole and its hash is right |
//! | `stop` | receiver | `s` | no more of this |
//! | `refuse` | sender | `s`, `why` | no (more): `gone`, `changed` since it was offered, `unreadable`, or `busy` |
//!
//! A sender gives at most [`WINDOW`] pieces that are not acknowledged. A piece with a wrong hash is asked for once more with a new stream; a second
//! time the file is given up. When the channel closes every stream ends; the receiver asks again, from the first piece it lacks, when it is
//! open again. Messages about unknown streams, and kinds that are not known, are ignored.

use confab_media_model::{FileHash, FileId};
use serde::{Deserialize, Serialize};

/// The longest control message, bytes of JSON.
pub const MAX_CONTROL: usize = 1024;

/// Bytes before the data of a data message.
pub const DATA_HEADER: usize = 1 + 4 + 8;

/// Pieces that a sender may be ahead of the receiver's acknowledgement.
pub const WINDOW: u32 = 4;

const CONTROL: u8 = 1;
const DATA: u8 = 2;

/// A control message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "lowercase")]
pub enum Control {
    /// Give pieces.
    Get {
        /// The stream to give them as.
        s: u32,
        /// Which file.
        file: FileId,
        /// The first piece.
        from: u32,
    },
    /// A piece begins.
    Piece {
        /// Its stream.
        s: u32,
        /// Its number.
        n: u32,
        /// Its hash.
        sha256: FileHash,
    },
    /// Pieces are verified.
    Ack {
        /// Their stream.
        s: u32,
        /// The first that is not.
        n: u32,
    },
    /// The file is whole.
    Done {
        /// Its stream.
        s: u32,
    },
    /// The receiver wants no more.
    Stop {
        /// Of which stream.
        s: u32,
    },
    /// The sender gives no more.
    Refuse {
        /// Of which stream.
        s: u32,
        /// Why.
        why: Refusal,
    },
}

/// Why a sender gives no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Refusal {
    /// The file is not offered.
    Gone,
    /// It is not what it was.
    Changed,
    /// The system does not give it.
    Unreadable,
    /// Too many streams at once.
    Busy,
}

/// One message of the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Control.
    Control(Control),
    /// Bytes of a file.
    Data {
        /// Of which stream.
        stream: u32,
        /// Where in the file they belong.
        offset: u64,
        /// At least one byte.
        bytes: &'a [u8],
    },
}

/// Why a message is not one of ours; it is counted and dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Neither control nor data.
    #[error("channel message is of no known kind")]
    Kind,
    /// Longer than [`MAX_CONTROL`].
    #[error("control message of {0} bytes is longer than 1024")]
    TooLong(usize),
    /// Not one of the table.
    #[error("control message is not understood")]
    Control,
    /// A data message without data, or shorter than its header.
    #[error("data message has no data")]
    Empty,
}

impl<'a> Frame<'a> {
    /// Reads one message.
    pub fn parse(message: &'a [u8]) -> Result<Frame<'a>, WireError> {
        match message.split_first() {
            Some((&CONTROL, text)) if text.len() > MAX_CONTROL => Err(WireError::TooLong(text.len())),
            Some((&CONTROL, text)) => {
                serde_json::from_slice(text).map(Frame::Control).map_err(|_| WireError::Control)
            }
            Some((&DATA, rest)) => {
                let (stream, rest) = rest.split_first_chunk().ok_or(WireError::Empty)?;
                let (offset, bytes) = rest.split_first_chunk().ok_or(WireError::Empty)?;
                if bytes.is_empty() {
                    return Err(WireError::Empty);
                }
                let (stream, offset) = (u32::from_be_bytes(*stream), u64::from_be_bytes(*offset));
                Ok(Frame::Data { stream, offset, bytes })
            }
            _ => Err(WireError::Kind),
        }
    }
}

impl Control {
    /// As a message.
    pub fn to_message(&self) -> Vec<u8> {
        let mut message = vec![CONTROL];
        serde_json::to_writer(&mut message, self).expect("a control message has only texts and numbers");
        message
    }
}

/// A data message.
pub fn data(stream: u32, offset: u64, bytes: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(DATA_HEADER + bytes.len());
    message.push(DATA);
    message.extend(stream.to_be_bytes());
    message.extend(offset.to_be_bytes());
    message.extend(bytes);
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_read_back() {
        let file = FileId::parse("0b-1").unwrap();
        for control in [
            Control::Get { s: 1, file, from: 7 },
            Control::Piece { s: u32::MAX, n: 2047, sha256: FileHash([9; 32]) },
            Control::Ack { s: 1, n: 4 },
            Control::Done { s: 2 },
            Control::Stop { s: 3 },
            Control::Refuse { s: 4, why: Refusal::Changed },
        ] {
            let message = control.to_message();
            assert!(message.len() <= MAX_CONTROL);
            assert_eq!(Frame::parse(&message), Ok(Frame::Control(control)));
        }
        let message = data(7, 1 << 40, b"abc");
        assert_eq!(Frame::parse(&message), Ok(Frame::Data { stream: 7, offset: 1 << 40, bytes: b"abc" }));
    }

    #[test]
    fn a_get_is_written_as_the_table_says() {
        let file = FileId::parse("a1").unwrap();
        let text = String::from_utf8(Control::Get { s: 5, file, from: 0 }.to_message()).unwrap();
        assert_eq!(text, "\u{1}{\"t\":\"get\",\"s\":5,\"file\":\"a1\",\"from\":0}");
    }

    #[test]
    fn what_is_no_message_says_why() {
        let long = [&[1][..], &[b' '; MAX_CONTROL + 1]].concat();
        for (message, error) in [
            (&b""[..], WireError::Kind),
            (b"\x03abc", WireError::Kind),
            (b"\x01", WireError::Control),
            (b"\x01{\"t\":\"get\"}", WireError::Control),
            (b"\x01{\"t\":\"dance\",\"s\":1}", WireError::Control),
            (b"\x01{\"t\":\"get\",\"s\":1,\"from\":0,\"file\":\"../x\"}", WireError::Control),
            (b"\x01{\"t\":\"ack\",\"s\":-1,\"n\":0}", WireError::Control),
            (b"\x02\0\0\0\x01\0\0\0\0\0\0\0\0", WireError::Empty),
            (b"\x02\0\0", WireError::Empty),
            (&long, WireError::TooLong(MAX_CONTROL + 1)),
        ] {
            assert_eq!(Frame::parse(message), Err(error), "{message:?}");
        }
    }
}
