//! Foreign ways: found, opened, tried again, closed when nobody needs them. What becomes of one does not touch the others.

use std::time::Duration;

use confab_rethink::{Code, Domain, Flavour, Session, SessionConfig, SessionEvent, Url};
use confab_types::{Chance, Mono};

use super::{Sessions, WayEvent, Wish};
use crate::foreign::{Foreign, Phase};

/// Sessions of one account count from numbers this far apart, so that the largest still fits 31 bits, as some nodes want.
const RANGE: u64 = 1 << 20;
/// How many ranges there are; a range is used again long after its session has ended.
const RANGES: u64 = 2_000;

/// Longer than any session waits for answers to its goodbye.
const NO_WAIT: Duration = Duration::from_secs(5);

impl Sessions {
    /// Begins to open the way to a domain that was not spoken to before.
    pub(super) fn open(
        &mut self,
        now: Mono,
        chance: &mut Chance,
        runtime: &Url,
        hyperty: &Url,
        domain: &Domain,
    ) {
        if self.foreign.len() >= Sessions::MAX_FOREIGN {
            self.events.push_back((domain.clone(), WayEvent::Unreachable));
            return;
        }
        self.made += 1;
        // What kind of node it is turns out when it is found.
        let mut config = SessionConfig::new(Flavour::NodeJs, domain.clone(), runtime.clone());
        config.first_request = (1 + self.made % RANGES) * RANGE + chance.below(RANGE / 2);
        let mut session = Session::new(config, chance.fork());
        // Answers and invitations from there must find us there.
        let _ = session.route(now, std::slice::from_ref(hyperty), hyperty);
        self.foreign.insert(domain.clone(), Foreign::new(session, now));
        self.begin(now, domain);
    }

    /// The first step of a try: find the node, or connect when it is known where it is.
    pub(super) fn begin(&mut self, now: Mono, domain: &Domain) {
        let Some(foreign) = self.foreign.get_mut(domain) else { return };
        let neighbour = self.neighbours.get(domain);
        if let Some((neighbour, flavour)) = neighbour.and_then(|known| Some((known, known.flavour?))) {
            foreign.node = Some((flavour, neighbour.url.clone()));
        }
        if foreign.node.is_some() {
            return self.connect(now, domain);
        }
        foreign.phase = Phase::Discovering;
        let hint = neighbour.map(|neighbour| neighbour.url.clone());
        self.wishes.push_back(Wish::Discover { domain: domain.clone(), hint });
    }

    /// Where the node of a domain is, or why that is not known.
    pub fn discovered(
        &mut self,
        now: Mono,
        chance: &mut Chance,
        domain: &Domain,
        found: Option<(Flavour, String)>,
    ) {
        let discovering = |foreign: &&mut Foreign| foreign.phase == Phase::Discovering;
        let Some(foreign) = self.foreign.get_mut(domain).filter(discovering) else { return };
        foreign.node = found;
        match foreign.node {
            Some(_) => self.connect(now, domain),
            None => self.in_vain(now, chance, domain),
        }
    }

    fn connect(&mut self, now: Mono, domain: &Domain) {
        let Some(foreign) = self.foreign.get_mut(domain) else { return };
        let Some((flavour, url)) = foreign.node.clone() else { return };
        match self.identified {
            Some(until) if until <= now => {
                foreign.phase = Phase::Identifying;
                if !self.wishes.contains(&Wish::Identify) {
                    self.wishes.push_back(Wish::Identify);
                }
            }
            _ => {
                foreign.session.set_proof(None);
                foreign.session.set_flavour(flavour);
                foreign.phase = Phase::Opening;
                self.wishes.push_back(Wish::Connect { domain: domain.clone(), flavour, url });
            }
        }
    }

    /// We can say until then who we are; `None` when our domain gives no ID token.
    pub fn identified(&mut self, now: Mono, until: Option<Mono>) {
        self.identified = until;
        for domain in self.identifying() {
            self.connect(now, &domain);
        }
    }

    /// We cannot say who we are now.
    pub fn not_identified(&mut self, now: Mono, chance: &mut Chance) {
        for domain in self.identifying() {
            self.in_vain(now, chance, &domain);
        }
    }

    fn identifying(&self) -> Vec<Domain> {
        let waits = |(_, foreign): &(&Domain, &Foreign)| foreign.phase == Phase::Identifying;
        self.foreign.iter().filter(waits).map(|(domain, _)| domain.clone()).collect()
    }

