//! What the other side's object says, and whether it is what we wait for.

use confab_contract::CallPhase;
use confab_line::Line;
use confab_rethink::{Code, Url};
use confab_types::Mono;
use serde_json::Value;

use crate::call::{Call, MISSING_LIMIT, Role};
use crate::description::Described;
use crate::happened::{Happened, Media};
use crate::meeting::Room;
use crate::their::{Their, TheirEvent};

/// What an object that answers a caller's invitation turns out to be.
enum Turn {
    /// The acceptance.
    Accepts,
    /// A call of their own, made at the same time.
    Calls,
    /// It does not say yet.
    Unclear,
    /// Neither.
    Nothing,
}

impl Call {
    /// Goes on after the other side's object changed.
    pub fn follow(&mut self, line: &mut Line<'_>) {
        while let Some(mut their) = self.their.take() {
            let event = their.poll(line);
            let because = their.data().get("closedBecause").and_then(Value::as_str).unwrap_or_default();
            let because = because.to_owned();
            self.their = Some(their);
            match event {
                None => return,
                Some(TheirEvent::Changed) => self.read(line),
                // An object that was not an acceptance is only let go.
                Some(_) if self.role == Role::Caller && !self.agreed => self.turn_away(line),
                Some(TheirEvent::Closed) => self.they_left(line, &because),
                Some(TheirEvent::Missing(since)) => self.miss(line, since),
                Some(TheirEvent::Refused(Code::NOT_FOUND)) => self.they_left(line, ""),
                Some(TheirEvent::Refused(_)) => self.they_left(line, "lost"),
            }
        }
    }

    /// Nobody answers for the other side's object. Who was away together with their node is not back at it yet, and media that flows
    /// says that they are there; else they have closed it.
    fn miss(&mut self, line: &mut Line<'_>, since: Mono) {
        if self.phase != CallPhase::Active && line.now >= since + MISSING_LIMIT {
            self.they_left(line, "");
        }
    }

    fn turn_away(&mut self, line: &mut Line<'_>) {
        if let Some(their) = self.their.take() {
            self.words.push(their.leave(line, "lost"));
        }
        self.weigh(line);
    }

    fn read(&mut self, line: &mut Line<'_>) {
        let Some(their) = self.their.take() else { return };
        if their.is_ready() {
            if self.role == Role::Caller && !self.agreed {
                match self.read_turn(line, &their) {
                    Turn::Accepts | Turn::Calls => {}
                    Turn::Unclear => {
                        self.their = Some(their);
                        return;
                    }
                    Turn::Nothing => return self.words.push(their.leave(line, "")),
                }
            }
            let owner = their.data().get("owner").and_then(Value::as_str);
            if self.phase == CallPhase::Idle && owner == Some(line.hyperty.as_str()) {
                // An answer to a call of ours that is over.
                self.their = Some(their);
                return self.dissolve(line);
            }
            self.read_data(line, &their);
        }
        let ready = their.is_ready();
        self.their = Some(their);
        if ready && self.role == Role::Callee {
            self.rings_here(line);
        }
        self.advance(line);
    }

    /// Acts on what an object that came while we ring turns out to be.
    fn read_turn(&mut self, line: &mut Line<'_>, their: &Their) -> Turn {
        let Some(at) = self.rings.iter().position(|own| Some(own.peer()) == self.hyperty.as_ref()) else {
            return Turn::Nothing;
        };
        let turn = turn(their.data(), self.rings[at].url(), self.rings[at].peer(), line.hyperty);
        match turn {
            Turn::Accepts => self.taken_by(line, at),
            // The lower address keeps its offer.
            Turn::Calls if line.hyperty < self.rings[at].peer() => return Turn::Nothing,
            Turn::Calls => {
                self.withdraw(line);
                self.agree(line);
            }
            Turn::Unclear | Turn::Nothing => {}
        }
        turn
    }

    fn read_data(&mut self, line: &mut Line<'_>, their: &Their) {
        let data = their.data();
        let kind = if self.role == Role::Callee { "offer" } else { "answer" };
        let described = Described::read(data, kind);
        let video_track = described.as_ref().is_none_or(|described| described.facts.video);
        self.theirs = Media::read(data, video_track);
        if self.role == Role::Callee {
            if !self.agreed {
                self.meeting = Room::read(data);
                self.video = self.theirs.video;
            }
            self.read_conversation(data);
        }
        if let Some(mut described) = described {
            if self.user.scheme() != "user" {
                // Nobody is named whom an assertion could be about.
                described.assertion = None;
            }
            self.judging.consider(line, described, &self.user, their.url());
        }
        let failed = data.get("failed").and_then(Value::as_u64) == Some(u64::from(self.leg.generation));
        if failed && self.role == Role::Caller && self.phase == CallPhase::Active {
            self.renew(line.now);
        }
    }

    fn read_conversation(&mut self, data: &Value) {
        let url = data.get("conversation").and_then(Value::as_str).and_then(|url| Url::parse(url).ok());
        let Some(url) = url.filter(|url| url.scheme() == "comm" && self.conversation.is_none()) else {
            return;
        };
        self.conversation = Some(url.clone());
        if self.agreed {
            self.events.push_back(Happened::Conversation(url));
        }
    }
}

/// Callees copy the owner of the caller's object; who calls is the owner of their own.
fn turn(data: &Value, offer: &Url, peer: &Url, hyperty: &Url) -> Turn {
    let text = |key: &str| data.get(key).and_then(Value::as_str);
    let kind = data.get("connectionDescription").and_then(|said| said.get("type")).and_then(Value::as_str);
    match (text("answers"), text("owner"), kind) {
        (Some(answers), ..) if *offer == *answers => Turn::Accepts,
        (Some(_), ..) => Turn::Nothing,
        (None, Some(owner), _) if *hyperty == *owner => Turn::Accepts,
        (None, Some(owner), _) if *peer == *owner => Turn::Calls,
        (None, _, Some("answer")) => Turn::Accepts,
        (None, _, Some("offer")) => Turn::Calls,
        _ => Turn::Unclear,
    }
}
