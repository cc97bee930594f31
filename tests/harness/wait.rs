//! Waiting for the world, and what can go wrong with it.

use std::time::{Duration, Instant};

/// Between two looks. Short, because what is waited for is measured too.
const LOOK: Duration = Duration::from_millis(5);

/// What went wrong outside the programs that are tested, or with them as seen from outside.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A program is not there.
    #[error("{program} cannot be started: {source}")]
    NotStarted { program: String, source: std::io::Error },
    /// A program ended that should run.
    #[error("{program} ended early: {status}\n{log}")]
    Ended { program: String, status: String, log: String },
    /// Something did not happen.
    #[error("not within {:.1} s: {what}", limit.as_secs_f32())]
    Late { what: String, limit: Duration },
    /// Something answered what makes no sense.
    #[error("{0}")]
    Strange(String),
    /// A file or pipe.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// Looks until `look` gives something, or the limit is over.
pub fn eventually<T>(limit: Duration, what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T, Trouble> {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if begin.elapsed() >= limit {
            return Err(Trouble::Late { what: what.to_owned(), limit });
        }
        std::thread::sleep(LOOK);
    }
}

/// Measures until a limit is kept, three times at most. A machine that is busy with other things spoils one measurement, a program
/// that is too slow spoils all of them. Gives the one that kept it.
pub fn within(
    limit: Duration,
    what: &str,
    mut measure: impl FnMut() -> Result<Duration, Trouble>,
) -> Result<Duration, Trouble> {
    let mut taken = Vec::new();
    for _ in 0..3 {
        let took = measure()?;
        if took <= limit {
            eprintln!("{what}: {} ms", took.as_millis());
            return Ok(took);
        }
        taken.push(took);
    }
    Err(Trouble::Strange(format!("{what}: {taken:?} instead of {limit:?}")))
}
