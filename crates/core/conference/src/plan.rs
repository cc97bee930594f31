//! The media plan that follows from wishes and legs.

use std::collections::BTreeMap;

use confab_media_model::{
    CameraPlan, IceServer, LegPlan, LegRole, MediaPlan, PublishVideo, RemoteDescription, Ring, ScreenPlan,
    VideoContent,
};
use confab_types::{Bitrate, DeviceId, LegId, StreamId};

use crate::{LegKey, Picture, Streams, Wishes};

/// Camera pictures as sent: 720p at 30 pictures a second.
pub const CAMERA_SIZE: (u32, u32) = (1280, 720);
/// Pictures per second of the camera.
pub const CAMERA_FPS: u32 = 30;
/// Most pixels of a shared screen; up to here it is sent in its own size.
pub const SCREEN_SIZE: (u32, u32) = (3840, 2160);
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
        microphone: microphone(wishes),
        speaker: Some(wishes.speaker_device.clone()),
        screen,
        watch_shares: wishes.watch_shares,
        listen: wishes.notice_muted,
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

/// Which of our devices a call may open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallDevices {
    /// None: it rings here, and nobody was answered.
    #[default]
    Closed,
    /// The camera, shown to ourselves only: we call, and nobody has accepted.
    Preview,
    /// All that are wished for: both have agreed.
    Open,
}

/// What the plan needs to know of a call between two people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallMedia {
    /// Which devices may be open.
    pub devices: CallDevices,
    /// The tone to play.
    pub ring: Option<Ring>,
    /// The transport, once there may be one.
    pub leg: Option<PeerLeg>,
}

/// The transport between two people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerLeg {
    /// Its name.
    pub id: LegId,
    /// Counts new transports of the same leg.
    pub generation: u32,
    /// The far side's offer, when it offers.
    pub offer: Option<RemoteDescription>,
    /// The far side's answer, when we offer.
    pub answer: Option<RemoteDescription>,
    /// Where their picture lands.
    pub stream: StreamId,
}

/// The complete wanted media state of a call. Gates are open only while [`CallDevices::Open`]: before both have agreed, nothing
/// is sent whatever the wishes are.
pub fn of_call(wishes: &Wishes, call: &CallMedia, ice_servers: &[IceServer]) -> MediaPlan {
    let open = call.devices == CallDevices::Open;
    let mut plan =
        MediaPlan { ring: call.ring, device_attempt: wishes.device_attempt, ..MediaPlan::default() };
    if call.devices != CallDevices::Closed && wishes.camera {
        let device = wishes.camera_device.clone();
        plan.camera = Some(CameraPlan { device, size: CAMERA_SIZE, fps: CAMERA_FPS });
    }
    if open {
        plan.microphone = microphone(wishes);
        plan.watch_shares = wishes.watch_shares;
        plan.listen = wishes.notice_muted;
        plan.screen = wishes.screen.clone().map(|source| ScreenPlan { source, fps: SCREEN_FPS });
    }
    if open || call.ring.is_some() {
        plan.speaker = Some(wishes.speaker_device.clone());
    }
    if let Some(leg) = &call.leg {
        let role = LegRole::Peer {
            audio: open && wishes.microphone,
            video: one_picture(wishes, open),
            stream: leg.stream,
        };
        let leg_plan = LegPlan {
            generation: leg.generation,
            role,
            offer: leg.offer.clone(),
            answer: leg.answer.clone(),
            ice_servers: ice_servers.to_vec(),
        };
        plan.legs.insert(leg.id, leg_plan);
    }
    plan
}

/// While muted the microphone is open only to notice that somebody speaks: the gate before the encoder is closed. Who does not want
/// that has it closed.
fn microphone(wishes: &Wishes) -> Option<Option<DeviceId>> {
    (wishes.microphone || wishes.notice_muted).then(|| wishes.microphone_device.clone())
}

/// Two people have one video track each way: a shared screen takes the camera's place on it.
fn one_picture(wishes: &Wishes, open: bool) -> PublishVideo {
    if wishes.screen.is_some() {
        PublishVideo {
            content: VideoContent::Screen,
            on: open,
            max_size: SCREEN_SIZE,
            max_fps: SCREEN_FPS,
            max_bitrate: SCREEN_BITRATE,
        }
    } else {
        PublishVideo {
            content: VideoContent::Camera,
            on: open && wishes.camera,
            max_size: CAMERA_SIZE,
            max_fps: CAMERA_FPS,
            max_bitrate: CAMERA_BITRATE,
        }
    }
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

    #[test]
    fn a_muted_microphone_is_open_only_to_notice_speech() {
        let mut streams = Streams::default();
        for (microphone, notice_muted, open) in
            [(true, true, true), (true, false, true), (false, true, true), (false, false, false)]
        {
            let wishes = Wishes { microphone, notice_muted, ..Wishes::default() };
            let meeting = of_meeting(&wishes, &BTreeMap::new(), &mut streams, &[]);
            let call = of_call(&wishes, &call(CallDevices::Open, None), &[]);
            for plan in [meeting, call] {
                assert_eq!((plan.microphone.is_some(), plan.listen), (open, notice_muted));
            }
        }
    }

    fn call(devices: CallDevices, ring: Option<Ring>) -> CallMedia {
        let leg = PeerLeg {
            id: LegId(9),
            generation: 0,
            offer: None,
            answer: None,
            stream: StreamId::FIRST_REMOTE,
        };
        CallMedia { devices, ring, leg: Some(leg) }
    }

    #[test]
    fn before_both_have_agreed_no_gate_of_a_call_is_open() {
        let wishes = Wishes { screen: Some(None), ..Wishes::default() };
        for (devices, camera) in [(CallDevices::Closed, false), (CallDevices::Preview, true)] {
            let plan = of_call(&wishes, &call(devices, Some(Ring::Incoming)), &[]);
            assert_eq!((plan.camera.is_some(), plan.microphone, plan.screen), (camera, None, None));
            assert_eq!(plan.speaker, Some(None), "the ring needs it");
            let LegRole::Peer { audio, video, .. } = &plan.legs[&LegId(9)].role else {
                panic!("a peer's leg")
            };
            assert!(!audio && !video.on);
        }
    }

    #[test]
    fn a_shared_screen_takes_the_cameras_place_on_the_one_track() {
        let mut wishes = Wishes::default();
        for (screen, content) in [(None, VideoContent::Camera), (Some(None), VideoContent::Screen)] {
            wishes.screen = screen;
            let plan = of_call(&wishes, &call(CallDevices::Open, None), &[]);
            let LegRole::Peer { audio, video, .. } = &plan.legs[&LegId(9)].role else {
                panic!("a peer's leg")
            };
            assert_eq!((*audio, video.on, video.content), (true, true, content));
            assert_eq!(plan.legs[&LegId(9)].generation, 0);
        }
    }
}
