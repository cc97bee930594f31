//! The search for people: in the directory of our domain, and for whole addresses anywhere.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_contract::{ProblemCode, SearchView};
use confab_line::Line;
use confab_rethink::registry::{self, Criteria, Lookup, Query};
use confab_rethink::{Domain, Message, Url};
use confab_types::Mono;

use crate::address;
use crate::people::People;
use crate::requests::Waiting;

/// How long somebody may go on typing before the text is looked for.
const TYPING: Duration = Duration::from_millis(300);
/// Most people found.
const FOUND: usize = 20;
/// The longest text, in characters.
const TEXT: usize = 128;

/// One step of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// In the directory of a domain.
    Directory(Domain),
    /// A whole address.
    Exact(Url),
}

/// The search under way, or its result.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// Counts searches: answers to an earlier one are of no use.
    number: u64,
    text: String,
    /// When to begin.
    pub(crate) due: Option<Mono>,
    /// The domain that must be reached first.
    awaits: Option<Domain>,
    /// Open steps.
    open: usize,
    found: BTreeMap<Url, String>,
}

impl People {
    /// Looks for people by name, e-mail address or user URL. An empty text ends the search.
    pub fn find(&mut self, line: &mut Line<'_>, text: &str) {
        let text: String = text.trim().chars().filter(|char| !char.is_control()).take(TEXT).collect();
        if text == self.search.text {
            return;
        }
        let due = (!text.is_empty()).then_some(line.now + TYPING);
        self.search = Search { number: self.search.number + 1, text, due, ..Search::default() };
    }

    pub(crate) fn search_view(&self) -> SearchView {
        let search = &self.search;
        if search.text.is_empty() {
            return SearchView::default();
        }
        let text = search.text.to_lowercase();
        let fits = |user: &Url, name: &str| {
            name.to_lowercase().contains(&text) || user.last_segment().to_lowercase().contains(&text)
        };
        let listed = self.persons.iter().filter(|(user, person)| person.on_list && fits(user, &person.name));
        let listed = listed.map(|(user, person)| (user, person.name.as_str()));
        let others = search.found.iter().map(|(user, name)| (user, name.as_str()));
        let others = others.filter(|(user, _)| {
            self.persons.get(*user).is_none_or(|person| !person.on_list || !fits(user, &person.name))
        });
        SearchView {
            text: search.text.clone(),
            searching: search.due.is_some() || search.awaits.is_some() || search.open > 0,
            found: listed
                .chain(others)
                .take(FOUND)
                .map(|(user, name)| self.person_view(user, name))
                .collect(),
        }
    }

    /// Begins when the typing has stopped.
    pub(crate) fn search_due(&mut self, line: &mut Line<'_>) {
        if self.search.due.is_none_or(|due| due > line.now) {
            return;
        }
        self.search.due = None;
        let whole = address::is_whole(&self.search.text);
        let user = address::user_url(&self.search.text, &self.home).filter(|_| whole);
        match user.as_ref().and_then(address::domain_of).filter(|domain| *domain != self.home) {
            Some(domain) => {
                self.search.awaits = Some(domain.clone());
                self.reach(line, &domain);
                if self.live.contains(&domain) {
                    self.search_connected(line, &domain);
                }
            }
            None if self.directories.contains(&self.home) => {
                let text = self.search.text.clone();
                let draft = registry::find_people(line.runtime, &self.home, &text);
                self.step(line, draft, Step::Directory(self.home.clone()));
            }
            None => self.exact(line),
        }
    }

    /// The domain the search waits for is there.
    pub(crate) fn search_connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if self.search.awaits.as_ref() == Some(domain) {
            self.search.awaits = None;
            self.exact(line);
        }
    }

    /// It is not.
    pub(crate) fn search_unreachable(&mut self, domain: &Domain) {
        if self.search.awaits.as_ref() == Some(domain) {
            self.search.awaits = None;
            self.trouble(ProblemCode::DomainUnreachable, domain.as_str());
        }
    }

    /// Looks up the typed address as it is. Old nodes have died of look-ups for unknown users, so this is done once, and for
    /// whole addresses only.
    fn exact(&mut self, line: &mut Line<'_>) {
        let whole = address::is_whole(&self.search.text);
        let user = address::user_url(&self.search.text, &self.home).filter(|user| whole && user != line.user);
        let Some(user) = user else { return };
        let Some(domain) = address::domain_of(&user) else { return };
        let draft = registry::read(line.runtime, &domain, &Query::User(user.clone()), &Criteria::default());
        self.step(line, draft, Step::Exact(user));
    }

    fn step(&mut self, line: &mut Line<'_>, draft: confab_rethink::Draft, step: Step) {
        let waiting = Waiting::Search { number: self.search.number, step };
        if self.requests.send(line, draft, waiting).is_some() {
            self.search.open += 1;
        }
    }

    /// The answer to a step.
    pub(crate) fn searched(&mut self, line: &mut Line<'_>, number: u64, step: Step, message: &Message) {
        let provisional = message.code().is_some_and(|code| code.is_provisional());
        if provisional || number != self.search.number {
            return;
        }
        self.search.open = self.search.open.saturating_sub(1);
        match step {
            Step::Directory(domain) => {
                let found = registry::people_found(message, FOUND);
                if found.is_none()
                    && message.code().is_some_and(|code| matches!(code.number(), Some(400 | 404 | 501)))
                {
                    self.directories.remove(&domain);
                }
                let found = found.unwrap_or_default().into_iter().filter(|(user, _)| user != line.user);
                self.search.found.extend(found.map(|(user, name)| (user, address::tidy(&name))));
                if self.search.found.is_empty() {
                    self.exact(line);
                }
            }
            Step::Exact(user) => match Lookup::of(message) {
                Lookup::Found(found) | Lookup::AllDisconnected(found) if !found.is_empty() => {
                    self.search.found.entry(user).or_default();
                }
                _ => {}
            },
        }
    }
}
