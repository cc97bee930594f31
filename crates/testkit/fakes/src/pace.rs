//! A thread that ticks in real time.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use confab_media_model::{DeviceFault, OpenDevice};

/// A fake device that is open: a ticking thread, joined when this is dropped.
pub(crate) struct Pace {
    description: String,
    /// Never sends: its end is the sign to stop.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Pace {
    /// Calls `tick` at once and then every `period`, by absolute deadlines: a late tick is caught up, and the mean rate
    /// is exact.
    pub(crate) fn start(
        description: String,
        period: Duration,
        mut tick: impl FnMut() + Send + 'static,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        let (stop, stopped) = channel();
        let start = Instant::now();
        let body = move || {
            for ticks in 0u32.. {
                let due = start + period.saturating_mul(ticks);
                let wait = due.saturating_duration_since(Instant::now());
                if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                tick();
            }
        };
        let thread = thread::Builder::new()
            .name("fake-device".to_owned())
            .spawn(body)
            .map_err(|error| DeviceFault::Driver(format!("no thread: {error}")))?;
        Ok(Box::new(Pace { description, stop: Some(stop), thread: Some(thread) }))
    }
}

impl OpenDevice for Pace {
    fn describe(&self) -> String {
        self.description.clone()
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        drop(self.stop.take());
        let Some(thread) = self.thread.take() else { return };
        if thread.thread().id() != thread::current().id() {
            // A panic of the caller's sink has been printed.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_come_at_the_period_and_end_with_the_device() {
        let (ticked, ticks) = channel();
        let period = Duration::from_millis(10);
        let begin = Instant::now();
        let tick = move || {
            let _ = ticked.send(());
        };
        let pace = Pace::start("fake".to_owned(), period, tick).expect("a thread");
        for _ in 0..21 {
            ticks.recv_timeout(Duration::from_secs(10)).expect("a tick");
        }
        assert!(begin.elapsed() >= period * 20, "21 ticks took {:?}", begin.elapsed());
        drop(pace);
        ticks.try_iter().for_each(drop);
        assert!(ticks.recv().is_err(), "the thread is gone");
    }
}
