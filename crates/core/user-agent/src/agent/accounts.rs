//! The accounts: those that are there at the start, the shown one, and their ends.

use confab_contract::{AccountsView, NextStep, ProblemCode};
use confab_types::DeviceId;

use super::UserAgent;
use crate::account::Account;
use crate::effect::{Output, Secret};
use crate::memory::{Kept, Remembered};

impl UserAgent {
    pub(super) fn start(&mut self, unix_ms: u64, remembered: Remembered, kept: Vec<Kept>) {
        self.epoch_ms = unix_ms.saturating_sub(self.now.as_millis());
        self.remembered = remembered;
        self.wishes.camera_device = self.remembered.camera.clone().map(DeviceId::new);
        self.wishes.microphone_device = self.remembered.microphone.clone().map(DeviceId::new);
        self.wishes.speaker_device = self.remembered.speaker.clone().map(DeviceId::new);
        self.wishes.notice_muted = !self.remembered.closes_when_muted;
        for kept in kept {
            let last = (kept.base == self.remembered.server, kept.user == self.remembered.user);
            let account = self.sign_in(kept.base, kept.user, Secret::Refresh(kept.refresh), true);
            if last == (true, true) || self.shown_account.is_none() {
                self.shown_account = account.or(self.shown_account);
            }
        }
    }

    /// Shows another account.
    pub(super) fn choose_account(&mut self, account: u32) {
        let Some(chosen) = self.accounts.get(&account) else { return };
        self.shown_account = Some(account);
        self.shown_before = None;
        let guest = chosen.guest;
        let chosen = (chosen.base.clone(), chosen.user.clone());
        if !guest
            && chosen != (self.remembered.server.clone(), self.remembered.user.clone())
            && !chosen.1.is_empty()
        {
            (self.remembered.server, self.remembered.user) = chosen;
            self.remember();
        }
    }

    /// The account on the screen.
    pub(super) fn shown(&self) -> Option<(u32, &Account)> {
        let account = self.shown_account?;
        Some((account, self.accounts.get(&account)?))
    }

    /// Ends everything of an account but what is remembered and kept of it.
    pub(super) fn let_go(&mut self, account: u32) {
        if self.meeting().is_some_and(|(whose, _)| whose == account) {
            self.end_meeting();
        }
        self.act(account, |parts, line| parts.goodbye(line));
        let now = self.now;
        let Some(home) = self.online(account).map(|online| online.grant.domain.clone()) else { return };
        // The last words leave before the connections are closed.
        if let Some(online) = self.online_mut(account) {
            online.sessions.shutdown(now);
        }
        while let Some(wish) = self.next_wish(account) {
            self.carry_out(account, wish);
        }
        self.disconnect(account, &home);
        if let Some(known) = self.accounts.get_mut(&account) {
            known.online = None;
        }
    }

    /// Takes an account away; another one is shown instead.
    pub(super) fn remove(&mut self, account: u32) {
        self.let_go(account);
        self.accounts.remove(&account);
        if self.shown_account == Some(account) {
            let before = self.shown_before.take().filter(|before| self.accounts.contains_key(before));
            self.shown_account = before.or_else(|| self.accounts.keys().next().copied());
        }
    }

    /// Signs out and forgets the secrets.
    pub(super) fn sign_out(&mut self, account: u32) {
        let Some(known) = self.accounts.get_mut(&account) else { return };
        let (base, user, key) = (known.base.clone(), known.user.clone(), known.key.clone());
        let refresh = known.refresh.take();
        if known.signing_in {
            self.outputs.push_back(Output::CancelSignIn { account });
        }
        self.remove(account);
        if let Some(refresh) = refresh {
            self.outputs.push_back(Output::SignOut { base: base.clone(), refresh });
        }
        // Who has signed in once more by the browser is kept under the same name by now.
        let same = |other: &Account| other.base == base && other.user == user;
        if !self.accounts.values().any(same) {
            self.outputs.push_back(Output::ForgetSecret { base, user, key });
        }
    }

    /// The program ends.
    pub(super) fn close(&mut self) {
        for account in self.accounts.keys().copied().collect::<Vec<_>>() {
            self.let_go(account);
        }
    }

    pub(super) fn accounts_view(&self) -> AccountsView {
        let views = self.accounts.iter().map(|(id, account)| account.view(*id, self.now));
        AccountsView { accounts: views.collect(), shown: self.shown_account }
    }

    /// Tells that a connection is lost as long as it is, if somebody would miss it: the shown account's, or that of the
    /// meeting.
    pub(super) fn tell_losses(&mut self) {
        let met = self.meeting().map(|(account, _)| account);
        let missed = [met, self.shown_account].into_iter().flatten();
        let lost = missed
            .filter_map(|id| self.accounts.get(&id))
            .find(|account| account.online.as_ref().is_some_and(|online| online.noticed(self.now)));
        let Some(about) = lost.map(|account| account.base.clone()) else {
            return self.problems.clear(ProblemCode::ConnectionLost);
        };
        let code = ProblemCode::ConnectionLost;
        if !self.problems.list().iter().any(|problem| problem.code == code) {
            self.problems.raise(code, &about, "", NextStep::Wait, crate::problems::Remedy::None);
        }
    }
}
