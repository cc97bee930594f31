//! Starting programs and saying what went wrong.

use std::fmt;
use std::io::{self, BufRead as _};
use std::process::{Child, Command, Stdio};

use crate::tree;

/// Why a command of ours did not succeed. What the started program printed was already seen.
#[derive(Debug)]
pub enum Failure {
    /// The program is not there or may not be started.
    NotStarted { program: String, error: io::Error },
    /// The program ended with an error.
    Ended { line: String, code: Option<i32> },
    /// A rule of the house does not hold: one line for each place.
    Broken { rule: &'static str, places: Vec<String> },
    /// Anything else, in words.
    Other(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::NotStarted { program, error } => write!(f, "{program} cannot be started: {error}"),
            Failure::Ended { line, code: Some(code) } => write!(f, "`{line}` ended with {code}"),
            Failure::Ended { line, code: None } => write!(f, "`{line}` was ended by a signal"),
            Failure::Broken { rule, places } => write!(f, "{rule}:\n  {}", places.join("\n  ")),
            Failure::Other(text) => f.write_str(text),
        }
    }
}

/// A file could not be read or written.
pub fn file_failure(path: &std::path::Path, error: &io::Error) -> Failure {
    Failure::Other(format!("{}: {error}", path.display()))
}

/// The cargo that started us, in the root folder.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(tree::root());
    // What cargo told us about ourselves; build scripts that look at such names would run anew for every other caller.
    let ours = std::env::vars_os().map(|(name, _)| name);
    for name in ours.filter(|name| name.to_str().is_some_and(is_about_us)) {
        command.env_remove(name);
    }
    command
}

fn is_about_us(name: &str) -> bool {
    ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"]
        .iter()
        .any(|start| name.starts_with(start))
}

/// npm in the page's folder.
pub fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments).current_dir(tree::page());
    command
}

/// Runs a program to its end. Its output goes to standard error, so that ours keeps to results.
pub fn run(command: &mut Command) -> Result<(), Failure> {
    let stdout = io::stderr();
    #[cfg(unix)]
    let stdout = std::os::fd::AsFd::as_fd(&stdout).try_clone_to_owned().map(Stdio::from);
    #[cfg(windows)]
    let stdout = std::os::windows::io::AsHandle::as_handle(&stdout).try_clone_to_owned().map(Stdio::from);
    command.stdout(stdout.unwrap_or_else(|_| Stdio::inherit()));
    start(command)?.end()
}

/// The same, and `hear` is told each line of its standard output too.
pub fn follow(command: &mut Command, mut hear: impl FnMut(&str)) -> Result<(), Failure> {
    let mut running = start(command.stdout(Stdio::piped()))?;
    for line in running.child.stdout.take().into_iter().flat_map(|pipe| io::BufReader::new(pipe).split(b'\n'))
    {
        let Ok(line) = line else { break };
        let line = String::from_utf8_lossy(&line);
        eprintln!("{line}");
        hear(&line);
    }
    running.end()
}

struct Running {
    line: String,
    child: Child,
}

fn start(command: &mut Command) -> Result<Running, Failure> {
    let line = line(command);
    eprintln!("+ {line}");
    let child = command.spawn().map_err(|error| not_started(command, error))?;
    Ok(Running { line, child })
}

impl Running {
    fn end(mut self) -> Result<(), Failure> {
        let status = self.child.wait().map_err(|error| Failure::Other(format!("{}: {error}", self.line)))?;
        if status.success() { Ok(()) } else { Err(Failure::Ended { line: self.line, code: status.code() }) }
    }
}

/// Runs a program quietly and gives what it printed, or nothing when it failed or is not there.
pub fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program can be started.
pub fn exists(program: &str) -> bool {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&paths).any(|folder| folder.join(program).is_file())
}

/// The failure of a program that did not start.
pub fn not_started(command: &Command, error: io::Error) -> Failure {
    Failure::NotStarted { program: command.get_program().to_string_lossy().into_owned(), error }
}

fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(name).chain(arguments).collect::<Vec<_>>().join(" ")
}
