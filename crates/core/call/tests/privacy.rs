//! Whatever happens in whatever order: nothing of ours is captured or sent before both have agreed, nothing breaks, and every call
//! ends.

mod common;

use std::time::Duration;

use common::{Judge, Seat, url};
use confab_call::Happened;
use confab_contract::CallPhase;
use confab_line::{Ask, Judgement, Told, WayEvent, Wish};
use confab_media_model::{LegDown, LegRole, MediaFact, MediaPlan};
use confab_rethink::{Address, Draft, Kind, Message, MessageId, SessionEvent};
use confab_types::{Chance, LegId, Mono};
use serde_json::{Value, json};

/// How many random orders, and how many events each has.
const ORDERS: u64 = 100_000;
const EVENTS: u64 = 14;

const SDP: &str = "v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=audio 9 x\r\na=mid:0\r\nm=video 9 x\r\n";

/// One telephone, and a world that does anything.
struct Chaos {
    seat: Seat,
    now: Mono,
    chance: Chance,
    /// Requests that wait for an answer.
    asked: Vec<Message>,
    questions: Vec<Ask>,
    /// Addresses of ours that were seen.
    objects: Vec<Address>,
    /// What we have agreed to with an intent of our own.
    accepted: bool,
    calling: bool,
    version: u64,
    /// What happens first.
    first: Option<u64>,
}

impl Chaos {
    fn new(seed: u64, seat: Seat) -> Chaos {
        Chaos {
            seat,
            now: Mono::from_millis(1_000),
            chance: Chance::from_number(seed),
            asked: Vec::new(),
            questions: Vec::new(),
            objects: Vec::new(),
            accepted: false,
            calling: false,
            version: 0,
            first: Some(3 * (seed % 2)),
        }
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let at = self.chance.below(from.len() as u64) as usize;
        from.get(at).cloned()
    }

    fn event(&mut self) {
        let now = self.now;
        // Half of the orders begin with our call, half with theirs; a telephone that rings is often taken.
        let eager = self.seat.calls.phase() == CallPhase::Incoming && self.chance.percent(25);
        let what = match std::mem::take(&mut self.first) {
            Some(first) => first,
            None if eager => 1,
            None if self.chance.percent(45) => self.helpful(),
            None => self.chance.below(16),
        };
        match what {
            0 => {
                let video = self.chance.percent(50);
                let user = url("user://a.example/bob@a.example");
                self.calling |= self.seat.with(now, |calls, line| calls.call(line, &user, "Bob", video));
            }
            1 => {
                self.accepted |= self.seat.calls.phase() == CallPhase::Incoming;
                self.seat.with(now, |calls, line| calls.accept(line, true));
            }
            2 if self.chance.percent(30) => self.seat.with(now, |calls, line| calls.hang_up(line)),
            3 | 4 => self.invitation(),
            5..=8 => self.answer(),
            9 | 10 => self.change(),
            11 => self.subscription(),
            12 | 13 => self.fact(),
            14 => self.judge(),
            _ => self.time(),
        }
        self.collect();
    }

    /// What a world of good will would do next.
    fn helpful(&mut self) -> u64 {
        let leg = self.seat.calls.leg().is_some();
        match (self.questions.is_empty(), self.asked.is_empty()) {
            (false, _) => 14,
            (true, false) => 5,
            (true, true) if leg && self.chance.percent(70) => 12,
            (true, true) => 3,
        }
    }

    /// Somebody invites us to an object, which may be an offer, an answer, or neither.
    fn invitation(&mut self) {
        let answers = self.pick(&self.objects.clone()).filter(|_| self.chance.percent(60));
        let call = self.chance.percent(40);
        let source =
            self.pick(&["hyperty://a.example/b1", "hyperty://a.example/a0", "hyperty://a.example/b2"]);
        let object = self.pick(&["connection://a.example/t1", "connection://a.example/t2"]).expect("two");
        let mut value = json!({"resources": ["audio"]});
        if let Some(answers) = answers {
            value["answers"] = answers.as_str().into();
        }
        if call {
            value["call"] = "c1".into();
        }
        let draft = Draft::new(Kind::Create, url(object).subscription(), &self.seat.hyperty)
            .with_some("source", source)
            .with(
                "identity",
                json!({"userProfile": {"username": "bob", "userURL": "user://a.example/bob@a.example"}}),
            )
            .with("value", value);
        self.hand(draft);
    }

