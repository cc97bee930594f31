//! Somebody on the list, or somebody who may see our presence, or both.

use std::collections::BTreeMap;

use confab_contract::{ContactView, Presence, Watching};
use confab_rethink::{Domain, Url};
use confab_types::Mono;

use crate::address;
use crate::device::Device;

/// One user.
#[derive(Debug)]
pub(crate) struct Person {
    /// The name the user gave them; may be empty.
    pub(crate) name: String,
    /// Whose message node knows them.
    pub(crate) domain: Domain,
    /// Whether we want to see their presence.
    pub(crate) on_list: bool,
    /// Whether they may see ours.
    pub(crate) allowed: bool,
    /// Their programs by hyperty.
    pub(crate) devices: BTreeMap<Url, Device>,
    /// Programs that made room for others: they are no longer listened to.
    pub(crate) evicted: Vec<Url>,
    /// When to look them up.
    pub(crate) look_at: Option<Mono>,
    /// Look-ups without a result since the last one with.
    pub(crate) tries: u32,
    /// Whether a look-up was followed by the loss of the connection: it may have been the look-up that killed the node, so it
    /// is not repeated before something is heard of them or the user does something.
    pub(crate) held: bool,
}

impl Person {
    /// Most programs of one user that are followed.
    pub(crate) const MAX_DEVICES: usize = 8;

    pub(crate) fn new(name: &str, domain: Domain) -> Person {
        Person {
            name: address::tidy(name),
            domain,
            on_list: false,
            allowed: false,
            devices: BTreeMap::new(),
            evicted: Vec::new(),
            look_at: None,
            tries: 0,
            held: false,
        }
    }

    /// The program with this hyperty, as a new one if it must be. `None` when there are too many that run.
    pub(crate) fn device(&mut self, hyperty: &Url) -> Option<&mut Device> {
        if !self.devices.contains_key(hyperty) && self.devices.len() >= Person::MAX_DEVICES {
            let idle = self.devices.iter().find(|(_, device)| !device.live && device.observer.is_none());
            let idle = idle.map(|(hyperty, _)| hyperty.clone())?;
            self.devices.remove(&idle);
            self.evicted.push(idle);
        }
        Some(self.devices.entry(hyperty.clone()).or_default())
    }

    /// What is known of them: the most available of their programs.
    pub(crate) fn presence(&self) -> Presence {
        let told = self.devices.values().map(Device::presence);
        match told.filter(|presence| *presence > Presence::Offline).max() {
            Some(presence) => presence,
            // A program that runs and does not tell may be one that must not tell us.
            None if self.devices.values().any(|device| device.presence() == Presence::Unknown) => {
                Presence::Unknown
            }
            None if self.devices.is_empty() => Presence::Unknown,
            None => Presence::Offline,
        }
    }

    /// Whether any of their programs lets us.
    pub(crate) fn watching(&self) -> Watching {
        let rank = |watching: &Watching| match watching {
            Watching::Allowed => 3,
            Watching::Asked => 2,
            Watching::Refused => 1,
            Watching::Waiting => 0,
        };
        self.devices.values().map(|device| device.watching).max_by_key(rank).unwrap_or_default()
    }

    /// As a line of the contact list. Without a way to their domain nothing is known of them.
    pub(crate) fn view(&self, user: &Url, home: &Domain, reachable: bool) -> ContactView {
        ContactView {
            person: address::view_of(user, &self.name, home),
            presence: if reachable { self.presence() } else { Presence::Unknown },
            allowed: self.allowed,
            watching: self.watching(),
        }
    }

    /// When something is to be done about them.
    pub(crate) fn due(&self, may_look: bool) -> Option<Mono> {
        let look_at = self.look_at.filter(|_| may_look);
        self.devices.values().filter_map(Device::due).chain(look_at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn a_user_without_programs_is_unknown_and_one_whose_programs_all_stopped_is_offline() {
        let mut bob = Person::new("Bob", Domain::parse("a.test").unwrap());
        assert_eq!(bob.presence(), Presence::Unknown);
        let one = url("hyperty://a.test/b1");
        bob.device(&one).unwrap();
        assert_eq!(bob.presence(), Presence::Offline);
        bob.device(&url("hyperty://a.test/b2")).unwrap().live = true;
        assert_eq!(bob.presence(), Presence::Unknown, "one runs and does not tell");
    }

    #[test]
    fn programs_are_bounded_and_those_that_stopped_make_room() {
        let mut bob = Person::new("Bob", Domain::parse("a.test").unwrap());
        for n in 0..Person::MAX_DEVICES {
            bob.device(&url(&format!("hyperty://a.test/b{n}"))).unwrap().live = n > 0;
        }
        assert!(bob.device(&url("hyperty://a.test/new")).is_some());
        assert!(!bob.devices.contains_key(&url("hyperty://a.test/b0")));
        bob.device(&url("hyperty://a.test/new")).unwrap().live = true;
        assert!(bob.device(&url("hyperty://a.test/one-more")).is_none());
    }
}
