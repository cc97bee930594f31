//! Who comes in, who waits, who is refused (protocol page, 4 and 5).

use confab_rethink::reporter::SubscribeRequest;
use confab_rethink::{Code, Url};
use serde_json::Value;

use super::Conference;
use super::commands::{Done, Refusal, reason};
use crate::media_server::MediaRoomId;
use crate::newcomer::Newcomer;
use crate::port::{ConferenceEvent, Stranger};
use crate::room::Room;

/// What is decided about somebody at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Enter,
    Wait,
    Refuse(Code, String),
}

impl Conference {
    /// Somebody wants into a room. The same hyperty again gets the same key: it lost its connection, not its place.
    pub(super) fn knock(&mut self, id: MediaRoomId, asked: SubscribeRequest) {
        let newcomer = match Newcomer::read(&asked) {
            Ok(newcomer) => newcomer,
            Err((code, desc)) => return self.refuse(id, &asked, code, desc),
        };
        let stranger = self.strangers.of(&newcomer.user);
        let newcomer = newcomer.known_as(stranger);
        let Some(room) = self.rooms.get_mut(&id) else { return };
        // A client that was away when it was put out takes itself for a participant who comes back.
        if let Some(reason) = room.past.told(&newcomer.hyperty) {
            let desc = if reason.is_empty() { "removed".to_owned() } else { format!("removed: {reason}") };
            return self.refuse(id, &asked, Code::FORBIDDEN, &desc);
        }
        let room = &self.rooms[&id];
        match room.number_of(&newcomer.hyperty) {
            Some(number) if room.members[&number].user != newcomer.user => {
                self.refuse(id, &asked, Code::FORBIDDEN, "this hyperty is somebody else's");
            }
            Some(number) => {
                self.come_back(id, number);
                self.accept(id, number, &asked);
            }
            None => match self.verdict(room, &newcomer) {
                Verdict::Enter => self.enter(id, newcomer, &asked),
                Verdict::Wait => self.make_wait(id, newcomer, asked),
                Verdict::Refuse(code, desc) => {
                    self.stop_waiting(id, &newcomer.hyperty);
                    self.refuse(id, &asked, code, &desc);
                }
            },
        }
    }

