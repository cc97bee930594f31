//! The backend, as guests need it.

use confab_rethink::{Message, Url};
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::sync::mpsc;

/// Somebody at the door. What they say of themselves is checked for its form only.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// The name or number of the room they want to join; no other one is open to them.
    pub room: String,
    /// The code of their invitation.
    pub code: Option<String>,
    /// The name they give themselves.
    pub name: String,
    /// The e-mail address they say; browsers always say one.
    pub mail: Option<String>,
    /// Where they come from, as a hash that is the same for the same place while the backend runs; `None` on loopback.
    pub address: Option<String>,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names, addresses and codes are no matter for logs.
        write!(f, "Caller(at {})", self.room)
    }
}

/// A guest who was let in.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Their user, whom nobody was before.
    pub user: Url,
    /// What a sign-in answers (docs/protocol.md, section 2).
    pub grant: Value,
}

/// A connection to the message node, without a network between: what is sent into `to_node`, and what comes out of `from_node`. It is over when either
/// side lets go.
pub struct Line {
    /// Towards the node.
    pub to_node: mpsc::Sender<Message>,
    /// From the node.
    pub from_node: mpsc::Receiver<Message>,
}

/// The backend around guests. Futures end soon: nobody outside the process is waited for.
pub trait House: Send + Sync + 'static {
    /// Whether somebody may come in; `Err` is the word of docs/protocol.md that says why not.
    fn door(&self, caller: Caller) -> BoxFuture<'_, Result<(), &'static str>>;

    /// Lets somebody in; `None` when there are too many.
    fn admit(&self, caller: Caller) -> BoxFuture<'_, Option<Admitted>>;

    /// A new sign-in of somebody who is in already; `None` when there are too many.
    fn renew(&self, user: Url) -> BoxFuture<'_, Option<Value>>;

    /// Somebody is gone.
    fn gone(&self, user: Url) -> BoxFuture<'_, ()>;

    /// A connection to the message node; `None` when it has no room or stops.
    fn connect(&self) -> BoxFuture<'_, Option<Line>>;
}
