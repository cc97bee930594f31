//! Emoji under lines: who has put which one under which line.

use std::collections::{BTreeMap, BTreeSet};

use confab_contract::LineReaction;
use confab_rethink::Address;

/// Most different emoji under one line.
const MAX_KINDS: usize = 24;
/// Most people behind one of them.
const MAX_PEOPLE: usize = 500;
/// Most lines with any; the oldest by name makes room.
const MAX_LINES: usize = 1024;
/// Most last words that are remembered.
const MAX_WORDS: usize = 4096;
/// The longest emoji, bytes of UTF-8.
const MAX_EMOJI: usize = 32;

/// People by emoji; `None` is oneself.
type Kinds = BTreeMap<String, BTreeSet<Option<Address>>>;
/// What one of them has said last of an emoji under a line.
type Word = (String, String, Option<Address>);

/// All of them, by line.
#[derive(Debug, Default)]
pub(crate) struct Reactions {
    lines: BTreeMap<String, Kinds>,
    /// The number that somebody's last word has, where they are counted.
    last: BTreeMap<Word, u64>,
}

impl Reactions {
    /// The same by somebody whose words are counted: what they said before does not undo what they have said since, whichever comes
    /// first.
    pub(crate) fn set_at(
        &mut self,
        seq: Option<u64>,
        line: &str,
        emoji: &str,
        who: Option<&Address>,
        on: bool,
    ) {
        if let Some(seq) = seq {
            if self.last.len() >= MAX_WORDS {
                // Only a history that comes late needs them.
                self.last.clear();
            }
            let last = self.last.entry((line.to_owned(), emoji.to_owned(), who.cloned())).or_default();
            if *last > seq {
                return;
            }
            *last = seq;
        }
        self.set(line, emoji, who, on);
    }

    /// Somebody begins to count anew.
    pub(crate) fn unnumber(&mut self) {
        self.last.clear();
    }

    /// Somebody puts one there, or takes it away. `None`: we ourselves.
    pub(crate) fn set(&mut self, line: &str, emoji: &str, who: Option<&Address>, on: bool) {
        if self.lines.len() >= MAX_LINES && !self.lines.contains_key(line) {
            self.lines.pop_first();
        }
        let kinds = self.lines.entry(line.to_owned()).or_default();
        if on && (kinds.len() < MAX_KINDS || kinds.contains_key(emoji)) {
            let people = kinds.entry(emoji.to_owned()).or_default();
            if people.len() < MAX_PEOPLE {
                people.insert(who.cloned());
            }
        } else if let Some(people) = kinds.get_mut(emoji).filter(|_| !on) {
            people.remove(&who.cloned());
        }
        kinds.retain(|_, people| !people.is_empty());
        if kinds.is_empty() {
            self.lines.remove(line);
        }
    }

    /// Whether somebody has put it there.
    pub(crate) fn has(&self, line: &str, emoji: &str, who: Option<&Address>) -> bool {
        let people = self.lines.get(line).and_then(|kinds| kinds.get(emoji));
        people.is_some_and(|people| people.contains(&who.cloned()))
    }

    /// As shown under a line: most frequent first.
    pub(crate) fn under(&self, line: &str) -> Vec<LineReaction> {
        let shown = |(emoji, people): (&String, &BTreeSet<Option<Address>>)| LineReaction {
            emoji: emoji.clone(),
            count: u32::try_from(people.len()).unwrap_or(u32::MAX),
            mine: people.contains(&None),
        };
        let mut all: Vec<LineReaction> = self.lines.get(line).into_iter().flatten().map(shown).collect();
        all.sort_by_key(|one| std::cmp::Reverse(one.count));
        all
    }
}

/// Whether it can be an emoji: short, and nothing that is written with letters.
pub fn is_emoji(text: &str) -> bool {
    let odd = |c: char| c.is_ascii() || c.is_control() || c.is_whitespace() || c.is_alphanumeric();
    (1..=MAX_EMOJI).contains(&text.len()) && !text.contains(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_counts_once_and_can_be_taken_back() {
        let (mut reactions, bob) = (Reactions::default(), Address::parse("p2").unwrap());
        for (emoji, who, on) in
            [("👍", None, true), ("🎉", None, true), ("🎉", Some(&bob), true), ("🎉", Some(&bob), true)]
        {
            reactions.set("l1", emoji, who, on);
        }
        let shown: Vec<(String, u32, bool)> =
            reactions.under("l1").into_iter().map(|one| (one.emoji, one.count, one.mine)).collect();
        assert_eq!(shown, [("🎉".to_owned(), 2, true), ("👍".to_owned(), 1, true)]);
        reactions.set("l1", "👍", None, false);
        reactions.set("l1", "🎉", None, false);
        assert_eq!(reactions.under("l1").len(), 1);
        assert!(reactions.has("l1", "🎉", Some(&bob)) && !reactions.has("l1", "🎉", None));
    }

    #[test]
    fn an_older_word_that_comes_late_changes_nothing() {
        let (mut reactions, bob) = (Reactions::default(), Address::parse("p2").unwrap());
        for (seq, on) in [(7, true), (9, false), (8, true)] {
            reactions.set_at(Some(seq), "l1", "👍", Some(&bob), on);
        }
        assert!(reactions.under("l1").is_empty());
        reactions.unnumber();
        reactions.set_at(Some(1), "l1", "👍", Some(&bob), true);
        assert_eq!(reactions.under("l1").len(), 1);
    }

    #[test]
    fn words_are_no_emoji() {
        let check = |text: &str, expected| assert_eq!(is_emoji(text), expected, "{text:?}");
        check("👍", true);
        check("👩‍👩‍👧‍👦", true);
        check("❤️", true);
        check("", false);
        check("ok", false);
        check("<b>", false);
        check("é", false);
        check("👍 ", false);
        check(&"👍".repeat(9), false);
    }
}
