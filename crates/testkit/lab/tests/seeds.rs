//! Random scripts must end as the model says. `LAB_SEEDS=<number>` runs more, `LAB_SEED=<seed>` one, `LAB_PLAN=<file>` a
//! saved one.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use confab_lab::Script;

/// Runs of the default test.
const SEEDS: u64 = 1_000;

fn fail(script: &Script, found: &str) -> ! {
    let small = script.shrink();
    let small_found = small.run().err().unwrap_or_default();
    let file = small.save().map(|file| file.display().to_string()).unwrap_or_else(|error| error.to_string());
    panic!(
        "LAB_SEED={} fails\n{found}\n\nsmaller ({file}): {} people, doubles {}, broken camera {:?}\n{:#?}\n{small_found}",
        script.seed, small.people, small.doubles, small.broken_camera, small.steps
    );
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn random_scripts_end_as_the_model_says() {
    if let Ok(file) = std::env::var("LAB_PLAN") {
        let script = Script::load(Path::new(&file)).expect("a saved script");
        return script.run().unwrap_or_else(|found| panic!("{found}"));
    }
    if let Some(seed) = number("LAB_SEED") {
        let script = Script::random(seed);
        return script.run().unwrap_or_else(|found| fail(&script, &found));
    }
    let (seeds, next, failed) =
        (number("LAB_SEEDS").unwrap_or(SEEDS), AtomicU64::new(0), AtomicU64::new(u64::MAX));
    let work = || {
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= seeds || failed.load(Relaxed) != u64::MAX {
                return;
            }
            if Script::random(seed).run().is_err() {
                failed.fetch_min(seed, Relaxed);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner();
    if failed != u64::MAX {
        let script = Script::random(failed);
        let found = script.run().err().unwrap_or_default();
        fail(&script, &found);
    }
}
