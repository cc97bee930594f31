//! Last words that could not be sent at once, because the way to a domain was not open.

use std::collections::VecDeque;
use std::time::Duration;

use confab_line::Line;
use confab_rethink::{Address, Domain, Draft};
use confab_types::Mono;

/// The most words owed; older ones are forgotten first.
const LIMIT: usize = 32;
/// How long somebody may still wait for them.
const KEEP: Duration = Duration::from_secs(60);

/// Words owed, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Goodbyes(VecDeque<(Mono, Draft)>);

impl Goodbyes {
    /// Sends now, or when the way is open again.
    pub fn say(&mut self, line: &mut Line<'_>, draft: Draft) {
        if is_live(line, &draft.to) {
            return line.send(draft);
        }
        if self.0.len() >= LIMIT {
            self.0.pop_front();
        }
        self.0.push_back((line.now + KEEP, draft));
    }

    /// The way to a domain is open.
    pub fn connected(&mut self, line: &mut Line<'_>, domain: &Domain) {
        for (until, draft) in std::mem::take(&mut self.0) {
            match until > line.now {
                true if domain_of(&draft.to).as_ref() == Some(domain) => line.send(draft),
                true => self.0.push_back((until, draft)),
                false => {}
            }
        }
    }
}

/// The domain whose message node takes messages to this address.
pub(crate) fn domain_of(address: &Address) -> Option<Domain> {
    Domain::parse(&address.url()?.routing_domain()).ok()
}

/// Whether messages to this address can be sent now.
pub(crate) fn is_live(line: &Line<'_>, to: &Address) -> bool {
    domain_of(to).is_some_and(|domain| line.sessions.is_live(&domain))
}
