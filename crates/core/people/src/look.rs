//! Looking people up: which programs of theirs run.

use std::time::Duration;

use confab_contract::Watching;
use confab_line::Line;
use confab_rethink::registry::{self, Criteria, Lookup, Query};
use confab_rethink::session::Cause;
use confab_rethink::{Code, Domain, Kind, Message, Url};

use crate::people::People;
use crate::person::Person;
use crate::requests::Waiting;
use crate::watch::stop;

/// How often everybody is looked up, to find programs we have not heard of.
const LOOK_EVERY: Duration = Duration::from_secs(600);
/// A look-up is repeated so soon after new programs were found: what the registry told of them in between was not heard.
const LOOK_AGAIN: Duration = Duration::from_secs(2);
/// How soon a look-up without a result is repeated; then twice as late, to [`LOOK_EVERY`].
const LOOK_FAILED: Duration = Duration::from_secs(60);

impl People {
    /// Whether a look-up is open: there is one at a time, so that at most one person is to blame for a node that dies of it.
    pub(crate) fn is_looking(&self, at: &Domain) -> bool {
        self.requests.any(|waiting| matches!(waiting, Waiting::LookUp { domain, .. } if domain == at))
    }

    pub(crate) fn look_up(&mut self, line: &mut Line<'_>, user: &Url) {
        let Some(person) = self.persons.get_mut(user) else { return };
        let domain = person.domain.clone();
        let draft = registry::read(line.runtime, &domain, &Query::User(user.clone()), &Criteria::default());
        let sent = self.requests.send(line, draft, Waiting::LookUp { domain, user: user.clone() });
        person.look_at = match sent {
            Some(_) => None,
            None => Some(line.now + LOOK_FAILED),
        };
    }

    /// The registry has answered.
    pub(crate) fn looked_up(&mut self, line: &mut Line<'_>, user: &Url, message: &Message, cause: Cause) {
        if message.code().is_some_and(|code| code.is_provisional()) {
            return;
        }
        let Some(person) = self.persons.get_mut(user) else { return };
        if cause == Cause::Disconnected {
            person.held = !self.directories.contains(&person.domain);
            return;
        }
        let found = match Lookup::of(message) {
            Lookup::Found(found) | Lookup::AllDisconnected(found) if !found.is_empty() => Some(found),
            _ => None,
        };
        let Some(found) = found else {
            person.look_at = Some(line.now + (LOOK_FAILED * (1 << person.tries.min(4))).min(LOOK_EVERY));
            person.tries += 1;
            let nobody = message.code() == Some(Code::NOT_FOUND);
            for device in person.devices.values_mut().filter(|_| nobody) {
                stop(line, device);
            }
            return;
        };
        person.tries = 0;
        person.look_at = Some(line.now + LOOK_EVERY);
        for (_, device) in person.devices.iter_mut().filter(|(hyperty, _)| !found.contains_key(*hyperty)) {
            stop(line, device);
        }
        let mut entries: Vec<_> = found.values().filter(|entry| entry.url.scheme() == "hyperty").collect();
        entries.retain(|entry| entry.url != *line.hyperty);
        entries.sort_by_key(|entry| !entry.is_live());
        entries.truncate(Person::MAX_DEVICES);
        for entry in &entries {
            let new = !person.devices.contains_key(&entry.url);
            if new && person.device(&entry.url).is_some() && person.on_list {
                line.route(&[entry.url.registration()]);
                person.look_at = Some(line.now + LOOK_AGAIN);
            }
        }
        for entry in entries {
            self.heard(line, user, &entry.url, entry.is_live());
        }
    }

    /// What the registry says of one program.
    pub(crate) fn heard(&mut self, line: &mut Line<'_>, user: &Url, hyperty: &Url, live: bool) {
        let informed =
            self.own.object().is_some_and(|object| object.subscribers().contains_key(&hyperty.into()));
        let Some(person) = self.persons.get_mut(user) else { return };
        let (on_list, allowed) = (person.on_list, person.allowed);
        let Some(device) = person.devices.get_mut(hyperty) else { return };
        if !live {
            return stop(line, device);
        }
        let rested = !device.live;
        device.live = true;
        let settled = device.observer.is_some() || device.watching == Watching::Refused;
        if on_list && device.ask_at.is_none() && (rested || !settled) && device.observer.is_none() {
            device.asks = 0;
            device.ask_at = Some(line.now);
        }
        if allowed && !informed {
            device.invite_at = Some(line.now);
        }
    }

    /// A status event of the registry.
    pub(crate) fn registration(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        let Some(hyperty) = message.to.url().and_then(|to| to.strip_suffix("/registration")) else {
            return false;
        };
        let owner = self.persons.iter().find(|(_, person)| person.devices.contains_key(&hyperty));
        let Some((user, person)) = owner.map(|(user, person)| (user.clone(), person)) else { return false };
        let registry = person.domain.registry();
        let from = message.from.as_str();
        let genuine = from.strip_suffix('/').unwrap_or(from) == registry.as_str();
        let status = (message.text("attribute") == Some("status")).then(|| message.text("value")).flatten();
        match status.filter(|_| genuine && message.kind == Kind::Update) {
            Some("live") => self.heard(line, &user, &hyperty, true),
            Some("disconnected") => self.heard(line, &user, &hyperty, false),
            _ => {}
        }
        true
    }
}
