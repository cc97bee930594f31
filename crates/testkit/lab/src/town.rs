//! Two domains, and people who call, write and watch each other. What they do is done in the lab and in the model.

use std::time::Duration;

use confab_contract::{CallEnd, CallPhase, Intent, LineBody, OwnPresence, Presence};

use crate::acquaintances::{Acquaintances, Resident};
use crate::agreement;
use crate::house::Rules;
use crate::lab::Lab;
use crate::network::Weather;
use crate::script::NAMES;

/// The domains: people sit down in turn.
pub const DOMAINS: [&str; 2] = ["a.test", "b.test"];
/// How often something that is waited for is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// The longest time after which everybody must see what they may: longer than the slowest of all repetitions, the look-up of people
/// who were not found.
const PATIENCE: Duration = Duration::from_secs(1_500);
/// After this no call may be half made any more.
const CALLS_END: Duration = Duration::from_secs(75);

/// A lab and the model of it.
pub struct Town {
    /// The system.
    pub lab: Lab,
    /// What everybody may see.
    pub model: Acquaintances,
}

impl Town {
    /// So many people, the first of `a.test`, the second of `b.test` and so on, are signed in.
    pub fn new(seed: u64, people: usize) -> Town {
        let mut lab = Lab::of_domains(seed, &DOMAINS, Rules::default());
        let mut model = Acquaintances::default();
        for (at, name) in NAMES[..people].iter().enumerate() {
            lab.add_to(at % DOMAINS.len(), name);
            model.people.push(Resident { runs: true, ..Resident::default() });
        }
        let mut town = Town { lab, model };
        town.run(2_000);
        town
    }

    /// Everybody has everybody on the list and may see them.
    pub fn of_friends(seed: u64, people: usize) -> Town {
        let mut town = Town::new(seed, people);
        for seat in 0..people {
            for other in (0..people).filter(|other| *other != seat) {
                town.allow(seat, other, true);
            }
        }
        town.run(5_000);
        town
    }

    /// Lets milliseconds pass.
    pub fn run(&mut self, millis: u64) {
        self.lab.run(Duration::from_millis(millis));
    }

    /// Lets time pass until something is so: after how long, or `None` when that does not come within so many milliseconds.
    pub fn until(&mut self, millis: u64, is_so: impl Fn(&Town) -> bool) -> Option<Duration> {
        let begin = self.lab.now;
        while !is_so(self) {
            if self.lab.now.since(begin) >= Duration::from_millis(millis) {
                return None;
            }
            self.lab.run(LOOK);
        }
        Some(self.lab.now.since(begin))
    }

    /// Whether somebody can do anything.
    pub fn can(&self, seat: usize) -> bool {
        self.model.people[seat].runs && self.lab.seats[seat].is_signed_in()
    }

    /// Somebody puts another one on the list.
    pub fn add(&mut self, seat: usize, other: usize) {
        if self.can(seat) && seat != other {
            let (user, name) = (self.lab.user(other).to_string(), String::new());
            self.lab.wish(seat, Intent::AddContact { user, name });
            self.model.add(seat, other);
        }
    }

    /// Somebody takes another one off the list.
    pub fn remove(&mut self, seat: usize, other: usize) {
        if self.can(seat) && seat != other {
            let user = self.lab.user(other).to_string();
            self.lab.wish(seat, Intent::RemoveContact { user });
            self.model.remove(seat, other);
        }
    }

    /// Somebody lets another one see them, or no longer.
    pub fn allow(&mut self, seat: usize, other: usize, allowed: bool) {
        if self.can(seat) && seat != other {
            let user = self.lab.user(other).to_string();
            self.lab.wish(seat, Intent::AllowPresence { user, allowed });
            self.model.allow(seat, other, allowed);
        }
    }

    /// Somebody says how they are.
    pub fn set_presence(&mut self, seat: usize, presence: OwnPresence) {
        if self.can(seat) {
            self.lab.wish(seat, Intent::SetPresence { presence });
            self.model.people[seat].own = presence;
        }
    }

    /// Somebody rings another one.
    pub fn call(&mut self, seat: usize, other: usize, video: bool) {
        let user = self.lab.user(other).last_segment().to_owned();
        self.lab.wish(seat, Intent::Call { user, video });
    }

    /// Somebody takes the call that rings.
    pub fn accept(&mut self, seat: usize) {
        self.lab.wish(seat, Intent::Accept { video: true });
    }

    /// Somebody says something.
    pub fn say(&mut self, seat: usize, text: &str) {
        self.lab.wish(seat, Intent::Say { text: text.to_owned(), to: None, reply: None });
    }

