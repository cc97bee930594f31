//! A program, and a domain with one room that says what the test wants it to say.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use confab_contract::{
    ArrivalView, CallView, ConversationView, Intent, MeView, MeetingPhase, MeetingView, Problem, ProblemCode,
    RoomView, StageView, View,
};
use confab_media_model::{FilePlan, MediaPlan};
use confab_rethink::{
    Code, Domain, Draft, Flavour, Kind, Message, MessageIds, Metadata, Reporter, ReporterEvent, Url,
};
use confab_types::{Chance, Machine, Mono};
use confab_user_agent::{Connection, Grant, Input, Output, Remembered, Secret, UserAgent};
use serde_json::{Value, json};

pub const ROOM: &str = "comm://a.local/room";
pub const CONFERENCE: &str = "hyperty://a.local/conference";

/// What the room does with somebody who wants to come in.
#[derive(Clone, Debug, PartialEq)]
pub enum Door {
    Open,
    Wait,
    Refuse(&'static str),
}

/// The program and the domain.
pub struct House {
    pub agent: UserAgent,
    pub now: Mono,
    pub door: Door,
    pub reporter: Reporter,
    /// What was asked of the room: method and parameters.
    pub orders: Vec<(String, Value)>,
    /// The answers to coming orders; 200 when there are none.
    pub answers: VecDeque<(u16, Value)>,
    /// Children that were posted, and how the room answers; 200 when there are none.
    pub posted: Vec<Value>,
    pub post_answers: VecDeque<u16>,
    /// How the room answers the question for its file store; `None`: it has one.
    pub files_answer: Option<u16>,
    pub unsubscribed: u32,
    pub asked_in: Option<Message>,
    ids: MessageIds,
    connections: BTreeMap<Connection, String>,
    outputs: VecDeque<Output>,
    hyperty: Option<String>,
    pub meeting: Option<MeetingView>,
    pub room: RoomView,
    pub conversation: ConversationView,
    pub problems: Vec<Problem>,
    pub arrival: ArrivalView,
    pub call: CallView,
    pub plan: MediaPlan,
    pub files: FilePlan,
    /// Every sign-in that was asked for.
    pub sign_ins: Vec<(u32, String, Secret)>,
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("tests write URLs")
}

/// An entry of the roster.
pub fn person(name: &str, role: &str) -> Value {
    json!({"hypertyURL": format!("hyperty://a.local/{name}"), "name": name, "role": role,
           "user": format!("user://a.local/{name}@a.local"), "camera": true, "cameraLeg": 1})
}

impl House {
    /// Alice is signed in. The room is moderated, and Bob organises it.
    pub fn new() -> House {
        let metadata =
            Metadata::new(url(ROOM), url(CONFERENCE), url("runtime://a.local/conference"), "schema", "4711");
        let data = json!({"moderated": true, "organiser": "p1", "guests": true, "invented": true, "link": "https://a.local/j/4711",
            "roster": {"p1": person("Bob", "organiser")}});
        let mut house = House {
            agent: UserAgent::new(Chance::from_number(11)),
            now: Mono::from_millis(1),
            door: Door::Open,
            reporter: Reporter::new(metadata, data),
            orders: Vec::new(),
            answers: VecDeque::new(),
            posted: Vec::new(),
            post_answers: VecDeque::new(),
            files_answer: None,
            unsubscribed: 0,
            asked_in: None,
            ids: MessageIds::default(),
            connections: BTreeMap::new(),
            outputs: VecDeque::new(),
            hyperty: None,
            meeting: None,
            room: RoomView::default(),
            conversation: ConversationView::default(),
            problems: Vec::new(),
            arrival: ArrivalView::default(),
            call: CallView::default(),
            plan: MediaPlan::default(),
            files: FilePlan::default(),
            sign_ins: Vec::new(),
        };
        house.tell(Input::Start {
            unix_ms: 1_900_000_000_000,
            remembered: Remembered::default(),
            kept: Vec::new(),
        });
        let (server, password) = ("https://a.local".to_owned(), "secret".to_owned());
        house.intend(Intent::SignIn { server, user: "alice".to_owned(), password });
        house.let_in("alice");
        house
    }

    /// Lets everybody in who signs in.
    pub fn let_in(&mut self, user: &str) {
        for (account, ..) in std::mem::take(&mut self.sign_ins) {
            self.tell(Input::SignedIn { account, grant: grant("a.local", user) });
        }
        for connection in self.connections.keys().copied().collect::<Vec<_>>() {
            self.tell(Input::TransportUp(connection));
        }
    }

    /// Alice is in the room as `p2`, in this role.
    pub fn joined(role: &str) -> House {
        let mut house = House::new();
        house.intend(Intent::Join { room: "4711".to_owned() });
        house.set(&["roster", "p2", "role"], role.into());
        assert_eq!(house.phase(), MeetingPhase::In);
        house
    }

