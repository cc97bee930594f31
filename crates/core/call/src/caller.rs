//! The caller's side until somebody accepts: finding the other one's devices, ringing them, taking the first that answers.

use std::time::Duration;

use confab_contract::{CallEnd, CallPhase};
use confab_line::{Line, Reach};
use confab_rethink::registry::{self, Criteria, Instance, Lookup, Query};
use confab_rethink::session::Cause;
use confab_rethink::{Address, Code, Domain, Message, RequestId, Url};

use crate::call::{Call, FIND_LIMIT, RING_LIMIT, Role};
use crate::goodbyes::domain_of;
use crate::own::{Invite, Own, Purpose};

/// How many devices of one person are rung together.
const DEVICE_LIMIT: usize = 4;
/// How long devices wait for our description before they are rung without: it follows.
const OFFER_PATIENCE: Duration = Duration::from_secs(2);

/// How far the search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Find {
    /// The registry is to be asked as soon as the way to it is open.
    Wanted,
    /// It was asked for the user URL, or by the identifier in it (other runtimes register under that).
    Asked { request: RequestId, by_identifier: bool },
    /// There is nothing to find.
    Done,
}

impl Call {
    /// A call to somebody.
    pub fn outgoing(line: &mut Line<'_>, user: Url, name: String, video: bool) -> Call {
        let mut call = Call::new(line, Role::Caller, user, name);
        call.video = video;
        call.find = Find::Wanted;
        call.enter(line.now, CallPhase::Finding, Some(FIND_LIMIT));
        call.look_up(line);
        call
    }

    /// The domain the other one is looked for in.
    pub fn target(&self) -> Option<Domain> {
        domain_of(&Address::from(&self.user))
    }

    /// Asks the registry, once.
    pub fn look_up(&mut self, line: &mut Line<'_>) {
        let Some(domain) = self.target().filter(|_| self.find == Find::Wanted) else { return };
        if line.reach(&domain) == Reach::Live {
            self.ask(line, &domain, Query::User(self.user.clone()), false);
        }
    }

    fn ask(&mut self, line: &mut Line<'_>, domain: &Domain, query: Query, by_identifier: bool) {
        let draft = registry::read(line.runtime, domain, &query, &criteria());
        if let Ok(request) = line.request(draft) {
            self.find = Find::Asked { request, by_identifier };
        }
    }

    /// The registry's answer. A look-up that is lost with the connection is not repeated: there are nodes that break down over
    /// some names.
    pub fn found(&mut self, line: &mut Line<'_>, message: &Message, cause: Cause, by_identifier: bool) {
        self.find = Find::Done;
        let details = message.desc_text().unwrap_or_default().to_owned();
        let lookup = Lookup::of(message);
        match (&lookup, cause) {
            (_, Cause::Disconnected) => {
                let end = self.not_found(line);
                self.end(line, end, "the connection was lost over the look-up");
            }
            (Lookup::Found(_), _) => {
                let devices = self.devices(line, &lookup);
                self.ring(line, devices);
            }
            (Lookup::AllDisconnected(_), _) => self.end(line, CallEnd::Offline, &details),
            (Lookup::NotFound, _) => {
                let identifier = self.user.last_segment().to_owned();
                match self.target() {
                    Some(domain) if !by_identifier && !identifier.is_empty() => {
                        self.ask(line, &domain, Query::Identifier(identifier), true);
                    }
                    _ => self.end(line, CallEnd::Unknown, &details),
                }
            }
            (Lookup::Unreachable, _) => {
                let end = self.not_found(line);
                self.end(line, end, &details);
            }
            (Lookup::Invalid, _) => self.end(line, CallEnd::Unknown, &details),
        }
    }

    /// What it means when there is no word from the other one's domain.
    pub fn not_found(&self, line: &Line<'_>) -> CallEnd {
        if self.target().as_ref() == Some(line.domain) {
            CallEnd::Offline
        } else {
            CallEnd::DomainUnreachable
        }
    }

