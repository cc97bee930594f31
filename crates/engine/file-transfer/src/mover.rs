//! What the thread of the file transfer does, one step at a time: it routes the plan and the channel to files, and gives streams their turns.

mod asking;
mod giving;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use confab_media_model::channel::MAX_MESSAGE;
use confab_media_model::{ChannelFact, Channels, FileFact, FileId, FilePlan};
use confab_types::LegId;

use crate::downloads::Downloads;
use crate::fetch::Fetch;
use crate::own::Own;
use crate::serving::Serving;
use crate::wire::{Control, DATA_HEADER, Frame};

/// Files that are fetched over the channel at once; the others wait.
pub const FETCHES: usize = 3;
/// Streams that are given at once; a peer that asks for more is told to wait.
pub const STREAMS: usize = 8;
/// Messages that are sent before somebody else has a turn.
const TURN: usize = 16;
/// Control messages that wait for room in the channel. A peer that causes more gets no answer to the rest.
const CONTROLS: usize = 256;
/// The smallest message limit of a channel that files are sent over, bytes.
const LEAST_MESSAGE: usize = 2 * crate::wire::MAX_CONTROL;

/// All files of one call. The caller gives it a plan and what the channels say, calls [`Mover::work`] while it returns true, and takes
/// the facts; nothing here waits for anything but the disk.
pub struct Mover {
    channels: Arc<dyn Channels>,
    downloads: Downloads,
    plan: FilePlan,
    /// Message limits of open channels.
    open: BTreeMap<LegId, usize>,
    /// The channel in use and its limit.
    channel: Option<(LegId, usize)>,
    own: BTreeMap<FileId, Own>,
    fetches: BTreeMap<FileId, Fetch>,
    /// What we give, by the peer's numbers.
    streams: BTreeMap<u32, Serving>,
    /// Which stream had the last turn.
    turn: u32,
    /// The last number that we asked under.
    asked: u32,
    controls: VecDeque<Control>,
    full: bool,
    facts: VecDeque<FileFact>,
}

impl Mover {
    /// Wants nothing yet.
    pub fn new(channels: Arc<dyn Channels>, downloads: Downloads) -> Mover {
        Mover {
            channels,
            downloads,
            plan: FilePlan::default(),
            open: BTreeMap::new(),
            channel: None,
            own: BTreeMap::new(),
            fetches: BTreeMap::new(),
            streams: BTreeMap::new(),
            turn: 0,
            asked: 0,
            controls: VecDeque::new(),
            full: false,
            facts: VecDeque::new(),
        }
    }

    /// The plan from now on.
    pub fn set_plan(&mut self, plan: FilePlan) {
        self.plan_own(&plan);
        self.plan_wanted(&plan);
        self.plan = plan;
        self.choose_channel();
    }

    /// Something happened to a channel.
    pub fn channel(&mut self, fact: ChannelFact) {
        match fact {
            ChannelFact::Open(leg, limit) => {
                // A second opening of the same leg is a new channel.
                self.open.remove(&leg);
                self.choose_channel();
                self.open.insert(leg, limit.min(MAX_MESSAGE));
                self.choose_channel();
            }
            ChannelFact::Closed(leg) => {
                self.open.remove(&leg);
                self.choose_channel();
            }
            ChannelFact::Drained(leg) if self.is_current(leg) => self.full = false,
            ChannelFact::Data(leg, message) if self.is_current(leg) => self.received(&message),
            ChannelFact::Drained(_) | ChannelFact::Data(..) => {}
        }
    }

    /// One step of work: some messages, or one piece through the hash. False when there is nothing to do until something happens.
    pub fn work(&mut self) -> bool {
        self.begin_fetches();
        let sent = self.flush_controls() && self.give();
        let hashed = self.hash();
        sent || hashed
    }

    /// The next fact.
    pub fn poll(&mut self) -> Option<FileFact> {
        self.facts.pop_front()
    }

    fn is_current(&self, leg: LegId) -> bool {
        self.channel.is_some_and(|(current, _)| current == leg)
    }

    fn choose_channel(&mut self) {
        let open = self.plan.leg.and_then(|leg| Some((leg, *self.open.get(&leg)?)));
        let channel = open.filter(|(_, limit)| *limit >= LEAST_MESSAGE);
        if channel == self.channel {
            return;
        }
        if self.channel.take().is_some() {
            self.streams.clear();
            self.controls.clear();
            self.pause_fetches();
            self.facts.push_back(FileFact::Channel(false));
        }
        if channel.is_some() {
            self.full = false;
            self.channel = channel;
            self.facts.push_back(FileFact::Channel(true));
        }
    }

    fn received(&mut self, message: &[u8]) {
        match Frame::parse(message) {
            Ok(Frame::Control(Control::Get { s, file, from })) => self.asked_for(s, file, from),
            Ok(Frame::Control(Control::Ack { s, n })) => self.acknowledged(s, n),
            Ok(Frame::Control(Control::Done { s })) => self.is_done(s),
            Ok(Frame::Control(Control::Stop { s })) => self.is_stopped(s),
            Ok(Frame::Control(Control::Piece { s, n, sha256 })) => self.piece_begins(s, n, sha256),
            Ok(Frame::Control(Control::Refuse { s, why })) => self.is_refused(s, why),
            Ok(Frame::Data { stream, offset, bytes }) => self.bytes_arrived(stream, offset, bytes),
            Err(error) => tracing::debug!(%error, bytes = message.len(), "message of the channel is dropped"),
        }
    }

    fn tell(&mut self, control: Control) {
        if self.channel.is_some() && self.controls.len() < CONTROLS {
            self.controls.push_back(control);
        }
    }

    /// False while some are left, because nothing may overtake them.
    fn flush_controls(&mut self) -> bool {
        while let Some(control) = self.controls.front() {
            let message = control.to_message();
            if !self.send(&message) {
                return false;
            }
            self.controls.pop_front();
        }
        true
    }

    fn send(&mut self, message: &[u8]) -> bool {
        let Some((leg, _)) = self.channel.filter(|_| !self.full) else { return false };
        self.full = self.channels.send(leg, message).is_err();
        !self.full
    }

    /// Bytes that one message may have.
    fn limit(&self) -> usize {
        self.channel.map_or(LEAST_MESSAGE, |(_, limit)| limit).max(DATA_HEADER + 1)
    }
}

#[cfg(test)]
mod tests;
