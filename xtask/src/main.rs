//! The project's own commands: `cargo xtask run`, `test`, `check` and the parts they are made of.
//!
//! It starts programs and reads files; it never touches media, sockets of a call or a window, and nothing that ships
//! depends on it. What drives the window lives in `confab-tests`.
//!
//! | module | command |
//! |---|---|
//! | [`setup`] | what a fresh machine lacks: system packages, the page's packages, the built page |
//! | [`run`] | a backend, one other participant and the app; `--headless` drives the app by itself |
//! | [`test`] | everything that must hold before a change goes in |
//! | [`check`] | format, lints, floors, sizes, purity, list of dependencies, the page's own checks |
//! | [`floors`] | who may depend on whom |
//! | [`codegen`] | the TypeScript of the contract |
//! | [`bench`] | figures, one JSON object a line |
//! | [`shell`] | starting programs and saying what went wrong |
//! | [`tree`] | where things are in the checkout |

mod bench;
mod check;
mod codegen;
mod floors;
mod run;
mod setup;
mod shell;
mod test;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::shell::Failure;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Installs what is missing on this machine and builds the page
    Setup(setup::Options),
    /// Starts a backend, a second participant and the app
    Run(run::Options),
    /// Runs every check and every test
    Test,
    /// Format, lints, floors, sizes, purity, dependencies, page
    Check,
    /// Checks that every dependency between our crates points down
    Floors,
    /// Writes the TypeScript of the contract
    Codegen,
    /// Runs the benches: one JSON object a line
    Bench(bench::Options),
}

fn main() -> ExitCode {
    let outcome: Result<(), Failure> = match Arguments::parse().command {
        Command::Setup(options) => setup::setup(&options),
        Command::Run(options) => run::run(&options),
        Command::Test => test::test(),
        Command::Check => check::check(),
        Command::Floors => floors::floors(),
        Command::Codegen => codegen::codegen(),
        Command::Bench(options) => bench::bench(&options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}
