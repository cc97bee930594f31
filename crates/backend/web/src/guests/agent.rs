//! One guest's user agent: its beginning, who watches it, and how it ends.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use confab_contract::{Intent, MeetingPhase, ProblemCode, View};
use confab_rethink::Url;
use confab_types::Chance;
use confab_user_agent::{Grant, Input, Remembered, UserAgent};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::effects::Effects;
use super::house::{Admitted, Caller};
use super::outbox::{Down, Outbox};
use super::{Guests, Patience};

/// Inputs that may wait for the user agent.
const WAITING: usize = 256;
/// The number that a user agent gives to its first account.
const FIRST_ACCOUNT: u32 = 1;
/// How long saying goodbye may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// One guest, as their sockets see them.
pub(super) struct Agent {
    /// The one room they may join.
    pub(super) room: String,
    /// Where they come from.
    pub(super) address: Option<String>,
    /// Takes wishes and facts; gone when the user agent has ended.
    pub(super) inputs: mpsc::WeakSender<Input>,
    pub(super) outbox: Outbox,
    /// Which socket is theirs: counted up with each, and whether it is still there.
    pub(super) socket: watch::Sender<(u64, bool)>,
    /// Whether they have wished to join.
    pub(super) wished: watch::Sender<bool>,
    /// Whether they have said that they leave.
    left: watch::Sender<bool>,
}

impl Agent {
    /// Waits until their page is there.
    pub(super) async fn present(&self) {
        // The sender is in the agent.
        let _ = self.socket.subscribe().wait_for(|(_, here)| *here).await;
    }

    /// Waits until their page is not there, though they have not said that they leave.
    pub(super) async fn absent(&self) {
        let _ = self.socket.subscribe().wait_for(|(_, here)| !*here && !*self.left.borrow()).await;
    }
}

/// What the views have told so far.
#[derive(Default)]
pub(super) struct Story {
    inner: Mutex<Told>,
    over: watch::Sender<bool>,
}

#[derive(Default)]
struct Told {
    /// Whether there was a meeting.
    begun: bool,
    /// The newest problem with the room.
    problem: Option<(&'static str, String)>,
}

/// Starts a user agent, signed in and in no room yet. `None` when the system gives no randomness.
pub(super) fn start(
    guests: &Guests,
    caller: &Caller,
    admitted: Admitted,
    place: OwnedSemaphorePermit,
) -> Option<Arc<Agent>> {
    let grant = Grant::parse(&admitted.grant)
        .map_err(|field| tracing::error!(field, "our own sign-in cannot be read"))
        .ok()?;
    let seed = confab_driver::seed().map_err(|error| tracing::error!(%error, "no guest can come in")).ok()?;
    let (inputs, receiver) = mpsc::channel(WAITING);
    let story = Arc::new(Story::default());
    let agent = Arc::new(Agent {
        room: caller.room.clone(),
        address: caller.address.clone(),
        inputs: inputs.downgrade(),
        outbox: Outbox::default(),
        socket: watch::Sender::new((0, false)),
        wished: watch::Sender::new(false),
        left: watch::Sender::new(false),
    });
    let user = admitted.user.clone();
    let house = guests.0.house.clone();
    let mut effects = Effects::new(house, user, guests.0.base.clone(), agent.clone(), story.clone());
    let clock = guests.0.clock.clone();
    let run = tokio::spawn(async move {
        let machine = UserAgent::new(Chance::from_seed(seed));
        let record = |_, input: &Input| tracing::trace!(?input, "guest");
        confab_driver::run(machine, clock, receiver, record, |output| effects.carry_out(output)).await;
    });
    let first = [
        Input::Start {
            unix_ms: confab_driver::unix_ms(),
            remembered: Remembered::default(),
            kept: Vec::new(),
        },
        Input::Intent(Intent::SignInAsGuest { server: guests.0.base.clone(), name: caller.name.clone() }),
        // Before anything that the page may wish: who is not signed in joins nothing.
        Input::SignedIn { account: FIRST_ACCOUNT, grant },
    ];
    for input in first {
        // There is room for three.
        let _ = inputs.try_send(input);
    }
    let watching = Watching {
        guests: guests.clone(),
        agent: agent.clone(),
        user: admitted.user,
        inputs,
        run,
        story,
        _place: place,
    };
    tokio::spawn(watching.watch());
    Some(agent)
}

impl Agent {
    /// A new socket is theirs from now on, and everything is new to it: its number.
    pub(super) fn attach(&self) -> u64 {
        let mut number = 0;
        self.socket.send_modify(|(last, here)| {
            *last += 1;
            *here = true;
            number = *last;
        });
        self.outbox.again();
        number
    }