    /// Somebody hangs up.
    pub fn hang_up(&mut self, seat: usize) {
        self.lab.wish(seat, Intent::HangUp);
    }

    /// The program at a seat is gone without a word.
    pub fn kill(&mut self, seat: usize, node_notices: u64) {
        if self.model.people[seat].runs {
            self.lab.kill(seat, Duration::from_millis(node_notices));
            self.model.people[seat].runs = false;
        }
    }

    /// The program at a seat starts again.
    pub fn revive(&mut self, seat: usize) {
        if !self.model.people[seat].runs {
            self.lab.revive(seat);
            self.model.people[seat].runs = true;
        }
    }

    /// How far somebody's call is.
    pub fn phase(&self, seat: usize) -> CallPhase {
        self.lab.seats[seat].call.phase
    }

    /// Why somebody's call has ended, as shown.
    pub fn end(&self, seat: usize) -> Option<CallEnd> {
        self.lab.seats[seat].call.ended
    }

    /// Whether two people hear each other.
    pub fn talk(&self, seat: usize, other: usize) -> bool {
        agreement::talks_to(&self.lab, seat) == Some(other)
    }

    /// What somebody reads.
    pub fn lines(&self, seat: usize) -> Vec<&str> {
        let lines = self.lab.seats[seat].conversation.lines.iter();
        lines
            .filter_map(
                |line| if let LineBody::Text { text } = &line.body { Some(text.as_str()) } else { None },
            )
            .collect()
    }

    /// What somebody sees of another one.
    pub fn sees(&self, seat: usize, other: usize) -> Option<Presence> {
        self.lab.seats[seat].contact(self.lab.user(other).as_str()).map(|contact| contact.presence)
    }

    /// One rings, the other takes it, and they talk.
    ///
    /// # Panics
    /// When they do not.
    pub fn begin_call(&mut self, seat: usize, other: usize) {
        let failed = self.connect(seat, other);
        assert!(failed.is_empty(), "{failed:#?}");
    }

    /// One rings, the other takes it, and they talk; what does not happen.
    pub fn connect(&mut self, seat: usize, other: usize) -> Vec<String> {
        let names = format!("{} calls {}", self.lab.seats[seat].name, self.lab.seats[other].name);
        let rings =
            |town: &Town| town.phase(seat) == CallPhase::Ringing && town.phase(other) == CallPhase::Incoming;
        self.call(seat, other, true);
        if self.until(15_000, rings).is_none() {
            return vec![format!("{names}: does not ring: {:?}", self.calls_of([seat, other]))];
        }
        self.accept(other);
        if self.until(10_000, |town| town.talk(seat, other)).is_none() {
            return vec![format!("{names}: they do not talk: {:?}", self.calls_of([seat, other]))];
        }
        Vec::new()
    }

    fn calls_of(&self, seats: [usize; 2]) -> [(CallPhase, Option<CallEnd>); 2] {
        seats.map(|seat| (self.phase(seat), self.end(seat)))
    }

    /// The network is kind again and everything comes to rest; what differs from the model then.
    pub fn settle(&mut self) -> Vec<String> {
        self.lab.set_weather(Weather::default());
        let begin = self.lab.now;
        self.lab.run(CALLS_END);
        let found = agreement::unfinished(&self.lab, &self.model);
        if !found.is_empty() {
            return found;
        }
        loop {
            let found = agreement::differences(&self.lab, &self.model);
            if found.is_empty() || self.lab.now.since(begin) > PATIENCE {
                return found;
            }
            self.run(20_000);
        }
    }

    /// Two people can call each other and write now; what does not work.
    pub fn probe(&mut self, seat: usize, other: usize) -> Vec<String> {
        (0..self.lab.seats.len()).for_each(|seat| self.hang_up(seat));
        self.run(12_000);
        let failed = self.connect(seat, other);
        if !failed.is_empty() {
            return failed;
        }
        self.until(5_000, |town| [seat, other].iter().all(|&at| town.lab.seats[at].conversation.open));
        self.say(seat, "one");
        self.say(other, "two");
        self.run(3_000);
        let mut found = agreement::differences(&self.lab, &self.model);
        for at in [seat, other] {
            let mut lines = self.lines(at);
            lines.sort_unstable();
            if lines != ["one", "two"] {
                found.push(format!("{} reads {lines:?}", self.lab.seats[at].name));
            }
        }
        self.hang_up(other);
        self.run(12_000);
        found.extend(agreement::differences(&self.lab, &self.model));
        found
    }

    /// Panics unless everything comes to rest as the model says.
    pub fn agree(&mut self) {
        let found = self.settle();
        assert!(found.is_empty(), "{found:#?}");
    }
}
