//! One second as one JSON object.

use std::collections::BTreeMap;

use confab_contract::{
    AccountsView, ArrivalView, CallView, ConversationView, MeetingPhase, PeopleView, RoomView, SessionView,
    SwitchState,
};
use confab_fakes::{Listener, MeasuringSurface};
use confab_types::StreamId;
use serde::Serialize;

use crate::watch::Seen;

/// What was measured, at one moment.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Second {
    /// Seconds since the room admitted us.
    pub t: f32,
    /// The number of the order since which gaps are counted; 0: since the start.
    pub mark: u32,
    /// Every account, as on the screen.
    pub accounts: AccountsView,
    /// The shown account's session.
    pub session: Option<SessionView>,
    /// Through which domain the media goes; empty when it goes from one to the other.
    pub through: String,
    /// Our key in the room.
    pub participant: String,
    /// How far the meeting is.
    pub phase: Option<MeetingPhase>,
    /// The own microphone, camera and shared screen, as on the screen.
    pub me: Option<[SwitchState; 3]>,
    /// The large picture: `p2/screen`.
    pub large: Option<String>,
    /// Who is in the room and what one may do there, as on the screen.
    pub room: RoomView,
    /// A link that was opened, as on the screen.
    pub arrival: ArrivalView,
    /// The others' pictures: `p2/camera`.
    pub streams: BTreeMap<String, Picture>,
    /// What the speaker played.
    pub audio: Heard,
    /// Everybody in the room.
    pub roster: Vec<Person>,
    /// Every leg's statistics.
    pub legs: serde_json::Value,
    /// Problems on the screen.
    pub problems: Vec<String>,
    /// The call to one person, as on the screen.
    pub call: CallView,
    /// Contacts and presence, as on the screen.
    pub people: PeopleView,
    /// What was said and sent, as on the screen.
    pub conversation: ConversationView,
}

/// One picture.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Picture {
    /// Pictures decoded so far.
    pub frames: u64,
    /// Per second, lately.
    pub fps: f32,
    /// Pixels.
    pub size: (u32, u32),
    /// Who drew the test card, if one was read.
    pub sender: Option<u8>,
    /// Its number.
    pub number: Option<u32>,
    /// Numbers that came out of order.
    pub out_of_order: u64,
    /// Longest time between two pictures, ms.
    pub longest_gap_ms: u32,
    /// Time since the last picture, ms.
    pub since_last_ms: u32,
}

/// What was heard.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Heard {
    /// Whether there was any sound yet.
    pub sounded: bool,
    /// The loudest frequency, Hz.
    pub hz: Option<f32>,
    /// Level, dBFS.
    pub level: i8,
    /// Silence right now, ms.
    pub gap_ms: u32,
    /// Longest silence, ms.
    pub longest_gap_ms: u32,
    /// Levels of the tones listened for, dBFS by Hz.
    pub tones: BTreeMap<String, i8>,
}

/// One member of the room.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Person {
    /// Key.
    pub id: String,
    /// Name.
    pub name: String,
    /// Whether the microphone is closed.
    pub muted: bool,
    /// Whether a picture is to be expected.
    pub video: bool,
}

/// Measures now.
pub fn measure(
    t: f32,
    seen: &Seen,
    surface: &MeasuringSurface,
    listener: &Listener,
    tones: &[u32],
) -> Second {
    let mut second = Second {
        t,
        accounts: seen.accounts.clone(),
        session: seen.session.clone(),
        through: seen.meeting.as_ref().map(|meeting| meeting.through.clone()).unwrap_or_default(),
        phase: seen.meeting.as_ref().map(|meeting| meeting.phase),
        me: seen
            .meeting
            .as_ref()
            .map(|meeting| [meeting.me.microphone, meeting.me.camera, meeting.me.sharing]),
        large: seen.meeting.as_ref().and_then(|meeting| meeting.stage.large.as_ref()).map(Seen::name),
        room: seen.room.clone(),
        arrival: seen.arrival.clone(),
        call: seen.call.clone(),
        people: seen.people.clone(),
        conversation: seen.conversation.clone(),
        ..Second::default()
    };
    for tile in seen.tiles() {
        if tile.kind == confab_contract::TileKind::Camera {
            let (id, name) = (tile.participant.clone(), tile.name.clone());
            second.roster.push(Person { id, name, muted: tile.muted, video: tile.video });
        }
        if tile.me {
            second.participant = tile.participant.clone();
            continue;
        }
        let Some(picture) = surface.seen(StreamId(tile.stream)) else { continue };
        let measured = Picture {
            frames: picture.frames,
            fps: picture.fps,
            size: picture.size,
            sender: picture.last.map(|reading| reading.sender),
            number: picture.last.map(|reading| reading.number),
            out_of_order: picture.out_of_order,
            longest_gap_ms: picture.longest_gap_ms,
            since_last_ms: picture.since_last_ms,
        };
        second.streams.insert(Seen::name(tile), measured);
    }
    let heard = listener.report();
    second.audio = Heard {
        sounded: heard.sounded,
        hz: heard.dominant_hz,
        level: heard.level.get(),
        gap_ms: heard.gap_ms,
        longest_gap_ms: heard.longest_gap_ms,
        tones: tones
            .iter()
            .map(|hertz| (hertz.to_string(), listener.level_at(*hertz as f32).get()))
            .collect(),
    };
    let details = seen.quality.as_ref().map(|quality| quality.details.as_str()).unwrap_or_default();
    second.legs = serde_json::from_str(details).unwrap_or_default();
    second.problems =
        seen.problems.iter().map(|problem| format!("{:?}: {}", problem.code, problem.details)).collect();
    second
}
