//! Sound: tones through null sinks.

use std::f32::consts::TAU;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use confab_devices::SystemDevices;
use confab_media_model::{AudioBlock, CaptureFault, DeviceFault, Devices, OpenDevice};
use confab_types::{DeviceId, Mono};

use crate::desktop;

const TONE: f32 = 440.0;
const AMPLITUDE: f32 = 0.3;
const SOON: Duration = Duration::from_secs(15);

pub fn devices() -> SystemDevices {
    let start = Instant::now();
    SystemDevices::new(std::sync::Arc::new(move || Mono::ZERO + start.elapsed()))
}

pub fn null_sinks_are_listed() {
    let list = devices().list();
    let ids = |infos: &[confab_media_model::DeviceInfo]| -> Vec<(String, bool)> {
        infos.iter().map(|info| (info.id.to_string(), info.default)).collect()
    };
    assert_eq!(ids(&list.microphones), [("pulseaudio:mic".to_owned(), true)]);
    assert!(ids(&list.speakers).contains(&("pulseaudio:spk".to_owned(), true)), "{:?}", list.speakers);
    assert!(ids(&list.speakers).contains(&("pulseaudio:micfeed".to_owned(), false)), "{:?}", list.speakers);
}

pub fn a_tone_comes_back_from_the_monitor() {
    check_tone(None, Some("pulseaudio:spk.monitor"));
}

pub fn a_tone_reaches_the_default_microphone() {
    check_tone(Some("pulseaudio:micfeed"), None);
}

pub fn an_unknown_device_is_missing() {
    let devices = devices();
    let id = DeviceId::new("pulseaudio:attic");
    let nobody = || Box::new(|_| panic!("it never opened"));
    let microphone = devices.open_microphone(Some(&id), Box::new(|_| {}), nobody());
    assert_eq!(microphone.err(), Some(DeviceFault::Missing));
    let speaker = devices.open_speaker(Some(&DeviceId::new("no id")), Box::new(|_| {}), nobody());
    assert_eq!(speaker.err(), Some(DeviceFault::Missing));
}

pub fn a_lost_server_is_one_fault() {
    let (told, faults) = channel();
    let microphone_told = told.clone();
    let devices = devices();
    let speaker =
        devices.open_speaker(None, Box::new(|_| {}), Box::new(move |fault| told.send(fault).expect("heard")));
    let speaker = speaker.expect("the speaker opens");
    let fault = Box::new(move |fault| microphone_told.send(fault).expect("heard"));
    let microphone = devices.open_microphone(None, Box::new(|_| {}), fault).expect("the microphone opens");
    desktop::end_sound_server();
    for _ in 0..2 {
        let fault = faults.recv_timeout(SOON).expect("both devices tell a fault");
        println!("  fault: {fault}");
        assert_ne!(fault, CaptureFault::Stalled, "the server's end is noticed, not guessed");
    }
    assert!(faults.recv_timeout(SOON).is_err(), "each fault is told once");
    let begin = Instant::now();
    drop((speaker, microphone));
    assert!(begin.elapsed() < Duration::from_secs(4), "closing took {:?}", begin.elapsed());
}

/// Plays a tone into one device and checks what another one hears.
fn check_tone(speaker: Option<&str>, microphone: Option<&str>) {
    let devices = devices();
    let (speaker, microphone) = (speaker.map(DeviceId::new), microphone.map(DeviceId::new));
    let _playing = play(&devices, speaker.as_ref());
    let (guard, blocks) = listen(&devices, microphone.as_ref());
    println!("  {}", guard.describe());
    // A busy computer makes real sound stutter, so what counts is half a second without a flaw, soon.
    let deadline = Instant::now() + SOON;
    let mut last = Mono::ZERO;
    loop {
        let heard: Vec<AudioBlock> = (0..50).map(|_| blocks.recv_timeout(SOON).expect("blocks")).collect();
        for block in &heard {
            assert!(block.captured >= last, "time runs backwards");
            last = block.captured;
        }
        let samples: Vec<f32> = heard.iter().flat_map(|block| block.samples).collect();
        let (amplitude, purity) = measure(&samples, TONE);
        let span = (heard[49].captured - heard[0].captured).as_secs_f32();
        println!("  amplitude {amplitude:.4}, purity {purity:.5}, 49 blocks in {span:.3} s");
        if (amplitude - AMPLITUDE).abs() < 0.005 && purity > 0.99 && (0.44..0.54).contains(&span) {
            return;
        }
        assert!(Instant::now() < deadline, "the tone is not heard");
    }
}

fn play(devices: &SystemDevices, id: Option<&DeviceId>) -> Box<dyn OpenDevice> {
    let mut phase = 0f32;
    let source = Box::new(move |block: &mut AudioBlock| {
        for sample in &mut block.samples {
            *sample = AMPLITUDE * (phase * TAU).sin();
            phase = (phase + TONE / AudioBlock::RATE as f32).fract();
        }
    });
    devices.open_speaker(id, source, Box::new(|fault| panic!("speaker: {fault}"))).expect("the speaker opens")
}

fn listen(devices: &SystemDevices, id: Option<&DeviceId>) -> (Box<dyn OpenDevice>, Receiver<AudioBlock>) {
    let (heard, blocks) = channel();
    let sink = Box::new(move |block: &AudioBlock| drop(heard.send(block.clone())));
    let fault = Box::new(|fault| panic!("microphone: {fault}"));
    (devices.open_microphone(id, sink, fault).expect("the microphone opens"), blocks)
}

/// Amplitude of one frequency (a single bin of the Fourier transform) and its share of all power.
fn measure(samples: &[f32], hz: f32) -> (f32, f32) {
    let (mut cos, mut sin, mut power) = (0f64, 0f64, 0f64);
    for (at, &sample) in samples.iter().enumerate() {
        let angle = f64::from(hz) * at as f64 / f64::from(AudioBlock::RATE) * std::f64::consts::TAU;
        cos += f64::from(sample) * angle.cos();
        sin += f64::from(sample) * angle.sin();
        power += f64::from(sample) * f64::from(sample);
    }
    let amplitude = 2.0 * cos.hypot(sin) / samples.len() as f64;
    (amplitude as f32, (amplitude * amplitude / 2.0 / (power / samples.len() as f64)) as f32)
}
