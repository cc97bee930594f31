//! Signing in.

use std::time::Duration;

use confab_contract::{NextStep, ProblemCode, ProviderView, SignInView};
use confab_rethink::new_guid;

use super::UserAgent;
use crate::account::{Account, Online};
use crate::effect::{Output, Secret, SignInFailure};
use crate::memory::{Kept, RememberedAccount};
use crate::problems::Remedy;
use crate::{Grant, SignInOptions};

/// Most accounts at a time.
const ACCOUNT_LIMIT: usize = 16;

impl UserAgent {
    /// Asks how one may sign in at a server.
    pub(super) fn ask_server(&mut self, server: &str) {
        let Some(base) = self.base_of(server) else { return };
        self.problems.clear(ProblemCode::ServerUnreachable);
        self.sign_in = SignInView { server: server.to_owned(), asking: true, ..SignInView::default() };
        self.outputs.push_back(Output::AskServer { base });
    }

    pub(super) fn server_told(&mut self, base: &str, told: Result<SignInOptions, SignInFailure>) {
        let asked = crate::server::base_url(&self.sign_in.server);
        if !self.sign_in.asking || asked.as_deref() != Some(base) {
            return;
        }
        self.sign_in.asking = false;
        match told {
            Ok(told) => {
                let shown =
                    |provider: crate::Provider| ProviderView { issuer: provider.issuer, name: provider.name };
                self.sign_in.password = told.password;
                self.sign_in.invented = told.invented;
                self.sign_in.providers = told.providers.into_iter().map(shown).collect();
            }
            Err(failure) => {
                let code = match failure {
                    SignInFailure::NotAServer(_) => ProblemCode::NotAServer,
                    _ => ProblemCode::ServerUnreachable,
                };
                let next = NextStep::CheckInput;
                self.problems.raise(code, base, &failure.to_string(), next, Remedy::None);
            }
        }
    }

    /// `https://host[:port]` of what was typed, or a problem.
    pub(super) fn base_of(&mut self, server: &str) -> Option<String> {
        self.problems.clear(ProblemCode::NotAServer);
        let base = crate::server::base_url(server);
        if base.is_none() {
            let (next, details) = (NextStep::CheckInput, "not the name of a server");
            self.problems.raise(ProblemCode::NotAServer, server, details, next, Remedy::None);
        }
        base
    }

    /// Adds an account, or signs in again to one that is there, and shows it.
    pub(super) fn add_account(&mut self, base: String, user: String, secret: Secret) -> Option<u32> {
        self.cancel_sign_in();
        if let Some(account) = self.check_password(&base, &user, &secret) {
            return Some(account);
        }
        let account = self.sign_in(base, user, secret, false)?;
        if self.shown_account != Some(account) {
            self.shown_before = self.shown_account;
        }
        self.shown_account = Some(account);
        Some(account)
    }

    /// A password for an account that is signed in already: what it does goes on, and the account is shown when the password is right.
    /// `None` when there is no such account.
    fn check_password(&mut self, base: &str, user: &str, secret: &Secret) -> Option<u32> {
        if !matches!(secret, Secret::Password(_)) {
            return None;
        }
        let same = |account: &Account| {
            account.base == base && account.user == user && !account.guest && account.online.is_some()
        };
        let account = self.accounts.iter().find(|(_, account)| same(account)).map(|(id, _)| *id)?;
        let known = self.accounts.get_mut(&account)?;
        if known.signing_in {
            // It is just renewed: one answer at a time, and that one tells as well whether it may stay.
            self.shown_account = Some(account);
            return Some(account);
        }
        (known.signing_in, known.typed) = (true, true);
        let key = known.key.clone();
        let (base, user, secret) = (base.to_owned(), user.to_owned(), secret.clone());
        self.clear_sign_in_problems();
        self.outputs.push_back(Output::SignIn { account, base, user, secret, key });
        Some(account)
    }

    fn clear_sign_in_problems(&mut self) {
        for code in [
            ProblemCode::WrongPassword,
            ProblemCode::ServerUnreachable,
            ProblemCode::SignInExpired,
            ProblemCode::NotAServer,
            ProblemCode::BrowserSignInFailed,
            ProblemCode::NameRefused,
        ] {
            self.problems.clear(code);
        }
    }

