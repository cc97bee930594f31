//! Carries out what a guest's user agent asks for: connections inside this process, views and plans for the page, and nothing else.

use std::sync::Arc;

use confab_line::{Ask, Judgement, Told};
use confab_media_model::FilePlan;
use confab_rethink::Url;
use confab_user_agent::{Grant, Input, Output, SignInFailure};
use tokio::sync::mpsc;

use super::agent::{Agent, Story};
use super::house::House;
use super::line::Lines;
use super::outbox::Down;

/// The hands of one user agent.
pub(super) struct Effects {
    house: Arc<dyn House>,
    user: Url,
    /// Whether the first sign-in was asked for, whose answer waits already.
    begun: bool,
    /// Where the public address of the backend begins; pages reach it by whatever name they were opened by.
    base: String,
    agent: Arc<Agent>,
    story: Arc<Story>,
    lines: Lines,
}

impl Effects {
    pub(super) fn new(
        house: Arc<dyn House>,
        user: Url,
        base: String,
        agent: Arc<Agent>,
        story: Arc<Story>,
    ) -> Effects {
        let lines = Lines::new(house.clone(), agent.inputs.clone(), agent.clone());
        Effects { house, user, begun: false, base, agent, story, lines }
    }

    /// Carries out one wish. Returns at once.
    pub(super) fn carry_out(&mut self, output: Output) {
        match output {
            Output::View(view) => {
                self.story.see(&view);
                self.agent.outbox.put(Down::View(Box::new(view)));
            }
            Output::Plan(plan) => self.agent.outbox.put(Down::Plan(Box::new(plan))),
            Output::Files(plan) => {
                self.agent.outbox.put(Down::Files(Box::new(at_this_site(plan, &self.base))))
            }
            Output::SignIn { account, .. } => self.sign_in(account),
            Output::Connect { connection, .. } => self.lines.connect(connection),
            Output::Send(connection, message) => {
                if !self.lines.send(connection, message) {
                    self.answer(Input::TransportDown(connection, "too much waits".to_owned()));
                }
            }
            Output::Disconnect(connection) => self.lines.disconnect(connection),
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
        if !std::mem::replace(&mut self.begun, true) {
            return;
        }
        let (house, user, inputs) = (self.house.clone(), self.user.clone(), self.agent.inputs.clone());
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

    /// Hands something back after everything that waits already.
    fn answer(&self, input: Input) {
        let inputs = self.agent.inputs.clone();
        tokio::spawn(async move { give(&inputs, input).await });
    }
}

/// Hands an input over, unless the user agent is ending.
pub(super) async fn give(inputs: &mpsc::WeakSender<Input>, input: Input) {
    if let Some(inputs) = inputs.upgrade() {
        let _ = inputs.send(input).await;
    }
}

/// The plan with the file store's address relative to the site: a page that was opened by another name of the site may not ask elsewhere,
/// and has no need to.
fn at_this_site(mut plan: FilePlan, base: &str) -> FilePlan {
    if let Some(access) = &mut plan.store.access
        && let Some(path) = access.url.strip_prefix(base).and_then(|path| path.strip_prefix('/'))
    {
        access.url = path.to_owned();
    }
    plan
}

#[cfg(test)]
mod tests {
    use confab_media_model::files::StoreAccess;

    use super::*;

    #[test]
    fn pages_ask_the_site_they_are_of_and_no_other_one() {
        let url = |url: &str| {
            let mut plan = FilePlan::default();
            plan.store.access = Some(StoreAccess { url: url.to_owned(), token: "t".to_owned() });
            at_this_site(plan, "https://conf.example").store.access.unwrap().url
        };
        assert_eq!(url("https://conf.example/files/room"), "files/room");
        for other in [
            "https://conf.example.evil/files/room",
            "https://conf.example@evil/files",
            "https://b.example/files",
        ] {
            assert_eq!(url(other), other);
        }
    }
}
