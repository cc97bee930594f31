//! Programs that do not outlive their value.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::net::{IpAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus};
use std::time::Duration;

use crate::wait::{Trouble, eventually};

/// How long a program may take to end when it is asked to.
const PATIENCE: Duration = Duration::from_secs(10);

/// Lines of a log that are worth showing.
const TAIL: usize = 40;

/// A running program. What it writes to standard error is kept in a file and shown when a test fails.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts what [`command`] made, in a process group of its own. The folder is for its log.
    pub fn start(name: &str, folder: &Path, command: &mut Command) -> Result<Process, Trouble> {
        let log = free_name(folder, name);
        command.stderr(File::create(&log)?);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let name = name.to_owned();
        match command.spawn() {
            Ok(child) => Ok(Process { name, child, log }),
            Err(source) => Err(Trouble::NotStarted { program: name, source }),
        }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The writing end of its standard input, when it was started with a pipe there.
    pub fn stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// The reading end of its standard output, when it was started with a pipe there.
    pub fn stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The last lines that it wrote to standard error.
    pub fn log(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(TAIL)..].join("\n")
    }

    /// Fails when it has ended.
    pub fn check(&mut self) -> Result<(), Trouble> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(self.ended(status)),
        }
    }

    /// Waits for it to end by itself.
    pub fn finish(&mut self, limit: Duration) -> Result<ExitStatus, Trouble> {
        let name = self.name.clone();
        eventually(limit, &format!("{name} ends"), || self.child.try_wait().ok().flatten())
    }

    /// Waits for it to end well.
    pub fn succeed(&mut self, limit: Duration) -> Result<(), Trouble> {
        let status = self.finish(limit)?;
        if status.success() { Ok(()) } else { Err(self.ended(status)) }
    }

    /// Asks it to end, as a service manager does.
    pub fn ask_to_end(&self) {
        // An error means that it has ended already.
        _ = self.signal(Wish::End);
    }

    /// Ends it without a word, as a power cut does, and all that it has started.
    pub fn vanish(&mut self) -> Result<(), Trouble> {
        // An error means that it has ended already.
        _ = self.signal(Wish::Vanish);
        self.finish(PATIENCE).map(drop)
    }

    fn ended(&self, status: ExitStatus) -> Trouble {
        Trouble::Ended { program: self.name.clone(), status: status.to_string(), log: self.log() }
    }

    #[cfg(unix)]
    fn signal(&self, wish: Wish) -> io::Result<()> {
        use rustix::process::{Pid, Signal, kill_process, kill_process_group};
        let pid =
            i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::NotFound)?;
        match wish {
            Wish::End => kill_process(pid, Signal::TERM)?,
            Wish::Vanish => kill_process_group(pid, Signal::KILL)?,
        }
        Ok(())
    }

    #[cfg(not(unix))]
    fn signal(&self, _: Wish) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

#[derive(Clone, Copy)]
enum Wish {
    /// Politely, to the program.
    End,
    /// At once, to the program and all that it has started.
    Vanish,
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let log = self.log();
            eprintln!("---- {} ----\n{log}", self.name);
        }
        if matches!(self.child.try_wait(), Ok(None)) {
            self.ask_to_end();
            // Who does not end in time is ended below.
            _ = self.finish(PATIENCE);
        }
        // Those it has started may still be there when it is gone itself.
        _ = self.signal(Wish::Vanish);
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Ends a process without a word. It may be gone already.
#[cfg(target_os = "linux")]
pub(crate) fn kill(id: u32) {
    if let Some(pid) = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw) {
        _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    }
}

fn free_name(folder: &Path, name: &str) -> PathBuf {
    let named = |number: u32| folder.join(format!("{name}-{number}.log"));
    (1..).map(named).find(|path| !path.exists()).unwrap_or_else(|| named(0))
}

/// A command whose program ends when the calling thread does, also when we are killed; where the system can do that.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    if cfg!(target_os = "linux") {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(program);
        command
    } else {
        Command::new(program)
    }
}

/// An address of this machine that is reached from others, if it has one. Nothing is sent to find out.
pub fn own_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind(("0.0.0.0", 0)).ok()?;
    // An address for documents (RFC 5737): only the way to it counts.
    socket.connect(("198.51.100.1", 9)).ok()?;
    Some(socket.local_addr().ok()?.ip()).filter(|own| !own.is_loopback())
}

/// A port that was free a moment ago, for programs that cannot choose one themselves or must be known before they start.
pub fn free_port() -> Result<u16, Trouble> {
    loop {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        // Media takes the same one.
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
}

/// A program of this workspace, as it lies beside the test that is running.
pub fn program(name: &str) -> Result<PathBuf, Trouble> {
    let ours = std::env::current_exe()?;
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    // Tests lie in `deps`, programs one above.
    let found = ours.ancestors().skip(1).take(2).map(|folder| folder.join(&file)).find(|path| path.is_file());
    found.ok_or_else(|| {
        Trouble::Strange(format!("{name} is not built: run `cargo build --workspace --all-targets` first"))
    })
}
