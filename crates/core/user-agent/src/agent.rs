//! The user agent: routes intents, messages and facts to accounts and what they do, and tells what follows.

mod accounts;
mod calling;
mod facts;
mod intents;
mod sessions;
mod signing;
mod telling;

use std::collections::{BTreeMap, VecDeque};

use confab_conference::{Truth, Wishes, Working};
use confab_contract::{NextStep, RecentRoom, SignInView};
use confab_line::Line;
use confab_rethink::Domain;
use confab_types::{Chance, Machine, Mono};

use crate::account::{Account, Online};
use crate::effect::{Connection, Input, Output};
use crate::meeting::{self, Meeting};
use crate::memory::{RECENT_LIMIT, Remembered};
use crate::parts::{Happened, Parts};
use crate::problems::{Problems, Remedy};
use crate::show::Shown;

/// The whole client.
pub struct UserAgent {
    now: Mono,
    /// Milliseconds since 1970 at `Mono::ZERO`.
    epoch_ms: u64,
    chance: Chance,
    remembered: Remembered,
    accounts: BTreeMap<u32, Account>,
    /// The account on the screen.
    shown_account: Option<u32>,
    /// The account that was on the screen before the one that is being added.
    shown_before: Option<u32>,
    last_account: u32,
    connections: BTreeMap<Connection, (u32, Domain)>,
    last_connection: u64,
    /// How one may sign in at the server that was asked about.
    sign_in: SignInView,
    wishes: Wishes,
    truth: Truth,
    problems: Problems,
    next_leg: u32,
    /// Whether the camera was wished on before the call.
    camera_before: Option<bool>,
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
            accounts: BTreeMap::new(),
            shown_account: None,
            shown_before: None,
            last_account: 0,
            connections: BTreeMap::new(),
            last_connection: 0,
            sign_in: SignInView::default(),
            wishes: Wishes::default(),
            truth: Truth::default(),
            problems: Problems::default(),
            next_leg: 1,
            camera_before: None,
            shown: Shown::default(),
            outputs: VecDeque::new(),
        }
    }

    /// Our key in the room, once admitted: for tests and bots.
    pub fn participant(&self) -> Option<&confab_types::ParticipantId> {
        self.meeting().and_then(|(_, meeting)| meeting.me.as_ref())
    }

    fn unix_ms(&self) -> u64 {
        self.epoch_ms + self.now.as_millis()
    }

    fn remember(&mut self) {
        self.outputs.push_back(Output::Remember(self.remembered.clone()));
    }

    fn online(&self, account: u32) -> Option<&Online> {
        self.accounts.get(&account)?.online.as_ref()
    }

    fn online_mut(&mut self, account: u32) -> Option<&mut Online> {
        self.accounts.get_mut(&account)?.online.as_mut()
    }

    /// The meeting and whose it is.
    fn meeting(&self) -> Option<(u32, &Meeting)> {
        self.accounts.iter().find_map(|(id, account)| {
            let meeting = account.online.as_ref()?.parts.meeting.as_ref()?;
            Some((*id, meeting))
        })
    }

    /// Calls with the parts of an account and its sessions, once it is signed in.
    fn with<T>(&mut self, account: u32, call: impl FnOnce(&mut Parts, &mut Line<'_>) -> T) -> Option<T> {
        let (now, unix_ms) = (self.now, self.unix_ms());
        let online = self.accounts.get_mut(&account)?.online.as_mut()?;
        let (parts, mut line) = online.split(&mut self.chance, now, unix_ms);
        Some(call(parts, &mut line))
    }

    /// The same, and acts on what happened.
    fn act(&mut self, account: u32, call: impl FnOnce(&mut Parts, &mut Line<'_>)) {
        self.with(account, call);
        while let Some(happened) = self.online_mut(account).and_then(|online| online.parts.poll()) {
            self.happened(account, happened);
        }
    }

    /// Calls the meeting, wherever it is, and acts on what happened.
    fn with_meeting(&mut self, call: impl FnOnce(&mut Meeting, &mut Line<'_>) -> Vec<meeting::Happened>) {
        let Some((account, _)) = self.meeting() else { return };
        self.act(account, |parts, line| parts.with_meeting(line, call));
    }

    fn end_meeting(&mut self) {
        let Some((account, _)) = self.meeting() else { return };
        if let Some(next_leg) = self.with(account, |parts, line| parts.leave(line)).flatten() {
            self.next_leg = next_leg;
        }
        self.wishes.end_meeting();
        self.truth.end_meeting();
    }

    fn happened(&mut self, account: u32, happened: Happened) {
        match happened {
            Happened::Meeting(happened) => self.met(account, happened),
            Happened::Call(happened) => self.called(happened),
            Happened::People(happened) => self.people_changed(account, happened),
            Happened::Conversation(happened) => self.conversed(happened),
        }
    }

    fn met(&mut self, account: u32, happened: meeting::Happened) {
        let room = self.meeting().map(|(_, meeting)| meeting.name.clone()).unwrap_or_default();
        let again = || Remedy::Join { account, room: room.clone() };
        match happened {
            meeting::Happened::Joined => {
                let joined_at = self.unix_ms();
                let known = self.accounts.get(&account).filter(|known| !known.guest);
                let Some(known) = known else { return };
                let remembered = self.remembered.account(&known.base, &known.user, &mut self.chance);
                remembered.recent.retain(|known| known.room != room);
                remembered.recent.insert(0, RecentRoom { room, joined_at });
                remembered.recent.truncate(RECENT_LIMIT);
                self.remember();
            }
            meeting::Happened::Ended(problem) => {
                self.end_meeting();
                if let Some((code, details, next)) = problem {
                    let remedy = if next == NextStep::TryAgain { again() } else { Remedy::None };
                    self.problems.raise(code, &room, &details, next, remedy);
                }
            }
            meeting::Happened::Trouble(code, details, next) => {
                self.problems.raise(code, &room, &details, next, again());
            }
        }
    }

    /// Drains what is to be sent and what has happened, makes the legs follow, and tells what changed.
    fn settle(&mut self) {
        while self.drain() {}
        self.tell();
    }

    /// One round; false when there was nothing left to do.
    fn drain(&mut self) -> bool {
        let worked = self.drain_all();
        let works = |working: &Working| !matches!(working, Working::Refused(_) | Working::Lost(_));
        let heard = self.wishes.microphone && works(&self.truth.microphone);
        let seen = self.wishes.camera && works(&self.truth.camera);
        let wishes = self.wishes.clone();
        self.with_meeting(|meeting, line| {
            meeting.follow(line, &wishes, heard, seen);
            Vec::new()
        });
        self.follow_calls(heard, seen);
        self.note_room();
        // Following may have asked for something: there is another round until it has not.
        self.drain_all() || worked
    }

    /// The room we are in is not to hear a goodbye of before; it is remembered, so that it hears one if the program ends
    /// without.
    fn note_room(&mut self) {
        let mut changed = false;
        for account in self.accounts.values_mut() {
            let Some(online) = account.online.as_mut() else { continue };
            let room = online.parts.meeting.as_ref().and_then(Meeting::room).cloned();
            if let Some(room) = &room {
                online.parts.farewells.forget(room);
            }
            let Some(remembered) = self.remembered.known(&account.base, &account.user) else { continue };
            if remembered.room.as_deref() != room.as_ref().map(|room| room.as_str()) {
                remembered.room = room.map(String::from);
                changed = true;
            }
        }
        if changed {
            self.remember();
        }
    }

    fn drain_all(&mut self) -> bool {
        let accounts: Vec<u32> = self.accounts.keys().copied().collect();
        let mut worked = false;
        for account in accounts {
            worked |= self.drain_sessions(account);
        }
        worked
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
            Input::ServerTold { base, told } => self.server_told(&base, told),
            Input::SignedIn { account, grant } => self.signed_in(account, grant),
            Input::SignInFailed { account, failure } => self.sign_in_failed(account, failure),
            Input::SecretKept { account, kept } => self.secret_kept(account, kept),
            Input::Discovered { account, domain, node } => self.discovered(account, &domain, node),
            Input::Proof(connection, proof) => self.prove(connection, proof),
            Input::TransportUp(connection) => self.transport_up(connection),
            Input::Received(connection, message) => self.received(connection, message),
            Input::TransportDown(connection, _) => self.transport_down(connection),
            Input::Told { account, told } => self.act(account, |parts, line| parts.told(line, &told)),
            Input::File(fact) => self.file(fact),
            Input::OfferFile(path) => self.offer_file(&path),
            Input::Media(fact) => self.learn(fact),
            Input::Close => self.close(),
        }
        self.settle();
    }

    fn poll(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn deadline(&self) -> Option<Mono> {
        self.accounts.values().filter_map(|account| account.deadline(self.now)).min()
    }

    fn wake(&mut self, now: Mono) {
        self.now = now;
        for account in self.accounts.keys().copied().collect::<Vec<_>>() {
            self.wake_account(account);
            self.act(account, |parts, line| parts.wake(line));
        }
        self.settle();
    }
}
