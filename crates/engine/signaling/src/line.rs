//! The task behind a transport.

use std::sync::Arc;
use std::time::Duration;

use confab_rethink::Message;
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};

use crate::MAX_FRAME;
use crate::framing::{ClientFraming, ClientHeard};
use crate::target::Target;
use crate::tls;
use crate::transport::{DownReason, TransportEvent};

/// The longest that name, TCP, TLS, WebSocket and Socket.IO may take together.
const CONNECT: Duration = Duration::from_secs(10);
/// The longest that a close may take.
const CLOSE: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Line {
    target: Target,
    socket: Socket,
    framing: ClientFraming,
    events: mpsc::Sender<TransportEvent>,
    malformed: u64,
    /// When the next ping is due.
    ping: Instant,
    /// When something was last heard.
    heard: Instant,
}

/// Connects, carries messages until something ends it, and says why.
pub(crate) async fn run(
    target: Target,
    outgoing: mpsc::Receiver<Message>,
    events: mpsc::Sender<TransportEvent>,
    stop: Arc<Notify>,
) {
    let made = tokio::select! {
        made = timeout(CONNECT, Line::make(target, events.clone())) => made.unwrap_or(Err(DownReason::Slow)),
        () = stop.notified() => Err(DownReason::Local),
        () = events.closed() => Err(DownReason::Local),
    };
    let reason = match made {
        Ok(mut line) => {
            let mut outgoing = outgoing;
            let reason = line.carry(&mut outgoing, &stop).await;
            if reason == DownReason::Local {
                // However this side ended it, what was sent before leaves first.
                line.flush(&mut outgoing).await;
            }
            line.end(&reason).await;
            reason
        }
        Err(reason) => reason,
    };
    tracing::debug!(%reason, "transport is down");
    // Nobody may be left to hear it.
    let _ = events.send(TransportEvent::Down(reason)).await;
}

impl Line {
    async fn make(target: Target, events: mpsc::Sender<TransportEvent>) -> Result<Line, DownReason> {
        let unreachable = |error: &dyn std::fmt::Display| DownReason::Unreachable(error.to_string());
        let address = target.address().map_err(|error| unreachable(&error))?;
        let config =
            WebSocketConfig::default().max_message_size(Some(MAX_FRAME)).max_frame_size(Some(MAX_FRAME));
        let dialled =
            connect_async_tls_with_config(address, Some(config), true, Some(tls::connector())).await;
        let (socket, _) = dialled.map_err(|error| unreachable(&error))?;
        let framing = ClientFraming::new(target.flavour);
        let now = Instant::now();
        let mut line = Line { target, socket, framing, events, malformed: 0, ping: now, heard: now };
        while !line.framing.is_up_at_once() {
            let frame = line.socket.next().await;
            match line.read(frame)? {
                Some(ClientHeard::Up) => break,
                Some(ClientHeard::Bye) => return Err(DownReason::Closed { code: None }),
                Some(ClientHeard::Garbage) => return Err(DownReason::Broken("no socket.io frame".into())),
                _ => {}
            }
        }
        line.ping = Instant::now() + line.framing.ping_interval();
        Ok(line)
    }

    async fn carry(&mut self, outgoing: &mut mpsc::Receiver<Message>, stop: &Notify) -> DownReason {
        if self.events.send(TransportEvent::Up).await.is_err() {
            return DownReason::Local;
        }
        loop {
            let silence = self.heard + self.framing.ping_interval() + self.framing.patience();
            let step = tokio::select! {
                frame = self.socket.next() => self.hear(frame).await,
                message = outgoing.recv() => match message {
                    Some(message) => self.say(Frame::text(self.framing.say(&message))).await,
                    None => Err(DownReason::Local),
                },
                () = sleep_until(self.ping) => self.send_ping().await,
                () = sleep_until(silence) => Err(DownReason::Silent),
                () = self.events.closed() => Err(DownReason::Local),
                () = stop.notified() => Err(DownReason::Local),
            };
            if let Err(reason) = step {
                return reason;
            }
        }
    }

    async fn hear(&mut self, frame: Option<Result<Frame, Error>>) -> Result<(), DownReason> {
        let event = match self.read(frame)? {
            Some(ClientHeard::Message(message)) => TransportEvent::Message(message),
            Some(ClientHeard::Malformed(error)) => {
                self.malformed += 1;
                tracing::debug!(error = error.label(), "message cannot be read");
                TransportEvent::Malformed(self.malformed)
            }
            Some(ClientHeard::Bye) => return Err(DownReason::Closed { code: None }),
            Some(ClientHeard::Garbage) => return Err(DownReason::Broken("no socket.io frame".into())),
            Some(ClientHeard::Up | ClientHeard::Nothing) | None => return Ok(()),
        };
        self.events.send(event).await.map_err(|_| DownReason::Local)
    }

    /// What a WebSocket frame means; `None` for frames without text.
    fn read(&mut self, frame: Option<Result<Frame, Error>>) -> Result<Option<ClientHeard>, DownReason> {
        self.heard = Instant::now();
        match frame {
            Some(Ok(Frame::Text(text))) => Ok(Some(self.framing.hear(&text))),
            Some(Ok(Frame::Close(close))) => {
                Err(DownReason::Closed { code: close.map(|close| u16::from(close.code)) })
            }
            Some(Ok(_)) => Ok(None),
            Some(Err(error)) => Err(DownReason::Broken(error.to_string())),
            None => Err(DownReason::Closed { code: None }),
        }
    }

    async fn send_ping(&mut self) -> Result<(), DownReason> {
        self.ping = Instant::now() + self.framing.ping_interval();
        let frame = self.framing.ping().map_or_else(|| Frame::Ping(Default::default()), Frame::text);
        self.say(frame).await
    }

    /// Sends one frame. A network that takes nothing for as long as the node may be silent is as dead as a silent one.
    async fn say(&mut self, frame: Frame) -> Result<(), DownReason> {
        match timeout(self.framing.patience(), self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(DownReason::Broken(error.to_string())),
            Err(_) => Err(DownReason::Silent),
        }
    }

    /// Sends what waits, as long as it is quick.
    async fn flush(&mut self, outgoing: &mut mpsc::Receiver<Message>) {
        let all = async {
            while let Ok(message) = outgoing.try_recv() {
                if self.say(Frame::text(self.framing.say(&message))).await.is_err() {
                    break;
                }
            }
        };
        // What is left after that is lost with the connection.
        let _ = timeout(CLOSE, all).await;
    }

    /// Leaves politely when it is this side that leaves.
    async fn end(&mut self, reason: &DownReason) {
        let close = async {
            if *reason == DownReason::Local
                && let Some(text) = self.framing.farewell(self.target.runtime.as_ref())
            {
                self.socket.send(Frame::text(text)).await?;
            }
            self.socket.close(None).await?;
            while self.socket.next().await.transpose()?.is_some() {}
            Ok::<(), Error>(())
        };
        // The other side may be gone already.
        let _ = timeout(CLOSE, close).await;
    }
}
