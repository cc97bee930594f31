//! A call between two people.

mod world;

use confab_fakes::Seen;
use confab_media_model::{ChannelFact, LegRole, MediaFact, VideoContent};
use confab_types::Dbfs;
use world::{LEG, OTHER, Person, call, screen, until};

fn hears(person: &Person, hertz: f32) -> bool {
    person.listener.level_at(hertz) > Dbfs::new(-25)
}

fn seen(person: &Person) -> Seen {
    person.surface.seen(OTHER).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn both_see_and_hear_each_other() {
    let (mut caller, callee) = call().await;
    until("the callee sees the caller", || seen(&callee).readings >= 30).await;
    until("the caller sees the callee", || seen(&caller).readings >= 30).await;
    until("the callee hears the caller", || hears(&callee, 440.0)).await;
    until("the caller hears the callee", || hears(&caller, 880.0)).await;
    for (person, sender) in [(&callee, 1), (&caller, 2)] {
        let seen = seen(person);
        assert_eq!((seen.senders.into_iter().collect::<Vec<_>>(), seen.out_of_order), (vec![sender], 0));
        assert_eq!(seen.size, (640, 360));
    }
    let stats = caller
        .told("statistics of both directions", |fact| match fact {
            MediaFact::Stats(LEG, stats) if stats.relayed.is_some() && stats.fps > 1.0 => Some(stats),
            _ => None,
        })
        .await;
    assert_eq!((stats.relayed, stats.size), (Some(false), Some((640, 360))));
    assert!(stats.sent.0 > 0 && stats.received.0 > 0 && stats.estimate.is_some() && stats.target.is_some());
    caller.engine.close().await;
    callee.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_screen_takes_the_place_of_the_camera_on_the_same_track() {
    let (mut caller, callee) = call().await;
    until("the camera is seen", || seen(&callee).size == (640, 360)).await;
    for content in [VideoContent::Screen, VideoContent::Camera] {
        let (video, size) = match content {
            VideoContent::Screen => (screen(), (1280, 720)),
            VideoContent::Camera => (world::camera(), (640, 360)),
        };
        caller.change(|leg| leg.role = LegRole::Peer { audio: true, video, stream: OTHER });
        until("the other picture is seen", || seen(&callee).size == size).await;
        let readings = seen(&callee).readings;
        until("it moves", || seen(&callee).readings > readings + 10).await;
    }
    assert_eq!(seen(&callee).senders.len(), 1);
    caller.engine.close().await;
    callee.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_gates_send_nothing_and_open_ones_again() {
    let (mut caller, callee) = call().await;
    until("sound", || hears(&callee, 440.0)).await;
    let gates = |caller: &mut Person, on| {
        caller.change(|leg| {
            let video = confab_media_model::PublishVideo { on, ..world::camera() };
            leg.role = LegRole::Peer { audio: on, video, stream: OTHER };
        });
    };
    gates(&mut caller, false);
    until("silence", || callee.listener.level_at(440.0) < Dbfs::new(-50)).await;
    until("no picture", || seen(&callee).since_last_ms > 500).await;
    let frames = seen(&callee).frames;
    gates(&mut caller, true);
    until("sound again", || hears(&callee, 440.0)).await;
    until("pictures again", || seen(&callee).frames > frames + 10).await;
    caller.engine.close().await;
    callee.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_microphone_that_was_closed_meanwhile_is_heard_again_at_once() {
    let (mut caller, callee) = call().await;
    let switch = |caller: &mut Person, on: bool| {
        caller.plan.microphone = on.then_some(None);
        caller.change(|leg| leg.role = LegRole::Peer { audio: on, video: world::camera(), stream: OTHER });
    };
    until("sound", || hears(&callee, 440.0)).await;
    switch(&mut caller, false);
    caller.told("closed", |fact| (fact == MediaFact::MicrophoneClosed).then_some(())).await;
    until("silence", || callee.listener.level_at(440.0) < Dbfs::new(-50)).await;
    switch(&mut caller, true);
    caller.told("open", |fact| matches!(fact, MediaFact::MicrophoneOpened(_)).then_some(())).await;
    until("sound again", || hears(&callee, 440.0)).await;
    caller.engine.close().await;
    callee.engine.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_through_the_channel_until_the_leg_ends() {
    let (mut caller, mut callee) = call().await;
    let Some(ChannelFact::Open(LEG, limit)) = caller.files.recv().await else { panic!("no channel") };
    assert_eq!(callee.files.recv().await, Some(ChannelFact::Open(LEG, limit)));
    let message = vec![7; limit];
    caller.engine.channels().send(LEG, &message).expect("there is room");
    assert_eq!(callee.files.recv().await, Some(ChannelFact::Data(LEG, message)));
    callee.engine.channels().send(LEG, b"thanks").expect("there is room");
    assert_eq!(caller.files.recv().await, Some(ChannelFact::Data(LEG, b"thanks".to_vec())));
    caller.wish(|plan| plan.legs.clear());
    assert_eq!(caller.files.recv().await, Some(ChannelFact::Closed(LEG)));
    assert_eq!(callee.files.recv().await, Some(ChannelFact::Closed(LEG)));
    assert!(caller.engine.channels().send(LEG, b"too late").is_err());
    caller.engine.close().await;
    callee.engine.close().await;
}
