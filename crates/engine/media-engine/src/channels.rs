//! The data channels of all legs, behind media-model's [`Channels`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_media_model::{ChannelFact, ChannelFull, Channels};
use confab_rtc::{ChannelEvent, ChannelReceiver, ChannelSender};
use confab_types::LegId;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// Takes what happens to channels, in order, one call at a time. It may take its time (write to a disk): meanwhile the far side
/// is held back.
pub type ChannelSink = Arc<dyn Fn(ChannelFact) + Send + Sync>;

/// See the module.
pub struct EngineChannels {
    handle: Handle,
    sink: ChannelSink,
    legs: Mutex<BTreeMap<LegId, Plugged>>,
}

struct Plugged {
    sender: ChannelSender,
    /// Ends when the leg's channel does.
    forward: JoinHandle<()>,
}

impl EngineChannels {
    /// Without legs.
    pub fn new(handle: Handle, sink: ChannelSink) -> Arc<EngineChannels> {
        Arc::new(EngineChannels { handle, sink, legs: Mutex::default() })
    }

    /// The channel of a leg that begins. What a leg of the same id still has to tell comes first.
    pub fn plug(&self, leg: LegId, sender: ChannelSender, mut receiver: ChannelReceiver) {
        let mut legs = self.legs();
        let before = legs.remove(&leg).map(|plugged| plugged.forward);
        // Numbers of legs do not come again: what has ended would stay for good.
        legs.retain(|_, plugged| !plugged.forward.is_finished());
        let sink = self.sink.clone();
        let forward = self.handle.spawn(async move {
            if let Some(before) = before {
                let _ = before.await;
            }
            let mut open = false;
            while let Some(event) = receiver.next().await {
                let fact = match event {
                    ChannelEvent::Open(limit) => {
                        open = true;
                        ChannelFact::Open(leg, limit)
                    }
                    ChannelEvent::Data(data) => ChannelFact::Data(leg, data.into()),
                    ChannelEvent::Drained => ChannelFact::Drained(leg),
                    ChannelEvent::Closed => break,
                };
                tell(&sink, fact).await;
            }
            if open {
                tell(&sink, ChannelFact::Closed(leg)).await;
            }
        });
        legs.insert(leg, Plugged { sender, forward });
    }

    fn legs(&self) -> MutexGuard<'_, BTreeMap<LegId, Plugged>> {
        self.legs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sink may block, so it gets a thread for that.
async fn tell(sink: &ChannelSink, fact: ChannelFact) {
    let sink = sink.clone();
    let _ = tokio::task::spawn_blocking(move || sink(fact)).await;
}

impl Channels for EngineChannels {
    fn send(&self, leg: LegId, message: &[u8]) -> Result<(), ChannelFull> {
        let sender = self.legs().get(&leg).map(|plugged| plugged.sender.clone());
        sender.ok_or(ChannelFull)?.send(message)
    }
}
