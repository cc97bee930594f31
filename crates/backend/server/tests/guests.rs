//! People who only say a name.

mod house;

use confab_rethink::Flavour;
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
