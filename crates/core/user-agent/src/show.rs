//! Views and plans, told only when they changed.

pub mod call;
pub mod room;

use std::collections::{BTreeMap, VecDeque};
use std::mem::{Discriminant, discriminant};

use confab_conference::{Truth, Wishes, Working, quality};
use confab_contract::{
    DeviceChoice, DevicesView, LevelsView, MeView, MeetingPhase, MeetingView, Quality, QualityView,
    ShareChoice, StageView, SwitchState, View,
};
use confab_media_model::{DeviceInfo, FilePlan, MediaPlan, ShareInfo};
use confab_types::{Dbfs, DeviceId, Mono};

use crate::effect::Output;
use crate::meeting::Meeting;
use confab_conference::{LegKey, arrange};

/// What was last told, so that nothing is told twice.
#[derive(Debug, Default)]
pub struct Shown {
    views: Vec<(Discriminant<View>, View)>,
    plan: MediaPlan,
    files: FilePlan,
}

impl Shown {
    /// Tells a view if it differs from the last of its kind. Time that passes is not a difference.
    pub fn view(&mut self, outputs: &mut VecDeque<Output>, view: View) {
        let kind = discriminant(&view);
        let timeless = without_time(&view);
        match self.views.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, last)) if *last == timeless => return,
            Some((_, last)) => *last = timeless,
            None => self.views.push((kind, timeless)),
        }
        outputs.push_back(Output::View(view));
    }

    /// Tells the plan if it differs from the last one.
    pub fn plan(&mut self, outputs: &mut VecDeque<Output>, plan: MediaPlan) {
        if self.plan != plan {
            self.plan = plan.clone();
            outputs.push_back(Output::Plan(plan));
        }
    }

    /// Tells what is wanted of files if it differs from the last time.
    pub fn files(&mut self, outputs: &mut VecDeque<Output>, files: FilePlan) {
        if self.files != files {
            self.files = files.clone();
            outputs.push_back(Output::Files(files));
        }
    }
}

fn without_time(view: &View) -> View {
    match view {
        View::Meeting(meeting) => View::Meeting(MeetingView { elapsed_ms: 0, ..meeting.clone() }),
        other => other.clone(),
    }
}

/// The meeting as shown; `None` stands for no meeting.
pub fn meeting(
    meeting: Option<&mut Meeting>,
    wishes: &Wishes,
    truth: &Truth,
    through: &str,
    reconnecting: bool,
    now: Mono,
) -> MeetingView {
    let me = own(wishes, truth, meeting.is_some());
    let Some(meeting) = meeting else {
        return MeetingView {
            phase: MeetingPhase::Idle,
            room: String::new(),
            direct: false,
            through: String::new(),
            elapsed_ms: 0,
            stage: StageView::default(),
            me,
            people: 0,
        };
    };
    let phase = match (&meeting.since, reconnecting) {
        (None, _) if meeting.in_lobby => MeetingPhase::Waiting,
        (None, _) => MeetingPhase::Joining,
        // The room is being looked for at its new address.
        (Some(_), _) if meeting.me.is_none() => MeetingPhase::Reconnecting,
        (Some(_), true) => MeetingPhase::Reconnecting,
        (Some(_), false) => MeetingPhase::In,
    };
    let legs: BTreeMap<LegKey, _> =
        meeting.legs.iter().map(|(key, leg)| (key.clone(), leg.state.id)).collect();
    let stage = match &meeting.me {
        Some(me) if meeting.since.is_some() => {
            arrange(&meeting.roster, me, &mut meeting.streams, wishes, truth, &meeting.focus, &legs)
        }
        _ => StageView::default(),
    };
    MeetingView {
        phase,
        room: meeting.name.clone(),
        direct: false,
        through: through.to_owned(),
        elapsed_ms: meeting.since.map_or(0, |since| now.since(since).as_millis() as u64),
        stage,
        me,
        people: u32::try_from(meeting.roster.participants.len()).unwrap_or(u32::MAX),
    }
}

/// Oneself. Before there is a meeting or call, what is wished is what is shown.
fn own(wishes: &Wishes, truth: &Truth, in_meeting: bool) -> MeView {
    MeView {
        microphone: switch(wishes.microphone, &truth.microphone, in_meeting),
        camera: switch(wishes.camera, &truth.camera, in_meeting),
        sharing: switch(wishes.screen.is_some(), &truth.screen, in_meeting),
    }
}

