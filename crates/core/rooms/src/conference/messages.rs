//! Which object a message is for.

use confab_rethink::{Address, Code, Identity, Kind, Message, ReporterEvent, Url};
use confab_types::LegId;

use super::joining::Going;
use super::{Conference, Object};
use crate::media_server::MediaRoomId;

impl Conference {
    /// A message that is no answer.
    pub(super) fn message(&mut self, message: Message) {
        // What a room says to everybody comes back to us.
        if message.from.url().is_some_and(|from| self.room_at(&from).is_some()) {
            return;
        }
        if message.to == self.hyperty {
            return self.at_hyperty(&message);
        }
        let Some(base) = base(&message.to) else { return };
        match self.objects.get(&base) {
            Some(&Object::Room(room)) => self.at_room(room, &message),
            Some(&Object::Offer(leg)) => self.at_offer(leg, &message),
            Some(&Object::Answer(leg)) => self.at_answer(leg, &message),
            None if message.to.as_str() == base.registration().as_str() => self.presence(&base, &message),
            // An object that is gone already: whoever asks need not wait.
            None => self.reject(&message, Code::NOT_FOUND, "no such object"),
        }
    }

    fn at_hyperty(&mut self, message: &Message) {
        match message.kind {
            Kind::Create => self.invited(message),
            Kind::Execute if message.text("method") == Some("createRoom") => self.create_room(message),
            // A reporter asks us to leave its object; the leg goes with it.
            Kind::Unsubscribe => {
                let object = message.text("resource").and_then(|text| Url::parse(text).ok());
                if let Some(Object::Offer(leg)) = object.and_then(|object| self.objects.get(&object)).copied()
                {
                    self.at_offer(leg, message);
                }
            }
            _ => self.reject(message, Code::NOT_FOUND, "this hyperty takes legs and makes rooms"),
        }
    }

    fn at_room(&mut self, id: MediaRoomId, message: &Message) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        match room.reporter.receive(message) {
            Some(ReporterEvent::SubscribeRequested(asked)) => self.knock(id, asked),
            Some(ReporterEvent::Left { hyperty }) => {
                self.answer(message.response(Code::OK));
                let number = hyperty.url().and_then(|hyperty| self.rooms[&id].number_of(&hyperty));
                let restarted = message.body.get("restarted").is_some_and(|value| value == true);
                match number {
                    Some(number) if restarted && self.is_needed(id, number) => self.await_restart(id, number),
                    Some(number) => self.leave(id, number, Going::Left),
                    None => {}
                }
            }
            Some(ReporterEvent::Read { request, subscriber: true }) => {
                for part in room.reporter.answer_read(&request) {
                    self.answer(part);
                }
            }
            Some(ReporterEvent::Read { request, subscriber: false }) => {
                self.answer(request.error(Code::FORBIDDEN, "not a participant"));
            }
            Some(ReporterEvent::Execute(call)) => self.execute(id, &call),
            Some(ReporterEvent::ChildPosted { child, .. }) => self.posted(id, message, &child),
            Some(ReporterEvent::ChildEvent { value, .. }) => self.sign(id, message, &value),
            None if message.kind == Kind::Unsubscribe => self.gives_up(id, message),
            None => self.reject(message, Code::BAD_REQUEST, "message is malformed"),
        }
    }

    /// Somebody who waits to be let in does not any more.
    fn gives_up(&mut self, id: MediaRoomId, message: &Message) {
        let hyperty = message.address("source").or_else(|| message.address("subscriber"));
        let hyperty = hyperty.and_then(|hyperty| hyperty.url());
        let waits = |hyperty: &Url| {
            self.rooms[&id].lobby.is_of(hyperty, &message.from, asserted_user(message).as_ref())
        };
        if let Some(hyperty) = hyperty.filter(waits) {
            self.stop_waiting(id, &hyperty);
            self.answer(message.response(Code::OK));
        }
    }

    fn at_answer(&mut self, id: LegId, message: &Message) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        let Some(ours) = &mut leg.ours else { return };
        let answers = match ours.receive(message) {
            Some(ReporterEvent::SubscribeRequested(asked)) if asked.hyperty == leg.hyperty => {
                vec![ours.accept(&asked)]
            }
            Some(ReporterEvent::SubscribeRequested(asked)) => {
                vec![ours.refuse(&asked, Code::FORBIDDEN, "this leg belongs to somebody else")]
            }
            Some(ReporterEvent::Read { request, subscriber: true }) => ours.answer_read(&request),
            Some(ReporterEvent::Read { request, subscriber: false }) => {
                vec![request.error(Code::FORBIDDEN, "this leg belongs to somebody else")]
            }
            Some(ReporterEvent::Execute(call)) => vec![call.refuse(Code::NOT_FOUND, "a leg has no methods")],
            Some(ReporterEvent::Left { .. }) => vec![message.response(Code::OK)],
            Some(ReporterEvent::ChildPosted { .. } | ReporterEvent::ChildEvent { .. }) => Vec::new(),
            None => return self.reject(message, Code::BAD_REQUEST, "message is malformed"),
        };
        for answer in answers {
            self.answer(answer);
        }
    }

    /// Answers what expects an answer; the rest was news for nobody.
    pub(super) fn reject(&mut self, message: &Message, code: Code, desc: &str) {
        let expects = matches!(message.kind, Kind::Create | Kind::Read | Kind::Subscribe | Kind::Execute);
        if expects && message.from != self.hyperty {
            self.answer(message.error(code, desc));
        }
    }
}

/// The user whom the message node asserts as the sender.
pub(super) fn asserted_user(message: &Message) -> Option<Url> {
    message.body.get("identity").and_then(Identity::parse)?.user()
}

/// `scheme://domain/segment` of an address: the object, hyperty or runtime it belongs to.
pub(super) fn base(address: &Address) -> Option<Url> {
    let url = address.url()?;
    let segment = url.path().strip_prefix('/')?.split('/').next().filter(|segment| !segment.is_empty())?;
    Url::parse(&format!("{}://{}/{segment}", url.scheme(), url.domain())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sub_addresses_belong_to_their_object() {
        for (text, expected) in [
            ("comm://csp.test/r/subscription", Some("comm://csp.test/r")),
            ("comm://csp.test/r/children/", Some("comm://csp.test/r")),
            ("hyperty://csp.test/a", Some("hyperty://csp.test/a")),
            ("hyperty://csp.test", None),
            ("hyperty://csp.test//x", None),
            ("mn:/session", None),
        ] {
            let base = base(&Address::parse(text).unwrap());
            assert_eq!(base.as_ref().map(Url::as_str), expected, "{text}");
        }
    }
}
