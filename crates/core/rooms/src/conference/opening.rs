//! Opening and closing rooms, also those that people make for themselves (protocol page, 4 and 5).

use confab_rethink::{Code, Identity, Message, Reporter, Url, new_guid};
use serde_json::{Value, json};

use super::messages::asserted_user;
use super::{Conference, EXPIRES, Object};
use crate::config::ConferenceConfig;
use crate::keeping::{DoorRecord, InvitationRecord, Keep, RoomRecord};
use crate::media_server::{MediaCommand, MediaRoomId, RoomMode};
use crate::newcomer::has_account_at;
use crate::port::{ConferenceEvent, ConferenceOutput};
use crate::room::Room;
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
    /// Opens a room; one of that name that is open stays.
    pub(super) fn open_room(&mut self, name: String, owner: Option<Url>) {
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
        self.rooms.insert(id, Room::new(name.clone(), owner, reporter));
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
            "endsWithOrganiser": self.config.ends_with_organiser,
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
            let (settings, owned) = (room.lasting(), room.owner.is_some());
            self.open_room(room.name.clone(), room.owner);
            let Some(id) = self.room_called(&room.name) else { return };
            self.change(id, |next| next.take_over(settings, room.invitations.kept(owned)));
        }
    }

    /// Takes back what was kept of a room over a restart.
    pub(super) fn recall(
        &mut self,
        room: &str,
        door: Option<DoorRecord>,
        invitations: Vec<InvitationRecord>,
    ) {
        let unix = self.unix();
        let Some(id) = self.room_called(room) else { return };
        self.change(id, |room| {
            let owned = room.owner.is_some();
            let mut list = std::mem::take(&mut room.invitations);
            for record in invitations.into_iter().filter(|record| record.expires > unix) {
                list.recall(record, owned);
            }
            let settings = door.filter(|_| owned).map_or(room.settings, Settings::from);
            room.take_over(settings, list);
        });
    }

    /// Has the door of a room that belongs to somebody written down, if it is not as it was.
    pub(super) fn keep_door(&mut self, id: MediaRoomId, before: Settings) {
        let Some(room) = self.rooms.get(&id).filter(|room| room.owner.is_some()) else { return };
        let (room, door) = (room.name.clone(), room.settings.record());
        if door != before.record() {
            self.outputs.push_back(ConferenceOutput::Keep(Keep::Door { room, door }));
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
        self.open_room(name.clone(), Some(owner.clone()));
        let room = self.room_called(&name).and_then(|id| self.rooms.get(&id));
        let url = room.map(|room| room.url().clone()).ok_or((Code::BUSY, "the conference server is full"))?;
        let record = RoomRecord { name: name.clone(), owner, created: self.unix() };
        self.outputs.push_back(ConferenceOutput::Keep(Keep::Room(record)));
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
        self.room_called(name).is_some()
    }

    /// The open room of that name.
    pub(super) fn room_called(&self, name: &str) -> Option<MediaRoomId> {
        self.rooms.iter().find(|(_, room)| room.name == name).map(|(&id, _)| id)
    }
}

/// 1 to 64 letters, digits, `-`, `_`, `.` (protocol page, 13), and not what browsers take out of an address.
fn is_room_name(name: &str) -> bool {
    !matches!(name, "." | "..")
        && (1..=64).contains(&name.chars().count())
        && name.chars().all(|char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.'))
}
