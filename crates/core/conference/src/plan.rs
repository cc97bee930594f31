//! The media plan that follows from wishes and legs.

use std::collections::BTreeMap;

use confab_media_model::{
    CameraPlan, IceServer, LegPlan, LegRole, MediaPlan, PublishVideo, RemoteDescription, ScreenPlan,
    VideoContent,
};
use confab_types::{Bitrate, LegId};

use crate::{LegKey, Picture, Streams, Wishes};

/// Camera pictures as sent: 720p at 30 pictures a second.
pub const CAMERA_SIZE: (u32, u32) = (1280, 720);
/// Pictures per second of the camera.
pub const CAMERA_FPS: u32 = 30;
/// Most pixels of a shared screen.
pub const SCREEN_SIZE: (u32, u32) = (1920, 1080);
/// Pictures per second of a shared screen.
pub const SCREEN_FPS: u32 = 15;
/// Ceiling for the camera.
pub const CAMERA_BITRATE: Bitrate = Bitrate::kilobits(1_500);
/// Ceiling for a shared screen.
pub const SCREEN_BITRATE: Bitrate = Bitrate::kilobits(2_500);

/// What the plan needs to know of one leg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegState {
    /// Its name.
    pub id: LegId,
    /// Counts new transports of the same leg.
    pub generation: u32,
    /// The far side's description, once known.
    pub answer: Option<RemoteDescription>,
}

/// The complete wanted media state of a meeting.
pub fn of_meeting(
    wishes: &Wishes,
    legs: &BTreeMap<LegKey, LegState>,
    streams: &mut Streams,
    ice_servers: &[IceServer],
) -> MediaPlan {
    let camera = wishes.camera.then(|| CameraPlan {
        device: wishes.camera_device.clone(),
        size: CAMERA_SIZE,
        fps: CAMERA_FPS,
    });
    let screen = wishes.screen.clone().map(|source| ScreenPlan { source, fps: SCREEN_FPS });
    let mut plan = MediaPlan {
        camera,
        // The microphone stays open while muted: the gate before the encoder is closed, and "you are muted" can be noticed.
        microphone: Some(wishes.microphone_device.clone()),
        speaker: Some(wishes.speaker_device.clone()),
        screen,
        ring: None,
        device_attempt: wishes.device_attempt,
        legs: BTreeMap::new(),
    };
    for (key, state) in legs {
        let leg = LegPlan {
            generation: state.generation,
            role: role(key, wishes, streams),
            offer: None,
            answer: state.answer.clone(),
            ice_servers: ice_servers.to_vec(),
        };
        plan.legs.insert(state.id, leg);
    }
    plan
}

fn role(key: &LegKey, wishes: &Wishes, streams: &mut Streams) -> LegRole {
    match key {
        LegKey::PublishCamera => LegRole::Publish {
            audio: Some(wishes.microphone),
            video: Some(PublishVideo {
                content: VideoContent::Camera,
                on: wishes.camera,
                max_size: CAMERA_SIZE,
                max_fps: CAMERA_FPS,
                max_bitrate: CAMERA_BITRATE,
            }),
        },
        LegKey::PublishScreen => LegRole::Publish {
            audio: None,
            video: Some(PublishVideo {
                content: VideoContent::Screen,
                on: wishes.screen.is_some(),
                max_size: SCREEN_SIZE,
                max_fps: SCREEN_FPS,
                max_bitrate: SCREEN_BITRATE,
            }),
        },
        LegKey::Receive(picture) => LegRole::Receive {
            stream: streams.number(picture),
            audio: matches!(picture, Picture::Camera(_)),
            video: true,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn muting_closes_the_gate_and_leaves_the_leg_alone() {
        let legs =
            BTreeMap::from([(LegKey::PublishCamera, LegState { id: LegId(1), generation: 0, answer: None })]);
        let mut streams = Streams::default();
        let mut wishes = Wishes::default();
        let open = of_meeting(&wishes, &legs, &mut streams, &[]);
        wishes.microphone = false;
        wishes.camera = false;
        let muted = of_meeting(&wishes, &legs, &mut streams, &[]);
        let LegRole::Publish { audio, video } = &muted.legs[&LegId(1)].role else { panic!("it publishes") };
        assert_eq!((*audio, video.map(|video| video.on)), (Some(false), Some(false)));
        assert_eq!(muted.legs[&LegId(1)].generation, open.legs[&LegId(1)].generation);
        assert_eq!(muted.camera, None);
    }
}
