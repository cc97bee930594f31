//! Views and plans, after every mutation.

use confab_call::Calls;
use confab_conference::{LegKey, plan};
use confab_contract::{
    CallView, ConversationView, HomeView, LevelsView, MeetingView, PeopleView, QualityView, RecentRoom,
    RoomView, SessionPhase, SessionView, SettingsView, View,
};
use confab_media_model::{FilePlan, MediaPlan};

use super::UserAgent;
use crate::leg::Leg;
use crate::memory::RememberedAccount;
use crate::show;

impl UserAgent {
    pub(super) fn tell(&mut self) {
        self.tell_losses();
        let session = self.session_view();
        let home = HomeView { recent: self.recent(), calls: self.remembered.calls.clone() };
        let accounts = self.accounts_view();
        let people = self.people_view();
        let arrival = self.arrival_view();
        self.sign_in.browser = self.accounts.values().any(|account| account.browser);
        let out = &mut self.outputs;
        self.shown.view(out, View::Session(session));
        self.shown.view(out, View::Accounts(accounts));
        self.shown.view(out, View::SignIn(self.sign_in.clone()));
        self.shown.view(out, View::Home(home));
        self.shown.view(out, View::People(people));
        self.shown.view(out, View::Arrival(arrival));
        self.tell_call();
        if self.meeting().is_some() {
            self.tell_meeting()
        } else {
            self.tell_no_meeting()
        }
        let out = &mut self.outputs;
        self.shown.view(out, View::Devices(show::devices(&self.wishes, &self.truth)));
        self.shown.view(out, View::Settings(SettingsView { notice_muted: self.wishes.notice_muted }));
        self.shown.view(out, View::Problems { problems: self.problems.list() });
    }

    /// The room and its media.
    fn tell_meeting(&mut self) {
        let out = &mut self.outputs;
        let online = self.accounts.values_mut().filter_map(|account| account.online.as_mut());
        let Some(online) = online.into_iter().find(|online| online.parts.meeting.is_some()) else { return };
        let lost = online.noticed(self.now);
        let Some(meeting) = online.parts.meeting.as_mut() else { return };
        // A room of another domain is lost with the way to that one only.
        let reconnecting = match *meeting.domain() == online.grant.domain {
            true => lost,
            false => meeting.noticed_loss(self.now),
        };
        let through = meeting.domain().to_string();
        let through = through.as_str();
        let view =
            show::meeting(Some(&mut *meeting), &self.wishes, &self.truth, through, reconnecting, self.now);
        let quality = show::measured(meeting, &self.truth, &view.stage);
        self.shown.view(out, View::Room(show::room::room(meeting, &self.wishes, &self.truth)));
        self.shown.view(out, View::Meeting(view));
        self.shown.view(out, View::Levels(show::levels(meeting, &self.wishes, &self.truth)));
        self.shown.view(out, View::Quality(quality));
        let state = |(key, leg): (&LegKey, &Leg)| (key.clone(), leg.state.clone());
        let legs = meeting.legs.iter().map(state).collect();
        let plan = plan::of_meeting(&self.wishes, &legs, &mut meeting.streams, &online.grant.ice_servers);
        self.shown.plan(out, plan);
    }

    /// What there is to see and hear of a call, or nothing.
    fn tell_no_meeting(&mut self) {
        let call = self.call_media();
        let checks = call.is_none() && self.checking;
        let (view, levels, quality, mut plan) = call.unwrap_or_else(|| {
            let view = show::meeting(None, &self.wishes, &self.truth, "", false, self.now);
            let levels = if checks { self.check_levels() } else { LevelsView::default() };
            (view, levels, QualityView::default(), self.check_plan().unwrap_or_default())
        });
        plan.watch_shares |= self.wishes.watch_shares;
        let check = self.check_view(checks);
        let out = &mut self.outputs;
        self.shown.view(out, View::Check(check));
        self.shown.view(out, View::Room(RoomView::default()));
        self.shown.view(out, View::Meeting(view));
        self.shown.view(out, View::Levels(levels));
        self.shown.view(out, View::Quality(quality));
        self.shown.plan(out, plan);
    }

    fn call_media(&self) -> Option<(MeetingView, LevelsView, QualityView, MediaPlan)> {
        let account = self.call()?;
        let online = self.online(account)?;
        let (calls, grant): (&Calls, _) = (&online.parts.calls, &online.grant);
        let (wishes, truth) = (&self.wishes, &self.truth);
        let plan = calls.plan(wishes, &grant.ice_servers, self.is_silent(account))?;
        let view = show::call::meeting(calls, &grant.name, grant.domain.as_str(), wishes, truth, self.now);
        let view = view.unwrap_or_else(|| show::meeting(None, wishes, truth, "", false, self.now));
        let levels = show::call::levels(calls, &view.stage, wishes, truth);
        Some((view, levels, show::call::measured(calls, truth), plan))
    }

    /// The call itself, and what is said and sent in it.
    fn tell_call(&mut self) {
        let mut told = (CallView::default(), ConversationView::default(), FilePlan::default());
        if let Some(account) = self.call()
            && let Some(online) = self.online(account)
        {
            told.0 = online.parts.calls.view(account, self.is_silent(account));
            if let Some(conversation) = &online.parts.conversation {
                (told.1, told.2) = (conversation.view(), conversation.file_plan());
            }
        }
        if let Some(conversation) = self.room_conversation() {
            (told.1, told.2) = (conversation.view(), conversation.file_plan());
        }
        let out = &mut self.outputs;
        self.shown.view(out, View::Call(told.0));
        self.shown.view(out, View::Conversation(told.1));
        self.shown.files(out, told.2);
    }

    fn people_view(&self) -> PeopleView {
        let online = self.shown().and_then(|(_, account)| account.online.as_ref());
        online.map(|online| online.parts.people.view()).unwrap_or_default()
    }

    fn recent(&self) -> Vec<RecentRoom> {
        let Some((_, shown)) = self.shown() else { return Vec::new() };
        let of = |account: &&RememberedAccount| account.server == shown.base && account.user == shown.user;
        self.remembered.accounts.iter().find(of).map(|account| account.recent.clone()).unwrap_or_default()
    }

    fn session_view(&self) -> SessionView {
        let Some((id, account)) = self.shown() else {
            return SessionView {
                phase: SessionPhase::SignedOut,
                server: self.remembered.server.clone(),
                domain: String::new(),
                user: self.remembered.user.clone(),
                name: String::new(),
                kept: false,
            };
        };
        let view = account.view(id, self.now);
        SessionView {
            phase: view.phase,
            server: view.server,
            domain: view.domain,
            user: view.user,
            name: view.name,
            kept: view.kept,
        }
    }
}