    /// Whether somebody without an account who comes from there would be let in or may wait: what the front door asks before it
    /// makes them a guest. `Err` says why not in a word of the protocol page; a later decision may differ.
    pub fn door(
        &self,
        room: &str,
        code: Option<&str>,
        mail: Option<&str>,
        address: Option<&str>,
    ) -> Result<(), &'static str> {
        let room = self.rooms.values().find(|open| open.name == room).ok_or("no-such-room")?;
        let invited = code.is_some_and(|code| room.invitations.has_code(code, self.unix()));
        let stranger = Stranger {
            mail: mail.map(str::to_owned),
            address: address.map(str::to_owned),
            ..Stranger::default()
        };
        if room.past.is_banned(&self.config.user, Some(&stranger)) {
            return Err("banned");
        }
        if code.is_some() && !invited {
            return Err("bad-code");
        }
        if !room.settings.guests {
            return Err("guests-not-allowed");
        }
        if mail.is_none() && !room.settings.invented {
            return Err("bad-mail");
        }
        if room.members.len() >= self.config.max_participants {
            return Err("full");
        }
        if room.settings.locked && !invited { Err("locked") } else { Ok(()) }
    }

    fn verdict(&self, room: &Room, newcomer: &Newcomer) -> Verdict {
        let refuse = |desc: &str| Verdict::Refuse(Code::FORBIDDEN, desc.to_owned());
        let (user, stranger) = (&newcomer.user, newcomer.stranger.as_ref());
        if stranger.is_some_and(|stranger| stranger.room.as_ref().is_some_and(|only| *only != room.name)) {
            return refuse("another room was asked for");
        }
        if room.past.is_banned(user, stranger) {
            return refuse("banned");
        }
        if newcomer.identity.guest && !room.settings.guests {
            return refuse("no-guests");
        }
        if newcomer.is_invented() && !room.settings.invented {
            return refuse("no-invented-names");
        }
        if room.members.len() >= self.config.max_participants {
            let desc = format!("the room is full: {} participants", room.members.len());
            return Verdict::Refuse(Code::BUSY, desc);
        }
        let owns = room.owner.as_ref() == Some(user);
        // Without an organiser there would be nobody to let anybody in.
        let would_organise = room.organiser().is_none() && newcomer.has_account_at(&self.config.domain);
        let here_already = room.members.values().any(|member| member.user == *user);
        let was_in = room.past.held(user).is_some();
        let removed = room.past.was_removed(user, stranger);
        // Whom an organiser asks again is forgiven; an invitation from before does not lead past a removal.
        let invited = !removed && room.invitations.of(user, newcomer.code.as_deref(), self.unix()).is_some();
        if owns || would_organise || here_already || was_in || invited {
            return Verdict::Enter;
        }
        // Who waits already and asks again goes on waiting.
        if room.lobby.has(&newcomer.hyperty) {
            return Verdict::Wait;
        }
        if room.settings.locked {
            return refuse("locked");
        }
        match room.settings.lobby || removed {
            true => Verdict::Wait,
            false => Verdict::Enter,
        }
    }

    pub(super) fn refuse(&mut self, id: MediaRoomId, asked: &SubscribeRequest, code: Code, desc: &str) {
        let Some(room) = self.rooms.get(&id) else { return };
        let answer = room.reporter.refuse(asked, code.clone(), desc);
        let event = ConferenceEvent::Refusal { room: room.name.clone(), code };
        self.answer(answer);
        self.tell(event);
    }

    fn make_wait(&mut self, id: MediaRoomId, newcomer: Newcomer, asked: SubscribeRequest) {
        let (since, now) = (self.date(), self.now);
        let Some(room) = self.rooms.get(&id) else { return };
        let known = room.lobby.has(&newcomer.hyperty);
        let full = !known && room.lobby.is_full(&newcomer.user);
        // Who gives up by losing the connection is not waited for.
        let routed = self.session.route(now, &[newcomer.hyperty.registration()], &self.hyperty).is_ok();
        if full || !routed {
            return self.refuse(id, &asked, Code::BUSY, "too many people wait already");
        }
        let who = format!("{} ({})", newcomer.name, newcomer.who());
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let answer = room.reporter.wait(&asked);
        room.lobby.add(newcomer, asked, since, now);
        self.answer(answer);
        if !known {
            self.note(id, "waiting", "", &who, "");
        }
        self.tell_organisers(id);
    }

    /// Tells those who wait that they still do, before their clients give up.
    pub(super) fn remind_waiting(&mut self) {
        let now = self.now;
        let mut answers = Vec::new();
        for room in self.rooms.values_mut() {
            let due = room.lobby.due(now);
            answers.extend(due.iter().map(|asked| room.reporter.wait(asked)));
        }
        answers.into_iter().for_each(|answer| self.answer(answer));
    }

    /// A hyperty does not want to come in any more, or cannot. True when it waited.
    pub(super) fn stop_waiting(&mut self, id: MediaRoomId, hyperty: &Url) -> bool {
        let gone = self.rooms.get_mut(&id).and_then(|room| room.lobby.take_hyperty(hyperty));
        if gone.is_some() {
            self.forget_presence(hyperty);
            self.tell_organisers(id);
        }
        gone.is_some()
    }

    /// Nobody is left to let anybody in.
    pub(super) fn refuse_all_waiting(&mut self, id: MediaRoomId, desc: &str) {
        let keys = self.rooms.get(&id).map(|room| room.lobby.keys(|_| true)).unwrap_or_default();
        for key in keys {
            self.refuse_waiting(id, &key, desc);
        }
    }

    fn refuse_waiting(&mut self, id: MediaRoomId, key: &str, desc: &str) -> Option<String> {
        let waiting = self.rooms.get_mut(&id)?.lobby.take(key)?;
        self.refuse(id, &waiting.asked, Code::FORBIDDEN, desc);
        self.forget_presence(&waiting.newcomer.hyperty);
        Some(format!("{} ({})", waiting.newcomer.name, waiting.newcomer.who()))
    }

    /// `admit [w…]`
    pub(super) fn admit(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let keys: Option<Vec<&str>> = params.iter().map(Value::as_str).collect();
        let keys = keys
            .filter(|keys| !keys.is_empty())
            .ok_or(Refusal::malformed("admit takes keys of who waits"))?;
        let room = self.rooms.get(&id).ok_or(Refusal::GONE)?;
        let known: Vec<String> =
            keys.into_iter().filter(|key| room.lobby.get(key).is_some()).map(str::to_owned).collect();
        if known.is_empty() {
            return Err(Refusal::new(Code::NOT_FOUND, "nobody waits under this key"));
        }
        self.let_in(id, by, known)
    }

    fn let_in(&mut self, id: MediaRoomId, by: u32, keys: Vec<String>) -> Done {
        for key in keys {
            let Some(room) = self.rooms.get_mut(&id) else { break };
            if room.members.len() >= self.config.max_participants {
                self.tell_organisers(id);
                return Err(Refusal::new(Code::Num(409), "the room is full"));
            }
            let Some(waiting) = room.lobby.take(&key) else { continue };
            let by = room.label(by);
            let mail = waiting.newcomer.stranger.as_ref().and_then(|stranger| stranger.mail.as_deref());
            room.past.forgive(Some(&waiting.newcomer.user), mail);
            let who = format!("{} ({})", waiting.newcomer.name, waiting.newcomer.who());
            self.note(id, "admitted", &by, &who, "");
            self.enter(id, waiting.newcomer, &waiting.asked);
        }
        self.tell_organisers(id);
        Ok(None)
    }

    /// `refuse [w, reason?]`
    pub(super) fn refuse_one(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let (key, reason) = match params {
            [Value::String(key)] => (key, String::new()),
            [Value::String(key), Value::String(text)] => (key, reason(text)),
            _ => return Err(Refusal::malformed("refuse takes a key of who waits, and perhaps a reason")),
        };
        let by = self.rooms.get(&id).map(|room| room.label(by)).unwrap_or_default();
        let desc = if reason.is_empty() { "refused".to_owned() } else { format!("refused: {reason}") };
        let who = self.refuse_waiting(id, key, &desc);
        let who = who.ok_or(Refusal::new(Code::NOT_FOUND, "nobody waits under this key"))?;
        self.note(id, "refused", &by, &who, &reason);
        self.tell_organisers(id);
        Ok(None)
    }

    /// `setRoom [{locked?, lobby?, guests?, invented?}]`
    pub(super) fn set_room(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let room = self.rooms.get(&id).ok_or(Refusal::GONE)?;
        let (old, label) = (room.settings, room.label(by));
        let new = old.changed_by(params).ok_or(Refusal::malformed("setRoom takes one object of booleans"))?;
        for ((name, was), (_, is)) in old.entries().into_iter().zip(new.entries()) {
            if was != is {
                self.note(id, word(name, is), &label, "", "");
            }
        }
        self.change(id, |room| room.set_settings(new));
        self.keep_door(id, old);
        if old.lobby && !new.lobby {
            // Those who wait only because everybody does.
            let room = self.rooms.get(&id).ok_or(Refusal::GONE)?;
            let removed =
                |newcomer: &Newcomer| room.past.was_removed(&newcomer.user, newcomer.stranger.as_ref());
            let taken = |newcomer: &Newcomer| {
                (new.guests || !newcomer.identity.guest) && (new.invented || !newcomer.is_invented())
            };
            let keys = room.lobby.keys(|newcomer| taken(newcomer) && !removed(newcomer));
            // Those for whom there is no place go on waiting.
            self.let_in(id, by, keys).ok();
        }
        Ok(None)
    }
}

/// A setting that was changed, for the log.
fn word(setting: &str, on: bool) -> &'static str {
    match (setting, on) {
        ("locked", true) => "locked",
        ("locked", false) => "unlocked",
        ("lobby", true) => "lobby-on",
        ("lobby", false) => "lobby-off",
        ("guests", true) => "guests-on",
        ("guests", false) => "guests-off",
        (_, true) => "invented-on",
        (_, false) => "invented-off",
    }
}
