//! What became true of our media, and the problems that follow.

use confab_contract::{NextStep, ProblemCode};
use confab_media_model::{CaptureFault, DeviceFault, MediaFact};

use super::UserAgent;
use crate::problems::Remedy;

impl UserAgent {
    pub(super) fn learn(&mut self, fact: MediaFact) {
        self.truth.learn(&fact);
        let (code, details) = match &fact {
            MediaFact::CameraFailed(DeviceFault::Missing) => (ProblemCode::CameraMissing, String::new()),
            MediaFact::CameraFailed(DeviceFault::Busy) => (ProblemCode::CameraBusy, String::new()),
            MediaFact::CameraFailed(fault) => (ProblemCode::CameraFailed, fault.to_string()),
            MediaFact::CameraLost(fault) => (ProblemCode::CameraFailed, fault.to_string()),
            MediaFact::MicrophoneFailed(DeviceFault::Missing) => {
                (ProblemCode::MicrophoneMissing, String::new())
            }
            MediaFact::MicrophoneFailed(fault) => (ProblemCode::MicrophoneFailed, fault.to_string()),
            MediaFact::MicrophoneLost(fault) => (ProblemCode::MicrophoneFailed, fault.to_string()),
            MediaFact::SpeakerFailed(fault) => (ProblemCode::SpeakerFailed, fault.to_string()),
            MediaFact::SpeakerLost(fault) => (ProblemCode::SpeakerFailed, fault.to_string()),
            // The window is closed, even before it was shared: nothing has failed.
            MediaFact::ScreenFailed(DeviceFault::Missing) if matches!(self.wishes.screen, Some(Some(_))) => {
                return self.share_ended();
            }
            MediaFact::ScreenLost(CaptureFault::Gone) => return self.share_ended(),
            MediaFact::ScreenFailed(fault) => (ProblemCode::ScreenFailed, fault.to_string()),
            MediaFact::ScreenLost(fault) => (ProblemCode::ScreenFailed, fault.to_string()),
            MediaFact::CameraOpened(_) | MediaFact::CameraClosed => {
                for code in [ProblemCode::CameraMissing, ProblemCode::CameraBusy, ProblemCode::CameraFailed] {
                    self.problems.clear(code);
                }
                return;
            }
            MediaFact::MicrophoneOpened(_) => {
                self.problems.clear(ProblemCode::MicrophoneMissing);
                self.problems.clear(ProblemCode::MicrophoneFailed);
                return;
            }
            MediaFact::SpeakerOpened(_) => return self.problems.clear(ProblemCode::SpeakerFailed),
            MediaFact::LegUp { .. } => {
                self.problems.clear(ProblemCode::MediaLost);
                self.problems.clear(ProblemCode::MediaBlocked);
                return self.leg_fact(&fact);
            }
            _ => return self.leg_fact(&fact),
        };
        if code == ProblemCode::ScreenFailed {
            self.wishes.screen = None;
        }
        self.problems.raise(code, "", &details, NextStep::ChooseDevice, Remedy::Devices);
    }

    /// What we shared is not there any more: it ends as if we had stopped it, and we are told.
    fn share_ended(&mut self) {
        self.wishes.screen = None;
        self.truth.learn(&MediaFact::ScreenClosed);
        self.problems.raise(ProblemCode::ShareEnded, "", "", NextStep::Dismiss, Remedy::None);
    }

    /// What became true of a leg is for whoever has it.
    fn leg_fact(&mut self, fact: &MediaFact) {
        for account in self.accounts.keys().copied().collect::<Vec<_>>() {
            self.act(account, |parts, line| parts.fact(line, fact));
        }
    }
}
