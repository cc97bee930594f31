//! Whether the other side's media is bound to who they say they are.

use std::time::Duration;

use confab_line::{Judgement, Line, Statement, Ticket, Told};
use confab_rethink::Url;
use confab_types::Mono;

use crate::description::Described;

/// How long a verdict is waited for; then the call goes on without one.
const VERDICT_LIMIT: Duration = Duration::from_secs(5);

/// What is known of the present description.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing was asserted.
    #[default]
    Nothing,
    /// It is being looked at.
    Waiting {
        /// The question.
        ticket: Ticket,
        /// Until when.
        until: Mono,
    },
    /// They are who they say, and this is their media.
    Proven,
    /// It could not be decided.
    Unknown,
    /// It is a lie; why.
    False(String),
}

/// The judge of one call.
#[derive(Debug, Default)]
pub(crate) struct Judging {
    described: Option<Described>,
    verdict: Verdict,
    /// The fingerprints that were proven: nothing less is accepted afterwards.
    proven: Option<Vec<String>>,
}

impl Judging {
    /// The description that is judged.
    pub fn described(&self) -> Option<&Described> {
        self.described.as_ref()
    }

    /// What is known of it.
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Looks at what the other side now says. `user` is who they are, `call` their Connection object.
    pub fn consider(&mut self, line: &mut Line<'_>, described: Described, user: &Url, call: &Url) {
        let same = self.described.as_ref().is_some_and(|known| {
            known.remote.sdp == described.remote.sdp && known.assertion == described.assertion
        });
        let fingerprints = described.facts.fingerprints.clone();
        let assertion = described.assertion.clone();
        self.described = Some(described);
        if same {
            return;
        }
        self.verdict = match assertion {
            Some(_) if fingerprints.is_empty() => Verdict::False("no fingerprint to bind to".to_owned()),
            Some(assertion) => {
                let statement = Statement {
                    user: user.to_string(),
                    audience: line.user.to_string(),
                    call: call.to_string(),
                    fingerprints,
                };
                let ticket = line.asks.verify(assertion, statement);
                Verdict::Waiting { ticket, until: line.now + VERDICT_LIMIT }
            }
            None if self.proven.is_none() => Verdict::Nothing,
            None if self.proven.as_ref() == Some(&fingerprints) => Verdict::Proven,
            None => Verdict::False("other media than was signed".to_owned()),
        };
    }

    /// An answer of the shell; true when it was ours.
    pub fn told(&mut self, told: &Told) -> bool {
        let (Verdict::Waiting { ticket, .. }, Told::Judged(about, judgement)) = (&self.verdict, told) else {
            return false;
        };
        if ticket != about {
            return false;
        }
        self.verdict = match judgement {
            Judgement::Proven => {
                self.proven = self.described.as_ref().map(|known| known.facts.fingerprints.clone());
                Verdict::Proven
            }
            Judgement::Unknown(_) => Verdict::Unknown,
            Judgement::False(why) => Verdict::False(why.clone()),
        };
        true
    }

    /// When it wants to be woken.
    pub fn deadline(&self) -> Option<Mono> {
        match self.verdict {
            Verdict::Waiting { until, .. } => Some(until),
            _ => None,
        }
    }

    /// Time has passed.
    pub fn wake(&mut self, now: Mono) {
        if self.deadline().is_some_and(|until| until <= now) {
            self.verdict = Verdict::Unknown;
        }
    }
}
