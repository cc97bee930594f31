//! `cargo xtask check`: what a reviewer should not have to look for.
//!
//! | module | rule |
//! |---|---|
//! | [`size`] | a file past 400 lines says why in its first line |
//! | [`purity`] | `crates/core` depends on nothing that has a clock, a thread or a socket |
//! | [`dependencies`] | `docs/dependencies.md` has a reason for every dependency, and no more |

mod dependencies;
mod purity;
mod size;

use std::time::Instant;

use crate::shell::{self, Failure, cargo, npm};
use crate::{floors, setup};

/// Runs all checks, the cheap ones first, and tells of every one that fails.
pub fn check() -> Result<(), Failure> {
    let mut failed = Vec::new();
    let mut part = |name: &str, check: &mut dyn FnMut() -> Result<(), Failure>| {
        let begin = Instant::now();
        match check() {
            Ok(()) => eprintln!("{name}: fine ({:.1} s)", begin.elapsed().as_secs_f32()),
            Err(failure) => {
                eprintln!("{name}: {failure}");
                failed.push(name.to_owned());
            }
        }
    };
    part("format", &mut || shell::run(&mut cargo(&["fmt", "--all", "--check"])));
    part("size", &mut size::size);
    part("floors", &mut floors::floors);
    part("purity", &mut purity::purity);
    part("dependencies", &mut dependencies::dependencies);
    part("page", &mut || setup::page().and_then(|()| shell::run(&mut npm(&["run", "check"]))));
    let clippy = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    part("clippy", &mut || shell::run(&mut cargo(&clippy)));
    if failed.is_empty() {
        Ok(())
    } else {
        Err(Failure::Broken { rule: "these checks fail", places: failed })
    }
}
