//! Calls, told by the desktop: a notification while it rings, another when a call was missed.

use std::sync::{Arc, Mutex, PoisonError};

use confab_contract::{AccountsView, CallEnd, CallPhase, CallView, Intent, PersonView, View};
use tauri::{AppHandle, Manager, UserAttentionType};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use crate::bridge::Bridge;
use crate::words::Words;

#[cfg(target_os = "linux")]
#[path = "ring/linux.rs"]
mod desktop;
#[cfg(not(target_os = "linux"))]
#[path = "ring/others.rs"]
mod desktop;

/// Longest text of a notification, characters.
const LONGEST: usize = 120;

/// What the user pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pressed {
    /// The notification itself.
    Open,
    Accept,
    AcceptVideo,
    Decline,
}

/// The texts of a notification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Card {
    title: String,
    body: String,
    accept: String,
    accept_video: String,
    decline: String,
}

/// Tells the desktop about calls.
pub struct Ring {
    app: AppHandle,
    handle: Handle,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    accounts: AccountsView,
    /// The call that rings. Dropping the sender takes its notification away.
    ringing: Option<(u32, oneshot::Sender<()>)>,
}

impl Ring {
    /// Nothing rings yet.
    pub fn new(app: AppHandle, handle: Handle) -> Ring {
        Ring { app, handle, state: Mutex::new(State::default()) }
    }

    /// Looks at a view on its way to the page.
    pub fn see(&self, view: &View) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match view {
            View::Accounts(accounts) => state.accounts = accounts.clone(),
            View::Call(call) => self.follow(&mut state, call),
            _ => {}
        }
    }

    fn follow(&self, state: &mut State, call: &CallView) {
        let rang = state.ringing.as_ref().map(|(id, _)| *id);
        if call.phase == CallPhase::Incoming {
            if rang != Some(call.id) {
                let (stop, stopped) = oneshot::channel();
                state.ringing = Some((call.id, stop));
                self.ring(call, &state.accounts, stopped);
            }
            return;
        }
        state.ringing = None;
        let missed = call.phase == CallPhase::Ended && call.ended == Some(CallEnd::Missed);
        if missed && rang == Some(call.id) {
            let title = self.words().get("ended.missed", &[("name", &name_of(&call.peer))]);
            let app = self.app.clone();
            if let Some(title) = title {
                let card = Card { title, body: plain(domain_of(&call.peer)), ..Card::default() };
                self.handle.spawn(desktop::tell(card, move || open(&app)));
            }
        }
    }

    fn ring(&self, call: &CallView, accounts: &AccountsView, stopped: oneshot::Receiver<()>) {
        let Some(card) = self.card(call, accounts) else {
            return tracing::warn!("it rings, but the page has not told its words yet");
        };
        if let Some(window) = self.app.get_webview_window("main") {
            let _ = window.request_user_attention(Some(UserAttentionType::Critical));
        }
        let app = self.app.clone();
        self.handle.spawn(desktop::ring(card, call.silent, stopped, move |pressed| answer(&app, pressed)));
    }

    fn card(&self, call: &CallView, accounts: &AccountsView) -> Option<Card> {
        let words = self.words();
        let word = |key, values: &[(&str, &str)]| words.get(key, values);
        let from = word("incoming.from", &[("domain", domain_of(&call.peer))])?;
        let account = accounts.accounts.iter().find(|account| account.id == call.account);
        let account = account.filter(|_| accounts.accounts.len() > 1).map(|account| account.user.as_str());
        let body = match account {
            Some(account) => format!("{from}\n{}", word("incoming.for", &[("account", account)])?),
            None => from,
        };
        let title = if call.meeting.is_none() { "incoming.title" } else { "incoming.invites" };
        Some(Card {
            title: word(title, &[("name", &name_of(&call.peer))])?,
            body: plain(&body),
            accept: word("incoming.accept", &[])?,
            accept_video: word("incoming.accept.video", &[])?,
            decline: word("incoming.decline", &[])?,
        })
    }

    fn words(&self) -> tauri::State<'_, Words> {
        self.app.state::<Words>()
    }
}

fn answer(app: &AppHandle, pressed: Pressed) {
    let bridge = app.state::<Arc<Bridge>>();
    match pressed {
        Pressed::Open => {}
        Pressed::Accept => bridge.dispatch(Intent::Accept { video: false }),
        Pressed::AcceptVideo => bridge.dispatch(Intent::Accept { video: true }),
        Pressed::Decline => return bridge.dispatch(Intent::Decline),
    }
    open(app);
}

/// Brings the window to the front.
pub fn open(app: &AppHandle) {
    let Some(window) = app.get_webview_window("main") else { return };
    for result in [window.show(), window.unminimize(), window.set_focus()] {
        if let Err(error) = result {
            tracing::warn!(%error, "the window could not be brought to the front");
        }
    }
}

/// The name to show; those who gave none are shown by their address.
fn name_of(person: &PersonView) -> String {
    let address = || person.user.rsplit('/').next().unwrap_or_default();
    let name = if person.name.is_empty() { address() } else { &person.name };
    name.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

fn domain_of(person: &PersonView) -> &str {
    if !person.domain.is_empty() {
        return &person.domain;
    }
    let rest = person.user.strip_prefix("user://").unwrap_or_default();
    rest.split('/').next().unwrap_or_default()
}

/// Text for a place where some desktops read markup: what could be markup is left out.
fn plain(text: &str) -> String {
    let markup = |c: &char| matches!(c, '<' | '>' | '&') || (c.is_control() && *c != '\n');
    text.chars().filter(|c| !markup(c)).take(2 * LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(user: &str, name: &str, domain: &str) -> PersonView {
        PersonView { user: user.to_owned(), name: name.to_owned(), domain: domain.to_owned() }
    }

    #[test]
    fn those_without_a_name_are_told_by_their_address() {
        let bob = person("user://b.local/bob@b.local", "", "");
        assert_eq!(name_of(&bob), "bob@b.local");
        assert_eq!(domain_of(&bob), "b.local");
        assert_eq!(domain_of(&person("user://a.local/x@a.local", "X", "b.local")), "b.local");
        assert_eq!(domain_of(&person("bob", "", "")), "");
    }

    #[test]
    fn names_cannot_be_markup_or_fill_the_screen() {
        assert_eq!(plain("<b>Bob</b> & co\u{7}\nb.local"), "bBob/b  co\nb.local");
        assert_eq!(name_of(&person("", &"x".repeat(5000), "")).len(), LONGEST);
    }
}
