//! Links that were opened: shown in full, followed only when the user says so.

use confab_contract::{ArrivalView, NextStep, ProblemCode};
use confab_rethink::Domain;

use super::UserAgent;
use crate::effect::Secret;
use crate::link::MeetingLink;
use crate::meeting::address::RoomAddress;
use crate::problems::Remedy;

/// A room to join as soon as this account is signed in.
#[derive(Clone, Debug)]
pub(super) struct Awaited {
    account: u32,
    link: MeetingLink,
}

impl UserAgent {
    /// A link was opened, perhaps by somebody else's page: nothing is asked of any server for it.
    pub(super) fn open_link(&mut self, link: &str) {
        self.problems.clear(ProblemCode::BadLink);
        match MeetingLink::parse(link) {
            Some(link) => self.arrival = Some(link),
            None => {
                let about: String = link.chars().filter(|c| !c.is_control()).take(200).collect();
                let next = NextStep::Dismiss;
                self.problems.raise(ProblemCode::BadLink, &about, "no link to a meeting", next, Remedy::None);
            }
        }
    }

    /// What was typed is a link: to a server we are signed in at it is as good as the room's name, any other one is asked about.
    pub(super) fn join_link(&mut self, account: u32, typed: &str) {
        let link = MeetingLink::parse(typed);
        match link.filter(|link| self.at(link) == Some(account)) {
            Some(link) => self.follow(account, link),
            None => self.open_link(typed),
        }
    }

    /// Joins what the opened link leads to.
    pub(super) fn follow_link(&mut self, account: Option<u32>, name: &str) {
        let Some(link) = self.arrival.take() else { return };
        if let Some(account) = account.filter(|account| self.online(*account).is_some()) {
            return self.follow(account, link);
        }
        let name = name.trim();
        if name.is_empty() {
            self.arrival = Some(link);
            return;
        }
        for code in [
            ProblemCode::NoSuchRoom,
            ProblemCode::NoGuests,
            ProblemCode::RoomLocked,
            ProblemCode::RoomFull,
            ProblemCode::RoomRefused,
            ProblemCode::BadLink,
        ] {
            self.problems.clear(code);
        }
        let (room, code) = (link.room.clone(), link.code.clone());
        let secret = Secret::Invited { room, code, name: name.to_owned() };
        match self.add_account(link.base.clone(), String::new(), secret) {
            Some(account) => self.awaited = Some(Awaited { account, link }),
            None => self.arrival = Some(link),
        }
    }

    /// Forgets the opened link.
    pub(super) fn drop_link(&mut self) {
        self.arrival = None;
    }

    /// An account is signed in: a room may wait for that.
    pub(super) fn follow_awaited(&mut self, account: u32) {
        if let Some(awaited) = self.awaited.take_if(|awaited| awaited.account == account) {
            self.follow(account, awaited.link);
        }
    }

    /// An account cannot sign in. The link that it was to follow may be followed once more when that can help, unless another one was
    /// opened meanwhile.
    pub(super) fn forget_awaited(&mut self, account: u32, next: NextStep) {
        let awaited = self.awaited.take_if(|awaited| awaited.account == account);
        let helps = matches!(next, NextStep::TryAgain | NextStep::CheckInput | NextStep::Wait);
        if let Some(awaited) = awaited.filter(|_| helps && self.arrival.is_none()) {
            self.arrival = Some(awaited.link);
        }
    }

    fn follow(&mut self, account: u32, link: MeetingLink) {
        match self.domain_of(account, &link) {
            Some(domain) => self.join_room(account, RoomAddress { name: link.room, domain, code: link.code }),
            None => {
                let next = NextStep::Dismiss;
                self.problems.raise(
                    ProblemCode::BadLink,
                    &link.base,
                    "no domain is called so",
                    next,
                    Remedy::None,
                );
            }
        }
    }

    /// The domain of a link's server: that of an account there, a neighbour of ours, or the one that is called like its host.
    fn domain_of(&self, account: u32, link: &MeetingLink) -> Option<Domain> {
        let online = self.online(account)?;
        if self.accounts.get(&account).is_some_and(|known| known.base == link.base) {
            return Some(online.grant.domain.clone());
        }
        let signed_in = self.at(link).and_then(|there| self.online(there));
        let neighbour = || {
            let mut neighbours = online.grant.domains.iter();
            neighbours
                .find(|(_, known)| known.url.trim_end_matches('/') == link.base)
                .map(|(domain, _)| domain)
        };
        let known = signed_in.map(|there| &there.grant.domain).or_else(neighbour).cloned();
        known.or_else(|| Domain::parse(link.host()).ok())
    }

    /// The account that is signed in where a link leads; the shown one if it is. Who is there as a guest of another room is not.
    fn at(&self, link: &MeetingLink) -> Option<u32> {
        let there = |account: &u32| {
            self.accounts.get(account).is_some_and(|known| {
                let reaches = known.lodges.as_ref().is_none_or(|room| *room == link.room);
                known.base == link.base && known.online.is_some() && reaches
            })
        };
        self.shown_account.filter(there).or_else(|| self.accounts.keys().copied().find(there))
    }

    pub(super) fn arrival_view(&self) -> ArrivalView {
        let Some(link) = &self.arrival else { return ArrivalView::default() };
        let account = self.at(link);
        ArrivalView {
            open: true,
            server: link.base.clone(),
            room: link.room.clone(),
            known: account.is_some(),
            account,
        }
    }
}
