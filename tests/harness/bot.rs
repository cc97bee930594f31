//! Other participants, as programs.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::backend::Backend;
use crate::process::{Process, command, program};
use crate::wait::{Trouble, eventually};

/// What a bot has and does.
#[derive(Clone, Copy, Debug)]
pub struct BotPlan<'a> {
    pub user: &'a str,
    /// Number in its test card.
    pub sender: u8,
    /// `testcard` or `none`.
    pub camera: &'a str,
    /// `tone:440` or `none`.
    pub mic: &'a str,
    /// `testcard` or `none`.
    pub screen: &'a str,
    /// Leaves after so long; 0: stays.
    pub seconds: u32,
    /// What must hold, in the bot's own words.
    pub expect: &'a str,
}

impl BotPlan<'_> {
    /// Test card, no sound, no screen, no end.
    pub const fn new(user: &str, sender: u8) -> BotPlan<'_> {
        BotPlan { user, sender, camera: "testcard", mic: "none", screen: "none", seconds: 0, expect: "" }
    }
}

/// A bot in the room, or on its way.
pub struct Bot {
    process: Process,
    stats: PathBuf,
}

impl Bot {
    /// Starts it; [`Bot::arrive`] waits for it.
    pub fn join(backend: &Backend, plan: BotPlan<'_>) -> Result<Bot, Trouble> {
        let stats = backend.folder().join(format!("{}.ndjson", plan.user));
        // An earlier bot of the same name may have left one.
        std::fs::write(&stats, "")?;
        let mut join = command(program("confab-bot")?);
        join.args(["join", "--backend", &backend.url, "--room", Backend::ROOM, "--as", plan.user]);
        join.args([
            "--camera",
            plan.camera,
            "--mic",
            plan.mic,
            "--screen",
            plan.screen,
            "--expect",
            plan.expect,
        ]);
        join.args(["--sender", &plan.sender.to_string(), "--seconds", &plan.seconds.to_string()]);
        join.arg("--stats").arg(&stats).env("CONFAB_PASSWORD", Backend::PASSWORD);
        let name = format!("bot-{}", plan.user);
        let process =
            Process::start(&name, backend.folder(), join.stdin(Stdio::null()).stdout(Stdio::null()))?;
        Ok(Bot { process, stats })
    }

    /// Waits for the first statistics: it is in the room.
    pub fn arrive(&mut self) -> Result<Value, Trouble> {
        self.until("the bot is in the room", Duration::from_secs(30), |_| true)
    }

    /// All statistics so far, one object a second.
    pub fn seconds(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(&self.stats).unwrap_or_default();
        // The last line may still be in the making.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// Waits for a new line of statistics that is as wanted.
    pub fn until(
        &mut self,
        what: &str,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        told(&self.stats, &mut self.process, what, limit, wanted)
    }

    /// Number of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to leave.
    pub fn leave(&self) {
        self.process.ask_to_end();
    }

    /// Waits until it has left by itself and all that it expected has held.
    pub fn succeed(&mut self, limit: Duration) -> Result<(), Trouble> {
        self.process.succeed(limit)
    }
}

/// Waits for a line of a program's statistics, written from now on, that is as wanted. Every line is looked at: what holds for a
/// moment only is seen even when this test was kept waiting meanwhile.
pub(crate) fn told(
    stats: &Path,
    process: &mut Process,
    what: &str,
    limit: Duration,
    wanted: impl Fn(&Value) -> bool,
) -> Result<Value, Trouble> {
    let mut at = std::fs::metadata(stats)?.len();
    let mut newest = Value::Null;
    let found = eventually(limit, what, || {
        if let Err(trouble) = process.check() {
            return Some(Err(trouble));
        }
        let written = read_from(stats, at).ok()?;
        // The last line may still be in the making.
        let whole = written.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        at += whole as u64;
        for line in written[..whole].split(|byte| *byte == b'\n') {
            let Ok(now) = serde_json::from_slice(line) else { continue };
            newest = now;
            if wanted(&newest) {
                return Some(Ok(newest.clone()));
            }
        }
        None
    });
    match found {
        Err(Trouble::Late { what, limit }) => {
            Err(Trouble::Late { what: format!("{what}; instead {newest}"), limit })
        }
        found => found?,
    }
}

/// What was written to a file since it was so long.
pub(crate) fn read_from(path: &Path, begin: u64) -> std::io::Result<Vec<u8>> {
    let mut file = std::fs::File::open(path)?;
    file.seek(SeekFrom::Start(begin))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}
