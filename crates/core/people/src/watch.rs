//! The presence of others: looking them up, asking, observing.

use std::time::Duration;

use confab_contract::Watching;
use confab_line::Line;
use confab_rethink::observer::CloseReason;
use confab_rethink::session::Cause;
use confab_rethink::{
    Code, Domain, Draft, Identity, Kind, Message, Metadata, Observer, ObserverConfig, ObserverEvent,
    Outgoing, RequestId, Url,
};
use confab_types::Mono;

use crate::address;
use crate::device::{self, Device, READ_EVERY};
use crate::people::{Happened, People};
use crate::requests::{Requests, Waiting};

/// How long an invitation may take to follow the permission.
const INVITATION: Duration = Duration::from_secs(20);
/// How long those who are still allowed may take to be invited anew, before we ask whether we are.
const LEFT_BEHIND: Duration = Duration::from_secs(2);

impl People {
    /// A domain can be spoken to: looks up and asks who is there.
    pub(crate) fn begin(&mut self, line: &mut Line<'_>, user: &Url, domain: &Domain, home: bool) {
        let Some(person) = self.persons.get_mut(user) else { return };
        let here = person.domain == *domain;
        if here && !person.held {
            person.look_at = Some(line.now);
        }
        for device in person.devices.values_mut() {
            if here && person.on_list {
                match &device.observer {
                    Some(_) => device.read_at = Some(line.now),
                    None => device.ask_at = Some(line.now),
                }
            }
            if (here || home) && person.allowed && device.live {
                device.invite_at = Some(line.now);
            }
        }
    }

    /// Does what is due about somebody.
    pub(crate) fn proceed_with(&mut self, line: &mut Line<'_>, user: &Url) {
        let Some(person) = self.persons.get_mut(user) else { return };
        for hyperty in std::mem::take(&mut person.evicted) {
            line.unroute(&[hyperty.registration()]);
        }
        let (domain, due) = (person.domain.clone(), person.look_at.is_some_and(|at| at <= line.now));
        if due && !self.is_looking(&domain) {
            self.look_up(line, user);
        }
        let People { persons, requests, own, .. } = self;
        let Some(person) = persons.get_mut(user) else { return };
        for (hyperty, device) in &mut person.devices {
            let now = line.now;
            let is_due = |at: Option<Mono>| at.is_some_and(|at| at <= now);
            if is_due(device.ask_at) && device.asking.is_none() {
                ask(line, requests, user, hyperty, device);
            }
            if is_due(device.read_at) {
                device.read_at = Some(line.now + READ_EVERY);
                if let Some(observer) = &mut device.observer
                    && let Some(draft) = observer.resync()
                {
                    send_read(line, requests, user, hyperty, observer.object().clone(), draft);
                }
            }
            if is_due(device.invite_at) {
                device.invite_at = None;
                if let (true, Some(object)) = (person.allowed, own.object()) {
                    let draft = object.invite(hyperty, Some(line.identity));
                    let waiting = Waiting::Invite {
                        user: user.clone(),
                        hyperty: hyperty.clone(),
                        object: object.url().clone(),
                    };
                    if requests.send(line, draft, waiting).is_none() {
                        device.invite_at = Some(line.now + device::backoff(0));
                    }
                }
            }
        }
    }

    /// The answer to our question whether we may.
    pub(crate) fn asked(
        &mut self,
        line: &mut Line<'_>,
        user: &Url,
        hyperty: &Url,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) {
        let Some(device) = self.device(user, hyperty).filter(|device| device.asking == Some(request)) else {
            return;
        };
        let code = message.code().unwrap_or(Code::SERVER_ERROR);
        if !code.is_provisional() {
            device.asking = None;
        }
        if cause == Cause::Disconnected {
            return;
        }
        // An invitation may have overtaken the answer: what it brought is the truth.
        let invited = device.observer.is_some();
        if code.is_provisional() {
            if !invited {
                device.live = true;
                device.watching = Watching::Asked;
            }
        } else if invited {
            device.ask_at = None;
        } else if code.is_ok() {
            device.live = true;
            device.watching = Watching::Allowed;
            device.ask_at = Some(line.now + INVITATION.max(device::backoff(device.asks)));
            device.asks += 1;
        } else if code.is_refusal() {
            device.live = true;
            device.watching = Watching::Refused;
            device.ask_at = None;
        } else if code == Code::NOT_FOUND {
            // Nobody receives there. The registry tells when that changes.
            stop(line, device);
        } else {
            device.ask_later(line.now);
        }
    }

