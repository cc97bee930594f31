//! What the user wants, checked and passed on.

use confab_conference::Working;
use confab_contract::{DeviceKind, Intent, NextStep, ProblemCode};
use confab_types::{DeviceId, SourceId, StreamId};

use super::UserAgent;
use crate::effect::Secret;
use crate::meeting::Meeting;
use crate::problems::Remedy;

impl UserAgent {
    pub(super) fn intend(&mut self, intent: Intent) {
        match intent {
            Intent::SignIn { server, user, password } => {
                if let Some(base) = self.base_of(&server) {
                    self.add_account(base, user.trim().to_owned(), Secret::Password(password));
                }
            }
            Intent::SignInWithBrowser { server, provider } => {
                if let Some(base) = self.base_of(&server) {
                    self.add_account(base, String::new(), Secret::Browser(provider));
                }
            }
            Intent::SignInAsGuest { server, name } => {
                if let Some(base) = self.base_of(&server) {
                    self.add_account(base, String::new(), Secret::Invented(name.trim().to_owned()));
                }
            }
            Intent::AskServer { server } => self.ask_server(&server),
            Intent::CancelSignIn => self.cancel_sign_in(),
            Intent::ChooseAccount { account } => self.choose_account(account),
            Intent::SignOut { account } => {
                if let Some(account) = account.or(self.shown_account) {
                    self.sign_out(account);
                }
            }
            Intent::Join { room } => {
                if let Some(account) = self.shown_account {
                    self.join(account, room.trim());
                }
            }
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
                if self.may_share() && self.wishes.screen != wish {
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
                Some(Remedy::Join { account, room }) => self.join(account, &room),
                Some(Remedy::SignIn(account)) => self.sign_in_again(account),
                Some(Remedy::Devices) => self.try_again(true),
                Some(Remedy::None) | None => {}
            },
            Intent::ForgetRoom { room } => self.forget_room(&room),
            Intent::FindPeople { text } => self.with_people(|people, line| people.find(line, &text)),
            Intent::AddContact { user, name } => {
                self.with_people(|people, line| people.add(line, &user, &name))
            }
            Intent::RenameContact { user, name } => self.with_people(|people, _| people.rename(&user, &name)),
            Intent::RemoveContact { user } => self.with_people(|people, line| people.remove(line, &user)),
            Intent::AllowPresence { user, allowed } => {
                self.with_people(|people, line| people.allow(line, &user, allowed))
            }
            Intent::SetPresence { presence } => {
                self.with_people(|people, line| people.set_presence(line, presence))
            }
            Intent::Call { user, video } => self.call_user(user.trim(), video),
            Intent::Accept { video } => self.accept(video),
            Intent::Decline => self.in_call(|parts, line| parts.calls.decline(line)),
            Intent::HangUp => self.in_call(|parts, line| parts.calls.hang_up(line)),
            Intent::ForgetCall { call } => self.forget_call(call),
            Intent::Say { text } => self.say(&text),
            Intent::Typing { on } => {
                self.converse(|conversation, line| conversation.typing(line, on));
            }
            Intent::ReadConversation => {
                self.converse(|conversation, _| conversation.read());
            }
            Intent::FetchFile { file } => {
                self.converse(|conversation, line| conversation.fetch_file(line, &file));
            }
            Intent::CancelFile { file } => {
                self.converse(|conversation, line| conversation.cancel_file(line, &file));
            }
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

    pub(super) fn join(&mut self, account: u32, room: &str) {
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
        if self.is_engaged(room) {
            return;
        }
        self.end_meeting();
        let first_leg = self.next_leg;
        self.with(account, |parts, line| parts.meeting = Some(Meeting::join(room, first_leg, line)));
    }

    /// Whether there is somebody to share a screen with.
    fn may_share(&self) -> bool {
        let talks =
            |account| self.online(account).is_some_and(|online| online.parts.calls.peer_hyperty().is_some());
        self.meeting().is_some() || self.call().is_some_and(talks)
    }

    fn forget_room(&mut self, room: &str) {
        let Some((_, shown)) = self.shown() else { return };
        let (base, user) = (shown.base.clone(), shown.user.clone());
        if let Some(remembered) = self.remembered.known(&base, &user) {
            remembered.recent.retain(|known| known.room != room);
            self.remember();
        }
    }
}

fn failed(working: &Working) -> bool {
    matches!(working, Working::Refused(_) | Working::Lost(_))
}
