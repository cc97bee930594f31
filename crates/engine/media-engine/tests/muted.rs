//! Speaking while muted: noticed here, heard nowhere.

mod world;

use std::f32::consts::TAU;
use std::path::PathBuf;

use confab_fakes::{FakeSpec, MicrophoneSpec};
use confab_media_model::{LegRole, MediaFact, PublishVideo};
use confab_types::Dbfs;
use world::{LEG, OTHER, Person, camera, connect, until};

const HERTZ: f32 = 440.0;
const RATE: u32 = 48_000;

/// Half a minute of syllables: 150 ms of a tone at −12 dBFS, 70 ms of nothing.
fn speech(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("confab-{name}-{}.wav", std::process::id()));
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = hound::WavWriter::create(&path, spec).expect("the folder for temporary files is writable");
    for at in 0..30 * RATE {
        let sounds = at % (RATE * 22 / 100) >= RATE * 7 / 100;
        let tone = (at as f32 * HERTZ * TAU / RATE as f32).sin() * 0.35 * f32::from(i16::MAX);
        file.write_sample(if sounds { tone as i16 } else { 0 }).expect("there is room");
    }
    file.finalize().expect("there is room");
    path
}

/// Opens or closes the gates of sound and picture.
fn gates(person: &mut Person, on: bool) {
    person.change(|leg| {
        leg.role = LegRole::Peer { audio: on, video: PublishVideo { on, ..camera() }, stream: OTHER };
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn speech_while_muted_is_told_and_never_leaves() {
    let path = speech("muted");
    let spec = FakeSpec { sender: 1, microphone: MicrophoneSpec::File(path.clone()), ..FakeSpec::default() };
    let (mut caller, mut callee) = (Person::with(spec), Person::new(2, 880));
    connect(&mut caller, &mut callee).await;
    until("the callee hears the caller", || callee.listener.level_at(HERTZ) > Dbfs::new(-30)).await;

    caller.wish(|plan| plan.listen = true);
    gates(&mut caller, false);
    caller.told("speech is noticed", |fact| (fact == MediaFact::MutedSpeech(true)).then_some(())).await;
    until("silence", || callee.listener.level_at(HERTZ) < Dbfs::new(-60)).await;
    let sent = |fact| match fact {
        MediaFact::Stats(LEG, stats) => Some(stats.sent.bits_per_second()),
        _ => None,
    };
    // The second in which the gates were closed still had something.
    caller.told("nothing more leaves", |fact| sent(fact).filter(|bits| *bits == 0)).await;
    callee.listener.start_over();
    for _ in 0..3 {
        assert_eq!(caller.told("statistics", sent).await, 0, "something leaves");
    }
    let heard = callee.listener.report();
    assert_eq!(u64::from(heard.gap_ms), heard.blocks * 10, "the callee hears something");

    gates(&mut caller, true);
    caller.told("the notice ends", |fact| (fact == MediaFact::MutedSpeech(false)).then_some(())).await;
    until("the callee hears the caller again", || callee.listener.level_at(HERTZ) > Dbfs::new(-30)).await;
    caller.engine.close().await;
    callee.engine.close().await;
    let _ = std::fs::remove_file(path);
}