    /// An invitation to an object that tells somebody's presence.
    pub(crate) fn invited(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        let object = message.from.url().and_then(|from| from.strip_suffix("/subscription"));
        let Some(object) = object.filter(|object| object.scheme() == "ctxt") else { return false };
        let metadata = message.value().and_then(|value| Metadata::parse(value.as_object()?));
        let source = message.address("source");
        let metadata = metadata.filter(|metadata| {
            // The node lets nobody put another's address into `source`; the value it does not read.
            metadata.url == object && source.is_some_and(|source| source == metadata.reporter)
        });
        let Some(metadata) = metadata else {
            line.reply(message.error(Code::BAD_REQUEST, "an invitation names its object and its reporter"));
            return true;
        };
        let hyperty = metadata.reporter;
        let identity = message.body.get("identity").and_then(Identity::parse);
        let user = self.who(identity.as_ref(), &hyperty);
        let person =
            user.as_ref().and_then(|user| self.persons.get_mut(user)).filter(|person| person.on_list);
        let (Some(user), Some(person)) = (user.clone(), person) else {
            line.reply(message.error(Code::FORBIDDEN, "not on the contact list"));
            return true;
        };
        let name = identity.as_ref().and_then(|identity| identity.name.as_deref());
        if let Some(name) = name.filter(|name| person.name.is_empty() && !name.is_empty()) {
            person.name = address::tidy(name);
            self.happened.push_back(Happened::Remember);
        }
        person.held = false;
        let new = !person.devices.contains_key(&hyperty);
        let Some(device) = person.device(&hyperty) else {
            line.reply(message.error(Code::BUSY, "too many programs"));
            return true;
        };
        line.reply(message.response(Code::OK));
        if new {
            line.route(&[hyperty.registration()]);
        }
        device.live = true;
        device.watching = Watching::Allowed;
        device.ask_at = None;
        if let Some(observer) = device.observer.as_ref().filter(|observer| *observer.object() == object) {
            if observer.is_ready() {
                device.read_at = Some(line.now);
            }
            return true;
        }
        drop_observer(line, device);
        let mut observer = Observer::new(ObserverConfig {
            object: object.clone(),
            hyperty: line.hyperty.clone(),
            runtime: line.runtime.clone(),
            reporter: Some(hyperty.clone()),
            identity: Some(line.identity.clone()),
            access_token: None,
        });
        let begin = observer.begin();
        line.route(&[object.changes()]);
        device.observer = Some(observer);
        device.read_at = None;
        let waiting = Waiting::State { user, hyperty, object };
        if self.requests.send(line, begin.subscribe, waiting).is_none() {
            drop_observer(line, device);
            device.ask_later(line.now);
        }
        true
    }

    /// The answer to a subscription or a read.
    pub(crate) fn state(
        &mut self,
        line: &mut Line<'_>,
        user: &Url,
        hyperty: &Url,
        object: &Url,
        message: &Message,
    ) {
        let Some(device) = self.device(user, hyperty) else { return };
        let Some(observer) = device.observer.as_mut().filter(|observer| observer.object() == object) else {
            return;
        };
        observer.reply(message);
        self.follow(line, user, hyperty);
    }

    /// A change of an object that we observe.
    pub(crate) fn changed(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        let Some(object) = message.to.url().and_then(|to| to.strip_suffix("/changes")) else { return false };
        let observed =
            |device: &Device| device.observer.as_ref().is_some_and(|observer| *observer.object() == object);
        let of = self.persons.iter().find_map(|(user, person)| {
            let (hyperty, _) = person.devices.iter().find(|(_, device)| observed(device))?;
            Some((user.clone(), hyperty.clone()))
        });
        let Some((user, hyperty)) = of else { return object.scheme() == "ctxt" };
        let sender =
            message.body.get("identity").and_then(Identity::parse).and_then(|identity| identity.user_url);
        if sender.is_some_and(|sender| sender != user) {
            return true;
        }
        if let Some(observer) = self.device(&user, &hyperty).and_then(|device| device.observer.as_mut()) {
            observer.receive(message);
        }
        self.follow(line, &user, &hyperty);
        true
    }

