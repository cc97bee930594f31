//! Views and the plan, after every mutation.

use confab_conference::{LegKey, plan};
use confab_contract::{
    HomeView, NextStep, ProblemCode, QualityView, SessionPhase, SessionView, StageView, View,
};
use confab_media_model::MediaPlan;

use super::UserAgent;
use crate::leg::Leg;
use crate::problems::Remedy;
use crate::show;

impl UserAgent {
    pub(super) fn tell(&mut self) {
        let reconnecting = self.online().is_some_and(|online| online.noticed(self.now));
        if reconnecting {
            if !self.problems.list().iter().any(|problem| problem.code == ProblemCode::ConnectionLost) {
                let about = self.account.as_ref().map(|account| account.base.clone()).unwrap_or_default();
                self.problems.raise(ProblemCode::ConnectionLost, &about, "", NextStep::Wait, Remedy::None);
            }
        } else {
            self.problems.clear(ProblemCode::ConnectionLost);
        }
        let session = self.session_view(reconnecting);
        let home = HomeView { recent: self.remembered.recent.clone(), calls: Vec::new() };
        let through = self.online().map(|online| online.grant.domain.as_str().to_owned()).unwrap_or_default();
        let mut meeting = self.meeting.take();
        let view =
            show::meeting(meeting.as_mut(), &self.wishes, &self.truth, &through, reconnecting, self.now);
        let out = &mut self.outputs;
        self.shown.view(out, View::Session(session));
        self.shown.view(out, View::Home(home));
        let stage: StageView = view.stage.clone();
        self.shown.view(out, View::Meeting(view));
        let (levels, quality) = match meeting.as_mut() {
            Some(meeting) => (
                show::levels(meeting, &self.wishes, &self.truth),
                show::measured(meeting, &self.truth, &stage),
            ),
            None => (Default::default(), QualityView::default()),
        };
        self.shown.view(out, View::Levels(levels));
        self.shown.view(out, View::Quality(quality));
        self.shown.view(out, View::Devices(show::devices(&self.wishes, &self.truth)));
        self.shown.view(out, View::Problems { problems: self.problems.list() });
        let plan = match meeting.as_mut() {
            Some(meeting) => {
                let state = |(key, leg): (&LegKey, &Leg)| (key.clone(), leg.state.clone());
                let legs = meeting.legs.iter().map(state).collect();
                plan::of_meeting(&self.wishes, &legs, &mut meeting.streams, &[])
            }
            None => MediaPlan::default(),
        };
        self.shown.plan(out, plan);
        self.meeting = meeting;
    }

    pub(super) fn session_view(&self, reconnecting: bool) -> SessionView {
        let phase = match &self.account {
            None => SessionPhase::SignedOut,
            Some(account) => match &account.online {
                None => SessionPhase::SigningIn,
                Some(_) if reconnecting => SessionPhase::Reconnecting,
                Some(online) if online.was_live => SessionPhase::SignedIn,
                Some(_) => SessionPhase::SigningIn,
            },
        };
        let online = self.online();
        SessionView {
            phase,
            server: self.account.as_ref().map_or(&self.remembered.server, |account| &account.base).clone(),
            domain: online.map(|online| online.grant.domain.as_str().to_owned()).unwrap_or_default(),
            user: self.account.as_ref().map_or(&self.remembered.user, |account| &account.user).clone(),
            name: online.map(|online| online.grant.name.clone()).unwrap_or_default(),
            kept: self.account.as_ref().is_some_and(|account| account.kept),
        }
    }
}
