//! Carries out what a guest's user agent asks for: connections inside this process, views and plans for the page, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use confab_line::{Ask, Judgement, Told};
use confab_rethink::{Message, Url};
use confab_user_agent::{Connection, Grant, Input, Output, SignInFailure};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::agent::Story;
use super::house::House;
use super::outbox::{Down, Outbox};

/// The hands of one user agent.
pub(super) struct Effects {
    house: Arc<dyn House>,
    user: Url,
    /// What the first sign-in gives: the guest is in already.
    grant: Option<Grant>,
    inputs: mpsc::WeakSender<Input>,
    outbox: Arc<Outbox>,
    story: Arc<Story>,
    open: BTreeMap<Connection, Open>,
}

/// A connection and the task that carries what comes over it.
struct Open {
    to_node: mpsc::Sender<Message>,
    carrier: JoinHandle<()>,
}

/// Messages of a user agent that wait for the node; more at once means that the node stands still.
const WAITING: usize = 256;

impl Effects {
    pub(super) fn new(
        house: Arc<dyn House>,
        user: Url,
        grant: Grant,
        inputs: mpsc::WeakSender<Input>,
        outbox: Arc<Outbox>,
        story: Arc<Story>,
    ) -> Effects {
        Effects { house, user, grant: Some(grant), inputs, outbox, story, open: BTreeMap::new() }
    }

    /// Carries out one wish. Returns at once.
    pub(super) fn carry_out(&mut self, output: Output) {
        match output {
            Output::View(view) => {
                self.story.see(&view);
                self.outbox.put(Down::View(Box::new(view)));
            }
            Output::Plan(plan) => self.outbox.put(Down::Plan(Box::new(plan))),
            Output::Files(plan) => self.outbox.put(Down::Files(Box::new(plan))),
            Output::SignIn { account, .. } => self.sign_in(account),
            Output::Connect { connection, .. } => self.connect(connection),
            Output::Send(connection, message) => self.send(connection, message),
            Output::Disconnect(connection) => drop(self.open.remove(&connection)),
            Output::Ask { account, ask, .. } => {
                // Guests have no keys and call nobody.
                let told = match ask {
                    Ask::Sign { ticket, .. } => Told::CannotSign(ticket),
                    Ask::Verify { ticket, .. } => {
                        Told::Judged(ticket, Judgement::Unknown("not for guests".to_owned()))
                    }
                };
                self.answer(Input::Told { account, told });
            }
            Output::Discover { account, domain, .. } => {
                self.answer(Input::Discovered { account, domain, node: None });
            }
            Output::AskServer { base } => {
                let told = Err(SignInFailure::NotAServer("not for guests".to_owned()));
                self.answer(Input::ServerTold { base, told });
            }
            Output::KeepSecret { account, .. } => self.answer(Input::SecretKept { account, kept: false }),
            // Nothing is kept of a guest.
            Output::Remember(_)
            | Output::ForgetSecret { .. }
            | Output::SignOut { .. }
            | Output::CancelSignIn { .. } => {}
        }
    }

    fn sign_in(&mut self, account: u32) {
        if let Some(grant) = self.grant.take() {
            return self.answer(Input::SignedIn { account, grant });
        }
        let (house, user, inputs) = (self.house.clone(), self.user.clone(), self.inputs.clone());
        tokio::spawn(async move {
            let renewed = house.renew(user).await.and_then(|answer| Grant::parse(&answer).ok());
            let input = match renewed {
                Some(grant) => Input::SignedIn { account, grant },
                None => Input::SignInFailed {
                    account,
                    failure: SignInFailure::Unreachable("the house is full".to_owned()),
                },
            };
            give(&inputs, input).await;
        });
    }

    fn connect(&mut self, connection: Connection) {
        self.open.retain(|_, open| !open.carrier.is_finished());
        let (to_node, mut messages) = mpsc::channel::<Message>(WAITING);
        let (house, inputs) = (self.house.clone(), self.inputs.clone());
        let carrier = tokio::spawn(async move {
            let down = |why: &str| Input::TransportDown(connection, why.to_owned());
            let Some(mut line) = house.connect().await else {
                return give(&inputs, down("the node takes nobody")).await;
            };
            give(&inputs, Input::TransportUp(connection)).await;
            loop {
                tokio::select! {
                    message = line.from_node.recv() => match message {
                        Some(message) => give(&inputs, Input::Received(connection, message)).await,
                        None => return give(&inputs, down("the node has closed")).await,
                    },
                    message = messages.recv() => match message {
                        Some(message) => {
                            if line.to_node.send(message).await.is_err() {
                                return give(&inputs, down("the node has closed")).await;
                            }
                        }
                        // Closed by us, and everything has left.
                        None => return,
                    },
                }
            }
        });
        self.open.insert(connection, Open { to_node, carrier });
    }

    fn send(&mut self, connection: Connection, message: Message) {
        let Some(open) = self.open.get(&connection) else { return };
        if open.to_node.try_send(message).is_err() {
            tracing::warn!("a guest's message node does not keep up");
            if let Some(open) = self.open.remove(&connection) {
                open.carrier.abort();
            }
            self.answer(Input::TransportDown(connection, "too much waits".to_owned()));
        }
    }

    /// Hands something back after everything that waits already.
    fn answer(&self, input: Input) {
        let inputs = self.inputs.clone();
        tokio::spawn(async move { give(&inputs, input).await });
    }
}

/// Hands an input over, unless the user agent is ending.
async fn give(inputs: &mpsc::WeakSender<Input>, input: Input) {
    if let Some(inputs) = inputs.upgrade() {
        let _ = inputs.send(input).await;
    }
}
