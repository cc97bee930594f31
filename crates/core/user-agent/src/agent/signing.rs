//! Signing in and out.

use std::time::Duration;

use confab_contract::{NextStep, ProblemCode};
use confab_rethink::{Domain, Url, new_guid};
use confab_types::Chance;

use super::UserAgent;
use crate::account::{Account, Online};
use crate::effect::{Kept, Output, Remembered, Secret, SignInFailure};
use crate::problems::Remedy;
use crate::server::Grant;

impl UserAgent {
    pub(super) fn sign_in(&mut self, base: String, user: String, secret: Secret, kept: bool) {
        self.problems.clear(ProblemCode::WrongPassword);
        self.problems.clear(ProblemCode::ServerUnreachable);
        self.problems.clear(ProblemCode::SignInExpired);
        self.problems.clear(ProblemCode::NotAServer);
        let refresh = match &secret {
            Secret::Refresh(refresh) => Some(refresh.clone()),
            Secret::Password(_) => None,
        };
        self.drop_account();
        self.account = Some(Account {
            base: base.clone(),
            user: user.clone(),
            refresh,
            kept,
            online: None,
            signing_in: true,
            retry_at: None,
            tries: 0,
        });
        self.outputs.push_back(Output::SignIn { base, user, secret });
    }

    pub(super) fn signed_in(&mut self, grant: Grant) {
        let Some(account) = self.account.as_mut() else { return };
        account.signing_in = false;
        (account.retry_at, account.tries) = (None, 0);
        self.problems.clear(ProblemCode::ServerUnreachable);
        account.refresh = Some(grant.refresh.clone());
        let kept =
            Kept { base: account.base.clone(), user: account.user.clone(), refresh: grant.refresh.clone() };
        let connect = Output::Connect { flavour: grant.flavour, url: grant.node.clone() };
        match account.online.as_mut() {
            Some(online) => online.renew(grant, self.now),
            None => {
                let installation = runtime_of(&grant.domain, &self.remembered, &mut self.chance);
                account.online = Some(Online::new(grant, &installation, self.now, &mut self.chance));
            }
        }
        let (base, user) = (account.base.clone(), account.user.clone());
        self.outputs.push_back(Output::KeepSecret(kept));
        self.outputs.push_back(connect);
        if (&self.remembered.server, &self.remembered.user) != (&base, &user) {
            (self.remembered.server, self.remembered.user) = (base, user);
            self.remember();
        }
    }

    pub(super) fn sign_in_failed(&mut self, failure: SignInFailure) {
        let Some(account) = self.account.as_mut() else { return };
        account.signing_in = false;
        // Only the desk's own word ends a session; a desk that is away, busy or hidden behind a proxy is asked again.
        let final_word = matches!(failure, SignInFailure::Wrong | SignInFailure::Expired);
        if let (Some(online), false) = (account.online.as_mut(), final_word) {
            online.lost(self.now, &mut self.chance);
            if let (SignInFailure::TooMany(seconds), Some(at)) = (&failure, online.retry_at.as_mut()) {
                *at = (*at).max(self.now + Duration::from_secs(u64::from(*seconds)));
            }
            return;
        }
        if account.refresh.is_some() && !final_word {
            account.unreachable(self.now, &mut self.chance);
        }
        let about = account.base.clone();
        let was_kept = account.refresh.is_some();
        let (base, user) = (account.base.clone(), account.user.clone());
        let keep_trying = !final_word && was_kept;
        let (code, next, remedy) = match &failure {
            SignInFailure::Wrong => (ProblemCode::WrongPassword, NextStep::CheckInput, Remedy::None),
            SignInFailure::Expired => (ProblemCode::SignInExpired, NextStep::SignIn, Remedy::None),
            SignInFailure::TooMany(_) => (ProblemCode::TooManyTries, NextStep::Wait, Remedy::None),
            SignInFailure::Unreachable(_) if was_kept => {
                (ProblemCode::ServerUnreachable, NextStep::TryAgain, Remedy::SignIn)
            }
            SignInFailure::Unreachable(_) => {
                (ProblemCode::ServerUnreachable, NextStep::CheckInput, Remedy::None)
            }
            SignInFailure::NotAServer(_) => (ProblemCode::NotAServer, NextStep::CheckInput, Remedy::None),
        };
        self.problems.raise(code, &about, &failure.to_string(), next, remedy);
        if keep_trying {
            return;
        }
        if matches!(failure, SignInFailure::Expired) {
            self.outputs.push_back(Output::ForgetSecret { base, user });
        }
        self.drop_account();
    }

    pub(super) fn drop_account(&mut self) {
        self.end_meeting();
        let Some(mut online) = self.account.take().and_then(|account| account.online) else { return };
        // The goodbye to the room leaves before the connection is closed.
        while let Some(message) = online.sessions.home().poll_transmit() {
            self.outputs.push_back(Output::Send(message));
        }
        self.outputs.push_back(Output::Disconnect);
    }

    pub(super) fn sign_out(&mut self) {
        self.end_meeting();
        if let Some(account) = self.account.as_mut() {
            if let Some(online) = account.online.as_mut() {
                online.sessions.home().shutdown(self.now);
                while let Some(message) = online.sessions.home().poll_transmit() {
                    self.outputs.push_back(Output::Send(message));
                }
            }
            let (base, user) = (account.base.clone(), account.user.clone());
            if let Some(refresh) = account.refresh.take() {
                self.outputs.push_back(Output::SignOut { base: base.clone(), refresh });
            }
            self.outputs.push_back(Output::ForgetSecret { base, user });
        }
        self.drop_account();
    }

    pub(super) fn sign_in_again(&mut self) {
        let Some(account) = self.account.as_mut() else { return };
        let Some(refresh) = account.refresh.clone().filter(|_| !account.signing_in) else { return };
        account.signing_in = true;
        account.retry_at = None;
        let (base, user) = (account.base.clone(), account.user.clone());
        self.outputs.push_back(Output::SignIn { base, user, secret: Secret::Refresh(refresh) });
    }
}

fn runtime_of(domain: &Domain, remembered: &Remembered, chance: &mut Chance) -> Url {
    let kept = remembered
        .installation
        .as_deref()
        .and_then(|guid| Url::parse(&format!("runtime://{}/{guid}", domain.as_str())).ok());
    kept.unwrap_or_else(|| Url::runtime(domain, new_guid(chance)))
}
