use std::time::Duration;

use confab_rethink::{Code, Draft, Kind, Url};
use serde_json::json;

use super::*;

/// One account's sessions, its own live, and everything a test needs to drive them.
struct World {
    sessions: Sessions,
    chance: Chance,
    now: Mono,
}

fn domain(name: &str) -> Domain {
    Domain::parse(name).expect("a domain")
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("a url")
}

fn runtime() -> Url {
    url("runtime://a.local/r")
}

fn hyperty() -> Url {
    url("hyperty://a.local/h")
}

impl World {
    fn new() -> World {
        let config = confab_rethink::SessionConfig::new(Flavour::NodeJs, domain("a.local"), runtime());
        let session = Session::new(config, Chance::from_number(1));
        let sessions = Sessions::new(domain("a.local"), session);
        let mut world = World { sessions, chance: Chance::from_number(2), now: Mono::ZERO };
        world.sessions.transport_up(world.now, &domain("a.local"));
        world.serve("a.local");
        world.events();
        world
    }

    fn reach(&mut self, name: &str) -> Reach {
        self.sessions.reach(self.now, &mut self.chance, &runtime(), &hyperty(), &domain(name))
    }

    fn wishes(&mut self) -> Vec<Wish> {
        std::iter::from_fn(|| self.sessions.poll_wish(self.now)).collect()
    }

    fn events(&mut self) -> Vec<(String, WayEvent)> {
        let next = || self.sessions.poll_event(self.now, &mut self.chance);
        std::iter::from_fn(next).map(|(domain, event)| (domain.to_string(), event)).collect()
    }

    /// Answers everything that is sent to a domain's node with 200; what was sent.
    fn serve(&mut self, name: &str) -> Vec<Message> {
        let mut sent = Vec::new();
        for _ in 0..5 {
            for wish in self.wishes() {
                if let Wish::Send { domain, message } = wish
                    && domain.as_str() == name
                {
                    self.sessions.receive(self.now, &domain, message.response(200));
                    sent.push(message);
                }
            }
        }
        sent
    }

    /// The way to a domain, open.
    fn open(&mut self, name: &str) -> Vec<Message> {
        self.reach(name);
        let node = Some((Flavour::Vertx, format!("wss://{name}/ws")));
        self.sessions.discovered(self.now, &mut self.chance, &domain(name), node);
        self.wishes();
        self.sessions.transport_up(self.now, &domain(name));
        let sent = self.serve(name);
        assert!(self.sessions.is_live(&domain(name)) || self.events().iter().any(is_live), "{name} is live");
        sent
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(at) = self.sessions.deadline(self.now).filter(|at| *at <= end) {
            assert!(at > self.now || self.sessions.deadline(self.now) == Some(at));
            self.now = at.max(self.now + Duration::from_millis(1));
            self.sessions.wake(self.now);
            if self.now > end {
                break;
            }
        }
        self.now = end;
        self.sessions.wake(end);
    }
}

fn is_live(event: &(String, WayEvent)) -> bool {
    matches!(event.1, WayEvent::Session(SessionEvent::Live { .. }))
}

fn unreachable(name: &str) -> (String, WayEvent) {
    (name.to_owned(), WayEvent::Unreachable)
}

#[test]
fn a_way_is_found_opened_by_a_proof_of_who_we_are_and_reported() {
    let mut world = World::new();
    world.sessions.identified(world.now, Some(Mono::from_millis(500_000)));
    assert_eq!(world.reach("b.local"), Reach::Connecting);
    let discover = Wish::Discover { domain: domain("b.local"), hint: None };
    assert_eq!(world.wishes(), [discover]);
    let node = Some((Flavour::Vertx, "wss://b.local/ws".to_owned()));
    world.sessions.discovered(world.now, &mut world.chance, &domain("b.local"), node);
    let url = "wss://b.local/ws".to_owned();
    assert_eq!(world.wishes(), [Wish::Connect { domain: domain("b.local"), flavour: Flavour::Vertx, url }]);
    world.sessions.present(&domain("b.local"), "proof".to_owned());
    world.sessions.transport_up(world.now, &domain("b.local"));
    let sent = world.serve("b.local");
    assert_eq!((sent[0].kind.clone(), sent[0].text("proof")), (Kind::Open, Some("proof")));
    assert_eq!(sent[1].body["subscribe"], json!([hyperty().as_str()]));
    assert!(world.events().iter().any(is_live));
    assert_eq!(world.reach("b.local"), Reach::Live);
}

