//! A session bus with a store for secrets, as every desktop has.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::process::{Process, command};
use crate::wait::{Trouble, eventually};

/// The bus and the store.
pub struct Bus {
    address: String,
    _keyring: Process,
    _bus: Process,
}

impl Bus {
    /// Starts both; the store is unlocked and empty.
    pub fn start(folder: &Path) -> Result<Bus, Trouble> {
        let mut daemon = command("dbus-daemon");
        daemon.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        daemon.arg(format!("--address=unix:path={}", folder.join("bus").display()));
        daemon.env("HOME", folder).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut bus = Process::start("dbus-daemon", folder, &mut daemon)?;
        let mut address = String::new();
        if let Some(stdout) = bus.stdout() {
            BufReader::new(stdout).read_line(&mut address)?;
        }
        let address = address.trim().to_owned();
        if address.is_empty() {
            bus.succeed(Duration::from_secs(5))?;
        }
        std::fs::create_dir_all(folder.join("data/keyrings"))?;
        let mut store = command("gnome-keyring-daemon");
        store.args(["--foreground", "--unlock", "--components=secrets"]);
        store
            .env("DBUS_SESSION_BUS_ADDRESS", &address)
            .env("HOME", folder)
            .env("XDG_DATA_HOME", folder.join("data"));
        store.env("XDG_RUNTIME_DIR", folder.join("run")).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut keyring = Process::start("gnome-keyring-daemon", folder, &mut store)?;
        if let Some(mut pipe) = keyring.stdin() {
            // It reads to the end of its input; the line is the password of a keyring that lives as long as the test.
            pipe.write_all(b"journey\n")?;
        }
        eventually(Duration::from_secs(30), "a store for secrets is on the bus", || {
            has_store(&address).then_some(())
        })?;
        Ok(Bus { address, _keyring: keyring, _bus: bus })
    }

    /// What a program needs to find the bus.
    pub fn address(&self) -> &str {
        &self.address
    }
}

fn has_store(address: &str) -> bool {
    let mut ask = Command::new("dbus-send");
    ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]);
    ask.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
    let answer = ask.env("DBUS_SESSION_BUS_ADDRESS", address).stderr(Stdio::null()).output();
    answer.is_ok_and(|answer| String::from_utf8_lossy(&answer.stdout).contains("boolean true"))
}
