//! Two sides that keep the rules.

use std::fs;
use std::sync::Arc;

use confab_media_model::files::{MAX_FILE, PIECE};
use confab_media_model::{FileFact, FileFault, FileHash, FileId, FileSource, OwnFile, WantedFile};

use super::super::{MAX_MESSAGE, Mover};
use super::pair::{Pair, noise};
use crate::downloads::Downloads;
use crate::own::hash_of;

#[test]
fn files_of_every_size_arrive_as_they_were() {
    let mut pair = Pair::new("sizes");
    pair.open(MAX_MESSAGE);
    for size in [0, 1, 16_371, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 77] {
        let name = format!("{size}.bin");
        let (id, wanted) = pair.offer(&format!("s{size}"), &name, size);
        pair.want(&id, wanted.clone());
        pair.settle();
        assert_eq!(Some(hash_of(&pair.saved(&name))), wanted.hash, "{size}");
        assert_eq!(pair.facts[0].last(), Some(&FileFact::Sent(id.clone())));
        let place = format!("downloads1/{name}");
        assert_eq!(pair.facts[1].last(), Some(&FileFact::Saved { id, place }));
    }
    assert_eq!(pair.names().len(), 7, "nothing partial is left");
}

#[test]
fn twenty_megabytes_with_five_outages_arrive_with_the_same_hash() {
    let mut pair = Pair::new("outages");
    let (id, wanted) = pair.offer("big", "big.bin", 20_000_000);
    pair.want(&id, wanted.clone());
    pair.settle();
    assert!(pair.facts[1].is_empty(), "without a channel it waits");
    for outage in 1..=5 {
        pair.open(if outage % 2 == 0 { 16 << 10 } else { MAX_MESSAGE });
        let before = pair.arrived;
        while pair.arrived - before < 3_700_000 {
            assert!(pair.step());
        }
        pair.cut();
        pair.settle();
        assert_eq!(pair.facts[1].last(), Some(&FileFact::Channel(false)));
    }
    pair.open(MAX_MESSAGE);
    pair.settle();
    assert_eq!(Some(hash_of(&pair.saved("big.bin"))), wanted.hash);
    assert_eq!(pair.facts[0].last(), Some(&FileFact::Sent(id)));
    assert!(pair.arrived < 26_000_000, "verified pieces are not sent again: {}", pair.arrived);
    assert_eq!(pair.names(), ["big.bin"]);
}

#[test]
fn a_new_transfer_goes_on_with_what_an_earlier_one_has_verified() {
    let mut pair = Pair::new("restart");
    let (id, wanted) = pair.offer("big", "big.bin", 6 * PIECE);
    pair.open(MAX_MESSAGE);
    pair.want(&id, wanted.clone());
    while pair.arrived < 4 * PIECE + 1000 {
        pair.step();
    }
    pair.cut();
    // The receiver is started anew; its files are as they were, but one byte of the third piece.
    let downloads = Downloads::at(pair.folder.join("downloads1"));
    pair.movers[1] = Mover::new(pair.pipes[1].clone(), downloads);
    let part = pair.folder.join("downloads1/big.bin.part");
    let mut bytes = fs::read(&part).unwrap();
    bytes[2 * PIECE + 5] ^= 1;
    fs::write(&part, bytes).unwrap();
    pair.plan();
    pair.open(MAX_MESSAGE);
    pair.arrived = 0;
    pair.settle();
    assert_eq!(Some(hash_of(&pair.saved("big.bin"))), wanted.hash);
    assert_eq!(pair.arrived, 4 * PIECE);
    assert_eq!(pair.names(), ["big.bin"]);
}

#[test]
fn several_files_share_the_channel_fairly_and_none_of_the_rest_is_forgotten() {
    let mut pair = Pair::new("fair");
    let files: Vec<_> =
        (0..5).map(|at| pair.offer(&format!("f{at}"), "same name.bin", 2 * PIECE + at)).collect();
    for (id, wanted) in &files {
        pair.plans[1].wanted.insert(id.clone(), wanted.clone());
    }
    pair.plan();
    pair.open(16 << 10);
    while pair.arrived < 3 * PIECE {
        pair.step();
    }
    let moving: std::collections::BTreeSet<_> = pair.facts[1]
        .iter()
        .filter_map(|fact| match fact {
            FileFact::Moving { id, done } if *done > 0 => Some(id.as_str().to_owned()),
            _ => None,
        })
        .collect();
    assert!(moving.len() >= 2, "three move at once: {moving:?}");
    pair.settle();
    let mut hashes: Vec<_> = pair.names().iter().map(|name| hash_of(&pair.saved(name))).collect();
    let mut wanted: Vec<_> = files.iter().filter_map(|(_, wanted)| wanted.hash).collect();
    hashes.sort();
    wanted.sort();
    assert_eq!(hashes, wanted, "{:?}", pair.names());
    assert!(pair.names().contains(&"same name (5).bin".to_owned()), "{:?}", pair.names());
}