#[test]
fn where_our_own_domain_says_a_node_is_nobody_is_asked() {
    let mut world = World::new();
    let known = Neighbour { url: "wss://c.local".to_owned(), flavour: Some(Flavour::NodeJs) };
    let site = Neighbour { url: "http://127.0.0.1:4720".to_owned(), flavour: None };
    world.sessions.set_neighbours(BTreeMap::from([(domain("c.local"), known), (domain("b.local"), site)]));
    world.reach("c.local");
    assert!(matches!(&world.wishes()[..], [Wish::Connect { .. }]));
    world.reach("b.local");
    let hint = Some("http://127.0.0.1:4720".to_owned());
    assert_eq!(world.wishes(), [Wish::Discover { domain: domain("b.local"), hint }]);
}

#[test]
fn one_domain_that_is_away_hurts_only_its_own() {
    let mut world = World::new();
    world.open("b.local");
    world.events();
    world.reach("c.local");
    world.sessions.discovered(world.now, &mut world.chance, &domain("c.local"), None);
    assert_eq!(world.events(), [unreachable("c.local")]);
    assert_eq!(world.reach("b.local"), Reach::Live);
    assert!(world.sessions.is_live(&domain("a.local")));
}

#[test]
fn a_try_in_vain_is_followed_by_others_while_somebody_needs_the_way_and_by_none_after() {
    let mut world = World::new();
    world.reach("b.local");
    let mut tries = 0;
    for _ in 0..80 {
        for wish in world.wishes() {
            if let Wish::Discover { domain, .. } = wish {
                tries += 1;
                world.sessions.discovered(world.now, &mut world.chance, &domain, None);
            }
        }
        world.pass(Duration::from_secs(1));
    }
    assert!((4..12).contains(&tries), "{tries}");
    assert!(world.sessions.foreign.is_empty());
    assert_eq!(world.sessions.deadline(world.now), None);
}

#[test]
fn a_way_that_nobody_uses_for_a_minute_is_closed_and_one_with_something_observed_is_not() {
    let mut world = World::new();
    world.open("b.local");
    world.open("c.local");
    let observed = url("comm://c.local/room/changes");
    let session = world.sessions.session(&domain("c.local")).expect("it is there");
    session.route(Mono::ZERO, &[observed], &hyperty()).expect("there is room");
    world.serve("c.local");
    world.pass(Duration::from_secs(59));
    assert!(!world.wishes().iter().any(|wish| matches!(wish, Wish::Disconnect { .. })));
    world.pass(Duration::from_secs(2));
    let wishes = world.wishes();
    assert!(wishes.contains(&Wish::Disconnect { domain: domain("b.local") }), "{wishes:?}");
    assert!(!world.sessions.is_live(&domain("b.local")));
    assert!(world.sessions.is_live(&domain("c.local")));
}

#[test]
fn a_stale_token_is_renewed_before_it_is_relied_on() {
    let mut world = World::new();
    world.sessions.identified(world.now, Some(Mono::from_millis(10_000)));
    world.now = Mono::from_millis(11_000);
    world.reach("b.local");
    let node = Some((Flavour::NodeJs, "wss://b.local".to_owned()));
    world.wishes();
    world.sessions.discovered(world.now, &mut world.chance, &domain("b.local"), node);
    assert_eq!(world.wishes(), [Wish::Identify]);
    world.sessions.identified(world.now, Some(Mono::from_millis(500_000)));
    assert!(matches!(&world.wishes()[..], [Wish::Connect { .. }]));
}

#[test]
fn an_answer_that_comes_by_way_of_our_own_node_is_known() {
    let mut world = World::new();
    world.open("b.local");
    world.events();
    let now = world.now;
    let session = world.sessions.session(&domain("b.local")).expect("it is there");
    let draft =
        Draft::new(Kind::Create, url("connection://a.local/x/subscription"), url("hyperty://b.local/b"));
    let request = session.request(now, draft, None).expect("it is live");
    let sent = world.wishes();
    let Some(Wish::Send { domain: over, message }) = sent.first() else { panic!("{sent:?}") };
    assert_eq!(over, &domain("b.local"));
    world.sessions.receive(now, &domain("a.local"), message.response(200));
    let reply = world.events();
    assert!(
        matches!(&reply[..], [(_, WayEvent::Session(SessionEvent::Reply { request: of, .. }))] if *of == request)
    );
}

#[test]
fn a_foreign_node_speaks_for_its_own_addresses_only() {
    let mut world = World::new();
    world.open("b.local");
    world.events();
    let from = |from: &str, to: &str| {
        let text = json!({"id": 5, "type": "update", "from": from, "to": to, "body": {}}).to_string();
        Message::parse(&text).expect("a message")
    };
    let forged = from("connection://c.local/x/changes", "connection://c.local/x/changes");
    world.sessions.receive(world.now, &domain("b.local"), forged);
    assert_eq!(world.events(), []);
    let real = from("connection://b.local/x/changes", "connection://b.local/x/changes");
    world.sessions.receive(world.now, &domain("b.local"), real);
    assert_eq!(world.events().len(), 1);
}

