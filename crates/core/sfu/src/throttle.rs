//! Many wishes for a key frame, few requests: a key frame costs ten pictures' worth of bits, and every receiver of a
//! lossy moment asks for one.

use std::time::Duration;

use confab_types::Mono;

/// Why a key frame is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// A receiver lost pictures (RTCP PLI or FIR); one key frame serves all receivers of the same burst.
    Loss,
    /// A receiver has no picture at all yet.
    Start,
}

/// Decides when one publisher is asked.
#[derive(Clone, Debug, Default)]
pub struct KeyFrameThrottle {
    sent: Option<Mono>,
    /// Whether the last request has not been followed by a key frame yet.
    unanswered: bool,
    pending: Option<Wish>,
}

impl KeyFrameThrottle {
    /// Least time between requests because of loss.
    pub const LOSS_GAP: Duration = Duration::from_millis(500);
    /// Least time between requests whatever the reason: a room that fills at once is one burst too.
    pub const START_GAP: Duration = Duration::from_millis(100);
    /// When an unanswered request is repeated for a receiver without a picture: requests travel unprotected.
    pub const RETRY: Duration = Duration::from_millis(1_000);

    /// Somebody wants a key frame. True: ask the publisher now.
    pub fn wish(&mut self, now: Mono, wish: Wish) -> bool {
        self.pending = self.pending.max(Some(wish));
        self.wake(now)
    }

    /// A key frame passed by: wishes so far are fulfilled.
    pub fn saw_key_frame(&mut self) {
        self.unanswered = false;
        self.pending = None;
    }

    /// Nobody wants one any more.
    pub fn forget(&mut self) {
        self.pending = None;
    }

    /// When a wish that had to wait is due.
    pub fn deadline(&self) -> Option<Mono> {
        let wish = self.pending?;
        let Some(sent) = self.sent else { return Some(Mono::ZERO) };
        Some(
            sent + match (wish, self.unanswered) {
                (Wish::Start, false) => Self::START_GAP,
                (Wish::Start, true) => Self::RETRY,
                (Wish::Loss, _) => Self::LOSS_GAP,
            },
        )
    }

    /// True: ask the publisher now.
    pub fn wake(&mut self, now: Mono) -> bool {
        let due = self.deadline().is_some_and(|due| due <= now);
        if due {
            self.sent = Some(now);
            self.unanswered = true;
            // A receiver without a picture goes on waiting; one that lost pictures will say so again.
            self.pending = self.pending.filter(|wish| *wish == Wish::Start);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Mono {
        Mono::from_millis(millis)
    }

    #[test]
    fn a_burst_of_loss_reports_becomes_one_request_and_at_most_one_more() {
        let mut throttle = KeyFrameThrottle::default();
        let asked = (1_000..1_500).filter(|&ms| throttle.wish(at(ms), Wish::Loss)).count();
        assert_eq!(asked, 1);
        assert_eq!(throttle.deadline(), Some(at(1_500)));
        assert!(throttle.wake(at(1_500)));
        assert_eq!(throttle.deadline(), None);
    }

    #[test]
    fn a_key_frame_fulfils_the_wishes_before_it() {
        let mut throttle = KeyFrameThrottle::default();
        assert!(throttle.wish(at(0), Wish::Loss));
        assert!(!throttle.wish(at(10), Wish::Loss));
        throttle.saw_key_frame();
        assert_eq!(throttle.deadline(), None);
        assert!(!throttle.wish(at(20), Wish::Loss), "the publisher was asked 20 ms ago");
    }

    #[test]
    fn a_new_receiver_is_served_at_once_though_a_loss_was_just_answered() {
        let mut throttle = KeyFrameThrottle::default();
        assert!(throttle.wish(at(0), Wish::Loss));
        throttle.saw_key_frame();
        assert!(throttle.wish(at(150), Wish::Start));
    }

    #[test]
    fn a_lost_request_is_repeated_for_a_receiver_without_a_picture() {
        let mut throttle = KeyFrameThrottle::default();
        assert!(throttle.wish(at(0), Wish::Start));
        assert!(!throttle.wake(at(999)));
        assert!(throttle.wake(at(1_000)));
        throttle.saw_key_frame();
        assert!(!throttle.wake(at(9_000)));
    }
}
