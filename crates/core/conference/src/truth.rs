//! The media's facts, remembered.

use std::collections::{BTreeMap, BTreeSet};

use confab_media_model::{CaptureFault, DeviceFault, DeviceList, LegStats, MediaFact, ShareInfo};
use confab_types::{Dbfs, LegId, StreamId};

/// Whether a device that is wanted works.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Working {
    /// Nothing heard of it yet.
    #[default]
    Unknown,
    /// It delivers.
    Yes,
    /// It could not be opened.
    Refused(DeviceFault),
    /// It stopped.
    Lost(CaptureFault),
}

/// What the media engine has said so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    /// What is plugged in.
    pub devices: DeviceList,
    /// What can be shared, while the user chooses.
    pub shares: Vec<ShareInfo>,
    /// The camera.
    pub camera: Working,
    /// The microphone.
    pub microphone: Working,
    /// The speaker.
    pub speaker: Working,
    /// Screen capture.
    pub screen: Working,
    /// Streams with a picture on them.
    pub pictures: BTreeSet<StreamId>,
    /// The own microphone's level.
    pub own_level: Option<Dbfs>,
    /// Whether somebody speaks into our microphone while it is muted.
    pub muted_speech: bool,
    /// Levels of received legs.
    pub levels: BTreeMap<LegId, Dbfs>,
    /// How legs do.
    pub stats: BTreeMap<LegId, LegStats>,
}

impl Truth {
    /// Remembers a fact. Facts about a leg's negotiation are the user agent's and leave no trace here.
    pub fn learn(&mut self, fact: &MediaFact) {
        match fact {
            MediaFact::Devices(list) => self.devices = list.clone(),
            MediaFact::Shares(shares) => self.shares = shares.clone(),
            MediaFact::CameraOpened(_) => self.camera = Working::Yes,
            MediaFact::CameraFailed(fault) => self.camera = Working::Refused(fault.clone()),
            MediaFact::CameraLost(fault) => self.camera = Working::Lost(fault.clone()),
            MediaFact::CameraClosed => {
                self.camera = Working::Unknown;
                self.pictures.remove(&StreamId::OWN_CAMERA);
            }
            MediaFact::MicrophoneOpened(_) => self.microphone = Working::Yes,
            MediaFact::MicrophoneFailed(fault) => self.microphone = Working::Refused(fault.clone()),
            MediaFact::MicrophoneLost(fault) => self.microphone = Working::Lost(fault.clone()),
            MediaFact::MicrophoneClosed => {
                self.microphone = Working::Unknown;
                self.own_level = None;
                self.muted_speech = false;
            }
            MediaFact::SpeakerOpened(_) => self.speaker = Working::Yes,
            MediaFact::SpeakerFailed(fault) => self.speaker = Working::Refused(fault.clone()),
            MediaFact::SpeakerLost(fault) => self.speaker = Working::Lost(fault.clone()),
            MediaFact::ScreenOpened(_) => self.screen = Working::Yes,
            MediaFact::ScreenClosed => {
                self.screen = Working::Unknown;
                self.pictures.remove(&StreamId::OWN_SCREEN);
            }
            MediaFact::ScreenFailed(fault) => self.screen = Working::Refused(fault.clone()),
            MediaFact::ScreenLost(fault) => self.screen = Working::Lost(fault.clone()),
            MediaFact::FirstPicture(stream) => {
                self.pictures.insert(*stream);
            }
            MediaFact::PictureStalled(stream) => {
                self.pictures.remove(stream);
            }
            MediaFact::OwnLevel(level) => self.own_level = Some(*level),
            MediaFact::MutedSpeech(speaks) => self.muted_speech = *speaks,
            MediaFact::Level(leg, level) => {
                self.levels.insert(*leg, *level);
            }
            MediaFact::Stats(leg, stats) => {
                self.stats.insert(*leg, stats.clone());
            }
            MediaFact::LegDown { leg, .. } => self.forget_leg(*leg),
            MediaFact::LegOffer { .. } | MediaFact::LegAnswer { .. } | MediaFact::LegUp { .. } => {}
        }
    }

    /// Forgets what was known of a leg that is gone.
    pub fn forget_leg(&mut self, leg: LegId) {
        self.levels.remove(&leg);
        self.stats.remove(&leg);
    }

    /// Forgets what belongs to a meeting. What is known of devices stays until the engine tells otherwise: when the next
    /// meeting follows at once they are never closed, and nothing new is told about them.
    pub fn end_meeting(&mut self) {
        self.pictures.retain(|stream| *stream == StreamId::OWN_CAMERA);
        self.screen = Working::Unknown;
        self.muted_speech = false;
        self.levels.clear();
        self.stats.clear();
    }
}
