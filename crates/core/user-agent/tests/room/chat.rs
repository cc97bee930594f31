//! What is said and sent in a room that passes it on.

use std::time::Duration;

use crate::house::{House, person};
use confab_contract::{Delivery, FilePhase, FileView, Intent, LineBody, LineView, ProblemCode};
use confab_media_model::{FileFact, FileHash};
use confab_user_agent::Input;
use serde_json::{Value, json};

fn say(text: &str) -> Intent {
    Intent::Say { text: text.to_owned(), to: None, reply: None }
}

fn texts(house: &House) -> Vec<&str> {
    let text = |line: &'_ LineView| -> &str {
        match &line.body {
            LineBody::Text { text } => Box::leak(text.clone().into_boxed_str()),
            LineBody::File { .. } => "(file)",
        }
    };
    house.conversation.lines.iter().map(text).collect()
}

fn chat(by: &str, seq: u64, text: &str) -> Value {
    json!({"by": by, "byName": "Somebody", "seq": seq, "data": {"type": "chat", "content": text}})
}

/// The room passes on what the program has posted last.
fn echo(house: &mut House, seq: u64) {
    let mut child = house.posted.last().cloned().expect("something was posted");
    let id = child["id"].as_str().expect("it has an id").to_owned();
    child["by"] = "p2".into();
    child["seq"] = seq.into();
    house.relay(&id, child);
}

#[test]
fn lines_stand_in_the_order_of_the_room() {
    let mut house = House::joined("participant");
    assert!(house.conversation.open);
    house.relay("b", chat("p1", 2, "two"));
    house.intend(say("four"));
    house.relay("c", chat("p1", 3, "three"));
    house.relay("a", chat("p1", 1, "one"));
    house.relay("a", chat("p1", 1, "one"));
    echo(&mut house, 4);
    house.relay("e", chat("p1", 5, "five"));
    assert_eq!(texts(&house), ["one", "two", "three", "four", "five"]);
    assert_eq!(house.conversation.unread, 4);
    let mine = &house.conversation.lines[3];
    assert_eq!((mine.me, mine.name.as_str(), mine.delivery), (true, "alice", Delivery::Delivered));
    assert_eq!(house.conversation.lines[0].name, "Bob");
    house.intend(Intent::ReadConversation);
    assert_eq!(house.conversation.unread, 0);
}

#[test]
fn nobody_but_the_room_is_believed() {
    let mut house = House::joined("participant");
    let room = confab_rethink::Url::parse(crate::house::ROOM).expect("a URL");
    let bob = confab_rethink::Url::parse("hyperty://a.local/Bob").expect("a URL");
    let forged = confab_rethink::Draft::new(confab_rethink::Kind::Create, &bob, room.children());
    house.say(forged.with("resource", "x").with("value", chat("p1", 1, "forged")));
    assert!(house.conversation.lines.is_empty());
}

#[test]
fn what_is_said_without_a_connection_goes_out_once_and_in_order() {
    let mut house = House::joined("participant");
    house.cut();
    for text in ["one", "two", "three"] {
        house.intend(say(text));
    }
    assert!(house.posted.is_empty());
    assert!(house.conversation.lines.iter().all(|line| line.delivery == Delivery::Sending));
    house.mend();
    let said: Vec<&str> = house.posted.iter().filter_map(|child| child["data"]["content"].as_str()).collect();
    assert_eq!(said, ["one", "two", "three"]);
    assert!(house.conversation.lines.iter().all(|line| line.delivery == Delivery::Delivered));
    house.pass(Duration::from_secs(60));
    assert_eq!(house.posted.len(), 3);
}

#[test]
fn a_room_that_wants_a_pause_gets_one_and_nothing_is_lost() {
    let mut house = House::joined("participant");
    house.post_answers = [200, 429, 429].into();
    for text in ["one", "two", "three"] {
        house.intend(say(text));
    }
    assert_eq!(house.posted.len(), 1);
    assert!(house.problem(ProblemCode::TooFast).is_some());
    house.pass(Duration::from_secs(10));
    let said: Vec<&str> = house.posted.iter().filter_map(|child| child["data"]["content"].as_str()).collect();
    assert_eq!(said, ["one", "two", "three"]);
}

#[test]
fn what_the_room_does_not_pass_on_has_failed() {
    let mut house = House::joined("participant");
    house.post_answers = [403].into();
    house.intend(say("one"));
    house.intend(say("two"));
    let delivered: Vec<Delivery> = house.conversation.lines.iter().map(|line| line.delivery).collect();
    assert_eq!(delivered, [Delivery::Failed, Delivery::Delivered]);
    assert!(house.problem(ProblemCode::NotAllowed).is_some());
}

