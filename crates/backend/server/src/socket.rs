//! One client's WebSocket, from its greeting to its close frame.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as Frame, WebSocket};
use confab_message_node::{ConnId, Door};
use confab_rethink::Flavour;
use confab_signaling::ServerFraming;
use confab_signaling::framing::ServerHeard;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::hub::{HubHandle, HubInput};
use crate::mailbox::{Farewell, Letters, Mailbox, Post, mailbox};
use crate::metrics::Counters;

/// The longest that a close may take.
const CLOSE: Duration = Duration::from_millis(700);

/// One client, as what it says is heard: by a socket, or by requests before it has one.
#[derive(Clone, Debug)]
pub struct Peer {
    pub(crate) conn: ConnId,
    pub(crate) framing: ServerFraming,
    pub(crate) mailbox: Mailbox,
    pub(crate) hub: HubHandle,
}

impl Peer {
    /// A client that has just come, with where its letters are taken from; `None` when the hub has stopped. `sid` is what
    /// it calls its connection.
    pub async fn arrive(
        flavour: Flavour,
        conn: ConnId,
        sid: String,
        hub: HubHandle,
    ) -> Option<(Peer, Letters)> {
        let (mailbox, letters) = mailbox();
        let door = if flavour == Flavour::NodeJs { Door::NodeJs } else { Door::Vertx };
        let connected = HubInput::Connected { conn, door, mailbox: mailbox.clone() };
        let framing = ServerFraming::new(flavour, sid);
        tracing::debug!(conn = conn.0, %flavour, "client connected");
        hub.send(connected).await.then_some((Peer { conn, framing, mailbox, hub }, letters))
    }

    /// Takes one text; `Some` when the connection ends for it.
    pub async fn hear(&self, text: &str) -> Option<Farewell> {
        match self.framing.hear(text) {
            ServerHeard::Message(message) => {
                self.hub.visitors.prepare(&message).await;
                let taken = self.hub.send(HubInput::Incoming { conn: self.conn, message }).await;
                return (!taken).then_some(Farewell::GOING_AWAY);
            }
            ServerHeard::Malformed(error) => self.hub.counters.malformed(error.label()),
            ServerHeard::Reply(text) => self.mailbox.put_text(text),
            ServerHeard::Bye => return Some(Farewell::NORMAL),
            ServerHeard::Garbage => {
                self.hub.counters.malformed("frame");
                return Some(Farewell::NORMAL);
            }
            ServerHeard::Nothing => {}
        }
        None
    }

    /// The client is gone.
    pub async fn leave(&self, farewell: Option<Farewell>) {
        self.hub.send(HubInput::Closed { conn: self.conn }).await;
        let reason = farewell.map_or("left", |farewell| farewell.reason);
        tracing::debug!(conn = self.conn.0, reason, "client is gone");
    }
}

/// Serves a client from its first word.
pub async fn serve(mut socket: WebSocket, flavour: Flavour, conn: ConnId, hub: HubHandle) {
    let sid = format!("c{}", conn.0);
    for text in ServerFraming::new(flavour, sid.as_str()).greeting() {
        if socket.send(Frame::text(text)).await.is_err() {
            return;
        }
    }
    if let Some((peer, letters)) = Peer::arrive(flavour, conn, sid, hub).await {
        carry(socket, peer, letters).await;
    }
}

/// Carries messages between a socket and the hub until either ends it.
pub async fn carry(socket: WebSocket, peer: Peer, mut letters: Letters) {
    let (mut sink, mut stream) = socket.split();
    let overflow = letters.overflow();
    let farewell = tokio::select! {
        farewell = read(&mut stream, &peer) => farewell,
        farewell = write(&mut sink, &peer.framing, &mut letters) => farewell,
        () = overflow.notified() => Some(Farewell::SLOW),
    };
    peer.leave(farewell).await;
    if let Some(farewell) = farewell {
        // A client that does not answer is dropped with its socket.
        let _ = timeout(CLOSE, close(&mut sink, &mut stream, &peer.framing, farewell)).await;
    }
}

/// Reads until the connection ends; `Some` when it is this side that ends it.
async fn read(stream: &mut SplitStream<WebSocket>, peer: &Peer) -> Option<Farewell> {
    loop {
        let text = match timeout(peer.framing.patience(), stream.next()).await {
            Err(_) => return Some(Farewell::SILENT),
            Ok(None | Some(Ok(Frame::Close(_)))) => return None,
            Ok(Some(Err(error))) => {
                tracing::debug!(conn = peer.conn.0, %error, "socket broke");
                Counters::add(&peer.hub.counters.broken);
                return Some(Farewell { code: 1009, reason: "frame is too big or broken" });
            }
            Ok(Some(Ok(Frame::Text(text)))) => text,
            Ok(Some(Ok(Frame::Binary(_)))) => {
                peer.hub.counters.malformed("binary");
                continue;
            }
            Ok(Some(Ok(Frame::Ping(_) | Frame::Pong(_)))) => continue,
        };
        if let Some(farewell) = peer.hear(&text).await {
            return Some(farewell);
        }
    }
}

/// Writes what the mailbox holds until it says farewell or the network breaks.
async fn write(
    sink: &mut SplitSink<WebSocket, Frame>,
    framing: &ServerFraming,
    letters: &mut Letters,
) -> Option<Farewell> {
    let mut pings = framing.ping_interval().map(interval);
    if let Some(pings) = &mut pings {
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    }
    loop {
        let tick = async {
            match &mut pings {
                Some(pings) => drop(pings.tick().await),
                None => std::future::pending().await,
            }
        };
        let frame = tokio::select! {
            post = letters.next() => match post {
                Some(Post::Message(message, _)) => Frame::text(framing.say(&message)),
                Some(Post::Text(text)) => Frame::text(text),
                Some(Post::Farewell(farewell)) => return Some(farewell),
                None => return None,
            },
            () = tick => Frame::Ping(Default::default()),
        };
        if sink.send(frame).await.is_err() {
            return None;
        }
    }
}

async fn close(
    sink: &mut SplitSink<WebSocket, Frame>,
    stream: &mut SplitStream<WebSocket>,
    framing: &ServerFraming,
    farewell: Farewell,
) -> Result<(), axum::Error> {
    if let Some(text) = framing.farewell() {
        sink.send(Frame::text(text)).await?;
    }
    let frame = CloseFrame { code: farewell.code, reason: farewell.reason.into() };
    sink.send(Frame::Close(Some(frame))).await?;
    while let Some(Ok(_)) = stream.next().await {}
    Ok(())
}