    /// Begins to sign in. The account's number, unless there are too many.
    pub(super) fn sign_in(&mut self, base: String, user: String, secret: Secret, kept: bool) -> Option<u32> {
        self.clear_sign_in_problems();
        let same = |account: &Account| account.base == base && account.user == user && !user.is_empty();
        let there = self.accounts.iter().find(|(_, account)| same(account)).map(|(id, _)| *id);
        let account = match there {
            Some(account) => account,
            None if self.accounts.len() >= ACCOUNT_LIMIT => return None,
            None => {
                self.last_account += 1;
                self.last_account
            }
        };
        self.let_go(account);
        let key = match user.is_empty() {
            true => new_guid(&mut self.chance).to_string(),
            false => self.remembered.account(&base, &user, &mut self.chance).key.clone(),
        };
        let refresh = match &secret {
            Secret::Refresh(refresh) => Some(refresh.clone()),
            _ => None,
        };
        let browser = matches!(secret, Secret::Browser(_));
        let guest = secret.is_guest();
        let lodges = match &secret {
            Secret::Invited { room, .. } => Some(room.clone()),
            _ => None,
        };
        let begun = Account {
            refresh,
            kept,
            signing_in: true,
            browser,
            guest,
            lodges,
            ..Account::new(base.clone(), user.clone(), key.clone())
        };
        self.accounts.insert(account, begun);
        self.outputs.push_back(Output::SignIn { account, base, user, secret, key });
        Some(account)
    }

    /// Signs in once more with what is kept.
    pub(super) fn sign_in_again(&mut self, account: u32) {
        let Some(known) = self.accounts.get_mut(&account) else { return };
        if known.signing_in {
            return;
        }
        let Some(refresh) = known.refresh.clone() else {
            // Who only said a name cannot be signed in again without saying it.
            return self.sign_in_failed(account, SignInFailure::Expired);
        };
        known.signing_in = true;
        known.retry_at = None;
        let (base, user) = (known.base.clone(), known.user.clone());
        let key = if known.guest { String::new() } else { known.key.clone() };
        self.outputs.push_back(Output::SignIn { account, base, user, secret: Secret::Refresh(refresh), key });
    }

    pub(super) fn signed_in(&mut self, account: u32, grant: Grant) {
        let Some(known) = self.accounts.get_mut(&account) else { return };
        self.problems.clear(ProblemCode::ServerUnreachable);
        (known.signing_in, known.browser) = (false, false);
        (known.retry_at, known.tries) = (None, 0);
        if std::mem::take(&mut known.typed) {
            self.shown_account = Some(account);
        }
        if known.user.is_empty() {
            known.user = grant.user.last_segment().to_owned();
        }
        known.refresh = grant.refresh.clone();
        let (base, user) = (known.base.clone(), known.user.clone());
        let guest = known.guest;
        let nothing = &mut RememberedAccount::default();
        let remembered = match guest {
            true => nothing,
            false => self.remembered.account(&base, &user, &mut self.chance),
        };
        remembered.key = known.key.clone();
        let node = (grant.domain.clone(), grant.flavour, grant.node.clone());
        let kept = grant.refresh.clone().filter(|_| !guest);
        let kept = kept.map(|refresh| Kept { base: base.clone(), user: user.clone(), refresh });
        let whose = grant.user.clone();
        match known.online.as_mut() {
            Some(online) => online.renew(grant, self.now),
            None => known.online = Some(Online::new(grant, remembered, self.now, &mut self.chance)),
        }
        if let Some(kept) = kept {
            self.outputs.push_back(Output::KeepSecret { account, kept });
        }
        if self.connection(account, &node.0).is_none() {
            self.connect(account, node.0, node.1, node.2);
        }
        self.drop_twins(account, &base, &whose);
        if self.shown_account == Some(account) {
            self.shown_before = None;
            self.sign_in = SignInView::default();
            if !guest {
                (self.remembered.server, self.remembered.user) = (base, user);
            }
        }
        self.remember();
        self.follow_awaited(account);
    }

    /// The same user was signed in already, under another spelling: the newer one stays.
    fn drop_twins(&mut self, account: u32, base: &str, user: &confab_rethink::Url) {
        let twin = |(id, other): &(&u32, &Account)| {
            let same = other.online.as_ref().is_some_and(|online| online.grant.user == *user);
            **id != account && other.base == base && same
        };
        let twins: Vec<u32> = self.accounts.iter().filter(twin).map(|(id, _)| *id).collect();
        for twin in twins {
            self.sign_out(twin);
        }
    }

