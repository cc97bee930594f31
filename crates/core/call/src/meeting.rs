//! Rings that ask somebody to a meeting: made beside the meeting, several at once; answered by joining it (docs/protocol.md,
//! section "Invitations that ring").
//!
//! No media follows from such a ring on either side: whoever accepts joins the room, and what is opened there is the meeting's.

use std::time::Duration;

use confab_contract::{CallEnd, CallPhase, InvitationStatus};
use confab_line::{Line, Told};
use confab_rethink::session::Cause;
use confab_rethink::{Address, Code, Domain, Message, RequestId, Url};
use confab_types::Mono;
use serde_json::Value;

use crate::call::{Call, Role};
use crate::calls::Calls;
use crate::goodbyes::{Goodbyes, domain_of};
use crate::happened::Happened;
use crate::invitation::{Invitation, shortened};
use crate::own::{Invite, Own, Purpose};

/// Most people who are rung at once.
const MAX_ASKED: usize = 16;
/// How long a yes may take to reach whoever asked.
const YES_LIMIT: Duration = Duration::from_secs(15);

/// The meeting that somebody is asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The room's object.
    pub url: Url,
    /// The name or number under which it is found in its domain.
    pub name: String,
    /// Its domain.
    pub domain: Domain,
}

impl Room {
    /// What a Connection object says of it; `None` when it asks to no meeting.
    pub(crate) fn read(data: &Value) -> Option<Room> {
        let text = |key: &str| data.get(key).and_then(Value::as_str);
        let url = Url::parse(text("room")?).ok().filter(|url| url.scheme() == "comm")?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let name =
            text("roomName").filter(|name| (1..=64).contains(&name.len()) && name.chars().all(allowed))?;
        let domain = Domain::parse(text("domain")?).ok()?;
        // A room is where its address says.
        (url.routing_domain() == domain.as_str()).then(|| Room { url, name: name.to_owned(), domain })
    }

    /// As shown to somebody of the domain `home`.
    pub fn shown(&self, home: &str) -> String {
        if self.domain.as_str() == home {
            self.name.clone()
        } else {
            format!("{}@{}", self.name, self.domain)
        }
    }

    fn write(&self, line: &mut Line<'_>, own: &mut Own) {
        own.set(line, &["room"], self.url.as_str().into());
        own.set(line, &["roomName"], self.name.as_str().into());
        own.set(line, &["domain"], self.domain.as_str().into());
    }
}

/// A ring beside the telephone's own call.
#[derive(Debug)]
pub(crate) struct Beside {
    call: Call,
    /// The room's name of the invitation, when we are the one who asks; the other one is told our yes.
    invitation: Option<String>,
}

impl Calls {
    /// Rings somebody, to ask them to the meeting. `invitation` is the room's name for it; [`Happened::Asked`] tells how it goes. False
    /// when there are too many already, or `user` has no domain that could be asked.
    pub fn ask(
        &mut self,
        line: &mut Line<'_>,
        invitation: &str,
        user: &Url,
        name: &str,
        room: &Room,
    ) -> bool {
        let asked = self.beside.iter().filter(|beside| beside.invitation.is_some()).count();
        if asked >= MAX_ASKED || domain_of(&Address::from(user)).is_none() {
            return false;
        }
        let mut call = Call::asking(line, user.clone(), shortened(name), room.clone());
        call.look_up(line);
        self.beside.push(Beside { call, invitation: Some(invitation.to_owned()) });
        self.settle_beside(line);
        true
    }

    /// Stops asking; `None`: everybody.
    pub fn stop_asking(&mut self, line: &mut Line<'_>, invitation: Option<&str>) {
        let meant = |beside: &&mut Beside| match (&beside.invitation, invitation) {
            (Some(one), Some(meant)) => one == meant,
            (Some(_), None) => true,
            (None, _) => false,
        };
        for beside in self.beside.iter_mut().filter(meant) {
            beside.call.end(line, CallEnd::Cancelled, "");
        }
        self.settle_beside(line);
    }

    /// Says yes to whoever asks us to a meeting: nothing of ours is opened for it.
    pub(crate) fn accept_meeting(&mut self, line: &mut Line<'_>) {
        let Some(mut call) = self.current.take() else { return };
        if let Some(room) = call.meeting.clone() {
            call.say_yes(line);
            self.happened.push_back(Happened::Join { room });
        }
        self.beside.push(Beside { call, invitation: None });
        self.settle_beside(line);
    }

    /// Somebody's yes to one of our rings: the code of the answer. `None` when it is about none of them.
    pub(crate) fn said_yes(
        &mut self,
        line: &mut Line<'_>,
        invitation: &Invitation,
        vouched: bool,
    ) -> Option<Code> {
        let answers = invitation.answers.as_deref()?;
        let rings = |beside: &&mut Beside| beside.call.rings.iter().any(|own| *own.url() == *answers);
        let beside = self.beside.iter_mut().filter(|beside| beside.invitation.is_some()).find(rings)?;
        let call = &mut beside.call;
        let known = invitation.identity.as_ref().and_then(|identity| identity.user());
        let rung = call.rings.iter().any(|own| *own.url() == *answers && *own.peer() == invitation.source);
        if !rung || (vouched && known.is_some_and(|known| known != call.user)) {
            return Some(Code::FORBIDDEN);
        }
        call.agreed = true;
        for own in std::mem::take(&mut call.rings) {
            call.words.extend(own.close(line, "taken"));
        }
        call.end(line, CallEnd::HungUp, "");
        self.settle_beside(line);
        Some(Code::OK)
    }

