//! The page's packages and the built pages, that of the app and that of guests, fetched and built when they are older than their sources.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::shell::{self, Failure, file_failure, npm};
use crate::tree;

/// The oldest Node.js that Vite works with.
const NODE: (u32, u32) = (20, 19);

/// Fetches the packages of the lock file when that has changed since the last time.
pub fn fetch() -> Result<(), Failure> {
    let lock = fingerprint(&[tree::page().join("package-lock.json")])?;
    let stamp = Stamp::new("ui-packages");
    if stamp.says(lock) && tree::page().join("node_modules").is_dir() {
        return Ok(());
    }
    node()?;
    shell::run(&mut npm(&["ci", "--no-audit", "--no-fund"]))?;
    stamp.write(lock)
}

/// Builds both pages when a source of them has changed since the last time.
pub fn build() -> Result<(), Failure> {
    let page = tree::page();
    let mut sources = tree::files(&page.join("src"), &[""]);
    sources.extend(tree::files(&page.join("public"), &[""]));
    let settings = [
        "package-lock.json",
        "index.html",
        "guest.html",
        "vite.config.ts",
        "svelte.config.js",
        "tsconfig.json",
    ];
    sources.extend(settings.map(|name| page.join(name)).into_iter().filter(|path| path.is_file()));
    let now = fingerprint(&sources)?;
    let stamp = Stamp::new("ui-build");
    let built = ["dist/index.html", "dist-guest/guest.html"];
    if stamp.says(now) && built.iter().all(|file| page.join(file).is_file()) {
        return Ok(());
    }
    node()?;
    shell::run(&mut npm(&["run", "build"]))?;
    stamp.write(now)
}

fn node() -> Result<(), Failure> {
    let found = shell::output("node", &["--version"]);
    let version = found.as_deref().and_then(parse_version);
    let (major, minor) = NODE;
    match version {
        Some(version) if version >= NODE => Ok(()),
        Some((old, older)) => Err(Failure::Other(format!(
            "the page needs Node.js {major}.{minor} or newer and this is {old}.{older}: https://nodejs.org/en/download"
        ))),
        None => Err(Failure::Other(format!(
            "the page needs Node.js {major}.{minor} or newer with npm, and there is none: https://nodejs.org/en/download"
        ))),
    }
}

/// `v20.19.1` → `(20, 19)`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// A number that changes with the name or the content of any of the files.
fn fingerprint(files: &[PathBuf]) -> Result<u64, Failure> {
    let mut hasher = DefaultHasher::new();
    for path in files {
        let content = std::fs::read(path).map_err(|error| file_failure(path, &error))?;
        (tree::shown(path), content).hash(&mut hasher);
    }
    Ok(hasher.finish())
}

/// A small file that remembers what something was made from.
struct Stamp(PathBuf);

impl Stamp {
    fn new(name: &str) -> Stamp {
        Stamp(tree::target().join("xtask").join(name))
    }

    fn says(&self, fingerprint: u64) -> bool {
        std::fs::read_to_string(&self.0).is_ok_and(|text| text == fingerprint.to_string())
    }

    fn write(&self, fingerprint: u64) -> Result<(), Failure> {
        let folder = self.0.parent().unwrap_or_else(|| Path::new("."));
        let written =
            std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&self.0, fingerprint.to_string()));
        written.map_err(|error| file_failure(&self.0, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_compared_as_numbers() {
        assert_eq!(parse_version("v20.9.0\n"), Some((20, 9)));
        assert!(parse_version("v20.9.0") < Some(NODE) && parse_version("v22.0.0") > Some(NODE));
        assert_eq!(parse_version("Node"), None);
    }
}
