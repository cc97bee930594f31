//! What the media of one person may never be, looked at after every single event.

use confab_contract::CallPhase;
use confab_media_model::LegRole;

use crate::seat::Seat;

/// What is open at a seat that must not be.
pub fn breach(seat: &Seat) -> Option<String> {
    let plan = &seat.plan;
    let gates = plan.legs.values().any(|leg| match leg.role {
        LegRole::Peer { audio, video, .. } => audio || video.on,
        LegRole::Publish { .. } | LegRole::Receive { .. } => false,
    });
    match seat.call.phase {
        CallPhase::Incoming if plan.camera.is_some() || plan.microphone.is_some() => {
            Some("is captured while it rings".to_owned())
        }
        CallPhase::Incoming if !plan.legs.is_empty() => Some("has a leg while it rings".to_owned()),
        CallPhase::Finding | CallPhase::Calling | CallPhase::Ringing if plan.microphone.is_some() => {
            Some("is listened to before anybody answers".to_owned())
        }
        CallPhase::Finding | CallPhase::Calling | CallPhase::Ringing if gates => {
            Some("sends before anybody answers".to_owned())
        }
        CallPhase::Finding
        | CallPhase::Calling
        | CallPhase::Ringing
        | CallPhase::Incoming
        | CallPhase::Idle
        | CallPhase::Connecting
        | CallPhase::Active
        | CallPhase::Restoring
        | CallPhase::Ended => doubled(seat),
    }
}

/// A line that is on the screen twice.
fn doubled(seat: &Seat) -> Option<String> {
    let lines = &seat.conversation.lines;
    let twice =
        lines.iter().enumerate().find(|(at, line)| lines[..*at].iter().any(|other| other.id == line.id));
    twice.map(|(_, line)| format!("sees line {} twice", line.id))
}
