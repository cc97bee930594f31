//! One device: wanted, opening, open, failed. Pure bookkeeping; the engine opens and closes.

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<R> {
    /// Nothing.
    Wait,
    /// Close the open device (drop its guard away from the reconciling task).
    Close,
    /// Open this; answer with [`Keeper::opened`] or [`Keeper::failed`] under the given number.
    Open(R, u64),
}

/// Follows wishes for one device. `R` is a request; equal requests need no reopening.
#[derive(Debug)]
pub struct Keeper<R> {
    wanted: Option<R>,
    attempt: u32,
    state: State<R>,
    number: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum State<R> {
    Closed,
    Opening(R),
    Open(R),
    /// Its guard is being dropped; nothing is opened before that is done.
    Closing,
    /// It failed with this request and attempt; only a change of either, or of what is plugged in, tries again.
    Failed(R, u32),
}

impl<R: Clone + PartialEq> Default for Keeper<R> {
    fn default() -> Self {
        Keeper { wanted: None, attempt: 0, state: State::Closed, number: 0 }
    }
}

impl<R: Clone + PartialEq> Keeper<R> {
    /// The newest wish; `attempt` counts "try again".
    pub fn want(&mut self, wanted: Option<R>, attempt: u32) -> Step<R> {
        self.wanted = wanted;
        self.attempt = attempt;
        self.step()
    }

    fn step(&mut self) -> Step<R> {
        match (&self.state, &self.wanted) {
            (State::Open(open), Some(wanted)) if open == wanted => Step::Wait,
            (State::Open(_), _) => {
                self.state = State::Closing;
                self.number += 1;
                Step::Close
            }
            (State::Opening(_) | State::Closing, _) => Step::Wait,
            (State::Failed(failed, attempt), Some(wanted))
                if failed == wanted && *attempt == self.attempt =>
            {
                Step::Wait
            }
            (State::Closed | State::Failed(..), None) => {
                self.state = State::Closed;
                Step::Wait
            }
            (State::Closed | State::Failed(..), Some(wanted)) => {
                let wanted = wanted.clone();
                self.number += 1;
                self.state = State::Opening(wanted.clone());
                Step::Open(wanted, self.number)
            }
        }
    }

    /// It is open. The next step may be to close it again, if the wish has changed meanwhile.
    pub fn opened(&mut self, number: u64) -> Step<R> {
        if let State::Opening(request) = &self.state
            && number == self.number
        {
            self.state = State::Open(request.clone());
        }
        self.step()
    }

    /// It could not be opened, or stopped. Whether this is news (of the device that is meant now), and the next step.
    pub fn failed(&mut self, number: u64) -> (bool, Step<R>) {
        let news = number == self.number;
        if let State::Opening(request) | State::Open(request) = &self.state
            && news
        {
            self.state = State::Failed(request.clone(), self.attempt);
        }
        (news, self.step())
    }

    /// Something was plugged in or out: a failed device is worth another try.
    pub fn plugged(&mut self) -> Step<R> {
        if matches!(self.state, State::Failed(..)) {
            self.state = State::Closed;
        }
        self.step()
    }

    /// What [`Step::Close`] asked for is done: what follows.
    pub fn closed(&mut self) -> Step<R> {
        if matches!(self.state, State::Closing) {
            self.state = State::Closed;
        }
        self.step()
    }

    /// Whether it is open.
    pub fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_that_changes_while_opening_is_followed_afterwards() {
        let mut keeper = Keeper::default();
        assert_eq!(keeper.want(Some("a"), 0), Step::Open("a", 1));
        assert_eq!(keeper.want(Some("b"), 0), Step::Wait);
        assert_eq!(keeper.opened(1), Step::Close);
        assert_eq!(keeper.closed(), Step::Open("b", 3));
        assert_eq!(keeper.opened(3), Step::Wait);
        assert!(keeper.is_open());
    }

    #[test]
    fn nothing_is_opened_before_the_old_one_is_closed() {
        let mut keeper = Keeper::default();
        keeper.want(Some("a"), 0);
        keeper.opened(1);
        assert_eq!(keeper.want(None, 0), Step::Close);
        assert_eq!(keeper.want(Some("a"), 0), Step::Wait);
        assert_eq!(keeper.closed(), Step::Open("a", 3));
    }

    #[test]
    fn a_failed_device_waits_for_the_user_or_a_plug() {
        let mut keeper = Keeper::default();
        keeper.want(Some("a"), 0);
        assert_eq!(keeper.failed(1), (true, Step::Wait));
        assert_eq!(keeper.want(Some("a"), 0), Step::Wait);
        assert_eq!(keeper.want(Some("a"), 1), Step::Open("a", 2));
        keeper.failed(2);
        assert_eq!(keeper.plugged(), Step::Open("a", 3));
        assert!(!keeper.failed(2).0, "an old failure is no news");
        keeper.opened(3);
        assert_eq!(keeper.want(None, 1), Step::Close);
    }
}
