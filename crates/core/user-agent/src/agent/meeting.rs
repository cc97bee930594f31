//! The meeting: joining, what the user wants of it, what became of it.

use confab_call::Room;
use confab_contract::{InvitationStatus, NextStep, ProblemCode, RecentRoom, Silenced};
use confab_line::Line;

use super::UserAgent;
use crate::meeting::address::RoomAddress;
use crate::meeting::{Happened, Meeting};
use crate::memory::RECENT_LIMIT;
use crate::problems::Remedy;
use crate::room_maker::Made;

/// The longest address of a mail (RFC 5321, 4.5.3.1).
const MAIL_LIMIT: usize = 254;

/// What waits until it is said what becomes of the meeting that we organise; by an account.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// A room to join.
    Join(u32, RoomAddress),
    /// A room to make, perhaps of this name.
    Make(u32, Option<String>),
}

impl UserAgent {
    /// The meeting and whose it is.
    pub(super) fn meeting(&self) -> Option<(u32, &Meeting)> {
        self.accounts.iter().find_map(|(id, account)| {
            let meeting = account.online.as_ref()?.parts.meeting.as_ref()?;
            Some((*id, meeting))
        })
    }

    /// Calls the meeting, wherever it is, and acts on what happened.
    pub(super) fn with_meeting(&mut self, call: impl FnOnce(&mut Meeting, &mut Line<'_>) -> Vec<Happened>) {
        let Some((account, _)) = self.meeting() else { return };
        self.act(account, |parts, line| {
            parts.with_meeting(line, call);
            parts.settle(line);
        });
    }

    /// Joins what was typed.
    pub(super) fn join(&mut self, account: u32, typed: &str) {
        if typed.contains("://") {
            return self.join_link(account, typed);
        }
        let Some(home) = self.online(account).map(|online| online.grant.domain.clone()) else { return };
        self.problems.clear(ProblemCode::BadRoomName);
        match RoomAddress::parse(typed, &home) {
            Ok(address) => self.join_room(account, address),
            Err(error) => {
                let next = NextStep::CheckInput;
                self.problems.raise(ProblemCode::BadRoomName, typed, &error.to_string(), next, Remedy::None);
            }
        }
    }

    /// Joins a room, and leaves the one that we are in.
    pub(super) fn join_room(&mut self, account: u32, address: RoomAddress) {
        for code in [
            ProblemCode::NoSuchRoom,
            ProblemCode::RoomRefused,
            ProblemCode::RoomSilent,
            ProblemCode::RoomFull,
            ProblemCode::RoomClosed,
            ProblemCode::RoomLocked,
            ProblemCode::Removed,
            ProblemCode::NotAdmitted,
            ProblemCode::NoGuests,
            ProblemCode::OrganiserGone,
            ProblemCode::DomainUnreachable,
        ] {
            self.problems.clear(code);
        }
        if self.is_engaged(&address.name) {
            return;
        }
        if self.asks_to_leave() {
            self.next_room = Some(Next::Join(account, address));
            return;
        }
        self.end_meeting();
        self.checking = false;
        let first_leg = self.next_leg;
        self.with(account, |parts, line| parts.meeting = Some(Meeting::join(address, first_leg, line)));
    }

    /// Asks what shall become of the meeting when it would end for others without us. True when it does.
    fn asks_to_leave(&mut self) -> bool {
        let asks = self.meeting().is_some_and(|(_, meeting)| meeting.would_end());
        if asks {
            self.with_meeting(|meeting, _| {
                meeting.asks_to_leave = true;
                Vec::new()
            });
        }
        asks
    }

    /// Leaves, or gives up joining, or asks first.
    pub(super) fn leave(&mut self) {
        self.next_room = None;
        if !self.asks_to_leave() {
            self.end_meeting();
        }
    }

    /// Ends the meeting for everybody.
    pub(super) fn end_for_all(&mut self) {
        let mut told = false;
        self.with_meeting(|meeting, line| {
            told = meeting.end_for_all(line);
            Vec::new()
        });
        if !told {
            // Without a word of ours it ends when the room misses us.
            self.end_meeting();
            self.go_on();
        }
    }

    /// The user stays after all.
    pub(super) fn stay(&mut self) {
        self.next_room = None;
        self.with_meeting(|meeting, _| {
            meeting.stay();
            Vec::new()
        });
    }

    /// Joins or makes the room that waited until it was said what becomes of the one before.
    fn go_on(&mut self) {
        match self.next_room.take() {
            Some(Next::Join(account, address)) => self.join_room(account, address),
            Some(Next::Make(account, name)) => self.make_room(account, name),
            None => {}
        }
    }

    pub(super) fn end_meeting(&mut self) {
        let Some((account, _)) = self.meeting() else { return };
        if let Some(next_leg) = self.with(account, |parts, line| parts.leave(line)).flatten() {
            self.next_leg = next_leg;
        }
        self.release_talk_key();
        self.wishes.end_meeting();
        self.truth.end_meeting();
    }

    pub(super) fn met(&mut self, account: u32, happened: Happened) {
        let room = self.meeting().map(|(_, meeting)| meeting.name.clone()).unwrap_or_default();
        let address = self.meeting().map(|(_, meeting)| meeting.address().clone());
        let again = || address.map_or(Remedy::None, |address| Remedy::Join { account, address });
        match happened {
            Happened::Joined => self.note_joined(account, room),
            Happened::Ended(problem) => {
                self.next_room = None;
                self.end_meeting();
                if let Some((code, details, next)) = problem {
                    let remedy = if next == NextStep::TryAgain { again() } else { Remedy::None };
                    self.problems.raise(code, &room, &details, next, remedy);
                }
            }
            Happened::Trouble(code, details, next) => {
                self.problems.raise(code, &room, &details, next, again());
            }
            Happened::Notice { code, about, details } => {
                self.problems.raise(code, &about, &details, NextStep::Dismiss, Remedy::None);
            }
            Happened::Silenced { what, by } => self.silenced(what, &by),
            Happened::Waits => {
                self.release_talk_key();
                self.wishes.end_meeting();
                self.truth.end_meeting();
            }
            Happened::MayLeave => {
                self.end_meeting();
                self.go_on();
            }
            Happened::Ring { invitation, user, name } => self.ring(account, &invitation, &user, &name),
            Happened::Said(happened) => self.conversed(happened),
        }
    }

    fn note_joined(&mut self, account: u32, room: String) {
        let joined_at = self.unix_ms();
        let known = self.accounts.get(&account).filter(|known| !known.guest);
        let Some(known) = known else { return };
        let remembered = self.remembered.account(&known.base, &known.user, &mut self.chance);
        remembered.recent.retain(|known| known.room != room);
        remembered.recent.insert(0, RecentRoom { room, joined_at });
        remembered.recent.truncate(RECENT_LIMIT);
        self.remember();
    }

    /// An organiser has closed something of ours: it is so at once, and stays so until we open it again.
    fn silenced(&mut self, what: Silenced, by: &str) {
        let word = match what {
            Silenced::Microphone => {
                self.talk_key = false;
                self.wishes.microphone = false;
                "audio"
            }
            Silenced::Camera => {
                self.wishes.camera = false;
                "video"
            }
            Silenced::Share => {
                self.wishes.screen = None;
                "screen"
            }
        };
        self.problems.raise(ProblemCode::SilencedByOrganiser, by, word, NextStep::Dismiss, Remedy::None);
    }

    /// Whether what we want to open is closed by an organiser; said so then.
    pub(super) fn is_silenced(&mut self, what: Silenced) -> bool {
        let ruled = self.meeting().and_then(|(_, meeting)| {
            let own = meeting.roster.get(meeting.me.as_ref()?)?;
            let ruled = match what {
                Silenced::Microphone => own.muted_by_organiser && meeting.unmute_asked_by.is_none(),
                Silenced::Camera => own.camera_stopped,
                Silenced::Share => false,
            };
            let organiser = meeting.roster.rules.organiser.as_ref();
            ruled.then(|| organiser.map(|one| meeting.name_of(one.as_str())).unwrap_or_default())
        });
        if let Some(by) = &ruled {
            self.silenced(what, by);
        }
        ruled.is_some()
    }

    /// Asks somebody with an account to come.
    pub(super) fn invite(&mut self, typed: &str, name: &str) {
        self.problems.clear(ProblemCode::BadUser);
        self.problems.clear(ProblemCode::InvitationFailed);
        let Some((account, _)) = self.meeting() else { return };
        let found = self.with(account, |parts, line| {
            let user = confab_people::user_url(typed, line.domain).filter(|user| user != line.user)?;
            let name = if name.trim().is_empty() {
                parts.people.person_view(&user, "").name
            } else {
                name.to_owned()
            };
            Some((user, name))
        });
        match found.flatten() {
            Some((user, name)) => self.with_meeting(|meeting, line| meeting.invite(line, &user, &name)),
            None => self.bad_user(typed),
        }
    }

    /// Asks somebody by mail, in a language.
    pub(super) fn invite_by_mail(&mut self, address: &str, name: &str, language: Option<&str>) {
        self.problems.clear(ProblemCode::BadUser);
        self.problems.clear(ProblemCode::InvitationFailed);
        let address = address.trim();
        let is_mail = address.len() <= MAIL_LIMIT
            && address.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty())
            && !address.chars().any(|c| c.is_whitespace() || c.is_control());
        if !is_mail {
            return self.bad_user(address);
        }
        self.with_meeting(|meeting, line| meeting.invite_by_mail(line, address, name.trim(), language));
    }

