//! The run: sign in, join, measure, leave.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use confab_client::{Client, ClientError};
use confab_contract::{Intent, MeetingPhase, Problem, ProblemCode, Role};
use confab_fakes::ScreenSpec;

use crate::body::{Body, BodyOptions, PATIENCE, sign_in, stuck, terminated};
use crate::expect::Expectations;
use crate::stats::{Second, measure};
use crate::watch::Watch;

/// Seconds after the first picture or sound that do not count for expectations: everybody is still arriving.
const WARM_UP: f32 = 3.0;

/// How to join.
#[derive(Args, Clone, Debug)]
pub struct JoinOptions {
    /// Who joins, with what.
    #[command(flatten)]
    pub body: BodyOptions,
    /// The room's number or name.
    #[arg(long)]
    pub room: String,
    /// Leave after this many seconds in the room; 0: stay until told to stop, or until the organiser leaves or ends it.
    #[arg(long, default_value_t = 0)]
    pub seconds: u32,
    /// What becomes of the meeting when it would end for others without this one.
    #[arg(long, value_enum, default_value_t = AtEnd::Handover)]
    pub at_end: AtEnd,
    /// Fail unless these hold: video>=29fps,audio-gap<200ms
    #[arg(long, default_value = "")]
    pub expect: Expectations,
}

/// What an organiser does at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AtEnd {
    /// Makes whoever is there longest organiser, then leaves.
    Handover,
    /// Ends the meeting for everybody.
    End,
}

/// How long the room may take to let an organiser go.
const FAREWELL: Duration = Duration::from_secs(3);

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The client did not start.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A camera or microphone file.
    #[error("{0}")]
    Devices(String),
    /// The statistics file.
    #[error("{0}: {1}")]
    Stats(PathBuf, std::io::Error),
    /// The backend refused, or did not answer.
    #[error("{0}")]
    Refused(String),
    /// The meeting ended before its time.
    #[error("the meeting ended: {0}")]
    Ended(String),
    /// Expectations that do not hold.
    #[error("expectations do not hold: {}", .0.join("; "))]
    Expectations(Vec<String>),
    /// What it was told to do cannot be understood.
    #[error("not an intent: {0}")]
    Order(String),
}

/// Joins, measures, leaves.
///
/// # Errors
/// When it cannot join, when the meeting ends early, or when an expectation does not hold.
pub async fn join(options: JoinOptions) -> Result<(), JoinError> {
    let shares = options.body.screen != ScreenSpec::None;
    let Body { client, watch, surface, listener, clock, folder } = Body::start(&options.body)?;
    let outcome = enter(&client, &watch, &options).await;
    let outcome = match outcome {
        Ok(()) => {
            if shares {
                client.dispatch(Intent::ShareScreen { source: None });
            }
            let mut tones = options.body.tones.clone();
            tones.extend(options.expect.tones());
            stay(
                &watch,
                &options,
                &clock,
                |t| measure(t, &watch.now(), &surface, &listener, &tones),
                || {
                    surface.start_over();
                    listener.start_over();
                },
            )
            .await
        }
        Err(error) => Err(error),
    };
    go(&client, &watch, options.at_end).await;
    client.close().await;
    folder.forget();
    outcome
}

async fn enter(client: &Client, watch: &Watch, options: &JoinOptions) -> Result<(), JoinError> {
    sign_in(client, watch, &options.body).await?;
    let in_time =
        |what: &str| JoinError::Refused(format!("{what} took longer than {} s", PATIENCE.as_secs()));
    client.dispatch(Intent::Join { room: options.room.clone() });
    let joined = watch.until(|seen| seen.phase() == MeetingPhase::In || stuck(seen).is_some());
    let seen = tokio::time::timeout(PATIENCE, joined).await.map_err(|_| in_time("joining"))?;
    match stuck(&seen) {
        Some(problem) => {
            Err(JoinError::Refused(format!("{:?} {}: {}", problem.code, problem.about, problem.details)))
        }
        None => Ok(()),
    }
}

