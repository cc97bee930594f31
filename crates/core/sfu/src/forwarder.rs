//! Who gets which packet.

use std::collections::{BTreeMap, VecDeque};

use confab_types::{LegId, Mono};

use crate::rewrite::{PacketIn, PacketOut, Rewriter};
use crate::throttle::{KeyFrameThrottle, Wish};

/// Sound or picture of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// Opus.
    Audio,
    /// H.264.
    Video,
}

#[derive(Clone, Debug)]
struct Publisher {
    audio_open: bool,
    video_open: bool,
    throttle: KeyFrameThrottle,
    /// In the order of their numbers; kept here so that a packet does not search every receiver of the server.
    receivers: Vec<LegId>,
}

#[derive(Clone, Debug)]
struct Receiver {
    of: LegId,
    up: bool,
    audio: Rewriter,
    video: Rewriter,
}

impl Receiver {
    fn rewriter(&mut self, track: Track) -> &mut Rewriter {
        match track {
            Track::Audio => &mut self.audio,
            Track::Video => &mut self.video,
        }
    }
}

/// The forwarding table of a media server.
///
/// Receivers of a publisher that is gone stay, silent. Unknown legs are ignored everywhere: commands and packets cross.
#[derive(Clone, Debug, Default)]
pub struct Forwarder {
    publishers: BTreeMap<LegId, Publisher>,
    receivers: BTreeMap<LegId, Receiver>,
    requests: VecDeque<LegId>,
}

impl Forwarder {
    /// A leg publishes; both its gates are open.
    pub fn add_publisher(&mut self, leg: LegId) {
        let receivers =
            self.receivers.iter().filter(|(_, receiver)| receiver.of == leg).map(|(&leg, _)| leg).collect();
        let throttle = KeyFrameThrottle::default();
        self.publishers.insert(leg, Publisher { audio_open: true, video_open: true, throttle, receivers });
    }

    /// A leg will receive what `of` publishes, once it is [up](Forwarder::set_up).
    pub fn add_receiver(&mut self, leg: LegId, of: LegId) {
        self.remove(leg);
        self.receivers
            .insert(leg, Receiver { of, up: false, audio: Rewriter::audio(), video: Rewriter::video() });
        self.link(leg, of);
    }

    /// Whether the leg publishes.
    pub fn is_publisher(&self, leg: LegId) -> bool {
        self.publishers.contains_key(&leg)
    }

    /// A receiving leg can take packets: its first picture is asked for.
    pub fn set_up(&mut self, now: Mono, leg: LegId) {
        let Some(receiver) = self.receivers.get_mut(&leg) else { return };
        receiver.up = true;
        let of = receiver.of;
        self.wish(now, of, Wish::Start);
    }

    /// A leg is gone.
    pub fn remove(&mut self, leg: LegId) {
        self.publishers.remove(&leg);
        if let Some(receiver) = self.receivers.remove(&leg) {
            self.unlink(leg, receiver.of);
        }
    }

    /// Opens or closes what a publisher sends, from the next packet on. Closing is final for what was under way: an
    /// opened track starts anew.
    pub fn set_gate(&mut self, now: Mono, leg: LegId, track: Track, open: bool) {
        let Some(publisher) = self.publishers.get_mut(&leg) else { return };
        let gate = match track {
            Track::Audio => &mut publisher.audio_open,
            Track::Video => &mut publisher.video_open,
        };
        if *gate == open {
            return;
        }
        *gate = open;
        if open {
            if track == Track::Video {
                self.wish(now, leg, Wish::Start);
            }
            return;
        }
        if track == Track::Video {
            publisher.throttle.forget();
        }
        for receiver in publisher.receivers.clone() {
            if let Some(receiver) = self.receivers.get_mut(&receiver) {
                receiver.rewriter(track).pause();
            }
        }
    }

    /// Lets a receiver carry another publisher from its next key frame on. Its stream goes on without a break.
    pub fn set_source(&mut self, now: Mono, leg: LegId, of: LegId) {
        let Some(receiver) = self.receivers.get_mut(&leg) else { return };
        if receiver.of == of {
            return;
        }
        let before = std::mem::replace(&mut receiver.of, of);
        receiver.audio.switch();
        receiver.video.switch();
        let up = receiver.up;
        self.unlink(leg, before);
        self.link(leg, of);
        if up {
            self.wish(now, of, Wish::Start);
        }
    }

    /// A packet came from a publisher. Appends every receiver that gets it, with its numbers there. False, and nothing
    /// appended, while the gate is closed.
    pub fn forward(
        &mut self,
        from: LegId,
        track: Track,
        packet: PacketIn,
        out: &mut Vec<(LegId, PacketOut)>,
    ) -> bool {
        let Some(publisher) = self.publishers.get_mut(&from) else { return false };
        let open = match track {
            Track::Audio => publisher.audio_open,
            Track::Video => publisher.video_open,
        };
        if !open {
            return false;
        }
        if track == Track::Video && packet.key {
            publisher.throttle.saw_key_frame();
        }
        for &leg in &publisher.receivers {
            let receiver = self.receivers.get_mut(&leg).filter(|receiver| receiver.up);
            if let Some(rewritten) = receiver.and_then(|receiver| receiver.rewriter(track).rewrite(packet)) {
                out.push((leg, rewritten));
            }
        }
        true
    }

    /// A receiver lost pictures (RTCP PLI or FIR).
    pub fn lost(&mut self, now: Mono, receiver: LegId) {
        let Some(receiver) = self.receivers.get(&receiver) else { return };
        let wish = if receiver.video.is_waiting() { Wish::Start } else { Wish::Loss };
        self.wish(now, receiver.of, wish);
    }

    /// Somebody else wants a key frame of a publisher.
    pub fn key_frame(&mut self, now: Mono, publisher: LegId) {
        self.wish(now, publisher, Wish::Loss);
    }

    /// The next publisher to ask for a key frame.
    pub fn poll_request(&mut self) -> Option<LegId> {
        self.requests.pop_front()
    }

    /// When [`Forwarder::wake`] wants to be called.
    pub fn deadline(&self) -> Option<Mono> {
        self.publishers.values().filter_map(|publisher| publisher.throttle.deadline()).min()
    }

    /// Time has passed.
    pub fn wake(&mut self, now: Mono) {
        for (&leg, publisher) in &mut self.publishers {
            if publisher.throttle.wake(now) {
                self.requests.push_back(leg);
            }
        }
    }

    fn wish(&mut self, now: Mono, publisher: LegId, wish: Wish) {
        let Some(entry) = self.publishers.get_mut(&publisher) else { return };
        if entry.video_open && entry.throttle.wish(now, wish) {
            self.requests.push_back(publisher);
        }
    }

    fn link(&mut self, leg: LegId, of: LegId) {
        if let Some(publisher) = self.publishers.get_mut(&of)
            && let Err(at) = publisher.receivers.binary_search(&leg)
        {
            publisher.receivers.insert(at, leg);
        }
    }

    fn unlink(&mut self, leg: LegId, of: LegId) {
        if let Some(publisher) = self.publishers.get_mut(&of) {
            publisher.receivers.retain(|&receiver| receiver != leg);
            if publisher.receivers.is_empty() {
                publisher.throttle.forget();
            }
        }
    }
}