    fn hand(&mut self, draft: Draft) {
        let message = draft.with_id(MessageId::new(1 + self.chance.below(1 << 20)).expect("positive"));
        self.seat.sessions.receive(self.now, &self.seat.domain.clone(), message);
    }

    /// One of our requests is answered, somehow.
    fn answer(&mut self) {
        if self.asked.is_empty() {
            return;
        }
        let asked = self.asked.remove(self.chance.below(self.asked.len() as u64) as usize);
        let answer = match asked.kind {
            _ if self.chance.percent(10) => {
                asked.error([403, 404, 408, 486, 500][self.chance.below(5) as usize], "no")
            }
            Kind::Read if asked.to == self.seat.domain.registry() => {
                let entry =
                    json!({"status": "live", "resources": ["audio", "video"], "dataSchemes": ["connection"]});
                asked.ok(json!({"hyperty://a.example/b1": entry, "hyperty://a.example/a0": entry}))
            }
            Kind::Subscribe | Kind::Read => {
                let object = asked.to.as_str().trim_end_matches("/subscription").to_owned();
                let data = self.data();
                self.version += 1;
                asked.ok(json!({"url": object, "reporter": self.reporter(), "data": data, "version": self.version}))
            }
            _ => asked.response(200),
        };
        self.seat.sessions.receive(self.now, &self.seat.domain.clone(), answer);
    }

