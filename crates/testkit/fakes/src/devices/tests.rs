use std::sync::mpsc::channel;
use std::time::Instant;

use confab_media_model::VideoFrame;

use super::*;
use crate::testcard::Reading;

const SOON: Duration = Duration::from_secs(10);

fn devices(spec: FakeSpec) -> FakeDevices {
    let start = Instant::now();
    FakeDevices::new(spec, Arc::new(move || Mono::ZERO + start.elapsed())).expect("no file is needed")
}

fn no_fault() -> FaultSink {
    Box::new(|fault| panic!("fakes do not fail: {fault}"))
}

#[test]
fn a_camera_shows_numbered_cards_of_the_size_that_is_asked_for() {
    let devices = devices(FakeSpec { sender: 5, ..FakeSpec::default() });
    let request = CameraRequest { device: None, size: (640, 360), fps: 30 };
    let mut next = 0;
    for opening in 0..2 {
        let (shown, frames) = channel();
        let sink: FrameSink = Arc::new(move |frame| drop(shown.send(frame)));
        let camera = devices.open_camera(&request, sink, no_fault()).expect("a camera");
        assert_eq!(camera.describe(), "Test card, 640×360, 30 fps");
        for picture in 0..3 {
            let frame: Arc<VideoFrame> = frames.recv_timeout(SOON).expect("a picture");
            assert_eq!((frame.width(), frame.height()), (640, 360));
            let Reading { sender, number } = TestCard::read(&frame).expect("a test card");
            // Between two openings a few pictures may be drawn that nobody waits for.
            assert!(
                if picture == 0 { number >= next } else { number == next },
                "{opening} {picture}: {number}"
            );
            assert_eq!(sender, 5);
            next = number + 1;
        }
    }
}

#[test]
fn what_the_microphone_says_the_speaker_hears() {
    let devices = devices(FakeSpec { microphone: MicrophoneSpec::Tone(880), ..FakeSpec::default() });
    let (said, blocks) = channel();
    let sink = Box::new(move |block: &AudioBlock| drop(said.send(block.clone())));
    let _microphone = devices.open_microphone(None, sink, no_fault()).expect("a microphone");
    let (played, ten) = channel();
    let mut count = 0;
    let source: AudioSource = Box::new(move |block| {
        if let Ok(said) = blocks.recv_timeout(SOON) {
            block.samples = said.samples;
        }
        count += 1;
        if count == 12 {
            let _ = played.send(());
        }
    });
    let _speaker = devices.open_speaker(None, source, no_fault()).expect("a speaker");
    ten.recv_timeout(SOON).expect("a dozen blocks");
    let heard = devices.listener().report();
    assert!((heard.dominant_hz.expect("a tone") - 880.0).abs() < 1.0, "{heard:?}");
    assert_eq!(heard.longest_gap_ms, 0);
}

#[test]
fn what_is_not_there_is_missing_and_not_listed() {
    let none = FakeSpec {
        sender: 0,
        camera: CameraSpec::None,
        microphone: MicrophoneSpec::None,
        screen: ScreenSpec::None,
        speaker: false,
    };
    let devices = devices(none);
    assert_eq!(devices.list(), DeviceList::default());
    let request = CameraRequest { device: None, size: (640, 360), fps: 30 };
    let missing = Some(DeviceFault::Missing);
    assert_eq!(devices.open_camera(&request, Arc::new(|_| {}), no_fault()).err(), missing);
    assert_eq!(devices.open_microphone(None, Box::new(|_| {}), no_fault()).err(), missing);
    assert_eq!(devices.open_speaker(None, Box::new(|_| {}), no_fault()).err(), missing);
    let request = ScreenRequest { source: None, fps: 5 };
    assert_eq!(devices.open_screen(&request, Arc::new(|_| {}), no_fault()).err(), missing);
}

#[test]
fn each_device_opens_by_the_name_it_is_listed_with() {
    let devices = devices(FakeSpec::default());
    let list = devices.list();
    let (shown, frames) = channel();
    let sink: FrameSink = Arc::new(move |frame| drop(shown.send(frame)));
    let request = ScreenRequest { source: Some(list.screens[0].id.clone()), fps: 5 };
    let _screen = devices.open_screen(&request, sink, no_fault()).expect("a screen");
    let frame = frames.recv_timeout(SOON).expect("a picture");
    assert_eq!((frame.width(), frame.height()), list.screens[0].size);
    assert!(TestCard::read(&frame).is_some());
    devices
        .open_microphone(Some(&list.microphones[0].id), Box::new(|_| {}), no_fault())
        .expect("a microphone");
    devices.open_speaker(Some(&list.speakers[0].id), Box::new(|_| {}), no_fault()).expect("a speaker");
    let other = DeviceId::new("attic");
    assert!(devices.open_microphone(Some(&other), Box::new(|_| {}), no_fault()).is_err());
}

#[test]
fn a_file_that_is_not_there_is_told_before_anything_opens() {
    let camera = CameraSpec::File("no such clip.y4m".into());
    let spec = FakeSpec { camera, ..FakeSpec::default() };
    assert!(matches!(FakeDevices::new(spec, Arc::new(|| Mono::ZERO)), Err(SpecError::File { .. })));
}
