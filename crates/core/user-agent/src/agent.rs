//! The user agent: routes intents, messages and facts to accounts and what they do, and tells what follows.

mod accounts;
mod arriving;
mod calling;
mod checking;
mod facts;
mod intents;
mod meeting;
mod sessions;
mod signing;
mod telling;

use std::collections::{BTreeMap, VecDeque};

use confab_conference::{Truth, Wishes, Working};
use confab_contract::SignInView;
use confab_line::Line;
use confab_rethink::Domain;
use confab_types::{Chance, Machine, Mono};

use crate::account::{Account, Online};
use crate::effect::{Connection, Input, Output};
use crate::link::MeetingLink;
use crate::meeting::Meeting;
use crate::memory::Remembered;
use crate::parts::{Happened, Parts};
use crate::problems::Problems;
use crate::show::Shown;
use arriving::Awaited;
use meeting::Next;

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
    /// Whether the microphone is open only because the talk key is held down.
    talk_key: bool,
    /// Whether devices are looked at before joining.
    checking: bool,
    /// Until when the speaker plays its test.
    sound_until: Option<Mono>,
    /// What is wanted once it was said what becomes of the meeting that we organise.
    next_room: Option<Next>,
    /// The link that was opened and not yet followed.
    arrival: Option<MeetingLink>,
    /// The room that an account is being signed in for.
    awaited: Option<Awaited>,
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
            talk_key: false,
            checking: false,
            sound_until: None,
            next_room: None,
            arrival: None,
            awaited: None,
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

    fn happened(&mut self, account: u32, happened: Happened) {
        match happened {
            Happened::Meeting(happened) => self.met(account, happened),
            Happened::Call(happened) => self.called(account, happened),
            Happened::People(happened) => self.people_changed(account, happened),
            Happened::Conversation(happened) => self.conversed(happened),
            Happened::Made(made) => self.made(account, made),
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
        let accounts = self.accounts.values().filter_map(|account| account.deadline(self.now));
        accounts.chain(self.sound_until).min()
    }

    fn wake(&mut self, now: Mono) {
        self.now = now;
        self.wake_check();
        for account in self.accounts.keys().copied().collect::<Vec<_>>() {
            self.wake_account(account);
            self.act(account, |parts, line| parts.wake(line));
        }
        self.settle();
    }
}
