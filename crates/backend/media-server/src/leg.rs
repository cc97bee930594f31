//! One client's transport.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use confab_rooms::{LegFlow, MediaError, MediaRoomId};
use confab_sfu::{PacketOut, Track};
use confab_types::LegId;
use str0m::format::Codec;
use str0m::media::{KeyframeRequestKind, MediaKind, Mid, Pt};
use str0m::net::Transmit;
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use str0m::{Event, IceConnectionState, Input, Output, Rtc, RtcError};

/// What a leg tells its owner.
#[derive(Debug)]
pub(crate) enum LegEvent {
    /// ICE and DTLS are up.
    Up,
    /// It is of no use any more.
    Down(String),
    /// A publisher's packet.
    Rtp(Track, Box<RtpPacket>),
    /// The receiver lost pictures.
    PictureLost,
}

/// One negotiated track.
#[derive(Clone, Copy, Debug)]
struct Stream {
    mid: Mid,
    pt: Pt,
}

/// One leg.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) room: MediaRoomId,
    pub(crate) flow: LegFlow,
    /// Where its datagrams come from lately.
    pub(crate) source: Option<SocketAddr>,
    /// When it wants [`Leg::wake`], as scheduled by the owner.
    pub(crate) scheduled: Instant,
    rtc: Rtc,
    audio: Option<Stream>,
    video: Option<Stream>,
    due: Instant,
    /// The moment after which it counts as gone, unless it is heard before.
    limit: Instant,
    patience: Duration,
    /// The last moment it was told of.
    now: Instant,
    up: bool,
}

impl Leg {
    pub(crate) fn new(
        rtc: Rtc,
        room: MediaRoomId,
        flow: LegFlow,
        now: Instant,
        connect_within: Duration,
        patience: Duration,
    ) -> Leg {
        Leg {
            room,
            flow,
            source: None,
            scheduled: now,
            rtc,
            audio: None,
            video: None,
            due: now,
            limit: now + connect_within,
            patience,
            now,
            up: false,
        }
    }

    /// The server's ICE user name for this leg.
    pub(crate) fn ufrag(&mut self) -> String {
        self.rtc.direct_api().local_ice_credentials().ufrag
    }

    /// Looks at what was negotiated: at most one audio and one video track, both with a codec of ours, all in the
    /// direction of the flow. The sections are taken from the answer, because str0m tells of them only when connected.
    pub(crate) fn check(&mut self, answer: &str) -> Result<(), MediaError> {
        for mid in answer.lines().filter_map(|line| line.strip_prefix("a=mid:")) {
            // A section for data channels has no media; nothing will come of it.
            let Some(media) = self.rtc.media(mid.trim().into()) else { continue };
            let (slot, codec) = match media.kind() {
                MediaKind::Audio => (&mut self.audio, Codec::Opus),
                MediaKind::Video => (&mut self.video, Codec::H264),
            };
            if slot.is_some() {
                return Err(MediaError::Unsupported);
            }
            let params = self.rtc.codec_config().params();
            let ours =
                |pt: &&Pt| params.iter().any(|params| params.pt() == **pt && params.spec().codec == codec);
            let pt = *media.remote_pts().iter().find(ours).ok_or(MediaError::NoCommonCodec)?;
            let flows = match self.flow {
                LegFlow::Publish => media.direction().is_receiving(),
                LegFlow::Receive { .. } | LegFlow::Mix => media.direction().is_sending(),
            };
            if !flows {
                return Err(MediaError::BadSdp("a section has the wrong direction".into()));
            }
            *slot = Some(Stream { mid: media.mid(), pt });
        }
        match (self.audio, self.video) {
            (None, None) => Err(MediaError::BadSdp("no media".into())),
            _ => Ok(()),
        }
    }

    /// Whether a datagram is for this leg.
    pub(crate) fn accepts(&self, input: &Input) -> bool {
        self.rtc.accepts(input)
    }

    /// A datagram came.
    pub(crate) fn receive(&mut self, now: Instant, input: Input) -> Result<(), RtcError> {
        self.now = now;
        if self.up {
            self.limit = now + self.patience;
        }
        self.rtc.handle_input(input)
    }