    /// What says who we are over the connection to a domain's node that is coming up. It is good for one `open`.
    pub fn present(&mut self, domain: &Domain, proof: String) {
        if let Some(foreign) = self.foreign.get_mut(domain).filter(|foreign| foreign.phase == Phase::Opening)
        {
            foreign.session.set_proof(Some(proof));
        }
    }

    /// The connection to a domain's node is up.
    pub fn transport_up(&mut self, now: Mono, domain: &Domain) {
        if let Some(session) = self.session(domain) {
            session.transport_up(now);
        }
    }

    /// The connection is gone, or could not be made.
    pub fn transport_down(&mut self, now: Mono, chance: &mut Chance, domain: &Domain) {
        if *domain == self.home {
            return self.own.transport_down(now);
        }
        let Some(foreign) = self.foreign.get_mut(domain).filter(|foreign| foreign.is_connected()) else {
            return;
        };
        foreign.session.transport_down(now);
        // What was answered before the loss was answered.
        self.collect(now, chance, domain);
        let Some(foreign) = self.foreign.get_mut(domain).filter(|foreign| foreign.is_connected()) else {
            return;
        };
        if foreign.is_live() {
            foreign.failed(now, chance);
            self.events.push_back((domain.clone(), WayEvent::Session(SessionEvent::Lost)));
        } else {
            self.in_vain(now, chance, domain);
        }
    }

    /// A try has failed. Where the node is may have changed.
    fn in_vain(&mut self, now: Mono, chance: &mut Chance, domain: &Domain) {
        let Some(foreign) = self.foreign.get_mut(domain) else { return };
        foreign.node = None;
        foreign.failed(now, chance);
        self.events.push_back((domain.clone(), WayEvent::Unreachable));
    }

    /// Takes what a foreign session has to say.
    pub(super) fn collect(&mut self, now: Mono, chance: &mut Chance, domain: &Domain) {
        while let Some(foreign) = self.foreign.get_mut(domain) {
            let Some(event) = foreign.session.poll_event() else { return };
            match event {
                SessionEvent::Live { .. } => {
                    foreign.live();
                    self.events.push_back((domain.clone(), WayEvent::Session(event)));
                    self.say_late(now, domain);
                }
                SessionEvent::Refused { code } => {
                    foreign.session.transport_down(now);
                    self.wishes.push_back(Wish::Disconnect { domain: domain.clone() });
                    if matches!(code, Code::UNAUTHORISED | Code::FORBIDDEN)
                        && let Some(until) = &mut self.identified
                    {
                        *until = now;
                    }
                    self.in_vain(now, chance, domain);
                }
                // Told by whoever has noticed.
                SessionEvent::Lost | SessionEvent::Closed => {}
                event => self.events.push_back((domain.clone(), WayEvent::Session(event))),
            }
        }
    }

    /// Closes ways that nobody needs.
    pub(super) fn tidy(&mut self, now: Mono) {
        for domain in self.domains() {
            if self.foreign.get(&domain).is_some_and(|foreign| !foreign.is_needed(now)) {
                self.close(now, &domain);
            }
        }
        self.late.retain(|late| late.until > now);
    }

    /// Says goodbye everywhere: the account ends. The own connection is the agent's to close.
    pub fn shutdown(&mut self, now: Mono) {
        self.own.shutdown(now);
        // Nobody stays to hear the answers: the last word follows at once.
        self.own.wake(now + NO_WAIT);
        while let Some(message) = self.own.poll_transmit() {
            self.wishes.push_back(Wish::Send { domain: self.home.clone(), message });
        }
        for domain in self.domains() {
            self.close(now, &domain);
        }
    }

    fn close(&mut self, now: Mono, domain: &Domain) {
        let Some(mut foreign) = self.foreign.remove(domain) else { return };
        self.arrivals.retain(|(_, _, way)| way != domain);
        let connected = foreign.is_connected();
        match foreign.phase {
            Phase::Live => {
                foreign.session.shutdown(now);
                while let Some(message) = foreign.session.poll_transmit() {
                    self.wishes.push_back(Wish::Send { domain: domain.clone(), message });
                }
            }
            Phase::Waiting { .. } => {}
            _ => self.events.push_back((domain.clone(), WayEvent::Unreachable)),
        }
        if connected {
            self.wishes.push_back(Wish::Disconnect { domain: domain.clone() });
        }
    }
}
