//! `confab-headless`: a meeting and a call through the real window on a display of its own, for `cargo xtask run --headless`.
//!
//! It signs in as Alice, joins the room where Daniel is, looks at every screen, shares its own and leaves; then it calls Bob
//! of another domain, writes to him, and is called back. Pictures go to `target/screens`, what was measured goes to standard output as one JSON object, everything else to standard error.

use std::process::ExitCode;

use clap::Parser;

/// A meeting and a call on a display of its own.
#[derive(Parser)]
struct Options {
    /// Stays in the meeting until so many seconds have passed; without it the meeting ends with the tour
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Where pictures are shown: auto, native or page
    #[arg(long, default_value = "auto")]
    surface: String,
}

#[cfg(target_os = "linux")]
mod album;
#[cfg(target_os = "linux")]
mod call;
#[cfg(target_os = "linux")]
mod tour;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    let options = Options::parse();
    let mut figures = serde_json::Map::new();
    let outcome = tour::tour(&options, &mut figures);
    if let Err(trouble) = &outcome {
        figures.insert("trouble".to_owned(), trouble.to_string().into());
    }
    println!("{}", serde_json::Value::Object(figures));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("confab-headless: {trouble}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    let Options { seconds: _, surface: _ } = Options::parse();
    eprintln!("confab-headless needs the X Window System");
    ExitCode::FAILURE
}