#[test]
fn a_line_to_one_is_for_that_one_and_so_are_reactions_to_it() {
    let mut house = House::joined("participant");
    house.set(&["roster", "p3"], person("Carol", "participant"));
    let to = Some("p3".to_owned());
    house.intend(Intent::Say { text: "psst".to_owned(), to: to.clone(), reply: None });
    assert_eq!(house.posted[0]["data"]["to"], "p3");
    assert_eq!(house.conversation.lines[0].to.as_deref(), Some("Carol"));
    let line = house.conversation.lines[0].id.clone();
    house.intend(Intent::ReactToLine { line: line.clone(), emoji: "👍".to_owned() });
    assert_eq!(house.posted[1]["data"], json!({"type": "reaction", "of": line, "emoji": "👍", "to": "p3"}));
    house.intend(Intent::Say { text: "gone?".to_owned(), to: Some("p9".to_owned()), reply: None });
    assert!(house.problem(ProblemCode::NotAllowed).is_some());

    // Carol says something to Alice alone, and Alice reacts: that is for Carol.
    let mut private = chat("p3", 7, "hush");
    private["data"]["to"] = "p2".into();
    let hyperty = confab_rethink::Url::parse(&house.hyperty()).expect("a URL");
    let room = confab_rethink::Url::parse(crate::house::ROOM).expect("a URL");
    let letter = confab_rethink::Draft::new(confab_rethink::Kind::Create, &room, &hyperty);
    house.say(letter.with("resource", "h").with("value", private));
    assert_eq!(house.conversation.lines.last().map(|line| line.to.as_deref()), Some(Some("alice")));
    house.intend(Intent::ReactToLine { line: "h".to_owned(), emoji: "🤫".to_owned() });
    assert_eq!(house.posted.last().map(|child| child["data"]["to"].clone()), Some("p3".into()));
}

#[test]
fn replies_show_what_they_answer_and_reactions_are_counted() {
    let mut house = House::joined("participant");
    house.relay("q", chat("p1", 1, "when?"));
    house.intend(Intent::Say { text: "now".to_owned(), to: None, reply: Some("q".to_owned()) });
    let reply = house.conversation.lines[1].reply.clone().expect("it answers");
    assert_eq!((reply.line.as_str(), reply.name.as_str(), reply.text.as_str()), ("q", "Bob", "when?"));
    for (by, off) in [("p1", false), ("p4", false), ("p4", true)] {
        let data = json!({"type": "reaction", "of": "q", "emoji": "👍", "off": off});
        house.relay(&format!("r-{by}-{off}"), json!({"by": by, "seq": 3, "data": data}));
    }
    house.intend(Intent::ReactToLine { line: "q".to_owned(), emoji: "👍".to_owned() });
    let shown = house.conversation.lines[0].reactions.clone();
    assert_eq!(shown.len(), 1);
    assert_eq!((shown[0].count, shown[0].mine), (2, true));
    house.intend(Intent::ReactToLine { line: "q".to_owned(), emoji: "👍".to_owned() });
    assert_eq!(house.posted.last().map(|child| child["data"]["off"].clone()), Some(true.into()));
    assert_eq!(house.conversation.lines[0].reactions[0].count, 1);
}

#[test]
fn typing_is_shown_for_a_while() {
    let mut house = House::joined("participant");
    house.shout("typing", json!({"by": "p1"}));
    house.shout("typing", json!({"by": "p2"}));
    assert_eq!(house.conversation.typing, ["Bob"]);
    house.pass(Duration::from_secs(7));
    assert!(house.conversation.typing.is_empty());
}

#[test]
fn who_comes_late_reads_what_was_said_before() {
    let mut house = House::new();
    for (n, text) in [(1, "one"), (2, "two")] {
        let room = confab_rethink::Url::parse(crate::house::ROOM).expect("a URL");
        let bob = confab_rethink::Url::parse("hyperty://a.local/Bob").expect("a URL");
        let value = confab_rethink::message::body(chat("p1", n, text));
        house.reporter.keep(confab_rethink::Child::new(&format!("h{n}"), &bob, &room, value));
    }
    house.intend(Intent::Join { room: "4711".to_owned() });
    assert_eq!(texts(&house), ["one", "two"]);
    assert_eq!(house.conversation.unread, 0, "what was said before one came is no news");
}

fn file(house: &House) -> FileView {
    let of = |line: &LineView| match &line.body {
        LineBody::File { file } => Some(file.clone()),
        LineBody::Text { .. } => None,
    };
    house.conversation.lines.iter().find_map(of).expect("there is a file")
}

