//! What is there again after a restart: rooms that people have made, how their doors are, and invitations by mail.

mod house;

use house::page::{Alice, Page, code_in, knock, mailed, ticket, zoe};
use house::{House, code};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_mailed_before_a_restart_works_after_it_and_a_cancelled_one_does_not() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    assert_eq!(code(&alice.command("setRoom", json!([{"lobby": true}])).await), 200);
    let people = json!([{"mail": "zoe@mail.example", "name": "Zoe"}]);
    assert_eq!(code(&alice.command("invite", json!([people, {"language": "de"}])).await), 200);
    let zoes = mailed(&house, 1).await;
    assert_eq!(zoes["subject"], "Alice lädt Sie zur Besprechung 4711 ein");
    let people = json!([{"mail": "yann@mail.example", "name": "Yann"}]);
    assert_eq!(code(&alice.command("invite", json!([people])).await), 200);
    let yanns = mailed(&house, 2).await;
    assert_eq!(code(&alice.command("cancelInvitation", json!(["i2"])).await), 200);
    let cancelled = mailed(&house, 3).await;
    let calendar = cancelled["calendar"].as_str().unwrap();
    assert!(calendar.contains("METHOD:CANCEL\r\n") && calendar.contains("SEQUENCE:1\r\n"), "{calendar}");
    let uid = |calendar: &str| calendar.lines().find(|line| line.starts_with("UID:")).map(str::to_owned);
    assert_eq!(uid(calendar), uid(yanns["calendar"].as_str().unwrap()));

    let house = house.restart().await;
    for (mail, expected) in [(&zoes, 200), (&yanns, 403)] {
        let mut body = zoe();
        body["code"] = json!(code_in(mail));
        assert_eq!(knock(&house, body).await.0, expected);
    }
    let mut alice = Alice::join(&house).await;
    let room = alice.look().await;
    assert_eq!((&room["lobby"], &room["locked"]), (&json!(true), &json!(false)));
    assert_eq!(room["invited"]["i1"]["name"], "Zoe");
    let mut body = zoe();
    body["code"] = json!(code_in(&zoes));
    let mut page = Page::open(&house, &ticket(&house, body).await).await;
    page.join().await;
    alice.sees("p2", |guest| guest["role"] == "guest").await;
    // The organiser of today takes back what was sent yesterday.
    assert_eq!(code(&alice.command("cancelInvitation", json!(["i1"])).await), 200);
    let cancelled = mailed(&house, 1).await;
    assert!(cancelled["subject"].as_str().unwrap().starts_with("Abgesagt: "), "{cancelled}");
    let house = house.restart().await;
    let mut body = zoe();
    body["code"] = json!(code_in(&zoes));
    assert_eq!(knock(&house, body).await.1["error"], "bad-code");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_of_ones_own_is_there_again_with_its_owner_and_its_door() {
    let house = House::start().await;
    let mut alice = Alice::join(&house).await;
    let conference = alice.look().await["conference"].clone();
    let body = json!({"method": "createRoom", "params": [{"name": "standup"}]});
    let create = json!({"type": "execute", "from": alice.hyperty, "to": conference, "body": body});
    assert_eq!(code(&alice.client.ask_raw(create).await), 200);
    let mut owner = Alice::join_room(&house, "alice", "standup").await;
    assert_eq!(code(&owner.command("setRoom", json!([{"guests": false, "locked": true}])).await), 200);

    let house = house.restart().await;
    let mut body = zoe();
    body["room"] = json!("standup");
    assert_eq!(knock(&house, body).await.1["error"], "guests-not-allowed");
    let mut bob = Alice::join_room(&house, "bob", "standup").await;
    assert_eq!(bob.look().await["roster"]["p1"]["role"], "organiser", "nobody else is there");
    let mut alice = Alice::join_room(&house, "alice", "standup").await;
    let room = alice.look().await;
    assert_eq!(
        (&room["organiser"], &room["guests"], &room["locked"]),
        (&json!("p2"), &json!(false), &json!(false))
    );
    house.stop().await;
}
