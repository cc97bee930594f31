//! One conversation, from the first ring to the end.

mod answers;
mod hearing;
mod offering;
mod relayed;
mod saying;
mod showing;

use std::collections::VecDeque;

use confab_contract::ProblemCode;
use confab_line::Line;
use confab_rethink::{Domain, Url, UrlError, new_guid};
use confab_types::Mono;
use uuid::Uuid;

use crate::content::storage_of;
use crate::files::Files;
use crate::lines::Lines;
use crate::outbox::Outbox;
use crate::reactions::Reactions;
use crate::side::{Guest, Owner, Room, Side};
use crate::typing::Typing;

pub use relayed::News;
pub use saying::{SayError, Words};

/// Most that happened and was not taken yet; older is dropped.
const MAX_HAPPENED: usize = 64;

/// Somebody who may take part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The hyperty that speaks for them.
    pub hyperty: Url,
    /// Who they are.
    pub user: Url,
    /// What they are called here.
    pub name: String,
}

/// What the agent tells people beside the conversation itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happened {
    /// Somebody said this.
    Said {
        /// Who, as shown.
        name: String,
        /// What, at most 16 KiB.
        text: String,
    },
    /// Somebody offers a file.
    Offered {
        /// Who, as shown.
        name: String,
        /// What it is called.
        file: String,
    },
    /// Something did not work.
    Trouble {
        /// What kind.
        code: ProblemCode,
        /// Which file.
        about: String,
        /// The technical fact.
        details: String,
    },
    /// The owner has ended it, or has put us out. Lines stay; nothing more can be said.
    Closed,
}

/// The chat and files of one call or meeting.
pub struct Conversation {
    object: Url,
    domain: Domain,
    side: Side,
    me: String,
    guid: Uuid,
    count: u64,
    newest: u64,
    /// The room's number of the newest line that was said before we came.
    old_until: Option<u64>,
    lines: Lines,
    reactions: Reactions,
    outbox: Outbox,
    typing: Typing,
    files: Files,
    happened: VecDeque<Happened>,
    closed: bool,
}

impl Conversation {
    /// Makes the object, in our own domain. `call` names the call. Its address is told to the other side with the call; nobody is let in
    /// before [`Conversation::invite`].
    pub fn host(line: &mut Line<'_>, call: &str) -> Conversation {
        let object = line.new_comm();
        let owner = Owner::new(line, &object, call);
        line.route(&[storage_of(line.runtime)]);
        Conversation::new(line, object, line.domain.clone(), Side::Owner(Box::new(owner)))
    }

    /// Takes part in the object that the caller has told. `host` is the caller.
    ///
    /// # Errors
    /// When the address is none of a Communication object.
    pub fn join(line: &mut Line<'_>, object: &Url, host: Person) -> Result<Conversation, UrlError> {
        if object.scheme() != "comm" {
            return Err(UrlError::Scheme);
        }
        let domain = Domain::parse(&object.routing_domain())?;
        line.route(&[storage_of(line.runtime)]);
        let mut guest = Guest::new(line, object, domain.clone(), host);
        guest.ask(line);
        Ok(Conversation::new(line, object.clone(), domain, Side::Guest(Box::new(guest))))
    }

    /// What is said in a room, which passes it on. The meeting observes the room's object and hands over what concerns the conversation;
    /// nothing is sent before [`Conversation::admitted`].
    ///
    /// # Errors
    /// When the address is none of a Communication object.
    pub fn of_room(line: &mut Line<'_>, room: &Url) -> Result<Conversation, UrlError> {
        if room.scheme() != "comm" {
            return Err(UrlError::Scheme);
        }
        let domain = Domain::parse(&room.routing_domain())?;
        let mut conversation = Conversation::new(line, room.clone(), domain, Side::Room(Box::default()));
        conversation.files = Files::in_store();
        Ok(conversation)
    }

