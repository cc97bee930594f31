//! Files of a room. They lie at the store; the room lets its participants in there and tells them what there is (protocol
//! page, 5).

use confab_rethink::{Body, Child, Code, Url};
use confab_types::ParticipantId;
use serde_json::{Value, json};

use super::Conference;
use super::commands::{Done, Refusal};
use crate::media_server::MediaRoomId;
use crate::member::display_name;
use crate::offer::participant_number;
use crate::port::ConferenceOutput;
use crate::room::chat::Place;
use crate::room::key;
use crate::store::{FileStore, StoreCommand, StoreEvent, StoredFile};

/// Longest media type that is passed on, bytes.
const MAX_TYPE: usize = 128;

impl Conference {
    /// `files []`: where the room's files are, and a token to come in there.
    pub(super) fn files(&mut self, id: MediaRoomId, by: u32) -> Done {
        let store =
            self.config.files.clone().ok_or(Refusal::new(Code::NOT_FOUND, "there is no store for files"))?;
        let room = self.rooms.get(&id).ok_or(Refusal::GONE)?.url().clone();
        let until = self.now + FileStore::TOKEN_LIFE;
        let token = self.token();
        let value = json!({
            "url": store.place(&room),
            "token": token,
            "expires": (self.config.wall + until.as_millis()) / 1_000,
            "limit": store.limit,
        });
        let participant = ParticipantId::new(key(by));
        self.store(StoreCommand::Allow { room, token, participant, until });
        Ok(Some(value))
    }

    /// Somebody is gone: their tokens are too.
    pub(super) fn revoke_files(&mut self, id: MediaRoomId, number: u32) {
        if let Some(room) = self.rooms.get(&id).filter(|_| self.config.files.is_some()) {
            let (room, participant) = (room.url().clone(), ParticipantId::new(key(number)));
            self.store(StoreCommand::Revoke { room, participant });
        }
    }

    /// The company is gone: its files are too.
    pub(super) fn renew_files(&mut self, id: MediaRoomId) {
        if let Some(room) = self.rooms.get(&id).filter(|_| self.config.files.is_some()) {
            let room = room.url().clone();
            self.store(StoreCommand::Close { room: room.clone() });
            self.store(StoreCommand::Open { room });
        }
    }

    pub(super) fn store_event(&mut self, event: StoreEvent) {
        match event {
            StoreEvent::Offered { room, participant, file } => {
                let known = self.room_at(&room).zip(participant_number(participant.as_str()));
                if let Some((id, number)) = known {
                    self.offered(id, number, file);
                }
            }
            StoreEvent::Progress { room, file, receiver, bytes } => {
                let Some(room) = self.room_at(&room).and_then(|id| self.rooms.get(&id)) else { return };
                let sender = room.files.get(&file).and_then(|number| room.members.get(number));
                let value = json!({"file": file, "receivers": {receiver.as_str(): bytes}});
                let told = sender.map(|sender| room.signal_to(&sender.hyperty, "file-progress", value));
                self.publish(told);
            }
            StoreEvent::Complete { room, file } => self.tell_of_file(&room, "file-stored", &file),
            StoreEvent::Gone { room, file } => {
                self.tell_of_file(&room, "file-gone", &file);
                let room = self.room_at(&room).and_then(|id| self.rooms.get_mut(&id));
                if let Some(room) = room {
                    room.files.remove(&file);
                    room.reporter.forget(&file);
                    room.chat.forget(&file);
                }
            }
        }
    }

    /// A file can be fetched from now on, also while it still arrives at the store.
    fn offered(&mut self, id: MediaRoomId, number: u32, file: StoredFile) {
        let created = self.date();
        let place =
            self.config.files.as_ref().zip(self.rooms.get(&id)).map(|(store, room)| store.place(room.url()));
        let Some((place, room)) = place.zip(self.rooms.get_mut(&id)) else { return };
        let Some(member) = room.members.get(&number) else { return };
        let Place::New { seq } = room.chat.place(&file.id, member.user.as_str(), &created) else { return };
        let name = display_name(&file.name);
        let value = json!({
            "resourceType": "file",
            "name": name,
            "size": file.size,
            "mimetype": file.mimetype.chars().filter(char::is_ascii).take(MAX_TYPE).collect::<String>(),
            "lastModified": file.last_modified,
            "contentURL": [format!("{place}/{}", file.id)],
            "sha256": file.sha256,
            "pieces": FileStore::PIECE,
            "by": key(number),
            "byName": member.name,
            "seq": seq,
            "created": created,
        });
        let Value::Object(value) = value else { return };
        let (label, anonymous, url) = (member.label(), member.anonymous, room.url().clone());
        let mut child = Child::new(&file.id, &member.hyperty, &url, Body::from_iter(value));
        if anonymous {
            child.value.remove("reporter");
        }
        let told = child.draft(&url, &url);
        room.files.insert(file.id, number);
        room.reporter.keep(child);
        self.publish([told]);
        self.note(id, "file", &label, "", &name);
    }

    fn tell_of_file(&mut self, room: &Url, what: &str, file: &str) {
        let Some(room) = self.room_at(room).and_then(|id| self.rooms.get(&id)) else { return };
        if room.files.contains_key(file) {
            let told = room.signal(what, json!({"file": file}));
            self.publish([told]);
        }
    }

    /// The room whose object this is.
    pub(super) fn room_at(&self, url: &Url) -> Option<MediaRoomId> {
        match self.objects.get(url) {
            Some(&super::Object::Room(id)) => Some(id),
            _ => None,
        }
    }

    fn store(&mut self, command: StoreCommand) {
        self.outputs.push_back(ConferenceOutput::Store(command));
    }
}
