//! `docs/dependencies.md` gives one reason for each dependency: a table row that starts with its name in backticks.
//! Crates under a heading with the word Rust, packages of the page under one with the word page.

use std::collections::BTreeSet;

use crate::floors;
use crate::shell::{Failure, file_failure};
use crate::tree;

const PAGE: &str = "docs/dependencies.md";

/// Compares the page with the manifests, both ways.
pub fn dependencies() -> Result<(), Failure> {
    let path = tree::root().join(PAGE);
    let text = std::fs::read_to_string(&path).map_err(|error| file_failure(&path, &error))?;
    let mut places = compare(&crates()?, &listed(&text, "Rust"), "crate");
    places.extend(compare(&packages()?, &listed(&text, "page"), "npm package"));
    let rule = "docs/dependencies.md has one reason for each dependency";
    if places.is_empty() { Ok(()) } else { Err(Failure::Broken { rule, places }) }
}

fn crates() -> Result<BTreeSet<String>, Failure> {
    let metadata = floors::metadata()?;
    let all = metadata.workspace_packages().into_iter().flat_map(|package| &package.dependencies);
    Ok(all.filter(|dependency| dependency.path.is_none()).map(|dependency| dependency.name.clone()).collect())
}

fn packages() -> Result<BTreeSet<String>, Failure> {
    let path = tree::page().join("package.json");
    let text = std::fs::read_to_string(&path).map_err(|error| file_failure(&path, &error))?;
    let manifest: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| Failure::Other(format!("{}: {error}", path.display())))?;
    let tables =
        ["dependencies", "devDependencies"].into_iter().filter_map(|name| manifest[name].as_object());
    Ok(tables.flat_map(|table| table.keys().cloned()).collect())
}

/// Names in the first cells of the rows under headings that contain the word; one row may name several.
fn listed(text: &str, word: &str) -> BTreeSet<String> {
    let (mut names, mut inside) = (BTreeSet::new(), false);
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            inside =
                heading.split(|c: char| !c.is_alphanumeric()).any(|part| part.eq_ignore_ascii_case(word));
        } else if inside && line.starts_with("| `") {
            let cell = line.trim_start_matches('|').split('|').next().unwrap_or_default();
            // Between backticks: every second part.
            names.extend(cell.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    names
}

fn compare(used: &BTreeSet<String>, listed: &BTreeSet<String>, kind: &str) -> Vec<String> {
    let missing = used.difference(listed).map(|name| format!("{kind} {name} is used and has no reason"));
    let gone = listed.difference(used).map(|name| format!("{kind} {name} has a reason and is not used"));
    missing.chain(gone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_and_dependencies_are_compared_both_ways() {
        let text = "# Dependencies\n\n## Rust\n\n| crate | why |\n|---|---|\n| `yuv` | colours |\n| `gtk`, `gdkx11` | window |\n\n## The page\n\n| `svelte` | parts |\n";
        assert_eq!(listed(text, "page"), BTreeSet::from(["svelte".to_owned()]));
        let used = BTreeSet::from(["yuv", "gtk", "opus"].map(str::to_owned));
        let places = compare(&used, &listed(text, "Rust"), "crate");
        assert_eq!(
            places,
            ["crate opus is used and has no reason", "crate gdkx11 has a reason and is not used"]
        );
    }
}
