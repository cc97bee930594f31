//! A short, repeatable run of what the fuzz target runs for hours.

use confab_rtc::exercise;
use confab_types::Chance;

const INPUTS: u32 = 30_000;

/// What a peer offers, in the order in which it may be cut and joined.
const LINES: &[&str] = &[
    "v=0",
    "o=- 1 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
    "a=group:BUNDLE 0 1 2",
    "a=extmap-allow-mixed",
    "m=audio 9 UDP/TLS/RTP/SAVPF 111",
    "c=IN IP4 0.0.0.0",
    "a=mid:0",
    "a=rtpmap:111 opus/48000/2",
    "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
    "a=sendrecv",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuvwx",
    "a=setup:actpass",
    "a=candidate:1 1 udp 2130706431 192.0.2.1 5000 typ host",
    "m=video 9 UDP/TLS/RTP/SAVPF 102",
    "a=mid:1",
    "a=rtpmap:102 H264/90000",
    "a=fmtp:102 packetization-mode=1;profile-level-id=42e01f",
    "a=recvonly",
    "a=inactive",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "a=mid:2",
    "a=sctp-port:5000",
    "a=max-message-size:262144",
];

#[test]
fn no_description_breaks_the_reader() {
    let whole = LINES.join("\r\n") + "\r\n";
    assert!(exercise::sdp(whole.as_bytes()), "the description that is bent below is a good one");
    let mut chance = Chance::from_number(11);
    let mut below = |limit: usize| chance.below(limit as u64) as usize;
    for _ in 0..INPUTS {
        let mut lines: Vec<Vec<u8>> = LINES.iter().map(|line| line.as_bytes().to_vec()).collect();
        for _ in 0..below(8) {
            let at = below(lines.len());
            match below(5) {
                0 => drop(lines.remove(at)),
                1 => lines.insert(at, LINES[below(LINES.len())].as_bytes().to_vec()),
                2 => lines.truncate(at + 1),
                3 => {
                    let cut = below(lines[at].len() + 1);
                    lines[at].truncate(cut);
                }
                _ => {
                    let spot = below(lines[at].len() + 1);
                    lines[at].insert(spot, below(256) as u8);
                }
            }
            if lines.is_empty() {
                break;
            }
        }
        exercise::sdp(&lines.join(&b"\r\n"[..]));
    }
}
