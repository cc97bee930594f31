//! Offers, small files as text, and the plan.

use std::path::Path;
use std::sync::Arc;

use confab_contract::{FilePhase, FileView, LineBody, ProblemCode};
use confab_media_model::files::{MAX_FILE, SMALL_FILE};
use confab_media_model::{FileFact, FileFault, FileHash, FileId, FileSource};
use confab_types::LegId;

use super::world::World;
use crate::Happened;

fn file(world: &World, at: usize) -> FileView {
    let view = world.parties[at].conversation.as_ref().unwrap().view();
    let file = view.lines.into_iter().rev().find_map(|line| match line.body {
        LineBody::File { file } => Some(file),
        LineBody::Text { .. } => None,
    });
    file.expect("there is a file")
}

/// Alice offers a file of so many bytes; its id, and the content if it is small.
fn offer(world: &mut World, size: u64) -> (FileId, Arc<[u8]>) {
    world
        .act(0, |conversation, line| conversation.offer_file(line, Path::new("/home/a/holiday.jpg")))
        .unwrap();
    let plan = world.act(0, |conversation, _| conversation.file_plan());
    let (id, own) = plan.own.last_key_value().unwrap();
    assert_eq!(own.path, Path::new("/home/a/holiday.jpg"));
    let bytes: Arc<[u8]> = vec![7; size.min(SMALL_FILE) as usize].into();
    let content = (size <= SMALL_FILE).then(|| bytes.clone());
    let id = id.clone();
    fact(world, 0, FileFact::Preparing { id: id.clone(), done: size / 2, size });
    assert_eq!(file(world, 0).phase, FilePhase::Preparing);
    fact(
        world,
        0,
        FileFact::Prepared { id: id.clone(), size, hash: FileHash([5; 32]), modified: Some(1), content },
    );
    world.run(300);
    (id, bytes)
}

fn fact(world: &mut World, at: usize, fact: FileFact) {
    world.act(at, |conversation, line| conversation.file_fact(line, fact));
}

fn fetch(world: &mut World, at: usize) {
    let id = file(world, at).id;
    world.act(at, |conversation, line| conversation.fetch_file(line, &id));
}

fn with_channel(world: &mut World) {
    for at in 0..2 {
        world.act(at, |conversation, _| conversation.set_leg(Some(LegId(3))));
        fact(world, at, FileFact::Channel(true));
    }
}

#[test]
fn a_small_file_comes_as_text_when_there_is_no_channel() {
    for loss in [0, 20] {
        let mut world = World::call(11);
        let (id, bytes) = offer(&mut world, 5000);
        world.loss = loss;
        let seen = file(&world, 1);
        assert_eq!((seen.name.as_str(), seen.size, seen.mime.as_str()), ("holiday.jpg", 5000, "image/jpeg"));
        assert_eq!(seen.phase, FilePhase::Offered);
        let offered = Happened::Offered { name: "alice".to_owned(), file: "holiday.jpg".to_owned() };
        assert_eq!(world.parties[1].happened, [offered]);
        fetch(&mut world, 1);
        world.run(60_000);
        let plan = world.act(1, |conversation, _| conversation.file_plan());
        let wanted = &plan.wanted[&id];
        assert_eq!(wanted.source, FileSource::Here(bytes));
        assert_eq!((wanted.name.as_str(), wanted.hash), ("holiday.jpg", Some(FileHash([5; 32]))));
        fact(&mut world, 1, FileFact::Saved { id, place: "Downloads/holiday.jpg".to_owned() });
        assert_eq!((file(&world, 1).phase, file(&world, 1).done), (FilePhase::Done, 5000));
        assert_eq!(file(&world, 0).phase, FilePhase::Done);
        assert!(world.act(1, |conversation, _| conversation.file_plan()).wanted.is_empty());
    }
}

#[test]
fn strangers_get_no_file() {
    let mut world = World::new(1, &["alice", "bob", "mallory"]);
    world.host();
    world.invite();
    world.join();
    world.run(1000);
    let (id, _) = offer(&mut world, 10);
    let storage = crate::content::storage_of(&world.parties[0].runtime);
    for (from, resource, code) in
        [(2, id.as_str(), 403), (1, id.as_str(), 200), (1, "../x", 404), (1, "", 404)]
    {
        let content = storage.child(&format!("/{resource}"));
        let draft = crate::content::ask(&world.parties[from].hyperty, &content).unwrap_or_else(|| {
            confab_rethink::Draft::new(confab_rethink::Kind::Read, world.address(from), &storage)
        });
        let read = draft.with_id(confab_rethink::MessageId::new(9).unwrap());
        world.deliver(0, confab_rethink::Message { to: (&storage).into(), ..read });
        let answer = world.passed.iter().rfind(|message| message.is_response()).unwrap();
        assert_eq!(answer.code(), Some(code.into()), "{resource}");
    }
}

