//! What is asked of the shell beside messages: to sign what binds a call's media to an identity, and to verify what others
//! have signed. Cryptography and the fetching of keys are the shell's (`engine/identity`).

use std::collections::VecDeque;

/// Names one question until its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// What is signed for one call, or to open one session (docs/protocol.md, section "Assertions").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The user URL of who signs.
    pub user: String,
    /// The user URL of who is spoken to: an assertion for somebody else proves nothing. To open a session: `domain://` and the
    /// domain of the node.
    pub audience: String,
    /// The Connection object that it belongs to. To open a session: the runtime that opens it.
    pub call: String,
    /// DTLS fingerprints of every media section, as in the SDP: `sha-256 AB:CD:…`, upper case, sorted, each once. None, and
    /// only then, to open a session.
    pub fingerprints: Vec<String>,
}

impl Statement {
    /// That a user opens a session from a runtime at the message node of a domain.
    pub fn opening(user: &str, domain: &str, runtime: &str) -> Statement {
        Statement {
            user: user.to_owned(),
            audience: format!("domain://{domain}"),
            call: runtime.to_owned(),
            fingerprints: Vec::new(),
        }
    }

    /// Whether it is one that opens a session and can be taken for nothing else: media, users and Connection objects have no
    /// place in it.
    pub fn is_opening(&self) -> bool {
        let runtime = ["runtime://", "hyperty-runtime://"].iter().any(|scheme| self.call.starts_with(scheme));
        self.fingerprints.is_empty() && self.audience.starts_with("domain://") && runtime
    }
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Sign this with the account's key. [`Told::Signed`] follows, or [`Told::CannotSign`] when there is no ID token.
    Sign {
        /// Which question.
        ticket: Ticket,
        /// What.
        statement: Statement,
    },
    /// Verify that this assertion says this. [`Told::Judged`] follows.
    Verify {
        /// Which question.
        ticket: Ticket,
        /// As it came, at most 16 KiB.
        assertion: String,
        /// What it must say.
        statement: Statement,
    },
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// The assertion to send.
    Signed(Ticket, String),
    /// Nothing can be signed; the call goes on without.
    CannotSign(Ticket),
    /// What an assertion is worth.
    Judged(Ticket, Judgement),
}

/// What an assertion is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// The identity provider of the user's domain has signed who they are, and they have signed exactly the statement, within the last
    /// two minutes and never before seen.
    Proven,
    /// The provider cannot be reached or is not known: it proves nothing, and disproves nothing.
    Unknown(String),
    /// It says something else, is too old, was seen before, or a signature is wrong.
    False(String),
}

/// Questions that wait to be taken by the agent.
#[derive(Debug, Default)]
pub struct Asks {
    last: u64,
    waiting: VecDeque<Ask>,
}

impl Asks {
    /// Most questions that wait; beyond that the oldest is dropped, and its asker goes on without.
    const LIMIT: usize = 64;

    /// Asks for a signature.
    pub fn sign(&mut self, statement: Statement) -> Ticket {
        self.put(|ticket| Ask::Sign { ticket, statement })
    }

    /// Asks for a verification.
    pub fn verify(&mut self, assertion: String, statement: Statement) -> Ticket {
        self.put(|ticket| Ask::Verify { ticket, assertion, statement })
    }

    /// The next question to carry out.
    pub fn poll(&mut self) -> Option<Ask> {
        self.waiting.pop_front()
    }

    fn put(&mut self, ask: impl FnOnce(Ticket) -> Ask) -> Ticket {
        self.last += 1;
        let ticket = Ticket(self.last);
        if self.waiting.len() >= Asks::LIMIT {
            self.waiting.pop_front();
        }
        self.waiting.push_back(ask(ticket));
        ticket
    }
}
