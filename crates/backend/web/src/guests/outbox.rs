//! What waits for a page: the newest of each kind, so a page that is slow misses what is old and never fills the memory.

use std::mem::discriminant;
use std::sync::{Mutex, MutexGuard, PoisonError};

use confab_contract::View;
use confab_media_model::{FilePlan, MediaPlan};
use serde::Serialize;
use tokio::sync::Notify;

/// One thing for the page, as it travels.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Down {
    /// The first thing on every socket.
    Welcome {
        /// What opens the next socket.
        resume: String,
    },
    /// A part of the screen.
    View(Box<View>),
    /// The wanted media.
    Plan(Box<MediaPlan>),
    /// The wanted files.
    Files(Box<FilePlan>),
    /// Nothing but that we are there: every 5 s.
    Alive {},
    /// The last thing.
    Gone {
        /// A word of docs/protocol.md.
        reason: &'static str,
        /// More for people; may be empty.
        text: String,
    },
}

/// The order in which kinds were first seen keeps the page's first picture sensible; within a kind only the newest counts.
#[derive(Default)]
pub(super) struct Outbox {
    inner: Mutex<Inner>,
    news: Notify,
}

#[derive(Default)]
struct Inner {
    slots: Vec<Slot>,
    over: Option<Down>,
}

struct Slot {
    newest: Down,
    /// Whether the page has not seen it.
    fresh: bool,
}

impl Outbox {
    /// Puts something in the place of an older one of its kind.
    pub(super) fn put(&self, down: Down) {
        let mut inner = self.lock();
        match &down {
            Down::Gone { .. } => inner.over = Some(down),
            _ => match inner.slots.iter_mut().find(|slot| is_same_kind(&slot.newest, &down)) {
                Some(slot) => *slot = Slot { newest: down, fresh: true },
                None => inner.slots.push(Slot { newest: down, fresh: true }),
            },
        }
        drop(inner);
        self.news.notify_one();
    }

    /// Everything is new to the page: it has another socket.
    pub(super) fn again(&self) {
        self.lock().slots.iter_mut().for_each(|slot| slot.fresh = true);
        self.news.notify_one();
    }

    /// What the page has not seen; waits for something. [`Down::Gone`] is the last. Cancel-safe.
    pub(super) async fn next(&self) -> Vec<Down> {
        loop {
            let news = self.news.notified();
            let fresh = self.take();
            if !fresh.is_empty() {
                return fresh;
            }
            news.await;
        }
    }

    fn take(&self) -> Vec<Down> {
        let mut inner = self.lock();
        let mut fresh = Vec::new();
        for slot in &mut inner.slots {
            if std::mem::take(&mut slot.fresh) {
                fresh.push(slot.newest.clone());
            }
        }
        fresh.extend(inner.over.clone());
        fresh
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_same_kind(one: &Down, other: &Down) -> bool {
    match (one, other) {
        (Down::View(one), Down::View(other)) => discriminant(one.as_ref()) == discriminant(other.as_ref()),
        (one, other) => discriminant(one) == discriminant(other),
    }
}

#[cfg(test)]
mod tests {
    use confab_contract::{LevelsView, RoomView};

    use super::*;

    fn levels(own: i8) -> Down {
        Down::View(Box::new(View::Levels(LevelsView { levels: Vec::new(), own })))
    }

    #[tokio::test]
    async fn the_newest_of_each_kind_is_told_once_and_again_after_a_new_socket() {
        let outbox = Outbox::default();
        let room = Down::View(Box::new(View::Room(RoomView::default())));
        for own in 0..100 {
            outbox.put(levels(-own));
        }
        outbox.put(room.clone());
        outbox.put(Down::Plan(Box::default()));
        let all = vec![levels(-99), room, Down::Plan(Box::default())];
        assert_eq!(outbox.next().await, all);
        outbox.put(levels(-1));
        assert_eq!(outbox.next().await, [levels(-1)]);
        outbox.again();
        assert_eq!(outbox.next().await.len(), 3);
    }

    #[tokio::test]
    async fn the_end_is_told_last() {
        let outbox = Outbox::default();
        outbox.put(Down::Gone { reason: "ended", text: String::new() });
        outbox.put(levels(0));
        assert!(matches!(outbox.next().await[..], [Down::View(_), Down::Gone { reason: "ended", .. }]));
    }

    #[test]
    fn frames_are_objects_with_one_field() {
        let text = |down: &Down| serde_json::to_string(down).unwrap();
        assert_eq!(text(&Down::Welcome { resume: "x".into() }), r#"{"welcome":{"resume":"x"}}"#);
        assert_eq!(text(&levels(-3)), r#"{"view":{"type":"levels","levels":[],"own":-3}}"#);
        assert!(text(&Down::Plan(Box::default())).starts_with(r#"{"plan":{"#));
    }
}
