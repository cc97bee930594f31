use serde_json::json;

use super::*;

#[test]
fn routes_use_the_keys_that_every_node_understands() {
    let mut session = live(Flavour::NodeJs);
    let (zoe, room) = (url("hyperty://csp.test/z"), url("comm://csp.test/o"));
    session.route(Mono::ZERO, &[room.changes()], &zoe).unwrap();
    let asked = session.poll_transmit().unwrap();
    assert_eq!(
        (asked.from.as_str(), asked.to.as_str()),
        ("runtime://csp.test/r1/sm", "domain://msg-node.csp.test/sm")
    );
    assert_eq!(
        asked.body,
        body(json!({"subscribe": ["comm://csp.test/o/changes"], "source": "hyperty://csp.test/z"}))
    );
    session.route(Mono::ZERO, &[room.changes()], &zoe).unwrap();
    assert_eq!(sent(&mut session), [], "a route that is set is not set again");
    session.unroute(&[room.changes(), room.children()]);
    let list = json!(["comm://csp.test/o/changes"]);
    assert_eq!(session.poll_transmit().unwrap().body, body(json!({"unsubscribe": list, "subscribe": list})));
}

#[test]
fn one_refused_route_does_not_take_its_batch_with_it() {
    let mut session = live(Flavour::NodeJs);
    let (good, bad) = (url("comm://csp.test/o/changes"), url("hyperty://csp.test/other"));
    session.route(Mono::ZERO, &[good.clone(), bad.clone()], &url("hyperty://csp.test/z")).unwrap();
    for _ in 0..2 {
        for message in sent(&mut session) {
            let spoiled = message.body["subscribe"].as_array().unwrap().contains(&json!(bad.as_str()));
            session.receive(Mono::ZERO, message.response(if spoiled { 403 } else { 200 }));
        }
    }
    let refused = SessionEvent::RouteRefused { urls: vec![bad], code: Code::FORBIDDEN };
    assert_eq!(events(&mut session), [refused]);
    assert_eq!(session.routes().map(|(url, _)| url.clone()).collect::<Vec<_>>(), [good]);
}

#[test]
fn a_route_that_the_node_does_not_answer_is_asked_for_again_while_it_is_wanted() {
    let mut session = live(Flavour::NodeJs);
    let (wanted, not) = (url("comm://csp.test/o/changes"), url("comm://csp.test/p/changes"));
    session.route(Mono::ZERO, &[wanted.clone(), not.clone()], &url("hyperty://csp.test/z")).unwrap();
    sent(&mut session);
    session.unroute(&[not]);
    sent(&mut session);
    session.wake(session.deadline().unwrap());
    let [again] = &sent(&mut session)[..] else { panic!("one message, for the wanted one") };
    assert_eq!(again.body["subscribe"], json!([wanted.as_str()]));
    assert_eq!(events(&mut session), []);
}

#[test]
fn a_route_that_the_node_cannot_set_now_is_asked_for_later_and_a_refused_one_is_dropped() {
    let codes =
        [(429u16, true), (500, true), (503, true), (400, false), (401, false), (403, false), (404, false)];
    for (code, again) in codes {
        let mut session = live(Flavour::NodeJs);
        let wanted = url("comm://csp.test/o/changes");
        session.route(Mono::ZERO, std::slice::from_ref(&wanted), &url("hyperty://csp.test/z")).unwrap();
        let asked = session.poll_transmit().unwrap();
        session.receive(Mono::ZERO, asked.response(code));
        assert_eq!(sent(&mut session), [], "{code}: not at once");
        assert_eq!(session.routes().len(), usize::from(again), "{code}");
        assert_eq!(events(&mut session).is_empty(), again, "{code}");
        assert_eq!(session.deadline().is_some(), again, "{code}");
        if let Some(due) = session.deadline() {
            session.wake(due);
            let next = session.poll_transmit().unwrap();
            assert_eq!(next.body["subscribe"], json!([wanted.as_str()]), "{code}");
        }
    }
}

#[test]
fn a_route_that_fails_for_long_is_reported_and_set_with_the_next_connection() {
    let mut session = live(Flavour::NodeJs);
    let wanted = url("comm://csp.test/o/changes");
    session.route(Mono::ZERO, std::slice::from_ref(&wanted), &url("hyperty://csp.test/z")).unwrap();
    let (mut now, mut asked) = (Mono::ZERO, 0);
    while let Some(message) = session.poll_transmit() {
        asked += 1;
        session.receive(now, message.response(500));
        if let Some(due) = session.deadline() {
            now = due;
            session.wake(now);
        }
    }
    assert_eq!(asked, 8);
    let refused = SessionEvent::RouteRefused { urls: vec![wanted], code: Code::SERVER_ERROR };
    assert_eq!(events(&mut session), [refused]);
    session.transport_down(now);
    session.transport_up(now);
    let kinds: Vec<_> = answer_all(&mut session, now).into_iter().map(|message| message.kind).collect();
    assert_eq!(kinds, [Kind::Open, Kind::Subscribe]);
}

#[test]
fn what_was_put_off_is_not_asked_over_a_connection_that_is_lost() {
    let mut session = live(Flavour::NodeJs);
    session.route(Mono::ZERO, &[url("comm://csp.test/o/changes")], &url("hyperty://csp.test/z")).unwrap();
    let asked = session.poll_transmit().unwrap();
    session.receive(Mono::ZERO, asked.response(500));
    session.transport_down(Mono::ZERO);
    assert_eq!(session.deadline(), None);
}
