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
    before: f64,
}

impl Meter {
    /// Starts to measure.
    pub fn start(root: u32) -> Meter {
        Meter { root, begin: Instant::now(), before: processor(root) }
    }

    /// Percent of one processor since the start. What ended in between is left out.
    pub fn percent(&self) -> f64 {
        let elapsed = self.begin.elapsed().max(Duration::from_millis(1)).as_secs_f64();
        ((processor(self.root) - self.before) * 100.0 / elapsed).max(0.0)
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
fn tree(root: u32) -> Vec<u32> {
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

/// Seconds of processor time of the tree so far.
fn processor(root: u32) -> f64 {
    let ticks = |id: u32| -> Option<f64> {
        let fields = stat(id)?;
        // utime and stime: fields 14 and 15 of the page proc(5), counted from the state, field 3.
        Some(fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?)
    };
    tree(root).into_iter().filter_map(ticks).sum::<f64>() / TICKS
}

/// The fields of `/proc/PID/stat` from the state on; the name before may hold anything.
fn stat(id: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    Some(text.rsplit_once(") ")?.1.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_uses_memory_and_time() {
        let meter = Meter::start(std::process::id());
        let work = (0..50_000_000u64).fold(0u64, |sum, n| sum.wrapping_mul(31).wrapping_add(n));
        assert!(std::hint::black_box(work) != 1 && meter.percent() > 0.0);
        assert!(memory(std::process::id()).values().sum::<f64>() > 1.0);
    }
}
