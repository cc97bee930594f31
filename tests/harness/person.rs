//! Somebody who is signed in and does what the test says: a bot that obeys.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::backend::Backend;
use crate::bot::{read_from, told};
use crate::process::{Process, command, program};
use crate::wait::Trouble;

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

impl<'a> PersonPlan<'a> {
    /// With a test card and a tone.
    pub const fn new(user: &'a str, sender: u8, mic: &'a str) -> PersonPlan<'a> {
        PersonPlan { user, sender, camera: "testcard", mic }
    }
}

/// Somebody at a client without a window.
pub struct Person {
    /// Number in its test card.
    pub sender: u8,
    /// What is heard of it, Hz; empty: nothing.
    pub tone: String,
    process: Process,
    orders: ChildStdin,
    stats: PathBuf,
    downloads: PathBuf,
    marks: u32,
}

impl Person {
    /// Signs in at `url`. What is remembered lies in `folder` and is there again the next time.
    pub fn sign_in(url: &str, folder: &Path, plan: PersonPlan<'_>) -> Result<Person, Trouble> {
        Person::sign_in_with(url, folder, plan, &[], None)
    }

    /// The same with more options of `obey`, and with certificates (a PEM file) that are believed in place of the system's.
    pub fn sign_in_with(
        url: &str,
        folder: &Path,
        plan: PersonPlan<'_>,
        options: &[&str],
        roots: Option<&Path>,
    ) -> Result<Person, Trouble> {
        let data = folder.join(format!("{}-client", plan.user));
        let downloads = folder.join(format!("{}-downloads", plan.user));
        std::fs::create_dir_all(&downloads)?;
        let stats = folder.join(format!("{}.ndjson", plan.user));
        std::fs::write(&stats, "")?;
        let mut obey = command(program("confab-bot")?);
        obey.args(["obey", "--backend", url, "--as", plan.user]);
        obey.args(["--camera", plan.camera, "--mic", plan.mic, "--sender", &plan.sender.to_string()]);
        obey.arg("--data").arg(&data).arg("--downloads").arg(&downloads).arg("--stats").arg(&stats);
        obey.args(options);
        obey.env("CONFAB_PASSWORD", Backend::PASSWORD).stdin(Stdio::piped()).stdout(Stdio::null());
        if let Some(roots) = roots {
            obey.env("SSL_CERT_FILE", roots).env_remove("SSL_CERT_DIR");
        }
        let mut process = Process::start(&format!("person-{}", plan.user), folder, &mut obey)?;
        let orders = process.stdin().ok_or_else(|| Trouble::Strange("there is no pipe".to_owned()))?;
        let tone = plan.mic.strip_prefix("tone:").unwrap_or_default().to_owned();
        let mut person = Person { sender: plan.sender, tone, process, orders, stats, downloads, marks: 0 };
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

    /// From now on gaps are counted anew.
    pub fn count_anew(&mut self) -> Result<(), Trouble> {
        self.marks += 1;
        let mark = self.marks;
        self.tell(&json!({"mark": mark}))?;
        self.until("gaps are counted anew", Duration::from_secs(20), |now| now["mark"] == mark).map(drop)
    }

    /// Goes on for so long; what is on the screen, seen and heard then.
    pub fn go_on(&mut self, time: Duration) -> Result<Value, Trouble> {
        let begin = Instant::now();
        self.until("time passes", time + Duration::from_secs(20), |_| begin.elapsed() >= time)
    }

    /// Where fetched files land.
    pub fn downloads(&self) -> &Path {
        &self.downloads
    }

    /// Waits until what is on the screen, seen and heard is as wanted, be it for one moment.
    pub fn until(
        &mut self,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        match told(&self.stats, &mut self.process, what, limit, wanted) {
            Err(Trouble::Late { what, limit }) => {
                let log = self.process.log();
                Err(Trouble::Late { what: format!("{what}\n{log}"), limit })
            }
            found => found,
        }
    }

    /// All that was on the screen, seen and heard so far, ten times a second.
    pub fn history(&self) -> Result<Vec<Value>, Trouble> {
        let written = read_from(&self.stats, 0)?;
        // The last line may still be in the making.
        let lines = written.split(|byte| *byte == b'\n');
        Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }

    /// Waits until the call is in this phase.
    pub fn until_call(&mut self, phase: &str, limit: Duration) -> Result<Value, Trouble> {
        self.until(&format!("the call is {phase}"), limit, |now| now["call"]["phase"] == phase)
    }

    /// Ends the program without a word, as a crash or a power cut does.
    pub fn vanish(mut self) -> Result<(), Trouble> {
        self.process.vanish()
    }

    /// Number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Signs off and waits until the program has ended well.
    pub fn leave(mut self) -> Result<(), Trouble> {
        self.process.ask_to_end();
        self.process.succeed(Duration::from_secs(30))
    }
}
