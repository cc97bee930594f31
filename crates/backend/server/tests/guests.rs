//! People who only say a name.

mod house;

use confab_rethink::{Flavour, Url};
use house::page::{Alice, Page, knock, zoe};
use house::{Client, House, SM, code};
use serde_json::{Value, json};

async fn open_house() -> House {
    House::start_with(|config| config.invented_names = true).await
}

async fn come(house: &House, name: &str) -> (u16, Value) {
    house.post("/api/sign-in", json!({"name": name})).await
}

#[tokio::test]
async fn a_domain_lets_nobody_in_by_a_name_alone_unless_it_is_told_to() {
    let house = House::start().await;
    let ways: Value = serde_json::from_str(&house.get("/api/sign-in").await).unwrap();
    assert_eq!(ways["inventedNames"], false);
    let (status, answer) = come(&house, "Zaphod").await;
    assert_eq!((status, &answer["error"]), (403, &json!("no-guests")));
    house.stop().await;
}

#[tokio::test]
async fn a_guest_speaks_under_an_address_of_their_own_and_is_marked_as_one() {
    let house = open_house().await;
    let ways: Value = serde_json::from_str(&house.get("/api/sign-in").await).unwrap();
    assert_eq!(ways["inventedNames"], true);
    let (status, grant) = come(&house, " Zaphod ").await;
    assert_eq!((status, &grant["name"], &grant["guest"]), (200, &json!("Guest Zaphod"), &json!(true)));
    assert!(grant.get("refresh").is_none() && grant.get("idToken").is_none(), "nothing is kept");
    let user = grant["user"].as_str().unwrap();
    assert!(user.starts_with("user://confab.local/guest-") && user.ends_with("@confab.local"));
    let (_, other) = come(&house, "Zaphod").await;
    assert_ne!(other["user"], grant["user"]);

    let alice = house.sign_in("alice").await;
    let mut hears = Client::connect(&house, Flavour::NodeJs, "alice").await;
    assert_eq!(code(&hears.open(&alice["accessToken"]).await), 200);
    let hyperty = "hyperty://confab.local/alice-h";
    let route = json!({"type":"subscribe","from":hears.runtime.sm(),"to":SM,"body":{"subscribe":[hyperty]}});
    assert_eq!(code(&hears.ask_raw(route).await), 200);

    let mut guest = Client::connect(&house, Flavour::NodeJs, "zaphod").await;
    assert_eq!(code(&guest.open(&grant["accessToken"]).await), 200);
    let lie = json!({"identity":{"userProfile":{"username":"alice@confab.local","userURL":alice["user"]}}});
    guest.tell(json!({"type":"create","from":"hyperty://confab.local/zaphod-h","to":hyperty,"body":lie}));
    let profile = hears.next().await.body["identity"]["userProfile"].clone();
    assert_eq!((&profile["userURL"], &profile["name"]), (&grant["user"], &json!("Guest Zaphod")));
    assert_eq!(profile["guest"], true);

    let search = json!({"type":"read","from":guest.runtime.child("/registry"),"to":house.domain.registry(),
        "body":{"resource":"/directory","criteria":{"text":"a"}}});
    assert_eq!(code(&guest.ask_raw(search).await), 403, "guests do not list the accounts");
    assert!(house.get("/metrics").await.contains("confab_sign_ins_total{outcome=\"guest\"} 2\n"));
    house.stop().await;
}

#[tokio::test]
async fn a_guest_takes_no_name_of_an_account_and_none_that_nobody_can_read() {
    let house = open_house().await;
    for taken in ["alice", "ALICE", "Alice", "Conference"] {
        let (status, answer) = come(&house, taken).await;
        assert_eq!((status, &answer["error"]), (403, &json!("name-taken")), "{taken}");
    }
    for bad in ["", "a\u{7}b", "a\u{202e}b", &"x".repeat(65)] {
        let (status, answer) = come(&house, bad).await;
        assert_eq!((status, &answer["error"]), (400, &json!("bad-name")), "{bad:?}");
    }
    let (status, _) = house.post("/api/sign-in", json!({"user":"guest-1","password":house.password()})).await;
    assert_eq!(status, 401);
    house.stop().await;
}

#[tokio::test]
async fn who_comes_too_often_waits_and_accounts_do_not() {
    let house = open_house().await;
    for number in 0..5 {
        assert_eq!(come(&house, &format!("Zaphod {number}")).await.0, 200);
    }
    let (status, answer) = come(&house, "Zaphod 6").await;
    assert_eq!((status, &answer["error"]), (429, &json!("too-many-tries")));
    assert!(answer["retryAfter"].as_u64().unwrap() <= 60);
    house.sign_in("alice").await;
    house.stop().await;
}

