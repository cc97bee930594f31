//! `confab-backend`: see `confab-backend serve --help`.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use confab_backend::Config;
use tracing_subscriber::EnvFilter;

/// The conference backend of reTHINK domains.
#[derive(Debug, Parser)]
#[command(version)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serves until it is interrupted or terminated
    Serve(Box<Config>),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::Serve(config) = Options::parse().command;
    // Standard output carries the one line `ready …`; everything else goes to standard error.
    let filter = EnvFilter::try_from_env("CONFAB_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    // Listened for from the start: whoever reads the line `ready …` may send a signal at once.
    let interrupted = match interrupted() {
        Ok(interrupted) => interrupted,
        Err(error) => {
            eprintln!("confab-backend: cannot listen for signals: {error}");
            return ExitCode::FAILURE;
        }
    };
    let users = config.made_accounts().join(", ");
    let mut backend = match confab_backend::start_all(*config).await {
        Ok(backend) => backend,
        Err(error) => {
            eprintln!("confab-backend: {error}");
            return ExitCode::FAILURE;
        }
    };
    for domain in backend.domains() {
        let place =
            if backend.domains().len() > 1 { format!(" of {}", domain.domain()) } else { String::new() };
        if let Some(password) = domain.password() {
            eprintln!("accounts {users}{place} have the password {password}");
        }
    }
    println!("{}", backend.ready_line());
    let ended = tokio::select! {
        () = interrupted => ExitCode::SUCCESS,
        () = backend.failed() => ExitCode::FAILURE,
    };
    backend.shutdown().await;
    ended
}

/// Begins to listen for Ctrl-C and the signal to terminate; the future is done when one has come.
#[cfg(unix)]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Begins to listen for Ctrl-C; the future is done when it has come.
#[cfg(windows)]
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move { drop(interrupt.recv().await) })
}
