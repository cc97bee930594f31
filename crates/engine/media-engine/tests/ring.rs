//! Tones that say how a call is.

mod world;

use confab_media_model::{MediaFact, Ring};
use confab_types::Dbfs;
use world::{Person, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_opens_the_speaker_and_stops_with_the_plan() {
    let mut person = Person::new(1, 440);
    person.wish(|plan| plan.ring = Some(Ring::Incoming));
    person.told("a speaker", |fact| matches!(fact, MediaFact::SpeakerOpened(_)).then_some(())).await;
    // A machine that is busy with other things is late once, not three times.
    let mut rang_on = Vec::new();
    loop {
        until("the second note", || person.listener.level_at(880.0) > Dbfs::new(-25)).await;
        // Somebody answers: the speaker stays for the call.
        person.wish(|plan| (plan.ring, plan.speaker) = (None, Some(None)));
        let blocks = person.listener.report().blocks;
        until("silence", || person.listener.report().gap_ms > 100).await;
        let later = person.listener.report().blocks - blocks;
        if later < 60 {
            break;
        }
        rang_on.push(later);
        assert!(rang_on.len() < 3, "it rang on for {rang_on:?} blocks");
        person.wish(|plan| plan.ring = Some(Ring::Incoming));
    }
    person.wish(|plan| plan.ring = Some(Ring::Ringback));
    until("the ringback", || person.listener.level_at(425.0) > Dbfs::new(-25)).await;
    person.engine.close().await;
}
