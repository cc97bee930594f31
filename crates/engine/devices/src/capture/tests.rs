use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};

use confab_types::Mono;

use super::*;

const SOON: Duration = Duration::from_secs(10);
const LIMITS: Limits =
    Limits { open: SOON, stall: Duration::from_millis(60), close: Duration::from_millis(60) };

/// A driver on strings: each message is what `read` returns; without one it blocks, like a stalled camera.
struct Puppet {
    strings: Receiver<Result<Option<VideoFrame>, CaptureFault>>,
    /// Told when the device is closed.
    closed: Sender<()>,
}

impl Reader for Puppet {
    fn read(&mut self, _: &Stop) -> Result<Option<VideoFrame>, CaptureFault> {
        self.strings.recv().expect("the test holds the strings until the end")
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        let _ = self.closed.send(());
    }
}

struct Stage {
    pull: Sender<Result<Option<VideoFrame>, CaptureFault>>,
    closed: Receiver<()>,
    pictures: Receiver<Arc<VideoFrame>>,
    faults: Receiver<CaptureFault>,
    guard: Box<dyn OpenDevice>,
}

fn stage(limits: Limits) -> Stage {
    let (pull, strings) = channel();
    let (closing, closed) = channel();
    let (shown, pictures) = channel();
    let (told, faults) = channel();
    let frames: FrameSink = Arc::new(move |frame| drop(shown.send(frame)));
    let fault = Fault::new(Box::new(move |fault| drop(told.send(fault))));
    let guard = spawn("puppet", limits, frames, fault, move || {
        Ok((Puppet { strings, closed: closing }, "puppet".to_owned()))
    })
    .expect("a puppet opens");
    Stage { pull, closed, pictures, faults, guard }
}

fn picture() -> VideoFrame {
    VideoFrame::black(2, 2, Mono::ZERO)
}

#[test]
fn pictures_reach_the_sink() {
    let stage = stage(LIMITS);
    stage.pull.send(Ok(Some(picture()))).expect("the reader lives");
    assert_eq!(*stage.pictures.recv_timeout(SOON).expect("a picture"), picture());
    assert_eq!(stage.guard.describe(), "puppet");
}

#[test]
fn a_blocked_driver_is_told_as_stalled_once_and_let_go_when_it_returns() {
    let stage = stage(LIMITS);
    assert_eq!(stage.faults.recv_timeout(SOON), Ok(CaptureFault::Stalled));
    stage.pull.send(Ok(Some(picture()))).expect("the reader still blocks");
    stage.closed.recv_timeout(SOON).expect("the abandoned reader closes the device");
    assert_eq!(stage.faults.recv_timeout(SOON), Err(RecvTimeoutError::Disconnected));
    assert_eq!(stage.pictures.try_iter().count(), 0, "nothing is shown after the fault");
}

#[test]
fn unusable_pictures_do_not_calm_the_watchdog() {
    let stage = stage(LIMITS);
    for _ in 0..3 {
        stage.pull.send(Ok(None)).expect("the reader lives");
    }
    assert_eq!(stage.faults.recv_timeout(SOON), Ok(CaptureFault::Stalled));
}

#[test]
fn dropping_the_guard_of_a_blocked_driver_does_not_wait_for_it() {
    let stage = stage(Limits { stall: SOON, ..LIMITS });
    let begin = Instant::now();
    drop(stage.guard);
    assert!(begin.elapsed() < SOON / 2, "the guard waited {:?}", begin.elapsed());
    assert_eq!(stage.faults.try_iter().count(), 0);
    stage.pull.send(Ok(None)).expect("the reader still blocks");
    stage.closed.recv_timeout(SOON).expect("the reader closes the device when its driver returns");
}

#[test]
fn a_driver_that_fails_is_told_and_closed() {
    let stage = stage(LIMITS);
    stage.pull.send(Err(CaptureFault::Gone)).expect("the reader lives");
    assert_eq!(stage.faults.recv_timeout(SOON), Ok(CaptureFault::Gone));
    stage.closed.recv_timeout(SOON).expect("closed");
}

#[test]
fn a_driver_that_panics_is_a_fault_and_not_a_crash() {
    let stage = stage(Limits { stall: SOON, ..LIMITS });
    drop(stage.pull);
    assert!(matches!(stage.faults.recv_timeout(SOON), Ok(CaptureFault::Driver(_))));
}

#[test]
fn a_sink_may_drop_the_guard_it_belongs_to() {
    let (dropped, seen) = channel();
    let slot: Arc<Mutex<Option<Box<dyn OpenDevice>>>> = Arc::default();
    let held = slot.clone();
    let fault = Fault::new(Box::new(move |_| {
        drop(held.lock().expect("no panic holds it").take());
        let _ = dropped.send(());
    }));
    let (_pull, strings) = channel();
    let (closed, _) = channel();
    let frames: FrameSink = Arc::new(|_| {});
    let mut slot = slot.lock().expect("no panic holds it");
    *slot = Some(
        spawn("puppet", LIMITS, frames, fault, move || Ok((Puppet { strings, closed }, String::new())))
            .expect("a puppet opens"),
    );
    drop(slot);
    seen.recv_timeout(SOON).expect("the fault sink returns");
}

#[test]
fn a_device_that_does_not_open_is_an_error() {
    let fault = Fault::new(Box::new(|_| panic!("it never opened")));
    let opened =
        spawn("puppet", LIMITS, Arc::new(|_| {}), fault, || Err::<(Puppet, String), _>(DeviceFault::Busy));
    assert_eq!(opened.err(), Some(DeviceFault::Busy));
}
