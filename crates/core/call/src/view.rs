//! Views of a call, and the media plan that follows from it.

use confab_conference::plan::{CallDevices, CallMedia, of_call};
use confab_conference::{Peer, Truth, Wishes, arrange_pair};
use confab_contract::{CallEnd, CallPhase, CallView, StageView, TileKind};
use confab_media_model::{IceServer, MediaPlan, Ring};

use crate::call::{Call, Role};
use crate::calls::Calls;
use crate::happened::Media;
use crate::invitation::person;

impl Call {
    pub(crate) fn ended_view(&self, end: CallEnd) -> CallView {
        CallView { phase: CallPhase::Ended, ended: Some(end), ..self.view() }
    }

    fn view(&self) -> CallView {
        CallView {
            id: self.id,
            phase: self.phase,
            peer: person(&self.user, &self.shown_name, &self.home),
            account: 0,
            video: self.video,
            ended: None,
            proof: self.proof,
            silent: false,
            meeting: self.meeting.as_ref().map(|room| room.shown(&self.home)),
        }
    }

    /// What media the call wants. The one place that decides when our devices may open: not before both have agreed, but for the
    /// caller's own picture, which only the caller sees.
    fn media(&self, silent: bool) -> CallMedia {
        let devices = match (self.agreed, self.role) {
            (true, _) => CallDevices::Open,
            (false, Role::Caller) if self.video => CallDevices::Preview,
            (false, _) => CallDevices::Closed,
        };
        let ring = match self.phase {
            CallPhase::Ringing => Some(Ring::Ringback),
            CallPhase::Incoming if !silent => Some(Ring::Incoming),
            _ => None,
        };
        let offers = self.role == Role::Caller || (self.agreed && self.leg.offer.is_some());
        CallMedia { devices, ring, leg: offers.then(|| self.leg.clone()) }
    }
}

impl Calls {
    /// The call as shown. `silent`: we are not to be disturbed.
    pub fn view(&self, account: u32, silent: bool) -> CallView {
        let view = match (&self.current, &self.ended) {
            (Some(call), _) if call.phase != CallPhase::Idle => call.view(),
            (_, Some((ended, _))) => ended.clone(),
            _ => return CallView::default(),
        };
        CallView { account, silent, ..view }
    }

    /// The complete wanted media state; `None` without a call, or while an invitation is only looked at.
    pub fn plan(&self, wishes: &Wishes, ice_servers: &[IceServer], silent: bool) -> Option<MediaPlan> {
        let call = self.current.as_ref().filter(|call| call.phase != CallPhase::Idle)?;
        Some(of_call(wishes, &call.media(silent), ice_servers))
    }

    /// What the other one lets us hear and see.
    pub fn theirs(&self) -> Option<Media> {
        self.current.as_ref().map(|call| call.theirs)
    }

    /// The pictures, once both have agreed; before, the caller's own.
    pub fn stage(&self, own_name: &str, wishes: &Wishes, truth: &Truth) -> StageView {
        let Some(call) = self.current.as_ref().filter(|call| call.agreed || call.role == Role::Caller) else {
            return StageView::default();
        };
        let shows = match call.theirs {
            _ if !call.agreed => None,
            Media { screen: true, .. } => Some(TileKind::Screen),
            Media { video: true, .. } => Some(TileKind::Camera),
            Media { .. } => None,
        };
        let peer = Peer {
            user: call.user.to_string(),
            name: call.shown_name.clone(),
            stream: call.leg.stream,
            leg: call.leg.id,
            muted: call.agreed && !call.theirs.audio,
            shows,
            away: call.phase == CallPhase::Restoring,
        };
        arrange_pair(&peer, own_name, wishes, truth)
    }
}