    /// A socket is gone.
    pub(super) fn detach(&self, number: u64) {
        self.socket.send_if_modified(|(last, here)| *last == number && std::mem::take(here));
    }

    /// Whether the user agent has ended.
    pub(super) fn is_over(&self) -> bool {
        self.inputs.strong_count() == 0
    }

    /// Takes note of a wish that decides how the story ends.
    pub(super) fn note(&self, intent: &Intent) {
        match intent {
            Intent::Leave => drop(self.left.send_replace(true)),
            Intent::Join { .. } => drop(self.wished.send_replace(true)),
            _ => {}
        }
    }
}

impl Story {
    /// Another view.
    pub(super) fn see(&self, view: &View) {
        let mut told = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match view {
            View::Meeting(meeting) if meeting.phase != MeetingPhase::Idle => told.begun = true,
            View::Meeting(_) if told.begun => drop(self.over.send_replace(true)),
            View::Problems { problems } => {
                let newest = problems
                    .iter()
                    .rev()
                    .find_map(|problem| ending(problem.code).map(|reason| (reason, problem.details.clone())));
                told.problem = newest.or(told.problem.take());
            }
            _ => {}
        }
    }

    fn problem(&self) -> Option<(&'static str, String)> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).problem.clone()
    }
}

/// With which word a meeting ends when this has happened in it.
fn ending(code: ProblemCode) -> Option<&'static str> {
    match code {
        ProblemCode::Removed => Some("removed"),
        ProblemCode::RoomClosed | ProblemCode::OrganiserGone => Some("ended"),
        ProblemCode::NoSuchRoom
        | ProblemCode::RoomRefused
        | ProblemCode::RoomSilent
        | ProblemCode::RoomFull
        | ProblemCode::RoomLocked
        | ProblemCode::NotAdmitted
        | ProblemCode::NoGuests => Some("refused"),
        _ => None,
    }
}

/// Whoever lets a user agent end. It holds the only lasting way to it.
struct Watching {
    guests: Guests,
    agent: Arc<Agent>,
    user: Url,
    inputs: mpsc::Sender<Input>,
    run: JoinHandle<()>,
    story: Arc<Story>,
    _place: OwnedSemaphorePermit,
}

impl Watching {
    async fn watch(self) {
        let Watching { guests, agent, user, inputs, mut run, story, _place } = self;
        let Patience { joining, absence, .. } = guests.0.patience;
        let mut closing = guests.0.closing.subscribe();
        let mut over = story.over.subscribe();
        let why = tokio::select! {
            _ = over.wait_for(|over| *over) => None,
            _ = closing.wait_for(|closing| *closing) => Some("ended"),
            () = absent(&agent, absence) => Some("expired"),
            () = undecided(&agent, joining) => Some("expired"),
            () = leaving(&agent) => None,
            // It ends by an error of its own only.
            _ = &mut run => Some("expired"),
        };
        let _ = timeout(FAREWELL, inputs.send(Input::Close)).await;
        drop(inputs);
        if !run.is_finished() && timeout(FAREWELL, &mut run).await.is_err() {
            run.abort();
        }
        // Now everything that it had to say is in the outbox.
        let (reason, text) = match why {
            Some(why) => (why, String::new()),
            None if *agent.left.borrow() => ("left", String::new()),
            None => story.problem().unwrap_or(("ended", String::new())),
        };
        tracing::info!(user = user.last_segment(), reason, "guest is gone");
        guests.agents().retain(|_, known| !Arc::ptr_eq(known, &agent));
        guests.0.house.gone(user).await;
        agent.outbox.put(Down::Gone { reason, text });
    }
}

/// Waits until nobody has been there for so long.
async fn absent(agent: &Agent, absence: Duration) {
    let mut socket = agent.socket.subscribe();
    loop {
        // The sender is in the agent.
        let _ = socket.wait_for(|(_, here)| !*here).await;
        if timeout(absence, socket.wait_for(|(_, here)| *here)).await.is_err() {
            return;
        }
    }
}

/// Waits until the wish to join has not come for so long; for ever when it comes.
async fn undecided(agent: &Agent, joining: Duration) {
    let mut wished = agent.wished.subscribe();
    if timeout(joining, wished.wait_for(|wished| *wished)).await.is_ok() {
        std::future::pending().await
    }
}

/// Waits until they have said that they leave, and then for a while that the meeting ends in good order.
async fn leaving(agent: &Agent) {
    let mut left = agent.left.subscribe();
    let _ = left.wait_for(|left| *left).await;
    tokio::time::sleep(FAREWELL).await;
}
