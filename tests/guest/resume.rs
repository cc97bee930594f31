//! A guest whose network is lost: cut off with a word, or without one as in a computer that sleeps. The page was opened by another
//! name of the site than the public one.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use confab_tests::{Backend, Person, Trouble, Visitor, VisitorPlan, eventually, turn};
use serde_json::{Value, json};

use crate::meeting::{lines, write};
use crate::{SOON, bob, show};

/// The wire between a browser and the backend.
struct Cable {
    /// The backend's site at this end of it.
    url: String,
    address: SocketAddr,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// No connection is made.
    unplugged: AtomicBool,
    /// What began before this number passes nothing any more.
    dead: AtomicU64,
    begun: AtomicU64,
    over: AtomicBool,
    /// Both ends of all that passes.
    ends: Mutex<Vec<TcpStream>>,
}

impl Cable {
    fn to(backend: &Backend) -> Result<Cable, Trouble> {
        let target = backend.url.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if shared.over.load(Ordering::Relaxed) {
                    return;
                }
                if shared.unplugged.load(Ordering::Relaxed) {
                    continue;
                }
                if let Ok(server) = TcpStream::connect(&target) {
                    // A connection that is gone already passes nothing.
                    _ = lay(client, server, &shared);
                }
            }
        });
        // By its other name: what the page is told of 127.0.0.1 would be another site.
        Ok(Cable { url: format!("http://localhost:{}", address.port()), address, state })
    }

    /// Breaks every connection and makes no other.
    fn cut(&self) {
        self.state.unplugged.store(true, Ordering::Relaxed);
        for end in self.state.ends.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Makes connections again.
    fn mend(&self) {
        self.state.unplugged.store(false, Ordering::Relaxed);
    }

    /// From now on nothing passes over the connections that there are, neither side is told, and no other one is made.
    fn freeze(&self) {
        self.state.unplugged.store(true, Ordering::Relaxed);
        self.state.dead.store(self.state.begun.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.state.over.store(true, Ordering::Relaxed);
        self.cut();
        // So that it looks.
        _ = TcpStream::connect(self.address);
    }
}

/// A thread for each direction.
fn lay(client: TcpStream, server: TcpStream, state: &Arc<State>) -> std::io::Result<()> {
    let number = state.begun.fetch_add(1, Ordering::Relaxed);
    let mut ends = state.ends.lock().unwrap_or_else(PoisonError::into_inner);
    if state.unplugged.load(Ordering::Relaxed) {
        // Cut while it was being made.
        return Ok(());
    }
    ends.extend([client.try_clone()?, server.try_clone()?]);
    drop(ends);
    for (mut from, mut to) in [(client.try_clone()?, server.try_clone()?), (server, client)] {
        let state = state.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 16 * 1024];
            loop {
                let read = match from.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(read) => read,
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(_) => break,
                };
                if number < state.dead.load(Ordering::Relaxed) {
                    // Swallowed; the other side hears neither this nor an end.
                    continue;
                }
                if to.write_all(&buffer[..read]).is_err() {
                    break;
                }
            }
            if number >= state.dead.load(Ordering::Relaxed) {
                _ = to.shutdown(Shutdown::Write);
            }
        });
    }
    Ok(())
}

/// Bob, and Ann at the other end of a cable.
fn together(backend: &Backend) -> Result<(Person, Visitor, Cable), Trouble> {
    let mut bob = bob(backend)?;
    let cable = Cable::to(backend)?;
    let link = format!("{}/j/{}", cable.url, Backend::ROOM);
    let ann = Visitor::open(backend.folder(), &link, VisitorPlan::default())?;
    ann.check_devices()?;
    ann.join("Ann", "ann@example.org")?;
    ann.sees("Bob", SOON)?;
    bob.until("Ann is heard", SOON, |now| now["audio"]["sounded"] == true && !guest(now).is_null())?;
    Ok((bob, ann, cable))
}

fn guest(now: &Value) -> Value {
    let mut people = now["room"]["people"].as_array().into_iter().flatten();
    people.find(|one| one["role"] == "guest").cloned().unwrap_or_default()
}

/// Both see and hear each other, and what is said arrives.
fn talk(bob: &mut Person, ann: &Visitor, said: &str) -> Result<(), Trouble> {
    // Not only earlier: her microphone beeps once a second.
    bob.until("Bob hears Ann", SOON, |now| now["audio"]["level"].as_i64() > Some(-60))?;
    ann.sees("Bob", SOON)?;
    ann.hears("Bob", SOON)?;
    bob.tell(&json!({"type": "say", "text": said}))?;
    ann.page().press("Chat").or_else(|_| ann.page().press("Conversation"))?;
    ann.reads(said, SOON)?;
    let answer = format!("{said} Yes.");
    write(ann, &answer)?;
    bob.until("Bob reads the answer", SOON, |now| lines(now, &answer) == 1).map(drop)
}

#[test]
fn a_guest_who_is_cut_off_comes_back_by_herself_into_the_same_place() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut bob, ann, cable) = together(&backend)?;
    let before = guest(&bob.until("Ann is there", SOON, |now| guest(now)["away"] == false)?);
    cable.cut();
    bob.until("Ann is shown away", SOON, |now| guest(now)["away"] == true)?;
    ann.reads("The connection broke and is being restored", SOON)?;
    show(&ann, "restoring")?;
    cable.mend();
    let after = guest(&bob.until("Ann is back", SOON, |now| guest(now)["away"] == false)?);
    assert_eq!(after["participant"], before["participant"]);
    talk(&mut bob, &ann, "Are you back?")?;
    bob.leave()
}

#[test]
fn a_connection_that_dies_without_a_word_is_noticed_at_both_ends() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut bob, ann, cable) = together(&backend)?;
    cable.freeze();
    // What is not answered is noticed after 15 s.
    bob.until("Ann is missed", Duration::from_secs(40), |now| guest(now)["away"] == true)?;
    ann.reads("The connection broke and is being restored", SOON)?;
    cable.mend();
    bob.until("Ann is back", SOON, |now| guest(now)["away"] == false)?;
    talk(&mut bob, &ann, "Did you sleep?")?;
    bob.leave()
}

#[test]
fn a_page_of_another_name_of_the_site_gives_and_takes_files() -> Result<(), Trouble> {
    let _turn = turn();
    let backend = Backend::start()?;
    let (mut bob, ann, _cable) = together(&backend)?;
    let content: Vec<u8> = (0..1_500_000u32).map(|at| (at / 7) as u8).collect();
    let path = backend.folder().join("minutes.bin");
    std::fs::write(&path, &content)?;
    bob.offer(&path)?;
    ann.page().press("Chat").or_else(|_| ann.page().press("Conversation"))?;
    ann.reads("minutes.bin", SOON)?;
    ann.page().press("Save minutes.bin").or_else(|_| ann.page().press("Save"))?;
    let saved = ann.downloads().join("minutes.bin");
    let found = eventually(SOON, "the guest has the file", || {
        std::fs::read(&saved).ok().filter(|bytes| bytes.len() == content.len())
    })?;
    assert!(found == content, "the file is what it was");
    assert_eq!(ann.complaints()?, Vec::<String>::new());
    bob.leave()
}
