//! The part of a desktop that shows notifications (freedesktop.org, version 1.2): keeps them in a list, with their buttons.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

use crate::wait::{Trouble, eventually};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
/// Signals are for all who listen.
const EVERYBODY: Option<&str> = None;
/// How long a program may take to show one.
const PATIENCE: Duration = Duration::from_secs(30);
/// Why one is closed: the user did it, or the program.
const BY_USER: u32 = 2;
const BY_PROGRAM: u32 = 3;

/// One notification on the screen.
#[derive(Clone, Debug)]
pub struct Card {
    id: u32,
    pub title: String,
    pub body: String,
    /// What each button is called among programs, and what stands on it.
    pub buttons: Vec<(String, String)>,
}

/// The list of those that are shown.
pub struct Notices {
    shown: Arc<Mutex<Shown>>,
    connection: Connection,
}

#[derive(Default)]
struct Shown {
    cards: Vec<Card>,
    last: u32,
}

struct Server(Arc<Mutex<Shown>>);

fn lock(shown: &Mutex<Shown>) -> MutexGuard<'_, Shown> {
    shown.lock().unwrap_or_else(PoisonError::into_inner)
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[expect(clippy::too_many_arguments, reason = "the specification has so many")]
    fn notify(
        &self,
        _program: String,
        replaces: u32,
        _icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> u32 {
        let mut shown = lock(&self.0);
        let id = if replaces == 0 { shown.last + 1 } else { replaces };
        shown.last = shown.last.max(id);
        shown.cards.retain(|card| card.id != id);
        let buttons =
            actions.as_chunks::<2>().0.iter().map(|[key, label]| (key.clone(), label.clone())).collect();
        shown.cards.push(Card { id, title, body, buttons });
        id
    }

    async fn close_notification(
        &self,
        id: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        lock(&self.0).cards.retain(|card| card.id != id);
        Ok(Self::notification_closed(&emitter, id, BY_PROGRAM).await?)
    }

    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body", "persistence"].map(str::to_owned).to_vec()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("journeys".to_owned(), "confab".to_owned(), "1".to_owned(), "1.2".to_owned())
    }

    #[zbus(signal)]
    async fn notification_closed(emitter: &SignalEmitter<'_>, id: u32, reason: u32) -> zbus::Result<()>;
}

impl Notices {
    /// Offers the service on a session bus.
    pub fn start(bus: &str) -> Result<Notices, Trouble> {
        let shown = Arc::<Mutex<Shown>>::default();
        let connection = Builder::address(bus)
            .and_then(|builder| builder.serve_at(PATH, Server(shown.clone())))
            .and_then(|builder| builder.name(NAME))
            .and_then(Builder::build)
            .map_err(strange)?;
        Ok(Notices { shown, connection })
    }

    /// Waits for a notification with this title.
    pub fn card(&self, title: &str) -> Result<Card, Trouble> {
        eventually(PATIENCE, &format!("a notification {title:?}"), || {
            lock(&self.shown).cards.iter().find(|card| card.title == title).cloned()
        })
    }

    /// Waits until it is not shown any more.
    pub fn gone(&self, card: &Card) -> Result<(), Trouble> {
        eventually(PATIENCE, &format!("the notification {:?} is gone", card.title), || {
            lock(&self.shown).cards.iter().all(|shown| shown.id != card.id).then_some(())
        })
    }

    /// Presses the button with this label.
    pub fn press(&self, card: &Card, label: &str) -> Result<(), Trouble> {
        let button = card.buttons.iter().find(|(_, shown)| shown == label);
        let (key, _) = button.ok_or_else(|| Trouble::Strange(format!("no button {label} on {card:?}")))?;
        lock(&self.shown).cards.retain(|shown| shown.id != card.id);
        let bus = &self.connection;
        bus.emit_signal(EVERYBODY, PATH, NAME, "ActionInvoked", &(card.id, key.as_str()))
            .and_then(|()| bus.emit_signal(EVERYBODY, PATH, NAME, "NotificationClosed", &(card.id, BY_USER)))
            .map_err(strange)
    }
}

fn strange(error: impl std::fmt::Display) -> Trouble {
    Trouble::Strange(format!("notifications: {error}"))
}
