//! Random runs that can be had again: many seeds at once, the first that fails made smaller, saved, printed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Something made from a seed that can be run again, with a step less.
pub trait Replay: Clone + std::fmt::Debug + Serialize + DeserializeOwned {
    /// What saved ones are called.
    const NAME: &'static str;

    /// Makes it.
    fn random(seed: u64) -> Self;

    /// What it was made from.
    fn seed(&self) -> u64;

    /// Runs it from the start; what differs from what must be.
    fn play(&self) -> Vec<String>;

    /// The same without one step, at the same times; `None` when there are not so many.
    fn without(&self, step: usize) -> Option<Self>;

    /// Runs it from the start; the error says what differs, or with what it panicked.
    fn run(&self) -> Result<(), String> {
        match catch_unwind(AssertUnwindSafe(|| self.play())) {
            Ok(found) if found.is_empty() => Ok(()),
            Ok(found) => Err(found.join("\n")),
            Err(panic) => Err(words(panic)),
        }
    }

    /// The smallest one found that still fails by leaving steps out.
    fn shrink(&self) -> Self {
        let mut smallest = self.clone();
        let mut at = 0;
        while let Some(smaller) = smallest.without(at) {
            match smaller.run() {
                Err(_) => smallest = smaller,
                Ok(()) => at += 1,
            }
        }
        smallest
    }

    /// Writes it to `target/lab/<name>-<seed>.json`; `LAB_PLAN=<file>` runs it again.
    fn save(&self) -> std::io::Result<PathBuf> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../target/lab");
        std::fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}-{}.json", Self::NAME, self.seed()));
        std::fs::write(&file, serde_json::to_string_pretty(self)?)?;
        Ok(file)
    }

    /// Reads a saved one.
    fn load(file: &Path) -> std::io::Result<Self> {
        Ok(serde_json::from_str(&std::fs::read_to_string(file)?)?)
    }

    /// Runs so many seeds, or what the environment says: `LAB_SEEDS=<number>` more or fewer, `LAB_SEED=<seed>` one, `LAB_PLAN=<file>` a
    /// saved one. `LAB_TRACE=1` prints every message.
    ///
    /// # Panics
    /// When one fails: with its seed, and the smallest run found that fails too.
    fn run_seeds(seeds: u64) {
        if let Ok(file) = std::env::var("LAB_PLAN") {
            let saved = Self::load(Path::new(&file)).expect("a saved run");
            return saved.run().unwrap_or_else(|found| panic!("{found}"));
        }
        if let Some(seed) = number("LAB_SEED") {
            let run = Self::random(seed);
            return run.run().unwrap_or_else(|found| fail(&run, &found));
        }
        let seeds = number("LAB_SEEDS").unwrap_or(seeds);
        let (next, failed) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
        let work = || {
            loop {
                let seed = next.fetch_add(1, Relaxed);
                if seed >= seeds || failed.load(Relaxed) != u64::MAX {
                    return;
                }
                if Self::random(seed).run().is_err() {
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
            let run = Self::random(failed);
            let found = run.run().err().unwrap_or_default();
            fail(&run, &found);
        }
    }
}

fn fail<R: Replay>(run: &R, found: &str) -> ! {
    let small = run.shrink();
    let small_found = small.run().err().unwrap_or_default();
    let file = small.save().map_or_else(|error| error.to_string(), |file| file.display().to_string());
    panic!("LAB_SEED={} fails\n{found}\n\nsmaller ({file}):\n{small:#?}\n{small_found}", run.seed());
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn words(panic: Box<dyn std::any::Any + Send>) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
    format!("panic: {}", text.unwrap_or_default())
}
