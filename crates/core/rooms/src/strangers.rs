//! What the front door has said of people without an account, until they come.

use std::collections::{BTreeMap, VecDeque};

use confab_rethink::Url;

use crate::port::Stranger;

/// The latest strangers, by user.
#[derive(Clone, Debug, Default)]
pub(crate) struct Strangers {
    known: BTreeMap<String, Stranger>,
    order: VecDeque<String>,
}

impl Strangers {
    /// The most that are remembered; the oldest are forgotten first.
    const MOST: usize = 4096;

    /// The front door has let somebody in.
    pub(crate) fn add(&mut self, stranger: Stranger) {
        let user = stranger.user.clone();
        if self.known.insert(user.clone(), stranger).is_none() {
            self.order.push_back(user);
        }
        if self.order.len() > Strangers::MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    /// What is known of a user.
    pub(crate) fn of(&self, user: &Url) -> Option<Stranger> {
        self.known.get(user.as_str()).cloned()
    }
}
