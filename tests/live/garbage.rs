//! Bad input for every socket of a backend: datagrams, requests, WebSocket frames.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use confab_tests::{Backend, Trouble};

/// How much was thrown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Thrown {
    pub datagrams: u32,
    pub requests: u32,
    pub frames: u32,
}

/// Texts that are nearly messages, and some that are not.
const TEXTS: &[&str] = &[
    "",
    "{",
    "null",
    "[]",
    "{}",
    "4",
    "42",
    "42[]",
    "42[\"message\"]",
    "42[\"message\",{}]",
    "42[\"message\",\"{\\\"id\\\":0}\"]",
    "9999999999",
    "{\"id\":1}",
    "{\"id\":-1,\"type\":\"create\",\"from\":\"\",\"to\":\"\"}",
    "{\"id\":1,\"type\":\"open\",\"from\":\"runtime://x/y\",\"to\":\"mn:/session\",\"body\":{\"accessToken\":\"no\"}}",
    "{\"id\":1,\"type\":\"execute\",\"from\":\"hyperty://confab.local/x\",\"to\":\"comm://confab.local/4711\",\"body\":null}",
    "{\"id\":1e400,\"type\":\"read\",\"from\":\"a\",\"to\":\"domain://registry.confab.local\",\"body\":{\"resource\":[[[[]]]]}}",
    "\u{202e}{\"id\":\"\u{0}\"}",
];

/// How long a slow machine may need to throw enough.
const PATIENCE: Duration = Duration::from_secs(60);

impl Thrown {
    /// Whether that is a test.
    pub fn is_enough(&self) -> bool {
        self.datagrams > 1000 && self.requests > 20 && self.frames > 100
    }
}

/// Throws for a while, everything in turn, and until it is enough.
pub fn throw(backend: &Backend, time: Duration) -> Result<Thrown, Trouble> {
    let address = |text: &str| -> Result<SocketAddr, Trouble> {
        text.trim_start_matches("http://")
            .parse()
            .map_err(|_| Trouble::Strange(format!("{text} is no address")))
    };
    let (http, media) = (address(&backend.url)?, address(&backend.media)?);
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let (begin, mut noise, mut thrown) = (Instant::now(), Noise(0x5eed_1234_9876_4321), Thrown::default());
    while begin.elapsed() < time || !thrown.is_enough() && begin.elapsed() < PATIENCE {
        for _ in 0..50 {
            let datagram = datagram(&mut noise);
            thrown.datagrams += u32::from(socket.send_to(&datagram, media).is_ok());
        }
        thrown.requests += u32::from(request(http, &mut noise).is_ok());
        for path in ["/ws", "/socket.io/?EIO=3&transport=websocket"] {
            // The other end may hang up at any moment: that is its right.
            thrown.frames += frames(http, path, &mut noise).unwrap_or_default();
        }
    }
    Ok(thrown)
}

/// Random bytes whose first one makes them look like STUN, DTLS, RTP or nothing.
fn datagram(noise: &mut Noise) -> Vec<u8> {
    let len = noise.below(1400) as usize;
    let mut bytes = noise.bytes(len);
    if let Some(first) = bytes.first_mut() {
        *first = [0, 1, 22, 23, 63, 128, 144, 255][noise.below(8) as usize];
    }
    if len >= 8 && noise.below(2) == 0 {
        // The magic number of STUN, so that parsing goes on.
        bytes[4..8].copy_from_slice(&[0x21, 0x12, 0xa4, 0x42]);
    }
    bytes
}

fn request(address: SocketAddr, noise: &mut Noise) -> std::io::Result<()> {
    let mut stream = connect(address)?;
    let length = noise.below(300) as usize;
    let body = noise.bytes(length);
    let text = match noise.below(3) {
        0 => format!(
            "POST /api/sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        ),
        1 => "GET /\u{0}%ff HTTP/9.9\r\n\r\n".to_owned(),
        _ => String::new(),
    };
    stream.write_all(text.as_bytes())?;
    stream.write_all(&body)
}

/// Opens a WebSocket and sends frames until the other end has had enough.
fn frames(address: SocketAddr, path: &str, noise: &mut Noise) -> std::io::Result<u32> {
    let mut stream = connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer)?;
    let mut sent = 0;
    for _ in 0..20 {
        let text = TEXTS[noise.below(TEXTS.len() as u64) as usize];
        let (kind, content) = match noise.below(10) {
            // Binary, and a kind that does not exist.
            0 => (0x82, noise.bytes(100)),
            1 => (0x8b, Vec::new()),
            _ => (0x81, text.as_bytes().to_vec()),
        };
        // A frame of a client is masked; a mask of zeros changes nothing (RFC 6455, 5.3).
        let mut frame = vec![kind];
        match u8::try_from(content.len()) {
            Ok(len) if len < 126 => frame.push(0x80 | len),
            _ => {
                frame.push(0x80 | 126);
                frame.extend((content.len() as u16).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(content);
        if stream.write_all(&frame).is_err() {
            break;
        }
        sent += 1;
    }
    Ok(sent)
}

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    stream.set_write_timeout(Some(Duration::from_secs(2)))?;
    Ok(stream)
}

/// The same noise in every run (xorshift64).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next() as u8).collect()
    }
}
