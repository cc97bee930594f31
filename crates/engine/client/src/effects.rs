//! Carries out what the user agent asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use confab_contract::View;
use confab_file_transfer::FileTransfer;
use confab_keychain::Keychain;
use confab_media_engine::MediaEngine;
use confab_storage::Storage;
use confab_user_agent::{Input, Output, Remembered, Secret};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::browser::Browser;
use crate::identities::Identities;
use crate::keeping::{Keeping, Wish};
use crate::sign_in;
use crate::sign_in::Proof;
use crate::transports::Transports;

/// What effects are carried out with.
pub struct Hands {
    /// The runtime.
    pub handle: Handle,
    /// Where outcomes go.
    pub inputs: mpsc::WeakSender<Input>,
    /// Devices, legs and pictures.
    pub media: MediaEngine,
    /// Files of a call; `None` when its thread could not be started.
    pub files: Option<Arc<FileTransfer>>,
    /// The user's folder.
    pub storage: Storage,
    /// The system's store.
    pub keychain: Arc<dyn Keychain>,
    /// Sign-in by the browser.
    pub browser: Arc<Browser>,
    /// Takes parts of the screen.
    pub views: Box<dyn Fn(View) + Send + Sync>,
}

/// The hands of one user agent.
pub struct Effects {
    hands: Hands,
    identities: Arc<Identities>,
    transports: Transports,
    keeping: Keeping,
    /// The newest state to remember; one writer on a blocking thread takes it.
    remember: watch::Sender<Option<Remembered>>,
    /// Sign-ins that wait for the browser, by account.
    browsing: BTreeMap<u32, JoinHandle<()>>,
}

impl Effects {
    /// Hands for the user agent behind `hands.inputs`.
    pub fn new(hands: Hands) -> Effects {
        let (remember, newest) = watch::channel(None);
        hands.handle.spawn(write(newest, hands.storage.clone()));
        let identities = Arc::new(Identities::new(hands.keychain.clone()));
        let keeping =
            Keeping::start(&hands.handle, hands.inputs.clone(), hands.keychain.clone(), identities.clone());
        Effects {
            identities,
            keeping,
            transports: Transports::new(hands.handle.clone(), hands.inputs.clone()),
            remember,
            browsing: BTreeMap::new(),
            hands,
        }
    }

    /// Carries out one wish. Returns at once.
    pub fn carry_out(&mut self, output: Output) {
        match output {
            Output::AskServer { base } => self.ask(move || {
                let told = sign_in::options(&base);
                Some(Input::ServerTold { base, told })
            }),
            Output::SignIn { account, base, user, secret, key } => {
                self.sign_in(account, base, user, secret, key);
            }
            Output::CancelSignIn { account } => {
                if let Some(waiting) = self.browsing.remove(&account) {
                    waiting.abort();
                }
            }
            Output::SignOut { base, refresh } => self.ask(move || {
                sign_in::sign_out(&base, &refresh);
                None
            }),
            Output::Discover { account, domain, hint } => self.ask(move || {
                let found = confab_signaling::discover(&domain, hint.as_deref());
                if let Err(error) = &found {
                    tracing::info!(%error, %domain, "no message node was found");
                }
                Some(Input::Discovered { account, domain, node: found.ok() })
            }),
            Output::Connect { connection, flavour, url, runtime, prove } => {
                let identities = self.identities.clone();
                let prove = prove.map(|(with, statement)| move || identities.sign(&with, &statement));
                self.transports.connect(connection, flavour, url, runtime, prove);
            }
            Output::Disconnect(connection) => self.transports.disconnect(connection),
            Output::Send(connection, message) => self.transports.send(connection, message),
            Output::Ask { account, with, ask } => {
                let identities = self.identities.clone();
                self.ask(move || Some(Input::Told { account, told: identities.answer(&with, ask) }));
            }
            Output::Plan(plan) => self.hands.media.set_plan(plan),
            Output::Files(plan) => {
                if let Some(files) = &self.hands.files {
                    files.set_plan(plan);
                }
            }
            Output::View(view) => (self.hands.views)(view),
            Output::KeepSecret { account, kept } => self.keeping.wish(Wish::Keep { account, kept }),
            Output::ForgetSecret { base, user, key } => {
                self.keeping.wish(Wish::Forget { base, user, key });
            }
            Output::Remember(remembered) => {
                self.remember.send_replace(Some(remembered));
            }
        }
    }

