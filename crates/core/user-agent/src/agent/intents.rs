//! What the user wants, checked and passed on.

use confab_conference::Working;
use confab_contract::{DeviceKind, Intent, ProblemCode, Silenced};
use confab_conversation::Words;
use confab_types::{DeviceId, SourceId, StreamId};

use super::UserAgent;
use crate::effect::Secret;
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
            Intent::Leave => self.leave(),
            Intent::LeaveTo { participant } => {
                self.with_meeting(|meeting, line| meeting.leave_to(line, &participant));
            }
            Intent::EndForAll => self.end_for_all(),
            Intent::Stay => self.stay(),
            Intent::CreateRoom { name } => self.create_room(name),
            Intent::OpenLink { link } => self.open_link(&link),
            Intent::FollowLink { account, name } => self.follow_link(account, &name),
            Intent::DropLink => self.drop_link(),
            Intent::Invite { user, name } => self.invite(user.trim(), &name),
            Intent::InviteByMail { address, name, language } => {
                self.invite_by_mail(&address, &name, language.as_deref());
            }
            Intent::StayMuted => self.with_meeting(|meeting, _| {
                meeting.unmute_asked_by = None;
                Vec::new()
            }),
            Intent::AskLog => self.with_meeting(|meeting, line| meeting.ask_log(line)),
            Intent::ReactToLine { line: to, emoji } => {
                // What is no emoji, or for a line that is gone, needs no words.
                let _ = self.converse(|conversation, line| conversation.react(line, &to, &emoji));
            }
            Intent::SetLayout { layout } => self.wishes.layout = layout,
            Intent::PushToTalk { down } => self.push_to_talk(down),
            Intent::CheckDevices { on } => self.check_devices(on),
            Intent::TestSpeaker => self.test_speaker(),
            Intent::WatchShares { on } => self.wishes.watch_shares = on,
            Intent::SetMicrophone { on } => self.set_microphone(on),
            Intent::SetCamera { on } => {
                if !on || !self.is_silenced(Silenced::Camera) {
                    self.try_again(on && self.wishes.camera && failed(&self.truth.camera));
                    self.wishes.camera = on;
                }
            }
            Intent::ShareScreen { source } => {
                let wish = Some(source.map(SourceId::new));
                // What is shared already is not opened again, and nothing new is told about it.
                if self.may_share() && self.wishes.screen != wish {
                    // What is open stays open when stopping and sharing again fall into one plan.
                    if failed(&self.truth.screen) {
                        self.truth.screen = Working::Unknown;
                    }
                    self.problems.clear(ProblemCode::ShareEnded);
                    self.wishes.screen = wish;
                }
            }
            Intent::StopSharing => self.wishes.screen = None,
            Intent::Pin { stream } => self.wishes.pin = Some(StreamId(stream)),
            Intent::Unpin => self.wishes.pin = None,
            Intent::SetNoticeMuted { on } => self.set_notice_muted(on),
            Intent::ChooseDevice { kind, device } => self.choose(kind, device),
            Intent::Dismiss { problem } => drop(self.problems.take(problem)),
            Intent::Resolve { problem } => match self.problems.take(problem) {
                Some(Remedy::Join { account, address }) if self.online(account).is_some() => {
                    self.join_room(account, address);
                }
                Some(Remedy::SignIn(account)) => self.sign_in_again(account),
                Some(Remedy::Devices) => self.try_again(true),
                Some(Remedy::None | Remedy::Join { .. }) | None => {}
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
            Intent::Say { text, to, reply } => self.say(Words { text, to, reply }),
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
            Intent::CancelInvitation { ref invitation } => {
                self.with_meeting(|meeting, line| meeting.order(line, &intent).unwrap_or_default());
                if let Some((account, _)) = self.meeting() {
                    self.act(account, |parts, line| parts.calls.stop_asking(line, Some(invitation)));
                }
            }
            Intent::Silence { .. }
            | Intent::MuteAll
            | Intent::AskToOpen { .. }
            | Intent::Remove { .. }
            | Intent::Admit { .. }
            | Intent::Refuse { .. }
            | Intent::SetCoOrganiser { .. }
            | Intent::HandOver { .. }
            | Intent::SetLocked { .. }
            | Intent::SetLobby { .. }
            | Intent::SetGuests { .. }
            | Intent::SetInventedNames { .. }
            | Intent::RaiseHand { .. }
            | Intent::LowerHand { .. }
            | Intent::React { .. } => {
                self.with_meeting(|meeting, line| meeting.order(line, &intent).unwrap_or_default());
            }
        }
    }

    /// Opens or closes the own microphone. What an organiser has closed stays closed until one lifts it.
    fn set_microphone(&mut self, on: bool) {
        self.talk_key = false;
        if on && self.is_silenced(Silenced::Microphone) {
            return;
        }
        self.try_again(on && self.wishes.microphone && failed(&self.truth.microphone));
        self.wishes.microphone = on;
        if on {
            self.with_meeting(|meeting, _| {
                meeting.unmute_asked_by = None;
                Vec::new()
            });
        }
    }

    /// The microphone is open while the talk key is held down, and afterwards as before.
    fn push_to_talk(&mut self, down: bool) {
        if !down {
            return self.release_talk_key();
        }
        if !self.wishes.microphone && self.may_share() {
            self.set_microphone(true);
            self.talk_key = self.wishes.microphone;
        }
    }

    pub(super) fn release_talk_key(&mut self) {
        if std::mem::take(&mut self.talk_key) {
            self.wishes.microphone = false;
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

    fn set_notice_muted(&mut self, on: bool) {
        self.wishes.notice_muted = on;
        self.remembered.closes_when_muted = !on;
        self.remember();
    }

    /// Whether there is somebody to talk to and share a screen with.
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
