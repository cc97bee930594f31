//! The house as guests by browser need it: the door of a room, a user for an hour, a way to the message node.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_backend_web::guests::house::{Admitted, Caller, House, Line};
use confab_rethink::{Domain, Flavour, Identity, Message, Url};
use confab_rooms::Stranger;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot};

use crate::clock::Clock;
use crate::database::Database;
use crate::guests::{self, Guest};
use crate::hub::{HubHandle, HubInput};
use crate::mailbox::{Letters, Post};
use crate::metrics::Counters;
use crate::site::Connections;
use crate::socket::Peer;
use crate::tokens::{self, AccessTokens};
use crate::turn;

/// Messages that wait on their way to a guest's user agent. More wait in its mailbox.
const WAITING: usize = 64;

/// What guests need of the backend.
pub(crate) struct Front {
    pub(crate) domain: Domain,
    pub(crate) clock: Clock,
    pub(crate) database: Database,
    pub(crate) tokens: AccessTokens,
    pub(crate) hub: HubHandle,
    pub(crate) connections: Connections,
    /// Relays, and the secret that opens them.
    pub(crate) turn: (Vec<String>, Option<String>),
    /// Guests who are in, for their next sign-in.
    pub(crate) identities: Mutex<BTreeMap<String, Identity>>,
}

impl House for Front {
    fn door(&self, caller: Caller) -> BoxFuture<'_, Result<(), &'static str>> {
        self.ask(caller).boxed()
    }

    fn admit(&self, caller: Caller) -> BoxFuture<'_, Option<Admitted>> {
        self.let_in(caller).boxed()
    }

    fn renew(&self, user: Url) -> BoxFuture<'_, Option<Value>> {
        let identity = self.identities().get(user.as_str()).cloned();
        async move { self.sign_in(&user, &identity?) }.boxed()
    }

    fn gone(&self, user: Url) -> BoxFuture<'_, ()> {
        self.identities().remove(user.as_str());
        async {}.boxed()
    }

    fn connect(&self) -> BoxFuture<'_, Option<Line>> {
        self.line().boxed()
    }
}

impl Front {
    async fn ask(&self, caller: Caller) -> Result<(), &'static str> {
        let name = guests::check(&caller.name).ok_or("bad-name")?;
        let accounts = self.database.names().map_err(|error| {
            tracing::error!(%error, "nobody can come in");
            "broken"
        })?;
        if guests::is_taken(&name, &accounts) {
            return Err("name-taken");
        }
        let (sender, answer) = oneshot::channel();
        self.hub.send(HubInput::Door(stranger(String::new(), caller), sender)).await;
        answer.await.unwrap_or(Err("broken"))
    }

    async fn let_in(&self, caller: Caller) -> Option<Admitted> {
        let name = guests::check(&caller.name)?;
        let made = Guest::new(&self.domain, &name);
        let Guest { reference, user, identity, .. } =
            made.map_err(|error| tracing::error!(%error, "nobody can come in")).ok()?;
        let grant = self.sign_in(&user, &identity)?;
        self.identities().insert(user.to_string(), identity);
        Counters::add(&self.hub.counters.guests);
        // By the reference what they do can be followed in the log; the name is nobody's.
        tracing::info!(user = reference, room = caller.room, "guest is let in by browser");
        self.hub.send(HubInput::Stranger(stranger(user.to_string(), caller))).await;
        Some(Admitted { user, grant })
    }

    /// What a sign-in answers; `None` when there are too many guests.
    fn sign_in(&self, user: &Url, identity: &Identity) -> Option<Value> {
        let issued = self.tokens.issue_to_guest(user, identity, true, self.clock.now());
        let access = issued.map_err(|error| tracing::error!(%error, "nobody can come in")).ok()??;
        let reference = user.last_segment().split('@').next().unwrap_or_default();
        let (urls, secret) = &self.turn;
        let seconds = i64::try_from(self.clock.wall_now() / 1_000).unwrap_or(i64::MAX);
        Some(json!({
            "domain": self.domain.as_str(),
            "user": user,
            "name": identity.display_name(),
            "guest": true,
            "accessToken": access,
            "expiresIn": tokens::LIFE.as_secs(),
            // Whoever asks again is the one whom we know: nothing is proved by it.
            "refresh": "inside",
            // The way to the node leads through no network, so the address is nobody's.
            "messageNode": {"flavour": Flavour::NodeJs.as_str(), "url": "ws://inside.invalid/"},
            "iceServers": turn::ice_servers(urls, secret.as_deref(), reference, seconds),
        }))
    }

    async fn line(&self) -> Option<Line> {
        let (conn, permit) = self.connections.take()?;
        let arrived = Peer::arrive(Flavour::NodeJs, conn, format!("c{}", conn.0), self.hub.clone()).await;
        let (peer, letters) = arrived?;
        let (to_node, up) = mpsc::channel(WAITING);
        let (down, from_node) = mpsc::channel(WAITING);
        tokio::spawn(carry(peer, letters, up, down, permit));
        Some(Line { to_node, from_node })
    }

    fn identities(&self) -> MutexGuard<'_, BTreeMap<String, Identity>> {
        self.identities.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the conference is told of a caller.
pub(crate) fn stranger(user: String, caller: Caller) -> Stranger {
    Stranger { user, room: Some(caller.room), mail: caller.mail, address: caller.address, code: caller.code }
}

/// Carries messages between a user agent and the hub until either ends it.
async fn carry(
    peer: Peer,
    mut letters: Letters,
    mut up: mpsc::Receiver<Message>,
    down: mpsc::Sender<Message>,
    place: OwnedSemaphorePermit,
) {
    let overflow = letters.overflow();
    let upwards = async {
        while let Some(message) = up.recv().await {
            if !peer.hub.send(HubInput::Incoming { conn: peer.conn, message }).await {
                return;
            }
        }
    };
    let downwards = async {
        loop {
            match letters.next().await {
                Some(Post::Message(message, _)) => {
                    if down.send(Arc::unwrap_or_clone(message)).await.is_err() {
                        return;
                    }
                }
                Some(Post::Text(_)) => {}
                Some(Post::Farewell(_)) | None => return,
            }
        }
    };
    tokio::select! {
        () = upwards => {}
        () = downwards => {}
        () = overflow.notified() => {}
    }
    peer.leave(None).await;
    drop(place);
}
