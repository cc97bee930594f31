//! Our Connection object: what we tell one hyperty of the other side, and how far its invitation is.

use std::time::Duration;

use confab_line::{Line, Statement, Ticket, Told};
use confab_rethink::session::Cause;
use confab_rethink::{
    Address, Code, Domain, Draft, Message, Metadata, Reporter, ReporterEvent, RequestId, Url,
};
use confab_types::Mono;
use serde_json::{Value, json};

use crate::description;
use crate::goodbyes::{domain_of, is_live};
use crate::happened::Media;
use crate::sdp::SdpFacts;

/// The schema named in Connection objects.
const SCHEMA: &str = "hyperty-catalogue://catalogue.reTHINK/.well-known/dataschema/Connection";
/// How long a signature is waited for; then the description goes out without.
const SIGN_LIMIT: Duration = Duration::from_secs(3);
/// How long the answer to an invitation is waited for the first time; then twice as long. It comes within a second unless it is lost.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// How often an offer is sent to somebody who does not answer: three times fit the time for which it rings.
const OFFERS: u32 = 3;
/// The same for an acceptance, which has nobody else to go to: as long as the way to media is waited for.
const ANSWERS: u32 = 10;
/// How long until somebody is asked again of whom the node says that they are not there: they may be on their way back to it.
const AWAY_PAUSE: Duration = Duration::from_secs(1);

/// What the object is made for.
pub(crate) struct Purpose<'a> {
    /// The hyperty of the other side, the only one who may look at it.
    pub peer: &'a Url,
    /// The user behind it.
    pub user: &'a Url,
    /// The caller's hyperty and the callee's: both sides' objects say the same.
    pub parties: (&'a Url, &'a Url),
    /// The name of the call.
    pub call: &'a str,
    /// The caller's object, when this one answers it.
    pub answers: Option<&'a Url>,
}

/// How far the invitation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Invite {
    /// Not sent, or lost with the connection.
    Owed,
    /// Sent.
    Sent(RequestId),
    /// Sent and not answered; sent again then. Whoever got it knows it by its object and does not ring twice.
    Again(Mono),
    /// Received.
    Received,
    /// Refused.
    Refused(Code),
    /// Nobody is there.
    Silent,
}

/// What happened to the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum OwnEvent {
    /// The other side looks at it now.
    Observed,
    /// The other side looks away: it declines, or hangs up, or says why else; empty when it does not say.
    Left(String),
    /// Nothing that matters.
    Noted,
}

/// A description on its way out: it waits for its signature.
#[derive(Debug)]
struct Unsigned {
    sdp: String,
    generation: Option<u32>,
    ticket: Ticket,
    until: Mono,
}

/// The object.
#[derive(Debug)]
pub(crate) struct Own {
    reporter: Reporter,
    peer: Url,
    user: Url,
    kind: &'static str,
    /// How far its invitation is.
    pub invite: Invite,
    /// How often it was sent, not counting what was lost with a connection.
    sent: u32,
    /// Whether anybody can have heard of it.
    known: bool,
    /// Whether the other side looks at it.
    pub observed: bool,
    unsigned: Option<Unsigned>,
    /// The SDP that is told, or about to be.
    sdp: Option<String>,
}

impl Own {
    /// Makes the object and its routes. Nobody is told yet.
    pub fn new(line: &mut Line<'_>, purpose: &Purpose<'_>, media: Media) -> Own {
        let url = line.new_connection();
        let name = purpose.call;
        let mut metadata = Metadata::new(url, line.hyperty.clone(), line.runtime.clone(), SCHEMA, name);
        metadata.resources = vec!["audio".to_owned(), "video".to_owned()];
        metadata.created = Some(line.stamp.clone());
        metadata.last_modified = Some(line.stamp.clone());
        // In the invitation already, which has no data: an offer and an answer are told apart by it.
        metadata.extra.insert("call".to_owned(), purpose.call.into());
        let mut data = json!({
            "scheme": "connection", "status": "", "owner": purpose.parties.0.as_str(), "peer": purpose.parties.1.as_str(),
            "connectionDescription": {}, "iceCandidates": [], "media": media.to_value(), "call": purpose.call,
        });
        if let Some(answers) = purpose.answers {
            metadata.extra.insert("answers".to_owned(), answers.as_str().into());
            data["answers"] = answers.as_str().into();
        }
        let reporter = Reporter::new(metadata, data);
        line.route(&reporter.routes());
        Own {
            reporter,
            peer: purpose.peer.clone(),
            user: purpose.user.clone(),
            kind: if purpose.answers.is_some() { "answer" } else { "offer" },
            invite: Invite::Owed,
            sent: 0,
            known: false,
            observed: false,
            unsigned: None,
            sdp: None,
        }
    }