    fn new(line: &mut Line<'_>, object: Url, domain: Domain, side: Side) -> Conversation {
        Conversation {
            object,
            domain,
            side,
            me: line.identity.display_name().to_owned(),
            guid: new_guid(line.chance),
            count: 0,
            newest: 0,
            old_until: None,
            lines: Lines::default(),
            reactions: Reactions::default(),
            outbox: Outbox::default(),
            typing: Typing::default(),
            files: Files::default(),
            happened: VecDeque::new(),
            closed: false,
        }
    }

    /// The address of the object, for `data.conversation` of the call's.
    pub fn object(&self) -> &Url {
        &self.object
    }

    /// Lets somebody in from now on, and invites them. Of use to the one who made the object only.
    pub fn invite(&mut self, line: &mut Line<'_>, person: Person) {
        if let Side::Owner(owner) = &mut self.side {
            owner.invite(line, person);
        }
    }

    /// A session is live, for the first time or again.
    pub fn connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if *domain == self.domain && !self.closed {
            match &mut self.side {
                Side::Owner(owner) => owner.connected(line),
                Side::Guest(guest) => guest.ask(line),
                // The room has to say first that we are in it.
                Side::Room(_) => {}
            }
            self.outbox.kick();
        }
        self.go_on(line);
    }

    /// A session is lost.
    pub fn disconnected(&mut self, domain: &Domain) {
        if *domain == self.domain {
            match &mut self.side {
                Side::Owner(_) => {}
                Side::Guest(guest) => guest.disconnected(),
                Side::Room(room) => room.disconnected(),
            }
            self.outbox.lost();
            self.typing.clear();
            self.typing.rest();
        }
    }

    /// The way to another domain cannot be opened now.
    pub fn unreachable(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if let (true, Side::Guest(guest)) = (*domain == self.domain && !self.closed, &mut self.side) {
            guest.unreachable(line.now);
        }
    }

    /// Time has passed.
    pub fn wake(&mut self, line: &mut Line<'_>) {
        self.typing.wake(line.now);
        if self.closed {
            return;
        }
        match &mut self.side {
            Side::Owner(owner) => owner.wake(line),
            Side::Guest(guest) => guest.wake(line),
            Side::Room(room) => room.ask_store(line, &self.object),
        }
        self.files.wake(line);
        self.go_on(line);
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        if self.closed {
            return self.typing.deadline();
        }
        let side = match &self.side {
            Side::Owner(owner) => owner.deadline(),
            Side::Guest(guest) => guest.deadline(),
            Side::Room(room) => room.deadline(),
        };
        let outbox = self.outbox.deadline().filter(|_| self.side.has_company());
        [side, outbox, self.typing.deadline(), self.files.deadline()].into_iter().flatten().min()
    }

    /// What the agent must know.
    pub fn poll(&mut self) -> Option<Happened> {
        self.happened.pop_front()
    }

    /// The call or meeting is over: the owner ends it for everybody, others leave.
    pub fn close(&mut self, line: &mut Line<'_>) {
        if !std::mem::replace(&mut self.closed, true) {
            match &mut self.side {
                Side::Owner(owner) => owner.close(line),
                Side::Guest(guest) => guest.close(line),
                Side::Room(_) => return self.typing.clear(),
            }
            self.typing.clear();
            line.unroute(&[storage_of(line.runtime)]);
        }
    }

    fn is_live(&self, line: &Line<'_>) -> bool {
        line.sessions.is_live(&self.domain)
    }

    fn room(&mut self) -> Option<&mut Room> {
        match &mut self.side {
            Side::Room(room) => Some(room),
            Side::Owner(_) | Side::Guest(_) => None,
        }
    }

    fn happen(&mut self, happened: Happened) {
        if self.happened.len() >= MAX_HAPPENED {
            self.happened.pop_front();
        }
        self.happened.push_back(happened);
    }
}

#[cfg(test)]
mod tests;
