//! `cargo xtask test`: everything that must hold before a change goes in. One build serves all of it.

use std::time::{Duration, Instant};

use crate::shell::{self, Failure, cargo, npm};
use crate::{check, setup};

/// Set-up, checks, the page's tests, then every Rust test, the live calls and the journeys through the window included.
/// All parts are run even when one fails; the summary says which.
pub fn test() -> Result<(), Failure> {
    setup::setup(&setup::Options::new(true))?;
    let mut report = Report::default();
    report.part("check", check::check);
    report.part("page", || shell::run(&mut npm(&["test"])));
    // The binaries first: journeys start them, and `cargo test` alone does not build those of other packages.
    let built = report.part("build", || shell::run(&mut cargo(&["build", "--workspace", "--all-targets"])));
    if built {
        // Journeys and live calls measure time, so they take turns; see `confab_tests::turn`.
        report.part("tests", || shell::run(&mut cargo(&["test", "--workspace", "--no-fail-fast"])));
    }
    report.close()
}

#[derive(Default)]
struct Report(Vec<(&'static str, Duration, Option<Failure>)>);

impl Report {
    fn part(&mut self, name: &'static str, run: impl FnOnce() -> Result<(), Failure>) -> bool {
        let begin = Instant::now();
        let failure = run().err();
        if let Some(failure) = &failure {
            eprintln!("xtask: {name}: {failure}");
        }
        let passed = failure.is_none();
        self.0.push((name, begin.elapsed(), failure));
        passed
    }

    fn close(self) -> Result<(), Failure> {
        eprintln!();
        for (name, time, failure) in &self.0 {
            let outcome = if failure.is_none() { "passed" } else { "FAILED" };
            eprintln!("{name:<8} {outcome} in {:>5.1} s", time.as_secs_f32());
        }
        let failed: Vec<String> = self
            .0
            .into_iter()
            .filter_map(|(name, _, failure)| Some(format!("{name}: {}", failure?)))
            .collect();
        if failed.is_empty() {
            Ok(())
        } else {
            Err(Failure::Broken { rule: "not everything passed", places: failed })
        }
    }
}
