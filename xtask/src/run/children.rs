//! Programs we started: none outlives us.

use std::io;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use crate::shell::{self, Failure, not_started};
use crate::tree;

/// How long a program may take to say goodbye.
const PATIENCE: Duration = Duration::from_secs(3);

/// In the order they were started; they end in the opposite order.
///
/// They stay in our process group, so that Ctrl-C in the terminal reaches all of them as it reaches us.
#[derive(Default)]
pub struct Children(Vec<(&'static str, Child)>);

impl Children {
    /// Starts a program and gives what it was asked to be piped.
    pub fn start(&mut self, name: &'static str, command: &mut Command) -> Result<&mut Child, Failure> {
        let child = command.spawn().map_err(|error| not_started(command, error))?;
        self.0.push((name, child));
        Ok(&mut self.0.last_mut().expect("one was added").1)
    }

    /// Those that ended since the last time.
    pub fn ended(&mut self) -> Vec<(&'static str, ExitStatus)> {
        let mut ended = Vec::new();
        self.0.retain_mut(|(name, child)| match child.try_wait() {
            Ok(Some(status)) => {
                ended.push((*name, status));
                false
            }
            _ => true,
        });
        ended
    }
}

/// A program of the workspace. On Linux it ends when we do, even when we are killed.
pub fn program(name: &str) -> Command {
    let path = tree::program(name);
    if cfg!(target_os = "linux") && shell::exists("setpriv") {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "TERM", "--"]).arg(path);
        command
    } else {
        Command::new(path)
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        while let Some((_, mut child)) = self.0.pop() {
            let asked = ask_to_end(&child).is_ok();
            let begin = Instant::now();
            while asked && begin.elapsed() < PATIENCE && matches!(child.try_wait(), Ok(None)) {
                std::thread::sleep(Duration::from_millis(20));
            }
            // Errors mean that it is gone already.
            _ = child.kill();
            _ = child.wait();
        }
    }
}

#[cfg(unix)]
fn ask_to_end(child: &Child) -> io::Result<()> {
    use rustix::process::{Pid, Signal, kill_process};
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::NotFound)?;
    Ok(kill_process(pid, Signal::TERM)?)
}

#[cfg(not(unix))]
fn ask_to_end(_: &Child) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
