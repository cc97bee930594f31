//! Words that the system shows for us, in the language of the page.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use confab_client::BrowserWords;
use tauri::State;

use crate::bridge::Bridge;

/// Most words taken from the page, and the longest, bytes.
const MOST: usize = 32;
const LONGEST: usize = 512;

/// All words are the page's; it hands over those that appear outside of it. `{name}` and the like are places for values.
#[derive(Default)]
pub struct Words {
    known: Mutex<BTreeMap<String, String>>,
}

impl Words {
    /// The text under this key with its values filled in; `None` until the page has spoken.
    pub fn get(&self, key: &str, values: &[(&str, &str)]) -> Option<String> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).map(|text| fill(text, values))
    }

    fn set(&self, words: BTreeMap<String, String>) {
        let words = words.into_iter().filter(|(key, text)| key.len().max(text.len()) <= LONGEST).take(MOST);
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = words.collect();
    }
}

/// In one pass: a value that looks like a place for another value stays as it is.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        let value = after.split_once('}').and_then(|(name, after)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, after))
        });
        match value {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled + rest
}

/// The page tells the words, and their language (BCP 47).
#[tauri::command]
pub fn set_words(
    known: State<'_, Words>,
    bridge: State<'_, Arc<Bridge>>,
    language: String,
    words: BTreeMap<String, String>,
) {
    known.set(words);
    let word = |key| known.get(key, &[]);
    let last = [word("signIn.browser.done"), word("signIn.browser.close"), word("signIn.browser.refused")];
    if let [Some(done), Some(close), Some(refused)] = last {
        bridge.set_browser_words(BrowserWords { language, done, close, refused });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_filled_in_once() {
        let values = [("name", "{domain}"), ("domain", "b.local")];
        assert_eq!(fill("{name} of {domain} {what} {", &values), "{domain} of b.local {what} {");
    }

    #[test]
    fn more_words_than_needed_are_not_kept() {
        let words = Words::default();
        words.set((0..100).map(|n| (format!("{n:03}"), "x".to_owned())).collect());
        assert_eq!(words.get("000", &[]).as_deref(), Some("x"));
        assert_eq!(words.get("099", &[]), None);
        words.set([("long".to_owned(), "x".repeat(LONGEST + 1))].into());
        assert_eq!(words.get("long", &[]), None);
    }
}
