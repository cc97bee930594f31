//! The machine: what comes in and where it goes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use confab_contract::{PeopleView, PersonView, Presence, ProblemCode};
use confab_line::{Line, Reach};
use confab_rethink::session::Cause;
use confab_rethink::{Domain, Identity, Kind, Message, RequestId, Url};
use confab_types::Mono;

use crate::address;
use crate::memory::{KeptPerson, PeopleMemory};
use crate::own::Own;
use crate::person::Person;
use crate::requests::{Requests, Waiting};
use crate::search::Search;
use crate::tell::Asking;

/// How long after a failure the way to another domain is tried again.
const WAY_AGAIN: Duration = Duration::from_secs(60);

/// What became of something, for the agent to act on. What is on the screen is [`People::view`], to be read after every call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// [`People::memory`] has changed and is to be kept.
    Remember,
    /// Somebody asks to see our presence, for the first time.
    Asked(PersonView),
    /// Something to tell; the text is what or whom it is about.
    Trouble(ProblemCode, String),
}

/// Contacts, search and presence of one account.
#[derive(Debug)]
pub struct People {
    pub(crate) home: Domain,
    pub(crate) own: Own,
    pub(crate) persons: BTreeMap<Url, Person>,
    pub(crate) asking: Vec<Asking>,
    pub(crate) refused: BTreeMap<Url, String>,
    pub(crate) search: Search,
    pub(crate) requests: Requests,
    /// Domains whose registry knows `/directory`: nodes like ours, which also survive any look-up.
    pub(crate) directories: BTreeSet<Domain>,
    /// Domains that can be spoken to.
    pub(crate) live: BTreeSet<Domain>,
    /// When to try the way to a domain again.
    ways: BTreeMap<Domain, Mono>,
    pub(crate) happened: VecDeque<Happened>,
}

impl People {
    /// Most people on the list and most who may see our presence, together.
    pub const MAX_PEOPLE: usize = 1_000;

    /// With what was kept. `home` is the account's domain; it is taken for one with a directory until it says otherwise.
    pub fn new(memory: &PeopleMemory, home: &Domain) -> People {
        let mut people = People {
            home: home.clone(),
            own: Own::new(memory.own),
            persons: BTreeMap::new(),
            asking: Vec::new(),
            refused: BTreeMap::new(),
            search: Search::default(),
            requests: Requests::default(),
            directories: BTreeSet::from([home.clone()]),
            live: BTreeSet::new(),
            ways: BTreeMap::new(),
            happened: VecDeque::new(),
        };
        for kept in &memory.contacts {
            people.keep(kept, |person| person.on_list = true);
        }
        for kept in &memory.allowed {
            people.keep(kept, |person| person.allowed = true);
        }
        let urls = |kept: &KeptPerson| Some((Url::parse(&kept.user).ok()?, address::tidy(&kept.name)));
        people.refused = memory.refused.iter().filter_map(urls).take(People::MAX_PEOPLE).collect();
        people.asking = memory.asking.iter().filter_map(urls).take(Asking::MAX).map(Asking::new).collect();
        people
    }

    fn keep(&mut self, kept: &KeptPerson, mark: impl FnOnce(&mut Person)) {
        if let Some(person) = Url::parse(&kept.user).ok().and_then(|user| self.person(&user, &kept.name)) {
            mark(person);
        }
    }

    /// Somebody, as a new one if they must be. `None` when there are too many, or they have no domain.
    pub(crate) fn person(&mut self, user: &Url, name: &str) -> Option<&mut Person> {
        let domain = address::domain_of(user)?;
        if !self.persons.contains_key(user) && self.persons.len() >= People::MAX_PEOPLE {
            return None;
        }
        Some(self.persons.entry(user.clone()).or_insert_with(|| Person::new(name, domain)))
    }

    /// What is to be kept on the disk.
    pub fn memory(&self) -> PeopleMemory {
        let kept = |user: &Url, name: &str| KeptPerson { user: user.to_string(), name: name.to_owned() };
        let those = |is: fn(&Person) -> bool| {
            let those = self.persons.iter().filter(|(_, person)| is(person));
            those.map(|(user, person)| kept(user, &person.name)).collect()
        };
        PeopleMemory {
            contacts: those(|person| person.on_list),
            allowed: those(|person| person.allowed),
            refused: self.refused.iter().map(|(user, name)| kept(user, name)).collect(),
            asking: self.asking.iter().map(|asking| kept(&asking.user, &asking.name)).collect(),
            own: self.own.chosen,
        }
    }

    /// What is on the screen.
    pub fn view(&self) -> PeopleView {
        let listed = self.persons.iter().filter(|(_, person)| person.on_list);
        let mut contacts: Vec<_> = listed
            .map(|(user, person)| person.view(user, &self.home, self.live.contains(&person.domain)))
            .collect();
        contacts
            .sort_by_cached_key(|contact| (contact.person.name.to_lowercase(), contact.person.user.clone()));
        let asking = self.asking.iter();
        PeopleView {
            contacts,
            asking: asking.map(|asking| address::view_of(&asking.user, &asking.name, &self.home)).collect(),
            search: self.search_view(),
            own: self.own.chosen,
        }
    }

    /// Somebody as shown, by the name the user gave them or else by `name`.
    pub fn person_view(&self, user: &Url, name: &str) -> PersonView {
        let given = self.persons.get(user).map(|person| person.name.as_str()).filter(|name| !name.is_empty());
        address::view_of(user, given.unwrap_or(&address::tidy(name)), &self.home)
    }

    /// What we tell others at this moment.
    pub fn own_presence(&self) -> Presence {
        self.own.presence()
    }

