//! The user agent: routes intents, messages and facts to the account and the meeting, and tells what follows.

mod facts;
mod intents;
mod signing;
mod telling;

use std::collections::VecDeque;

use confab_conference::{Truth, Wishes, Working};
use confab_contract::{NextStep, ProblemCode, RecentRoom};
use confab_rethink::{SessionEvent, new_guid};
use confab_types::{Chance, DeviceId, Machine, Mono};

use crate::account::{Account, Online};
use crate::effect::{Input, Kept, Output, Remembered, Secret};
use crate::farewell::Farewells;
use crate::meeting::{Happened, Meeting};
use crate::problems::{Problems, Remedy};
use crate::show::Shown;
use confab_line::Line;

/// Most rooms remembered.
const RECENT_LIMIT: usize = 12;

/// The whole client.
pub struct UserAgent {
    now: Mono,
    /// Milliseconds since 1970 at `Mono::ZERO`.
    epoch_ms: u64,
    chance: Chance,
    remembered: Remembered,
    account: Option<Account>,
    meeting: Option<Meeting>,
    wishes: Wishes,
    truth: Truth,
    problems: Problems,
    next_leg: u32,
    shown: Shown,
    outputs: VecDeque<Output>,
}

impl UserAgent {
    /// A user agent that waits for [`Input::Start`].
    pub fn new(chance: Chance) -> UserAgent {
        UserAgent {
            now: Mono::ZERO,
            epoch_ms: 0,
            chance,
            remembered: Remembered::default(),
            account: None,
            meeting: None,
            wishes: Wishes::default(),
            truth: Truth::default(),
            problems: Problems::default(),
            next_leg: 1,
            shown: Shown::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Our key in the room, once admitted: for tests and bots.
    pub fn participant(&self) -> Option<&confab_types::ParticipantId> {
        self.meeting.as_ref().and_then(|meeting| meeting.me.as_ref())
    }

    fn start(&mut self, unix_ms: u64, remembered: Remembered, kept: Option<Kept>) {
        self.epoch_ms = unix_ms.saturating_sub(self.now.as_millis());
        self.remembered = remembered;
        self.remembered.recent.truncate(RECENT_LIMIT);
        self.wishes.camera_device = self.remembered.camera.clone().map(DeviceId::new);
        self.wishes.microphone_device = self.remembered.microphone.clone().map(DeviceId::new);
        self.wishes.speaker_device = self.remembered.speaker.clone().map(DeviceId::new);
        if self.remembered.installation.is_none() {
            self.remembered.installation = Some(new_guid(&mut self.chance).to_string());
            self.remember();
        }
        if let Some(kept) = kept {
            self.sign_in(kept.base, kept.user, Secret::Refresh(kept.refresh), true);
        }
    }

    fn remember(&mut self) {
        self.outputs.push_back(Output::Remember(self.remembered.clone()));
    }

    fn end_meeting(&mut self) {
        let Some(mut meeting) = self.meeting.take() else { return };
        self.next_leg = meeting.next_leg();
        self.with_farewells(|farewells, line| {
            if let Some((room, unsubscribe)) = meeting.leave(line) {
                farewells.say(line, room, unsubscribe);
            }
        });
        self.wishes.end_meeting();
        self.truth.end_meeting();
    }

    /// Calls with the live session, if somebody is signed in.
    fn with_line<T>(&mut self, call: impl FnOnce(&mut Line<'_>) -> T) -> Option<T> {
        let online = self.account.as_mut()?.online.as_mut()?;
        let unix_ms = self.epoch_ms + self.now.as_millis();
        let mut line = Line {
            sessions: &mut online.sessions,
            asks: &mut online.asks,
            chance: &mut self.chance,
            now: self.now,
            unix_ms,
            stamp: iso(unix_ms),
            user: &online.grant.user,
            domain: &online.grant.domain,
            runtime: &online.runtime,
            hyperty: &online.hyperty,
            identity: &online.identity,
        };
        Some(call(&mut line))
    }

    /// Calls with the goodbyes that are owed and the live session.
    fn with_farewells(&mut self, call: impl FnOnce(&mut Farewells, &mut Line<'_>)) {
        let Some(online) = self.online_mut() else { return };
        let mut farewells = std::mem::take(&mut online.farewells);
        self.with_line(|line| call(&mut farewells, line));
        if let Some(online) = self.online_mut() {
            online.farewells = farewells;
        }
    }

    /// Calls the meeting with the live session and acts on what happened.
    fn with_meeting(&mut self, call: impl FnOnce(&mut Meeting, &mut Line<'_>) -> Vec<Happened>) {
        let Some(mut meeting) = self.meeting.take() else { return };
        let happened = self.with_line(|line| call(&mut meeting, line)).unwrap_or_default();
        self.meeting = Some(meeting);
        for one in happened {
            self.happened(one);
        }
    }

    fn happened(&mut self, happened: Happened) {
        let room = self.meeting.as_ref().map(|meeting| meeting.name.clone()).unwrap_or_default();
        match happened {
            Happened::Joined => {
                let joined_at = self.epoch_ms + self.now.as_millis();
                self.remembered.recent.retain(|known| known.room != room);
                self.remembered.recent.insert(0, RecentRoom { room, joined_at });
                self.remembered.recent.truncate(RECENT_LIMIT);
                self.remember();
            }
            Happened::Ended(problem) => {
                self.end_meeting();
                if let Some((code, details, next)) = problem {
                    let remedy =
                        if next == NextStep::TryAgain { Remedy::Join(room.clone()) } else { Remedy::None };
                    self.problems.raise(code, &room, &details, next, remedy);
                }
            }
            Happened::Trouble(code, details, next) => {
                self.problems.raise(code, &room, &details, next, Remedy::Join(room.clone()))
            }
        }
    }

    fn transport_down(&mut self) {
        if let Some(online) = self.account.as_mut().and_then(|account| account.online.as_mut()) {
            online.sessions.home().transport_down(self.now);
            online.lost(self.now, &mut self.chance);
        }
    }

    fn session_event(&mut self, event: SessionEvent) {
        match event {
            SessionEvent::Live { .. } => {
                if let Some(online) = self.online_mut() {
                    online.live();
                }
                self.with_farewells(|farewells, line| farewells.say_again(line));
                self.with_meeting(|meeting, line| {
                    meeting.connected(line);
                    Vec::new()
                });
            }
            SessionEvent::Lost => {
                if let Some(meeting) = self.meeting.as_mut() {
                    meeting.disconnected();
                }
            }
            SessionEvent::Incoming(message) => {
                self.with_meeting(|meeting, line| meeting.incoming(line, &message))
            }
            SessionEvent::Reply { request, message, cause } => {
                if !self.online_mut().is_some_and(|online| online.farewells.replied(request, cause)) {
                    self.with_meeting(|meeting, line| meeting.replied(line, request, &message, cause));
                }
            }
            SessionEvent::Refused { .. } => self.refused(),
            SessionEvent::RouteRefused { .. }
            | SessionEvent::Registered { .. }
            | SessionEvent::RegistrationFailed { .. }
            | SessionEvent::Closed => {}
        }
    }

    /// The node does not take our token: sign in again after the usual wait, so that a node that refuses everything is not
    /// asked without pause.
    fn refused(&mut self) {
        let now = self.now;
        if let Some(online) = self.account.as_mut().and_then(|account| account.online.as_mut()) {
            online.sessions.home().transport_down(now);
            online.token_refused = true;
            online.lost(now, &mut self.chance);
            self.outputs.push_back(Output::Disconnect);
        }
    }

    /// Drains the session, makes the legs follow, and tells what changed.
    fn settle(&mut self) {
        while let Some(online) = self.account.as_mut().and_then(|account| account.online.as_mut()) {
            while let Some(message) = online.sessions.home().poll_transmit() {
                self.outputs.push_back(Output::Send(message));
            }
            if let Some(event) = online.sessions.home().poll_event() {
                self.session_event(event);
                continue;
            }
            let works = |working: &Working| !matches!(working, Working::Refused(_) | Working::Lost(_));
            let heard = self.wishes.microphone && works(&self.truth.microphone);
            let seen = self.wishes.camera && works(&self.truth.camera);
            let wishes = self.wishes.clone();
            self.with_meeting(|meeting, line| {
                meeting.follow(line, &wishes, heard, seen);
                Vec::new()
            });
            let online = self.account.as_mut().and_then(|account| account.online.as_mut());
            if let (Some(room), Some(online)) = (self.meeting.as_ref().and_then(Meeting::room), online) {
                online.farewells.forget(room);
            }
            // Following may have asked for something: go round until it has not.
            match self.online_mut().and_then(|online| online.sessions.home().poll_transmit()) {
                Some(message) => self.outputs.push_back(Output::Send(message)),
                None => break,
            }
        }
        self.tell();
    }

    fn online_mut(&mut self) -> Option<&mut Online> {
        self.account.as_mut().and_then(|account| account.online.as_mut())
    }

    fn online(&self) -> Option<&Online> {
        self.account.as_ref().and_then(|account| account.online.as_ref())
    }
}

impl Machine for UserAgent {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Mono, input: Input) {
        self.now = now;
        match input {
            Input::Start { unix_ms, remembered, kept } => self.start(unix_ms, remembered, kept),
            Input::Intent(intent) => self.intend(intent),
            Input::SignedIn(grant) => self.signed_in(grant),
            Input::SignInFailed(failure) => self.sign_in_failed(failure),
            Input::SecretKept(kept) => {
                if let Some(account) = self.account.as_mut() {
                    account.kept = kept;
                }
                if !kept {
                    let next = NextStep::Dismiss;
                    self.problems.raise(ProblemCode::NoSecretStore, "", "", next, Remedy::None);
                }
            }
            Input::TransportUp => {
                if let Some(online) = self.online_mut() {
                    online.sessions.home().transport_up(now);
                }
            }
            Input::Received(message) => {
                if let Some(online) = self.online_mut() {
                    online.sessions.home().receive(now, message);
                }
            }
            Input::TransportDown(_) => self.transport_down(),
            Input::Media(fact) => self.learn(fact),
        }
        self.settle();
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<Mono> {
        let account = self.account.as_ref().and_then(|account| account.deadline(self.now));
        [account, self.meeting.as_ref().and_then(Meeting::deadline)].into_iter().flatten().min()
    }

    fn wake(&mut self, now: Mono) {
        self.now = now;
        if self.account.as_ref().and_then(|account| account.retry_at).is_some_and(|at| at <= now) {
            self.sign_in_again();
        }
        if let Some(online) = self.online_mut() {
            online.sessions.home().wake(now);
            if online.retry_at.is_some_and(|at| at <= now) {
                online.retry_at = None;
                if online.token_is_fresh(now) {
                    let connect =
                        Output::Connect { flavour: online.grant.flavour, url: online.grant.node.clone() };
                    self.outputs.push_back(connect);
                } else {
                    self.sign_in_again();
                }
            }
        }
        self.with_meeting(|meeting, line| {
            meeting.wake(line);
            Vec::new()
        });
        self.settle();
    }
}

/// ISO 8601 in UTC, to the second.
fn iso(unix_ms: u64) -> String {
    let moment = i64::try_from(unix_ms / 1000)
        .ok()
        .and_then(|secs| time::OffsetDateTime::from_unix_timestamp(secs).ok());
    let format = &time::format_description::well_known::Rfc3339;
    moment.and_then(|moment| moment.format(format).ok()).unwrap_or_default()
}
