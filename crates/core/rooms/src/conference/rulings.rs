//! What organisers decide about others: muting, stopping, removing, roles; and raised hands (protocol page, 5).
//!
//! A ruling is carried out where the media is before anybody is told of it.

use std::time::Duration;

use confab_rethink::{Address, Code, Draft, Kind, Message};
use serde_json::{Value, json};

use super::commands::{Done, Refusal, reason};
use super::joining::Going;
use super::{Conference, Errand};
use crate::media_server::MediaRoomId;
use crate::member::Member;
use crate::offer::{Media, participant_number};
use crate::role::Role;
use crate::room::key;

/// How long somebody whose screen was stopped cannot share another one.
const NO_SCREEN: Duration = Duration::from_secs(10);

impl Conference {
    /// `muteUser [p, "audio"|"video"|"screen"]`
    pub(super) fn mute_user(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let (number, media) = person_and_word(params)?;
        self.may_rule(id, by, number)?;
        let what = match media {
            "audio" => {
                self.close_track(id, number, "mutedByOrganiser");
                self.tell_stopped(id, by, number, media);
                "muted"
            }
            "video" => {
                self.close_track(id, number, "cameraStopped");
                self.tell_stopped(id, by, number, media);
                "camera-stopped"
            }
            "screen" => {
                // Before the leg goes, so that its client does not take it for lost.
                self.tell_stopped(id, by, number, media);
                self.stop_screen(id, number);
                "share-stopped"
            }
            _ => return Err(Refusal::malformed("audio, video or screen can be muted")),
        };
        self.change(id, |room| room.count_ruling());
        self.note_ruling(id, what, by, number, "");
        Ok(None)
    }

    /// `muteAll []`: the microphones of all who do not organise, but for the caller's.
    pub(super) fn mute_all(&mut self, id: MediaRoomId, by: u32) -> Done {
        let room = self.rooms.get(&id).ok_or(Refusal::GONE)?;
        let label = room.label(by);
        let others =
            room.members.iter().filter(|(number, member)| **number != by && !member.role.organises());
        for number in others.map(|(&number, _)| number).collect::<Vec<_>>() {
            self.close_track(id, number, "mutedByOrganiser");
            self.tell_stopped(id, by, number, "audio");
        }
        self.change(id, |room| room.count_ruling());
        self.note(id, "muted-all", &label, "", "");
        Ok(None)
    }

    /// `unmuteUser [p, "audio"|"video"]`: lifts the ruling and asks. It opens nothing: that is for the one who is asked.
    pub(super) fn unmute_user(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let (number, media) = person_and_word(params)?;
        let field = match media {
            "audio" => "mutedByOrganiser",
            "video" => "cameraStopped",
            _ => return Err(Refusal::malformed("audio or video can be asked for")),
        };
        self.may_rule(id, by, number)?;
        let asked = self.change(id, |room| {
            room.rule(number, field, false);
            room.count_ruling();
            let hyperty = &room.members.get(&number)?.hyperty;
            Some(room.signal_to(hyperty, "ask", json!({"unmute": media, "by": key(by)})))
        });
        self.regate(id, number);
        self.publish(asked.flatten());
        self.note_ruling(id, "asked", by, number, media);
        Ok(None)
    }

