//! The two sides and what goes between them.

use std::collections::VecDeque;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use confab_media_model::{
    ChannelFact, ChannelFull, Channels, FileFact, FileFault, FileId, FilePlan, FileSource, OwnFile,
    WantedFile,
};
use confab_types::{Chance, LegId};

use super::super::{MAX_MESSAGE, Mover};
use crate::downloads::Downloads;
use crate::own::hash_of;
use crate::wire::{Control, DATA_HEADER, Frame};

pub const LEG: LegId = LegId(1);

/// One direction of a channel: takes so many bytes before it is full.
#[derive(Default)]
pub struct Pipe {
    queue: Mutex<(VecDeque<Vec<u8>>, bool)>,
}

impl Channels for Pipe {
    fn send(&self, leg: LegId, message: &[u8]) -> Result<(), ChannelFull> {
        assert_eq!(leg, LEG);
        let mut queue = self.queue.lock().unwrap();
        if queue.0.iter().map(Vec::len).sum::<usize>() + message.len() > 300_000 {
            queue.1 = true;
            return Err(ChannelFull);
        }
        queue.0.push_back(message.to_vec());
        Ok(())
    }
}

impl Pipe {
    pub fn next(&self) -> (Option<Vec<u8>>, bool) {
        let mut queue = self.queue.lock().unwrap();
        let message = queue.0.pop_front();
        let drained = queue.1 && queue.0.is_empty();
        queue.1 &= !drained;
        (message, drained)
    }
}

/// Two movers, what goes between them, and all that they said.
pub struct Pair {
    pub movers: [Mover; 2],
    /// What each sends.
    pub pipes: [Arc<Pipe>; 2],
    pub facts: [Vec<FileFact>; 2],
    pub plans: [FilePlan; 2],
    pub folder: PathBuf,
    /// Bytes of data messages that have arrived.
    pub arrived: usize,
}

impl Pair {
    pub fn new(test: &str) -> Pair {
        let folder = std::env::temp_dir().join(format!("confab-mover-{test}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let pipes = [Arc::new(Pipe::default()), Arc::new(Pipe::default())];
        let mover =
            |at: usize| Mover::new(pipes[at].clone(), Downloads::at(folder.join(format!("downloads{at}"))));
        let plan = FilePlan { leg: Some(LEG), ..FilePlan::default() };
        let mut pair = Pair {
            movers: [mover(0), mover(1)],
            pipes: [pipes[0].clone(), pipes[1].clone()],
            facts: [Vec::new(), Vec::new()],
            plans: [plan.clone(), plan],
            folder,
            arrived: 0,
        };
        pair.plan();
        pair
    }

    pub fn plan(&mut self) {
        for at in 0..2 {
            self.movers[at].set_plan(self.plans[at].clone());
        }
    }

    pub fn open(&mut self, limit: usize) {
        self.movers.iter_mut().for_each(|mover| mover.channel(ChannelFact::Open(LEG, limit)));
    }

    /// Everything under way is lost.
    pub fn cut(&mut self) {
        for at in 0..2 {
            *self.pipes[at].queue.lock().unwrap() = Default::default();
            self.movers[at].channel(ChannelFact::Closed(LEG));
        }
    }

    /// One step of both sides; false when nothing happens any more.
    pub fn step(&mut self) -> bool {
        let mut busy = false;
        for at in 0..2 {
            busy |= self.movers[at].work();
            while let Some(fact) = self.movers[at].poll() {
                self.facts[at].push(fact);
            }
            for _ in 0..8 {
                let (message, drained) = self.pipes[at].next();
                if drained {
                    self.movers[at].channel(ChannelFact::Drained(LEG));
                }
                let Some(message) = message else { break };
                busy = true;
                self.arrived += if message[0] == 2 { message.len() - DATA_HEADER } else { 0 };
                self.movers[1 - at].channel(ChannelFact::Data(LEG, message));
            }
        }
        busy
    }

    pub fn settle(&mut self) {
        while self.step() {}
    }

    /// Side 0 offers noise of so many bytes; what side 1 has to want.
    pub fn offer(&mut self, id: &str, name: &str, size: usize) -> (FileId, WantedFile) {
        let (path, id) = (self.folder.join(format!("own-{id}")), FileId::parse(id).unwrap());
        fs::write(&path, noise(id.as_str().len() as u64 + size as u64, size)).unwrap();
        self.plans[0].own.insert(id.clone(), OwnFile { path });
        self.plan();
        self.settle();
        let prepared = self.facts[0].iter().find_map(|fact| match fact {
            FileFact::Prepared { id: of, size, hash, .. } if *of == id => Some((*size, *hash)),
            _ => None,
        });
        let (size, hash) = prepared.expect("it is hashed");
        let source = FileSource::Channel;
        (id, WantedFile { attempt: 0, name: name.to_owned(), size, hash: Some(hash), source })
    }

    pub fn want(&mut self, id: &FileId, wanted: WantedFile) {
        self.plans[1].wanted.insert(id.clone(), wanted);
        self.plan();
    }

    pub fn saved(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.join("downloads1").join(name)).unwrap()
    }

    /// Names in the receiver's folder.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.join("downloads1")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    pub fn failed(&self, at: usize) -> Option<&FileFault> {
        self.facts[at].iter().find_map(|fact| match fact {
            FileFact::Failed { fault, .. } => Some(fault),
            _ => None,
        })
    }

    /// Side 1 gets this message.
    pub fn inject(&mut self, message: Vec<u8>) {
        self.movers[1].channel(ChannelFact::Data(LEG, message));
        while let Some(fact) = self.movers[1].poll() {
            self.facts[1].push(fact);
        }
    }

    /// Side 1 asks for a file while side 0 is somebody we play; the stream it asks under is 1.
    pub fn asked(test: &str, bytes: &[u8]) -> Pair {
        let mut pair = Pair::new(test);
        pair.open(MAX_MESSAGE);
        let id = FileId::parse("f").unwrap();
        let (size, hash) = (bytes.len() as u64, Some(hash_of(bytes)));
        let source = FileSource::Channel;
        pair.want(&id, WantedFile { attempt: 0, name: "f.bin".to_owned(), size, hash, source });
        pair.movers[1].work();
        assert!(matches!(
            pair.pipes[1].next().0.as_deref().map(Frame::parse),
            Some(Ok(Frame::Control(Control::Get { .. })))
        ));
        pair
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

pub fn noise(seed: u64, size: usize) -> Vec<u8> {
    let mut chance = Chance::from_number(seed);
    let mut bytes = Vec::with_capacity(size + 16);
    while bytes.len() < size {
        bytes.extend(chance.bytes16());
    }
    bytes.truncate(size);
    bytes
}
