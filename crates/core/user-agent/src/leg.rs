//! The negotiation of one leg: our Connection object with the offer, the conference's with the answer
//! (docs/protocol.md, section 6).

use std::time::Duration;

use confab_conference::plan::LegState;
use confab_conference::{LegKey, Picture};
use confab_media_model::RemoteDescription;
use confab_rethink::{Domain, Message, Metadata, Reporter, ReporterEvent, RequestId, Url};
use confab_types::{LegId, Mono};
use serde_json::{Value, json};

use confab_line::Line;

/// The schema named in Connection objects.
const SCHEMA: &str = "hyperty-catalogue://catalogue.reTHINK/.well-known/dataschema/Connection";
/// How long an answer may take.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// The longest wait before a leg is tried again.
const RETRY_LIMIT: Duration = Duration::from_secs(8);
/// The longest description taken from the far side, bytes.
const SDP_LIMIT: usize = 64 * 1024;
/// The most candidates taken from the far side.
const CANDIDATE_LIMIT: usize = 64;

/// Where the room and its reporter are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The room object.
    pub room: Url,
    /// The conference hyperty.
    pub conference: Url,
    /// The domain of both: what we say there goes over its node.
    pub domain: Domain,
}

/// One leg.
pub struct Leg {
    /// What the plan needs of it.
    pub state: LegState,
    /// The far side's publishing number this leg was made for.
    pub number: u64,
    /// Whether ICE and DTLS are up.
    pub up: bool,
    key: LegKey,
    offer: Option<String>,
    ours: Option<Reporter>,
    /// Over which node our object is told.
    at: Option<Domain>,
    theirs: Option<Url>,
    failures: u32,
    retry_at: Option<Mono>,
    answer_by: Option<Mono>,
}

impl Leg {
    /// A new leg: the plan asks the media engine for an offer.
    pub fn new(id: LegId, key: LegKey, number: u64) -> Leg {
        Leg {
            state: LegState { id, generation: 0, answer: None },
            number,
            up: false,
            key,
            offer: None,
            ours: None,
            at: None,
            theirs: None,
            failures: 0,
            retry_at: None,
            answer_by: None,
        }
    }

    /// The media engine's offer for the present generation; sent when the room is known.
    pub fn offered(&mut self, line: &mut Line<'_>, sdp: String, place: Option<&Place>) -> Option<RequestId> {
        self.offer = Some(sdp);
        place.and_then(|place| self.negotiate(line, place))
    }

    /// Invites the conference to our Connection object, if there is an offer that was not sent yet.
    pub fn negotiate(&mut self, line: &mut Line<'_>, place: &Place) -> Option<RequestId> {
        if self.ours.is_some() || !line.sessions.is_live(&place.domain) {
            return None;
        }
        let sdp = self.offer.clone()?;
        let url = line.new_connection();
        let mut metadata = Metadata::new(url, line.hyperty.clone(), line.runtime.clone(), SCHEMA, "leg");
        metadata.resources = vec!["audio".to_owned(), "video".to_owned()];
        metadata.created = Some(line.stamp.clone());
        let data = json!({
            "scheme": "connection", "status": "", "owner": line.hyperty.as_str(), "peer": place.conference.as_str(),
            "connectionDescription": {"type": "offer", "sdp": sdp}, "iceCandidates": [],
            "roomId": place.room.as_str(), "options": self.options(),
        });
        let reporter = Reporter::new(metadata, data);
        line.route_at(&place.domain, &reporter.routes());
        self.at = Some(place.domain.clone());
        let invitation = reporter.invite(&place.conference, Some(line.identity));
        self.ours = Some(reporter);
        self.answer_by = Some(line.now + ANSWER_LIMIT);
        line.request(invitation).ok()
    }

    fn options(&self) -> Value {
        let generation = self.state.generation;
        match &self.key {
            LegKey::PublishCamera => {
                json!({"direction": "publish", "media": "camera", "generation": generation})
            }
            LegKey::PublishScreen => {
                json!({"direction": "publish", "media": "screen", "generation": generation})
            }
            LegKey::Receive(picture) => {
                let media = if matches!(picture, Picture::Camera(_)) { "camera" } else { "screen" };
                let of = picture.participant().as_str();
                json!({"direction": "receive", "media": media, "of": of, "generation": generation})
            }
        }
    }

