//! The program itself: what it prints, how it ends, what it leaves.

mod house;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use confab_rethink::Flavour;
use confab_signaling::DownReason;
use house::{Client, Folder, code, post};
use serde_json::{Value, json};

struct Program {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    ready: Value,
}

impl Program {
    fn start(folder: &Path, more: &[&str]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_confab-backend"))
            .args(["serve", "--listen", "127.0.0.1:0", "--media-port", "0", "--data"])
            .arg(folder)
            .args(more)
            .env_remove("CONFAB_QA_PASSWORD")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let ready =
            serde_json::from_str(line.strip_prefix("ready ").expect("one line begins with ready")).unwrap();
        Program { child, lines, ready }
    }

    fn http(&self) -> std::net::SocketAddr {
        self.ready["http"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Sends SIGTERM and waits: how long it took, whether it succeeded, and what it wrote to standard error.
    fn terminate(mut self) -> (Duration, bool, String) {
        let begun = Instant::now();
        let killed = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        assert!(killed.success());
        let mut errors = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        let status = self.child.wait().unwrap();
        assert!(self.lines.next().is_none(), "standard output has one line");
        (begun.elapsed(), status.success(), errors)
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_terminated_program_closes_its_sockets_and_succeeds_within_three_seconds() {
    let mut took = Vec::new();
    // A machine that stalls makes one end slow; a program that waits for something makes every one slow.
    while took.iter().all(|took| *took >= Duration::from_secs(4)) {
        assert!(took.len() < 5, "{took:?}");
        took.push(terminated().await);
    }
}

/// Ends a program with a client; how long it took.
#[cfg(unix)]
async fn terminated() -> Duration {
    let folder = Folder::new();
    let program = Program::start(&folder.0, &["--password", "gate-of-seven-hills"]);
    assert!(program.ready["media"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert_eq!(program.ready["domain"], "confab.local");
    assert_eq!(program.ready["domains"][0]["http"], program.ready["http"]);
    let (status, signed) =
        post(program.http(), "/api/sign-in", json!({"user":"carol","password":"gate-of-seven-hills"})).await;
    assert_eq!(status, 200);
    let mut carol = Client::connect_to(program.http(), Flavour::Vertx, "carol").await;
    assert_eq!(code(&carol.open(&signed["accessToken"]).await), 200);
    let ended = tokio::task::spawn_blocking(move || program.terminate());
    assert_eq!(carol.down().await, DownReason::Closed { code: Some(1001) });
    let (took, success, errors) = ended.await.unwrap();
    assert!(success, "{took:?}: {errors}");
    let token = signed["accessToken"].as_str().unwrap();
    assert!(!errors.contains(token) && !errors.contains("panicked"), "{errors}");
    took
}

#[cfg(unix)]
#[tokio::test]
async fn the_made_password_is_printed_at_every_start_and_works() {
    let folder = Folder::new();
    let mut printed = Vec::new();
    for _ in 0..2 {
        let program = Program::start(&folder.0, &[]);
        let http = program.http();
        let (_, success, errors) = tokio::task::spawn_blocking(move || {
            // It signs in first with what the file says.
            program.terminate()
        })
        .await
        .unwrap();
        assert!(success, "{http}: {errors}");
        let line = errors.lines().find(|line| line.contains("have the password")).unwrap().to_owned();
        printed.push(line.rsplit(' ').next().unwrap().to_owned());
    }
    assert_eq!(printed[0], printed[1]);
    let kept = std::fs::read_to_string(folder.0.join("qa-password.txt")).unwrap();
    assert_eq!(kept.trim(), printed[0]);
    let program = Program::start(&folder.0, &[]);
    let (status, _) =
        post(program.http(), "/api/sign-in", json!({"user":"daniel","password":printed[0]})).await;
    assert_eq!(status, 200);
    assert!(tokio::task::spawn_blocking(move || program.terminate()).await.unwrap().1);
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_that_is_to_make_no_accounts_makes_and_prints_none() {
    let folder = Folder::new();
    let program = Program::start(&folder.0, &["--users", "", "--password", "gate-of-seven-hills"]);
    let (status, _) =
        post(program.http(), "/api/sign-in", json!({"user":"alice","password":"gate-of-seven-hills"})).await;
    assert_ne!(status, 200);
    let (_, success, errors) = tokio::task::spawn_blocking(move || program.terminate()).await.unwrap();
    assert!(success && !errors.contains("have the password"), "{errors}");
    assert!(!folder.0.join("qa-password.txt").exists());
}

#[cfg(unix)]
#[tokio::test]
async fn one_program_serves_two_domains_and_prints_both() {
    let folder = Folder::new();
    let program =
        Program::start(&folder.0, &["--domains", "a.local,b.local", "--password", "gate-of-seven-hills"]);
    assert_eq!(program.ready["domain"], "a.local");
    let domains = program.ready["domains"].as_array().unwrap().clone();
    assert_eq!(domains.len(), 2);
    let http = domains[1]["http"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
    let (status, signed) =
        post(http, "/api/sign-in", json!({"user":"carol","password":"gate-of-seven-hills"})).await;
    assert_eq!((status, signed["domain"].as_str()), (200, Some("b.local")));
    let (_, success, errors) = tokio::task::spawn_blocking(move || program.terminate()).await.unwrap();
    assert!(success, "{errors}");
}

#[test]
fn a_program_that_cannot_start_says_why() {
    let folder = Folder::new();
    std::fs::create_dir_all(&folder.0).unwrap();
    for arguments in [
        vec!["--users", "Not A Name"],
        vec!["--domain", "x"],
        vec!["--listen", "127.0.0.1:99999"],
        vec!["--domains", "a.local,A.local"],
        vec!["--turn", "stun:x", "--turn-secret", "s"],
        vec!["--turn", "turn:x"],
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_confab-backend"))
            .arg("serve")
            .arg("--data")
            .arg(&folder.0)
            .args(&arguments)
            .output()
            .unwrap();
        assert!(
            !output.status.success() && output.stdout.is_empty() && !output.stderr.is_empty(),
            "{arguments:?}"
        );
    }
}
