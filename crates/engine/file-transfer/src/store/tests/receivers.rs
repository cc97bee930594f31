//! Files that arrive, whatever happens on the way.

use std::time::{Duration, Instant};

use confab_media_model::files::PIECE;
use confab_media_model::{FileFact, FileFault, StoreDownload};
use confab_types::Chance;

use super::house::{House, download, id, noise, upload};

#[test]
fn a_large_file_reaches_eight_people_whole_although_the_server_is_away_for_a_while() {
    // The full size takes a minute: `CONFAB_FILE_MEGABYTES=100`.
    let megabytes = std::env::var("CONFAB_FILE_MEGABYTES").ok().and_then(|text| text.parse().ok());
    let bytes = noise(megabytes.unwrap_or(30) * 1_000_000);
    let mut house = House::new("eight");
    house.allow("sender", "p1");
    let path = house.file("a.bin", &bytes);
    let mut sender = house.person("sender");
    sender.plan(house.access("sender"), [(id("f1"), upload(&path))], []);
    // Receivers begin while the file is still on its way.
    sender.moved(PIECE as u64);
    let mut receivers: Vec<_> = (0..8)
        .map(|number| {
            let token = format!("receiver{number}");
            house.allow(&token, &format!("p{}", number + 2));
            let person = house.person(&token);
            person.plan(house.access(&token), [], [(id("f1"), download(&bytes))]);
            person
        })
        .collect();
    receivers[0].moved(PIECE as u64);
    sender.moved(bytes.len() as u64 / 2);
    let asked = house.requests.lock().unwrap().len();
    house.vanish();
    let away = Instant::now();
    while away.elapsed() < Duration::from_secs(10) {
        std::thread::park_timeout(Duration::from_secs(10).saturating_sub(away.elapsed()));
    }
    house.serve();
    sender.wait("end", |fact| matches!(fact, FileFact::Sent(_)));
    for person in &mut receivers {
        let place = person.saved();
        assert!(person.read(&place) == bytes, "what was saved is what was sent");
        assert_eq!(person.names(), ["a.bin"], "nothing partial is left");
    }
    // Receivers say so after they have saved it.
    let end = Instant::now() + super::house::LIMIT;
    let has_all = |number: u32| house.progress(&format!("p{number}")) == Some(bytes.len() as u64);
    while !(2..10).all(has_all) {
        assert!(Instant::now() < end, "not everybody is known to have it");
        std::thread::yield_now();
    }
    assert!(house.requests.lock().unwrap().len() > asked, "it went on after the outage");
    let put: Vec<String> =
        house.requests.lock().unwrap().iter().filter(|line| line.starts_with("PUT")).cloned().collect();
    let pieces = bytes.len().div_ceil(PIECE);
    assert!(put.len() <= pieces + 3, "{} requests for {pieces} pieces: nothing is sent again", put.len());
}

#[test]
fn hostile_names_stay_inside_the_folder() {
    const PARTS: [&str; 12] =
        ["..", "/", "\\", "con", "\0", "\r\n", "\u{202e}", "a", "😀", ".exe", "C:", "../../"];
    let house = House::new("names");
    house.allow("sender", "p1");
    house.allow("receiver", "p2");
    let bytes = noise(10);
    let path = house.file("a.bin", &bytes);
    let mut sender = house.person("sender");
    sender.plan(house.access("sender"), [(id("f1"), upload(&path))], []);
    sender.wait("end", |fact| matches!(fact, FileFact::Sent(_)));
    let mut receiver = house.person("receiver");
    let mut chance = Chance::from_number(7);
    // Each attempt is another name for the same file.
    for attempt in 0..300 {
        let parts = 1 + chance.below(30);
        let name: String = (0..parts).map(|_| PARTS[chance.below(12) as usize]).collect();
        let wanted = StoreDownload { attempt, name, ..download(&bytes) };
        receiver.plan(house.access("receiver"), [], [(id("f1"), wanted)]);
        let place = receiver.saved();
        assert_eq!(receiver.read(&place), bytes);
    }
    assert_eq!(receiver.names().len(), 300, "each has a name of its own");
    let above = std::fs::read_dir(receiver.downloads.folder().parent().unwrap()).unwrap().count();
    assert_eq!(above, 1, "nothing was made outside");
}

#[test]
fn what_was_fetched_before_the_program_ended_is_not_fetched_again() {
    let mut house = House::new("again");
    house.allow("sender", "p1");
    house.allow("receiver", "p2");
    let bytes = noise(20 * PIECE);
    let path = house.file("a.bin", &bytes);
    let mut sender = house.person("sender");
    sender.plan(house.access("sender"), [(id("f1"), upload(&path))], []);
    sender.moved(3 * PIECE as u64);
    house.vanish();
    drop(sender);
    house.serve();
    let mut receiver = house.person("receiver");
    receiver.plan(house.access("receiver"), [], [(id("f1"), download(&bytes))]);
    receiver.moved(3 * PIECE as u64);
    drop(receiver);
    let mut sender = house.person("sender");
    sender.plan(house.access("sender"), [(id("f1"), upload(&path))], []);
    sender.wait("end", |fact| matches!(fact, FileFact::Sent(_)));
    let mut receiver = house.person("receiver");
    receiver.plan(house.access("receiver"), [], [(id("f1"), download(&bytes))]);
    let place = receiver.saved();
    assert!(receiver.read(&place) == bytes);
    let first = receiver.seen.iter().find_map(|fact| match fact {
        FileFact::Moving { done, .. } => Some(*done),
        _ => None,
    });
    assert!(first >= Some(3 * PIECE as u64), "{first:?}");
}

#[test]
fn a_file_that_is_wanted_no_longer_leaves_nothing() {
    let house = House::new("unwanted");
    let (sender, mut receiver) = house.under_way(40);
    receiver.plan(house.access("receiver"), [], []);
    // A second file comes after the first one has given its place up.
    let small = noise(5);
    let path = house.file("b.bin", &small);
    sender.plan(house.access("sender"), [(id("f2"), upload(&path))], []);
    receiver.plan(
        house.access("receiver"),
        [],
        [(id("f2"), StoreDownload { attempt: 0, ..download(&small) })],
    );
    let failed_or_saved = |fact: &FileFact| matches!(fact, FileFact::Saved { .. } | FileFact::Failed { .. });
    while matches!(receiver.wait("end", failed_or_saved), FileFact::Failed { fault: FileFault::Gone, .. }) {
        // It was asked for before it was offered.
        let wanted = StoreDownload { attempt: receiver.seen.len() as u32, ..download(&small) };
        receiver.plan(house.access("receiver"), [], [(id("f2"), wanted)]);
    }
    let end = Instant::now() + super::house::LIMIT;
    while receiver.names().iter().any(|name| name.contains(".part")) {
        assert!(Instant::now() < end, "{:?}", receiver.names());
        std::thread::yield_now();
    }
}
