//! A file past 400 lines wants a reason in its first line: `//! … (long because …)`, `<!-- long because … -->`.

use std::path::Path;

use crate::shell::Failure;
use crate::tree;

/// Lines of a file that needs no reason.
const LIMIT: usize = 400;

/// Written by programs, so long as they are.
const GENERATED: &[&str] = &["ui/src/contract/"];

/// Looks at every Rust, TypeScript and Svelte file.
pub fn size() -> Result<(), Failure> {
    let files = tree::files(tree::root(), &[".rs", ".ts", ".svelte"]);
    let hand_written = files.iter().filter(|path| !is_generated(path));
    let places: Vec<String> = hand_written
        .filter_map(|path| {
            let text = std::fs::read_to_string(path).ok()?;
            let lines = text.lines().count();
            is_too_long(&text).then(|| format!("{}: {lines} lines", tree::shown(path)))
        })
        .collect();
    let rule = "files past 400 lines say `long because …` in their first line, or become two";
    if places.is_empty() { Ok(()) } else { Err(Failure::Broken { rule, places }) }
}

fn is_generated(path: &Path) -> bool {
    let shown = tree::shown(path);
    GENERATED.iter().any(|start| shown.starts_with(start))
}

fn is_too_long(text: &str) -> bool {
    text.lines().count() > LIMIT && !text.lines().next().is_some_and(|first| first.contains("long because"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_needs_a_reason_in_its_first_line() {
        let body = "line\n".repeat(LIMIT);
        assert!(!is_too_long(&body));
        assert!(is_too_long(&format!("//! One noun.\n{body}")));
        assert!(!is_too_long(&format!("//! Words of a language, long because there are many.\n{body}")));
        assert!(is_too_long(&format!("//! One noun.\n//! It is long because it can be.\n{body}")));
    }
}