    fn sign_in(&mut self, account: u32, base: String, user: String, secret: Secret, key: String) {
        let (identities, server) = (self.identities.clone(), base.clone());
        let finish = move |proof: &Proof<'_>| {
            // Nothing is kept of a guest who comes back.
            let nonce = if key.is_empty() { None } else { identities.nonce(&key) };
            match sign_in::sign_in(&base, proof, nonce.as_deref()) {
                Ok(grant) => Input::SignedIn { account, grant },
                Err(failure) => Input::SignInFailed { account, failure },
            }
        };
        match secret {
            Secret::Password(password) => {
                self.ask(move || Some(finish(&Proof::Password { user: &user, password: &password })))
            }
            Secret::Invented(name) => self.ask(move || {
                // No key is made: nothing is kept of a guest.
                Some(match sign_in::sign_in(&server, &Proof::Invented(&name), None) {
                    Ok(grant) => Input::SignedIn { account, grant },
                    Err(failure) => Input::SignInFailed { account, failure },
                })
            }),
            Secret::Invited { room, code, name } => self.ask(move || {
                Some(match sign_in::sign_in_to_room(&server, &room, code.as_deref(), &name) {
                    Ok(grant) => Input::SignedIn { account, grant },
                    Err(failure) => Input::SignInFailed { account, failure },
                })
            }),
            Secret::Refresh(refresh) => self.ask(move || Some(finish(&Proof::Refresh(&refresh)))),
            Secret::Browser(issuer) => {
                let base = server;
                let (browser, inputs) = (self.hands.browser.clone(), self.hands.inputs.clone());
                let waiting = self.hands.handle.spawn(async move {
                    let input = match browser.sign_in(base, issuer).await {
                        Ok(token) => spawn_blocking(move || finish(&Proof::IdToken(&token))).await.ok(),
                        Err(failure) => Some(Input::SignInFailed { account, failure }),
                    };
                    if let (Some(input), Some(inputs)) = (input, inputs.upgrade()) {
                        let _ = inputs.send(input).await;
                    }
                });
                self.browsing.retain(|_, waiting| !waiting.is_finished());
                self.browsing.insert(account, waiting);
            }
        }
    }

    /// Does something slow elsewhere and hands its outcome back.
    fn ask(&self, work: impl FnOnce() -> Option<Input> + Send + 'static) {
        let inputs = self.hands.inputs.clone();
        self.hands.handle.spawn_blocking(move || {
            if let (Some(input), Some(inputs)) = (work(), inputs.upgrade()) {
                let _ = inputs.blocking_send(input);
            }
        });
    }

    /// The user agent has ended: close what is open.
    pub async fn close(mut self) {
        self.browsing.into_values().for_each(|waiting| waiting.abort());
        self.transports.close();
        self.hands.media.close().await;
        // Its thread ends after its present step.
        let files = self.hands.files.take();
        let _ = spawn_blocking(move || drop(files)).await;
        // A token that was renewed just now is the only one that is good at the next start.
        self.keeping.close().await;
    }
}

async fn write(mut newest: watch::Receiver<Option<Remembered>>, storage: Storage) {
    while newest.changed().await.is_ok() {
        let Some(remembered) = newest.borrow_and_update().clone() else { continue };
        let storage = storage.clone();
        let written = spawn_blocking(move || storage.save("remembered", &remembered)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, "settings were not written");
        }
    }
}
