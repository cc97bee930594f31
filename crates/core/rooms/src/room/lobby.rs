//! Who waits to be let in.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_rethink::reporter::SubscribeRequest;
use confab_rethink::{Address, Url};
use confab_types::Mono;
use serde_json::{Value, json};

use crate::newcomer::Newcomer;

/// How often who waits is told to go on waiting; their clients have patience for twice as long.
const REMIND: Duration = Duration::from_secs(90);

/// Somebody who waits, and the request that is answered in the end.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) newcomer: Newcomer,
    pub(crate) asked: SubscribeRequest,
    /// ISO 8601.
    since: String,
    remind: Mono,
}

/// Those who wait, by the number in their key `w<number>`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lobby {
    waiting: BTreeMap<u32, Waiting>,
    given: u32,
}

impl Lobby {
    /// The most who wait at once.
    const MOST: usize = 100;

    /// The most hyperties of one user who wait.
    const MOST_OF_USER: usize = 4;

    /// Whether there is a place for one more hyperty of a user.
    pub(crate) fn is_full(&self, user: &Url) -> bool {
        let own = self.waiting.values().filter(|waiting| waiting.newcomer.user == *user).count();
        self.waiting.len() >= Lobby::MOST || own >= Lobby::MOST_OF_USER
    }

    /// Somebody begins to wait; or waits already, and has asked again.
    pub(crate) fn add(&mut self, newcomer: Newcomer, asked: SubscribeRequest, since: String, now: Mono) {
        let remind = now + REMIND;
        match self.waiting.values_mut().find(|waiting| waiting.newcomer.hyperty == newcomer.hyperty) {
            Some(known) => *known = Waiting { newcomer, asked, remind, since: known.since.clone() },
            None => {
                self.given += 1;
                self.waiting.insert(self.given, Waiting { newcomer, asked, since, remind });
            }
        }
    }

    /// Takes somebody out by their key.
    pub(crate) fn take(&mut self, key: &str) -> Option<Waiting> {
        self.waiting.remove(&number(key)?)
    }

    /// Who waits under this key.
    pub(crate) fn get(&self, key: &str) -> Option<&Waiting> {
        self.waiting.get(&number(key)?)
    }

    /// Takes a hyperty out.
    pub(crate) fn take_hyperty(&mut self, hyperty: &Url) -> Option<Waiting> {
        let waits = |waiting: &Waiting| waiting.newcomer.hyperty == *hyperty;
        let number = self.waiting.iter().find(|(_, waiting)| waits(waiting)).map(|(&number, _)| number)?;
        self.waiting.remove(&number)
    }

    pub(crate) fn has(&self, hyperty: &Url) -> bool {
        self.waiting.values().any(|waiting| waiting.newcomer.hyperty == *hyperty)
    }

    /// Whether this hyperty waits, and a sender is it: by the address it has asked from, and the user whom the node asserts.
    pub(crate) fn is_of(&self, hyperty: &Url, from: &Address, user: Option<&Url>) -> bool {
        let same = |waiting: &Waiting| {
            waiting.newcomer.hyperty == *hyperty
                && (waiting.asked.request.from == *from || from.as_str() == hyperty.as_str())
                && user == Some(&waiting.newcomer.user)
        };
        self.waiting.values().any(same)
    }

    /// The keys of those for whom `fits` holds, in the order of coming.
    pub(crate) fn keys(&self, fits: impl Fn(&Newcomer) -> bool) -> Vec<String> {
        let fitting = self.waiting.iter().filter(|(_, waiting)| fits(&waiting.newcomer));
        fitting.map(|(number, _)| format!("w{number}")).collect()
    }

    /// When [`Lobby::due`] has somebody.
    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.waiting.values().map(|waiting| waiting.remind).min()
    }

    /// Whom to tell now that they still wait.
    pub(crate) fn due(&mut self, now: Mono) -> Vec<SubscribeRequest> {
        let due = self.waiting.values_mut().filter(|waiting| waiting.remind <= now);
        let told = due.map(|waiting| {
            waiting.remind = now + REMIND;
            waiting.asked.clone()
        });
        told.collect()
    }

    /// As organisers are told.
    pub(crate) fn to_value(&self) -> Value {
        let entry = |(number, waiting): (&u32, &Waiting)| {
            let newcomer = &waiting.newcomer;
            let entry = json!({
                "name": newcomer.name,
                "user": newcomer.who(),
                "guest": newcomer.identity.guest,
                "since": waiting.since,
            });
            (format!("w{number}"), entry)
        };
        Value::Object(self.waiting.iter().map(entry).collect())
    }
}

/// The number in a key `w<number>`.
fn number(key: &str) -> Option<u32> {
    key.strip_prefix('w')?.parse().ok()
}