/// Leaves; who is organiser looks after the others first.
async fn go(client: &Client, watch: &Watch, at_end: AtEnd) {
    let seen = watch.now();
    if seen.phase() != MeetingPhase::In {
        return;
    }
    let heir = seen.room.people.iter().find(|one| !one.me && !one.away && one.role != Role::Guest);
    match (seen.room.may.end, at_end, heir) {
        (true, AtEnd::Handover, Some(heir)) => {
            client.dispatch(Intent::LeaveTo { participant: heir.participant.clone() });
        }
        (true, AtEnd::End, _) => client.dispatch(Intent::EndForAll),
        _ => client.dispatch(Intent::Leave),
    }
    let gone = watch.until(|seen| seen.phase() == MeetingPhase::Idle);
    if tokio::time::timeout(FAREWELL, gone).await.is_err() {
        tracing::warn!("the room has not answered the farewell");
    }
}

/// Whether an organiser has left without an heir, or has ended the meeting for everybody.
fn ended_by_organiser(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| {
        matches!(
            (problem.code, problem.details.as_str()),
            (ProblemCode::OrganiserGone, "organiser-left") | (ProblemCode::RoomClosed, "ended")
        )
    })
}

async fn stay(
    watch: &Watch,
    options: &JoinOptions,
    clock: &confab_driver::Clock,
    measure: impl Fn(f32) -> Second,
    start_over: impl Fn(),
) -> Result<(), JoinError> {
    let failed = |error| JoinError::Stats(options.body.stats.clone().unwrap_or_default(), error);
    let mut file =
        options.body.stats.as_ref().map(File::create).transpose().map_err(failed)?.map(BufWriter::new);
    let begin = clock();
    let mut seconds: Vec<Second> = Vec::new();
    let mut warm = None;
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut terminated = terminated()?;
    loop {
        tokio::select! {
            _ = tick.tick() => {}
            _ = tokio::signal::ctrl_c() => break,
            () = &mut terminated => break,
            _ = watch.until(|seen| seen.phase() == MeetingPhase::Idle) => {
                // Why it has ended is told after that it has.
                let ended = tokio::time::timeout(FAREWELL, watch.until(|seen| ended_by_organiser(&seen.problems)));
                if options.seconds == 0 && ended.await.is_ok() {
                    break;
                }
                let seen = watch.now();
                let why = seen.problems.last().map(|problem| format!("{:?} {}", problem.code, problem.details));
                return Err(JoinError::Ended(why.unwrap_or_default()));
            }
        }
        let t = clock().since(begin).as_secs_f32();
        let second = measure(t);
        if let Some(file) = &mut file {
            let line = serde_json::to_string(&second).map_err(|error| failed(error.into()))?;
            writeln!(file, "{line}").and_then(|()| file.flush()).map_err(failed)?;
        }
        let lively = second.audio.sounded || second.streams.values().any(|stream| stream.frames > 0);
        if lively && warm.is_none() {
            warm = Some(t);
        }
        match warm {
            Some(since) if t - since >= WARM_UP => {
                if seconds.is_empty() {
                    start_over();
                }
                // Only the ends of the measured time are looked at; those in between would grow without bound.
                seconds.truncate(1);
                let first = seconds.is_empty();
                seconds.push(if first { measure(t) } else { second });
            }
            _ => {}
        }
        if options.seconds > 0 && t >= options.seconds as f32 {
            break;
        }
    }
    let failures = options.expect.failures(&seconds);
    if failures.is_empty() { Ok(()) } else { Err(JoinError::Expectations(failures)) }
}

#[cfg(test)]
mod tests {
    use confab_contract::NextStep;

    use super::*;

    #[test]
    fn only_an_organiser_ends_a_meeting_in_good_order() {
        for (code, details, fine) in [
            (ProblemCode::OrganiserGone, "organiser-left", true),
            (ProblemCode::RoomClosed, "ended", true),
            (ProblemCode::OrganiserGone, "organiser-lost", false),
            (ProblemCode::RoomClosed, "too-large", false),
            (ProblemCode::Removed, "", false),
        ] {
            let (about, details) = ("4711".to_owned(), details.to_owned());
            let problem = Problem { id: 1, code, about, details, next: NextStep::Dismiss };
            assert_eq!(ended_by_organiser(&[problem]), fine, "{code:?}");
        }
    }
}
