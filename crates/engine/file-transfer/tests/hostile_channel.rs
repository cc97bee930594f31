//! Anything at all on the channel: no panic, no growth, nothing saved that was not asked for.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use confab_file_transfer::wire::{self, Control, Frame, Refusal};
use confab_file_transfer::{Downloads, Mover};
use confab_media_model::{
    ChannelFact, ChannelFull, Channels, FileFact, FileHash, FileId, FilePlan, FileSource, OwnFile, WantedFile,
};
use confab_types::{Chance, LegId};

const LEG: LegId = LegId(7);
const INPUTS: usize = 20_000;

/// Takes everything and forgets it.
struct Nowhere;

impl Channels for Nowhere {
    fn send(&self, _: LegId, _: &[u8]) -> Result<(), ChannelFull> {
        Ok(())
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("confab-hostile-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the system's folder for temporary files can be written");
    folder
}

/// A message as a peer that knows the rules would send it, about streams and pieces that may exist.
fn message(chance: &mut Chance) -> Vec<u8> {
    let (s, n) = (chance.below(6) as u32, chance.below(4) as u32);
    let names = ["own", "wanted", "nobody"];
    let file = FileId::parse(names[chance.below(3) as usize]).expect("it is a file id");
    match chance.below(8) {
        0 => Control::Get { s, file, from: n }.to_message(),
        1 | 2 => Control::Piece { s, n, sha256: FileHash([chance.bits() as u8; 32]) }.to_message(),
        3 => Control::Ack { s, n }.to_message(),
        4 => Control::Done { s }.to_message(),
        5 => Control::Stop { s }.to_message(),
        6 => Control::Refuse { s, why: Refusal::Busy }.to_message(),
        _ => wire::data(s, chance.below(3 << 20), &vec![1; 1 + chance.below(60_000) as usize]),
    }
}

fn mutate(chance: &mut Chance, message: &mut Vec<u8>) {
    for _ in 0..chance.below(4) {
        let at = chance.below(message.len().max(1) as u64) as usize;
        match chance.below(4) {
            0 => message.truncate(at),
            1 if at < message.len() => message[at] = chance.bits() as u8,
            2 if at < message.len() => message[at] ^= 1 << chance.below(8),
            _ => message.insert(at.min(message.len()), chance.bits() as u8),
        }
    }
}

#[test]
fn mutated_messages_are_read_without_harm_and_what_is_read_is_written_the_same() {
    let mut chance = Chance::from_number(1);
    let (mut read, mut refused) = (0, 0);
    for _ in 0..INPUTS {
        let mut bytes = message(&mut chance);
        mutate(&mut chance, &mut bytes);
        match Frame::parse(&bytes) {
            Ok(Frame::Control(control)) => {
                read += 1;
                let again = control.to_message();
                assert_eq!(Frame::parse(&again), Ok(Frame::Control(control)));
            }
            Ok(Frame::Data { stream, offset, bytes: data }) => {
                read += 1;
                assert_eq!(wire::data(stream, offset, data), bytes);
            }
            Err(_) => refused += 1,
        }
    }
    assert!(read > INPUTS / 10 && refused > INPUTS / 10, "{read} read, {refused} refused");
}

#[test]
fn a_peer_that_sends_anything_saves_nothing_and_stops_nothing() {
    let folder = folder("mover");
    let downloads = folder.join("downloads");
    fs::write(folder.join("own"), vec![3; 2_500_000]).expect("it can be written");
    let mut chance = Chance::from_number(2);
    let mut mover = Mover::new(Arc::new(Nowhere), Downloads::at(&downloads));
    let id = |text: &str| FileId::parse(text).expect("it is a file id");
    let wanted = |attempt| WantedFile {
        attempt,
        name: "wanted.bin".to_owned(),
        size: 3 << 20,
        hash: Some(FileHash([9; 32])),
        source: FileSource::Channel,
    };
    let mut plan = FilePlan { leg: Some(LEG), ..FilePlan::default() };
    plan.own.insert(id("own"), OwnFile { path: folder.join("own") });
    plan.wanted.insert(id("wanted"), wanted(0));
    mover.set_plan(plan.clone());
    mover.channel(ChannelFact::Open(LEG, 64 << 10));
    let (mut failed, mut moved) = (0, 0);
    for round in 0..INPUTS {
        let mut bytes = message(&mut chance);
        if chance.percent(50) {
            mutate(&mut chance, &mut bytes);
        }
        mover.channel(ChannelFact::Data(LEG, bytes));
        mover.work();
        while let Some(fact) = mover.poll() {
            match fact {
                FileFact::Saved { .. } => panic!("nothing right was ever sent"),
                FileFact::Failed { id: of, .. } => {
                    assert_eq!(of, id("wanted"), "our own file does not suffer");
                    failed += 1;
                    plan.wanted.insert(of, wanted(round as u32 + 1));
                    // Streams are numbered anew, so that the peer goes on guessing them.
                    mover = Mover::new(Arc::new(Nowhere), Downloads::at(&downloads));
                    mover.set_plan(plan.clone());
                    mover.channel(ChannelFact::Open(LEG, 64 << 10));
                }
                FileFact::Moving { .. } => moved += 1,
                _ => {}
            }
        }
    }
    assert!(failed > 10 && moved > 10, "{failed} failed, {moved} moved");
    mover.set_plan(FilePlan::default());
    assert_eq!(fs::read_dir(&downloads).map(|left| left.count()).ok(), Some(0), "nothing partial is left");
    fs::remove_dir_all(folder).expect("it can be removed");
}
