//! The telephone of one account: at most one call, and what became of those that are over.

use std::collections::VecDeque;
use std::time::Duration;

use confab_contract::{CallEnd, CallPhase, CallView, PastCall};
use confab_line::{Line, Told};
use confab_media_model::MediaFact;
use confab_rethink::session::Cause;
use confab_rethink::{Address, Code, Domain, Kind, Message, RequestId, Url};
use confab_types::{LegId, Mono};

use crate::call::{Call, Over, Role};
use crate::goodbyes::{Goodbyes, domain_of};
use crate::happened::{Happened, Media};
use crate::invitation::{Invitation, person, shortened};
use crate::meeting::Beside;
use crate::own::Invite;

/// How long the end of a call is shown.
const SHOW_END: Duration = Duration::from_secs(8);
/// How long a caller who was told "busy" is not noted again.
const BUSY_AGAIN: Duration = Duration::from_secs(30);

/// Calls of one account.
#[derive(Debug, Default)]
pub struct Calls {
    pub(crate) current: Option<Call>,
    pub(crate) ended: Option<(CallView, Mono)>,
    media: Media,
    busy: bool,
    vouched: bool,
    turned_away: Option<(Address, Mono)>,
    /// Rings for meetings.
    pub(crate) beside: Vec<Beside>,
    pub(crate) goodbyes: Goodbyes,
    pub(crate) happened: VecDeque<Happened>,
}

impl Calls {
    /// Whether another account's call or a meeting is under way: callers are told 486.
    pub fn set_busy(&mut self, busy: bool) {
        self.busy = busy;
    }

    /// Whether our own message node puts the identity on messages that pass it, as Confab's does.
    pub fn set_vouched(&mut self, vouched: bool) {
        self.vouched = vouched;
    }

    /// Calls somebody. False when there is a call already, or `user` has no domain that could be asked.
    pub fn call(&mut self, line: &mut Line<'_>, user: &Url, name: &str, video: bool) -> bool {
        if self.current.is_some() || domain_of(&Address::from(user)).is_none() {
            return false;
        }
        self.ended = None;
        let name = shortened(name);
        let name = if name.is_empty() { shortened(user.last_segment()) } else { name };
        let mut call = Call::outgoing(line, user.clone(), name, video);
        call.ours = Media { video, ..self.media };
        self.current = Some(call);
        self.settle(line);
        true
    }

    /// Takes the call that rings.
    pub fn accept(&mut self, line: &mut Line<'_>, video: bool) {
        let rings = |call: &&Call| call.phase == CallPhase::Incoming && call.meeting.is_some();
        if self.current.as_ref().filter(rings).is_some() {
            return self.accept_meeting(line);
        }
        self.with(line, |call, line| call.accept(line, video));
    }

    /// Refuses the call that rings.
    pub fn decline(&mut self, line: &mut Line<'_>) {
        if self.phase() == CallPhase::Incoming {
            self.hang_up(line);
        }
    }

    /// Ends the call, gives up calling, or refuses.
    pub fn hang_up(&mut self, line: &mut Line<'_>) {
        self.with(line, Call::hang_up);
    }

    /// Our user wants to call or join: an invitation that is still being looked at gives way.
    pub fn make_way(&mut self, line: &mut Line<'_>) {
        if self.current.as_ref().is_some_and(|call| call.phase == CallPhase::Idle) {
            self.with(line, Call::make_way);
        }
    }

    /// Whether an invitation of this user is being looked at: it rings in a moment.
    pub fn is_about_to_ring(&self, user: &Url) -> bool {
        self.current.as_ref().is_some_and(|call| call.phase == CallPhase::Idle && call.user == *user)
    }

    /// Takes the end of a call off the screen.
    pub fn forget(&mut self, call: u32) {
        if self.ended.as_ref().is_some_and(|(view, _)| view.id == call) {
            self.ended = None;
        }
    }

    /// What we let the other one hear and see now; told to them when it changed.
    pub fn follow(&mut self, line: &mut Line<'_>, media: Media) {
        self.media = media;
        self.with(line, |call, line| {
            if call.ours != media {
                call.ours = media;
                for own in call.rings.iter_mut().chain(&mut call.own) {
                    own.show(line, media);
                }
            }
        });
    }

    /// The caller names the conversation of the call; the callee hears of it as [`Happened::Conversation`].
    pub fn set_conversation(&mut self, line: &mut Line<'_>, url: &Url) {
        self.with(line, |call, line| {
            call.conversation = Some(url.clone());
            for own in call.rings.iter_mut().chain(&mut call.own) {
                own.set(line, &["conversation"], url.as_str().into());
            }
        });
    }

