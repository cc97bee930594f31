//! How long a line takes from the one who wrote it to the screens of the others: real clients, a real backend, real
//! sockets, in one process. Prints one line of JSON, with the 95th percentile as a ratio to the round trip of the
//! smallest HTTP request to the same backend, so that figures of different machines compare.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use confab_backend::Config;
use confab_client::{Client, ClientConfig};
use confab_contract::{ConversationView, Intent, LineBody, MeetingPhase, View};
use confab_fakes::{CameraSpec, FakeDevices, FakeSpec, MeasuringSurface, MicrophoneSpec, ScreenSpec};
use confab_keychain::MemoryKeychain;
use confab_media_engine::EngineOptions;
use tokio::sync::watch;

const PEOPLE: [&str; 4] = ["alice", "bob", "carol", "daniel"];
/// A room takes 20 lines in 10 s of each.
const PAUSE: Duration = Duration::from_millis(600);
const LINES: usize = 30;
const PASSWORD: &str = "bench-bench-bench";

/// When the line with this text was first on the screen of the person with this number.
type Arrivals = Arc<Mutex<BTreeMap<(usize, String), Instant>>>;

fn note(arrivals: &Arrivals, person: usize, conversation: &ConversationView) {
    let now = Instant::now();
    let mut arrivals = arrivals.lock().unwrap_or_else(PoisonError::into_inner);
    for line in &conversation.lines {
        if let LineBody::Text { text } = &line.body {
            arrivals.entry((person, text.clone())).or_insert(now);
        }
    }
}

/// Signed in, and in the room when the receiver says so.
fn person(
    number: usize,
    backend: SocketAddr,
    folder: &std::path::Path,
    arrivals: &Arrivals,
) -> (Client, watch::Receiver<MeetingPhase>) {
    let clock = confab_driver::process_clock();
    let (camera, microphone) = (CameraSpec::None, MicrophoneSpec::None);
    let spec = FakeSpec { sender: number as u8, camera, microphone, screen: ScreenSpec::None, speaker: true };
    let config = ClientConfig {
        data: folder.join(PEOPLE[number]),
        keychain: Arc::new(MemoryKeychain::default()),
        devices: Arc::new(FakeDevices::new(spec, clock.clone()).expect("no file to open")),
        surface: Arc::new(MeasuringSurface::new(clock.clone())),
        clock,
        engine: EngineOptions { loopback: true, relay_only: false },
        downloads: None,
    };
    let (tell, phase) = watch::channel(MeetingPhase::Idle);
    let arrivals = arrivals.clone();
    let client = Client::start(&tokio::runtime::Handle::current(), config, move |view| match view {
        View::Conversation(conversation) => note(&arrivals, number, &conversation),
        View::Meeting(meeting) => drop(tell.send(meeting.phase)),
        _ => {}
    });
    let client = client.expect("the folder can be written");
    client.dispatch(Intent::SetCamera { on: false });
    client.dispatch(Intent::SetMicrophone { on: false });
    let (server, user) = (format!("http://{backend}"), PEOPLE[number].to_owned());
    client.dispatch(Intent::SignIn { server, user, password: PASSWORD.to_owned() });
    (client, phase)
}

/// The smallest request, there and back on a connection of its own, milliseconds.
fn round_trip(backend: SocketAddr) -> f64 {
    let begin = Instant::now();
    let mut stream = TcpStream::connect(backend).expect("the backend listens");
    stream.write_all(b"GET /live HTTP/1.0\r\n\r\n").expect("it reads");
    stream.read_to_end(&mut Vec::new()).expect("it answers");
    begin.elapsed().as_secs_f64() * 1_000.0
}

fn percentile(sorted: &[f64], part: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * part).round() as usize]
}

#[tokio::main]
async fn main() {
    let folder = std::env::temp_dir().join(format!("confab-bench-chat-{}", std::process::id()));
    let backend = confab_backend::start(Config::on_loopback(folder.join("backend"), PASSWORD)).await;
    let backend = backend.expect("free ports");
    let address = backend.http_addr();
    let arrivals = Arrivals::default();
    let mut people = Vec::new();
    for number in 0..PEOPLE.len() {
        let (client, mut phase) = person(number, address, &folder, &arrivals);
        client.dispatch(Intent::Join { room: "4711".to_owned() });
        // A wish to join before the sign-in is done is not kept: it is said until it is heard.
        while tokio::time::timeout(PAUSE, phase.wait_for(|phase| *phase == MeetingPhase::In)).await.is_err() {
            client.dispatch(Intent::Join { room: "4711".to_owned() });
        }
        people.push(client);
    }

    let mut said = Vec::new();
    for turn in 0..LINES {
        for (number, client) in people.iter().enumerate() {
            let text = format!("line {turn} of {}", PEOPLE[number]);
            said.push((number, text.clone(), Instant::now()));
            client.dispatch(Intent::Say { text, to: None, reply: None });
        }
        tokio::time::sleep(PAUSE).await;
    }
    let trips =
        tokio::task::spawn_blocking(move || (0..200).map(|_| round_trip(address)).collect::<Vec<_>>());
    let mut trips = trips.await.expect("no trip panics");

    let mut delays = Vec::new();
    let seen = arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for (writer, text, begin) in &said {
        for reader in (0..PEOPLE.len()).filter(|reader| reader != writer) {
            let arrived = seen.get(&(reader, text.clone())).expect("every line arrives");
            delays.push(arrived.duration_since(*begin).as_secs_f64() * 1_000.0);
        }
    }
    delays.sort_by(f64::total_cmp);
    trips.sort_by(f64::total_cmp);
    let (median, p95) = (percentile(&delays, 0.5), percentile(&delays, 0.95));
    println!(
        "{}",
        serde_json::json!({
            "bench": "chat",
            "people": PEOPLE.len(),
            "deliveries": delays.len(),
            "median_ms": median,
            "p95_ms": p95,
            "longest_ms": delays.last(),
            "p95_per_round_trip": p95 / percentile(&trips, 0.5),
        })
    );
    for client in people {
        client.close().await;
    }
    backend.shutdown().await;
    // What is left lies in the system's folder for such things.
    let _ = std::fs::remove_dir_all(&folder);
}