    /// Whether a message is about our Connection object; the conference may subscribe and read it, nobody else.
    pub fn incoming(&mut self, line: &mut Line<'_>, message: &Message, conference: &Url) -> bool {
        let Some(ours) = self.ours.as_mut() else { return false };
        let Some(event) = ours.receive(message) else { return false };
        match event {
            ReporterEvent::SubscribeRequested(asked) if asked.hyperty == *conference => {
                let answer = ours.accept(&asked);
                line.reply(answer);
            }
            ReporterEvent::SubscribeRequested(asked) => {
                let answer = ours.refuse(&asked, 403, "this leg is not yours");
                line.reply(answer);
            }
            ReporterEvent::Read { request, subscriber: true } => {
                for answer in ours.answer_read(&request) {
                    line.reply(answer);
                }
            }
            ReporterEvent::Read { request, subscriber: false } => {
                line.reply(request.error(403, "not a subscriber"))
            }
            ReporterEvent::Execute(call) => line.reply(call.refuse(404, "no such method")),
            ReporterEvent::ChildPosted { ack, .. } => line.reply(ack),
            ReporterEvent::Left { .. } | ReporterEvent::ChildEvent { .. } => {}
        }
        true
    }

    /// Whether this leg's own object is `url`.
    pub fn is(&self, url: &str) -> bool {
        self.ours.as_ref().is_some_and(|ours| ours.url().as_str() == url)
    }

    /// Whether the answer comes from the object `url`.
    pub fn is_answered_by(&self, url: &Url) -> bool {
        self.theirs.as_ref() == Some(url)
    }

    /// Reads the conference's Connection object: an answer, more candidates, a failure, or the wish for a new leg.
    pub fn read_answer(&mut self, line: &mut Line<'_>, url: &Url, data: &Value) {
        self.theirs = Some(url.clone());
        if data.get("replace") == Some(&Value::Bool(true)) {
            self.renew(line);
            return;
        }
        if data.get("status").and_then(Value::as_str) == Some("failed") {
            self.fail(line);
            return;
        }
        let description = data.get("connectionDescription");
        let sdp = description.and_then(|description| description.get("sdp")).and_then(Value::as_str);
        let Some(sdp) = sdp.filter(|sdp| !sdp.is_empty() && sdp.len() <= SDP_LIMIT) else { return };
        let candidates = data.get("iceCandidates").and_then(Value::as_array).into_iter().flatten();
        let candidates = candidates.filter_map(|entry| entry.get("candidate").and_then(Value::as_str));
        let candidates =
            candidates.filter(|line| line.len() <= 1024).take(CANDIDATE_LIMIT).map(str::to_owned).collect();
        self.state.answer = Some(RemoteDescription { sdp: sdp.to_owned(), candidates });
        self.answer_by = None;
    }

    /// The transport is up.
    pub fn came_up(&mut self) {
        self.up = true;
        self.failures = 0;
        self.retry_at = None;
    }

    /// The transport or the negotiation failed: a new generation follows after a growing wait.
    pub fn fail(&mut self, line: &mut Line<'_>) {
        if self.retry_at.is_some() {
            return;
        }
        self.up = false;
        self.answer_by = None;
        let wait = Duration::from_millis(500 << self.failures.min(5)).min(RETRY_LIMIT);
        let jitter = Duration::from_millis(line.chance.below(1 + wait.as_millis() as u64 / 2));
        self.failures = self.failures.saturating_add(1);
        self.retry_at = Some(line.now + wait + jitter);
    }

    /// Throws the transport away and asks the media engine for a new offer.
    pub fn renew(&mut self, line: &mut Line<'_>) {
        self.close(line);
        self.state.generation += 1;
        self.state.answer = None;
        self.offer = None;
        self.up = false;
        self.retry_at = None;
    }

    /// Deletes our Connection object and lets go of the conference's.
    pub fn close(&mut self, line: &mut Line<'_>) {
        if let (Some(mut ours), Some(at)) = (self.ours.take(), self.at.take()) {
            line.send_at(&at, ours.delete());
            line.unroute_at(&at, &ours.routes());
        }
        self.theirs = None;
        self.answer_by = None;
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        [self.retry_at, self.answer_by].into_iter().flatten().min()
    }

    /// Time has passed: try again, or give up waiting for the answer.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        if self.answer_by.is_some_and(|by| by <= line.now) {
            self.fail(line);
        }
        if self.retry_at.is_some_and(|at| at <= line.now) {
            self.renew(line);
        }
    }

    /// Failed tries since it was last up.
    pub fn failures(&self) -> u32 {
        self.failures
    }
}