#[test]
fn a_large_file_takes_the_channel_and_pauses_without() {
    let mut world = World::call(12);
    with_channel(&mut world);
    let (id, _) = offer(&mut world, 9_000_000);
    fetch(&mut world, 1);
    let wanted = world.act(1, |conversation, _| conversation.file_plan()).wanted[&id].clone();
    assert_eq!((wanted.source, wanted.size), (FileSource::Channel, 9_000_000));
    for at in 0..2 {
        fact(&mut world, at, FileFact::Moving { id: id.clone(), done: 1 << 20 });
        assert_eq!((file(&world, at).phase, file(&world, at).done), (FilePhase::Moving, 1 << 20));
        fact(&mut world, at, FileFact::Channel(false));
        assert_eq!(file(&world, at).phase, FilePhase::Paused);
    }
    let plan = world.act(1, |conversation, _| conversation.file_plan());
    assert!(plan.wanted.contains_key(&id), "it goes on when the channel is back");
    fact(&mut world, 0, FileFact::Sent(id.clone()));
    assert_eq!(file(&world, 0).phase, FilePhase::Done);
}

#[test]
fn without_a_channel_only_small_files_can_be_sent() {
    let mut world = World::call(13);
    let limit = |world: &World| world.parties[0].conversation.as_ref().unwrap().view().file_limit;
    assert_eq!(limit(&world), SMALL_FILE);
    offer(&mut world, SMALL_FILE + 1);
    assert_eq!(file(&world, 0).phase, FilePhase::Failed);
    let trouble = world.parties[0].happened.last().unwrap();
    assert!(
        matches!(trouble, Happened::Trouble { code: ProblemCode::FileTooLarge, about, .. } if about == "holiday.jpg")
    );
    assert!(world.act(0, |conversation, _| conversation.file_plan()).own.is_empty());
    with_channel(&mut world);
    assert_eq!(limit(&world), MAX_FILE);
}

#[test]
fn either_side_can_cancel() {
    let mut world = World::call(14);
    with_channel(&mut world);
    let (id, _) = offer(&mut world, 9_000_000);
    let line = file(&world, 1).id;
    fetch(&mut world, 1);
    world.act(1, |conversation, line_| conversation.cancel_file(line_, &line));
    assert_eq!(file(&world, 1).phase, FilePhase::Cancelled);
    assert!(world.act(1, |conversation, _| conversation.file_plan()).wanted.is_empty());
    fact(&mut world, 0, FileFact::Stopped(id.clone()));
    assert_eq!(file(&world, 0).phase, FilePhase::Cancelled);
    fetch(&mut world, 1);
    let again = world.act(1, |conversation, _| conversation.file_plan()).wanted[&id].attempt;
    assert_eq!(again, 2, "it can be fetched after all");
    world.act(0, |conversation, line_| conversation.cancel_file(line_, &line));
    world.run(100);
    assert_eq!((file(&world, 0).phase, file(&world, 1).phase), (FilePhase::Cancelled, FilePhase::Cancelled));
    let plans: Vec<_> = (0..2).map(|at| world.act(at, |conversation, _| conversation.file_plan())).collect();
    assert!(plans[0].own.is_empty() && plans[1].wanted.is_empty());
}

#[test]
fn nobody_takes_back_what_another_offers() {
    let mut world = World::call(15);
    offer(&mut world, 100);
    let line = file(&world, 0).id;
    world.act(1, |conversation, line_| {
        let draft = confab_rethink::Draft::new(
            confab_rethink::Kind::Delete,
            line_.hyperty,
            conversation.object().children(),
        );
        line_.send(draft.with("resource", line.as_str()));
    });
    world.run(100);
    assert_eq!((file(&world, 0).phase, file(&world, 1).phase), (FilePhase::Offered, FilePhase::Offered));
}

#[test]
fn a_failure_is_told_once_and_can_be_tried_again() {
    let mut world = World::call(16);
    with_channel(&mut world);
    let (id, _) = offer(&mut world, 9_000_000);
    fetch(&mut world, 1);
    for _ in 0..2 {
        fact(&mut world, 1, FileFact::Failed { id: id.clone(), fault: FileFault::DiskFull });
    }
    assert_eq!(file(&world, 1).phase, FilePhase::Failed);
    let told = world.parties[1].happened.iter().filter(|it| matches!(it, Happened::Trouble { .. })).count();
    assert_eq!(told, 1);
    fetch(&mut world, 1);
    assert_eq!(world.act(1, |conversation, _| conversation.file_plan()).wanted[&id].attempt, 2);
}

#[test]
fn who_joins_late_can_fetch_what_was_offered_before() {
    let mut world = World::new(17, &["alice", "bob"]);
    world.host();
    let (id, _) = offer(&mut world, 5000);
    world.invite();
    world.join();
    world.run(5000);
    fetch(&mut world, 1);
    world.run(1000);
    assert!(world.act(1, |conversation, _| conversation.file_plan()).wanted.contains_key(&id));
}
