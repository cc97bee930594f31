//! A media engine that opens no device: follows plans as the real one does, including skipped plans and slow devices.

use std::collections::BTreeMap;

use confab_media_model::{DeviceFault, LegDown, LegRole, MediaFact, MediaPlan};
use confab_types::{LegId, StreamId};

/// One client's end of a leg.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// Whose.
    pub seat: usize,
    /// In which life of that seat.
    pub life: u32,
    /// Which leg.
    pub leg: LegId,
    /// Of which generation.
    pub generation: u32,
}

impl End {
    /// Its offer: an SDP as far as anybody reads it.
    pub fn offer(&self) -> String {
        self.sdp("offer", &self.words())
    }

    /// Its answer to the offer of another one.
    pub fn answer(&self, offer: &End) -> String {
        self.sdp("answer", &format!("{} to {}", self.words(), offer.words()))
    }

    /// From an offer.
    pub fn of_offer(sdp: &str) -> Option<End> {
        End::of_words(session_name(sdp)?.strip_prefix("offer ")?)
    }

    /// From an answer: who answers, and whom.
    pub fn of_answer(sdp: &str) -> Option<(End, End)> {
        let (own, offer) = session_name(sdp)?.strip_prefix("answer ")?.split_once(" to ")?;
        Some((End::of_words(own)?, End::of_words(offer)?))
    }

    fn sdp(&self, kind: &str, words: &str) -> String {
        let End { seat, life, leg, generation } = self;
        format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns={kind} {words}\r\nt=0 0\r\n\
             a=fingerprint:sha-256 {seat:02X}:{life:02X}:{:08X}:{generation:02X}\r\n\
             m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nm=video 9 UDP/TLS/RTP/SAVPF 102\r\n",
            leg.0
        )
    }

    fn words(&self) -> String {
        format!("{} {} {} {}", self.seat, self.life, self.leg.0, self.generation)
    }

    fn of_words(words: &str) -> Option<End> {
        let mut parts = words.split(' ').map(|part| part.parse::<u32>().ok());
        let mut next = || parts.next().flatten();
        let (seat, life, leg, generation) = (next()? as usize, next()?, LegId(next()?), next()?);
        Some(End { seat, life, leg, generation })
    }
}

/// The `s=` line, which says everything here.
fn session_name(sdp: &str) -> Option<&str> {
    sdp.lines().find_map(|line| line.strip_prefix("s="))
}

/// What the engine does a little later.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chore {
    /// Take the newest plan.
    Follow,
    /// The offer of a leg is made.
    Offer(LegId, u32),
    /// The answer to another person's offer is made.
    Answer(LegId, u32),
    /// The handshake ends, well or badly.
    Connect(LegId, u32),
    /// A device is open, failed or closed.
    Device(Device),
}

/// The devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// Takes pictures.
    Camera,
    /// Takes sound.
    Microphone,
    /// Plays.
    Speaker,
    /// Captures the screen.
    Screen,
}

const DEVICES: [Device; 4] = [Device::Camera, Device::Microphone, Device::Speaker, Device::Screen];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shutter {
    #[default]
    Closed,
    Opening,
    Open,
    Failed,
    Closing,
}

/// How far a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No answer yet.
    Offered,
    /// The handshake runs.
    Connecting,
    /// Media flows.
    Up,
    /// Over; only a new generation helps.
    Down,
}

/// A leg that was thrown away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gone {
    /// Which.
    pub leg: LegId,
    /// Of which generation.
    pub generation: u32,
    /// With whom it was up, when that is a person.
    pub far: Option<End>,
}

/// One running leg.
#[derive(Clone, Debug)]
pub struct Running {
    /// Of which generation.
    pub generation: u32,
    /// How far it is.
    pub stage: Stage,
}

/// The engine of one seat.
#[derive(Debug, Default)]
pub struct Engine {
    /// The newest plan, perhaps not looked at yet.
    pub newest: MediaPlan,
    plan: MediaPlan,
    /// Legs that run.
    pub legs: BTreeMap<LegId, Running>,
    devices: BTreeMap<Device, Shutter>,
    /// The camera cannot be opened.
    pub camera_is_broken: bool,
}

impl Engine {
    /// Follows the newest plan: legs that are gone, and what to do next.
    pub fn follow(&mut self, seat: usize, life: u32) -> (Vec<Gone>, Vec<Chore>) {
        let far = |engine: &Engine, leg: LegId, generation: u32| {
            let up = engine.legs.get(&leg).is_some_and(|running| running.stage == Stage::Up);
            let own = End { seat, life, leg, generation };
            if up && engine.is_peer(leg) { engine.far(&own) } else { None }
        };
        let fars: BTreeMap<LegId, Option<End>> =
            self.legs.iter().map(|(id, leg)| (*id, far(self, *id, leg.generation))).collect();
        self.plan = self.newest.clone();
        let mut chores = Vec::new();
        let mut gone = Vec::new();
        self.legs.retain(|id, leg| {
            let stays = self.plan.legs.get(id).is_some_and(|wanted| wanted.generation == leg.generation);
            if !stays {
                let far = fars.get(id).cloned().flatten();
                gone.push(Gone { leg: *id, generation: leg.generation, far });
            }
            stays
        });
        for (id, wanted) in &self.plan.legs {
            let generation = wanted.generation;
            let leg = self.legs.entry(*id).or_insert_with(|| {
                chores.push(match wanted.offer {
                    None => Chore::Offer(*id, generation),
                    Some(_) => Chore::Answer(*id, generation),
                });
                Running { generation, stage: Stage::Offered }
            });
            if wanted.answer.is_some() && leg.stage == Stage::Offered {
                leg.stage = Stage::Connecting;
                chores.push(Chore::Connect(*id, generation));
            }
        }
        chores.extend(DEVICES.into_iter().filter_map(|device| self.step(device)));
        (gone, chores)
    }

