//! One conversation, from the first ring to the end.

mod hearing;
mod showing;

use std::collections::VecDeque;
use std::path::Path;

use confab_contract::{Delivery, ProblemCode};
use confab_line::Line;
use confab_media_model::{FileFact, FileId, FilePlan};
use confab_rethink::child::child_id;
use confab_rethink::session::Cause;
use confab_rethink::{Body, Child, Domain, Draft, Kind, Message, RequestId, Url, UrlError, new_guid};
use confab_types::{LegId, Mono};
use uuid::Uuid;

use crate::content::storage_of;
use crate::files::{Cancelled, Files};
use crate::lines::Lines;
use crate::outbox::{Answered, Outbox};
use crate::side::{Guest, Owner, Side};
use crate::text::{MAX_TEXT, clean_text};
use crate::typing::Typing;

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

/// Why something cannot be said or sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SayError {
    /// Nothing but empty space.
    #[error("there is nothing to say")]
    Empty,
    /// Longer than [`MAX_TEXT`].
    #[error("text of {0} bytes is longer than 16 kB")]
    TooLong(usize),
    /// Too much waits for the connection, or too many files are offered.
    #[error("too much is on its way")]
    TooMuch,
    /// It is over.
    #[error("conversation is over")]
    Closed,
}

/// The chat and files of one call.
pub struct Conversation {
    object: Url,
    domain: Domain,
    side: Side,
    me: String,
    guid: Uuid,
    count: u64,
    newest: u64,
    lines: Lines,
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
        let mut guest = Guest::new(line, object, domain.clone(), host);
        guest.ask(line);
        Ok(Conversation::new(line, object.clone(), domain, Side::Guest(Box::new(guest))))
    }

    fn new(line: &mut Line<'_>, object: Url, domain: Domain, side: Side) -> Conversation {
        line.route(&[storage_of(line.runtime)]);
        Conversation {
            object,
            domain,
            side,
            me: line.identity.display_name().to_owned(),
            guid: new_guid(line.chance),
            count: 0,
            newest: 0,
            lines: Lines::default(),
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

    /// Says something.
    pub fn say(&mut self, line: &mut Line<'_>, text: &str) -> Result<(), SayError> {
        if text.len() > MAX_TEXT {
            return Err(SayError::TooLong(text.len()));
        }
        let text = clean_text(text);
        if text.is_empty() {
            return Err(SayError::Empty);
        }
        self.check_open()?;
        let id = self.next_id(line.unix_ms);
        let child = Child::chat(&id, line.hyperty, &self.object, &text, Some(&line.stamp));
        self.show_own(line, &id, Some(text), Delivery::Sending);
        self.post(line, child);
        self.typing.rest();
        Ok(())
    }

    /// The user writes, or no longer.
    pub fn typing(&mut self, line: &mut Line<'_>, on: bool) {
        if !on {
            self.typing.rest();
        } else if !self.closed && self.side.has_company() && self.is_live(line) && self.typing.tell(line.now)
        {
            line.send(Draft::new(Kind::Event, line.hyperty, self.object.children()).with("value", "typing"));
        }
    }

    /// What is there counts as read.
    pub fn read(&mut self) {
        self.lines.unread = 0;
    }

    /// Offers a file: it is hashed first, then told to the others. The path is the user's choice.
    pub fn offer_file(&mut self, line: &mut Line<'_>, path: &Path) -> Result<(), SayError> {
        self.check_open()?;
        if !self.files.has_room() {
            return Err(SayError::TooMuch);
        }
        let id = self.next_id(line.unix_ms);
        let file = FileId::parse(&new_guid(line.chance).to_string()).expect("a GUID is a file id");
        self.files.prepare(&id, file, path, line.runtime);
        self.show_own(line, &id, None, Delivery::Sending);
        Ok(())
    }

    /// Fetches an offered file. `file` is a [`confab_contract::FileView`]'s id.
    pub fn fetch_file(&mut self, line: &mut Line<'_>, file: &str) {
        if !self.closed && !self.files.fetch(line, file) {
            let details = "there is no channel to the other side";
            self.trouble(Some(ProblemCode::FileFailed), file, details);
        }
    }

    /// Stops sending or fetching a file.
    pub fn cancel_file(&mut self, line: &mut Line<'_>, file: &str) {
        if self.files.cancel(file) == Cancelled::Withdrawn {
            self.outbox.remove(file);
            let draft = Draft::new(Kind::Delete, line.hyperty, self.object.children());
            line.send(draft.with("resource", file));
        }
    }

    /// The leg whose channel carries files, as soon as it is planned; `None` when there is none.
    pub fn set_leg(&mut self, leg: Option<LegId>) {
        self.files.set_leg(leg);
    }

    /// What is wanted of files.
    pub fn file_plan(&self) -> FilePlan {
        if self.closed { FilePlan::default() } else { self.files.plan() }
    }

    /// What is true of files.
    pub fn file_fact(&mut self, line: &mut Line<'_>, fact: FileFact) {
        let outcome = self.files.fact(fact);
        self.file_outcome(line, outcome);
    }

    /// A session is live, for the first time or again.
    pub fn connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        if *domain == self.domain && !self.closed {
            match &mut self.side {
                Side::Owner(owner) => owner.connected(line),
                Side::Guest(guest) => guest.ask(line),
            }
            self.outbox.kick();
        }
        self.go_on(line);
    }

    /// A session is lost.
    pub fn disconnected(&mut self, domain: &Domain) {
        if *domain == self.domain {
            if let Side::Guest(guest) = &mut self.side {
                guest.disconnected();
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

    /// The answer to a request; true when it was ours.
    pub fn replied(
        &mut self,
        line: &mut Line<'_>,
        request: RequestId,
        message: &Message,
        cause: Cause,
    ) -> bool {
        match self.outbox.replied(line.now, request, message, cause) {
            Answered::NotOurs => {}
            Answered::Delivered(id) => {
                self.set_delivery(&id, Delivery::Delivered);
                self.go_on(line);
                return true;
            }
            Answered::Failed(id) => {
                self.set_delivery(&id, Delivery::Failed);
                self.go_on(line);
                return true;
            }
            Answered::Again => {
                self.go_on(line);
                return true;
            }
        }
        if let Some(outcome) = self.files.replied(line.now, request, message, cause) {
            self.file_outcome(line, outcome);
            return true;
        }
        match &mut self.side {
            Side::Owner(owner) => owner.replied(line.now, request, message),
            Side::Guest(guest) => match guest.replied(line, request, message) {
                Some(heard) => {
                    self.hear(line, heard);
                    true
                }
                None => false,
            },
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
        };
        let outbox = self.outbox.deadline().filter(|_| self.side.has_company());
        [side, outbox, self.typing.deadline(), self.files.deadline()].into_iter().flatten().min()
    }

    /// What the agent must know.
    pub fn poll(&mut self) -> Option<Happened> {
        self.happened.pop_front()
    }

    /// The call is over: the owner ends it for everybody, a guest leaves.
    pub fn close(&mut self, line: &mut Line<'_>) {
        if !std::mem::replace(&mut self.closed, true) {
            match &mut self.side {
                Side::Owner(owner) => owner.close(line),
                Side::Guest(guest) => guest.close(line),
            }
            self.typing.clear();
            line.unroute(&[storage_of(line.runtime)]);
        }
    }

    fn check_open(&self) -> Result<(), SayError> {
        match self.closed {
            true => Err(SayError::Closed),
            false if self.outbox.is_full() => Err(SayError::TooMuch),
            false => Ok(()),
        }
    }

    fn is_live(&self, line: &Line<'_>) -> bool {
        line.sessions.is_live(&self.domain)
    }

    /// An id that sorts behind all earlier ones, whatever the clock does.
    fn next_id(&mut self, unix_ms: u64) -> String {
        self.newest = self.newest.max(unix_ms);
        self.count += 1;
        child_id(self.newest, self.guid, self.count)
    }

    /// Queues a child of ours, and keeps it for those who come later.
    fn post(&mut self, line: &mut Line<'_>, child: Child) {
        let child = child.by(line.identity);
        if let Side::Owner(owner) = &mut self.side {
            owner.keep(child.clone());
        }
        self.outbox.put(child);
        self.go_on(line);
    }

    /// Sends what waits, if anybody would hear it.
    fn go_on(&mut self, line: &mut Line<'_>) {
        if !self.closed && self.side.has_company() && self.is_live(line) {
            let older = matches!(self.side, Side::Guest(_));
            self.outbox.flush(line, &self.object, older);
        }
    }

    fn file_child(&self, line: &Line<'_>, id: &str, value: Body) -> Child {
        let mut child = Child::new(id, line.hyperty, &self.object, value);
        child.value.insert("created".into(), line.stamp.as_str().into());
        child
    }
}

#[cfg(test)]
mod tests;