    /// The object.
    pub fn url(&self) -> &Url {
        self.reporter.url()
    }

    /// The hyperty it is for.
    pub fn peer(&self) -> &Url {
        &self.peer
    }

    /// Whether this is what it says, or is about to.
    pub fn says(&self, sdp: &str) -> bool {
        self.sdp.as_deref() == Some(sdp)
    }

    /// Whether a description is in it.
    pub fn is_described(&self) -> bool {
        self.sdp.is_some() && self.unsigned.is_none()
    }

    /// Puts our description in, as soon as it is signed or cannot be.
    pub fn describe(&mut self, line: &mut Line<'_>, sdp: &str, generation: Option<u32>) {
        self.sdp = Some(sdp.to_owned());
        let statement = Statement {
            user: line.user.to_string(),
            audience: self.user.to_string(),
            call: self.url().to_string(),
            fingerprints: SdpFacts::read(sdp).unwrap_or_default().fingerprints,
        };
        let ticket = line.asks.sign(statement);
        let until = line.now + SIGN_LIMIT;
        self.unsigned = Some(Unsigned { sdp: sdp.to_owned(), generation, ticket, until });
    }

    /// An answer of the shell; true when it was ours.
    pub fn told(&mut self, line: &mut Line<'_>, told: &Told) -> bool {
        let (ticket, assertion) = match told {
            Told::Signed(ticket, assertion) => (*ticket, Some(assertion.as_str())),
            Told::CannotSign(ticket) => (*ticket, None),
            Told::Judged(..) => return false,
        };
        let ours = self.unsigned.as_ref().is_some_and(|unsigned| unsigned.ticket == ticket);
        if ours {
            self.publish(line, assertion);
        }
        ours
    }

    fn publish(&mut self, line: &mut Line<'_>, assertion: Option<&str>) {
        let Some(unsigned) = self.unsigned.take() else { return };
        let value = description::to_value(self.kind, &unsigned.sdp, unsigned.generation, assertion);
        // Candidates first: who acts on the description finds them.
        self.set(line, &["iceCandidates"], description::candidates(&unsigned.sdp));
        self.set(line, &["connectionDescription"], value);
    }

    /// Changes one value and tells it.
    pub fn set(&mut self, line: &mut Line<'_>, keys: &[&str], value: Value) {
        self.reporter.stamp(&line.stamp);
        let draft = self.reporter.set(keys, value).expect("our own keys are short words without dots");
        if let Some(draft) = draft.filter(|_| self.known || self.observed) {
            line.send(draft);
        }
    }

    /// Tells what we let the other side hear and see, where it changed.
    pub fn show(&mut self, line: &mut Line<'_>, media: Media) {
        for (key, on) in [("audio", media.audio), ("video", media.video), ("screen", media.screen)] {
            self.set(line, &["media", key], on.into());
        }
    }

    /// Invites the other side, if that is owed or due again and both ways are open: theirs, and our own, without which nobody can look
    /// at what they are invited to.
    pub fn invite(&mut self, line: &mut Line<'_>) {
        let due = match self.invite {
            Invite::Owed => true,
            Invite::Again(at) => at <= line.now,
            _ => false,
        };
        // Who looks at it needs no invitation.
        let due = due && !self.observed;
        let live = is_live(line, &Address::from(&self.peer)) && is_live(line, &Address::from(self.url()));
        if due && live {
            let draft = self.reporter.invite(&self.peer, Some(line.identity));
            let limit = ANSWER_LIMIT * (1 << self.sent.min(1));
            if let Ok(request) = line.request_within(draft, limit) {
                self.invite = Invite::Sent(request);
                self.known = true;
                self.sent += 1;
            }
        }
    }

