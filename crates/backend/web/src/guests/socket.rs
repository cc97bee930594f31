//! One WebSocket of a guest's page: views and plans down, wishes and facts up.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use confab_contract::Intent;
use confab_media_model::{FileFact, MediaFact};
use confab_user_agent::Input;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::agent::{self, Agent};
use super::allowed::allowed;
use super::outbox::Down;
use super::{FROM_ONE, Guests};
use crate::secret;

/// The largest frame of a page, bytes.
const MAX_FRAME: usize = 256 << 10;
/// How long a page may take to say who it is.
const FIRST: Duration = Duration::from_secs(10);
/// How often a page is asked whether it is there, and how long it may be silent.
const PING: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a farewell may take.
const CLOSE: Duration = Duration::from_secs(2);
/// Frames of a page at once, and in a second for long.
const BURST: u32 = 400;
const RATE: u32 = 100;
/// The longest name of an offered file, bytes.
const MAX_OFFER: usize = 1_024;

/// What a page says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Up {
    /// Who it is: the first thing.
    Token(String),
    /// A wish.
    Intent(Intent),
    /// Something became true of its media.
    Fact(Box<MediaFact>),
    /// Something became true of its files.
    FileFact(Box<FileFact>),
    /// The guest has chosen a file, which the page calls so.
    Offer(String),
    /// The page goes away.
    Leave(bool),
}

/// `GET /guest/ws`.
pub(super) async fn upgrade(State(guests): State<Guests>, upgrade: WebSocketUpgrade) -> Response {
    let upgrade = upgrade.max_message_size(MAX_FRAME).max_frame_size(MAX_FRAME);
    upgrade.on_upgrade(move |socket| serve(guests, socket))
}

async fn serve(guests: Guests, socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let token = match timeout(FIRST, first(&mut stream)).await {
        Ok(Some(token)) => token,
        Ok(None) | Err(_) => return close(&mut sink, &mut stream, 1008, "no token").await,
    };
    let agent = match find(&guests, &token).await {
        Ok(agent) => agent,
        Err(reason) => {
            let gone = Down::Gone { reason, text: String::new() };
            let _ = say(&mut sink, &gone).await;
            return close(&mut sink, &mut stream, 1000, reason).await;
        }
    };
    let Some(resume) = name(&guests, &agent) else {
        return close(&mut sink, &mut stream, 1011, "no randomness").await;
    };
    let number = agent.attach();
    let served = tokio::select! {
        served = converse(&agent, &mut sink, &mut stream, resume) => served,
        () = replaced(&agent, number) => Some((1008, "another socket")),
    };
    agent.detach(number);
    if agent.is_over() {
        guests.agents().retain(|_, known| !Arc::ptr_eq(known, &agent));
    }
    if let Some((code, reason)) = served {
        close(&mut sink, &mut stream, code, reason).await;
    }
}

/// The token of the first frame.
async fn first(stream: &mut SplitStream<WebSocket>) -> Option<String> {
    loop {
        match stream.next().await?.ok()? {
            Message::Text(text) => {
                let Ok(Up::Token(token)) = serde_json::from_str(&text) else { return None };
                return Some(token);
            }
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Binary(_) | Message::Close(_) => return None,
        }
    }
}

/// The guest whose token this is: somebody who comes back, or somebody new.
async fn find(guests: &Guests, token: &str) -> Result<Arc<Agent>, &'static str> {
    if let Some(known) = guests.come_back(&secret::fingerprint(token)) {
        return Ok(known);
    }
    let caller = guests.redeem(token).ok_or("expired")?;
    if *guests.0.closing.borrow() {
        return Err("ended");
    }
    if let Some(address) = &caller.address
        && guests.count_from(address) >= FROM_ONE
    {
        return Err("full");
    }
    let place = guests.0.places.clone().try_acquire_owned().map_err(|_| "full")?;
    let admitted = guests.0.house.admit(caller.clone()).await.ok_or("full")?;
    let user = admitted.user.clone();
    match agent::start(guests, &caller, admitted, place) {
        Some(agent) => Ok(agent),
        None => {
            guests.0.house.gone(user).await;
            Err("refused")
        }
    }
}

/// Gives the guest another token with which their page comes back. The one they have come with is good until then: a socket that
/// breaks now takes the new one along.
fn name(guests: &Guests, agent: &Arc<Agent>) -> Option<String> {
    let token = secret::token().ok()?;
    guests.agents().insert(secret::fingerprint(&token), agent.clone());
    Some(token)
}