    fn bad_user(&mut self, typed: &str) {
        let (next, details) = (NextStep::CheckInput, "nobody's address");
        self.problems.raise(ProblemCode::BadUser, typed, details, next, Remedy::None);
    }

    /// The room has taken an invitation: it rings.
    fn ring(&mut self, account: u32, invitation: &str, user: &confab_rethink::Url, name: &str) {
        let Some((_, meeting)) = self.meeting() else { return };
        let Some(url) = meeting.room().cloned() else { return };
        let address = meeting.address().clone();
        let room = Room { url, name: address.name, domain: address.domain };
        let rings = self.with(account, |parts, line| parts.calls.ask(line, invitation, user, name, &room));
        if rings != Some(true) {
            self.asked(invitation, InvitationStatus::Unreachable);
        }
    }

    /// How it went with somebody who was rung.
    pub(super) fn asked(&mut self, invitation: &str, status: InvitationStatus) {
        let word = match status {
            InvitationStatus::Accepted => "accepted",
            InvitationStatus::Declined => "declined",
            InvitationStatus::Busy => "busy",
            InvitationStatus::NoAnswer => "no-answer",
            InvitationStatus::Unreachable => "unreachable",
            InvitationStatus::Ringing | InvitationStatus::Mailed => return,
        };
        self.with_meeting(|meeting, line| {
            meeting.report(line, invitation, word);
            Vec::new()
        });
    }