#[test]
fn both_sides_fetch_at_once() {
    let mut pair = Pair::new("both");
    let (id, wanted) = pair.offer("a", "a.bin", 3 * PIECE);
    pair.want(&id, wanted.clone());
    let path = pair.folder.join("own-a");
    let back = FileId::parse("b").unwrap();
    pair.plans[1].own.insert(back.clone(), OwnFile { path });
    pair.plans[0].wanted.insert(back.clone(), wanted);
    pair.plan();
    pair.settle();
    pair.open(MAX_MESSAGE);
    pair.settle();
    assert!(pair.facts[0].contains(&FileFact::Sent(id)) && pair.facts[1].contains(&FileFact::Sent(back)));
}

#[test]
fn the_receiver_can_stop_and_begin_again() {
    let mut pair = Pair::new("stop");
    let (id, wanted) = pair.offer("a", "a.bin", 8 * PIECE);
    pair.open(MAX_MESSAGE);
    pair.want(&id, wanted.clone());
    while pair.arrived < 2 * PIECE {
        pair.step();
    }
    pair.plans[1].wanted.clear();
    pair.plan();
    pair.settle();
    assert_eq!(pair.facts[0].last(), Some(&FileFact::Stopped(id.clone())));
    assert!(pair.arrived < 8 * PIECE && pair.names().is_empty(), "{:?}", pair.names());
    pair.want(&id, wanted);
    pair.settle();
    assert_eq!(pair.names(), ["a.bin"]);
}

#[test]
fn the_sender_can_withdraw() {
    let mut pair = Pair::new("withdraw");
    let (id, wanted) = pair.offer("a", "a.bin", 8 * PIECE);
    pair.open(MAX_MESSAGE);
    pair.want(&id, wanted);
    while pair.arrived < 2 * PIECE {
        pair.step();
    }
    pair.plans[0].own.clear();
    pair.plan();
    pair.settle();
    assert_eq!(pair.failed(1), Some(&FileFault::Gone));
    assert!(pair.names().is_empty());
}

#[test]
fn a_file_that_changes_after_it_was_offered_is_not_given() {
    let mut pair = Pair::new("changed");
    let (id, wanted) = pair.offer("a", "a.bin", 2 * PIECE);
    fs::write(pair.folder.join("own-a"), noise(99, 2 * PIECE)).unwrap();
    pair.open(MAX_MESSAGE);
    pair.want(&id, wanted);
    pair.settle();
    assert_eq!((pair.failed(0), pair.failed(1)), (Some(&FileFault::Changed), Some(&FileFault::Changed)));
}

#[test]
fn what_cannot_be_offered_says_why() {
    let mut pair = Pair::new("unreadable");
    let big = pair.folder.join("big");
    fs::File::create(&big).unwrap().set_len(MAX_FILE + 1).unwrap();
    for (id, path) in [("a", pair.folder.join("missing")), ("b", pair.folder.clone()), ("c", big)] {
        pair.plans[0].own.insert(FileId::parse(id).unwrap(), OwnFile { path });
    }
    pair.plan();
    pair.settle();
    let faults: Vec<_> = pair.facts[0]
        .iter()
        .map(|fact| match fact {
            FileFact::Failed { fault, .. } => fault.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(matches!(
        &faults[..],
        [FileFault::Unreadable(_), FileFault::Unreadable(_), FileFault::TooLarge(_)]
    ));
}

#[test]
fn a_file_that_came_another_way_is_checked_and_saved() {
    let mut pair = Pair::new("here");
    let bytes = noise(4, 5000);
    let wanted = |hash: FileHash, name: &str| WantedFile {
        attempt: 0,
        name: name.to_owned(),
        size: 5000,
        hash: Some(hash),
        source: FileSource::Here(Arc::from(bytes.as_slice())),
    };
    pair.want(&FileId::parse("good").unwrap(), wanted(hash_of(&bytes), "../good.txt"));
    pair.want(&FileId::parse("bad").unwrap(), wanted(FileHash([0; 32]), "bad.txt"));
    pair.settle();
    assert_eq!(pair.saved("good.txt"), bytes);
    assert_eq!(pair.failed(1), Some(&FileFault::WrongHash));
    assert_eq!(pair.names(), ["good.txt"]);
}
