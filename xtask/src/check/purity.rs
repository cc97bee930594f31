//! `crates/core` decides and touches nothing: no IO, clock, threads or async, in its words or in what it depends on.
//! Clippy reads `crates/core/clippy.toml` besides and sees types where this sees words.

use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Package};

use crate::floors;
use crate::shell::{Failure, cargo, not_started};
use crate::tree;

/// All that a core crate may depend on besides its own kind. Short on purpose: who adds one shows that it is pure.
const PURE: &[&str] = &[
    "base64",
    "rand_chacha",
    "rand_core",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "time",
    "ts-rs",
    "uuid",
];

/// Whatever a feature may drag in, none of these may be reached from core.
const WORLDLY: &[&str] =
    &["async-std", "futures-executor", "getrandom", "mio", "rayon", "rustix", "socket2", "tokio"];

/// Words that no line of code in core has.
const WORDS: &[&str] = &[
    "std::net",
    "std::fs",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "async fn",
    ".await",
    "Instant::",
    "SystemTime",
];

/// Checks direct dependencies, everything reached from them, and the words of the code.
pub fn purity() -> Result<(), Failure> {
    let metadata = floors::metadata()?;
    let packages = metadata.workspace_packages();
    let core: Vec<&Package> =
        packages.into_iter().filter(|package| is_core(package.manifest_path.as_str())).collect();
    let mut places = Vec::new();
    for package in &core {
        let normal =
            package.dependencies.iter().filter(|dependency| dependency.kind == DependencyKind::Normal);
        let strange = normal
            .filter(|dependency| dependency.path.is_none() && !PURE.contains(&dependency.name.as_str()));
        places.extend(strange.map(|dependency| format!("{} depends on {}", package.name, dependency.name)));
    }
    places.extend(reached(&core)?.into_iter().map(|name| format!("{name} is reached from core")));
    places.extend(words());
    let rule = "crates/core has no IO, clock, threads or async";
    if places.is_empty() { Ok(()) } else { Err(Failure::Broken { rule, places }) }
}

fn is_core(path: &str) -> bool {
    path.replace('\\', "/").contains("/crates/core/")
}

/// Asked of `cargo tree`, because features that others turn on must not be blamed on core.
fn reached(core: &[&Package]) -> Result<BTreeSet<String>, Failure> {
    let mut command = cargo(&["tree", "--quiet", "--edges", "normal,no-proc-macro", "--prefix", "none"]);
    for package in core {
        command.args(["--package", package.name.as_str()]);
    }
    let output = command.output().map_err(|error| not_started(&command, error))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Failure::Other(format!("cargo tree: {text}")));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let names = text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned);
    Ok(names.filter(|name| WORLDLY.contains(&name.as_str())).collect())
}

/// Whether a line has a word that does not go on after it: `.await` is not in `.awaits`.
fn has(line: &str, word: &str) -> bool {
    let goes_on = |rest: &str| rest.starts_with(|next: char| next.is_alphanumeric() || next == '_');
    line.split(word).skip(1).any(|rest| word.ends_with("::") || !goes_on(rest))
}

fn words() -> Vec<String> {
    let files = tree::files(&tree::root().join("crates/core"), &[".rs"]);
    let mut places = Vec::new();
    for path in files {
        let shown = tree::shown(&path);
        let tests = shown.contains("/tests/") || shown.ends_with("/tests.rs") || shown.contains("/fuzz/");
        let Some(text) = std::fs::read_to_string(&path).ok().filter(|_| !tests) else { continue };
        // Tests at the end of a file may touch the world.
        let code = text.lines().take_while(|line| line.trim() != "#[cfg(test)]").enumerate();
        for (at, line) in code.filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let found = WORDS.iter().find(|word| has(line, word));
            places.extend(found.map(|word| format!("{shown}:{}: {word}", at + 1)));
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::has;

    #[test]
    fn words_are_found_whole() {
        assert!(has("let answer = ask().await;", ".await"));
        assert!(has("ask().awaits.then().await?", ".await"));
        assert!(!has("self.awaits = None;", ".await"));
        assert!(has("std::time::Instant::now()", "Instant::"));
        assert!(!has("use std::networks;", "std::net"));
    }
}
