//! Opening and closing rooms, also those that people make for themselves (protocol page, 4 and 5).

use confab_rethink::{Code, Identity, Message, Reporter, Url, new_guid};
use serde_json::{Value, json};

use super::messages::asserted_user;
use super::{Conference, EXPIRES, Object};
use crate::config::ConferenceConfig;
use crate::media_server::{MediaCommand, MediaRoomId, RoomMode};
use crate::newcomer::has_account_at;
use crate::port::{ConferenceEvent, ConferenceOutput, RoomRecord};
use crate::room::Room;
use crate::room::invitations::Invitations;
use crate::room::settings::Settings;
use crate::store::StoreCommand;

/// What becomes of a room that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It opens again under the same name, empty.
    Again,
    /// Nobody finds it any more.
    Gone,
}

/// Where numbers of rooms begin that people make: nine digits.
const NUMBERS: u64 = 100_000_000;

impl Conference {
    /// Opens a room; one of that name that is open stays. With the invitations that the one before has left.
    pub(super) fn open_room(&mut self, name: String, owner: Option<Url>, invitations: Invitations) {
        if self.closing || self.is_open(&name) {
            return;
        }
        if !is_room_name(&name) || self.rooms.len() >= self.config.max_rooms {
            return self.tell(ConferenceEvent::RoomRefused { name });
        }
        self.rooms_given += 1;
        let id = MediaRoomId(self.rooms_given);
        let url = Url::comm(&self.config.domain, new_guid(&mut self.chance));
        let mut reporter = self.room_reporter(&name, url.clone());
        reporter.stamp(&self.date());
        let record = reporter.record(EXPIRES).expect("a conference has a runtime");
        let kept = self.session.route(self.now, &reporter.routes(), &self.hyperty);
        if kept.and_then(|()| self.session.register(self.now, record)).is_err() {
            self.session.unroute(&reporter.routes());
            return self.tell(ConferenceEvent::RoomRefused { name });
        }
        self.command(MediaCommand::OpenRoom { room: id, mode: RoomMode::Forward });
        if self.config.files.is_some() {
            self.outputs.push_back(ConferenceOutput::Store(StoreCommand::Open { room: url.clone() }));
        }
        self.objects.insert(url.clone(), Object::Room(id));
        let mut room = Room::new(name.clone(), owner, reporter);
        room.invitations = invitations;
        self.rooms.insert(id, room);
        self.guard(id);
        self.note(id, "opened", "", "", "");
        self.tell(ConferenceEvent::RoomOpen { name, url });
    }

    fn room_reporter(&self, name: &str, url: Url) -> Reporter {
        let mut metadata = self.metadata(url, "Communication", name);
        metadata.resources = ["chat", "file", "audio", "video"].map(str::to_owned).into();
        let mut data = json!({
            "profile": "rethink-conf/1",
            "status": "open",
            "startingTime": self.date(),
            "name": name,
            "conference": self.hyperty.as_str(),
            "promised": self.config.promised,
            "moderated": true,
            "serial": 0,
            "participants": {},
            "roster": {},
            "invited": {},
        });
        for (setting, on) in Settings::default().entries() {
            data[setting] = on.into();
        }
        if let Some(link) = self.link(name) {
            data["link"] = link.into();
        }
        Reporter::new(metadata, data)
    }

    /// The address that people open in a browser to come into a room.
    pub(super) fn link(&self, name: &str) -> Option<String> {
        self.config.public_url.as_ref().map(|url| format!("{}/j/{name}", url.trim_end_matches('/')))
    }

    /// Ends a room, with the word that everybody is told.
    pub(super) fn close_room(&mut self, id: MediaRoomId, because: &str, after: After) {
        self.refuse_all_waiting(id, "ended");
        for number in self.members_of(id) {
            self.close_legs_of(id, number);
        }
        self.change(id, |room| room.tell_end(because));
        let Some(mut room) = self.rooms.remove(&id) else { return };
        self.command(MediaCommand::CloseRoom { room: id });
        if self.config.files.is_some() {
            self.outputs.push_back(ConferenceOutput::Store(StoreCommand::Close { room: room.url().clone() }));
        }
        for member in room.members.values() {
            self.forget_presence(&member.hyperty);
        }
        let delete = room.reporter.delete();
        self.publish([delete]);
        self.session.unregister(room.url());
        self.session.unroute(&room.reporter.routes());
        self.objects.remove(room.url());
        self.tell(ConferenceEvent::RoomClosed { name: room.name.clone() });
        if after == After::Again {
            self.open_room(room.name, room.owner, room.invitations.kept());
        }
    }

    /// `createRoom` at the hyperty: a room of one's own, with a permanent address.
    pub(super) fn create_room(&mut self, message: &Message) {
        let answer = match self.made_room(message) {
            Ok(value) => message.ok(value),
            Err((code, desc)) => message.error(code, desc),
        };
        self.answer(answer);
    }

    fn made_room(&mut self, message: &Message) -> Result<Value, (Code, &'static str)> {
        let user = asserted_user(message);
        let identity = message.body.get("identity").and_then(Identity::parse);
        let owner =
            user.zip(identity).filter(|(user, identity)| has_account_at(identity, user, &self.config.domain));
        let (owner, _) = owner.ok_or((Code::FORBIDDEN, "only people with an account here make rooms"))?;
        let wish = match message.body.get("params").and_then(Value::as_array).map(Vec::as_slice) {
            None | Some([]) => None,
            Some([Value::Object(wish)]) => match wish.get("name") {
                None => None,
                // It becomes a part of a link.
                Some(Value::String(name)) if is_room_name(name) && name.is_ascii() => Some(name.clone()),
                Some(_) => return Err((Code::BAD_REQUEST, "no room can be called so")),
            },
            Some(_) => return Err((Code::BAD_REQUEST, "createRoom takes one object")),
        };
        let own = self.rooms.values().filter(|room| room.owner.as_ref() == Some(&owner)).count();
        if own >= ConferenceConfig::ROOMS_PER_OWNER {
            return Err((Code::Num(429), "you have too many rooms"));
        }
        if self.closing || self.rooms.len() >= self.config.max_rooms {
            return Err((Code::BUSY, "the conference server is full"));
        }
        let name = match wish {
            Some(name) if self.is_open(&name) => {
                return Err((Code::Num(409), "there is a room of that name"));
            }
            Some(name) => name,
            None => self.free_number(),
        };
        self.open_room(name.clone(), Some(owner.clone()), Invitations::default());
        let room = self.rooms.values().find(|room| room.name == name);
        let url = room.map(|room| room.url().clone()).ok_or((Code::BUSY, "the conference server is full"))?;
        let record = RoomRecord { name: name.clone(), owner, created: self.unix() };
        self.outputs.push_back(ConferenceOutput::Room(record));
        let mut value = json!({"name": name, "url": url.as_str()});
        if let Some(link) = self.link(&name) {
            value["link"] = link.into();
        }
        Ok(value)
    }

    fn free_number(&mut self) -> String {
        loop {
            let number = (NUMBERS + self.chance.below(9 * NUMBERS)).to_string();
            // There are nine hundred million numbers and some hundred rooms.
            if !self.is_open(&number) {
                return number;
            }
        }
    }

    fn is_open(&self, name: &str) -> bool {
        self.rooms.values().any(|room| room.name == name)
    }
}

/// 1 to 64 letters, digits, `-`, `_`, `.` (protocol page, 13).
fn is_room_name(name: &str) -> bool {
    (1..=64).contains(&name.chars().count())
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.'))
}
