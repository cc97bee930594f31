//! What the user wants, checked and passed on.

use confab_conference::Working;
use confab_contract::{DeviceKind, Intent, NextStep, ProblemCode};
use confab_types::{DeviceId, SourceId, StreamId};

use super::UserAgent;
use crate::effect::Secret;
use crate::meeting::Meeting;
use crate::problems::Remedy;
use crate::server::base_url;

impl UserAgent {
    pub(super) fn intend(&mut self, intent: Intent) {
        match intent {
            Intent::SignIn { server, user, password } => match base_url(&server) {
                Some(base) => self.sign_in(base, user.trim().to_owned(), Secret::Password(password), false),
                None => {
                    let details = "not the name of a server";
                    self.problems.raise(
                        ProblemCode::NotAServer,
                        &server,
                        details,
                        NextStep::CheckInput,
                        Remedy::None,
                    );
                }
            },
            Intent::SignOut { .. } => self.sign_out(),
            Intent::Join { room } => self.join(room.trim()),
            Intent::Leave => self.end_meeting(),
            Intent::SetMicrophone { on } => {
                self.try_again(on && self.wishes.microphone && failed(&self.truth.microphone));
                self.wishes.microphone = on;
            }
            Intent::SetCamera { on } => {
                self.try_again(on && self.wishes.camera && failed(&self.truth.camera));
                self.wishes.camera = on;
            }
            Intent::ShareScreen { source } => {
                let wish = Some(source.map(SourceId::new));
                // What is shared already is not opened again, and nothing new is told about it.
                if self.meeting.is_some() && self.wishes.screen != wish {
                    // What is open stays open when stopping and sharing again fall into one plan.
                    if failed(&self.truth.screen) {
                        self.truth.screen = Working::Unknown;
                    }
                    self.wishes.screen = wish;
                }
            }
            Intent::StopSharing => self.wishes.screen = None,
            Intent::Pin { stream } => self.wishes.pin = Some(StreamId(stream)),
            Intent::Unpin => self.wishes.pin = None,
            Intent::ChooseDevice { kind, device } => self.choose(kind, device),
            Intent::Dismiss { problem } => drop(self.problems.take(problem)),
            Intent::Resolve { problem } => match self.problems.take(problem) {
                Some(Remedy::Join(room)) => self.join(&room),
                Some(Remedy::SignIn) => self.sign_in_again(),
                Some(Remedy::Devices) => self.try_again(true),
                Some(Remedy::None) | None => {}
            },
            Intent::ForgetRoom { room } => {
                self.remembered.recent.retain(|known| known.room != room);
                self.remember();
            }
            _ => {}
        }
    }

    /// Lets devices that failed be opened once more.
    fn try_again(&mut self, wanted: bool) {
        if wanted {
            self.wishes.device_attempt = self.wishes.device_attempt.wrapping_add(1);
        }
    }

    pub(super) fn choose(&mut self, kind: DeviceKind, device: Option<String>) {
        let (wish, kept) = match kind {
            DeviceKind::Camera => (&mut self.wishes.camera_device, &mut self.remembered.camera),
            DeviceKind::Microphone => (&mut self.wishes.microphone_device, &mut self.remembered.microphone),
            DeviceKind::Speaker => (&mut self.wishes.speaker_device, &mut self.remembered.speaker),
        };
        *wish = device.clone().map(DeviceId::new);
        *kept = device;
        self.remember();
    }

    pub(super) fn join(&mut self, room: &str) {
        for code in [
            ProblemCode::NoSuchRoom,
            ProblemCode::RoomRefused,
            ProblemCode::RoomSilent,
            ProblemCode::RoomFull,
            ProblemCode::RoomClosed,
            ProblemCode::BadRoomName,
        ] {
            self.problems.clear(code);
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if room.is_empty() || room.len() > 64 || !room.chars().all(allowed) {
            let details = "1 to 64 letters, digits, '-', '_' or '.'";
            self.problems.raise(ProblemCode::BadRoomName, room, details, NextStep::CheckInput, Remedy::None);
            return;
        }
        self.end_meeting();
        let first_leg = self.next_leg;
        self.meeting = self.with_line(|line| Meeting::join(room, first_leg, line));
    }
}

fn failed(working: &Working) -> bool {
    matches!(working, Working::Refused(_) | Working::Lost(_))
}
