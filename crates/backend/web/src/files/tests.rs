//! The store by real requests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode};
use confab_media_model::files::PIECE;
use confab_rethink::Url;
use confab_rooms::{StoreCommand, StoreEvent};
use confab_types::{Mono, ParticipantId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use ureq::Agent;

use super::*;
use crate::secret::hex;

const ROOM: &str = "comm://csp.test/0b7e";

struct House {
    store: FileStore,
    address: SocketAddr,
    events: Arc<Mutex<Vec<StoreEvent>>>,
    now: Arc<Mutex<Mono>>,
    folder: PathBuf,
}

/// What a request brought: status, a header `confab-have` or `content-range`, body.
struct Answer(u16, String, Vec<u8>);

impl House {
    async fn new(test: &str, limits: Limits) -> House {
        let folder = std::env::temp_dir().join(format!("confab-store-{test}-{}", std::process::id()));
        let (events, now) =
            (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Mono::from_millis(1_000))));
        let (told, clock) = (events.clone(), now.clone());
        let clock: Clock = Arc::new(move || *clock.lock().unwrap());
        let store =
            FileStore::open(folder.clone(), clock, limits, move |event| told.lock().unwrap().push(event));
        let store = store.unwrap();
        store.submit(StoreCommand::Open { room: room() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().nest("/files", store.clone().router());
        tokio::spawn(async move { axum::serve(listener, app).await });
        House { store, address, events, now, folder }
    }

    fn allow(&self, token: &str, participant: &str) {
        let until = *self.now.lock().unwrap() + Duration::from_secs(600);
        let (token, participant) = (token.to_owned(), ParticipantId::new(participant));
        self.store.submit(StoreCommand::Allow { room: room(), token, participant, until });
    }

    async fn ask(&self, token: &str, method: &str, path: &str, range: Option<&str>, body: Vec<u8>) -> Answer {
        let url = format!("http://{}/files/0b7e{path}", self.address);
        let (bearer, method, range) =
            (format!("Bearer {token}"), method.to_owned(), range.map(str::to_owned));
        let asked = move || {
            let agent: Agent = Agent::config_builder().http_status_as_error(false).build().into();
            let mut request = ureq::http::Request::builder().method(method.as_str()).uri(url);
            request = request.header("authorization", bearer);
            if let Some(range) = range {
                request = request.header("range", range);
            }
            let mut response = if body.is_empty() && matches!(method.as_str(), "GET" | "HEAD" | "DELETE") {
                agent.run(request.body(()).unwrap()).unwrap()
            } else {
                agent.run(request.body(body).unwrap()).unwrap()
            };
            let header =
                |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            let header = header("confab-have").or_else(|| header("content-range")).unwrap_or_default();
            let body = response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap();
            Answer(response.status().as_u16(), header, body)
        };
        tokio::task::spawn_blocking(asked).await.unwrap()
    }

    async fn offer(&self, token: &str, id: &str, bytes: &[u8]) -> u16 {
        let body = offer(id, bytes).to_string().into_bytes();
        self.ask(token, "POST", "", None, body).await.0
    }

    async fn put(&self, token: &str, id: &str, bytes: &[u8], piece: usize) -> Answer {
        let chunk = bytes.chunks(PIECE).nth(piece).unwrap().to_vec();
        self.ask(token, "PUT", &format!("/{id}?offset={}", piece * PIECE), None, chunk).await
    }

    fn events(&self) -> Vec<StoreEvent> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn room() -> Url {
    Url::parse(ROOM).unwrap()
}

fn offer(id: &str, bytes: &[u8]) -> Value {
    let hash = |bytes: &[u8]| hex(&Sha256::digest(bytes));
    let pieces: Vec<String> = bytes.chunks(PIECE).map(hash).collect();
    json!({"id": id, "name": "../a b.txt", "size": bytes.len(), "mimetype": "text/plain", "sha256": hash(bytes),
        "pieces": pieces})
}

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at * 7 + at / 251) as u8).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_goes_in_by_pieces_and_out_by_ranges() {
    let house = House::new("whole", Limits::default()).await;
    house.allow("one", "p1");
    house.allow("two", "p2");
    let bytes = noise(2 * PIECE + 10);
    assert_eq!(house.offer("one", "f1", &bytes).await, 201);
    assert_eq!(house.offer("one", "f1", &bytes).await, 200, "the same again changes nothing");
    assert_eq!(house.offer("two", "f1", &bytes).await, 409, "the name is taken");
    assert_eq!(house.offer("one", "f1", &bytes[1..]).await, 409);
    assert_eq!(house.put("two", "f1", &bytes, 0).await.0, 403, "only the sender puts");
    assert_eq!(house.put("one", "f1", &bytes, 1).await.0, 409, "not the next one");
    assert_eq!(house.put("one", "f1", &noise(3), 0).await.0, 400, "not as long as a piece");
    assert_eq!(house.put("one", "f1", &vec![0; 3 * PIECE], 0).await.0, 422, "not what was offered");
    for piece in 0..3 {
        assert_eq!(house.put("one", "f1", &bytes, piece).await.0, 200);
    }
    let Answer(status, have, _) = house.ask("two", "HEAD", "/f1", None, Vec::new()).await;
    assert_eq!((status, have.as_str()), (200, "2097162"));
    let Answer(status, range, part) =
        house.ask("two", "GET", "/f1", Some("bytes=2097150-"), Vec::new()).await;
    assert_eq!((status, range.as_str()), (206, "bytes 2097150-2097161/2097162"));
    assert_eq!(part, bytes[2_097_150..]);
    assert_eq!(house.ask("two", "GET", "/f1", None, Vec::new()).await.2, bytes);
    assert_eq!(house.ask("two", "GET", "/f1", Some("bytes=9999999-"), Vec::new()).await.0, 416);
    let pieces = house.ask("two", "GET", "/f1/pieces", None, Vec::new()).await;
    let pieces: Value = serde_json::from_slice(&pieces.2).unwrap();
    assert_eq!(pieces["pieces"], offer("f1", &bytes)["pieces"]);
    assert_eq!(house.ask("two", "POST", "/f1/received", None, Vec::new()).await.0, 204);
    let events = house.events();
    let StoreEvent::Offered { file, participant, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((file.name.as_str(), participant.as_str()), ("a b.txt", "p1"));
    assert!(matches!(&events[1], StoreEvent::Complete { file, .. } if file == "f1"));
    let told: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            StoreEvent::Progress { bytes, receiver, .. } if receiver.as_str() == "p2" => Some(*bytes),
            _ => None,
        })
        .collect();
    let (last, before) = told.split_last().unwrap();
    assert_eq!(*last, bytes.len() as u64, "all only when its hash is right");
    assert!(before.iter().all(|told| *told < bytes.len() as u64), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_for_bytes_gets_them_when_they_come() {
    let wait = Duration::from_secs(10);
    let house = Arc::new(House::new("wait", Limits { wait, ..Limits::default() }).await);
    house.allow("one", "p1");
    house.allow("two", "p2");
    let bytes = noise(PIECE + 1);
    house.offer("one", "f1", &bytes).await;
    house.put("one", "f1", &bytes, 0).await;
    let waiting = {
        let house = house.clone();
        tokio::spawn(async move { house.ask("two", "GET", "/f1", Some("bytes=1048576-"), Vec::new()).await })
    };
    house.put("one", "f1", &bytes, 1).await;
    let Answer(status, _, part) = waiting.await.unwrap();
    assert_eq!((status, part.as_slice()), (206, &bytes[PIECE..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_comes_of_waiting_in_vain_and_a_cancelled_file_is_gone() {
    let wait = Duration::from_millis(30);
    let house = House::new("vain", Limits { wait, ..Limits::default() }).await;
    house.allow("one", "p1");
    house.allow("two", "p2");
    let bytes = noise(PIECE + 1);
    house.offer("one", "f1", &bytes).await;
    assert_eq!(house.ask("two", "GET", "/f1", None, Vec::new()).await.0, 204);
    assert_eq!(house.ask("two", "DELETE", "/f1", None, Vec::new()).await.0, 403);
    assert_eq!(house.ask("one", "DELETE", "/f1", None, Vec::new()).await.0, 204);
    assert_eq!(house.ask("two", "GET", "/f1", None, Vec::new()).await.0, 404);
    assert!(matches!(&house.events()[..], [StoreEvent::Offered { .. }, StoreEvent::Gone { .. }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_end_and_are_good_for_one_room_and_one_person() {
    let house = House::new("tokens", Limits::default()).await;
    house.allow("one", "p1");
    house.allow("two", "p2");
    let bytes = noise(3);
    assert_eq!(house.offer("nobody", "f1", &bytes).await, 401);
    assert_eq!(house.offer("", "f1", &bytes).await, 401);
    house.offer("one", "f1", &bytes).await;
    house.offer("two", "f2", &bytes).await;
    house.put("two", "f2", &bytes, 0).await;
    let revoke = |participant: &str| {
        let participant = ParticipantId::new(participant);
        house.store.submit(StoreCommand::Revoke { room: room(), participant });
    };
    revoke("p1");
    assert_eq!(house.put("one", "f1", &bytes, 0).await.0, 401);
    assert_eq!(house.ask("two", "HEAD", "/f1", None, Vec::new()).await.0, 404, "it will never come");
    revoke("p2");
    house.allow("three", "p3");
    assert_eq!(house.ask("three", "GET", "/f2", None, Vec::new()).await.2, bytes, "what is whole stays");
    let other = Url::parse("comm://csp.test/other").unwrap();
    house.store.submit(StoreCommand::Open { room: other });
    let elsewhere = house.ask("three", "GET", "/../other/f2", None, Vec::new()).await;
    assert_ne!(elsewhere.0, 200);
    *house.now.lock().unwrap() = Mono::from_millis(700_000);
    assert_eq!(house.ask("three", "GET", "/f2", None, Vec::new()).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_has_limits_and_takes_its_files_along() {
    let limits = Limits { room: 10, files: 2, file: 8, ..Limits::default() };
    let house = House::new("limits", limits).await;
    house.allow("one", "p1");
    assert_eq!(house.offer("one", "f1", &noise(9)).await, 413);
    assert_eq!(house.offer("one", "f1", &noise(8)).await, 201);
    assert_eq!(house.offer("one", "f2", &noise(3)).await, 413, "what has not come counts too");
    assert_eq!(house.offer("one", "f2", &noise(1)).await, 201);
    assert_eq!(house.offer("one", "f3", &noise(1)).await, 413);
    house.put("one", "f2", &noise(1), 0).await;
    assert_eq!(house.store.bytes(), 9);
    assert!(house.folder.join("0b7e").join("f2").is_file());
    house.store.submit(StoreCommand::Close { room: room() });
    assert_eq!(house.ask("one", "GET", "/f2", None, Vec::new()).await.0, 404);
    assert_eq!(house.store.bytes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_files_and_those_that_never_come_are_swept_away() {
    let house = House::new("old", Limits::default()).await;
    house.allow("one", "p1");
    house.offer("one", "f1", &noise(3)).await;
    house.offer("one", "f2", &noise(3)).await;
    house.put("one", "f2", &noise(3), 0).await;
    *house.now.lock().unwrap() = Mono::from_millis(601_001);
    house.store.sweep();
    assert_eq!(house.store.bytes(), 3, "what never came is gone");
    *house.now.lock().unwrap() = Mono::from_millis(86_401_001);
    house.store.sweep();
    assert_eq!(house.store.bytes(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused() {
    let house = House::new("odd", Limits::default()).await;
    house.allow("one", "p1");
    let bad = |change: fn(&mut Value)| {
        let mut body = offer("f1", &noise(3));
        change(&mut body);
        body.to_string().into_bytes()
    };
    let bodies = [
        b"".to_vec(),
        b"[]".to_vec(),
        bad(|body| body["id"] = json!("../f1")),
        bad(|body| body["id"] = json!("")),
        bad(|body| body["size"] = json!(-1)),
        bad(|body| body["size"] = json!(0)),
        bad(|body| body["pieces"] = json!(["00"])),
        bad(|body| body["sha256"] = json!("x")),
    ];
    for body in bodies {
        let Answer(status, ..) = house.ask("one", "POST", "", None, body.clone()).await;
        assert_eq!(status, 400, "{}", String::from_utf8_lossy(&body));
    }
    let large = bad(|body| body["size"] = json!(3_u64 << 30));
    assert_eq!(house.ask("one", "POST", "", None, large).await.0, 413);
    let long = vec![b' '; 300 << 10];
    assert_eq!(house.ask("one", "POST", "", None, long).await.0, 413);
    assert_eq!(house.ask("one", "PUT", "/f1?offset=x", None, vec![1]).await.0, StatusCode::BAD_REQUEST);
    assert!(house.events().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_much_at_once_waits_and_others_do_not() {
    let house = House::new("places", Limits::default()).await;
    for (token, participant) in [("one", "p1"), ("another", "p1"), ("two", "p2")] {
        house.allow(token, participant);
    }
    let bytes = noise(10);
    assert_eq!(house.offer("two", "f1", &bytes).await, 201);
    assert_eq!(house.put("two", "f1", &bytes, 0).await.0, 200);
    let headers = HeaderMap::from_iter([(header::AUTHORIZATION, HeaderValue::from_static("Bearer one"))]);
    let places = house.store.enter("0b7e", &headers).unwrap().places;
    let taken: Vec<_> = (0..room::MOST_OF_ONE).map(|_| places.clone().try_acquire_owned().unwrap()).collect();
    for (token, expected) in [("one", 503), ("another", 503), ("two", 200)] {
        assert_eq!(house.ask(token, "GET", "/f1", None, Vec::new()).await.0, expected, "{token}");
    }
    drop(taken);
    assert_eq!(house.ask("another", "GET", "/f1", None, Vec::new()).await.0, 200);
}
