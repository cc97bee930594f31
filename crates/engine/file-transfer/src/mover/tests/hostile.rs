//! Peers that break the rules.

use confab_media_model::files::PIECE;
use confab_media_model::{ChannelFact, FileFault, FileHash, FileId};

use super::super::{CONTROLS, MAX_MESSAGE, STREAMS};
use super::pair::{LEG, Pair, noise};
use crate::own::hash_of;
use crate::wire::{self, Control, Frame, Refusal};

#[test]
fn a_wrong_piece_is_asked_for_once_more_and_then_given_up() {
    let bytes = noise(1, 1000);
    let mut pair = Pair::asked("wrong", &bytes);
    let mut wrong = bytes.clone();
    wrong[7] ^= 1;
    let announce = |s| Control::Piece { s, n: 0, sha256: hash_of(&bytes) }.to_message();
    pair.inject(announce(1));
    pair.inject(wire::data(1, 0, &wrong));
    assert_eq!(pair.failed(1), None);
    pair.movers[1].work();
    let again = pair.pipes[1].next().0.unwrap();
    assert!(matches!(Frame::parse(&again), Ok(Frame::Control(Control::Get { s: 2, from: 0, .. }))));
    pair.inject(announce(2));
    pair.inject(wire::data(2, 0, &wrong));
    assert_eq!(pair.failed(1), Some(&FileFault::WrongHash));
    assert!(pair.names().is_empty());
}

#[test]
fn a_wrong_whole_is_never_saved() {
    let (bytes, other) = (noise(1, 1000), noise(2, 1000));
    let mut pair = Pair::asked("whole", &bytes);
    pair.inject(Control::Piece { s: 1, n: 0, sha256: hash_of(&other) }.to_message());
    pair.inject(wire::data(1, 0, &other));
    assert_eq!(pair.failed(1), Some(&FileFault::WrongHash));
    assert!(pair.names().is_empty());
}

#[test]
fn a_peer_that_breaks_the_rules_is_given_up_and_harms_nothing() {
    let bytes = noise(1, 3 * PIECE);
    let piece = |s, n| Control::Piece { s, n, sha256: FileHash([0; 32]) }.to_message();
    let hostile: [Vec<Vec<u8>>; 6] = [
        vec![wire::data(1, 0, b"not announced")],
        vec![piece(1, 1)],
        vec![piece(1, 0), piece(1, 0)],
        vec![piece(1, 0), wire::data(1, 7, b"wrong offset")],
        vec![piece(1, 0), wire::data(1, u64::MAX, b"far away")],
        vec![piece(1, 0), wire::data(1, 0, &noise(3, PIECE + 1))],
    ];
    for (at, messages) in hostile.into_iter().enumerate() {
        let mut pair = Pair::asked(&format!("rules{at}"), &bytes);
        messages.into_iter().for_each(|message| pair.inject(message));
        assert_eq!(pair.failed(1), Some(&FileFault::BadPeer), "{at}");
        assert!(pair.names().is_empty());
    }
    let mut pair = Pair::asked("ignored", &bytes);
    for message in
        [wire::data(0, 0, b"x"), wire::data(9, 0, b"x"), piece(0, 0), piece(9, 0), b"\x01garbage".to_vec()]
    {
        pair.inject(message);
    }
    assert_eq!(pair.failed(1), None, "what concerns no stream of ours is ignored");
}

#[test]
fn unknown_files_and_too_many_streams_are_refused() {
    let mut pair = Pair::new("refuse");
    let (file, _) = pair.offer("a", "a", 10);
    pair.open(MAX_MESSAGE);
    pair.settle();
    let get = |s, file: &FileId, from| Control::Get { s, file: file.clone(), from }.to_message();
    for (message, refusal) in [
        (get(5, &FileId::parse("nobody").unwrap(), 0), Some(Refusal::Gone)),
        (get(6, &file, 77), Some(Refusal::Gone)),
        (get(0, &file, 0), None),
    ] {
        pair.movers[0].channel(ChannelFact::Data(LEG, message));
        pair.movers[0].work();
        let answer = pair.pipes[0].next().0;
        let why = answer.map(|answer| match Frame::parse(&answer) {
            Ok(Frame::Control(Control::Refuse { why, .. })) => why,
            other => panic!("{other:?}"),
        });
        assert_eq!(why, refusal);
    }
    for s in 10..10_000 {
        pair.movers[0].channel(ChannelFact::Data(LEG, get(s, &FileId::parse("nobody").unwrap(), 0)));
    }
    assert!(pair.movers[0].controls.len() <= CONTROLS && pair.movers[0].streams.len() <= STREAMS);
}
