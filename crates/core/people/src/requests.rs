//! What each unanswered request was for.

use std::collections::BTreeMap;

use confab_line::Line;
use confab_rethink::{Domain, Draft, RequestId, Url};

use crate::search::Step;

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// The programs of a user.
    LookUp { domain: Domain, user: Url },
    /// May we see this program's presence?
    Ask { user: Url, hyperty: Url },
    /// The state of its object: a subscription, or reading it again.
    State { user: Url, hyperty: Url, object: Url },
    /// Our invitation to this program.
    Invite { user: Url, hyperty: Url, object: Url },
    /// A step of the search with this number.
    Search { number: u64, step: Step },
}

/// All of them. The session bounds their number and ends every one in time.
#[derive(Debug, Default)]
pub(crate) struct Requests(BTreeMap<RequestId, Waiting>);

impl Requests {
    /// Sends a request; `None` when that is not possible now.
    pub(crate) fn send(&mut self, line: &mut Line<'_>, draft: Draft, waiting: Waiting) -> Option<RequestId> {
        let request = line.request(draft).ok()?;
        self.0.insert(request, waiting);
        Some(request)
    }

    /// What it was for, while it is still open.
    pub(crate) fn get(&self, request: RequestId) -> Option<&Waiting> {
        self.0.get(&request)
    }

    /// Its last answer has come.
    pub(crate) fn end(&mut self, request: RequestId) {
        self.0.remove(&request);
    }

    /// Whether some open request is this one.
    pub(crate) fn any(&self, is: impl Fn(&Waiting) -> bool) -> bool {
        self.0.values().any(is)
    }
}
