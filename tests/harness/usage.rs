//! Memory and processor time of a process and all that it has started, from `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

/// Clock ticks per second in `/proc/PID/stat`: fixed by the kernel's interface on Linux.
const TICKS: f64 = 100.0;

/// Processor time that was used up to one moment.
pub struct Meter {
    root: u32,
    begin: Instant,
    /// Seconds by process: one that ends in between takes its own along and nobody else's.
    before: BTreeMap<u32, f64>,
}

impl Meter {
    /// Starts to measure.
    pub fn start(root: u32) -> Meter {
        Meter { root, begin: Instant::now(), before: processor(root) }
    }

    /// Percent of one processor since the start. What ended in between is left out.
    pub fn percent(&self) -> f64 {
        let elapsed = self.begin.elapsed().max(Duration::from_millis(1)).as_secs_f64();
        let used = |(id, now): (u32, f64)| now - self.before.get(&id).copied().unwrap_or(0.0);
        processor(self.root).into_iter().map(used).sum::<f64>() * 100.0 / elapsed
    }
}

/// Memory in MB by program name, what is shared counted in proportion (PSS).
pub fn memory(root: u32) -> BTreeMap<String, f64> {
    let mut programs = BTreeMap::new();
    for id in tree(root) {
        let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
        let kilobytes = rollup
            .lines()
            .find_map(|line| line.strip_prefix("Pss:")?.trim().strip_suffix(" kB")?.parse::<f64>().ok());
        let name = fs::read_to_string(format!("/proc/{id}/comm")).unwrap_or_default();
        *programs.entry(name.trim().to_owned()).or_insert(0.0) += kilobytes.unwrap_or(0.0) / 1000.0;
    }
    programs
}

/// The process and everything below it.
pub(crate) fn tree(root: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let ids = fs::read_dir("/proc").into_iter().flatten().flatten();
    for id in ids.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()) {
        if let Some(parent) = stat(id).and_then(|fields| fields.get(1)?.parse().ok()) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = vec![root];
    let mut at = 0;
    while let Some(id) = found.get(at).copied() {
        found.extend(children.remove(&id).unwrap_or_default());
        at += 1;
    }
    found
}

/// Seconds of processor time so far of every process of the tree.
fn processor(root: u32) -> BTreeMap<u32, f64> {
    let ticks = |id: u32| -> Option<f64> {
        let fields = stat(id)?;
        // utime and stime: fields 14 and 15 of the page proc(5), counted from the state, field 3.
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    };
    tree(root).into_iter().filter_map(|id| Some((id, ticks(id)? / TICKS))).collect()
}

/// The fields of `/proc/PID/stat` from the state on; the name before may hold anything.
fn stat(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    Some(text.rsplit_once(") ")?.1.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn this_process_uses_memory_and_time() {
        let meter = Meter::start(std::process::id());
        // The kernel counts in ticks of 10 ms: this works until it has counted one, however fast the machine is.
        let mut work = 1u64;
        while meter.percent() == 0.0 {
            work = (0..1_000_000)
                .fold(work, |sum, n| std::hint::black_box(sum.wrapping_mul(31).wrapping_add(n)));
        }
        assert!(memory(std::process::id()).values().sum::<f64>() > 1.0);
    }

    #[test]
    fn a_child_that_ends_takes_nobody_elses_time_along() {
        let mut child = Command::new("sh").args(["-c", "while :; do :; done"]).spawn().expect("a shell");
        let used = |id: u32| processor(std::process::id()).get(&id).copied().unwrap_or(0.0);
        while used(child.id()) < 0.05 {
            std::thread::yield_now();
        }
        let meter = Meter::start(std::process::id());
        child.kill().and_then(|()| child.wait()).expect("it can be stopped");
        assert!(meter.percent() >= 0.0);
    }
}
