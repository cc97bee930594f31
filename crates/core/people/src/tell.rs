//! Our presence: who asks, who is allowed, invitations.

use confab_line::Line;
use confab_rethink::reporter::{ReporterEvent, SubscribeRequest};
use confab_rethink::session::Cause;
use confab_rethink::{Code, Identity, Message, Url};

use crate::address;
use crate::device;
use crate::people::{Happened, People};

/// Invitations in a row that may fail before the other side has to ask.
const INVITATIONS: u32 = 5;

/// Somebody who waits for the user's decision.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) user: Url,
    pub(crate) name: String,
    /// Questions that are open, one per program: the decision answers them.
    questions: Vec<Message>,
}

impl Asking {
    /// Most people who wait; further ones are told to come back later.
    pub(crate) const MAX: usize = 64;
    /// Most programs of one of them.
    const MAX_QUESTIONS: usize = 8;

    pub(crate) fn new((user, name): (Url, String)) -> Asking {
        Asking { user, name, questions: Vec::new() }
    }

    fn question(&mut self, message: &Message) {
        self.questions.retain(|known| known.from != message.from);
        if self.questions.len() >= Asking::MAX_QUESTIONS {
            self.questions.remove(0);
        }
        self.questions.push(message.clone());
    }
}

impl People {
    /// Somebody asks to see our presence.
    pub(crate) fn watched(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        if message.text("method") != Some("watch") {
            return false;
        }
        let hyperty = message.from.url().filter(|from| from.scheme() == "hyperty");
        let Some((hyperty, (user, name))) =
            hyperty.and_then(|hyperty| Some((hyperty.clone(), self.asker(message, &hyperty)?)))
        else {
            line.reply(message.error(Code::FORBIDDEN, "nobody asks"));
            return true;
        };
        if let Some(person) = self.persons.get_mut(&user) {
            person.held = false;
            // A program that was unknown, or known to be gone, runs.
            let stopped = person.devices.get(&hyperty).is_none_or(|device| !device.live);
            if person.on_list && stopped {
                person.look_at = Some(line.now);
            }
        }
        if self.persons.get(&user).is_some_and(|person| person.allowed) {
            line.reply(message.response(Code::OK));
            self.invite(line, &user, &hyperty);
        } else if self.refused.contains_key(&user) || user == *line.user {
            line.reply(message.error(Code::FORBIDDEN, "presence is not told"));
        } else {
            self.consider(line, user, name, message);
        }
        true
    }

    /// Who asks, as the node says, else as they say; nobody when these disagree.
    fn asker(&self, message: &Message, hyperty: &Url) -> Option<(Url, String)> {
        let said = message.body.get("params").and_then(|params| params.get(0));
        let text = |key: &str| said.and_then(|said| said.get(key)?.as_str());
        let identity = message.body.get("identity").and_then(Identity::parse);
        let named = text("user").and_then(|user| Url::parse(user).ok());
        let user = self.who(identity.as_ref(), hyperty).or_else(|| match &identity {
            Some(identity) if identity.user_url.is_some() => None,
            _ => named.clone(),
        })?;
        if named.is_some_and(|named| named != user) || user.scheme() != "user" {
            return None;
        }
        address::domain_of(&user)?;
        let name = identity.as_ref().and_then(|identity| identity.name.as_deref()).or(text("name"));
        Some((user, address::tidy(name.unwrap_or_default())))
    }

    fn consider(&mut self, line: &mut Line<'_>, user: Url, name: String, message: &Message) {
        let known = self.asking.iter().position(|asking| asking.user == user);
        if known.is_none() && self.asking.len() >= Asking::MAX {
            return line.reply(message.error(Code::BUSY, "too many people ask"));
        }
        let at = known.unwrap_or_else(|| {
            self.happened.push_back(Happened::Asked(self.person_view(&user, &name)));
            self.remember();
            self.asking.push(Asking::new((user, name)));
            self.asking.len() - 1
        });
        self.asking[at].question(message);
        line.reply(message.response(Code::PROVISIONAL));
    }

    /// Lets somebody see our presence.
    pub(crate) fn let_in(&mut self, line: &mut Line<'_>, user: &Url) {
        self.refused.remove(user);
        let asking = self.take_asking(user);
        let name = asking.as_ref().map(|asking| asking.name.clone()).unwrap_or_default();
        let Some(person) = self.person(user, &name) else { return };
        if person.name.is_empty() {
            person.name = name;
        }
        person.allowed = true;
        person.held = false;
        person.look_at = Some(line.now);
        let domain = person.domain.clone();
        let known: Vec<Url> =
            person.devices.iter().filter(|(_, device)| device.live).map(|(url, _)| url.clone()).collect();
        for hyperty in known {
            self.invite(line, user, &hyperty);
        }
        for question in asking.into_iter().flat_map(|asking| asking.questions) {
            line.reply(question.response(Code::OK));
            if let Some(hyperty) = question.from.url() {
                self.invite(line, user, &hyperty);
            }
        }
        self.reach(line, &domain);
        self.remember();
    }