    pub(crate) fn beside_connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        for beside in &mut self.beside {
            beside.call.connected(line, domain);
            beside.call.repeat_yes(line);
        }
        self.settle_beside(line);
    }

    pub(crate) fn beside_unreachable(&mut self, line: &mut Line<'_>, domain: &Domain) {
        for call in self.beside.iter_mut().map(|beside| &mut beside.call) {
            if call.phase == CallPhase::Finding && call.target().as_ref() == Some(domain) {
                call.end(line, CallEnd::DomainUnreachable, "no way to the domain");
            }
        }
        self.settle_beside(line);
    }

    pub(crate) fn beside_incoming(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        let taken = self.beside.iter_mut().any(|beside| beside.call.incoming(line, message));
        self.settle_beside(line);
        taken
    }

    pub(crate) fn beside_replied(
        &mut self,
        line: &mut Line<'_>,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) -> bool {
        let taken = self.beside.iter_mut().any(|beside| beside.call.replied(line, request, message, cause));
        self.settle_beside(line);
        taken
    }

    pub(crate) fn beside_told(&mut self, line: &mut Line<'_>, told: &Told) -> bool {
        self.beside.iter_mut().any(|beside| beside.call.told(line, told))
    }

    pub(crate) fn beside_wake(&mut self, line: &mut Line<'_>) {
        for beside in &mut self.beside {
            beside.call.wake(line);
            beside.call.repeat_yes(line);
        }
        self.settle_beside(line);
    }

    pub(crate) fn beside_deadline(&self) -> Option<Mono> {
        self.beside.iter().filter_map(|beside| beside.call.deadline()).min()
    }

    /// Takes what mutations have left to do, and lets go of what is over.
    fn settle_beside(&mut self, line: &mut Line<'_>) {
        for mut beside in std::mem::take(&mut self.beside) {
            beside.call.events.clear();
            if beside.invitation.is_none() && beside.call.yes_arrived() {
                beside.call.end(line, CallEnd::HungUp, "");
            }
            say_all(&mut self.goodbyes, line, &mut beside.call);
            let Some(over) = beside.call.over.take() else {
                self.beside.push(beside);
                continue;
            };
            let status = if beside.call.agreed { Some(InvitationStatus::Accepted) } else { status(over.end) };
            if let (Some(invitation), Some(status)) = (beside.invitation, status) {
                self.happened.push_back(Happened::Asked { invitation, status });
            }
        }
    }
}

fn say_all(goodbyes: &mut Goodbyes, line: &mut Line<'_>, call: &mut Call) {
    for word in call.words.drain(..) {
        goodbyes.say(line, word);
    }
}

/// What the end of a ring means for the invitation; `None` when it was taken back.
fn status(end: CallEnd) -> Option<InvitationStatus> {
    match end {
        CallEnd::Busy => Some(InvitationStatus::Busy),
        CallEnd::Declined => Some(InvitationStatus::Declined),
        CallEnd::NoAnswer => Some(InvitationStatus::NoAnswer),
        CallEnd::Cancelled => None,
        _ => Some(InvitationStatus::Unreachable),
    }
}

impl Call {
    /// A ring that asks somebody to a meeting.
    fn asking(line: &mut Line<'_>, user: Url, name: String, room: Room) -> Call {
        let mut call = Call::outgoing(line, user, name, false);
        call.meeting = Some(room);
        call
    }

    /// What our object says of the meeting, when we ask to one.
    pub fn write_meeting(&self, line: &mut Line<'_>, own: &mut Own) {
        if let Some(room) = &self.meeting {
            room.write(line, own);
        }
    }

    /// Tells whoever asks that we come: in an object of ours, without a description.
    fn say_yes(&mut self, line: &mut Line<'_>) {
        let (Some(hyperty), Some(their)) = (&self.hyperty, &self.their) else { return };
        let purpose = Purpose {
            peer: hyperty,
            user: &self.user,
            parties: (hyperty, line.hyperty),
            call: &self.name,
            answers: Some(their.url()),
        };
        let mut own = Own::new(line, &purpose, Default::default());
        own.set(line, &["accepted"], true.into());
        own.invite(line);
        self.own = Some(own);
        self.agreed = true;
        self.enter(line.now, CallPhase::Connecting, Some(YES_LIMIT));
    }

    /// Says it again, if it could not be said or was lost with the connection.
    fn repeat_yes(&mut self, line: &mut Line<'_>) {
        if self.role == Role::Callee
            && let Some(own) = &mut self.own
        {
            own.invite(line);
        }
    }

    /// Whether whoever asked knows that we come, or does not want to know any more.
    fn yes_arrived(&self) -> bool {
        self.own
            .as_ref()
            .is_none_or(|own| matches!(own.invite, Invite::Received | Invite::Refused(_) | Invite::Silent))
    }
}
