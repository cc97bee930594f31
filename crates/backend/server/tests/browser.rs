//! Guests by browser, with a scripted page: what a page sends and is told, and what it cannot do.

mod house;

use std::collections::BTreeMap;
use std::time::Duration;

use confab_backend::Config;
use futures_util::SinkExt;
use house::page::{Alice, Page, code_in, knock, mailed, ticket, zoe};
use house::{House, code};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message as Frame;

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_joins_sends_media_and_talks_with_somebody_who_has_an_account() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    let token = ticket(&house, zoe()).await;
    let mut page = Page::open(&house, &token).await;
    page.until("welcome", |newest| newest.contains_key("welcome")).await;
    page.wish(json!({"type": "setMicrophone", "on": true})).await;
    page.join().await;
    page.until("legs", |newest| {
        newest.get("plan").is_some_and(|plan| {
            plan["legs"]
                .as_object()
                .is_some_and(|legs| legs.values().any(|leg| leg["role"]["type"] == "publish"))
        })
    })
    .await;
    page.until("names", |newest| {
        newest
            .get("room")
            .is_some_and(|room| room["people"].as_array().is_some_and(|people| people.len() == 2))
    })
    .await;
    page.wish(json!({"type": "say", "text": "good day"})).await;
    alice.hear("good day").await;
    alice.say("welcome, Zoe").await;
    page.until("line", |newest| {
        newest.get("conversation").is_some_and(|view| view.to_string().contains("welcome, Zoe"))
    })
    .await;
    assert!(house.get("/metrics").await.contains("confab_browser_guests 1"));
    page.say(json!({"leave": true})).await;
    assert_eq!(page.gone().await["reason"], "left");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_loses_its_socket_comes_back_and_a_ticket_is_good_once() {
    let house = House::start().await;
    let token = ticket(&house, zoe()).await;
    let mut page = Page::open(&house, &token).await;
    page.join().await;
    let resume = page.newest["welcome"]["resume"].as_str().unwrap().to_owned();
    drop(page);
    // The page whose socket broke before it had heard its new token comes with the same one again.
    let mut lost = Page::open(&house, &resume).await;
    lost.until("welcome", |newest| newest.contains_key("welcome")).await;
    drop(lost);
    let mut again = Page::open(&house, &resume).await;
    again
        .until("everything", |newest| {
            newest.get("meeting").is_some_and(|meeting| meeting["phase"] == "in")
                && newest.contains_key("plan")
        })
        .await;
    // A second socket of the same guest takes over from the first.
    let newer = again.newest["welcome"]["resume"].as_str().unwrap().to_owned();
    let mut third = Page::open(&house, &newer).await;
    third.until("everything", |newest| newest.contains_key("meeting")).await;
    // With the newer token in use the one before it is spent; a ticket is from the start.
    for used in [&token, &resume, &"0".repeat(64)] {
        assert_eq!(Page::open(&house, used).await.gone().await["reason"], "expired");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_whose_page_is_lost_is_away_and_has_their_place_back_when_it_comes_back() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    let mut page = Page::open(&house, &ticket(&house, zoe()).await).await;
    page.join().await;
    alice.sees("p2", |guest| guest["away"] == false).await;
    let resume = page.newest["welcome"]["resume"].as_str().unwrap().to_owned();
    drop(page);
    alice.sees("p2", |guest| guest["away"] == true).await;
    let mut page = Page::open(&house, &resume).await;
    alice.sees("p2", |guest| guest["away"] == false).await;
    page.wish(json!({"type": "say", "text": "I am back"})).await;
    alice.hear("I am back").await;
    // Gone for longer than rooms wait, the guest comes in anew by the same page.
    page.until("welcome", |newest| newest.contains_key("welcome")).await;
    let resume = page.newest["welcome"]["resume"].clone();
    drop(page);
    alice.sees("p2", |guest| guest["away"] == true).await;
    alice.sees("p2", Value::is_null).await;
    let mut page = Page::open(&house, resume.as_str().unwrap()).await;
    alice.sees("p3", |guest| guest["away"] == false).await;
    page.say(json!({"leave": true})).await;
    assert_eq!(page.gone().await["reason"], "left");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_put_out_is_told_why_and_a_page_rules_nobody() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    let mut page = Page::open(&house, &ticket(&house, zoe()).await).await;
    page.join().await;
    for intent in [
        json!({"type": "endForAll"}),
        json!({"type": "remove", "participant": "p1", "reason": "", "ban": true}),
        json!({"type": "findPeople", "text": "alice"}),
        json!({"type": "signOut", "account": null}),
        json!({"type": "nonsense"}),
        json!(7),
    ] {
        page.wish(intent).await;
    }
    page.say(json!({"fact": {"type": "legUp", "value": {"leg": 99, "generation": 7}}})).await;
    page.say(json!(["garbage"])).await;
    page.wish(json!({"type": "say", "text": "still here"})).await;
    alice.hear("still here").await;
    let removed = alice.command("removeUser", json!(["p2", "rude"])).await;
    assert_eq!(code(&removed), 200, "{removed:?}");
    let gone = page.gone().await;
    assert_eq!((gone["reason"].as_str(), gone["text"].as_str()), (Some("removed"), Some("rude")));
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_says_too_much_is_cut_off_and_others_are_not() {
    let house = House::start().await;
    let mut other = Page::open(&house, &ticket(&house, zoe()).await).await;
    other.join().await;
    let mut page = Page::open(&house, &ticket(&house, zoe()).await).await;
    page.until("welcome", |newest| newest.contains_key("welcome")).await;
    let flood = async {
        // The end of the socket is the end of the flood.
        while page.socket.send(Frame::text(r#"{"intent":{"type":"unpin"}}"#)).await.is_ok() {}
    };
    timeout(Duration::from_secs(20), flood).await.expect("it is cut off");
    other.wish(json!({"type": "say", "text": "still here"})).await;
    other
        .until("own line", |newest| {
            newest.get("conversation").is_some_and(|view| view.to_string().contains("still here"))
        })
        .await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_door_says_who_may_not_come_in() {
    let house = House::start().await;
    let with = |name: &str, value: Value| {
        let mut body = zoe();
        body[name] = value;
        body
    };
    for (body, status, word) in [
        (with("room", json!("4712")), 404, "no-such-room"),
        (with("room", json!("../x")), 404, "no-such-room"),
        (with("name", json!("")), 400, "bad-name"),
        (with("name", json!("Alice")), 403, "name-taken"),
        (with("mail", json!("zoe")), 400, "bad-mail"),
        (with("mail", json!("a@b.example\r\nBcc: c@d.example")), 400, "bad-mail"),
        (with("code", json!("00ff")), 403, "bad-code"),
        (json!({"room": "4711"}), 400, "malformed"),
    ] {
        let (found, answer) = knock(&house, body.clone()).await;
        assert_eq!((found, answer["error"].as_str()), (status, Some(word)), "{body}");
    }
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_by_mail_leads_into_a_room_where_others_wait() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    assert_eq!(code(&alice.command("setRoom", json!([{"lobby": true}])).await), 200);
    let invited = json!([[{"mail": "zoe@mail.example", "name": "Zoe"}]]);
    let answer = alice.command("invite", invited).await;
    assert_eq!(code(&answer), 200, "{answer:?}");
    let mail = mailed(&house, 1).await;
    assert_eq!(mail["to"], "zoe@mail.example");
    assert!(mail["calendar"].as_str().unwrap().contains("METHOD:REQUEST"));
    assert!(house.get("/mail").await.contains("zoe@mail.example"));
    let invitation = code_in(&mail);
    let link = format!("http://{}/j/4711#i={invitation}", house.http());
    assert!(mail["text"].as_str().unwrap().lines().any(|line| line == link));
    let mut body = zoe();
    body["code"] = json!(invitation);
    let mut page = Page::open(&house, &ticket(&house, body).await).await;
    page.join().await;
    // Without the code one waits.
    let mut other = zoe();
    other["name"] = json!("Yann");
    other["mail"] = json!("yann@mail.example");
    let mut waiting = Page::open(&house, &ticket(&house, other).await).await;
    waiting.until("welcome", |newest| newest.contains_key("welcome")).await;
    waiting.wish(json!({"type": "join", "room": "4711"})).await;
    let waits = |newest: &BTreeMap<String, Value>| {
        newest.get("meeting").is_some_and(|meeting| meeting["phase"] == "waiting")
    };
    waiting.until("waiting", waits).await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_who_offers_a_file_is_told_where_to_put_it() {
    let house = House::start().await;
    let mut page = Page::open(&house, &ticket(&house, zoe()).await).await;
    page.join().await;
    page.say(json!({"offer": "1/report.pdf"})).await;
    page.until("plan of files", |newest| {
        newest.get("files").is_some_and(|files| {
            let own = files["store"]["own"].as_object();
            files["store"]["access"].is_object()
                && own.is_some_and(|own| own.values().any(|file| file["path"] == "1/report.pdf"))
        })
    })
    .await;
    let access = page.newest["files"]["store"]["access"].clone();
    assert!(access["url"].as_str().unwrap().starts_with("files/"), "of the site that the page is of");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_a_page_that_loads_nothing_from_elsewhere() {
    let house = House::start_with(|config: &mut Config| {
        config.public_url = Some("https://conf.example".to_owned());
    })
    .await;
    let page = house.get("/j/4711").await;
    assert!(page.contains("<!doctype html>"), "{page}");
    for part in page.split("src=\"").chain(page.split("href=\"")).skip(1) {
        assert!(!part.starts_with("http") && !part.starts_with("//"), "{part}");
    }
    assert_eq!(house.status("/j/assets/nothing.js").await, 404);
    assert_eq!(house.status("/j/a%2f..").await, 404);
    house.stop().await;
}
