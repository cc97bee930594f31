//! A TURN server: coturn on loopback ports, with the secret that it shares with a backend.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::folder::Folder;
use crate::process::{Process, command, free_port};
use crate::wait::{Trouble, eventually};

/// A running TURN server. Dropping it ends it.
pub struct Relay {
    port: u16,
    tls_port: u16,
    roots: PathBuf,
    _process: Process,
    _folder: Folder,
}

impl Relay {
    /// What a backend is told by `--turn-secret`.
    pub const SECRET: &str = "north-of-the-river";

    /// Starts it and waits until it listens. Its certificate is good for `localhost`.
    pub fn start() -> Result<Relay, Trouble> {
        let folder = Folder::new()?;
        let inside = |name: &str| folder.as_ref().join(name);
        let (roots, key) = (inside("cert.pem"), inside("key.pem"));
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
        let made = made.map_err(|error| Trouble::Strange(format!("no certificate: {error}")))?;
        std::fs::write(&roots, made.cert.pem())?;
        std::fs::write(&key, made.signing_key.serialize_pem())?;
        let (port, tls_port) = (free_port()?, free_port()?);
        let said = inside("said");
        let mut serve = command("turnserver");
        serve.args(["-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--realm=confab.test"]);
        serve.args(["--use-auth-secret", &format!("--static-auth-secret={}", Relay::SECRET)]);
        serve.args([format!("--listening-port={port}"), format!("--tls-listening-port={tls_port}")]);
        serve.args([format!("--cert={}", roots.display()), format!("--pkey={}", key.display())]);
        serve.args(["--allow-loopback-peers", "--no-multicast-peers", "--no-cli"]);
        serve.args(["--log-file=stdout", "--simple-log", "--verbose"]);
        serve.args([format!("--pidfile={}", inside("pid").display())]);
        serve.args([format!("--userdb={}", inside("users").display())]);
        serve.current_dir(&folder).stdin(Stdio::null()).stdout(File::create(&said)?);
        let mut process = Process::start("turnserver", folder.as_ref(), &mut serve)?;
        eventually(Duration::from_secs(30), "the relay listens", || {
            if let Err(trouble) = process.check() {
                return Some(Err(trouble));
            }
            // UDP, TCP and TLS.
            let opened = std::fs::read_to_string(&said).ok()?.matches("listener opened on").count();
            (opened >= 3).then_some(Ok(()))
        })??;
        Ok(Relay { port, tls_port, roots, _process: process, _folder: folder })
    }

    /// Where it is reached by UDP.
    pub fn udp(&self) -> String {
        format!("turn:127.0.0.1:{}?transport=udp", self.port)
    }

    /// Where it is reached by TCP.
    pub fn tcp(&self) -> String {
        format!("turn:127.0.0.1:{}?transport=tcp", self.port)
    }

    /// Where it is reached by TLS, by those who believe [`Relay::roots`].
    pub fn tls(&self) -> String {
        format!("turns:localhost:{}?transport=tcp", self.tls_port)
    }

    /// The certificate that is to be believed, a PEM file.
    pub fn roots(&self) -> &Path {
        &self.roots
    }
}