    /// `removeUser [p, reason?, ban?]`
    pub(super) fn remove_user(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let malformed =
            Refusal::malformed("removeUser takes a participant, and perhaps a reason and whether to ban");
        let (who, why, ban) = match params {
            [who] => (who, &Value::Null, false),
            [who, why] => (who, why, false),
            [who, why, Value::Bool(ban)] => (who, why, *ban),
            _ => return Err(malformed),
        };
        let number = person(who)?;
        let why = match why {
            Value::Null => String::new(),
            Value::String(text) => reason(text),
            _ => return Err(malformed),
        };
        self.may_rule(id, by, number)?;
        self.note_ruling(id, if ban { "banned" } else { "removed" }, by, number, &why);
        let room = self.rooms.get_mut(&id).ok_or(Refusal::GONE)?;
        let member: Member = room.members.get(&number).cloned().ok_or(Refusal::NOBODY)?;
        let Some(ruler) = room.members.get(&by) else { return Err(Refusal::GONE) };
        let mut devices = vec![number];
        // It is for the person, whatever they have come with; but an organiser may have a device of their own put out.
        if ruler.user != member.user {
            let others = room.members.iter().filter(|(other, _)| **other != number);
            let theirs =
                others.filter(|(_, other)| other.user == member.user && ruler.role.rules_over(other.role));
            devices.extend(theirs.map(|(&other, _)| other));
            room.past.put_out(&member.user, member.stranger.as_ref(), ban);
        }
        for number in devices {
            self.put_out(id, number, &why, ban);
        }
        self.change(id, |room| room.count_ruling());
        Ok(None)
    }

    /// `setRole [p, "co-organiser"|"participant"]`
    pub(super) fn set_role(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let (number, role) = person_and_word(params)?;
        let role = match role {
            "co-organiser" => Role::CoOrganiser,
            "participant" => Role::Participant,
            _ => return Err(Refusal::malformed("co-organiser and participant are roles to give")),
        };
        self.may_promote(id, by, number)?;
        self.change(id, |room| {
            room.give_role(number, role);
            room.count_ruling();
        });
        self.regate(id, number);
        self.note_ruling(id, "role", by, number, role.word());
        self.tell_organiser(id, number);
        Ok(None)
    }

    /// `delegate [p]`: hands the room over; who did is a deputy from now on.
    pub(super) fn delegate(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let [who] = params else { return Err(Refusal::malformed("delegate takes one participant")) };
        let number = person(who)?;
        self.may_promote(id, by, number)?;
        self.note_ruling(id, "handed-over", by, number, "");
        self.change(id, |room| {
            room.give_role(by, Role::CoOrganiser);
            room.give_role(number, Role::Organiser);
            room.count_ruling();
        });
        self.regate(id, number);
        self.tell_organisers(id);
        Ok(None)
    }

    /// `raiseHand [bool]`
    pub(super) fn raise_hand(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let [Value::Bool(up)] = params else { return Err(Refusal::malformed("raiseHand takes one boolean")) };
        self.change(id, |room| room.set_hand(by, *up));
        Ok(None)
    }

    /// `lowerHand [p]`
    pub(super) fn lower_hand(&mut self, id: MediaRoomId, params: &[Value]) -> Done {
        let [who] = params else { return Err(Refusal::malformed("lowerHand takes one participant")) };
        let number = person(who)?;
        let room = self.rooms.get(&id).ok_or(Refusal::GONE)?;
        if !room.members.contains_key(&number) {
            return Err(Refusal::NOBODY);
        }
        self.change(id, |room| room.set_hand(number, false));
        Ok(None)
    }

    /// Whether one participant may decide about another one.
    fn may_rule(&self, id: MediaRoomId, by: u32, over: u32) -> Result<(), Refusal> {
        let members = &self.rooms.get(&id).ok_or(Refusal::GONE)?.members;
        let (ruler, ruled) =
            (members.get(&by).ok_or(Refusal::GONE)?, members.get(&over).ok_or(Refusal::NOBODY)?);
        match by != over && ruler.role.rules_over(ruled.role) {
            true => Ok(()),
            false => Err(Refusal::NO_RIGHT),
        }
    }

    /// Whether somebody can have power: guests cannot, and the organiser has it.
    fn may_promote(&self, id: MediaRoomId, by: u32, number: u32) -> Result<(), Refusal> {
        let room = self.rooms.get(&id).ok_or(Refusal::GONE)?;
        let member = room.members.get(&number).ok_or(Refusal::NOBODY)?;
        if number == by {
            return Err(Refusal::new(Code::Num(409), "you are the organiser"));
        }
        match member.role {
            Role::Guest => Err(Refusal::new(Code::FORBIDDEN, "guests cannot organise")),
            _ => Ok(()),
        }
    }

