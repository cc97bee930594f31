//! The domain's people by a part of their name.

use std::time::Duration;

use confab_message_node::{Door, NodeInput, Person, Policy};
use confab_rethink::Url;
use serde_json::{Value, json};

use crate::house::{House, REGISTRY, code, hyperty, to_registry};

fn person(name: &str, shown: &str) -> NodeInput {
    let user = Url::parse(&format!("user://csp.test/{name}@csp.test")).unwrap();
    NodeInput::Enrolled(Person { user, name: shown.to_owned() })
}

fn house_with_people() -> House {
    let mut house = House::new(Policy::STRICT);
    for (name, shown) in
        [("bob", "Bob Ross"), ("zoe", "Zoë Abobakr"), ("carol", "Carol"), ("rosa", "Rosa B.")]
    {
        house.input(person(name, shown));
    }
    house.join(1, "carol");
    house
}

fn search(house: &mut House, text: &str) -> (u64, Vec<String>) {
    let body = json!({"resource":"/directory","criteria":{"text":text}});
    let answer = house.ask(1, to_registry("read", "carol", body));
    let names = answer.value().and_then(Value::as_object);
    let names =
        names.map(|map| map.values().map(|person| person["name"].as_str().unwrap().to_owned()).collect());
    (code(&answer), names.unwrap_or_default())
}

#[test]
fn people_are_found_by_a_part_of_their_name_in_any_case_and_without_being_online() {
    let mut house = house_with_people();
    for (text, expected) in [
        ("bo", &["Bob Ross", "Zoë Abobakr"][..]),
        ("ROS", &["Bob Ross", "Rosa B."]),
        ("ZOË", &["Zoë Abobakr"]),
        ("zoe@csp", &["Zoë Abobakr"]),
        ("nobody", &[]),
    ] {
        let (code, found) = search(&mut house, text);
        assert_eq!((code, found.iter().map(String::as_str).collect()), (200, expected.to_vec()), "{text}");
    }
    house.input(person("bob", "Robert"));
    assert_eq!(search(&mut house, "robert").1, ["Robert"]);
}

#[test]
fn an_answer_says_who_and_nothing_else() {
    let mut house = house_with_people();
    let body = json!({"resource":"/directory","criteria":{"text":"carol"}});
    let answer = house.ask(1, to_registry("read", "carol", body));
    assert_eq!(answer.value(), Some(&json!({"user://csp.test/carol@csp.test":{"name":"Carol"}})));
}

#[test]
fn an_answer_has_at_most_twenty_people_and_those_that_begin_so_first() {
    let mut house = house_with_people();
    for number in 0..40 {
        house.input(person(&format!("m{number:02}"), &format!("Amara {number:02}")));
    }
    house.input(person("mara", "Mara"));
    let (_, found) = search(&mut house, "mara");
    assert_eq!((found.len(), found.contains(&"Mara".to_owned())), (20, true));
}

#[test]
fn a_search_without_text_and_one_too_many_are_refused() {
    let mut house = house_with_people();
    for body in
        [json!({}), json!({"criteria":{"text":"  "}}), json!({"criteria":{"text":5}}), json!({"criteria":5})]
    {
        let mut body = body;
        body["resource"] = json!("/directory");
        assert_eq!(code(&house.ask(1, to_registry("read", "carol", body))), 400);
    }
    let codes: Vec<u64> = (0..30).map(|_| search(&mut house, "b").0).collect();
    assert_eq!((codes[0], codes[29]), (200, 429));
    house.wait(Duration::from_secs(1));
    assert_eq!(search(&mut house, "b").0, 200);
}

#[test]
fn only_users_of_the_domain_search_it() {
    let mut house = house_with_people();
    house.connect(2, Door::NodeJs);
    let runtime = "runtime://far.test/yan";
    let proof = json!({"proof":format!("far.test/yan-5 {runtime}")});
    let opened = house.ask(2, json!({"type":"open","from":runtime,"to":"mn:/session","body":proof}));
    assert_eq!(code(&opened), 200);
    let body = json!({"resource":"/directory","criteria":{"text":"b"}});
    let ask = json!({"type":"read","from":format!("{runtime}/registry"),"to":REGISTRY,"body":body});
    assert_eq!(code(&house.ask(2, ask)), 403);
}

#[test]
fn a_guest_searches_nobody_is_marked_and_leaves_nothing_on_disk() {
    let mut house = house_with_people();
    house.join(3, "guest");
    let search = json!({"resource":"/directory","criteria":{"text":"b"}});
    assert_eq!(code(&house.ask(3, to_registry("read", "guest", search))), 403);
    for (conn, name) in [(3, "guest"), (4, "yan")] {
        if conn == 4 {
            house.join(conn, name);
        }
        let url = format!("hyperty://csp.test/{name}-h");
        let value = hyperty(name, &url);
        assert_eq!(code(&house.ask(conn, to_registry("create", name, json!({"value":value})))), 200);
        assert_eq!(house.disk.keys().any(|stored| stored.as_str() == url), name == "yan", "{name}");
        assert_eq!(house.subscribe(conn, name, &url), 200);
    }
    house.send(
        3,
        json!({"type":"create","from":"hyperty://csp.test/guest-h","to":"hyperty://csp.test/yan-h"}),
    );
    assert_eq!(house.take(4)[0].body["identity"]["userProfile"]["guest"], true);
}