    /// Lets somebody see it no longer. Whoever may go on is invited to a new object.
    pub(crate) fn shut_out(&mut self, line: &mut Line<'_>, user: &Url) {
        for question in self.take_asking(user).into_iter().flat_map(|asking| asking.questions) {
            line.reply(question.error(Code::FORBIDDEN, "presence is not told"));
        }
        let Some(person) = self.persons.get_mut(user).filter(|person| person.allowed) else { return };
        person.allowed = false;
        for device in person.devices.values_mut() {
            device.invite_at = None;
        }
        if !person.on_list {
            self.persons.remove(user);
        }
        self.own.renew(line);
        let allowed = self.persons.values_mut().filter(|person| person.allowed);
        for device in allowed.flat_map(|person| person.devices.values_mut()).filter(|device| device.live) {
            device.invite_at = Some(line.now);
            device.invitations = 0;
        }
    }

    pub(crate) fn take_asking(&mut self, user: &Url) -> Option<Asking> {
        let at = self.asking.iter().position(|asking| asking.user == *user)?;
        Some(self.asking.remove(at))
    }

    /// A program of somebody who may see our presence runs.
    fn invite(&mut self, line: &mut Line<'_>, user: &Url, hyperty: &Url) {
        let Some(person) = self.persons.get_mut(user) else { return };
        let on_list = person.on_list;
        let new = !person.devices.contains_key(hyperty);
        let Some(device) = person.device(hyperty) else { return };
        device.live = true;
        device.invitations = 0;
        device.invite_at = Some(line.now);
        if new && on_list {
            line.route(&[hyperty.registration()]);
            device.ask_at = Some(line.now);
        }
    }

    /// The answer to an invitation of ours.
    pub(crate) fn invitation_answered(
        &mut self,
        line: &mut Line<'_>,
        user: &Url,
        hyperty: &Url,
        object: &Url,
        message: &Message,
        cause: Cause,
    ) {
        let Some(own) = self.own.object().filter(|own| own.url() == object) else { return };
        let observes = own.subscribers().contains_key(&hyperty.into());
        let Some(device) = self.device(user, hyperty) else { return };
        let code = message.code().unwrap_or(Code::SERVER_ERROR);
        if code.is_ok() {
            device.invitations = 0;
        } else if code.is_provisional() || code.is_refusal() || code == Code::NOT_FOUND || observes {
            // Whoever wants to see it asks when they are there.
        } else if cause != Cause::Disconnected && device.invitations < INVITATIONS {
            device.invite_at = Some(line.now + device::backoff(device.invitations));
            device.invitations += 1;
        }
    }

    /// A message to our object.
    pub(crate) fn reported(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        let Some(object) = self.own.object() else { return false };
        if !message.to.as_str().starts_with(object.url().as_str()) {
            return false;
        }
        match object.receive(message) {
            Some(ReporterEvent::SubscribeRequested(asked)) => self.admit(line, &asked),
            Some(ReporterEvent::Read { request, subscriber }) => {
                let identity = request.body.get("identity").and_then(Identity::parse);
                let user = request.from.url().and_then(|hyperty| self.who(identity.as_ref(), &hyperty));
                let allowed = user.is_some_and(|user| self.may_see(&user));
                let Some(object) = self.own.object() else { return true };
                if subscriber && allowed {
                    object.answer_read(&request).into_iter().for_each(|answer| line.reply(answer));
                } else {
                    line.reply(request.error(Code::UNAUTHORISED, "presence is not told"));
                }
            }
            Some(ReporterEvent::Execute(call)) => line.reply(call.refuse(Code::NOT_FOUND, "no such method")),
            Some(
                ReporterEvent::Left { .. }
                | ReporterEvent::ChildPosted { .. }
                | ReporterEvent::ChildEvent { .. },
            )
            | None => {}
        }
        true
    }

    fn admit(&mut self, line: &mut Line<'_>, asked: &SubscribeRequest) {
        let hyperty = asked.hyperty.url().filter(|hyperty| hyperty.scheme() == "hyperty");
        let user = hyperty.as_ref().and_then(|hyperty| self.who(asked.identity.as_ref(), hyperty));
        let user = user.filter(|user| self.may_see(user));
        if let (Some(user), Some(hyperty)) = (&user, &hyperty)
            && let Some(device) = self.persons.get_mut(user).and_then(|person| person.device(hyperty))
        {
            device.live = true;
            device.invite_at = None;
            device.invitations = 0;
        }
        let Some(object) = self.own.object() else { return };
        let answer = match user {
            Some(_) => object.accept(asked),
            None => object.refuse(asked, Code::FORBIDDEN, "presence is not told"),
        };
        line.reply(answer);
    }

    fn may_see(&self, user: &Url) -> bool {
        self.persons.get(user).is_some_and(|person| person.allowed)
    }
}