/// Waits until the guest has another socket.
async fn replaced(agent: &Agent, number: u64) {
    let mut socket = agent.socket.subscribe();
    let _ = socket.wait_for(|(newest, _)| *newest != number).await;
}

/// Carries both ways until it ends; `Some` when this side ends it.
async fn converse(
    agent: &Agent,
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    resume: String,
) -> Option<(u16, &'static str)> {
    say(sink, &Down::Welcome { resume }).await.ok()?;
    tokio::select! {
        ended = speak(agent, sink) => ended,
        ended = hear(agent, stream) => ended,
    }
}

async fn speak(agent: &Agent, sink: &mut SplitSink<WebSocket, Message>) -> Option<(u16, &'static str)> {
    let mut pings = interval(PING);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            fresh = agent.outbox.next() => {
                for down in fresh {
                    say(sink, &down).await.ok()?;
                    if let Down::Gone { reason, .. } = down {
                        return Some((1000, reason));
                    }
                }
            }
            _ = pings.tick() => {
                sink.send(Message::Ping(Default::default())).await.ok()?;
                // Pages see no pings, and want to know whether we are there, too.
                say(sink, &Down::Alive {}).await.ok()?;
            }
        }
    }
}

async fn hear(agent: &Agent, stream: &mut SplitStream<WebSocket>) -> Option<(u16, &'static str)> {
    let (mut allowance, mut since) = (BURST, Instant::now());
    loop {
        let text = match timeout(PATIENCE, stream.next()).await {
            Err(_) => return Some((1001, "silent")),
            Ok(None | Some(Err(_) | Ok(Message::Close(_)))) => return None,
            Ok(Some(Ok(Message::Text(text)))) => text,
            Ok(Some(Ok(Message::Binary(_)))) => return Some((1003, "text only")),
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
        };
        let earned =
            u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX).saturating_mul(RATE) / 1_000;
        if earned > 0 {
            allowance = allowance.saturating_add(earned).min(BURST);
            since = Instant::now();
        }
        if allowance == 0 {
            tracing::warn!("a guest's page says too much");
            return Some((1008, "too much"));
        }
        allowance -= 1;
        let up = match serde_json::from_str(&text) {
            Ok(up) => up,
            Err(error) => {
                // A page that is older or newer than we: the rest of what it says may still be of use.
                tracing::debug!(%error, "a guest's page said something malformed");
                continue;
            }
        };
        if let Some(input) = input(agent, up) {
            // While the user agent is behind, the page waits; it ends when the user agent has.
            let Some(inputs) = agent.inputs.upgrade() else { std::future::pending().await };
            let _ = inputs.send(input).await;
        }
    }
}

/// What the user agent is told.
fn input(agent: &Agent, up: Up) -> Option<Input> {
    let intent = match up {
        Up::Fact(fact) => return Some(Input::Media(*fact)),
        Up::FileFact(fact) => return Some(Input::File(*fact)),
        Up::Offer(path) if path.is_empty() || path.len() > MAX_OFFER || path.contains('\0') => return None,
        // It is opened by the page only, which alone knows what it means by it.
        Up::Offer(path) => return Some(Input::OfferFile(PathBuf::from(path))),
        Up::Leave(true) => Intent::Leave,
        Up::Leave(false) | Up::Token(_) => return None,
        Up::Intent(intent) => intent,
    };
    let intent = allowed(intent, &agent.room)?;
    agent.note(&intent);
    Some(Input::Intent(intent))
}

async fn say(sink: &mut SplitSink<WebSocket, Message>, down: &Down) -> Result<(), axum::Error> {
    let text = serde_json::to_string(down).map_err(axum::Error::new)?;
    sink.send(Message::text(text)).await
}

/// Says farewell and waits for the page's: a socket that is let go while the page still speaks takes along what the page has not read.
async fn close(
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    code: u16,
    reason: &'static str,
) {
    let frame = CloseFrame { code, reason: reason.into() };
    // A page that is gone needs no farewell.
    if sink.send(Message::Close(Some(frame))).await.is_ok() {
        let _ = timeout(CLOSE, async { while let Some(Ok(_)) = stream.next().await {} }).await;
    }
}