    /// Whether the other side has heard of it.
    pub fn has_arrived(&self) -> bool {
        self.observed || self.invite == Invite::Received
    }

    /// An answer to the invitation; true when it was ours.
    pub fn replied(&mut self, now: Mono, request: RequestId, message: &Message, cause: Cause) -> bool {
        if self.invite != Invite::Sent(request) {
            return false;
        }
        let code = message.code().unwrap_or(Code::SERVER_ERROR);
        let most = if self.kind == "answer" { ANSWERS } else { OFFERS };
        self.invite = match (cause, code) {
            (Cause::Disconnected, _) => {
                self.sent -= 1;
                Invite::Owed
            }
            (_, code) if code.is_provisional() => return true,
            (_, code) if code.is_ok() => Invite::Received,
            (Cause::TimedOut, _) if self.sent < most => Invite::Again(now),
            (_, Code::NOT_FOUND | Code::UNAVAILABLE) if self.sent < most => Invite::Again(now + AWAY_PAUSE),
            (_, Code::TIMEOUT | Code::NOT_FOUND | Code::UNAVAILABLE) => Invite::Silent,
            (_, code) => Invite::Refused(code),
        };
        true
    }

    /// A message; `None` when it is not about this object.
    pub fn incoming(&mut self, line: &mut Line<'_>, message: &Message) -> Option<OwnEvent> {
        Some(match self.reporter.receive(message)? {
            ReporterEvent::SubscribeRequested(asked) if asked.hyperty == self.peer => {
                let answer = self.reporter.accept(&asked);
                line.reply(answer);
                self.observed = true;
                OwnEvent::Observed
            }
            ReporterEvent::SubscribeRequested(asked) => {
                let answer = self.reporter.refuse(&asked, 403, "this call is not yours");
                line.reply(answer);
                OwnEvent::Noted
            }
            ReporterEvent::Left { hyperty } if hyperty == self.peer => {
                self.observed = false;
                OwnEvent::Left(message.text("reason").unwrap_or_default().to_owned())
            }
            ReporterEvent::Read { request, subscriber: true } => {
                for answer in self.reporter.answer_read(&request) {
                    line.reply(answer);
                }
                OwnEvent::Noted
            }
            ReporterEvent::Read { request, subscriber: false } => {
                line.reply(request.error(403, "not a subscriber"));
                OwnEvent::Noted
            }
            ReporterEvent::Execute(call) => {
                line.reply(call.refuse(404, "no such method"));
                OwnEvent::Noted
            }
            ReporterEvent::ChildPosted { ack, .. } => {
                line.reply(ack);
                OwnEvent::Noted
            }
            ReporterEvent::Left { .. } | ReporterEvent::ChildEvent { .. } => OwnEvent::Noted,
        })
    }

    /// The way to a domain is open again: what was owed is sent, and the other side notices what it has missed.
    pub fn connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if self.is_described() {
            self.invite(line);
        }
        if domain_of(&Address::from(self.url())).as_ref() == Some(domain) && self.observed {
            let version = self.reporter.version();
            self.set(line, &["cseq"], version.into());
        }
    }

    /// Closes the object; the words its observer must hear.
    pub fn close(mut self, line: &mut Line<'_>, because: &str) -> Vec<Draft> {
        let routes = self.reporter.routes();
        line.unroute(&routes);
        if !self.known && !self.observed {
            return Vec::new();
        }
        let said = self.reporter.set(&["closedBecause"], because.into()).expect("the key is a short word");
        said.into_iter().chain([self.reporter.delete()]).collect()
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        let again = match self.invite {
            Invite::Again(at) => Some(at),
            _ => None,
        };
        [self.unsigned_until(), again].into_iter().flatten().min()
    }

    fn unsigned_until(&self) -> Option<Mono> {
        self.unsigned.as_ref().map(|unsigned| unsigned.until)
    }

    /// Time has passed.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        if self.unsigned_until().is_some_and(|until| until <= line.now) {
            self.publish(line, None);
        }
        if matches!(self.invite, Invite::Again(at) if at <= line.now) {
            self.invite(line);
            // Without a way it is sent as soon as there is one.
            if matches!(self.invite, Invite::Again(_)) {
                self.invite = Invite::Owed;
            }
        }
    }
}