    /// A reporter puts us out.
    pub(crate) fn removed(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        let of = self.persons.iter_mut().find_map(|(user, person)| {
            person.devices.iter_mut().find_map(|(hyperty, device)| {
                let taken = device.observer.as_mut().is_some_and(|observer| observer.receive(message));
                taken.then(|| (user.clone(), hyperty.clone()))
            })
        });
        let Some((user, hyperty)) = of else { return false };
        self.follow(line, &user, &hyperty);
        true
    }

    /// Draws the conclusions from what happened to a mirror.
    fn follow(&mut self, line: &mut Line<'_>, user: &Url, hyperty: &Url) {
        let People { persons, requests, .. } = self;
        let Some(device) = persons.get_mut(user).and_then(|person| person.devices.get_mut(hyperty)) else {
            return;
        };
        let Some(observer) = &mut device.observer else { return };
        while let Some(outgoing) = observer.poll_transmit() {
            match outgoing {
                Outgoing::Request(draft) => {
                    send_read(line, requests, user, hyperty, observer.object().clone(), draft);
                }
                Outgoing::Notify(draft) => line.send(draft),
                Outgoing::Reply(message) => line.reply(message),
            }
        }
        let (mut over, mut fresh) = (None, false);
        while let Some(event) = observer.poll_event() {
            match event {
                ObserverEvent::Ready | ObserverEvent::Resynced | ObserverEvent::Changed { .. } => {
                    fresh = true
                }
                ObserverEvent::Closed { reason: CloseReason::Deleted | CloseReason::Removed } => {
                    over = Some(LEFT_BEHIND);
                }
                ObserverEvent::Closed { reason: CloseReason::TooLarge } => over = Some(READ_EVERY),
                // The connection is lost: when it is back, everything is read again.
                ObserverEvent::OutOfDate { code } if code == Code::UNAVAILABLE => {}
                ObserverEvent::Refused { .. } | ObserverEvent::OutOfDate { .. } => {
                    over = Some(device::backoff(device.asks));
                }
                ObserverEvent::Waiting | ObserverEvent::ChildPosted(_) | ObserverEvent::ChildEvent { .. } => {
                }
            }
        }
        if let Some(after) = over {
            drop_observer(line, device);
            device.watching = Watching::Waiting;
            device.ask_at = Some(line.now + after);
            device.asks += 1;
        } else if fresh {
            device.live = true;
            device.watching = Watching::Allowed;
            device.ask_at = None;
            device.asks = 0;
            device.read_at = Some(line.now + READ_EVERY);
        }
    }

    pub(crate) fn device(&mut self, user: &Url, hyperty: &Url) -> Option<&mut Device> {
        self.persons.get_mut(user)?.devices.get_mut(hyperty)
    }
}

fn ask(line: &mut Line<'_>, requests: &mut Requests, user: &Url, hyperty: &Url, device: &mut Device) {
    device.ask_at = None;
    let who = serde_json::json!({"user": line.user.as_str(), "name": line.identity.display_name()});
    let draft = Draft::new(Kind::Execute, line.hyperty, hyperty)
        .with("method", "watch")
        .with("params", vec![who])
        .with("identity", line.identity.to_value());
    device.asking = requests.send(line, draft, Waiting::Ask { user: user.clone(), hyperty: hyperty.clone() });
    if device.asking.is_none() {
        device.ask_later(line.now);
    }
}

fn send_read(
    line: &mut Line<'_>,
    requests: &mut Requests,
    user: &Url,
    hyperty: &Url,
    object: Url,
    draft: Draft,
) {
    // What cannot be sent now is read after the reconnection, or with the next regular read.
    let _ =
        requests.send(line, draft, Waiting::State { user: user.clone(), hyperty: hyperty.clone(), object });
}

/// Looks away from the object. Its address may be anybody's once its owner is gone.
pub(crate) fn drop_observer(line: &mut Line<'_>, device: &mut Device) {
    if let Some(mut observer) = device.observer.take() {
        let leave = observer.leave();
        line.send(leave.unsubscribe);
        line.unroute(&[observer.object().changes()]);
    }
    device.read_at = None;
}

/// The program does not run any more.
pub(crate) fn stop(line: &mut Line<'_>, device: &mut Device) {
    drop_observer(line, device);
    device.rest();
}
