//! Somebody who is signed in and does what the test says: a bot that obeys.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::backend::Backend;
use crate::bot::read_from;
use crate::process::{Process, command, program};
use crate::wait::{Trouble, eventually};

/// Who it is, with what.
#[derive(Clone, Copy, Debug)]
pub struct PersonPlan<'a> {
    pub user: &'a str,
    /// Number in its test card.
    pub sender: u8,
    /// `testcard` or `none`.
    pub camera: &'a str,
    /// `tone:440` or `none`.
    pub mic: &'a str,
}

/// Somebody at a client without a window.
pub struct Person {
    process: Process,
    orders: ChildStdin,
    stats: PathBuf,
    downloads: PathBuf,
}

impl Person {
    /// Signs in at `url`. What is remembered lies in `folder` and is there again the next time.
    pub fn sign_in(url: &str, folder: &Path, plan: PersonPlan<'_>) -> Result<Person, Trouble> {
        let data = folder.join(format!("{}-client", plan.user));
        let downloads = folder.join(format!("{}-downloads", plan.user));
        std::fs::create_dir_all(&downloads)?;
        let stats = folder.join(format!("{}.ndjson", plan.user));
        std::fs::write(&stats, "")?;
        let mut obey = command(program("confab-bot")?);
        obey.args(["obey", "--backend", url, "--as", plan.user]);
        obey.args(["--camera", plan.camera, "--mic", plan.mic, "--sender", &plan.sender.to_string()]);
        obey.arg("--data").arg(&data).arg("--downloads").arg(&downloads).arg("--stats").arg(&stats);
        obey.env("CONFAB_PASSWORD", Backend::PASSWORD).stdin(Stdio::piped()).stdout(Stdio::null());
        let mut process = Process::start(&format!("person-{}", plan.user), folder, &mut obey)?;
        let orders = process.stdin().ok_or_else(|| Trouble::Strange("there is no pipe".to_owned()))?;
        let mut person = Person { process, orders, stats, downloads };
        person.until("signed in", Duration::from_secs(30), |_| true)?;
        Ok(person)
    }

    /// Gives an intent, as the page would.
    pub fn tell(&mut self, intent: &Value) -> Result<(), Trouble> {
        writeln!(self.orders, "{intent}")?;
        Ok(self.orders.flush()?)
    }

    /// Chooses a file, as in the file dialog.
    pub fn offer(&mut self, path: &Path) -> Result<(), Trouble> {
        self.tell(&json!({"offerFile": path}))
    }

    /// Where fetched files land.
    pub fn downloads(&self) -> &Path {
        &self.downloads
    }

    /// Waits until what is on the screen, seen and heard is as wanted.
    pub fn until(
        &mut self,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        let begin = std::fs::metadata(&self.stats)?.len();
        let mut newest = Value::Null;
        let found = eventually(limit, what, || {
            if let Err(trouble) = self.process.check() {
                return Some(Err(trouble));
            }
            let text = read_from(&self.stats, begin).ok()?;
            newest = text.lines().rev().find_map(|line| serde_json::from_str(line).ok())?;
            wanted(&newest).then(|| Ok(newest.clone()))
        });
        match found {
            Err(Trouble::Late { what, limit }) => {
                Err(Trouble::Late { what: format!("{what}; instead {newest}"), limit })
            }
            found => found?,
        }
    }

    /// Waits until the call is in this phase.
    pub fn until_call(&mut self, phase: &str, limit: Duration) -> Result<Value, Trouble> {
        self.until(&format!("the call is {phase}"), limit, |now| now["call"]["phase"] == phase)
    }

    /// Signs off and waits until the program has ended well.
    pub fn leave(mut self) -> Result<(), Trouble> {
        self.process.ask_to_end();
        self.process.succeed(Duration::from_secs(10))
    }
}
