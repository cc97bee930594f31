//! The owner: admits whom it has invited, keeps the history, answers those who read it again.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_line::Line;
use confab_rethink::reporter::SubscribeRequest;
use confab_rethink::{
    Address, Child, Code, Identity, Message, Metadata, Reporter, ReporterEvent, RequestId, Url,
};
use confab_types::Mono;
use serde_json::{Value, json};

use super::{Heard, schema};
use crate::conversation::Person;

/// Most people invited to one conversation.
const MAX_GUESTS: usize = 16;
/// Tries to invite somebody who does not answer.
const INVITATIONS: u32 = 5;
/// Between them.
const AGAIN: Duration = Duration::from_secs(3);

struct Invited {
    person: Person,
    tries: u32,
    request: Option<RequestId>,
    again_at: Option<Mono>,
}

/// The owner of the object.
pub(crate) struct Owner {
    reporter: Reporter,
    guests: BTreeMap<Address, Invited>,
}

impl Owner {
    pub(crate) fn new(line: &mut Line<'_>, object: &Url, call: &str) -> Owner {
        let (hyperty, runtime) = (line.hyperty.clone(), line.runtime.clone());
        let mut metadata = Metadata::new(object.clone(), hyperty, runtime, &schema(object), call);
        metadata.resources = vec!["chat".to_owned(), "file".to_owned()];
        let participants = json!({line.user.as_str(): participant(line.hyperty, Some(line.identity))});
        let data =
            json!({"startingTime": line.stamp, "status": "open", "cseq": 1, "participants": participants});
        let mut reporter = Reporter::new(metadata, data);
        reporter.stamp(&line.stamp);
        line.route(&reporter.routes());
        Owner { reporter, guests: BTreeMap::new() }
    }

    /// Lets somebody in from now on, and tells them.
    pub(crate) fn invite(&mut self, line: &mut Line<'_>, person: Person) {
        if self.guests.len() < MAX_GUESTS {
            let address = Address::from(&person.hyperty);
            let invited = Invited { person, tries: 0, request: None, again_at: Some(line.now) };
            self.guests.entry(address).or_insert(invited);
            self.wake(line);
        }
    }

    pub(crate) fn has_company(&self) -> bool {
        !self.reporter.subscribers().is_empty()
    }

    pub(crate) fn person(&self, hyperty: &Address) -> Option<&Person> {
        self.guests.get(hyperty).map(|invited| &invited.person)
    }

    /// Keeps a child of ours or of a participant for those who come later.
    pub(crate) fn keep(&mut self, child: Child) {
        self.reporter.keep(child);
    }

    /// Our session is live again: whoever is there shall see it, and send again what we have missed.
    pub(crate) fn connected(&mut self, line: &mut Line<'_>) {
        self.reporter.stamp(&line.stamp);
        let next = self.reporter.data()["cseq"].as_u64().unwrap_or(0) + 1;
        self.set(line, &["cseq"], next.into());
        for invited in self.guests.values_mut().filter(|invited| invited.request.is_some()) {
            (invited.request, invited.again_at) = (None, Some(line.now));
        }
        self.wake(line);
    }

    pub(crate) fn receive(&mut self, line: &mut Line<'_>, message: &Message) -> Vec<Heard> {
        match self.reporter.receive(message) {
            Some(ReporterEvent::SubscribeRequested(asked)) => self.asked_in(line, &asked),
            Some(ReporterEvent::Left { hyperty }) => {
                if let Some(person) = self.person(&hyperty) {
                    let user = person.user.to_string();
                    self.remove(line, &["participants", &user]);
                }
                vec![Heard::Left(hyperty)]
            }
            Some(ReporterEvent::Read { request, subscriber: true }) => {
                self.reporter.answer_read(&request).into_iter().for_each(|part| line.reply(part));
                vec![Heard::Life]
            }
            Some(ReporterEvent::Read { request, subscriber: false }) => {
                line.reply(request.error(Code::UNAUTHORISED, "not a participant"));
                Vec::new()
            }
            Some(ReporterEvent::Execute(call)) => {
                line.reply(call.refuse(Code::UNAUTHORISED, "nothing can be called here"));
                Vec::new()
            }
            Some(ReporterEvent::ChildPosted { child, ack }) => {
                line.reply(ack);
                vec![Heard::Child(child)]
            }
            Some(ReporterEvent::ChildEvent { from, value }) => vec![Heard::Event(from, value)],
            None => Vec::new(),
        }
    }

    /// The answer to an invitation; false when it is another's.
    pub(crate) fn replied(&mut self, now: Mono, request: RequestId, message: &Message) -> bool {
        let mut guests = self.guests.values_mut();
        let Some(invited) = guests.find(|invited| invited.request == Some(request)) else { return false };
        if message.code().is_some_and(|code| code.is_provisional()) {
            return true;
        }
        invited.request = None;
        let came = message.code().is_some_and(|code| code.is_ok());
        invited.again_at = (!came && invited.tries < INVITATIONS).then_some(now + AGAIN);
        true
    }

    pub(crate) fn deadline(&self) -> Option<Mono> {
        self.guests.values().filter_map(|invited| invited.again_at).min()
    }

    pub(crate) fn wake(&mut self, line: &mut Line<'_>) {
        let now = line.now;
        for invited in self.guests.values_mut().filter(|it| it.again_at.is_some_and(|at| at <= now)) {
            invited.again_at = None;
            let draft = self.reporter.invite(&invited.person.hyperty, Some(line.identity));
            match line.request(draft) {
                Ok(request) => (invited.request, invited.tries) = (Some(request), invited.tries + 1),
                Err(_) => invited.again_at = Some(now + AGAIN),
            }
        }
    }

    /// It is over for everybody.
    pub(crate) fn close(&mut self, line: &mut Line<'_>) {
        let delete = self.reporter.delete();
        line.send(delete);
        line.unroute(&self.reporter.routes());
        self.guests.clear();
    }

    fn asked_in(&mut self, line: &mut Line<'_>, asked: &SubscribeRequest) -> Vec<Heard> {
        let said = asked.identity.as_ref().and_then(Identity::user);
        let invited = self.person(&asked.hyperty).cloned();
        // A node that knows who people are has put it on the message: the hyperty in the body is only a word.
        let Some(person) = invited.filter(|person| said.is_none_or(|said| said == person.user)) else {
            line.reply(self.reporter.refuse(asked, Code::FORBIDDEN, "not invited"));
            return Vec::new();
        };
        self.reporter.stamp(&line.stamp);
        let value = participant(&person.hyperty, asked.identity.as_ref());
        let update = self.reporter.set(&["participants", person.user.as_str()], value);
        line.reply(self.reporter.accept(asked));
        if let Ok(Some(update)) = update {
            line.send(update);
        }
        if let Some(invited) = self.guests.get_mut(&asked.hyperty) {
            invited.again_at = None;
        }
        vec![Heard::Life]
    }

    fn set(&mut self, line: &mut Line<'_>, keys: &[&str], value: Value) {
        if let Ok(Some(update)) = self.reporter.set(keys, value) {
            line.send(update);
        }
    }

    fn remove(&mut self, line: &mut Line<'_>, keys: &[&str]) {
        if let Ok(Some(update)) = self.reporter.remove(keys) {
            line.send(update);
        }
    }
}

fn participant(hyperty: &Url, identity: Option<&Identity>) -> Value {
    let mut value = json!({"hypertyURL": hyperty.as_str(), "domain": hyperty.domain(),
        "resources": ["chat", "file"], "status": "live"});
    if let Some(identity) = identity {
        value["identity"] = identity.to_value();
    }
    value
}