/// Opens a session with a grant.
async fn session(house: &House, name: &str, grant: &Value) -> Client {
    let mut client = Client::connect(house, Flavour::NodeJs, name).await;
    assert_eq!(code(&client.open(&grant["accessToken"]).await), 200);
    client
}

/// Subscribes to a room by the hyperty `…/<name>-h`, which is routed first.
async fn enter(client: &mut Client, name: &str, room: &Url) -> u64 {
    let hyperty = format!("hyperty://confab.local/{name}-h");
    let (changes, children) = (format!("{room}/changes"), format!("{room}/children/"));
    assert_eq!(code(&client.subscribe(&[&hyperty, &changes, &children]).await), 200);
    let body = json!({"subscriber": hyperty, "source": hyperty, "mutual": false});
    let (from, to) = (client.runtime.sm(), format!("{room}/subscription"));
    code(&client.ask_raw(json!({"type":"subscribe","from":from,"to":to,"body":body})).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_lets_a_client_in_as_its_guest_who_reaches_nothing_else() {
    let house = House::start_with(|config| {
        config.rooms = ["4711=alice", "4712=alice"].map(|room| room.parse().unwrap()).to_vec();
    })
    .await;
    let mut alice = Alice::join(&house).await;
    let other = Alice::join_room(&house, "alice", "4712").await;
    let (status, ticket) = knock(&house, json!({"room": "4711", "name": "Zoe"})).await;
    assert_eq!(status, 200, "{ticket}");
    let (status, grant) = house.post("/api/sign-in", json!({"ticket": ticket["token"]})).await;
    assert_eq!((status, &grant["name"], &grant["guest"]), (200, &json!("Guest Zoe"), &json!(true)));
    let (status, again) = house.post("/api/sign-in", json!({"ticket": ticket["token"]})).await;
    assert_eq!(
        (status, &again["error"]),
        (401, &json!("expired")),
        "a token is good once, by whichever door"
    );
    assert_eq!(Page::open(&house, ticket["token"].as_str().unwrap()).await.gone().await["reason"], "expired");

    let mut guest = session(&house, "zoe", &grant).await;
    let read = |client: &Client, what: &str| {
        json!({"type":"read","from":client.runtime.child("/registry"),"to":house.domain.registry(),
            "body":{"resource":what}})
    };
    let room = read(&guest, "4711");
    let found = guest.ask_raw(room).await;
    assert!(found.value().unwrap().to_string().contains(alice.room.as_str()));
    let alices = read(&guest, "user://confab.local/alice@confab.local");
    assert_eq!(code(&guest.ask_raw(alices).await), 404);
    assert_eq!(enter(&mut guest, "zoe", &alice.room).await, 200);
    alice.sees("p2", |guest| guest["role"] == "guest" && guest["name"] == "Guest Zoe").await;
    let ring = json!({"type":"create","from":"hyperty://confab.local/zoe-h","to":alice.hyperty});
    assert_eq!(code(&guest.ask_raw(ring).await), 403, "nobody is rung");
    assert_eq!(enter(&mut guest, "zoe", &other.room).await, 403, "another room");

    // They come back as who they were, once by each token.
    guest.leave();
    let (status, back) = house.post("/api/sign-in", json!({"refresh": grant["refresh"]})).await;
    assert_eq!((status, &back["user"]), (200, &grant["user"]));
    let (status, _) = house.post("/api/sign-in", json!({"refresh": grant["refresh"]})).await;
    assert_eq!(status, 401);
    let mut guest = session(&house, "zoe", &back).await;
    assert_eq!(enter(&mut guest, "zoe", &alice.room).await, 200);
    alice.sees("p2", |guest| guest["away"] == false).await;
    let (status, _) = house.post("/api/sign-out", json!({"refresh": back["refresh"]})).await;
    assert_eq!(status, 204);
    guest.down().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_that_wants_no_guests_or_none_without_an_address_says_so_at_the_door() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    let nameless = json!({"room": "4711", "name": "Zoe"});
    assert_eq!(code(&alice.command("setRoom", json!([{"invented": false}])).await), 200);
    assert_eq!(knock(&house, nameless.clone()).await.1["error"], "bad-mail");
    assert_eq!(knock(&house, zoe()).await.0, 200);
    assert_eq!(code(&alice.command("setRoom", json!([{"guests": false}])).await), 200);
    assert_eq!(knock(&house, nameless).await.1["error"], "guests-not-allowed");
    house.stop().await;
}
