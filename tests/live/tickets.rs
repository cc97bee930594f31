//! What a guest's page needs to come in, in the hands of somebody else.

use confab_tests::{Backend, Person, Socket, Trouble, turn};
use serde_json::{Value, json};

use crate::pair::{ALICE, SOON};

/// What `POST /api/join` answers: status and body.
fn knock(backend: &Backend, ask: &Value) -> Result<(u16, Value), Trouble> {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    let agent: ureq::Agent = config.timeout_global(Some(SOON)).build().into();
    let strange = |error: ureq::Error| Trouble::Strange(error.to_string());
    let mut answer = agent.post(format!("{}/api/join", backend.url)).send_json(ask).map_err(strange)?;
    let body = answer.body_mut().read_json().map_err(strange)?;
    Ok((answer.status().as_u16(), body))
}

/// A token for a room.
fn token(backend: &Backend, room: &str, name: &str) -> Result<String, Trouble> {
    let mail = format!("{}@example.org", name.to_lowercase());
    let (status, answer) = knock(backend, &json!({"room": room, "name": name, "mail": mail}))?;
    assert_eq!(status, 200, "{answer}");
    Ok(answer["token"].as_str().unwrap_or_default().to_owned())
}

/// Opens a page's socket with a token; what is said first.
fn enter(backend: &Backend, token: &str) -> Result<(Socket, Option<Value>), Trouble> {
    let mut socket = Socket::open(&backend.url, "/guest/ws")?;
    socket.say(&json!({"token": token}))?;
    let first = socket.hear("the first word", SOON, |_| true)?;
    Ok((socket, first))
}

/// Whether somebody was let in, or why not.
fn reason(first: Option<&Value>) -> &str {
    first.and_then(|first| first["gone"]["reason"].as_str()).unwrap_or_default()
}

#[test]
fn a_guests_token_is_good_once_and_for_one_room() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start_with(&["--rooms", "4711=alice,standup"])?;
    let mut alice = Person::sign_in(&backend.url, backend.folder(), ALICE)?;
    alice.tell(&json!({"type": "join", "room": "4711"}))?;
    alice.until("Alice is in the room", SOON, |now| now["phase"] == "in")?;

    let good = token(&backend, "4711", "Ann")?;
    let (mut ann, first) = enter(&backend, &good)?;
    let welcome = first.clone().unwrap_or_default();
    assert!(welcome["welcome"]["resume"].is_string(), "{first:?}");
    // Whoever has copied it gets nothing, and throws nobody out.
    let (_, again) = enter(&backend, &good)?;
    assert_eq!(reason(again.as_ref()), "expired", "{again:?}");
    let (_, made_up) = enter(&backend, &"0".repeat(good.len()))?;
    assert_eq!(reason(made_up.as_ref()), "expired", "{made_up:?}");
    ann.say(&json!({"intent": {"type": "join", "room": "4711"}}))?;
    alice.until("Ann is there", SOON, |now| people(now) == ["Alice", "Guest Ann"])?;

    // A token for another room leads there, whatever its page wishes.
    let (mut ben, first) = enter(&backend, &token(&backend, "standup", "Ben")?)?;
    assert!(first.is_some_and(|first| first["welcome"].is_object()));
    ben.say(&json!({"intent": {"type": "join", "room": "4711"}}))?;
    ben.say(&json!({"intent": {"type": "openLink", "link": format!("{}/j/4711", backend.url)}}))?;
    ben.say(
        &json!({"intent": {"type": "call", "user": "user://confab.local/alice@confab.local", "video": true}}),
    )?;
    ben.say(&json!({"intent": {"type": "muteAll"}}))?;
    let meets = |said: &Value| {
        let meeting = &said["view"];
        meeting["type"] == "meeting" && meeting["phase"] == "in"
    };
    ben.say(&json!({"intent": {"type": "join", "room": "standup"}}))?;
    let met = ben.hear("Ben is in his own room", SOON, meets)?.unwrap_or_default();
    assert_eq!(met["view"]["room"], "standup", "{met}");
    let now = alice.until("Alice was not disturbed", SOON, |now| now["phase"] == "in")?;
    assert_eq!(people(&now), ["Alice", "Guest Ann"]);
    assert_eq!(now["call"]["phase"], "idle", "{}", now["call"]);
    alice.leave()
}

#[test]
fn who_was_banned_and_whose_invitation_was_taken_back_gets_no_token() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let mut alice = Person::sign_in(&backend.url, backend.folder(), ALICE)?;
    alice.tell(&json!({"type": "join", "room": "4711"}))?;
    alice.until("Alice is in the room", SOON, |now| now["phase"] == "in")?;
    alice.tell(&json!({"type": "inviteByMail", "address": "zoe@example.org", "name": "Zoe"}))?;
    let link = backend.mailed_link("zoe@example.org")?;
    let code = link.split_once("#i=").map(|(_, code)| code.to_owned()).unwrap_or_default();
    let ask = json!({"room": "4711", "code": code, "name": "Zoe", "mail": "zoe@example.org"});
    assert_eq!(knock(&backend, &ask)?.0, 200);
    let told =
        alice.until("the invitation is listed", SOON, |now| now["room"]["invited"][0]["id"].is_string())?;
    alice.tell(&json!({"type": "cancelInvitation", "invitation": told["room"]["invited"][0]["id"]}))?;
    alice.until("it is taken back", SOON, |now| now["room"]["invited"] == json!([]))?;
    let (status, answer) = knock(&backend, &ask)?;
    assert_eq!((status, answer["error"].as_str()), (403, Some("bad-code")));

    // A token that was given before the ban, and one that would be given after it.
    let early = token(&backend, "4711", "Mallory")?;
    let (mut mallory, _) = enter(&backend, &token(&backend, "4711", "Mallory")?)?;
    mallory.say(&json!({"intent": {"type": "join", "room": "4711"}}))?;
    let there = alice.until("Mallory is there", SOON, |now| people(now).len() == 2)?;
    let key = there["room"]["people"][1]["participant"].clone();
    alice.tell(&json!({"type": "remove", "participant": key, "reason": "Spam", "ban": true}))?;
    let gone = mallory.hear("Mallory is told", SOON, |said| said["gone"].is_object())?;
    assert_eq!(reason(gone.as_ref()), "removed", "{gone:?}");
    let (mut back, _) = enter(&backend, &early)?;
    back.say(&json!({"intent": {"type": "join", "room": "4711"}}))?;
    let gone = back.hear("the earlier token is no good either", SOON, |said| said["gone"].is_object())?;
    assert!(matches!(reason(gone.as_ref()), "refused" | "removed"), "{gone:?}");
    let ask = json!({"room": "4711", "name": "Mallory", "mail": "mallory@example.org"});
    let (status, answer) = knock(&backend, &ask)?;
    assert_eq!((status, answer["error"].as_str()), (403, Some("banned")));
    let now = alice.until("Alice is alone", SOON, |now| people(now).len() == 1)?;
    assert_eq!(people(&now), ["Alice"]);
    alice.leave()
}

/// Everybody in the room, in the order of joining.
fn people(now: &Value) -> Vec<&str> {
    let people = now["room"]["people"].as_array().into_iter().flatten();
    people.filter_map(|one| one["name"].as_str()).collect()
}