    /// Closes a microphone or camera at the media server, then says so.
    fn close_track(&mut self, id: MediaRoomId, number: u32, ruling: &str) {
        let member = self.rooms.get(&id).and_then(|room| room.members.get(&number));
        let Some((mut audio, mut video)) = member.map(|member| (member.audio_muted, member.video_muted))
        else {
            return;
        };
        match ruling {
            "cameraStopped" => video = true,
            _ => audio = true,
        }
        for leg in self.published_legs(id, number, Media::Camera) {
            self.gate(leg, audio, video);
        }
        self.change(id, |room| room.rule(number, ruling, true));
        self.regate_screens(id, number);
    }

    fn regate_screens(&mut self, id: MediaRoomId, number: u32) {
        if !self.published_legs(id, number, Media::Screen).is_empty() {
            self.regate(id, number);
        }
    }

    fn stop_screen(&mut self, id: MediaRoomId, number: u32) {
        let until = self.now + NO_SCREEN;
        let member = self.rooms.get_mut(&id).and_then(|room| room.members.get_mut(&number));
        if let Some(member) = member {
            member.no_screen_until = Some(until);
        }
        for leg in self.published_legs(id, number, Media::Screen) {
            self.close_leg(leg);
        }
    }

    /// Tells somebody what an organiser has closed, and who.
    fn tell_stopped(&mut self, id: MediaRoomId, by: u32, number: u32, media: &str) {
        let Some(room) = self.rooms.get(&id) else { return };
        let value = json!({"media": media, "by": key(by)});
        let told = room.members.get(&number).map(|member| room.signal_to(&member.hyperty, "stopped", value));
        self.publish(told);
    }

    /// Nobody is asked: who does not leave has no legs, hears nothing and is not listened to.
    fn put_out(&mut self, id: MediaRoomId, number: u32, why: &str, ban: bool) {
        let Some(room) = self.rooms.get(&id) else { return };
        let Some(member) = room.members.get(&number) else { return };
        let reporter = &room.reporter.metadata().reporter;
        let farewell = Draft::new(Kind::Unsubscribe, reporter, Address::from(&member.hyperty))
            .with("resource", room.url().as_str())
            .with("source", reporter.as_str())
            .with("reason", why)
            .with("banned", ban);
        let hyperty = member.hyperty.clone();
        self.leave(id, number, Going::Removed);
        if let Some(room) = self.rooms.get_mut(&id) {
            room.past.tell(&hyperty, why);
        }
        if self.ask(farewell.clone(), Errand::Farewell(id)).is_err() {
            self.publish([farewell]);
        }
    }

    /// Somebody who was put out has confirmed that they know; who was not there to hear it is told when they come.
    pub(super) fn said_farewell(&mut self, id: MediaRoomId, message: &Message) {
        let heard = message.code().is_some_and(|code| code.is_ok());
        if let (true, Some(hyperty), Some(room)) = (heard, message.from.url(), self.rooms.get_mut(&id)) {
            room.past.told(&hyperty);
        }
    }

    fn note_ruling(&mut self, id: MediaRoomId, what: &'static str, by: u32, over: u32, text: &str) {
        let Some(room) = self.rooms.get(&id) else { return };
        let (by, over) = (room.label(by), room.label(over));
        self.note(id, what, &by, &over, text);
    }
}

/// The number in a participant's key.
fn person(value: &Value) -> Result<u32, Refusal> {
    let number = value.as_str().and_then(participant_number);
    number.ok_or(Refusal::malformed("a participant is named by a key"))
}

/// A participant's key and one more word.
fn person_and_word(params: &[Value]) -> Result<(u32, &str), Refusal> {
    match params {
        [who, Value::String(word)] => Ok((person(who)?, word)),
        _ => Err(Refusal::malformed("a participant and a word are needed")),
    }
}