    pub fn intend(&mut self, intent: Intent) {
        self.tell(Input::Intent(intent));
    }

    pub fn tell(&mut self, input: Input) {
        self.agent.handle(self.now, input);
        self.run();
    }

    /// Time passes; whatever is due happens.
    pub fn pass(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(at) = self.agent.deadline().filter(|at| *at <= until) {
            self.now = at.max(self.now);
            self.agent.wake(self.now);
            self.run();
        }
        self.now = until;
        self.agent.wake(self.now);
        self.run();
    }

    /// The connection breaks.
    pub fn cut(&mut self) {
        for connection in self.connections.keys().copied().collect::<Vec<_>>() {
            self.connections.remove(&connection);
            self.tell(Input::TransportDown(connection, "cut".to_owned()));
        }
    }

    /// It is back.
    pub fn mend(&mut self) {
        self.pass(Duration::from_secs(4));
        for connection in self.connections.keys().copied().collect::<Vec<_>>() {
            self.tell(Input::TransportUp(connection));
        }
    }

    /// The room changes its data and says so.
    pub fn set(&mut self, keys: &[&str], value: Value) {
        let update = self.reporter.set(keys, value).expect("tests write keys");
        if let Some(update) = update {
            self.say(update);
        }
    }

    pub fn remove(&mut self, keys: &[&str]) {
        let update = self.reporter.remove(keys).expect("tests write keys");
        if let Some(update) = update {
            self.say(update);
        }
    }

    /// Somebody of the domain says something to the program.
    pub fn say(&mut self, draft: Draft) {
        let message = draft.with_id(self.ids.next_id());
        let connection = self.connections.keys().next().copied();
        if let Some(connection) = connection {
            self.tell(Input::Received(connection, message));
        }
    }

    /// The room tells the program alone.
    pub fn signal(&mut self, resource: &str, value: Value) {
        let to = url(&self.hyperty());
        self.say(Draft::new(Kind::Event, url(ROOM), &to).with("resource", resource).with("value", value));
    }

    /// The room tells everybody.
    pub fn shout(&mut self, resource: &str, value: Value) {
        let draft = Draft::new(Kind::Event, url(ROOM), url(ROOM).children());
        self.say(draft.with("resource", resource).with("value", value));
    }

    /// The room passes on a child.
    pub fn relay(&mut self, id: &str, value: Value) {
        let draft = Draft::new(Kind::Create, url(ROOM), url(ROOM).children());
        self.say(draft.with("resource", id).with("value", value));
    }

    /// The conference puts the program out.
    pub fn put_out(&mut self, reason: &str) {
        let to = url(&self.hyperty());
        let draft = Draft::new(Kind::Unsubscribe, url(CONFERENCE), &to).with("resource", ROOM);
        self.say(draft.with("source", CONFERENCE).with("reason", reason).with("banned", false));
    }

    pub fn hyperty(&self) -> String {
        self.hyperty.clone().expect("the program has a hyperty")
    }

    pub fn phase(&self) -> MeetingPhase {
        self.meeting.as_ref().map_or(MeetingPhase::Idle, |meeting| meeting.phase)
    }

    pub fn me(&self) -> &MeView {
        &self.meeting.as_ref().expect("there is a meeting").me
    }

    pub fn stage(&self) -> &StageView {
        &self.meeting.as_ref().expect("there is a meeting").stage
    }