#[test]
fn an_answer_goes_back_the_way_the_request_came_and_late_when_the_way_is_not_open() {
    let mut world = World::new();
    let invitation = json!({"id": 9, "type": "create", "from": "connection://b.local/x/subscription",
                            "to": hyperty().as_str(), "body": {}});
    let invitation = Message::parse(&invitation.to_string()).expect("a message");
    world.sessions.receive(world.now, &domain("a.local"), invitation.clone());
    world.reach("b.local");
    world.wishes();
    world.sessions.reply(world.now, invitation.response(200));
    let over = |wishes: Vec<Wish>| -> Vec<String> {
        let answers = wishes.into_iter().filter_map(|wish| match wish {
            Wish::Send { domain, message } if message.is_response() => Some(domain.to_string()),
            _ => None,
        });
        answers.collect()
    };
    assert_eq!(over(world.wishes()), ["a.local"]);
    let sent = world.open("b.local");
    assert!(!sent.iter().any(Message::is_response));
    world.events();
    assert_eq!(over(world.wishes()), ["b.local"]);
}

#[test]
fn a_node_that_refuses_us_is_let_go_and_told_as_unreachable() {
    let mut world = World::new();
    world.reach("b.local");
    let node = Some((Flavour::NodeJs, "wss://b.local".to_owned()));
    world.sessions.discovered(world.now, &mut world.chance, &domain("b.local"), node);
    world.wishes();
    world.sessions.transport_up(world.now, &domain("b.local"));
    for wish in world.wishes() {
        if let Wish::Send { domain, message } = wish {
            world.sessions.receive(world.now, &domain, message.error(Code::FORBIDDEN, "no"));
        }
    }
    assert_eq!(world.events(), [unreachable("b.local")]);
    assert!(world.wishes().contains(&Wish::Disconnect { domain: domain("b.local") }));
}

#[test]
fn a_proof_is_shown_to_one_node_and_once() {
    let mut world = World::new();
    world.sessions.identified(world.now, Some(Mono::from_millis(500_000)));
    world.sessions.present(&domain("a.local"), "for nobody".to_owned());
    world.reach("b.local");
    world.wishes();
    let node = Some((Flavour::NodeJs, "wss://b.local".to_owned()));
    world.sessions.discovered(world.now, &mut world.chance, &domain("b.local"), node);
    world.sessions.present(&domain("b.local"), "proof".to_owned());
    world.sessions.transport_up(world.now, &domain("b.local"));
    let opens = |sent: Vec<Message>| -> Vec<Option<String>> {
        let opens = sent.into_iter().filter(|message| message.kind == Kind::Open);
        opens.map(|open| open.text("proof").map(str::to_owned)).collect()
    };
    assert_eq!(opens(world.serve("b.local")), [Some("proof".to_owned())]);
    world.sessions.present(&domain("b.local"), "too late".to_owned());
    world.sessions.transport_down(world.now, &mut world.chance, &domain("b.local"));
    world.reach("b.local");
    world.pass(Duration::from_secs(2));
    world.sessions.transport_up(world.now, &domain("b.local"));
    assert_eq!(opens(world.serve("b.local")), [None]);
}

#[test]
fn a_sign_of_life_is_a_reason_to_try_again() {
    let life: [fn(&mut World); 2] = [
        // Somebody there speaks to us over our own node.
        |world| {
            let from = url("hyperty://b.local/x");
            let word = Draft::new(Kind::Event, &from, hyperty())
                .with_id(confab_rethink::MessageIds::default().next_id());
            world.sessions.receive(world.now, &domain("a.local"), word);
        },
        // Our own domain is back: perhaps there was no network at all.
        |world| {
            world.sessions.transport_down(world.now, &mut world.chance, &domain("a.local"));
            world.sessions.transport_up(world.now, &domain("a.local"));
            world.serve("a.local");
            world.events();
        },
    ];
    for sign in life {
        let mut world = World::new();
        world.open("b.local");
        let object = [url("ctxt://b.local/p/changes")];
        let (now, whose) = (world.now, hyperty());
        world.sessions.session(&domain("b.local")).expect("it is there").route(now, &object, &whose).unwrap();
        // Every try fails, until the next one is far away.
        let connects = |world: &mut World| {
            let wishes = world.wishes();
            wishes.iter().any(|wish| matches!(wish, Wish::Discover { .. } | Wish::Connect { .. }))
        };
        for _ in 0..8 {
            world.sessions.transport_down(world.now, &mut world.chance, &domain("b.local"));
            world.sessions.discovered(world.now, &mut world.chance, &domain("b.local"), None);
            world.events();
            world.pass(Duration::from_secs(50));
        }
        world.sessions.discovered(world.now, &mut world.chance, &domain("b.local"), None);
        world.wishes();
        world.pass(Duration::from_secs(2));
        assert!(!connects(&mut world), "the next try is far away");
        sign(&mut world);
        world.pass(Duration::from_millis(10));
        assert!(connects(&mut world));
    }
}