    /// A session is live, for the first time or again.
    pub fn connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        self.goodbyes.connected(line, domain);
        self.with(line, |call, line| call.connected(line, domain));
        self.beside_connected(line, domain);
    }

    /// A session is lost. Requests under way come back answered so; all else waits for [`Calls::connected`], and media does not
    /// need the message node.
    pub fn disconnected(&mut self, _domain: &Domain) {}

    /// The way to a foreign domain cannot be opened.
    pub fn unreachable(&mut self, line: &mut Line<'_>, domain: &Domain) {
        self.with(line, |call, line| {
            let theirs = call.their.as_ref().and_then(|their| their.domain());
            if call.phase == CallPhase::Finding && call.target().as_ref() == Some(domain) {
                call.end(line, CallEnd::DomainUnreachable, "no way to the domain");
            } else if call.phase == CallPhase::Idle && theirs.as_ref() == Some(domain) {
                call.end(line, CallEnd::Missed, "no way to the caller's domain");
            }
        });
        self.beside_unreachable(line, domain);
    }

    /// A message that is no answer; true when it was taken.
    pub fn incoming(&mut self, line: &mut Line<'_>, message: &Message) -> bool {
        if self.with(line, |call, line| call.incoming(line, message)) == Some(true)
            || self.beside_incoming(line, message)
        {
            return true;
        }
        if message.kind != Kind::Create {
            return false;
        }
        let Some(invitation) = Invitation::read(line, message) else { return false };
        let code = self.invited(line, &invitation);
        if let Some(domain) = domain_of(&message.from) {
            line.reach(&domain);
        }
        line.reply(message.response(code));
        self.settle(line);
        true
    }

    /// An answer to a request; true when the request was ours.
    pub fn replied(
        &mut self,
        line: &mut Line<'_>,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) -> bool {
        self.with(line, |call, line| call.replied(line, request, message, cause)) == Some(true)
            || self.beside_replied(line, request, message, cause)
    }

    /// An answer of the shell to one of [`Line::asks`]; true when the question was ours.
    pub fn told(&mut self, line: &mut Line<'_>, told: &Told) -> bool {
        self.with(line, |call, line| call.told(line, told)) == Some(true) || self.beside_told(line, told)
    }

    /// A fact of the media engine; true when it was about our leg.
    pub fn fact(&mut self, line: &mut Line<'_>, fact: &MediaFact) -> bool {
        self.with(line, |call, line| call.fact(line, fact)) == Some(true)
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        let shown = self.ended.as_ref().map(|(_, until)| *until);
        let current = self.current.as_ref().and_then(Call::deadline);
        [current, shown, self.beside_deadline()].into_iter().flatten().min()
    }

    /// Time has passed.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        if self.ended.as_ref().is_some_and(|(_, until)| *until <= line.now) {
            self.ended = None;
        }
        self.with(line, Call::wake);
        self.beside_wake(line);
    }

    /// The next thing the agent must know; drain after every mutation.
    pub fn poll(&mut self) -> Option<Happened> {
        self.happened.pop_front()
    }

    /// Whether there is a call, one that does not ring yet included.
    pub fn is_under_way(&self) -> bool {
        self.current.is_some()
    }

    /// How far the call is; `Idle` also while an invitation is looked at.
    pub fn phase(&self) -> CallPhase {
        match (&self.current, &self.ended) {
            (Some(call), _) if call.phase != CallPhase::Idle => call.phase,
            (_, Some(_)) => CallPhase::Ended,
            _ => CallPhase::Idle,
        }
    }

    /// Whether we made the call: then we also make its conversation.
    pub fn is_caller(&self) -> bool {
        self.current.as_ref().is_some_and(|call| call.role == Role::Caller)
    }

    /// The name of the call, the same on both sides.
    pub fn name(&self) -> Option<&str> {
        self.current.as_ref().map(|call| call.name.as_str())
    }

    /// The user URL of the other one, and the name to show.
    pub fn peer(&self) -> Option<(&Url, &str)> {
        self.current.as_ref().map(|call| (&call.user, call.shown_name.as_str()))
    }

    /// The hyperty of the other one, once both have agreed.
    pub fn peer_hyperty(&self) -> Option<&Url> {
        self.current.as_ref().filter(|call| call.agreed)?.hyperty.as_ref()
    }

    /// The conversation of the call, once both have agreed.
    pub fn conversation(&self) -> Option<&Url> {
        self.current.as_ref().filter(|call| call.agreed)?.conversation.as_ref()
    }

    /// The leg of the call.
    pub fn leg(&self) -> Option<LegId> {
        self.current.as_ref().map(|call| call.leg.id)
    }

    /// When media first flowed.
    pub fn since(&self) -> Option<Mono> {
        self.current.as_ref()?.since
    }

    /// Foreign and own domains that the call needs: their sessions must stay.
    pub fn domains(&self) -> Vec<Domain> {
        let Some(call) = &self.current else { return Vec::new() };
        let theirs = call.their.as_ref().and_then(|their| their.domain());
        let peer = call.hyperty.as_ref().and_then(|hyperty| domain_of(&Address::from(hyperty)));
        call.target().into_iter().chain(theirs).chain(peer).collect()
    }

    /// Decides over an invitation: the code of the answer.
    fn invited(&mut self, line: &mut Line<'_>, invitation: &Invitation) -> Code {
        let vouched = self.vouched;
        if let Some(code) = self.said_yes(line, invitation, vouched) {
            return code;
        }
        let Some(call) = &mut self.current else {
            if invitation.answers.is_some() {
                // An answer to a call of ours that is over.
                return Code::BUSY;
            }
            if self.busy {
                return self.turn_away(line, invitation);
            }
            self.ended = None;
            let mut call = Call::invited(line, invitation, vouched);
            call.ours = self.media;
            self.current = Some(call);
            return Code::OK;
        };
        if call.their.as_ref().is_some_and(|their| *their.url() == invitation.object) {
            return Code::OK;
        }
        if call.role == Role::Caller && !call.agreed && call.their.is_none() {
            let known = invitation.identity.as_ref().and_then(|identity| identity.user());
            let same_user = known.as_ref() == Some(&call.user);
            let ring = call.rings.iter().find(|own| own.peer() == &invitation.source);
            let ours_first =
                ring.is_some_and(|own| own.invite != Invite::Owed) && *line.hyperty < invitation.source;
            match (ring, &invitation.answers, &invitation.call) {
                (Some(_), ..) if vouched && known.is_some() && !same_user => return Code::FORBIDDEN,
                (Some(own), Some(answers), _) if *own.url() != **answers => return Code::BUSY,
                // Both have called each other: the lower address keeps its offer.
                (Some(_), None, Some(_)) if ours_first => return Code::BUSY,
                (Some(_), None, Some(_)) => call.withdraw(line),
                // An acceptance, or (without a word of ours in it) perhaps one: its data will say.
                (Some(_), ..) => {}
                // Another device of theirs calls us, which we do not ring.
                (None, None, _) if vouched && same_user => call.withdraw(line),
                (None, ..) => return self.turn_away(line, invitation),
            }
            call.hyperty = Some(invitation.source.clone());
            call.observe(line, invitation, vouched);
            if call.role == Role::Callee {
                call.agree(line);
            }
            return Code::OK;
        }
        self.turn_away(line, invitation)
    }

    /// We are busy: the caller is told, and we may call back.
    fn turn_away(&mut self, line: &mut Line<'_>, invitation: &Invitation) -> Code {
        if invitation.answers.is_some() {
            return Code::BUSY;
        }
        let source = Address::from(&invitation.source);
        let again = self.turned_away.as_ref();
        if !again.is_some_and(|(who, until)| *who == source && *until > line.now) {
            let user = invitation.user();
            self.happened.push_back(Happened::Missed(PastCall {
                id: (line.chance.bits() as u32 >> 1).max(1),
                peer: person(&user, &invitation.name(), line.domain.as_str()),
                incoming: true,
                video: false,
                end: CallEnd::Missed,
                at: line.unix_ms,
                seconds: 0,
                unseen: true,
            }));
        }
        self.turned_away = Some((source, line.now + BUSY_AGAIN));
        Code::BUSY
    }

    fn with<T>(
        &mut self,
        line: &mut Line<'_>,
        mutate: impl FnOnce(&mut Call, &mut Line<'_>) -> T,
    ) -> Option<T> {
        let result = mutate(self.current.as_mut()?, line);
        self.settle(line);
        Some(result)
    }

    /// Takes what a mutation of the call has left to do.
    fn settle(&mut self, line: &mut Line<'_>) {
        let Some(call) = &mut self.current else { return };
        self.happened.extend(call.events.drain(..));
        for word in call.words.drain(..) {
            self.goodbyes.say(line, word);
        }
        let Some(Over { end, details, void }) = call.over.take() else { return };
        let past = call.past(line.now, end);
        if void {
            // It has never rung.
        } else if call.phase == CallPhase::Idle {
            self.happened.push_back(Happened::Missed(past));
        } else {
            self.ended = Some((call.ended_view(end), line.now + SHOW_END));
            self.happened.push_back(Happened::Ended { past, details });
        }
        self.current = None;
    }
}