    fn reporter(&mut self) -> &'static str {
        self.pick(&["hyperty://a.example/b1", "hyperty://a.example/a0"]).expect("two")
    }

    fn data(&mut self) -> Value {
        let mut data = json!({"iceCandidates": [], "closedBecause": self.pick(&["", "taken", "lost"])});
        let fitting = if self.seat.calls.is_caller() { "answer" } else { "offer" };
        let kind = self.pick(&["offer", "answer", fitting, fitting, fitting]).expect("five");
        let assertion = self.chance.percent(20).then_some("signed");
        let generation = self.chance.percent(30).then(|| self.chance.below(3));
        if self.chance.percent(80) {
            let sdp = format!("{SDP}a=v:{}\r\n", self.chance.below(3));
            data["connectionDescription"] =
                json!({"type": kind, "sdp": sdp, "assertion": assertion, "generation": generation});
        }
        if let Some(object) = self.pick(&self.objects.clone()).filter(|_| self.chance.percent(50)) {
            data["answers"] = object.as_str().into();
        }
        if self.chance.percent(50) {
            let whose = if kind == "answer" { "hyperty://a.example/alice" } else { "hyperty://a.example/b1" };
            data["owner"] = whose.into();
        }
        data
    }

    /// An object of theirs changes or goes.
    fn change(&mut self) {
        let object =
            url(self.pick(&["connection://a.example/t1", "connection://a.example/t2"]).expect("two"));
        if self.chance.percent(15) {
            return self.hand(Draft::new(Kind::Delete, object.subscription(), object.changes()));
        }
        self.version += self.chance.below(3);
        let data = self.data();
        let key = self.pick(&["connectionDescription", "owner", "answers", "closedBecause"]).expect("four");
        let draft = Draft::new(Kind::Update, &object, object.changes())
            .with("attribute", key)
            .with("value", data[key].clone())
            .with("version", self.version);
        self.hand(draft);
    }

    /// Somebody looks at an object of ours, or away from it.
    fn subscription(&mut self) {
        let Some(object) = self.pick(&self.objects.clone()).and_then(|object| object.url()) else { return };
        let kind = if self.chance.percent(70) { Kind::Subscribe } else { Kind::Unsubscribe };
        let from = self.reporter();
        let draft = Draft::new(kind, url("runtime://a.example/b/sm"), object.subscription())
            .with("subscriber", from)
            .with("source", from);
        self.hand(draft);
    }

    fn fact(&mut self) {
        let leg = self.seat.calls.leg().filter(|_| self.chance.percent(95)).unwrap_or(LegId(3));
        // Mostly what a media engine would say of this plan.
        let plan = self.seat.calls.plan(&self.seat.wishes, &[], false).unwrap_or_default();
        let planned = plan.legs.values().next().filter(|_| self.chance.percent(85));
        let generation = planned.map_or(self.chance.below(3) as u32, |leg| leg.generation);
        let sdp = format!("{SDP}a=own:{}\r\n", self.chance.below(9));
        let fact = match self.chance.below(6) {
            0 | 1 => MediaFact::LegOffer { leg, generation, sdp },
            2 | 3 => MediaFact::LegAnswer { leg, generation, sdp },
            4 => MediaFact::LegUp { leg, generation },
            _ => {
                let reason =
                    if self.chance.percent(20) { LegDown::Security("x".into()) } else { LegDown::Lost };
                MediaFact::LegDown { leg, generation, reason }
            }
        };
        self.seat.with(self.now, |calls, line| calls.fact(line, &fact));
    }

    fn judge(&mut self) {
        let told = match self.questions.pop() {
            Some(Ask::Sign { ticket, .. }) => Told::Signed(ticket, "ours".to_owned()),
            Some(Ask::Verify { ticket, .. }) => {
                let doubt = Judgement::Unknown("no".to_owned());
                let judgement = match self.chance.below(4) {
                    0 => Judgement::False("no".to_owned()),
                    1 => doubt,
                    _ => Judgement::Proven,
                };
                Told::Judged(ticket, judgement)
            }
            None => return,
        };
        self.seat.with(self.now, |calls, line| calls.told(line, &told));
    }

    fn time(&mut self) {
        let span = [Duration::from_millis(10), Duration::from_secs(3), Duration::from_secs(50)];
        self.now = self.now + span[self.chance.below(3) as usize];
        let now = self.now;
        self.seat.sessions.wake(now);
        self.seat.with(now, |calls, line| calls.wake(line));
        if self.chance.percent(10) {
            let name = self.seat.domain.clone();
            self.seat.sessions.transport_down(now, &mut self.seat.chance, &name);
            self.seat.sessions.transport_up(now, &name);
        }
    }

    fn collect(&mut self) {
        let now = self.now;
        for _ in 0..64 {
            let mut quiet = true;
            while let Some((way, event)) = self.seat.sessions.poll_event(now, &mut self.seat.chance) {
                quiet = false;
                self.session_event(&way, event);
            }
            while let Some(wish) = self.seat.sessions.poll_wish(now) {
                quiet = false;
                if let Wish::Send { domain, message } = wish {
                    self.sent(&domain, message);
                }
            }
            while let Some(ask) = self.seat.asks.poll() {
                self.questions.push(ask);
            }
            if quiet {
                return;
            }
        }
        panic!("it never comes to rest");
    }

    fn session_event(&mut self, way: &confab_rethink::Domain, event: WayEvent) {
        let now = self.now;
        match event {
            WayEvent::Session(SessionEvent::Live { .. }) => {
                self.seat.with(now, |calls, line| calls.connected(line, way))
            }
            WayEvent::Session(SessionEvent::Incoming(message)) => {
                self.seat.with(now, |calls, line| calls.incoming(line, &message));
            }
            WayEvent::Session(SessionEvent::Reply { request, message, cause }) => {
                self.seat.with(now, |calls, line| {
                    calls.replied(line, request, &message, cause);
                })
            }
            WayEvent::Session(_) => {}
            WayEvent::Unreachable => self.seat.with(now, |calls, line| calls.unreachable(line, way)),
        }
    }

    fn sent(&mut self, domain: &confab_rethink::Domain, message: Message) {
        if message.is_response() {
            return;
        }
        if message.to == domain.subscription_manager() || message.to == Address::session() {
            return self.seat.sessions.receive(self.now, domain, message.response(200));
        }
        if message.kind == Kind::Create {
            let object = message.from.url().and_then(|from| from.strip_suffix("/subscription"));
            self.objects.extend(object.map(Address::from));
        }
        self.asked.push(message);
    }

    /// The rule: what may be open follows from what was agreed.
    fn check(&mut self) {
        let phase = self.seat.calls.phase();
        let plan = self.seat.calls.plan(&self.seat.wishes, &[], false);
        if !self.seat.calls.is_under_way() {
            assert_eq!(plan, None);
            (self.accepted, self.calling) = (false, false);
        }
        let Some(plan) = plan else { return };
        // Somebody who calls has agreed to what follows when the other side accepts; somebody who is called has not.
        if !self.calling && !self.accepted {
            assert!(plan.legs.is_empty() && !captures(&plan), "before we have accepted: {plan:?}");
        }
        if matches!(phase, CallPhase::Finding | CallPhase::Calling | CallPhase::Ringing | CallPhase::Incoming)
        {
            assert!(plan.microphone.is_none() && plan.screen.is_none(), "{phase:?}: {plan:?}");
            for leg in plan.legs.values() {
                let LegRole::Peer { audio, video, .. } = &leg.role else {
                    panic!("calls have legs with peers")
                };
                assert!(
                    !audio && !video.on && leg.answer.is_none() && leg.offer.is_none(),
                    "{phase:?}: {plan:?}"
                );
            }
        }
        if phase == CallPhase::Incoming {
            assert!(plan.legs.is_empty() && plan.camera.is_none());
        }
    }

    fn over(&self) -> (usize, usize) {
        let count = |wanted: fn(&Happened) -> bool| self.seat.log.iter().filter(|one| wanted(one)).count();
        (count(|one| matches!(one, Happened::Active)), count(|one| matches!(one, Happened::Ended { .. })))
    }
}

