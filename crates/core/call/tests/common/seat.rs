//! One account with a telephone, a media engine and a notary.

use confab_call::{Calls, Happened, Media};
use confab_conference::Wishes;
use confab_line::{Ask, Asks, Judgement, Line, Sessions, Statement, Told};
use confab_media_model::MediaFact;
use confab_rethink::{Domain, Flavour, Identity, Session, SessionConfig, Url};
use confab_types::{Chance, LegId, Mono};

use super::{Engine, domain, url};

/// How the notary of a seat behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judge {
    /// Signs, and compares.
    Honest,
    /// There is no ID token and no provider.
    Absent,
    /// Says nothing, ever.
    Mute,
}

pub struct Seat {
    pub calls: Calls,
    pub sessions: Sessions,
    pub asks: Asks,
    pub chance: Chance,
    pub domain: Domain,
    pub runtime: Url,
    pub hyperty: Url,
    pub user: Url,
    pub identity: Identity,
    pub wishes: Wishes,
    pub engine: Engine,
    pub judge: Judge,
    /// Everything that happened.
    pub log: Vec<Happened>,
}

impl Seat {
    pub fn new(name: &str, home: &str, hyperty: &str, number: u64) -> Seat {
        let home = domain(home);
        let runtime = url(&format!("runtime://{home}/r{number}"));
        let mut chance = Chance::from_number(1 + number);
        let config = SessionConfig::new(Flavour::NodeJs, home.clone(), runtime.clone());
        let session = Session::new(config, chance.fork());
        let user = url(&format!("user://{home}/{name}@{home}"));
        let identity = Identity {
            user_url: Some(user.clone()),
            name: Some(name.to_owned()),
            ..Identity::new(format!("{name}@{home}"))
        };
        let mut calls = Calls::default();
        calls.set_vouched(true);
        Seat {
            calls,
            sessions: Sessions::new(home.clone(), session),
            asks: Asks::default(),
            chance,
            hyperty: url(&format!("hyperty://{home}/{hyperty}")),
            domain: home,
            runtime,
            user,
            identity,
            wishes: Wishes::default(),
            engine: Engine::new(name, number),
            judge: Judge::Honest,
            log: Vec::new(),
        }
    }

    pub fn with<T>(&mut self, now: Mono, call: impl FnOnce(&mut Calls, &mut Line<'_>) -> T) -> T {
        let mut line = Line {
            sessions: &mut self.sessions,
            asks: &mut self.asks,
            chance: &mut self.chance,
            now,
            unix_ms: 1_900_000_000_000 + now.as_millis(),
            stamp: "2031-01-01T00:00:00Z".to_owned(),
            domain: &self.domain,
            runtime: &self.runtime,
            hyperty: &self.hyperty,
            user: &self.user,
            identity: &self.identity,
        };
        let result = call(&mut self.calls, &mut line);
        let screen = self.wishes.screen.is_some();
        let media = Media { audio: self.wishes.microphone, video: self.wishes.camera && !screen, screen };
        self.calls.follow(&mut line, media);
        self.log.extend(std::iter::from_fn(|| self.calls.poll()));
        result
    }

    pub fn deadline(&self, now: Mono) -> Option<Mono> {
        [self.calls.deadline(), self.sessions.deadline(now)].into_iter().flatten().min()
    }

    pub fn answer_asks(&mut self, now: Mono) -> bool {
        let mut moved = false;
        while let Some(ask) = self.asks.poll() {
            if self.judge == Judge::Mute {
                continue;
            }
            moved = true;
            let honest = self.judge == Judge::Honest;
            let told = match ask {
                Ask::Sign { ticket, statement } if honest => Told::Signed(ticket, signed(&statement)),
                Ask::Sign { ticket, .. } => Told::CannotSign(ticket),
                Ask::Verify { ticket, assertion, statement } if honest => {
                    let good = assertion == signed(&statement);
                    let lie = || Judgement::False("it says something else".to_owned());
                    Told::Judged(ticket, if good { Judgement::Proven } else { lie() })
                }
                Ask::Verify { ticket, .. } => {
                    Told::Judged(ticket, Judgement::Unknown("no provider".to_owned()))
                }
            };
            self.with(now, |calls, line| assert!(calls.told(line, &told) || !calls.is_under_way()));
        }
        moved
    }

    pub fn follow_plan(&mut self, now: Mono) -> bool {
        let plan = self.calls.plan(&self.wishes, &[], false);
        if plan != self.engine.plan {
            self.engine.follow(plan);
        }
        let facts = std::mem::take(&mut self.engine.facts);
        for fact in &facts {
            self.with(now, |calls, line| calls.fact(line, fact));
        }
        !facts.is_empty()
    }

    pub fn came_up(&mut self, now: Mono, (leg, generation): (LegId, u32)) {
        self.engine.came_up(leg);
        self.with(now, |calls, line| calls.fact(line, &MediaFact::LegUp { leg, generation }));
    }
}

fn signed(statement: &Statement) -> String {
    format!("{}|{}|{}|{:?}", statement.user, statement.audience, statement.call, statement.fingerprints)
}
