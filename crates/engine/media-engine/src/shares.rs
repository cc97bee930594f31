//! Looks at what can be shared while the user chooses, on a thread of its own.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use confab_media_model::{Devices, MediaFact, ShareInfo};

use crate::FactSink;

/// From one look to the next.
const EVERY: Duration = Duration::from_secs(1);
/// From the first look to the second: windows that were hidden have drawn themselves by then.
const SOON: Duration = Duration::from_millis(400);

/// Tells what can be shared, as long as that is wanted. Dropping it ends the thread after the look that is under way.
pub struct Shares {
    desk: Arc<Desk>,
}

struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Default)]
struct State {
    wanted: bool,
    /// There is a thread.
    running: bool,
    closed: bool,
}

impl Default for Shares {
    fn default() -> Self {
        Shares { desk: Arc::new(Desk { state: Mutex::default(), changed: Condvar::new() }) }
    }
}

impl Shares {
    /// Looks from now on, or no longer. Nothing blocks here.
    pub fn want(&self, wanted: bool, devices: &Arc<dyn Devices>, facts: &FactSink) {
        let mut state = self.desk.lock();
        state.wanted = wanted;
        if wanted && !std::mem::replace(&mut state.running, true) {
            let (desk, devices, facts) = (self.desk.clone(), devices.clone(), facts.clone());
            let thread = std::thread::Builder::new().name("shares".to_owned());
            if let Err(error) = thread.spawn(move || desk.run(devices.as_ref(), &facts)) {
                tracing::warn!(%error, "nobody looks at what can be shared");
                state.running = false;
            }
        }
        self.desk.changed.notify_all();
    }
}

impl Drop for Shares {
    fn drop(&mut self) {
        self.desk.lock().closed = true;
        self.desk.changed.notify_all();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thread tells everything, so that an old list never comes after a newer one.
    fn run(&self, devices: &dyn Devices, facts: &FactSink) {
        while self.wait_until_wanted() {
            let mut told: Option<Vec<ShareInfo>> = None;
            let mut watch = devices.watch_shares();
            let mut pause = SOON;
            while self.is_wanted() {
                let seen = watch.look();
                if told.as_ref() != Some(&seen) && self.is_wanted() {
                    facts(MediaFact::Shares(seen.clone()));
                    told = Some(seen);
                }
                self.pause(std::mem::replace(&mut pause, EVERY));
            }
            if told.is_some() {
                facts(MediaFact::Shares(Vec::new()));
            }
        }
    }

    fn is_wanted(&self) -> bool {
        let state = self.lock();
        state.wanted && !state.closed
    }

    /// False when the thread is to end.
    fn wait_until_wanted(&self) -> bool {
        let idle = |state: &mut State| !state.wanted && !state.closed;
        let state = self.changed.wait_while(self.lock(), idle).unwrap_or_else(PoisonError::into_inner);
        !state.closed
    }

    fn pause(&self, span: Duration) {
        let wanted = |state: &mut State| state.wanted && !state.closed;
        drop(self.changed.wait_timeout_while(self.lock(), span, wanted));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use confab_fakes::{FakeDevices, FakeSpec};
    use confab_types::Mono;

    use super::*;

    #[test]
    fn shares_are_told_while_they_are_wanted_and_then_forgotten() {
        let devices =
            FakeDevices::new(FakeSpec::default(), Arc::new(|| Mono::ZERO)).expect("no files are read");
        let devices: Arc<dyn Devices> = Arc::new(devices);
        let (tell, told) = mpsc::channel();
        let facts: FactSink = Arc::new(move |fact| tell.send(fact).expect("the test listens"));
        let shares = Shares::default();
        shares.want(false, &devices, &facts);
        let next = || -> Vec<String> {
            match told.recv_timeout(Duration::from_secs(20)) {
                Ok(MediaFact::Shares(shares)) => {
                    shares.into_iter().map(|share| share.id.to_string()).collect()
                }
                other => panic!("{other:?}"),
            }
        };
        for _ in 0..2 {
            shares.want(true, &devices, &facts);
            assert_eq!(next(), ["fake-screen"]);
            shares.want(false, &devices, &facts);
            assert!(next().is_empty());
        }
        drop(shares);
        drop(facts);
        assert!(told.recv().is_err(), "the thread has ended and told nothing more");
    }
}
