//! Coming, going, being away.

use confab_rethink::reporter::SubscribeRequest;
use confab_rethink::{Code, Kind, Message, Url};
use confab_types::ParticipantId;

use super::Conference;
use crate::media_server::MediaRoomId;
use crate::member::Member;
use crate::port::ConferenceEvent;
use crate::room::key;

impl Conference {
    /// Somebody wants into a room. The same hyperty again gets the same key: it lost its connection, not its place.
    pub(super) fn join(&mut self, id: MediaRoomId, asked: &SubscribeRequest) {
        let hyperty = asked
            .hyperty
            .url()
            .filter(|url| url.scheme() == "hyperty" && url.path().matches('/').count() == 1);
        let Some(hyperty) = hyperty else {
            return self.refuse(id, asked, Code::BAD_REQUEST, "no hyperty subscribes");
        };
        let identity = asked.identity.clone();
        let Some((identity, user)) =
            identity.and_then(|identity| identity.user().map(|user| (identity, user)))
        else {
            return self.refuse(id, asked, Code::FORBIDDEN, "nobody vouches for who you are");
        };
        let date = self.date();
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let number = match room.number_of(&hyperty) {
            Some(number) if room.members[&number].user != user => {
                return self.refuse(id, asked, Code::FORBIDDEN, "this hyperty is somebody else's");
            }
            Some(number) => {
                self.come_back(id, number);
                number
            }
            None if room.members.len() >= self.config.max_participants => {
                let desc = format!("the room is full: {} participants", room.members.len());
                return self.refuse(id, asked, Code::BUSY, &desc);
            }
            None => {
                if self.session.route(self.now, &[hyperty.registration()], &self.hyperty).is_err() {
                    return self.refuse(id, asked, Code::BUSY, "the conference server is full");
                }
                room.reporter.stamp(&date);
                let member = Member::new(hyperty, user, identity, asked.request.text("name"));
                let (number, told) = room.add(member);
                let event = ConferenceEvent::Joined {
                    room: room.name.clone(),
                    participant: ParticipantId::new(key(number)),
                };
                self.publish(told);
                self.tell(event);
                number
            }
        };
        if let Some(room) = self.rooms.get_mut(&id) {
            let answer = room.reporter.accept(asked).with("participant", key(number));
            self.answer(answer);
        }
    }

    fn refuse(&mut self, id: MediaRoomId, asked: &SubscribeRequest, code: Code, desc: &str) {
        let Some(room) = self.rooms.get(&id) else { return };
        let answer = room.reporter.refuse(asked, code.clone(), desc);
        let event = ConferenceEvent::Refusal { room: room.name.clone(), code };
        self.answer(answer);
        self.tell(event);
    }

    /// A participant is gone: legs first, so that nobody is heard a moment longer.
    pub(super) fn leave(&mut self, id: MediaRoomId, number: u32) {
        self.close_legs_of(id, number);
        let date = self.date();
        let Some(room) = self.rooms.get_mut(&id) else { return };
        room.reporter.stamp(&date);
        let Some((member, told)) = room.remove(number) else { return };
        let event =
            ConferenceEvent::Left { room: room.name.clone(), participant: ParticipantId::new(key(number)) };
        self.publish(told);
        self.forget_presence(&member.hyperty);
        self.tell(event);
    }

    /// The registry says something of a hyperty.
    pub(super) fn presence(&mut self, hyperty: &Url, message: &Message) {
        if message.kind != Kind::Update || message.text("attribute") != Some("status") {
            return;
        }
        for id in self.rooms.keys().copied().collect::<Vec<_>>() {
            let Some(number) = self.rooms[&id].number_of(hyperty) else { continue };
            match message.text("value") {
                Some("disconnected") => self.go_away(id, number),
                Some("live") => self.come_back(id, number),
                _ => {}
            }
        }
    }

    fn go_away(&mut self, id: MediaRoomId, number: u32) {
        let date = self.date();
        let until = self.now + self.config.away_for;
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let Some(member) = room.members.get_mut(&number) else { return };
        if member.away_until.is_none() {
            member.away_until = Some(until);
            room.reporter.stamp(&date);
            let told = room.set_field(number, "away", true);
            self.publish(told);
        }
    }

    fn come_back(&mut self, id: MediaRoomId, number: u32) {
        let date = self.date();
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let Some(member) = room.members.get_mut(&number) else { return };
        if member.away_until.take().is_some() {
            room.reporter.stamp(&date);
            let told = room.set_field(number, "away", false);
            self.publish(told);
        }
    }

    /// Removes those who were away too long.
    pub(super) fn give_up_absent(&mut self) {
        let now = self.now;
        let absent = self.rooms.iter().flat_map(|(&id, room)| {
            let late = |member: &Member| member.away_until.is_some_and(|until| until <= now);
            room.members.iter().filter(move |(_, member)| late(member)).map(move |(&number, _)| (id, number))
        });
        for (id, number) in absent.collect::<Vec<_>>() {
            self.leave(id, number);
        }
    }

    /// Stops listening to a hyperty's presence, unless it is in another room.
    pub(super) fn forget_presence(&mut self, hyperty: &Url) {
        if self.rooms.values().all(|room| room.number_of(hyperty).is_none()) {
            self.session.unroute(&[hyperty.registration()]);
        }
    }
}
