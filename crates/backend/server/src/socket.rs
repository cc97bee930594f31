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

/// Carries messages between a socket and the hub until either ends it.
pub async fn serve(socket: WebSocket, flavour: Flavour, conn: ConnId, hub: HubHandle) {
    let framing = ServerFraming::new(flavour, format!("c{}", conn.0));
    let (mailbox, mut letters) = mailbox();
    let (mut sink, mut stream) = socket.split();
    for text in framing.greeting() {
        if sink.send(Frame::text(text)).await.is_err() {
            return;
        }
    }
    let door = if flavour == Flavour::NodeJs { Door::NodeJs } else { Door::Vertx };
    if !hub.send(HubInput::Connected { conn, door, mailbox: mailbox.clone() }).await {
        return;
    }
    tracing::debug!(conn = conn.0, %flavour, "client connected");
    let overflow = letters.overflow();
    let farewell = tokio::select! {
        farewell = read(&mut stream, &framing, conn, &hub, &mailbox) => farewell,
        farewell = write(&mut sink, &framing, &mut letters) => farewell,
        () = overflow.notified() => Some(Farewell::SLOW),
    };
    hub.send(HubInput::Closed { conn }).await;
    let reason = farewell.map_or("left", |farewell| farewell.reason);
    tracing::debug!(conn = conn.0, reason, "client is gone");
    if let Some(farewell) = farewell {
        // A client that does not answer is dropped with its socket.
        let _ = timeout(CLOSE, close(&mut sink, &mut stream, &framing, farewell)).await;
    }
}

/// Reads until the connection ends; `Some` when it is this side that ends it.
async fn read(
    stream: &mut SplitStream<WebSocket>,
    framing: &ServerFraming,
    conn: ConnId,
    hub: &HubHandle,
    mailbox: &Mailbox,
) -> Option<Farewell> {
    loop {
        let text = match timeout(framing.patience(), stream.next()).await {
            Err(_) => return Some(Farewell::SILENT),
            Ok(None | Some(Ok(Frame::Close(_)))) => return None,
            Ok(Some(Err(error))) => {
                tracing::debug!(conn = conn.0, %error, "socket broke");
                Counters::add(&hub.counters.broken);
                return Some(Farewell { code: 1009, reason: "frame is too big or broken" });
            }
            Ok(Some(Ok(Frame::Text(text)))) => text,
            Ok(Some(Ok(Frame::Binary(_)))) => {
                hub.counters.malformed("binary");
                continue;
            }
            Ok(Some(Ok(Frame::Ping(_) | Frame::Pong(_)))) => continue,
        };
        match framing.hear(&text) {
            ServerHeard::Message(message) => {
                if !hub.send(HubInput::Incoming { conn, message }).await {
                    return Some(Farewell::GOING_AWAY);
                }
            }
            ServerHeard::Malformed(error) => hub.counters.malformed(error.label()),
            ServerHeard::Reply(text) => mailbox.put_text(text),
            ServerHeard::Bye => return Some(Farewell::NORMAL),
            ServerHeard::Garbage => {
                hub.counters.malformed("frame");
                return Some(Farewell::NORMAL);
            }
            ServerHeard::Nothing => {}
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