    pub fn problem(&self, code: ProblemCode) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.code == code)
    }

    /// Every order of a method.
    pub fn ordered(&self, method: &str) -> Vec<Value> {
        self.orders.iter().filter(|(name, _)| name == method).map(|(_, params)| params.clone()).collect()
    }

    fn run(&mut self) {
        while let Some(output) = self.agent.poll() {
            self.outputs.push_back(output);
        }
        while let Some(output) = self.outputs.pop_front() {
            self.serve(output);
            while let Some(output) = self.agent.poll() {
                self.outputs.push_back(output);
            }
        }
    }

    fn serve(&mut self, output: Output) {
        match output {
            Output::View(View::Meeting(view)) => self.meeting = Some(view),
            Output::View(View::Room(view)) => self.room = view,
            Output::View(View::Conversation(view)) => self.conversation = view,
            Output::View(View::Problems { problems }) => self.problems = problems,
            Output::View(View::Arrival(view)) => self.arrival = view,
            Output::View(View::Call(view)) => self.call = view,
            Output::Plan(plan) => self.plan = plan,
            Output::Files(files) => self.files = files,
            Output::SignIn { account, base, secret, .. } => self.sign_ins.push((account, base, secret)),
            Output::Connect { connection, url, .. } => {
                self.connections.insert(connection, url);
            }
            Output::Disconnect(connection) => drop(self.connections.remove(&connection)),
            Output::Send(connection, message) if !message.is_response() => {
                if let Some(answer) = self.answer(&message) {
                    self.agent.handle(self.now, Input::Received(connection, answer));
                }
            }
            _ => {}
        }
    }

    fn answer(&mut self, message: &Message) -> Option<Message> {
        let to = message.to.as_str();
        match &message.kind {
            Kind::Read if message.text("resource") == Some("4711") => {
                let instance = json!({"url": ROOM, "reporter": CONFERENCE, "status": "live", "name": "4711",
                    "resources": ["chat"], "dataSchemes": ["comm"], "lastModified": "2030-01-01"});
                Some(message.ok(json!({ROOM: instance})))
            }
            Kind::Read
                if message
                    .text("resource")
                    .is_some_and(|what| what.starts_with("user://a.local/conference")) =>
            {
                let instance = json!({"hypertyID": CONFERENCE, "url": CONFERENCE, "status": "live",
                    "resources": ["conference"], "dataSchemes": ["comm"], "runtime": "runtime://a.local/conference",
                    "userID": "user://a.local/conference@a.local", "lastModified": "2030-01-01"});
                Some(message.ok(json!({CONFERENCE: instance})))
            }
            Kind::Read if to.starts_with("domain://registry") => {
                Some(message.error(404, "nothing of that name"))
            }
            Kind::Subscribe if to == format!("{ROOM}/subscription") => self.knock(message),
            Kind::Unsubscribe if to == format!("{ROOM}/subscription") => {
                self.unsubscribed += 1;
                Some(message.response(200))
            }
            Kind::Execute if to == ROOM || to == CONFERENCE => Some(self.execute(message)),
            Kind::Create if to == format!("{ROOM}/children/") => Some(self.post(message)),
            _ => Some(message.response(200)),
        }
    }

    fn knock(&mut self, message: &Message) -> Option<Message> {
        self.hyperty = message.text("subscriber").map(str::to_owned);
        self.asked_in = Some(message.clone());
        match self.door.clone() {
            Door::Open => Some(self.admit()),
            Door::Wait => Some(message.response(100)),
            Door::Refuse(desc) => Some(message.error(403, desc)),
        }
    }

    /// Who waits is let in.
    pub fn open(&mut self) {
        let answer = self.admit();
        let connection = self.connections.keys().next().copied().expect("it is connected");
        self.tell(Input::Received(connection, answer));
    }

    /// Who waits is not.
    pub fn turn_away(&mut self, desc: &str) {
        let answer = self.asked_in.clone().expect("somebody waits").error(403, desc);
        let connection = self.connections.keys().next().copied().expect("it is connected");
        self.tell(Input::Received(connection, answer));
    }

    fn admit(&mut self) -> Message {
        let message = self.asked_in.clone().expect("somebody asks");
        let mut entry = person("Alice", "participant");
        entry["hypertyURL"] = self.hyperty().into();
        // The state that is told contains the newcomer.
        self.reporter.set(&["roster", "p2"], entry).expect("keys are short");
        match self.reporter.receive(&message) {
            Some(ReporterEvent::SubscribeRequested(asked)) => {
                self.reporter.accept(&asked).with("participant", "p2")
            }
            _ => message.error(500, "no subscription"),
        }
    }

    fn execute(&mut self, message: &Message) -> Message {
        let method = message.text("method").unwrap_or_default().to_owned();
        self.orders.push((method.clone(), message.body["params"].clone()));
        if matches!(method.as_str(), "setState" | "files" | "private") && self.answers.is_empty() {
            return match method.as_str() {
                "files" if self.files_answer.is_some() => message.error(404, "no store"),
                "files" => {
                    message.ok(json!({"url": "https://a.local/files/room", "token": "t", "limit": 1000}))
                }
                _ => message.response(200),
            };
        }
        match self.answers.pop_front() {
            None => message.response(200),
            Some((200, value)) => message.ok(value),
            Some((code, _)) => message.error(Code::Num(code), "no"),
        }
    }

    fn post(&mut self, message: &Message) -> Message {
        let code = self.post_answers.pop_front().unwrap_or(200);
        if code != 200 {
            return message.error(Code::Num(code), "no");
        }
        let mut value = message.body["value"].clone();
        value["id"] = message.text("resource").into();
        self.posted.push(value);
        message.response(200)
    }
}

pub fn grant(domain: &str, user: &str) -> Grant {
    Grant {
        domain: Domain::parse(domain).expect("a domain"),
        user: url(&format!("user://{domain}/{user}@{domain}")),
        name: user.to_owned(),
        access_token: Some("token".to_owned()),
        expires_in: 600,
        refresh: Some(format!("refresh-{user}")),
        flavour: Flavour::NodeJs,
        node: format!("wss://{domain}/"),
        id_token: None,
        ice_servers: Vec::new(),
        domains: BTreeMap::new(),
    }
}
