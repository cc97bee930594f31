//! What the user should know: at most four at a time, one per kind.

use confab_contract::{NextStep, Problem, ProblemCode};

use crate::meeting::address::RoomAddress;

/// Most problems on the screen.
const LIMIT: usize = 4;

/// What the next step of a problem does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Nothing but taking it off the screen.
    None,
    /// Join this room again.
    Join {
        /// With which account.
        account: u32,
        /// Where it is, and the invitation that one came with.
        address: RoomAddress,
    },
    /// Sign in again to this account with what is kept.
    SignIn(u32),
    /// Open failed devices again.
    Devices,
}

/// The problems on the screen.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    shown: Vec<(Problem, Remedy)>,
    last: u32,
}

impl Problems {
    /// Shows a problem; an older one of the same kind is replaced.
    pub fn raise(&mut self, code: ProblemCode, about: &str, details: &str, next: NextStep, remedy: Remedy) {
        self.clear(code);
        self.last = self.last.wrapping_add(1);
        let (about, details) = (about.to_owned(), details.chars().take(500).collect());
        self.shown.push((Problem { id: self.last, code, about, details, next }, remedy));
        if self.shown.len() > LIMIT {
            self.shown.remove(0);
        }
    }

    /// Takes a kind of problem off the screen: it is solved.
    pub fn clear(&mut self, code: ProblemCode) {
        self.shown.retain(|(problem, _)| problem.code != code);
    }

    /// Takes one off the screen and says what its next step was.
    pub fn take(&mut self, id: u32) -> Option<Remedy> {
        let at = self.shown.iter().position(|(problem, _)| problem.id == id)?;
        Some(self.shown.remove(at).1)
    }

    /// What is on the screen, newest last.
    pub fn list(&self) -> Vec<Problem> {
        self.shown.iter().map(|(problem, _)| problem.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use confab_rethink::Domain;

    use super::*;

    #[test]
    fn a_problem_of_the_same_kind_replaces_the_older_one() {
        let join = |room: &str| {
            let domain = Domain::parse("a.local").expect("a domain");
            Remedy::Join { account: 1, address: RoomAddress { name: room.to_owned(), domain, code: None } }
        };
        let mut problems = Problems::default();
        for room in ["1", "2"] {
            problems.raise(ProblemCode::NoSuchRoom, room, "404", NextStep::CheckInput, join(room));
        }
        let list = problems.list();
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].about, "2");
        assert_eq!(problems.take(list[0].id), Some(join("2")));
        assert_eq!(problems.take(list[0].id), None);
    }
}
