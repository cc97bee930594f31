//! A reporter and an observer with a network between them that duplicates, loses and reorders.

use std::collections::BTreeMap;

use confab_rethink::message::{Draft, Message, MessageIds, Outgoing};
use confab_rethink::reporter::{Reporter, ReporterEvent};
use confab_rethink::{Metadata, Observer, ObserverConfig, Url};
use proptest::prelude::*;
use serde_json::{Value, json};

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// What is under way.
#[derive(Clone, Debug)]
enum Packet {
    Change(Message),
    Request(Message),
    Answer(Message),
}

struct World {
    reporter: Reporter,
    observer: Observer,
    ids: MessageIds,
    network: Vec<Packet>,
    /// Requests without a final answer: the session hands each answer on once.
    asked: Vec<Message>,
    /// The data after every version.
    history: BTreeMap<u64, Value>,
}

impl World {
    fn new() -> World {
        let (object, mcu) = (url("comm://csp.test/o"), url("hyperty://csp.test/mcu"));
        let metadata =
            Metadata::new(object.clone(), mcu, url("runtime://csp.test/s"), "Communication", "weekly");
        let reporter = Reporter::new(metadata, json!({"roster": {}, "tags": [1]}));
        let observer = Observer::new(ObserverConfig {
            object,
            hyperty: url("hyperty://csp.test/z"),
            runtime: url("runtime://csp.test/r1"),
            reporter: None,
            identity: None,
            access_token: None,
        });
        let history = BTreeMap::from([(0, reporter.data().clone())]);
        let mut world = World {
            reporter,
            observer,
            ids: MessageIds::default(),
            network: Vec::new(),
            asked: Vec::new(),
            history,
        };
        world.join();
        world
    }

    fn join(&mut self) {
        let begin = self.observer.begin();
        self.ask(begin.subscribe);
    }

    fn ask(&mut self, draft: Draft) {
        let message = draft.with_id(self.ids.next_id());
        self.asked.push(message.clone());
        self.network.push(Packet::Request(message));
    }

    fn write(&mut self, key: u8, value: Option<u8>) {
        let name = format!("p{}", key % 5);
        let keys: &[&str] = match key % 4 {
            0 => &["roster", &name],
            1 => &["roster", "user://i.test/zoe", "status"],
            2 => &["tags", "0"],
            _ => &["status"],
        };
        let draft = match value {
            Some(value) => self.reporter.set(keys, json!(value)),
            None if keys[0] == "tags" => return,
            None => self.reporter.remove(keys),
        };
        let Some(draft) = draft.unwrap() else { return };
        self.history.insert(self.reporter.version(), self.reporter.data().clone());
        let message = draft.with_id(self.ids.next_id());
        self.network.push(Packet::Change(message));
    }

    fn deliver(&mut self, packet: Packet) {
        match packet {
            Packet::Change(message) => {
                self.observer.receive(&message);
            }
            Packet::Request(message) => match self.reporter.receive(&message) {
                Some(ReporterEvent::SubscribeRequested(asked)) => {
                    let answer = self.reporter.accept(&asked);
                    self.network.push(Packet::Answer(answer));
                }
                Some(ReporterEvent::Read { request, .. }) => {
                    self.network.extend(self.reporter.answer_read(&request).into_iter().map(Packet::Answer));
                }
                other => panic!("{other:?}"),
            },
            Packet::Answer(message) => self.answer(message),
        }
        while let Some(outgoing) = self.observer.poll_transmit() {
            match outgoing {
                Outgoing::Request(draft) => self.ask(draft),
                other => panic!("{other:?}"),
            }
        }
        while self.observer.poll_event().is_some() {}
    }

    fn answer(&mut self, message: Message) {
        if let Some(at) = self.asked.iter().position(|asked| asked.id == message.id) {
            self.asked.remove(at);
            self.observer.reply(&message);
        }
    }

    fn lose(&mut self, packet: &Packet) {
        let (Packet::Request(message) | Packet::Answer(message)) = packet else { return };
        if let Some(at) = self.asked.iter().position(|asked| asked.id == message.id) {
            let silence = self.asked[at].error(408, "Response timeout!");
            self.answer(silence);
        }
    }

    /// Whatever was lost, what the observer shows was once true.
    fn check(&self) {
        if self.observer.is_ready() {
            assert_eq!(Some(self.observer.data()), self.history.get(&self.observer.version()));
        }
    }

    /// The network is kind from now on.
    fn settle(&mut self) {
        while !self.network.is_empty() {
            let packet = self.network.remove(0);
            self.deliver(packet);
        }
        match self.observer.resync() {
            Some(draft) => self.ask(draft),
            None => self.join(),
        }
        while !self.network.is_empty() {
            let packet = self.network.remove(0);
            self.deliver(packet);
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Write(u8, Option<u8>),
    Deliver(usize),
    Duplicate(usize),
    Lose(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (any::<u8>(), prop::option::weighted(0.8, 0..4u8)).prop_map(|(key, value)| Step::Write(key, value)),
        5 => (0..4usize).prop_map(Step::Deliver),
        1 => (0..4usize).prop_map(Step::Duplicate),
        1 => (0..4usize).prop_map(Step::Lose),
    ];
    prop::collection::vec(step, 0..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn the_mirror_shows_only_what_was_true_and_converges(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            let at = |at: usize| (!world.network.is_empty()).then(|| at % world.network.len());
            match step {
                Step::Write(key, value) => world.write(key, value),
                Step::Deliver(n) => {
                    if let Some(at) = at(n) {
                        let packet = world.network.remove(at);
                        world.deliver(packet);
                    }
                }
                Step::Duplicate(n) => {
                    if let Some(at) = at(n) {
                        let packet = world.network[at].clone();
                        world.network.push(packet);
                    }
                }
                Step::Lose(n) => {
                    if let Some(at) = at(n) {
                        let packet = world.network.remove(at);
                        world.lose(&packet);
                    }
                }
            }
            world.check();
        }
        world.settle();
        prop_assert!(world.observer.is_ready());
        prop_assert_eq!(world.observer.version(), world.reporter.version());
        prop_assert_eq!(world.observer.data(), world.reporter.data());
    }
}
