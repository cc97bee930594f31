//! `confab-bot`: see the crate's documentation.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use confab_bot::{JoinOptions, ObeyOptions, join, obey};

/// A headless participant for QA and load.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Signs in, joins a room, measures, leaves.
    Join(Box<JoinOptions>),
    /// Signs in and does what standard input says, one intent a line.
    Obey(Box<ObeyOptions>),
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CONFAB_LOG").unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let command = Arguments::parse().command;
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("confab-bot: {error}");
            return ExitCode::from(2);
        }
    };
    let outcome = match command {
        Command::Join(options) => runtime.block_on(join(*options)),
        Command::Obey(options) => runtime.block_on(obey(*options)),
    };
    // Device threads of a test card may be in the middle of a picture; nothing of theirs is worth waiting for.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("confab-bot: {error}");
            ExitCode::FAILURE
        }
    }
}