    /// Says whether the registry of a domain has a directory, as every Confab node's has. Other domains are asked for whole
    /// addresses only, and carefully: look-ups of unknown users have killed nodes.
    pub fn set_directory(&mut self, domain: &Domain, has: bool) {
        match has {
            true => self.directories.insert(domain.clone()),
            false => self.directories.remove(domain),
        };
    }

    /// A session with our own or another domain is live, for the first time or again: everything there is asked and told anew.
    pub fn connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        self.live.insert(domain.clone());
        self.ways.remove(domain);
        let home = *domain == self.home;
        if home {
            self.own.open(line);
            let others: BTreeSet<Domain> =
                self.persons.values().map(|person| person.domain.clone()).collect();
            for other in others {
                self.reach(line, &other);
            }
        }
        let users: Vec<Url> = self.persons.keys().cloned().collect();
        for user in users {
            self.begin(line, &user, domain, home);
        }
        self.search_connected(line, domain);
        self.proceed(line);
    }

    /// A session is lost.
    pub fn disconnected(&mut self, domain: &Domain) {
        self.live.remove(domain);
        let mut known = false;
        for person in self.persons.values_mut().filter(|person| person.domain == *domain) {
            known = true;
            person.look_at = None;
            person.devices.values_mut().for_each(|device| device.asking = None);
        }
        if known && *domain != self.home {
            // The way is opened again only for somebody who wants it.
            self.ways.insert(domain.clone(), Mono::ZERO);
        }
    }

    /// The way to another domain cannot be opened now; it is tried again in a minute.
    pub fn unreachable(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if self.persons.values().any(|person| person.domain == *domain) {
            self.ways.insert(domain.clone(), line.now + WAY_AGAIN);
        }
        self.search_unreachable(domain);
    }

    /// Opens the way to a domain, and tries again until it is open.
    pub(crate) fn reach(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if *domain == self.home {
            return;
        }
        if line.reach(domain) == Reach::Live {
            // Somebody else may have opened it before we wanted it.
            self.live.insert(domain.clone());
            self.ways.remove(domain);
        } else {
            self.ways.insert(domain.clone(), line.now + WAY_AGAIN);
        }
    }

    /// A message for us that answers nothing. True when it was for us.
    pub fn incoming(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        let taken = self.take(line, message);
        if taken {
            self.proceed(line);
        }
        taken
    }

    fn take(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        if message.to == *line.hyperty {
            return match message.kind {
                Kind::Create => self.invited(line, message),
                Kind::Execute => self.watched(line, message),
                Kind::Unsubscribe => self.removed(line, message),
                _ => false,
            };
        }
        self.reported(line, message) || self.changed(line, message) || self.registration(line, message)
    }

    /// An answer. True when the request was ours.
    pub fn replied(
        &mut self,
        line: &mut Line<'_>,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) -> bool {
        let Some(waiting) = self.requests.get(request).cloned() else { return false };
        if !message.code().is_some_and(|code| code.is_provisional()) {
            self.requests.end(request);
        }
        match waiting {
            Waiting::LookUp { user, .. } => self.looked_up(line, &user, message, cause),
            Waiting::Ask { user, hyperty } => self.asked(line, &user, &hyperty, request, message, cause),
            Waiting::State { user, hyperty, object } => {
                self.state(line, &user, &hyperty, &object, message);
            }
            Waiting::Invite { user, hyperty, object } => {
                self.invitation_answered(line, &user, &hyperty, &object, message, cause);
            }
            Waiting::Search { number, step } => self.searched(line, number, step, message),
        }
        self.proceed(line);
        true
    }

    /// Time has passed.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        let due = self.ways.iter().filter(|(_, at)| **at <= line.now);
        for domain in due.map(|(domain, _)| domain.clone()).collect::<Vec<_>>() {
            self.ways.remove(&domain);
            self.reach(line, &domain);
        }
        self.proceed(line);
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        let persons = self.persons.values().filter(|person| self.live.contains(&person.domain));
        let persons = persons.filter_map(|person| person.due(!self.is_looking(&person.domain)));
        persons.chain(self.ways.values().copied()).chain(self.search.due).min()
    }

    /// What the agent must know.
    pub fn poll(&mut self) -> Option<Happened> {
        self.happened.pop_front()
    }

    /// Does everything that is due.
    pub(crate) fn proceed(&mut self, line: &mut Line<'_>) {
        let due = |(user, person): (&Url, &Person)| {
            let at = person.due(true).filter(|at| *at <= line.now)?;
            self.live.contains(&person.domain).then(|| (at, user.clone()))
        };
        let mut due: Vec<_> = self.persons.iter().filter_map(due).collect();
        due.sort();
        for (_, user) in due {
            self.proceed_with(line, &user);
        }
        self.search_due(line);
    }

    pub(crate) fn remember(&mut self) {
        if !self.happened.contains(&Happened::Remember) {
            self.happened.push_back(Happened::Remember);
        }
    }

    /// Who is behind a hyperty: who the message says, as long as that is not contradicted by what we know; without a word,
    /// whom we know it to be of.
    pub(crate) fn who(&self, identity: Option<&Identity>, hyperty: &Url) -> Option<Url> {
        let owner = self.persons.iter().find(|(_, person)| person.devices.contains_key(hyperty));
        let owner = owner.map(|(user, _)| user.clone());
        match identity.and_then(|identity| identity.user_url.clone()) {
            Some(user) if owner.as_ref().is_some_and(|owner| *owner != user) => None,
            Some(user) => Some(user),
            None => owner,
        }
    }
}
