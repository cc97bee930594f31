//! Which command a call is, and what participants may ask for their own tracks (protocol page, 5).

use std::time::Duration;

use confab_rethink::Code;
use confab_rethink::reporter::Call;
use confab_types::LegId;
use serde_json::Value;

use super::Conference;
use super::opening::After;
use crate::media_server::{MediaCommand, MediaKind, MediaRoomId};
use crate::member::display_name;
use crate::offer::Media;
use crate::role::Role;

/// Most commands of a participant within that span.
const COMMANDS: (usize, Duration) = (200, Duration::from_secs(10));
/// Longest reason, in characters.
const MAX_REASON: usize = 200;

/// Why a command was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: Code,
    pub(super) desc: &'static str,
}

/// What a command gives back besides its effect.
pub(super) type Done = Result<Option<Value>, Refusal>;

impl Refusal {
    /// The room has ended meanwhile.
    pub(super) const GONE: Refusal = Refusal::new(Code::NOT_FOUND, "the room is gone");
    /// It is not the caller's to ask for.
    pub(super) const NO_RIGHT: Refusal = Refusal::new(Code::FORBIDDEN, "you have no right to do this");
    /// There is no such participant.
    pub(super) const NOBODY: Refusal = Refusal::new(Code::NOT_FOUND, "no such participant");

    pub(super) const fn new(code: Code, desc: &'static str) -> Refusal {
        Refusal { code, desc }
    }

    pub(super) const fn malformed(desc: &'static str) -> Refusal {
        Refusal::new(Code::BAD_REQUEST, desc)
    }
}

/// Who may ask for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Right {
    /// Everybody in the room.
    Anyone,
    /// Everybody but guests.
    Account,
    /// The organiser and their deputies.
    Organisers,
    /// The organiser alone.
    Organiser,
}

impl Right {
    /// Whose it is to call a method; `None` when there is no such method.
    fn to(method: &str) -> Option<Right> {
        Some(match method {
            "setState" | "raiseHand" | "react" | "files" => Right::Anyone,
            "invite" | "invitation" | "cancelInvitation" => Right::Account,
            "muteUser" | "muteAll" | "unmuteUser" | "removeUser" | "admit" | "refuse" | "setRoom"
            | "lowerHand" | "private" => Right::Organisers,
            "setRole" | "delegate" | "close" => Right::Organiser,
            _ => return None,
        })
    }

    fn has(self, role: Role) -> bool {
        match self {
            Right::Anyone => true,
            Right::Account => role != Role::Guest,
            Right::Organisers => role.organises(),
            Right::Organiser => role == Role::Organiser,
        }
    }
}

/// What a participant wishes of its own tracks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct StateWish {
    audio_muted: Option<bool>,
    video_muted: Option<bool>,
}

