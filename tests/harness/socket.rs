//! WebSockets by hand (RFC 6455): frames as they are on the wire, and a client that says texts.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::wait::Trouble;

/// Kinds of frames (section 11.8).
pub(crate) const TEXT: u8 = 1;
const CLOSE: u8 = 8;

/// The longest frame that is read, bytes.
const MAX: u64 = 2 << 20;

/// One frame, with what it was on the wire.
pub(crate) struct Frame {
    pub(crate) kind: u8,
    /// Without the mask.
    pub(crate) content: Vec<u8>,
    pub(crate) wire: Vec<u8>,
}

impl Frame {
    /// Reads one frame of either side.
    pub(crate) fn read(from: &mut impl Read) -> std::io::Result<Frame> {
        let mut wire = vec![0; 2];
        from.read_exact(&mut wire)?;
        let (kind, masked) = (wire[0] & 0x0f, wire[1] & 0x80 != 0);
        let mut take = |wire: &mut Vec<u8>, len: usize| -> std::io::Result<usize> {
            let begin = wire.len();
            wire.resize(begin + len, 0);
            from.read_exact(&mut wire[begin..])?;
            Ok(begin)
        };
        let number = |bytes: &[u8]| bytes.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        let long = match wire[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let begin = take(&mut wire, long)?;
        let len = if long == 0 { u64::from(wire[1] & 0x7f) } else { number(&wire[begin..]) };
        if len > MAX {
            return Err(ErrorKind::InvalidData.into());
        }
        let mask = take(&mut wire, if masked { 4 } else { 0 })?;
        let begin = take(&mut wire, len as usize)?;
        let key: Vec<u8> = wire[mask..begin].to_vec();
        let unmasked = |(at, byte): (usize, &u8)| byte ^ key.get(at % 4).copied().unwrap_or(0);
        let content = wire[begin..].iter().enumerate().map(unmasked).collect();
        Ok(Frame { kind, content, wire })
    }

    /// The JSON value in it, if it is a text of one.
    pub(crate) fn value(&self) -> Option<Value> {
        if self.kind == TEXT { serde_json::from_slice(&self.content).ok() } else { None }
    }

    /// A client's text on the wire; a mask of zeros changes nothing (section 5.3).
    pub(crate) fn text(text: &str) -> Vec<u8> {
        let mut frame = vec![0x80 | TEXT];
        match text.len() {
            len @ ..126 => frame.push(0x80 | len as u8),
            len @ 126..=0xffff => {
                frame.push(0x80 | 126);
                frame.extend((len as u16).to_be_bytes());
            }
            len => {
                frame.push(0x80 | 127);
                frame.extend((len as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(text.as_bytes());
        frame
    }
}

/// A client.
pub struct Socket {
    stream: TcpStream,
    heard: Receiver<Value>,
}

impl Socket {
    /// Opens `path` at `http://127.0.0.1:40001`.
    pub fn open(url: &str, path: &str) -> Result<Socket, Trouble> {
        let host = url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host)?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )?;
        let head = head(&mut stream)?;
        if !head.starts_with(b"HTTP/1.1 101") {
            return Err(Trouble::Strange(String::from_utf8_lossy(&head).into_owned()));
        }
        let (tell, heard) = channel();
        let mut reader = stream.try_clone()?;
        // Ends with the connection.
        std::thread::spawn(move || {
            while let Ok(frame) = Frame::read(&mut reader) {
                let value = frame.value();
                if frame.kind == CLOSE || value.is_some_and(|value| tell.send(value).is_err()) {
                    break;
                }
            }
        });
        Ok(Socket { stream, heard })
    }

    /// Says something.
    pub fn say(&mut self, value: &Value) -> Result<(), Trouble> {
        Ok(self.stream.write_all(&Frame::text(&value.to_string()))?)
    }

    /// Waits for something that is said; `None` when the other side has closed it.
    pub fn hear(
        &self,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Option<Value>, Trouble> {
        let begin = Instant::now();
        loop {
            match self.heard.recv_timeout(limit.saturating_sub(begin.elapsed())) {
                Ok(value) if wanted(&value) => return Ok(Some(value)),
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Trouble::Late { what: what.to_owned(), limit });
                }
            }
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // An error means that it is closed already.
        _ = self.stream.shutdown(std::net::Shutdown::Both);
    }
}

/// Reads the head of a request or response, to the empty line.
pub(crate) fn head(from: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && head.len() < 64 << 10 {
        from.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(head)
}
