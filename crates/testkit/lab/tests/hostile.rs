//! A user agent among nonsense: intents, facts and messages in any order, answers that lie, connections that come and go.

use std::collections::BTreeMap;
use std::time::Duration;

use confab_contract::{CallPhase, DeviceKind, Intent, MeetingPhase, View};
use confab_lab::desk::{Desk, PASSWORD, domain};
use confab_media_model::{CaptureFault, DeviceFault, LegDown, LegStats, MediaFact, MediaPlan};
use confab_rethink::{Kind, Message};
use confab_types::{Chance, Dbfs, LegId, Machine, Mono, StreamId};
use confab_user_agent::{Connection, Input, Output, Remembered, Secret, SignInFailure, UserAgent};
use proptest::prelude::*;
use serde_json::{Value, json};

const ROOM: &str = "comm://csp.test/room";
const CONFERENCE: &str = "hyperty://csp.test/conference";

/// A user agent, and what a liar needs to know to be believed now and then.
struct Victim {
    agent: UserAgent,
    now: Mono,
    chance: Chance,
    desk: Desk,
    asked: Vec<Message>,
    dialled: bool,
    connection: Connection,
    plan: MediaPlan,
    phase: MeetingPhase,
    call: CallPhase,
}

impl Victim {
    fn new(seed: u64) -> Victim {
        let mut victim = Victim {
            agent: UserAgent::new(Chance::from_number(seed)),
            now: Mono::ZERO,
            chance: Chance::from_number(!seed),
            desk: Desk::default(),
            asked: Vec::new(),
            dialled: false,
            connection: Connection(0),
            plan: MediaPlan::default(),
            phase: MeetingPhase::Idle,
            call: CallPhase::Idle,
        };
        victim.tell(Input::Start { unix_ms: 0, remembered: Remembered::default(), kept: Vec::new() });
        victim
    }

