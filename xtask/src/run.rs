//! `cargo xtask run`: a backend, one other participant and the app, all on this machine.

mod backend;
mod children;

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use clap::Args;

use crate::setup;
use crate::shell::{self, Failure, cargo, not_started};
use crate::tree;
use backend::Backend;
use children::Children;

/// The room and the other participant in it.
const ROOM: &str = "4711";
const OTHER: &str = "daniel";

/// How to run.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// On a display of its own, driven by itself: pictures in target/screens, figures as one JSON object on standard output
    #[arg(long)]
    headless: bool,
    /// Ends by itself after so many seconds
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Where pictures are shown: auto, native (child windows of X11) or page (canvas of the page)
    #[arg(long, default_value = "auto", value_parser = ["auto", "native", "page"])]
    surface: String,
    /// Domains of the backend it starts, such as a.local,b.local; one when there are none
    #[arg(long, value_delimiter = ',')]
    domains: Vec<String>,
}

/// Builds what is needed and runs until the window is closed, the time is over or Ctrl-C.
pub fn run(options: &Options) -> Result<(), Failure> {
    setup::setup(&setup::Options::new(options.headless))?;
    // The whole workspace, so that features and artifacts are those of the tests.
    shell::run(&mut cargo(&["build", "--workspace", "--bins"]))?;
    if options.headless { headless(options) } else { desktop(options) }
}

fn headless(options: &Options) -> Result<(), Failure> {
    let mut command = Command::new(tree::program("confab-headless"));
    command.args(["--surface", &options.surface]).current_dir(tree::root());
    if let Some(seconds) = options.seconds {
        command.args(["--seconds", &seconds.to_string()]);
    }
    let status = command.status().map_err(|error| not_started(&command, error))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Ended { line: "confab-headless".to_owned(), code: status.code() })
    }
}

fn desktop(options: &Options) -> Result<(), Failure> {
    if cfg!(target_os = "linux")
        && ["DISPLAY", "WAYLAND_DISPLAY"].iter().all(|name| std::env::var_os(name).is_none())
    {
        return Err(Failure::Other("there is no display here: try `cargo xtask run --headless`".to_owned()));
    }
    let mut children = Children::default();
    let backend = Backend::find_or_start(&data_folder(), &options.domains, &mut children)?;
    backend.introduce(ROOM);
    let mut bot = children::program("confab-bot");
    bot.args(["join", "--backend", &backend.url, "--room", ROOM, "--as", OTHER]);
    bot.args(["--camera", "testcard", "--mic", "tone:440", "--screen", "none", "--seconds", "0"]);
    bot.env("CONFAB_PASSWORD", &backend.password).stdin(Stdio::null());
    children.start("bot", &mut bot)?;
    let mut app = children::program("confab");
    app.args(["--surface", &options.surface]);
    children.start("app", &mut app)?;
    watch(&mut children, options.seconds.map(Duration::from_secs))
}

/// Waits for the window to close or the time to be over; tells when something else ends before.
fn watch(children: &mut Children, limit: Option<Duration>) -> Result<(), Failure> {
    let begin = Instant::now();
    loop {
        for (name, status) in children.ended() {
            match name {
                "app" if status.success() => return Ok(()),
                "app" => return Err(Failure::Ended { line: "confab".to_owned(), code: status.code() }),
                "backend" => return Err(Failure::Other(format!("the backend ended: {status}"))),
                _ => eprintln!("The {name} has left: {status}"),
            }
        }
        if limit.is_some_and(|limit| begin.elapsed() >= limit) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Where the backend keeps accounts between runs.
fn data_folder() -> PathBuf {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || named("HOME").unwrap_or_else(|| PathBuf::from("."));
    let base = if cfg!(windows) {
        named("LOCALAPPDATA").unwrap_or_else(tree::target)
    } else if cfg!(target_os = "macos") {
        home().join("Library/Application Support")
    } else {
        named("XDG_DATA_HOME").unwrap_or_else(|| home().join(".local/share"))
    };
    base.join("confab").join("backend")
}
