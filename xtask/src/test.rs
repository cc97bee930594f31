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
        report.part("tests", tests);
    }
    report.close()
}

/// Every Rust test. What the failed ones said comes again at the end: where it stood it is lost among thousands of lines.
fn tests() -> Result<(), Failure> {
    let mut said = Said::default();
    let command = &mut cargo(&["test", "--workspace", "--no-fail-fast"]);
    shell::follow(command, |line| said.hear(line)).map_err(|failure| match said.texts.is_empty() {
        true => failure,
        false => Failure::Broken { rule: "tests failed", places: said.texts },
    })
}

/// What failed tests said, a text for each, as the test harness repeats it after the last test of a program.
#[derive(Default)]
struct Said {
    texts: Vec<String>,
    inside: bool,
}

impl Said {
    fn hear(&mut self, line: &str) {
        if line.starts_with("---- ") && line.ends_with(" stdout ----") {
            self.inside = true;
            self.texts.push(line.to_owned());
        } else if line == "failures:" {
            self.inside = false;
        } else if self.inside
            && !line.is_empty()
            && let Some(text) = self.texts.last_mut()
        {
            text.push_str("\n    ");
            text.push_str(line);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::Said;

    #[test]
    fn what_failed_tests_said_is_gathered_from_all_programs() {
        let mut said = Said::default();
        let output = "test one ... FAILED\n\nfailures:\n\n---- one stdout ----\nnot within 2.0 s\n\n---- two stdout ----\na\nb\n\n\n\
            failures:\n    one\n    two\n\ntest result: FAILED.\n---- three stdout ----\nc";
        output.lines().for_each(|line| said.hear(line));
        let expected = [
            "---- one stdout ----\n    not within 2.0 s",
            "---- two stdout ----\n    a\n    b",
            "---- three stdout ----\n    c",
        ];
        assert_eq!(said.texts, expected);
    }
}
