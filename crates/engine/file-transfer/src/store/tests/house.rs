//! A store on a server that can be taken away, and people with file transfers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use confab_backend_web::FileStore;
use confab_backend_web::files::Limits;
use confab_media_model::files::PIECE;
use confab_media_model::{
    ChannelFull, Channels, FileFact, FileHash, FileId, FilePlan, StoreAccess, StoreDownload, StorePlan,
    StoreUpload,
};
use confab_rethink::Url;
use confab_rooms::{StoreCommand, StoreEvent};
use confab_types::{LegId, Mono, ParticipantId};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;

use crate::{Downloads, FileTransfer};

/// How long anything may take before a test fails.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// The store, its server, and everything it tells.
pub(super) struct House {
    pub(super) store: FileStore,
    pub(super) events: Arc<Mutex<Vec<StoreEvent>>>,
    /// `method path` of every request.
    pub(super) requests: Arc<Mutex<Vec<String>>>,
    address: SocketAddr,
    serving: Option<Runtime>,
    /// Runs the store's own tasks, which outlive a server.
    _keeping: Runtime,
    pub(super) folder: PathBuf,
}

impl House {
    pub(super) fn new(test: &str) -> House {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let folder =
            std::env::temp_dir().join(format!("confab-mover-{test}-{}-{number}", std::process::id()));
        let keeping =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let start = Instant::now();
        let clock = Arc::new(move || Mono::from_micros(start.elapsed().as_micros() as u64));
        let events = Arc::new(Mutex::new(Vec::new()));
        let told = events.clone();
        let limits = Limits { wait: Duration::from_secs(2), ..Limits::default() };
        let store = {
            let _inside = keeping.enter();
            let news = move |event| told.lock().unwrap().push(event);
            FileStore::open(folder.join("store"), clock, limits, news).unwrap()
        };
        store.submit(StoreCommand::Open { room: room() });
        let requests = Arc::default();
        let address = quiet_address(number);
        let mut house = House { store, events, requests, address, serving: None, _keeping: keeping, folder };
        house.serve();
        house
    }

    /// Begins to answer, at the same address.
    pub(super) fn serve(&mut self) {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let requests = self.requests.clone();
        let note = middleware::from_fn(move |request: Request, next: Next| {
            requests.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
            async move { Ok::<Response, std::convert::Infallible>(next.run(request).await) }
        });
        let app = Router::new().nest("/files", self.store.clone().router()).layer(note);
        let end = Instant::now() + LIMIT;
        let listener = loop {
            // The one before may not be closed yet.
            match runtime.block_on(tokio::net::TcpListener::bind(self.address)) {
                Ok(listener) => break listener,
                Err(error) => assert!(Instant::now() < end, "{error}"),
            }
            std::thread::yield_now();
        };
        runtime.spawn(async move { axum::serve(listener, app).await });
        self.serving = Some(runtime);
    }

    /// Is gone: connections break and nobody answers.
    pub(super) fn vanish(&mut self) {
        self.serving.take().unwrap().shutdown_background();
    }

    pub(super) fn allow(&self, token: &str, participant: &str) {
        let until = Mono::from_millis(3_600_000);
        let (token, participant) = (token.to_owned(), ParticipantId::new(participant));
        self.store.submit(StoreCommand::Allow { room: room(), token, participant, until });
    }

    pub(super) fn revoke(&self, participant: &str) {
        self.store
            .submit(StoreCommand::Revoke { room: room(), participant: ParticipantId::new(participant) });
    }

    pub(super) fn access(&self, token: &str) -> Option<StoreAccess> {
        let url = format!("http://{}/files/0b7e", self.address);
        Some(StoreAccess { url, token: token.to_owned() })
    }

    /// Somebody with a folder of their own.
    pub(super) fn person(&self, name: &str) -> Person {
        let downloads = Downloads::at(self.folder.join(name).join("Downloads"));
        let (sender, facts) = channel();
        let transfer = FileTransfer::start(Arc::new(NoChannels), downloads.clone(), move |fact| {
            // The test may be over.
            let _ = sender.send(fact);
        });
        Person { transfer: transfer.unwrap(), facts, downloads, seen: Vec::new() }
    }

    /// A file to send.
    pub(super) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::create_dir_all(&self.folder).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(super) fn progress(&self, receiver: &str) -> Option<u64> {
        let events = self.events.lock().unwrap();
        events.iter().rev().find_map(|event| match event {
            StoreEvent::Progress { receiver: who, bytes, .. } if who.as_str() == receiver => Some(*bytes),
            _ => None,
        })
    }

