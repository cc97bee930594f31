//! What participants may ask for (protocol page, 5).

use confab_rethink::Code;
use confab_rethink::reporter::Call;
use confab_types::LegId;
use serde_json::Value;

use super::Conference;
use crate::media_server::{MediaCommand, MediaKind, MediaRoomId};
use crate::offer::Media;

/// What a participant wishes of its own tracks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct StateWish {
    audio_muted: Option<bool>,
    video_muted: Option<bool>,
}

impl Conference {
    pub(super) fn execute(&mut self, id: MediaRoomId, call: &Call) {
        let Some(room) = self.rooms.get(&id) else { return };
        let user = call.identity.as_ref().and_then(|identity| identity.user());
        let caller = call.from.url().and_then(|hyperty| room.caller(&hyperty, user.as_ref()));
        let Some(number) = caller else {
            return self.answer(call.refuse(Code::FORBIDDEN, "not a participant"));
        };
        let answer = match call.method.as_str() {
            "setState" => match state_wish(&call.params) {
                Some(wish) => {
                    self.set_state(id, number, wish);
                    call.ok()
                }
                None => call.refuse(Code::BAD_REQUEST, "setState takes one object of booleans"),
            },
            _ => call.refuse(Code::NOT_FOUND, "no such method"),
        };
        self.answer(answer);
    }

    /// The gate first, then the news: nobody is heard after they are shown as muted.
    fn set_state(&mut self, id: MediaRoomId, number: u32, wish: StateWish) {
        let date = self.date();
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let Some(member) = room.members.get_mut(&number) else { return };
        member.audio_muted = wish.audio_muted.unwrap_or(member.audio_muted);
        member.video_muted = wish.video_muted.unwrap_or(member.video_muted);
        let (audio_muted, video_muted) = (member.audio_muted, member.video_muted);
        room.reporter.stamp(&date);
        let told = [
            room.set_field(number, "audioMuted", audio_muted),
            room.set_field(number, "videoMuted", video_muted),
        ];
        for leg in self.camera_legs_of(id, number) {
            self.gate(leg, audio_muted, video_muted);
        }
        self.publish(told.into_iter().flatten());
    }

    /// Sets both gates of a camera leg.
    pub(super) fn gate(&mut self, leg: LegId, audio_muted: bool, video_muted: bool) {
        self.command(MediaCommand::SetFlow { leg, kind: MediaKind::Audio, on: !audio_muted });
        self.command(MediaCommand::SetFlow { leg, kind: MediaKind::Video, on: !video_muted });
    }

    fn camera_legs_of(&self, room: MediaRoomId, owner: u32) -> Vec<LegId> {
        let published = |purpose: &crate::leg::Purpose| {
            purpose.room == room
                && purpose.owner == owner
                && purpose.publishes
                && purpose.media == Media::Camera
        };
        let legs = self.legs.iter().filter(|(_, leg)| leg.purpose.as_ref().is_some_and(published));
        legs.map(|(&leg, _)| leg).collect()
    }
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