    pub(super) fn sign_in_failed(&mut self, account: u32, failure: SignInFailure) {
        let now = self.now;
        let home = self.online(account).map(|online| online.grant.domain.clone());
        let connected = home.is_some_and(|home| self.connection(account, &home).is_some());
        let Some(known) = self.accounts.get_mut(&account) else { return };
        (known.signing_in, known.browser) = (false, false);
        let typed = std::mem::take(&mut known.typed);
        // Only the desk's own word ends a session; a desk that is away, busy or hidden behind a proxy is asked again.
        // A mistyped password ends nothing: what was there goes on by what is kept.
        let final_word = matches!(failure, SignInFailure::Wrong | SignInFailure::Expired) && !typed;
        if let (Some(online), false) = (known.online.as_mut(), final_word) {
            online.sessions.not_identified(now, &mut self.chance);
            if !connected {
                online.lost(now, &mut self.chance);
                if let (SignInFailure::TooMany(seconds), Some(at)) = (&failure, online.retry_at.as_mut()) {
                    *at = (*at).max(now + Duration::from_secs(u64::from(*seconds)));
                }
            }
            if !typed {
                return;
            }
        }
        let was_kept = known.refresh.is_some();
        if was_kept && !final_word && !typed {
            known.unreachable(now, &mut self.chance);
        }
        let (base, user, key) = (known.base.clone(), known.user.clone(), known.key.clone());
        let (code, next, remedy) = match &failure {
            SignInFailure::Wrong => (ProblemCode::WrongPassword, NextStep::CheckInput, Remedy::None),
            SignInFailure::Expired => (ProblemCode::SignInExpired, NextStep::SignIn, Remedy::None),
            SignInFailure::TooMany(_) => (ProblemCode::TooManyTries, NextStep::Wait, Remedy::None),
            SignInFailure::Unreachable(_) if was_kept => {
                (ProblemCode::ServerUnreachable, NextStep::TryAgain, Remedy::SignIn(account))
            }
            SignInFailure::Unreachable(_) => {
                (ProblemCode::ServerUnreachable, NextStep::CheckInput, Remedy::None)
            }
            SignInFailure::NotAServer(_) => (ProblemCode::NotAServer, NextStep::CheckInput, Remedy::None),
            SignInFailure::Room(word) => refused_by_room(word),
            SignInFailure::Name(_) => (ProblemCode::NameRefused, NextStep::CheckInput, Remedy::None),
            SignInFailure::Browser(_) => (ProblemCode::BrowserSignInFailed, NextStep::TryAgain, Remedy::None),
        };
        self.problems.raise(code, &base, &failure.to_string(), next, remedy);
        if typed || (was_kept && !final_word) {
            return;
        }
        if matches!(failure, SignInFailure::Expired) {
            self.outputs.push_back(Output::ForgetSecret { base, user, key });
        }
        self.forget_awaited(account, next);
        self.remove(account);
    }

    /// Gives up the sign-in of an account that is being added.
    pub(super) fn cancel_sign_in(&mut self) {
        let new = |(_, account): &(&u32, &Account)| account.signing_in && account.is_new();
        let given_up: Vec<u32> = self.accounts.iter().filter(new).map(|(id, _)| *id).collect();
        for account in given_up {
            self.outputs.push_back(Output::CancelSignIn { account });
            self.remove(account);
        }
    }

    pub(super) fn secret_kept(&mut self, account: u32, kept: bool) {
        if let Some(account) = self.accounts.get_mut(&account) {
            account.kept = kept;
        }
        if !kept {
            self.problems.raise(ProblemCode::NoSecretStore, "", "", NextStep::Dismiss, Remedy::None);
        }
    }
}

/// What a room's word at the front door means (protocol page, 14).
fn refused_by_room(word: &str) -> (ProblemCode, NextStep, Remedy) {
    let (code, next) = match word {
        "no-such-room" => (ProblemCode::NoSuchRoom, NextStep::CheckInput),
        "banned" => (ProblemCode::Removed, NextStep::Dismiss),
        "locked" => (ProblemCode::RoomLocked, NextStep::TryAgain),
        "full" => (ProblemCode::RoomFull, NextStep::TryAgain),
        "guests-not-allowed" | "bad-mail" => (ProblemCode::NoGuests, NextStep::SignIn),
        // A code that is good no longer.
        "bad-code" => (ProblemCode::BadLink, NextStep::Dismiss),
        _ => (ProblemCode::RoomRefused, NextStep::Dismiss),
    };
    (code, next, Remedy::None)
}
