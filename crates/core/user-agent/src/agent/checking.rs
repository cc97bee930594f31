//! Camera, microphone and speaker looked at before joining: nothing is sent, and nobody else sees it.

use std::time::Duration;

use confab_contract::{CheckView, LevelsView, SwitchState};
use confab_media_model::{CameraPlan, MediaPlan, Ring};
use confab_types::{Dbfs, StreamId};

use super::UserAgent;
use crate::show;

/// How long the speaker's test sounds.
const SOUND: Duration = Duration::from_secs(2);

impl UserAgent {
    /// Shows the own camera and microphone, or no longer. In a meeting or call they are shown anyway.
    pub(super) fn check_devices(&mut self, on: bool) {
        self.checking = on;
        if !on {
            self.sound_until = None;
        }
    }

    /// Plays a short sound, while devices are being checked.
    pub(super) fn test_speaker(&mut self) {
        if self.checking {
            self.sound_until = Some(self.now + SOUND);
        }
    }

    /// Time has passed.
    pub(super) fn wake_check(&mut self) {
        self.sound_until.take_if(|until| *until <= self.now);
    }

    /// What is wanted of media for the check; `None` when nothing is checked.
    pub(super) fn check_plan(&self) -> Option<MediaPlan> {
        if !self.checking {
            return None;
        }
        let wishes = &self.wishes;
        let (size, fps) = (confab_conference::plan::CAMERA_SIZE, confab_conference::plan::CAMERA_FPS);
        let playing = self.sound_until.is_some();
        Some(MediaPlan {
            camera: wishes.camera.then(|| CameraPlan { device: wishes.camera_device.clone(), size, fps }),
            microphone: wishes.microphone.then(|| wishes.microphone_device.clone()),
            speaker: playing.then(|| wishes.speaker_device.clone()),
            ring: playing.then_some(Ring::Ringback),
            device_attempt: wishes.device_attempt,
            ..MediaPlan::default()
        })
    }

    pub(super) fn check_view(&self, open: bool) -> CheckView {
        let of = |wished, truth| if open { show::switch(wished, truth, true) } else { SwitchState::Off };
        CheckView {
            open,
            stream: StreamId::OWN_CAMERA.0,
            camera: of(self.wishes.camera, &self.truth.camera),
            microphone: of(self.wishes.microphone, &self.truth.microphone),
            playing: open && self.sound_until.is_some(),
        }
    }

    /// The own level while devices are checked.
    pub(super) fn check_levels(&self) -> LevelsView {
        let own = self.truth.own_level.filter(|_| self.wishes.microphone).unwrap_or(Dbfs::SILENCE);
        LevelsView { levels: Vec::new(), own: own.get() }
    }
}
