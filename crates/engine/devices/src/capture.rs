//! A thread that reads pictures, and the watchdog beside it.
//!
//! A stalled camera blocks its reader for ever and nothing can be done about it from outside, so reader and watchdog
//! are two threads. When no picture came for the limit, the watchdog tells `Stalled` once and abandons the reader:
//! should the driver ever return, the reader sees that, closes the device and ends.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use confab_media_model::{CaptureFault, DeviceFault, FrameSink, OpenDevice, VideoFrame};

use crate::fault::Fault;

/// How long each step of a device may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// From the request to the first driver answer.
    pub(crate) open: Duration,
    /// Without a picture, until the device counts as stalled.
    pub(crate) stall: Duration,
    /// For the reader to end after the guard is dropped; later it is left alone.
    pub(crate) close: Duration,
}

impl Limits {
    /// What people wait for without thinking that the program hangs.
    pub(crate) const USUAL: Limits = Limits {
        open: Duration::from_secs(10),
        stall: Duration::from_secs(3),
        close: Duration::from_millis(800),
    };
}

/// One device that yields pictures. It is made, used and dropped on its own thread, so it need not be `Send`.
pub(crate) trait Reader {
    /// The next picture; `None` when there is none worth showing. May block for ever, but waits on purpose only
    /// through [`Stop::wait`].
    fn read(&mut self, stop: &Stop) -> Result<Option<VideoFrame>, CaptureFault>;
}

/// Tells a reader that its device is to be closed.
pub(crate) struct Stop(Arc<Watch>);

impl Stop {
    /// Waits at most `span`; true when the device is to be closed.
    pub(crate) fn wait(&self, span: Duration) -> bool {
        let state = self.0.lock();
        let waited = self.0.changed.wait_timeout_while(state, span, |state| !state.stopping);
        waited.unwrap_or_else(PoisonError::into_inner).0.stopping
    }
}

/// What reader, watchdog and guard know of each other.
struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// When the last picture came, or the device was opened; written by the reader.
    last_picture: Instant,
    /// Set by the guard (closed) or by the watchdog (stalled); never taken back.
    stopping: bool,
    /// The reader's thread is over.
    ended: bool,
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
    }

    fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_all();
    }
}

/// Makes the reader on a thread of its own and lets it read until the guard is dropped, it fails or it stalls.
///
/// `make` returns the reader and its description for people.
pub(crate) fn spawn<R: Reader + 'static>(
    name: &str,
    limits: Limits,
    frames: FrameSink,
    fault: Fault,
    make: impl FnOnce() -> Result<(R, String), DeviceFault> + Send + 'static,
) -> Result<Box<dyn OpenDevice>, DeviceFault> {
    let watch = Arc::new(Watch {
        state: Mutex::new(State { last_picture: Instant::now(), stopping: false, ended: false }),
        changed: Condvar::new(),
    });
    let (opened, answer) = mpsc::sync_channel(1);
    let reader = start(name, {
        let (watch, fault) = (watch.clone(), fault.clone());
        move || {
            let _ended = Ended { watch: watch.clone(), fault: fault.clone() };
            let mut reader = match make() {
                Ok((reader, description)) => {
                    watch.lock().last_picture = Instant::now();
                    // The caller may have given up waiting; then `stopping` is set as well.
                    let _ = opened.send(Ok(description));
                    reader
                }
                Err(error) => {
                    let _ = opened.send(Err(error));
                    return;
                }
            };
            run(&mut reader, &watch, &frames, &fault);
        }
    })?;
    let description = match answer.recv_timeout(limits.open) {
        Ok(answer) => answer?,
        Err(_) => {
            watch.stop();
            return Err(DeviceFault::Driver(format!("no answer within {} s", limits.open.as_secs())));
        }
    };
    let watchdog = start("watchdog", {
        let (watch, fault) = (watch.clone(), fault.clone());
        move || guard_against_stall(&watch, limits.stall, &fault)
    });
    let watchdog = match watchdog {
        Ok(watchdog) => watchdog,
        Err(error) => {
            watch.stop();
            return Err(error);
        }
    };
    Ok(Box::new(Guard { description, watch, fault, close: limits.close, threads: Some([reader, watchdog]) }))
}

fn start(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, DeviceFault> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(body)
        .map_err(|error| DeviceFault::Driver(format!("no thread: {error}")))
}

fn run(reader: &mut impl Reader, watch: &Arc<Watch>, frames: &FrameSink, fault: &Fault) {
    let stop = Stop(watch.clone());
    loop {
        let read = reader.read(&stop);
        {
            let mut state = watch.lock();
            if state.stopping {
                return;
            }
            if let Ok(Some(_)) = read {
                state.last_picture = Instant::now();
            }
        }
        match read {
            Ok(Some(frame)) => frames(Arc::new(frame)),
            Ok(None) => {}
            Err(reason) => return fault.tell(reason),
        }
    }
}

/// Runs when the reader's thread is over, also by a panic of the driver's library.
struct Ended {
    watch: Arc<Watch>,
    fault: Fault,
}

impl Drop for Ended {
    fn drop(&mut self) {
        if thread::panicking() {
            self.fault.tell(CaptureFault::Driver("the driver's library panicked".to_owned()));
        }
        self.watch.end();
    }
}

fn guard_against_stall(watch: &Watch, limit: Duration, fault: &Fault) {
    let mut state = watch.lock();
    while !state.stopping && !state.ended {
        let silence = state.last_picture.elapsed();
        if silence >= limit {
            state.stopping = true;
            drop(state);
            watch.changed.notify_all();
            return fault.tell(CaptureFault::Stalled);
        }
        state = watch.changed.wait_timeout(state, limit - silence).unwrap_or_else(PoisonError::into_inner).0;
    }
}

struct Guard {
    description: String,
    watch: Arc<Watch>,
    fault: Fault,
    close: Duration,
    /// Reader and watchdog; `None` once dropped.
    threads: Option<[JoinHandle<()>; 2]>,
}

impl OpenDevice for Guard {
    fn describe(&self) -> String {
        self.description.clone()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.fault.disarm();
        // A reader that the watchdog has given up is not waited for again.
        let abandoned = self.watch.lock().stopping;
        let limit = if abandoned { Duration::ZERO } else { self.close };
        self.watch.stop();
        let Some([reader, watchdog]) = self.threads.take() else { return };
        // A sink may drop the guard it belongs to; a thread cannot wait for itself.
        let here = thread::current().id();
        if here == reader.thread().id() || here == watchdog.thread().id() {
            return;
        }
        let state = self.watch.lock();
        let waited = self.watch.changed.wait_timeout_while(state, limit, |state| !state.ended);
        let ended = waited.unwrap_or_else(PoisonError::into_inner).0.ended;
        if ended {
            // A panic was told as a fault when it happened.
            let _ = reader.join();
        } else {
            tracing::warn!(device = %self.description, "driver does not let go; its thread is left alone");
        }
    }
}

#[cfg(test)]
#[path = "capture/tests.rs"]
mod tests;
