//! The data channel of a leg between two people: reliable, ordered, in-band (RFC 8831, 8832), one per leg.
//!
//! It bounds what waits on either side, and never lets files stand in the way of sound: see [`window`].

mod window;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use confab_media_model::ChannelFull;
use tokio::sync::mpsc;
use tokio::time::sleep;
use webrtc::data_channel::{DataChannel, DataChannelEvent};

use crate::shared::Shared;
use window::Window;

/// How both sides name it.
pub const LABEL: &str = "confab-files";
/// Bytes that may be queued and unacknowledged together.
const BUFFER: usize = 1 << 20;
/// Messages that may be queued, however short they are.
const QUEUE: usize = 1_024;
/// Received messages between the transport and whoever takes them. When they wait here, the far side is held back.
const WAITING: usize = 4;
/// A longer message would keep sound waiting on a slow path: 0.13 s at 1 Mbit/s.
const MESSAGE: usize = 16 * 1024;
/// How often the transport is asked what was acknowledged; it tells only senders that wait at its own, fixed limit.
const LOOK: Duration = Duration::from_millis(2);

/// What happens on the channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelEvent {
    /// Messages of at most so many bytes may be sent.
    Open(usize),
    /// A message.
    Data(Bytes),
    /// There is room again after [`ChannelFull`].
    Drained,
    /// The last event.
    Closed,
}

/// The sending end; clones share it.
#[derive(Clone)]
pub struct ChannelSender {
    gate: Arc<Gate>,
    queue: mpsc::Sender<Bytes>,
}

/// The receiving end. As long as nobody takes what came, the far side cannot send more.
pub struct ChannelReceiver(mpsc::Receiver<ChannelEvent>);

impl ChannelSender {
    /// Queues one message; never waits.
    ///
    /// # Errors
    /// When 1 MiB is on its way already, when the channel is not open, or when the message is longer than
    /// [`ChannelEvent::Open`] said. Nothing is queued then.
    pub fn send(&self, message: &[u8]) -> Result<(), ChannelFull> {
        let gate = &self.gate;
        if !gate.open.load(SeqCst) || message.len() > gate.limit.load(SeqCst) {
            return Err(ChannelFull);
        }
        if gate.pending.load(SeqCst) + message.len() > BUFFER || self.queue.capacity() == 0 {
            // First the wish, then a second look: whoever makes room in between sees one of both.
            gate.wanted.store(true, SeqCst);
            if gate.pending.load(SeqCst) + message.len() > BUFFER || self.queue.capacity() == 0 {
                return Err(ChannelFull);
            }
        }
        gate.pending.fetch_add(message.len(), SeqCst);
        self.queue.try_send(Bytes::copy_from_slice(message)).map_err(|_| {
            gate.pending.fetch_sub(message.len(), SeqCst);
            gate.wanted.store(true, SeqCst);
            ChannelFull
        })
    }
}

impl ChannelReceiver {
    /// The next event; `None` after the last one.
    pub async fn next(&mut self) -> Option<ChannelEvent> {
        self.0.recv().await
    }
}

/// What both ends and the transport share.
#[derive(Default)]
struct Gate {
    open: AtomicBool,
    /// Bytes of the largest message; 0 while the leg is not agreed on.
    limit: AtomicUsize,
    /// Bytes queued or not acknowledged.
    pending: AtomicUsize,
    /// Somebody was refused and waits for room.
    wanted: AtomicBool,
}

/// Where the transport's own channel is plugged in, once.
pub(crate) struct Socket {
    gate: Arc<Gate>,
    shared: Arc<Shared>,
    ends: Mutex<Option<(mpsc::Receiver<Bytes>, mpsc::Sender<ChannelEvent>)>>,
}

/// Both ends of a channel that has no transport yet, and where to plug one in.
pub(crate) fn channel(shared: Arc<Shared>) -> (ChannelSender, ChannelReceiver, Arc<Socket>) {
    let gate = Arc::new(Gate::default());
    let (queue, queued) = mpsc::channel(QUEUE);
    let (events, told) = mpsc::channel(WAITING);
    let socket = Socket { gate: Arc::clone(&gate), shared, ends: Mutex::new(Some((queued, events))) };
    (ChannelSender { gate, queue }, ChannelReceiver(told), Arc::new(socket))
}

impl Socket {
    /// What the far side takes at most; known before the channel opens.
    pub(crate) fn set_limit(&self, bytes: usize) {
        self.gate.limit.store(bytes.min(MESSAGE), SeqCst);
    }

    /// Uses this channel; another one after it is ignored.
    pub(crate) fn plug(&self, transport: Arc<dyn DataChannel>) {
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((queue, events)) = ends else { return };
        let gate = Arc::clone(&self.gate);
        let shared = Arc::clone(&self.shared);
        tokio::spawn(async move {
            // Both run until the transport closes the channel.
            tokio::select! {
                () = read(&gate, transport.as_ref(), &events) => {}
                () = write(&gate, transport.as_ref(), queue, &events, &shared) => {}
            }
            gate.open.store(false, SeqCst);
            let _ = events.send(ChannelEvent::Closed).await;
        });
    }
}

async fn read(gate: &Gate, transport: &dyn DataChannel, events: &mpsc::Sender<ChannelEvent>) {
    while let Some(event) = transport.poll().await {
        let told = match event {
            DataChannelEvent::OnOpen if !gate.open.swap(true, SeqCst) => {
                ChannelEvent::Open(gate.limit.load(SeqCst))
            }
            DataChannelEvent::OnMessage(message) => ChannelEvent::Data(message.data.freeze()),
            DataChannelEvent::OnClose | DataChannelEvent::OnClosing => return,
            _ => continue,
        };
        if events.send(told).await.is_err() {
            return;
        }
    }
}

async fn write(
    gate: &Gate,
    transport: &dyn DataChannel,
    mut queue: mpsc::Receiver<Bytes>,
    events: &mpsc::Sender<ChannelEvent>,
    shared: &Shared,
) {
    let mut window = Window::new(Instant::now());
    let mut next: Option<Bytes> = None;
    let mut flying = 0;
    loop {
        if next.is_none() {
            next = tokio::select! {
                biased;
                message = queue.recv() => match message {
                    Some(message) => Some(message),
                    // Nobody can send any more; what is on its way goes on.
                    None => return std::future::pending().await,
                },
                () = sleep(LOOK), if flying > 0 => None,
            };
        }
        let Ok(outstanding) = transport.outstanding_bytes().await else { return };
        let acknowledged = std::mem::replace(&mut flying, outstanding).saturating_sub(outstanding);
        gate.pending.fetch_sub(acknowledged, SeqCst);
        window.acknowledged(Instant::now(), acknowledged, shared.round_trip());
        if gate.pending.load(SeqCst) <= BUFFER / 2
            && gate.wanted.swap(false, SeqCst)
            && events.send(ChannelEvent::Drained).await.is_err()
        {
            return;
        }
        let Some(message) = &next else { continue };
        if flying == 0 || flying + message.len() <= window.bytes() {
            let message = next.take().expect("looked at just now");
            flying += message.len();
            if transport.send(BytesMut::from(message)).await.is_err() {
                return;
            }
        } else {
            sleep(LOOK).await;
        }
    }
}
