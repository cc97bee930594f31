//! What was seen before, for as long as it could be shown again.

use std::collections::BTreeMap;

/// A bounded memory of names that are good once. When it is full of names that could still come again it takes no new
/// ones: forgetting one early would let it pass a second time.
#[derive(Debug)]
pub struct Replay {
    seen: BTreeMap<String, u64>,
    most: usize,
}

/// What the memory says of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Never before; it is remembered now.
    First,
    /// Before.
    Again,
    /// Not known: the memory is full.
    Full,
}

impl Replay {
    /// Remembers at most so many names.
    pub fn new(most: usize) -> Replay {
        Replay { seen: BTreeMap::new(), most }
    }

    /// Remembers a name until a moment, Unix seconds, after which it would be refused for its age.
    pub fn see(&mut self, name: &str, until: u64, now: u64) -> Seen {
        if self.seen.len() >= self.most {
            self.seen.retain(|_, until| *until >= now);
        }
        match self.seen.get(name) {
            Some(until) if *until >= now => Seen::Again,
            None if self.seen.len() >= self.most => Seen::Full,
            _ => {
                self.seen.insert(name.to_owned(), until);
                Seen::First
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_good_once_and_a_full_memory_forgets_only_the_old() {
        let mut replay = Replay::new(2);
        assert_eq!(replay.see("a", 10, 0), Seen::First);
        assert_eq!(replay.see("a", 10, 10), Seen::Again);
        assert_eq!(replay.see("b", 20, 5), Seen::First);
        assert_eq!(replay.see("c", 20, 5), Seen::Full);
        assert_eq!(replay.see("b", 20, 11), Seen::Again);
        assert_eq!(replay.see("c", 20, 11), Seen::First);
    }
}
