//! Calls, their conversation, and people: wishes down, what became of them up.

use std::path::Path;

use confab_call::{Media, Room};
use confab_conference::Working;
use confab_contract::{CallPhase, NextStep, PastCall, Presence, ProblemCode};
use confab_conversation::{Conversation, SayError, Words};
use confab_line::Line;
use confab_media_model::FileFact;
use confab_people::People;

use super::UserAgent;
use crate::meeting::address::RoomAddress;
use crate::memory::CALL_LIMIT;
use crate::parts::Parts;
use crate::problems::Remedy;

impl UserAgent {
    /// The account with a call, one that is over but still shown included.
    pub(super) fn call(&self) -> Option<u32> {
        let of = |wanted: fn(&Parts) -> bool| {
            let accounts = self.accounts.iter();
            let mut those = accounts.filter_map(|(id, account)| Some((*id, &account.online.as_ref()?.parts)));
            those.find(|(_, parts)| wanted(parts)).map(|(id, _)| id)
        };
        of(|parts| parts.calls.is_under_way()).or_else(|| of(|parts| parts.calls.phase() != CallPhase::Idle))
    }

    /// Whether a call or a meeting is under way anywhere.
    fn is_talking(&self) -> bool {
        let under_way = |parts: &Parts| parts.calls.is_under_way() || parts.meeting.is_some();
        self.accounts
            .values()
            .any(|account| account.online.as_ref().is_some_and(|online| under_way(&online.parts)))
    }

    /// A problem, when something else is under way. What nobody has heard of yet is nothing: it gives way.
    pub(super) fn is_engaged(&mut self, about: &str) -> bool {
        self.problems.clear(ProblemCode::AlreadyInCall);
        for account in self.accounts.keys().copied().collect::<Vec<_>>() {
            self.act(account, |parts, line| parts.calls.make_way(line));
        }
        let in_call = self.call().is_some_and(|account| {
            self.online(account).is_some_and(|online| online.parts.calls.is_under_way())
        });
        if in_call {
            self.problems.raise(ProblemCode::AlreadyInCall, about, "", NextStep::Dismiss, Remedy::None);
        }
        in_call
    }

    /// Rings somebody.
    pub(super) fn call_user(&mut self, typed: &str, video: bool) {
        self.problems.clear(ProblemCode::BadUser);
        let Some(account) = self.shown_account else { return };
        let about_to_ring = self.with(account, |parts, line| {
            let user = confab_people::user_url(typed, line.domain);
            user.is_some_and(|user| parts.calls.is_about_to_ring(&user))
        });
        // When both call at once, whoever was later is rung.
        if about_to_ring == Some(true) || self.is_engaged(typed) {
            return;
        }
        if self.is_talking() {
            let next = NextStep::Dismiss;
            return self.problems.raise(ProblemCode::AlreadyInCall, typed, "", next, Remedy::None);
        }
        let called = self.with(account, |parts, line| {
            let user = confab_people::user_url(typed, line.domain).filter(|user| user != line.user)?;
            let name = parts.people.person_view(&user, "").name;
            parts.calls.call(line, &user, &name, video).then_some(())
        });
        match called {
            Some(Some(())) => {
                self.show_camera(video);
                self.act(account, |parts, line| parts.settle(line));
            }
            Some(None) => {
                let next = NextStep::CheckInput;
                self.problems.raise(ProblemCode::BadUser, typed, "nobody's address", next, Remedy::None);
            }
            None => {}
        }
    }

    /// Takes the call that rings.
    pub(super) fn accept(&mut self, video: bool) {
        let Some(account) = self.call() else { return };
        let rings = |parts: &mut Parts| parts.calls.phase() == CallPhase::Incoming;
        if self.with(account, |parts, _| rings(parts)) == Some(true) {
            self.show_camera(video);
            self.in_call(|parts, line| parts.calls.accept(line, video));
        }
    }

    /// The camera is wished as the call is, and afterwards as before.
    fn show_camera(&mut self, video: bool) {
        self.camera_before.get_or_insert(self.wishes.camera);
        self.wishes.camera = video;
    }