fn captures(plan: &MediaPlan) -> bool {
    plan.camera.is_some() || plan.microphone.is_some() || plan.screen.is_some()
}

#[test]
fn nothing_is_captured_or_sent_before_both_have_agreed_in_any_order_of_events() {
    let mut active = 0;
    for seed in 0..ORDERS {
        let mut seat = Seat::new("alice", "a.example", "alice", 0);
        seat.judge = Judge::Mute;
        seat.wishes.screen = Some(None);
        let mut chaos = Chaos::new(seed, seat);
        let home = chaos.seat.domain.clone();
        chaos.seat.sessions.transport_up(chaos.now, &home);
        chaos.collect();
        for _ in 0..EVENTS {
            chaos.event();
            chaos.check();
            let (once_active, ended) = chaos.over();
            let under_way = usize::from(chaos.seat.calls.is_under_way());
            assert!(once_active <= ended + under_way, "seed {seed}: a call is active at most once");
        }
        let (once_active, _) = chaos.over();
        active += usize::from(once_active > 0);
        // Every phase but an active call ends by itself.
        for _ in 0..8 {
            chaos.now = chaos.now + Duration::from_secs(60);
            let now = chaos.now;
            chaos.seat.sessions.wake(now);
            chaos.seat.with(now, |calls, line| calls.wake(line));
            chaos.collect();
            chaos.check();
        }
        if chaos.seat.calls.phase() == CallPhase::Active {
            let now = chaos.now;
            chaos.seat.with(now, |calls, line| calls.hang_up(line));
        }
        assert!(!chaos.seat.calls.is_under_way(), "seed {seed}: {:?}", chaos.seat.calls.phase());
    }
    assert!(active > 500, "the orders reach a talking call: {active}");
}
