//! The call as shown: in the place of the meeting, once there is something to see.

use confab_call::Calls;
use confab_conference::{Truth, Wishes, quality};
use confab_contract::{CallPhase, LevelsView, MeetingPhase, MeetingView, QualityView, StageView};
use confab_types::{Dbfs, Mono};

use super::own;

/// The call in the place of the meeting; `None` when there is nothing of it to see yet, or any more. `domain` is our own: media
/// that goes through its relay does not go from one to the other.
pub fn meeting(
    calls: &Calls,
    own_name: &str,
    domain: &str,
    wishes: &Wishes,
    truth: &Truth,
    now: Mono,
) -> Option<MeetingView> {
    let phase = match calls.phase() {
        CallPhase::Idle | CallPhase::Incoming | CallPhase::Ended => return None,
        CallPhase::Finding | CallPhase::Calling | CallPhase::Ringing | CallPhase::Connecting => {
            MeetingPhase::Joining
        }
        CallPhase::Active => MeetingPhase::In,
        CallPhase::Restoring => MeetingPhase::Reconnecting,
    };
    let stats = calls.leg().and_then(|leg| truth.stats.get(&leg));
    let relayed = stats.and_then(|stats| stats.relayed) == Some(true);
    Some(MeetingView {
        phase,
        room: String::new(),
        direct: true,
        through: if relayed { domain.to_owned() } else { String::new() },
        elapsed_ms: calls.since().map_or(0, |since| now.since(since).as_millis() as u64),
        stage: calls.stage(own_name, wishes, truth),
        me: own(wishes, truth, calls.peer_hyperty().is_some()),
        people: 2,
    })
}

/// Levels of both.
pub fn levels(calls: &Calls, stage: &StageView, wishes: &Wishes, truth: &Truth) -> LevelsView {
    let theirs = stage.large.iter().chain(&stage.film).find(|tile| !tile.me).map(|tile| tile.stream);
    let level = calls.leg().and_then(|leg| truth.levels.get(&leg)).map(|level| level.get());
    let own = truth.own_level.filter(|_| wishes.microphone).unwrap_or(Dbfs::SILENCE);
    LevelsView { levels: theirs.zip(level).into_iter().collect(), own: own.get() }
}

/// Measured quality of the one leg.
pub fn measured(calls: &Calls, truth: &Truth) -> QualityView {
    let Some(stats) = calls.leg().and_then(|leg| truth.stats.get(&leg)) else {
        return QualityView::default();
    };
    QualityView {
        overall: quality::of_leg(stats),
        promised: String::new(),
        sent_kbps: stats.sent.bits_per_second() / 1000,
        received_kbps: stats.received.bits_per_second() / 1000,
        round_trip_ms: stats.round_trip_ms,
        loss_percent: stats.loss * 100.0,
        large: stats.size.map(|(width, height)| (width, height, stats.fps)),
        details: serde_json::to_string_pretty(stats).unwrap_or_default(),
    }
}
