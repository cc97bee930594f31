//! A TURN server: coturn as a child process on loopback ports.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use confab_rtc::IceServer;
use rcgen::{CertifiedKey, generate_simple_self_signed};

const USER: &str = "alice";
const SECRET: &str = "open sesame";

pub struct TurnServer {
    child: Child,
    folder: PathBuf,
    port: u16,
    tls_port: u16,
    /// Its certificate, DER.
    pub root: Vec<u8>,
}

/// A port that is free for UDP and TCP just now.
fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

impl TurnServer {
    /// Starts it and waits until it listens.
    pub fn start(name: &str) -> TurnServer {
        let folder = std::env::temp_dir().join(format!("confab-turn-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
        let (cert_path, key_path) = (folder.join("cert.pem"), folder.join("key.pem"));
        fs::write(&cert_path, cert.pem()).unwrap();
        fs::write(&key_path, signing_key.serialize_pem()).unwrap();
        let (port, tls_port) = (free_port(), free_port());
        let arguments = [
            "-n".to_owned(),
            "--listening-ip=127.0.0.1".to_owned(),
            "--relay-ip=127.0.0.1".to_owned(),
            format!("--listening-port={port}"),
            format!("--tls-listening-port={tls_port}"),
            "--lt-cred-mech".to_owned(),
            format!("--user={USER}:{SECRET}"),
            "--realm=confab.test".to_owned(),
            format!("--cert={}", cert_path.display()),
            format!("--pkey={}", key_path.display()),
            "--allow-loopback-peers".to_owned(),
            "--no-cli".to_owned(),
            "--no-multicast-peers".to_owned(),
            "--log-file=stdout".to_owned(),
            "--simple-log".to_owned(),
            "--verbose".to_owned(),
            format!("--pidfile={}", folder.join("pid").display()),
            format!("--userdb={}", folder.join("users").display()),
        ];
        let child = Command::new("turnserver")
            .args(arguments)
            .current_dir(&folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => panic!("turnserver did not start ({error}): install the package coturn"),
        };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut listens = 0;
        while listens < 3 {
            let line = lines.next().expect("coturn ended early; is its port taken?").unwrap();
            listens += usize::from(line.contains("listener opened on"));
        }
        // Nobody reads its log, but it must go somewhere.
        std::thread::spawn(move || for _ in lines.map_while(Result::ok) {});
        TurnServer { child, folder, port, tls_port, root: cert.der().to_vec() }
    }

    fn server(&self, url: String) -> IceServer {
        IceServer { url, username: USER.to_owned(), credential: SECRET.to_owned() }
    }

    pub fn udp(&self) -> IceServer {
        self.server(format!("turn:127.0.0.1:{}?transport=udp", self.port))
    }

    pub fn tcp(&self) -> IceServer {
        self.server(format!("turn:127.0.0.1:{}?transport=tcp", self.port))
    }

    pub fn tls(&self) -> IceServer {
        self.server(format!("turns:localhost:{}", self.tls_port))
    }
}

impl Drop for TurnServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