    fn tell(&mut self, input: Input) {
        self.agent.handle(self.now, input);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Send(_, message) => {
                    let text = message.to_json();
                    assert_eq!(Message::parse(&text).as_ref(), Ok(&message), "{text}");
                    self.asked.push(message);
                }
                Output::Connect { connection, .. } => {
                    (self.dialled, self.connection) = (true, connection);
                }
                Output::Plan(plan) => self.plan = plan,
                Output::View(View::Meeting(meeting)) => self.phase = meeting.phase,
                Output::View(View::Call(call)) => self.call = call.phase,
                _ => {}
            }
        }
        let has_media = self.plan != MediaPlan::default();
        // A call that rings here has a tone, if it is not to be quiet, and no picture; one that we make may still be without both.
        let may = self.phase != MeetingPhase::Idle || self.call == CallPhase::Incoming;
        let must = self.phase != MeetingPhase::Idle && self.call == CallPhase::Idle;
        let (phase, call) = (self.phase, self.call);
        assert!((has_media || !must) && (may || !has_media), "{phase:?}, {call:?} with {:?}", self.plan);
        if self.call == CallPhase::Incoming {
            let closed = (None, None, 0);
            let open = (self.plan.camera.as_ref(), self.plan.microphone.as_ref(), self.plan.legs.len());
            assert_eq!(open, closed, "nothing opens before a call is taken");
        }
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now + span;
        for _ in 0..10_000 {
            let Some(at) = self.agent.deadline().filter(|at| *at <= end) else { break };
            self.now = at.max(self.now);
            self.agent.wake(self.now);
            self.drain();
        }
        assert!(self.agent.deadline().is_none_or(|at| at > end), "it wakes itself in circles");
        self.now = end;
    }

    fn step(&mut self, kind: u8) {
        match kind % 16 {
            0 if self.chance.percent(5) || self.asked.is_empty() => {
                let grant = self.desk.sign_in(self.now, 1, "Alice", &Secret::Password(PASSWORD.to_owned()));
                let grant = grant.expect("the password is right");
                self.tell(Input::SignedIn { account: 1, grant });
            }
            1 if std::mem::take(&mut self.dialled) || self.chance.percent(5) => {
                self.tell(Input::TransportUp(self.connection))
            }
            2 if self.chance.percent(30) => {
                self.tell(Input::TransportDown(self.connection, "gone".to_owned()))
            }
            3 | 4 => {
                let intent = self.intent();
                self.tell(Input::Intent(intent));
            }
            5..=8 => self.answer(),
            9 | 10 => {
                let message = self.message();
                if let Ok(message) = Message::parse_value(message) {
                    self.tell(Input::Received(self.connection, message));
                }
            }
            11..=13 => {
                let fact = self.fact();
                self.tell(Input::Media(fact));
            }
            14 if self.chance.percent(10) => {
                let failure = SignInFailure::Unreachable(String::new());
                self.tell(Input::SignInFailed { account: 1, failure })
            }
            _ => {
                let span = [0, 0, 40, 40, 100, 200, 700, 16_000][self.chance.below(8) as usize];
                self.pass(Duration::from_millis(span));
            }
        }
    }

    fn intent(&mut self) -> Intent {
        let on = self.chance.percent(50);
        let number = self.chance.below(6) as u32;
        match self.chance.below(13) {
            0 | 1 => Intent::Join { room: "4711".to_owned() },
            2 if on => Intent::Leave,
            3 => Intent::SetMicrophone { on },
            4 => Intent::SetCamera { on },
            5 => Intent::ShareScreen { source: on.then(|| "1".to_owned()) },
            6 => Intent::StopSharing,
            7 => Intent::Pin { stream: number as u16 },
            8 => Intent::Unpin,
            9 => Intent::ChooseDevice { kind: DeviceKind::Camera, device: on.then(|| "x".to_owned()) },
            10 => Intent::Resolve { problem: number },
            11 if number == 0 => Intent::SignOut { account: None },
            12 if number == 0 => {
                Intent::SignIn { server: "csp.test".into(), user: "Alice".into(), password: String::new() }
            }
            _ => Intent::ForgetRoom { room: "4711".to_owned() },
        }
    }

    /// Answers something that was asked, in truth or not.
    fn answer(&mut self) {
        // Mostly the newest question.
        let back = if self.chance.percent(60) { 1 } else { 1 + self.chance.below(8) as usize };
        let at = self.asked.len().wrapping_sub(back);
        let Some(asked) = self.asked.get(at).filter(|asked| !asked.is_response()).cloned() else { return };
        let of_node =
            asked.to.as_str().starts_with("domain://msg-node") || asked.to.as_str() == "mn:/session";
        let likely_ok = self.chance.percent(if of_node { 95 } else { 70 });
        let code = if likely_ok { 200 } else { [100, 403, 404, 486][self.chance.below(4) as usize] };
        let value = match asked.kind {
            Kind::Read if asked.to.as_str().contains("registry") => json!({
                ROOM: {"url": ROOM, "reporter": CONFERENCE, "name": "4711", "status": "live", "resources": ["audio"],
                       "dataSchemes": ["comm"], "runtime": "runtime://csp.test/r", "expires": 60}
            }),
            Kind::Subscribe | Kind::Read => {
                let object = asked.to.as_str().trim_end_matches("/subscription").to_owned();
                let data = self.data();
                json!({"url": object, "reporter": CONFERENCE, "data": data, "version": self.chance.below(4)})
            }
            _ => self.nonsense(2),
        };
        let mut answer = asked.error(code, "").with("value", value);
        if self.chance.percent(80) {
            answer = answer.with("participant", "p1");
        }
        self.tell(Input::Received(self.connection, answer));
    }

    /// What rooms and answers to legs say, true and false.
    fn data(&mut self) -> Value {
        let mut roster = serde_json::Map::new();
        for number in 1..=self.chance.below(5) {
            roster.insert(format!("p{number}"), self.entry(number));
        }
        let ours =
            self.asked.iter().rev().find_map(|asked| asked.from.as_str().strip_suffix("/subscription"));
        json!({
            "roster": roster, "answers": ours, "status": (["open", "failed", "closed", ""][self.chance.below(4) as usize]),
            "connectionDescription": {"type": "answer", "sdp": "answer"}, "replace": self.chance.percent(10),
            "activeSpeaker": "p2", "more": self.nonsense(3),
        })
    }

    fn entry(&mut self, number: u64) -> Value {
        if self.chance.percent(10) {
            return self.nonsense(2);
        }
        json!({"hypertyURL": format!("hyperty://csp.test/{number}"), "name": "N", "camera": self.chance.percent(80),
               "cameraLeg": self.chance.below(3), "screen": self.chance.percent(20), "screenLeg": 1,
               "audioMuted": self.chance.percent(50), "away": self.nonsense(1)})
    }

    fn nonsense(&mut self, depth: u32) -> Value {
        match self.chance.below(if depth == 0 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => Value::Bool(self.chance.percent(50)),
            2 => json!(self.chance.bits()),
            3 => json!("roster.p1\u{202e}://…"),
            4 => json!(-1.5),
            5 => (0..self.chance.below(3)).map(|_| self.nonsense(depth - 1)).collect(),
            _ => json!({"type": self.nonsense(depth - 1), "": self.nonsense(depth - 1)}),
        }
    }

    /// A message that nobody asked for, to addresses that somebody listens at.
    fn message(&mut self) -> Value {
        let known: Vec<String> = self
            .asked
            .iter()
            .rev()
            .take(20)
            .flat_map(|asked| {
                [
                    asked.from.to_string(),
                    asked.to.to_string(),
                    asked.from.as_str().trim_end_matches("/subscription").to_owned(),
                ]
            })
            .collect();
        let fixed = [
            ROOM,
            CONFERENCE,
            "comm://csp.test/room/changes",
            "connection://csp.test/x/subscription",
            "mn:/session",
        ];
        let pick = |chance: &mut Chance| {
            let all = known.len() + fixed.len();
            let at = chance.below(all as u64) as usize;
            known.get(at).cloned().unwrap_or_else(|| fixed[at - known.len()].to_owned())
        };
        let (from, to) = (pick(&mut self.chance), pick(&mut self.chance));
        let kinds = [
            "create",
            "update",
            "delete",
            "subscribe",
            "unsubscribe",
            "read",
            "execute",
            "response",
            "event",
            "?",
        ];
        let kind = kinds[self.chance.below(kinds.len() as u64) as usize];
        let attributes = ["roster", "roster.p2", "roster.p2.cameraLeg", "status", "replace", "", "a..b"];
        let attribute = attributes[self.chance.below(attributes.len() as u64) as usize];
        let value = if self.chance.percent(50) { self.data() } else { self.nonsense(3) };
        json!({"id": 1 + self.chance.below(40), "type": kind, "from": from, "to": to,
               "body": {"attribute": attribute, "value": value, "version": self.chance.below(6), "source": CONFERENCE,
                        "code": self.nonsense(0), "resource": ROOM}})
    }

    fn fact(&mut self) -> MediaFact {
        let legs: Vec<(LegId, u32)> = self.plan.legs.iter().map(|(id, leg)| (*id, leg.generation)).collect();
        let at = self.chance.below(legs.len() as u64 + 1) as usize;
        let (leg, generation) = legs.get(at).copied().unwrap_or((LegId(self.chance.below(9) as u32), 1));
        let stream = StreamId(self.chance.below(6) as u16);
        match self.chance.below(13) {
            0..=3 => MediaFact::LegOffer { leg, generation, sdp: "offer".to_owned() },
            4 | 5 => MediaFact::LegUp { leg, generation },
            6 => MediaFact::LegDown { leg, generation, reason: LegDown::Lost },
            7 => MediaFact::CameraOpened(String::new()),
            8 => MediaFact::MicrophoneFailed(DeviceFault::Missing),
            9 => MediaFact::ScreenLost(CaptureFault::Gone),
            10 => MediaFact::FirstPicture(stream),
            11 => MediaFact::Level(leg, Dbfs::new(-20)),
            _ => MediaFact::Stats(leg, LegStats { loss: f32::NAN, ..LegStats::default() }),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_a_user_agent_panic_or_hold_media_without_a_meeting(
        seed in any::<u64>(),
        steps in proptest::collection::vec(any::<u8>(), 0..250),
    ) {
        let mut victim = Victim::new(seed);
        let secret = Secret::Password(PASSWORD.to_owned());
        victim.tell(Input::Intent(Intent::SignIn {
            server: domain().as_str().to_owned(), user: "Alice".to_owned(), password: PASSWORD.to_owned(),
        }));
        let grant = victim.desk.sign_in(Mono::ZERO, 1, "Alice", &secret);
        let grant = grant.expect("the password is right");
        victim.tell(Input::SignedIn { account: 1, grant });
        victim.tell(Input::TransportUp(victim.connection));
        for step in steps {
            victim.step(step);
        }
    }
}

#[test]
fn the_liar_is_believed_often_enough_to_matter() {
    let mut phases = BTreeMap::new();
    for seed in 0..60 {
        let mut victim = Victim::new(seed);
        let user = ("csp.test".to_owned(), "Alice".to_owned(), PASSWORD.to_owned());
        victim.tell(Input::Intent(Intent::SignIn { server: user.0, user: user.1, password: user.2 }));
        victim.step(0);
        victim.tell(Input::TransportUp(victim.connection));
        let mut steps = Chance::from_number(seed);
        for _ in 0..250 {
            victim.step(steps.below(256) as u8);
            *phases.entry(format!("{:?}", victim.phase)).or_insert(0) += 1;
        }
    }
    for phase in ["Idle", "Joining", "In"] {
        assert!(phases.get(phase).is_some_and(|count| *count > 100), "{phases:?}");
    }
}
