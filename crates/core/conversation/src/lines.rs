//! What is shown: each line once, those of one author in the order of their clock (of a room: all in the room's order), the newest
//! 512: as many as a room remembers.

use std::collections::{BTreeSet, VecDeque};

use confab_contract::Delivery;
use confab_rethink::Address;

/// Most lines that are shown.
pub(crate) const MAX_LINES: usize = 512;
/// Most ids that are remembered; more than the owner of an object keeps as its history.
const MAX_KNOWN: usize = 4096;

/// To whom alone a line was said.
#[derive(Clone, Debug)]
pub(crate) struct Recipient {
    /// `None`: the room is elsewhere now, where the key is another's.
    pub(crate) key: Option<Address>,
    /// As shown.
    pub(crate) name: String,
}

/// One line.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The child's id.
    pub(crate) id: String,
    /// `None`: we ourselves.
    pub(crate) author: Option<Address>,
    /// Who, as shown.
    pub(crate) name: String,
    /// Milliseconds since 1970.
    pub(crate) at: u64,
    pub(crate) delivery: Delivery,
    /// `None`: a file, known under the line's id.
    pub(crate) text: Option<String>,
    /// To whom alone it was said.
    pub(crate) to: Option<Recipient>,
    /// The id of the line it answers.
    pub(crate) reply: Option<String>,
    /// Its place among all lines, where somebody counts them; not known yet of one's own that are on their way.
    pub(crate) seq: Option<u64>,
}

/// All lines, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    lines: VecDeque<Line>,
    known: BTreeSet<String>,
    order: VecDeque<String>,
    pub(crate) unread: u32,
}

impl Lines {
    /// Whether a child of this id was shown before, even if it is no longer.
    pub(crate) fn knows(&self, id: &str) -> bool {
        self.known.contains(id)
    }

    /// Shows a line, unless one of its id was shown before: a line that comes late stands before younger ones of its author. Returns the id of
    /// the one that had to make room.
    pub(crate) fn put(&mut self, line: Line) -> Option<String> {
        if !self.known.insert(line.id.clone()) {
            return None;
        }
        self.order.push_back(line.id.clone());
        if self.order.len() > MAX_KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.unread += u32::from(line.author.is_some());
        self.insert(line);
        if self.lines.len() > MAX_LINES { self.lines.pop_front().map(|line| line.id) } else { None }
    }

    /// Somebody has counted a line of ours: it takes its place.
    pub(crate) fn number(&mut self, id: &str, seq: Option<u64>) {
        let at = self.lines.iter().position(|line| line.id == id && line.seq != seq);
        if let (Some(at), Some(_)) = (at, seq)
            && let Some(mut line) = self.lines.remove(at)
        {
            line.seq = seq;
            self.insert(line);
        }
    }

    /// Somebody begins to count lines and people anew.
    pub(crate) fn unnumber(&mut self) {
        for line in &mut self.lines {
            line.seq = None;
            line.to.iter_mut().for_each(|to| to.key = None);
        }
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.id == id)
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter()
    }
}

impl Lines {
    fn insert(&mut self, line: Line) {
        let key = order_of(&line.id);
        let younger = |shown: &Line| match line.seq {
            Some(seq) => shown.seq.is_some_and(|shown| shown > seq),
            None => shown.author == line.author && key.is_some() && order_of(&shown.id) > key,
        };
        let at = self.lines.iter().position(younger).unwrap_or(self.lines.len());
        self.lines.insert(at, line);
    }
}

/// The time and number in an id of the conventional form `<epoch ms>-<guid>#<n>`.
pub(crate) fn order_of(id: &str) -> Option<(u64, u64)> {
    let (time, rest) = id.split_once('-')?;
    let (_, number) = rest.rsplit_once('#')?;
    Some((time.parse().ok()?, number.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(id: &str, author: &str) -> Line {
        let author = Some(Address::parse(author).unwrap());
        Line {
            id: id.to_owned(),
            author,
            name: String::new(),
            at: 0,
            delivery: Delivery::Delivered,
            text: None,
            to: None,
            reply: None,
            seq: None,
        }
    }

    fn ids(lines: &Lines) -> Vec<&str> {
        lines.iter().map(|line| line.id.as_str()).collect()
    }

    #[test]
    fn a_late_line_stands_before_younger_ones_of_its_author_only() {
        let mut lines = Lines::default();
        for (id, author) in [
            ("9-a#1", "a"),
            ("100-b#1", "b"),
            ("300-b#3", "b"),
            ("opaque", "b"),
            ("200-b#2", "b"),
            ("8-c#1", "c"),
        ] {
            lines.put(line(id, author));
        }
        assert_eq!(ids(&lines), ["9-a#1", "100-b#1", "200-b#2", "300-b#3", "opaque", "8-c#1"]);
    }

    #[test]
    fn a_line_is_shown_once_and_the_oldest_makes_room() {
        let mut lines = Lines::default();
        for n in 0..MAX_LINES + 1 {
            for _ in 0..2 {
                let out = lines.put(line(&format!("{n}-a#{n}"), "a"));
                assert_eq!(out.is_some(), n == MAX_LINES && ids(&lines)[0] == "1-a#1" && out.is_some());
            }
        }
        assert_eq!((ids(&lines).len(), ids(&lines)[0]), (MAX_LINES, "1-a#1"));
        assert!(lines.knows("0-a#0"), "what is no longer shown does not come back");
    }

    #[test]
    fn counted_lines_stand_in_their_order_and_ours_take_their_place() {
        let mut lines = Lines::default();
        let counted = |id: &str, seq| Line { seq, ..line(id, "p2") };
        lines.put(counted("b", Some(2)));
        lines.put(Line { author: None, ..counted("mine", None) });
        lines.put(counted("d", Some(5)));
        lines.put(counted("a", Some(1)));
        assert_eq!(ids(&lines), ["a", "b", "mine", "d"]);
        lines.number("mine", Some(9));
        assert_eq!(ids(&lines), ["a", "b", "d", "mine"]);
        lines.number("mine", Some(4));
        assert_eq!(ids(&lines), ["a", "b", "mine", "d"]);
        assert_eq!(lines.unread, 3);
    }
}
