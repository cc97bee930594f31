//! Runs any [`Machine`] on tokio with a real clock: one task owns the machine, drains it after every mutation and wakes it on time.
//!
//! It knows nothing of what a machine decides; inputs come through a bounded channel, outputs go to one closure.
//!
//! | item | is |
//! |---|---|
//! | [`process_clock`] | the one monotonic clock of a process |
//! | [`seed`] | 32 bytes from the operating system, for a [`Chance`](confab_types::Chance) |
//! | [`run`] | the loop |

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use confab_types::{Machine, Mono};
use tokio::sync::mpsc;

/// Reads the process clock.
pub type Clock = Arc<dyn Fn() -> Mono + Send + Sync>;

/// A monotonic clock that starts at zero now. Make one per process and share it.
pub fn process_clock() -> Clock {
    let start = Instant::now();
    Arc::new(move || Mono::from_micros(u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)))
}

/// Milliseconds since 1970, for time stamps that people read; 0 when the system's clock is before 1970.
pub fn unix_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |span| u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
}

/// 32 random bytes of the operating system.
///
/// # Errors
/// When the system has no source of randomness: nothing that needs secrets may start then.
pub fn seed() -> Result<[u8; 32], getrandom::Error> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)?;
    Ok(seed)
}

/// Runs a machine until every sender of `inputs` is gone. `record` sees every input with its time before the machine does:
/// a trace made from it replays the run. Returns the machine as it was left.
pub async fn run<M: Machine>(
    mut machine: M,
    clock: Clock,
    mut inputs: mpsc::Receiver<M::Input>,
    mut record: impl FnMut(Mono, &M::Input),
    mut output: impl FnMut(M::Output),
) -> M {
    loop {
        while let Some(one) = machine.poll() {
            output(one);
        }
        let wait = machine.deadline().map(|at| at.since(clock()));
        tokio::select! {
            biased;
            input = inputs.recv() => match input {
                Some(input) => {
                    let now = clock();
                    record(now, &input);
                    machine.handle(now, input);
                }
                None => return machine,
            },
            () = sleep(wait) => machine.wake(clock()),
        }
    }
}

async fn sleep(wait: Option<Duration>) {
    match wait {
        // Timers have a resolution of a millisecond; rounding up saves a wake-up that comes too early.
        Some(wait) => tokio::time::sleep(wait + Duration::from_micros(999)).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rings once, 20 ms after each input.
    #[derive(Default)]
    struct Bell {
        at: Option<Mono>,
        rung: Vec<Mono>,
        out: Option<Mono>,
    }

    impl Machine for Bell {
        type Input = ();
        type Output = Mono;
        fn handle(&mut self, now: Mono, (): ()) {
            self.at = Some(now + Duration::from_millis(20));
        }
        fn poll(&mut self) -> Option<Mono> {
            self.out.take()
        }
        fn deadline(&self) -> Option<Mono> {
            self.at
        }
        fn wake(&mut self, now: Mono) {
            if self.at.is_some_and(|at| at <= now) {
                self.at = None;
                self.rung.push(now);
                self.out = Some(now);
            }
        }
    }

    #[tokio::test]
    async fn a_deadline_wakes_the_machine_once_and_the_trace_has_its_input() {
        let (inputs, receiver) = mpsc::channel(4);
        let (told, mut rings) = mpsc::channel(4);
        let trace = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
        let task = tokio::spawn(run(
            Bell::default(),
            process_clock(),
            receiver,
            {
                let trace = trace.clone();
                move |now, (): &()| trace.lock().expect("no panic holds it").push(now)
            },
            move |at| told.try_send(at).expect("there is room"),
        ));
        inputs.send(()).await.expect("the machine runs");
        let rung = rings.recv().await.expect("it rings");
        drop(inputs);
        let machine = task.await.expect("it ends");
        assert_eq!(machine.rung, [rung]);
        let heard = trace.lock().expect("no panic holds it")[0];
        assert!(rung.since(heard) >= Duration::from_millis(20));
    }
}