    /// Makes a room of our own, to join it then.
    pub(super) fn create_room(&mut self, name: Option<String>) {
        for code in [ProblemCode::BadRoomName, ProblemCode::RoomSilent, ProblemCode::NotAllowed] {
            self.problems.clear(code);
        }
        let Some(account) = self.shown_account else { return };
        let name = name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        let about = name.clone().unwrap_or_default();
        let home = self.online(account).map(|online| online.grant.domain.clone());
        let bad = name
            .as_ref()
            .zip(home)
            .is_some_and(|(name, home)| name.contains('@') || RoomAddress::parse(name, &home).is_err());
        if bad {
            let (next, details) = (NextStep::CheckInput, "1 to 64 letters, digits, '-', '_' or '.'");
            return self.problems.raise(ProblemCode::BadRoomName, &about, details, next, Remedy::None);
        }
        if self.is_engaged(&about) {
            return;
        }
        if self.asks_to_leave() {
            self.next_room = Some(Next::Make(account, name));
            return;
        }
        self.make_room(account, name);
    }

    fn make_room(&mut self, account: u32, name: Option<String>) {
        let about = name.clone().unwrap_or_default();
        if self.with(account, |parts, line| parts.maker.make(line, name)) == Some(false) {
            let (next, details) = (NextStep::TryAgain, "there is no connection");
            self.problems.raise(ProblemCode::RoomSilent, &about, details, next, Remedy::None);
        }
    }

    pub(super) fn made(&mut self, account: u32, made: Made) {
        match made {
            Made::Room(name) => self.join(account, &name),
            Made::Not(code, details) => {
                let next =
                    if code == ProblemCode::BadRoomName { NextStep::CheckInput } else { NextStep::Dismiss };
                self.problems.raise(code, "", &details, next, Remedy::None);
            }
        }
    }
}