    /// The server's leg in the answer, and whether its fingerprint is right.
    pub fn answer(&self, leg: LegId) -> Option<(LegId, bool)> {
        let sdp = &self.plan.legs.get(&leg)?.answer.as_ref()?.sdp;
        let (number, fingerprint) = sdp.strip_prefix("answer ")?.split_once(' ')?;
        Some((LegId(number.parse().ok()?), fingerprint == "right"))
    }

    /// Whether a leg leads to a person, not to a server.
    pub fn is_peer(&self, leg: LegId) -> bool {
        self.plan.legs.get(&leg).is_some_and(|leg| matches!(leg.role, LegRole::Peer { .. }))
    }

    /// The offer that a leg is to answer.
    pub fn offered(&self, leg: LegId) -> Option<End> {
        End::of_offer(&self.plan.legs.get(&leg)?.offer.as_ref()?.sdp)
    }

    /// Whom a leg talks to: who has answered our offer, or whose offer it answers.
    pub fn far(&self, own: &End) -> Option<End> {
        let wanted = self.plan.legs.get(&own.leg).filter(|leg| leg.generation == own.generation)?;
        match &wanted.answer {
            Some(answer) => {
                let (far, offer) = End::of_answer(&answer.sdp)?;
                (offer == *own).then_some(far)
            }
            None => self.offered(own.leg),
        }
    }

    /// Whether our picture leaves over a leg between two people, and the stream on which theirs lands.
    pub fn pictures(&self, leg: LegId) -> Option<(bool, StreamId)> {
        match self.plan.legs.get(&leg)?.role {
            LegRole::Peer { video, stream, .. } => Some((video.on, stream)),
            LegRole::Publish { .. } | LegRole::Receive { .. } => None,
        }
    }

    /// A leg of this generation that is at this stage.
    pub fn running(&mut self, leg: LegId, generation: u32) -> Option<&mut Running> {
        self.legs.get_mut(&leg).filter(|running| running.generation == generation)
    }

    /// Ends a leg; the fact to tell, if it was not over before.
    pub fn lose(&mut self, leg: LegId, generation: u32, reason: LegDown) -> Option<MediaFact> {
        let running = self.running(leg, generation).filter(|running| running.stage != Stage::Down)?;
        running.stage = Stage::Down;
        Some(MediaFact::LegDown { leg, generation, reason })
    }

    /// The plan in force for a receiving leg: where its picture lands.
    pub fn stream(&self, leg: LegId) -> Option<StreamId> {
        match self.plan.legs.get(&leg)?.role {
            LegRole::Receive { stream, .. } | LegRole::Peer { stream, .. } => Some(stream),
            LegRole::Publish { .. } => None,
        }
    }

    /// A device did what it was told; the facts to tell, and what to do next.
    pub fn moved(&mut self, device: Device) -> (Vec<MediaFact>, Option<Chore>) {
        let broken = self.camera_is_broken && device == Device::Camera;
        let shutter = self.devices.entry(device).or_default();
        let (now, facts) = match (*shutter, device) {
            (Shutter::Opening, _) if broken => {
                (Shutter::Failed, vec![MediaFact::CameraFailed(DeviceFault::Busy)])
            }
            (Shutter::Opening, Device::Camera) => (Shutter::Open, camera_facts()),
            (Shutter::Opening, Device::Microphone) => {
                (Shutter::Open, vec![MediaFact::MicrophoneOpened("tone".to_owned())])
            }
            (Shutter::Opening, Device::Speaker) => {
                (Shutter::Open, vec![MediaFact::SpeakerOpened("none".to_owned())])
            }
            (Shutter::Opening, Device::Screen) => (Shutter::Open, screen_facts()),
            (Shutter::Closing, Device::Camera) => (Shutter::Closed, vec![MediaFact::CameraClosed]),
            (Shutter::Closing, Device::Microphone) => (Shutter::Closed, vec![MediaFact::MicrophoneClosed]),
            (Shutter::Closing, _) => (Shutter::Closed, Vec::new()),
            (other, _) => (other, Vec::new()),
        };
        *shutter = now;
        (facts, self.step(device))
    }

    /// Whether a device is open, or on its way there.
    pub fn uses(&self, device: Device) -> bool {
        self.devices.get(&device).is_some_and(|shutter| matches!(shutter, Shutter::Opening | Shutter::Open))
    }

    fn step(&mut self, device: Device) -> Option<Chore> {
        let wanted = match device {
            Device::Camera => self.plan.camera.is_some(),
            Device::Microphone => self.plan.microphone.is_some(),
            Device::Speaker => self.plan.speaker.is_some(),
            Device::Screen => self.plan.screen.is_some(),
        };
        let shutter = self.devices.entry(device).or_default();
        let now = match (*shutter, wanted) {
            (Shutter::Closed, true) => Shutter::Opening,
            (Shutter::Open, false) => Shutter::Closing,
            (Shutter::Failed, false) => {
                *shutter = Shutter::Closed;
                return None;
            }
            _ => return None,
        };
        *shutter = now;
        Some(Chore::Device(device))
    }
}

fn camera_facts() -> Vec<MediaFact> {
    vec![MediaFact::CameraOpened("test card".to_owned()), MediaFact::FirstPicture(StreamId::OWN_CAMERA)]
}

fn screen_facts() -> Vec<MediaFact> {
    vec![MediaFact::ScreenOpened("screen 1".to_owned()), MediaFact::FirstPicture(StreamId::OWN_SCREEN)]
}