    /// Time has passed.
    pub(crate) fn wake(&mut self, now: Instant) -> Result<(), RtcError> {
        self.now = now;
        self.rtc.handle_input(Input::Timeout(now))
    }

    /// Whether it was not heard for too long.
    pub(crate) fn is_lost(&self, now: Instant) -> bool {
        self.limit <= now
    }

    /// Whether it ever was up.
    pub(crate) fn was_up(&self) -> bool {
        self.up
    }

    /// When something is to be done.
    pub(crate) fn due(&self) -> Instant {
        self.due.min(self.limit)
    }

    /// A candidate that came outside the offer.
    pub(crate) fn add_candidate(&mut self, line: &str) {
        let line = line.trim().strip_prefix("a=").unwrap_or(line.trim());
        match str0m::Candidate::from_sdp_string(line) {
            Ok(candidate) => self.rtc.add_remote_candidate(candidate),
            // Names instead of addresses (mDNS) end here; the client's own checks show where it is.
            Err(error) => tracing::debug!(%error, "candidate cannot be used"),
        }
    }

    /// Asks the publishing client for a key frame. Nothing happens before its first picture: it starts with one.
    pub(crate) fn request_key_frame(&mut self) {
        let Some(video) = self.video else { return };
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(video.mid, None) {
            stream.request_keyframe(KeyframeRequestKind::Pli);
        }
    }

    /// Sends a publisher's packet with this receiver's numbers. False when the client does not take that track.
    pub(crate) fn forward(&mut self, track: Track, packet: &RtpPacket, numbers: PacketOut) -> bool {
        let stream = match track {
            Track::Audio => self.audio,
            Track::Video => self.video,
        };
        let Some(Stream { mid, pt }) = stream else { return false };
        let mut api = self.rtc.direct_api();
        let Some(sender) = api.stream_tx_by_mid(mid, None) else { return false };
        let seen = &packet.header.ext_vals;
        // Only what describes the media; what describes the transport is this leg's own.
        let extensions = ExtensionValues {
            audio_level: seen.audio_level,
            voice_activity: seen.voice_activity,
            video_orientation: seen.video_orientation,
            ..ExtensionValues::default()
        };
        let write =
            RtpWrite::new(pt, numbers.seq.into(), numbers.time.0, packet.timestamp, packet.payload.clone())
                .marker(packet.header.marker)
                .ext_vals(extensions)
                .nackable(track == Track::Video);
        sender.write_rtp(write);
        true
    }

    /// Says good-bye (RTCP BYE, DTLS close). What there is to send comes with the next [`Leg::drain`].
    pub(crate) fn close(&mut self) -> Result<(), RtcError> {
        self.rtc.close()
    }

    /// Sends what is to be sent and notes what happened. To be called after every change (str0m's one contract).
    pub(crate) fn drain(
        &mut self,
        id: LegId,
        send: &mut impl FnMut(&Transmit),
        events: &mut VecDeque<(LegId, LegEvent)>,
    ) -> Result<(), RtcError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(due) => {
                    self.due = due;
                    return Ok(());
                }
                Output::Transmit(transmit) => send(&transmit),
                Output::Event(event) => events.extend(self.event(event).map(|event| (id, event))),
            }
        }
    }

    fn event(&mut self, event: Event) -> Option<LegEvent> {
        match event {
            Event::Connected => {
                self.up = true;
                self.limit = self.now + self.patience;
                Some(LegEvent::Up)
            }
            Event::Closed => Some(LegEvent::Down("closed by the client".into())),
            Event::RtpPacket(packet) => {
                let pt = packet.header.payload_type;
                let is = |stream: Option<Stream>| stream.is_some_and(|stream| stream.pt == pt);
                let track = match (is(self.audio), is(self.video)) {
                    (true, _) => Track::Audio,
                    (_, true) => Track::Video,
                    _ => return None,
                };
                Some(LegEvent::Rtp(track, Box::new(packet)))
            }
            Event::KeyframeRequest(_) => Some(LegEvent::PictureLost),
            Event::IceConnectionStateChange(IceConnectionState::Disconnected) => {
                tracing::debug!("no path to the client at the moment");
                None
            }
            _ => None,
        }
    }
}