    /// Live devices that can take a call, the last registered first.
    fn devices(&self, line: &Line<'_>, lookup: &Lookup) -> Vec<Url> {
        let criteria = criteria();
        let able = |instance: &Instance| {
            let silent = instance.resources.is_empty() && instance.data_schemes.is_empty();
            silent || criteria.fits(&instance.resources, &instance.data_schemes)
        };
        let mut found: Vec<&Instance> = lookup
            .live()
            .filter(|device| device.url.scheme() == "hyperty" && device.url != *line.hyperty && able(device))
            .collect();
        found.sort_by(|a, b| b.last_modified.cmp(&a.last_modified));
        found.into_iter().take(DEVICE_LIMIT).map(|device| device.url.clone()).collect()
    }

    fn ring(&mut self, line: &mut Line<'_>, devices: Vec<Url>) {
        if devices.is_empty() {
            return self.end(line, CallEnd::Offline, "no device can take a call now");
        }
        self.enter(line.now, CallPhase::Calling, Some(RING_LIMIT));
        // Who asks to a meeting describes nothing.
        self.ring_at = self.meeting.is_none().then_some(line.now + OFFER_PATIENCE);
        for device in devices {
            let purpose = Purpose {
                peer: &device,
                user: &self.user,
                parties: (line.hyperty, &device),
                call: &self.name,
                answers: None,
            };
            let mut own = Own::new(line, &purpose, self.ours);
            if let Some(conversation) = &self.conversation {
                own.set(line, &["conversation"], conversation.as_str().into());
            }
            self.write_meeting(line, &mut own);
            self.rings.push(own);
        }
        self.ring_out(line);
    }

    /// Describes our side to every device and invites those that can be invited.
    pub fn ring_out(&mut self, line: &mut Line<'_>) {
        let late = self.ring_at.is_some_and(|at| at <= line.now);
        if late {
            self.ring_at = None;
        }
        for own in &mut self.rings {
            if let Some(sdp) = self.local.as_ref().filter(|sdp| !own.says(sdp)) {
                own.describe(line, sdp, Some(self.leg.generation));
            }
            if late || own.is_described() || self.ring_at.is_none() {
                own.invite(line);
            }
        }
    }

    /// A device of theirs looks at our object: it rings there.
    pub fn rings_there(&mut self) {
        if self.phase == CallPhase::Calling {
            self.phase = CallPhase::Ringing;
        }
    }

    /// What the answers to our invitations mean together.
    pub fn weigh(&mut self, line: &mut Line<'_>) {
        let hopeful = |own: &Own| own.observed || !matches!(own.invite, Invite::Refused(_) | Invite::Silent);
        let calling = matches!(self.phase, CallPhase::Calling | CallPhase::Ringing) && self.their.is_none();
        if self.role != Role::Caller || !calling || self.rings.iter().any(hopeful) {
            return;
        }
        let refused = |codes: &dyn Fn(&Code) -> bool| {
            self.rings.iter().any(|own| matches!(&own.invite, Invite::Refused(code) if codes(code)))
        };
        let (end, details) = if refused(&|code| *code == Code::BUSY) {
            (CallEnd::Busy, "486")
        } else if refused(&|_| true) {
            (CallEnd::Declined, "the invitation was refused")
        } else {
            (CallEnd::Offline, "no device answers")
        };
        self.end(line, end, details);
    }

    /// The device at `at` has accepted: the others may stop ringing.
    pub fn taken_by(&mut self, line: &mut Line<'_>, at: usize) {
        let winner = self.rings.remove(at);
        for own in std::mem::take(&mut self.rings) {
            self.words.extend(own.close(line, "taken"));
        }
        self.hyperty = Some(winner.peer().clone());
        self.own = Some(winner);
        self.ring_at = None;
        self.agree(line);
    }

    /// Takes our own offers back, as both have called each other and theirs is kept.
    pub fn withdraw(&mut self, line: &mut Line<'_>) {
        for own in std::mem::take(&mut self.rings) {
            self.words.extend(own.close(line, "glare"));
        }
        self.find = Find::Done;
        self.ring_at = None;
        self.local = None;
        self.role = Role::Callee;
        // A leg that has offered cannot answer: the next one will.
        self.leg.generation += 1;
    }
}

fn criteria() -> Criteria {
    Criteria {
        resources: vec!["audio".to_owned(), "video".to_owned()],
        data_schemes: vec!["connection".to_owned()],
        reporter: None,
    }
}