    /// A file of so many pieces on its way: the one who sends it and one who fetches it, who has the first piece.
    pub(super) fn under_way(&self, pieces: usize) -> (Person, Person) {
        self.allow("sender", "p1");
        self.allow("receiver", "p2");
        let bytes = noise(pieces * PIECE);
        let path = self.file("a.bin", &bytes);
        let mut sender = self.person("sender");
        sender.plan(self.access("sender"), [(id("f1"), upload(&path))], []);
        sender.moved(PIECE as u64);
        let mut receiver = self.person("receiver");
        receiver.plan(self.access("receiver"), [], [(id("f1"), download(&bytes))]);
        receiver.moved(PIECE as u64);
        (sender, receiver)
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.shutdown_background();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A port that no client gets by chance while the server is away: below those that systems give to clients.
fn quiet_address(number: u32) -> SocketAddr {
    let first = std::process::id().wrapping_mul(31).wrapping_add(number * 7);
    let ports = (0..1_000).map(|more| 20_000 + (first.wrapping_add(more) % 10_000) as u16);
    let mut addresses = ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    addresses.find(|address| std::net::TcpListener::bind(address).is_ok()).expect("one of a thousand is free")
}

pub(super) fn room() -> Url {
    Url::parse("comm://csp.test/0b7e").unwrap()
}

pub(super) fn id(text: &str) -> FileId {
    FileId::parse(text).unwrap()
}

pub(super) fn noise(length: usize) -> Vec<u8> {
    (0..length as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

pub(super) fn upload(path: &Path) -> StoreUpload {
    StoreUpload {
        path: path.to_owned(),
        name: "a.bin".to_owned(),
        mime: "application/octet-stream".to_owned(),
    }
}

pub(super) fn download(bytes: &[u8]) -> StoreDownload {
    let hash = FileHash(Sha256::digest(bytes).into());
    StoreDownload {
        attempt: 0,
        name: "a.bin".to_owned(),
        mime: String::new(),
        size: bytes.len() as u64,
        hash,
    }
}

/// One who sends or receives.
pub(super) struct Person {
    transfer: FileTransfer,
    facts: Receiver<FileFact>,
    pub(super) downloads: Downloads,
    pub(super) seen: Vec<FileFact>,
}

impl Person {
    pub(super) fn plan(
        &self,
        access: Option<StoreAccess>,
        own: impl IntoIterator<Item = (FileId, StoreUpload)>,
        wanted: impl IntoIterator<Item = (FileId, StoreDownload)>,
    ) {
        let (own, wanted) = (own.into_iter().collect::<BTreeMap<_, _>>(), wanted.into_iter().collect());
        let store = StorePlan { access, own, wanted };
        self.transfer.set_plan(FilePlan { store, ..FilePlan::default() });
    }

    /// The first fact for which it holds.
    pub(super) fn wait(&mut self, what: &str, fits: impl Fn(&FileFact) -> bool) -> FileFact {
        let end = Instant::now() + LIMIT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let fact = self.facts.recv_timeout(left).unwrap_or_else(|_| panic!("no {what}: {:?}", self.seen));
            self.seen.push(fact.clone());
            if fits(&fact) {
                return fact;
            }
        }
    }

    /// Waits until so much has moved.
    pub(super) fn moved(&mut self, least: u64) {
        self.wait("progress", |fact| matches!(fact, FileFact::Moving { done, .. } if *done >= least));
    }

    pub(super) fn saved(&mut self) -> String {
        let ended = |fact: &FileFact| matches!(fact, FileFact::Saved { .. } | FileFact::Failed { .. });
        match self.wait("end", ended) {
            FileFact::Saved { place, .. } => place,
            fact => panic!("{fact:?}"),
        }
    }

    pub(super) fn read(&self, place: &str) -> Vec<u8> {
        std::fs::read(self.downloads.folder().join(place.strip_prefix("Downloads/").unwrap())).unwrap()
    }

    pub(super) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.downloads.folder());
        let entries = entries.into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }
}

/// Rooms have no channels.
struct NoChannels;

impl Channels for NoChannels {
    fn send(&self, _leg: LegId, _message: &[u8]) -> Result<(), ChannelFull> {
        Err(ChannelFull)
    }
}
