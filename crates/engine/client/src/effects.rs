//! Carries out what the user agent asks for.

use std::sync::Arc;

use confab_contract::View;
use confab_keychain::Keychain;
use confab_media_engine::MediaEngine;
use confab_rethink::Flavour;
use confab_signaling::{Sender, Target, TransportEvent};
use confab_storage::Storage;
use confab_user_agent::{Input, Kept, Output, Remembered};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

use crate::{secrets, sign_in};

/// The hands of one user agent.
pub struct Effects {
    handle: Handle,
    inputs: mpsc::WeakSender<Input>,
    media: MediaEngine,
    keychain: Arc<dyn Keychain>,
    views: Box<dyn Fn(View) + Send + Sync>,
    /// The newest state to remember; one writer on a blocking thread takes it.
    remember: watch::Sender<Option<Remembered>>,
    transport: Option<Open>,
}

/// The open transport and the task that reads it.
struct Open {
    sender: Sender,
    reader: tokio::task::JoinHandle<()>,
}

impl Effects {
    /// Hands for the user agent behind `inputs`.
    pub fn new(
        handle: Handle,
        inputs: mpsc::WeakSender<Input>,
        media: MediaEngine,
        storage: Storage,
        keychain: Arc<dyn Keychain>,
        views: Box<dyn Fn(View) + Send + Sync>,
    ) -> Effects {
        let (remember, newest) = watch::channel(None);
        handle.spawn(write(newest, storage));
        Effects { handle, inputs, media, keychain, views, remember, transport: None }
    }

    /// Carries out one wish. Returns at once.
    pub fn carry_out(&mut self, output: Output) {
        match output {
            Output::SignIn { base, user, secret } => self.ask(move |_| {
                Some(match sign_in::sign_in(&base, &user, &secret) {
                    Ok(grant) => Input::SignedIn(grant),
                    Err(failure) => Input::SignInFailed(failure),
                })
            }),
            Output::SignOut { base, refresh } => self.ask(move |_| {
                sign_in::sign_out(&base, &refresh);
                None
            }),
            Output::Connect { flavour, url } => self.connect(flavour, url),
            Output::Disconnect => self.disconnect(),
            Output::Send(message) => {
                if let Some(open) = &self.transport
                    && let Err(error) = open.sender.send(message)
                {
                    // A transport that is full or gone will say that it is down; what was lost is made good after that.
                    tracing::debug!(%error, "message was not sent");
                }
            }
            Output::Plan(plan) => self.media.set_plan(plan),
            Output::View(view) => (self.views)(view),
            Output::KeepSecret(kept) => {
                self.ask(move |keychain| Some(Input::SecretKept(keep(keychain, &kept))))
            }
            Output::ForgetSecret { base, user } => self.ask(move |keychain| {
                if let Err(error) = secrets::forget(keychain, &base, &user) {
                    tracing::info!(%error, "secret was not forgotten");
                }
                None
            }),
            Output::Remember(remembered) => {
                self.remember.send_replace(Some(remembered));
            }
        }
    }

    /// Does something slow elsewhere and hands its outcome back.
    fn ask(&self, work: impl FnOnce(&dyn Keychain) -> Option<Input> + Send + 'static) {
        let (inputs, keychain) = (self.inputs.clone(), self.keychain.clone());
        self.handle.spawn_blocking(move || {
            if let (Some(input), Some(inputs)) = (work(keychain.as_ref()), inputs.upgrade()) {
                let _ = inputs.blocking_send(input);
            }
        });
    }

    fn connect(&mut self, flavour: Flavour, url: String) {
        self.disconnect();
        let (sender, mut events) = confab_signaling::connect(Target::new(flavour, url)).split();
        let inputs = self.inputs.clone();
        let reader = self.handle.spawn(async move {
            while let Some(event) = events.next().await {
                let Some(inputs) = inputs.upgrade() else { return };
                let input = match event {
                    TransportEvent::Up => Input::TransportUp,
                    TransportEvent::Message(message) => Input::Received(message),
                    TransportEvent::Malformed(count) => {
                        tracing::debug!(count, "message node sent something malformed");
                        continue;
                    }
                    TransportEvent::Down(reason) => Input::TransportDown(format!("{reason:?}")),
                };
                if inputs.send(input).await.is_err() {
                    return;
                }
            }
        });
        self.transport = Some(Open { sender, reader });
    }

    fn disconnect(&mut self) {
        if let Some(open) = self.transport.take() {
            // What was sent before leaves first; what still comes in is nobody's any more.
            open.reader.abort();
            open.sender.close();
        }
    }

    /// The user agent has ended: close what is open.
    pub async fn close(mut self) {
        self.disconnect();
        self.media.close().await;
    }
}

fn keep(keychain: &dyn Keychain, kept: &Kept) -> bool {
    match secrets::keep(keychain, kept) {
        Ok(()) => true,
        Err(error) => {
            tracing::info!(%error, "secret is kept for this session only");
            false
        }
    }
}

async fn write(mut newest: watch::Receiver<Option<Remembered>>, storage: Storage) {
    while newest.changed().await.is_ok() {
        let Some(remembered) = newest.borrow_and_update().clone() else { continue };
        let storage = storage.clone();
        let written = tokio::task::spawn_blocking(move || storage.save("remembered", &remembered)).await;
        if let Ok(Err(error)) = written {
            tracing::warn!(%error, "settings were not written");
        }
    }
}