impl Conference {
    pub(super) fn execute(&mut self, id: MediaRoomId, call: &Call) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let user = call.identity.as_ref().and_then(|identity| identity.user());
        let caller = call.from.url().and_then(|hyperty| room.caller(&hyperty, user.as_ref()));
        let Some((number, member)) = caller.and_then(|number| Some((number, room.members.get_mut(&number)?)))
        else {
            return self.answer(call.refuse(Code::FORBIDDEN, "not a participant"));
        };
        let in_time = member.paces.commands.allows(self.now, COMMANDS.0, COMMANDS.1);
        let refusal = match Right::to(&call.method) {
            _ if !in_time => Some(Refusal::new(Code::Num(429), "too many commands")),
            None => Some(Refusal::new(Code::NOT_FOUND, "no such method")),
            Some(right) if !right.has(member.role) => Some(Refusal::NO_RIGHT),
            Some(_) => None,
        };
        if let Some(Refusal { code, desc }) = refusal {
            return self.answer(call.refuse(code, desc));
        }
        if call.method == "close" {
            // Nobody hears an answer from a room that is gone.
            self.answer(call.ok());
            return self.close_room(id, "ended", After::Again);
        }
        let answer = match self.perform(id, number, &call.method, &call.params) {
            Ok(None) => call.ok(),
            Ok(Some(value)) => call.request.ok(value),
            Err(Refusal { code, desc }) => call.refuse(code, desc),
        };
        self.answer(answer);
    }

    /// Does what somebody asks who has the right to.
    fn perform(&mut self, id: MediaRoomId, by: u32, method: &str, params: &[Value]) -> Done {
        match method {
            "setState" => self.set_state(id, by, params),
            "raiseHand" => self.raise_hand(id, by, params),
            "lowerHand" => self.lower_hand(id, params),
            "react" => self.react(id, by, params),
            "files" => self.files(id, by),
            "invite" => self.invite(id, by, params),
            "invitation" => self.invitation(id, by, params),
            "cancelInvitation" => self.cancel_invitation(id, by, params),
            "muteUser" => self.mute_user(id, by, params),
            "muteAll" => self.mute_all(id, by),
            "unmuteUser" => self.unmute_user(id, by, params),
            "removeUser" => self.remove_user(id, by, params),
            "admit" => self.admit(id, by, params),
            "refuse" => self.refuse_one(id, by, params),
            "setRoom" => self.set_room(id, by, params),
            "setRole" => self.set_role(id, by, params),
            "delegate" => self.delegate(id, by, params),
            _ => Ok(Some(self.private(id))),
        }
    }

    /// The gate first, then the news: nobody is heard after they are shown as muted. What an organiser has closed stays
    /// closed, also for a wish that was under way.
    fn set_state(&mut self, id: MediaRoomId, by: u32, params: &[Value]) -> Done {
        let wish = state_wish(params).ok_or(Refusal::malformed("setState takes one object of booleans"))?;
        let member =
            self.rooms.get_mut(&id).and_then(|room| room.members.get_mut(&by)).ok_or(Refusal::GONE)?;
        let opens_audio = wish.audio_muted == Some(false) && member.muted_by_organiser;
        let opens_video = wish.video_muted == Some(false) && member.camera_stopped;
        if opens_audio || opens_video {
            return Err(Refusal::new(Code::FORBIDDEN, "an organiser has closed it"));
        }
        member.audio_muted = wish.audio_muted.unwrap_or(member.audio_muted);
        member.video_muted = wish.video_muted.unwrap_or(member.video_muted);
        let (audio_muted, video_muted) = (member.audio_muted, member.video_muted);
        for leg in self.published_legs(id, by, Media::Camera) {
            self.gate(leg, audio_muted, video_muted);
        }
        self.change(id, |room| {
            room.set_field(by, "audioMuted", audio_muted);
            room.set_field(by, "videoMuted", video_muted);
        });
        Ok(None)
    }

    /// Sets both gates of a camera leg.
    pub(super) fn gate(&mut self, leg: LegId, audio_muted: bool, video_muted: bool) {
        self.command(MediaCommand::SetFlow { leg, kind: MediaKind::Audio, on: !audio_muted });
        self.command(MediaCommand::SetFlow { leg, kind: MediaKind::Video, on: !video_muted });
    }

    /// Sets the gates of everything that a participant publishes to what is ruled and wished. A screen has no gate of its
    /// own, but nobody whose microphone an organiser has closed is heard over one.
    pub(super) fn regate(&mut self, id: MediaRoomId, number: u32) {
        let Some(member) = self.rooms.get(&id).and_then(|room| room.members.get(&number)) else { return };
        let (audio, video, ruled) = (member.audio_muted, member.video_muted, member.muted_by_organiser);
        for leg in self.published_legs(id, number, Media::Camera) {
            self.gate(leg, audio, video);
        }
        for leg in self.published_legs(id, number, Media::Screen) {
            self.command(MediaCommand::SetFlow { leg, kind: MediaKind::Audio, on: !ruled });
        }
    }

    /// The legs over which a participant publishes, those that are not up yet among them.
    pub(super) fn published_legs(&self, room: MediaRoomId, owner: u32, media: Media) -> Vec<LegId> {
        let published = |purpose: &crate::leg::Purpose| {
            purpose.room == room && purpose.owner == owner && purpose.publishes && purpose.media == media
        };
        let legs = self.legs.iter().filter(|(_, leg)| leg.purpose.as_ref().is_some_and(published));
        legs.map(|(&leg, _)| leg).collect()
    }
}

/// A reason as it is shown: one line, not too long.
pub(super) fn reason(text: &str) -> String {
    let cut: String = text.chars().take(4 * MAX_REASON).collect();
    let words: Vec<String> = cut.split_whitespace().map(display_name).collect();
    words.join(" ").chars().take(MAX_REASON).collect()
}

/// The one parameter of `setState`; `None` when it is malformed. Fields of later versions are passed over.
fn state_wish(params: &[Value]) -> Option<StateWish> {
    let [Value::Object(fields)] = params else { return None };
    let flag = |key: &str| match fields.get(key) {
        None => Some(None),
        Some(value) => value.as_bool().map(Some),
    };
    Some(StateWish { audio_muted: flag("audioMuted")?, video_muted: flag("videoMuted")? })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wishes_are_booleans_in_one_object() {
        let wish = |audio_muted, video_muted| Some(StateWish { audio_muted, video_muted });
        for (params, expected) in [
            (json!([{"audioMuted": true}]), wish(Some(true), None)),
            (json!([{"videoMuted": false, "handRaised": true}]), wish(None, Some(false))),
            (json!([{}]), wish(None, None)),
            (json!([{"audioMuted": "yes"}]), None),
            (json!([{"audioMuted": null}]), None),
            (json!([]), None),
            (json!([true]), None),
            (json!([{"audioMuted": true}, {}]), None),
        ] {
            assert_eq!(state_wish(params.as_array().unwrap()), expected, "{params}");
        }
    }
}