    /// Calls the parts of the account with the call.
    pub(super) fn in_call(&mut self, call: impl FnOnce(&mut Parts, &mut Line<'_>)) {
        if let Some(account) = self.call() {
            self.act(account, |parts, line| {
                call(parts, line);
                parts.settle(line);
            });
        }
    }

    pub(super) fn called(&mut self, account: u32, happened: confab_call::Happened) {
        use confab_call::Happened;
        match happened {
            Happened::Missed(past) => self.note_call(past),
            Happened::Ended { past, details: _ } => {
                if let Some(camera) = self.camera_before.take() {
                    self.wishes.camera = camera;
                }
                self.wishes.end_meeting();
                self.truth.end_meeting();
                self.note_call(past);
            }
            Happened::Trouble { code, about, details, next } => {
                self.problems.raise(code, &about, &details, next, Remedy::None);
            }
            Happened::Join { room } => {
                self.camera_before = None;
                let Room { name, domain, .. } = room;
                self.join_room(account, RoomAddress { name, domain, code: None });
            }
            Happened::Asked { invitation, status } => self.asked(&invitation, status),
            Happened::Rings | Happened::Accepted | Happened::Active | Happened::Conversation(_) => {}
        }
    }

    fn note_call(&mut self, past: PastCall) {
        self.remembered.calls.insert(0, past);
        self.remembered.calls.truncate(CALL_LIMIT);
        self.remember();
    }

    /// Takes the end of a call off the screen; a missed one is seen, and one that is seen is forgotten.
    pub(super) fn forget_call(&mut self, call: u32) {
        let shown = self.call().and_then(|account| {
            self.with(account, |parts, _| {
                let before = parts.calls.phase();
                parts.calls.forget(call);
                before != parts.calls.phase()
            })
        });
        let calls = &mut self.remembered.calls;
        let Some(at) = calls.iter().position(|past| past.id == call) else { return };
        if shown == Some(true) || calls[at].unseen {
            calls[at].unseen = false;
        } else {
            calls.remove(at);
        }
        self.in_call(|_, _| {});
        self.remember();
    }

    /// Everything about a call that follows from wishes and facts.
    pub(super) fn follow_calls(&mut self, heard: bool, seen: bool) {
        let screen = self.wishes.screen.is_some() && self.truth.screen == Working::Yes;
        let media = Media { audio: heard, video: seen && !screen, screen };
        let talking = self.is_talking();
        let talks =
            |account| self.online(account).is_some_and(|online| online.parts.calls.peer_hyperty().is_some());
        let present = self.meeting().is_some() || self.call().is_some_and(talks);
        for account in self.accounts.keys().copied().collect::<Vec<_>>() {
            let of_own = self.online(account).is_some_and(|online| online.parts.calls.is_under_way());
            self.act(account, |parts, line| {
                parts.calls.set_busy(talking && !of_own);
                parts.calls.follow(line, media);
                parts.people.set_in_call(line, present);
                parts.settle(line);
            });
        }
    }

    pub(super) fn people_changed(&mut self, account: u32, happened: confab_people::Happened) {
        use confab_people::Happened;
        match happened {
            Happened::Remember => {
                let known = self.accounts.get(&account).filter(|known| !known.guest);
                let Some(known) = known else { return };
                let Some(online) = known.online.as_ref() else { return };
                let memory = online.parts.people.memory();
                self.remembered.account(&known.base, &known.user, &mut self.chance).people = memory;
                self.remember();
            }
            Happened::Asked(_) => {}
            Happened::Trouble(code, about) => {
                let next = match code {
                    ProblemCode::BadUser => NextStep::CheckInput,
                    _ => NextStep::Dismiss,
                };
                self.problems.raise(code, &about, "", next, Remedy::None);
            }
        }
    }

    /// Calls the contacts of the shown account.
    pub(super) fn with_people(&mut self, call: impl FnOnce(&mut People, &mut Line<'_>)) {
        if let Some(account) = self.shown_account {
            self.act(account, |parts, line| {
                call(&mut parts.people, line);
                parts.settle(line);
            });
        }
    }

    /// Whether the account is not to be disturbed.
    pub(super) fn is_silent(&self, account: u32) -> bool {
        self.online(account).is_some_and(|online| online.parts.people.own_presence() == Presence::Busy)
    }

    pub(super) fn conversed(&mut self, happened: confab_conversation::Happened) {
        if let confab_conversation::Happened::Trouble { code, about, details } = happened {
            self.problems.raise(code, &about, &details, NextStep::Dismiss, Remedy::None);
        }
    }

    /// What is said and sent in the room we are in, if it passes that on.
    pub(super) fn room_conversation(&self) -> Option<&Conversation> {
        let (_, meeting) = self.meeting()?;
        meeting.conversation.as_ref().filter(|_| meeting.since.is_some() && meeting.roster.rules.moderated)
    }

    /// Calls the conversation, if there is one: of the room we are in, or of the call.
    pub(super) fn converse<T>(
        &mut self,
        call: impl FnOnce(&mut Conversation, &mut Line<'_>) -> T,
    ) -> Option<T> {
        let mut result = None;
        if self.room_conversation().is_some() {
            self.with_meeting(|meeting, line| {
                result = meeting.conversation.as_mut().map(|conversation| call(conversation, line));
                Vec::new()
            });
            return result;
        }
        self.in_call(|parts, line| {
            result = parts.conversation.as_mut().map(|conversation| call(conversation, line));
        });
        result
    }

    pub(super) fn say(&mut self, words: Words) {
        self.problems.clear(ProblemCode::TextTooLong);
        let said = self.converse(|conversation, line| conversation.speak(line, words));
        let (code, error) = match said {
            Some(Err(error @ (SayError::TooLong(_) | SayError::TooMuch))) => {
                (ProblemCode::TextTooLong, error)
            }
            Some(Err(error @ SayError::Nobody)) => (ProblemCode::NotAllowed, error),
            _ => return,
        };
        self.problems.raise(code, "", &error.to_string(), NextStep::Dismiss, Remedy::None);
    }

    pub(super) fn offer_file(&mut self, path: &Path) {
        let offered = self.converse(|conversation, line| conversation.offer_file(line, path));
        if let Some(Err(error)) = offered {
            let about = path.file_name().unwrap_or_default().to_string_lossy();
            let next = NextStep::Dismiss;
            self.problems.raise(ProblemCode::FileFailed, &about, &error.to_string(), next, Remedy::None);
        }
    }

    pub(super) fn file(&mut self, fact: FileFact) {
        self.converse(|conversation, line| conversation.file_fact(line, fact));
    }
}