#[test]
fn a_file_goes_to_the_store_and_the_room_tells_of_it() {
    let mut house = House::joined("participant");
    assert_eq!(house.conversation.file_limit, 1000);
    house.tell(Input::OfferFile("/home/alice/plan.pdf".into()));
    let (id, own) = house.files.store.own.first_key_value().expect("it is wanted");
    let (id, own) = (id.clone(), own.clone());
    assert_eq!((own.name.as_str(), own.mime.as_str()), ("plan.pdf", "application/pdf"));
    assert_eq!(
        house.files.store.access.as_ref().map(|store| store.url.as_str()),
        Some("https://a.local/files/room")
    );
    assert_eq!(file(&house).phase, FilePhase::Preparing);
    let hash = FileHash([7; 32]);
    house.tell(Input::File(FileFact::Prepared {
        id: id.clone(),
        size: 900,
        hash,
        modified: None,
        content: None,
    }));
    let offer = json!({"by": "p2", "seq": 3, "resourceType": "file", "name": "plan.pdf", "size": 900,
        "mimetype": "application/pdf", "sha256": hash.to_string(),
        "contentURL": [format!("https://a.local/files/room/{}", id.as_str())]});
    house.relay(id.as_str(), offer);
    assert_eq!(house.conversation.lines.len(), 1, "our own line is that of the room");
    house.tell(Input::File(FileFact::Sent(id.clone())));
    house.signal("file-progress", json!({"file": id.as_str(), "receivers": {"p1": 450}}));
    assert_eq!(
        (file(&house).phase, file(&house).receivers),
        (FilePhase::Done, vec![("Bob".to_owned(), 450)])
    );
    house.intend(Intent::CancelFile { file: file(&house).id });
    assert!(house.files.store.own.is_empty());
}

#[test]
fn a_file_of_another_is_fetched_from_the_store_the_room_names() {
    let mut house = House::joined("participant");
    let offer = |id: &str, url: &str| {
        json!({"by": "p1", "seq": 1, "resourceType": "file", "name": "../../etc/a.png", "size": 10, "mimetype": "image/png",
            "sha256": FileHash([1; 32]).to_string(), "contentURL": [format!("{url}/{id}")]})
    };
    // Whatever address a child names, the bytes come from the room's store.
    house.relay("f-1", offer("f-1", "https://evil.example/files"));
    let shown = file(&house);
    assert_eq!((shown.name.as_str(), shown.phase), ("a.png", FilePhase::Offered));
    assert!(house.files.store.wanted.is_empty(), "nothing is fetched unasked");
    house.intend(Intent::FetchFile { file: shown.id.clone() });
    let (id, wanted) = house.files.store.wanted.first_key_value().expect("it is wanted");
    assert_eq!((id.as_str(), wanted.size, wanted.attempt), ("f-1", 10, 1));
    let id = id.clone();
    house.tell(Input::File(FileFact::Store(false)));
    assert_eq!(file(&house).phase, FilePhase::Paused);
    let asked = house.ordered("files").len();
    house.pass(Duration::from_secs(3));
    assert_eq!(house.ordered("files").len(), asked + 1, "another key is asked for");
    assert_eq!(file(&house).phase, FilePhase::Moving);
    house.tell(Input::File(FileFact::Preview {
        id: id.clone(),
        picture: "data:image/png;base64,AA".to_owned(),
    }));
    house.tell(Input::File(FileFact::Saved { id, place: "Downloads/a.png".to_owned() }));
    let shown = file(&house);
    assert_eq!((shown.phase, shown.saved.as_str()), (FilePhase::Done, "Downloads/a.png"));
    assert!(shown.preview.starts_with("data:image/"));
    house.shout("file-gone", json!({"file": "f-1"}));
    assert_eq!(file(&house).phase, FilePhase::Done, "what one has one keeps");
}

#[test]
fn a_room_without_a_store_is_asked_once_and_its_files_say_so() {
    let mut house = House::new();
    house.files_answer = Some(404);
    house.intend(Intent::Join { room: "4711".to_owned() });
    house.pass(Duration::from_secs(300));
    assert_eq!((house.ordered("files").len(), house.conversation.file_limit), (1, 0));
    house.tell(Input::OfferFile("/home/alice/plan.pdf".into()));
    assert_eq!(file(&house).phase, FilePhase::NoStore);
    // When it lets us in again it may have one.
    house.files_answer = None;
    house.cut();
    house.mend();
    assert_eq!((house.ordered("files").len(), house.conversation.file_limit), (2, 1000));
    assert_eq!(file(&house).phase, FilePhase::Moving);
}

#[test]
fn the_key_to_the_store_is_renewed_before_it_ends() {
    let mut house = House::joined("participant");
    assert_eq!(house.ordered("files").len(), 1);
    house.pass(Duration::from_secs(8 * 60 + 1));
    assert_eq!(house.ordered("files").len(), 2);
}

#[test]
fn a_conversation_ends_with_the_meeting() {
    let mut house = House::joined("participant");
    house.relay("a", chat("p1", 1, "one"));
    house.intend(Intent::Leave);
    assert!(!house.conversation.open && house.conversation.lines.is_empty());
    assert_eq!(house.files, Default::default());
}