pub(crate) fn switch(wished: bool, truth: &Working, in_meeting: bool) -> SwitchState {
    match (wished, truth) {
        (false, _) => SwitchState::Off,
        (true, _) if !in_meeting => SwitchState::On,
        (true, Working::Yes) => SwitchState::On,
        (true, Working::Unknown) => SwitchState::Starting,
        (true, Working::Refused(_) | Working::Lost(_)) => SwitchState::Failed,
    }
}

/// Levels of those who can be heard.
pub fn levels(meeting: &mut Meeting, wishes: &Wishes, truth: &Truth) -> LevelsView {
    let mut levels = Vec::new();
    for (key, leg) in &meeting.legs {
        if let (LegKey::Receive(picture), Some(level)) = (key, truth.levels.get(&leg.state.id)) {
            levels.push((meeting.streams.number(picture).0, level.get()));
        }
    }
    let own = truth.own_level.filter(|_| wishes.microphone).unwrap_or(Dbfs::SILENCE);
    LevelsView { levels, own: own.get() }
}

/// Devices and the choice among them.
pub fn devices(wishes: &Wishes, truth: &Truth) -> DevicesView {
    let choices = |devices: &[DeviceInfo], chosen: &Option<DeviceId>| {
        let known = chosen.as_ref().filter(|id| devices.iter().any(|device| device.id == **id));
        let choice = |device: &DeviceInfo| DeviceChoice {
            id: device.id.to_string(),
            label: device.label.clone(),
            chosen: known.map_or(device.default, |id| device.id == *id),
        };
        devices.iter().map(choice).collect()
    };
    DevicesView {
        cameras: choices(&truth.devices.cameras, &wishes.camera_device),
        microphones: choices(&truth.devices.microphones, &wishes.microphone_device),
        speakers: choices(&truth.devices.speakers, &wishes.speaker_device),
        screens: truth
            .devices
            .screens
            .iter()
            .map(|screen| DeviceChoice {
                id: screen.id.to_string(),
                label: format!("{} ({} × {})", screen.label, screen.size.0, screen.size.1),
                chosen: wishes.screen.as_ref().is_some_and(|source| source.as_ref() == Some(&screen.id)),
            })
            .collect(),
        shares: shares(truth),
    }
}

/// What can be shared: as it was seen last, or at least the screens.
fn shares(truth: &Truth) -> Vec<ShareChoice> {
    let screens: Vec<ShareInfo> = truth.devices.screens.iter().cloned().map(ShareInfo::from).collect();
    let seen = if truth.shares.is_empty() { &screens } else { &truth.shares };
    let choice = |share: &ShareInfo| ShareChoice {
        id: share.id.to_string(),
        label: share.label.clone(),
        window: share.window,
        width: share.size.0,
        height: share.size.1,
        thumbnail: share.thumbnail.to_string(),
    };
    seen.iter().map(choice).collect()
}

/// Promised and measured quality.
pub fn measured(meeting: &Meeting, truth: &Truth, stage: &StageView) -> QualityView {
    let mut view = QualityView { promised: meeting.roster.promised.clone(), ..QualityView::default() };
    let mut words: Vec<Quality> = Vec::new();
    let mut details = BTreeMap::new();
    for (key, leg) in &meeting.legs {
        let Some(stats) = truth.stats.get(&leg.state.id) else { continue };
        view.sent_kbps += stats.sent.bits_per_second() / 1000;
        view.received_kbps += stats.received.bits_per_second() / 1000;
        view.round_trip_ms = stats.round_trip_ms.or(view.round_trip_ms);
        if let LegKey::Receive(_) = key {
            view.loss_percent = view.loss_percent.max(stats.loss * 100.0);
        }
        if let (LegKey::Receive(picture), Some((width, height)), Some(large)) =
            (key, stats.size, &stage.large)
        {
            let known = meeting.streams.picture(confab_types::StreamId(large.stream));
            if known == Some(picture) {
                view.large = Some((width, height, stats.fps));
            }
        }
        words.push(quality::of_leg(stats));
        details.insert(format!("{key:?}"), serde_json::to_value(stats).unwrap_or_default());
    }
    view.overall = quality::worst(words);
    view.details = serde_json::to_string_pretty(&details).unwrap_or_default();
    view
}
