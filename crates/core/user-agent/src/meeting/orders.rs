//! What we ask of the room, and what its answers mean. The room decides; what it does shows in its data.

use confab_conference::{Private, powers};
use confab_contract::{Intent, ProblemCode, Silenced};
use confab_line::Line;
use confab_rethink::session::Cause;
use confab_rethink::{Message, Url};
use serde_json::{Value, json};

use super::{Happened, Meeting, Waiting};

/// The longest emoji that floats by, bytes of UTF-8.
const MAX_EMOJI: usize = 32;

/// What a room says to somebody who is not in it.
const NOT_IN: &str = "not a participant";

/// Why the room was not asked.
const NO_WAY: &str = "there is no connection to the room";

/// One question to the room.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Our own microphone and camera.
    State,
    /// Something whose refusal nobody needs to hear of.
    Quiet,
    /// Something that the user has asked for.
    Ruling,
    /// What only organisers are told; `log`: the user has asked for the log.
    Private {
        /// Whether.
        log: bool,
    },
    /// An invitation; with a user it rings once the room has taken it.
    Invite {
        /// Whom to ring.
        user: Option<Url>,
        /// As shown.
        name: String,
    },
    /// What is done before we leave; `goes_on`: without us.
    Farewell {
        /// Whether the meeting goes on.
        goes_on: bool,
    },
}

impl Meeting {
    /// Asks the room to do what the user wants of it. False when the wish is none of these.
    pub fn order(&mut self, line: &mut Line<'_>, intent: &Intent) -> Option<Vec<Happened>> {
        let word = |what: Silenced| match what {
            Silenced::Microphone => "audio",
            Silenced::Camera => "video",
            Silenced::Share => "screen",
        };
        let (method, params) = match intent {
            Intent::Silence { participant, what } => {
                ("muteUser", vec![json!(participant), json!(word(*what))])
            }
            Intent::MuteAll => ("muteAll", Vec::new()),
            Intent::AskToOpen { what: Silenced::Share, .. } => return Some(Vec::new()),
            Intent::AskToOpen { participant, what } => {
                ("unmuteUser", vec![json!(participant), json!(word(*what))])
            }
            Intent::Remove { participant, reason, ban } => {
                ("removeUser", vec![json!(participant), json!(reason), json!(ban)])
            }
            Intent::Admit { waiting: Some(one) } => ("admit", vec![json!(one)]),
            Intent::Admit { waiting: None } => {
                let all: Vec<Value> = self.private.waiting.iter().map(|one| json!(one.id)).collect();
                if all.is_empty() {
                    return Some(Vec::new());
                }
                ("admit", all)
            }
            Intent::Refuse { waiting } => ("refuse", vec![json!(waiting)]),
            Intent::SetCoOrganiser { participant, on } => {
                let role = if *on { "co-organiser" } else { "participant" };
                ("setRole", vec![json!(participant), json!(role)])
            }
            Intent::HandOver { participant } => {
                // Whatever became of a wish to leave before: who hands over now stays.
                self.stay();
                ("delegate", vec![json!(participant)])
            }
            Intent::SetLocked { on } => ("setRoom", vec![json!({"locked": on})]),
            Intent::SetLobby { on } => ("setRoom", vec![json!({"lobby": on})]),
            Intent::SetGuests { on } => ("setRoom", vec![json!({"guests": on})]),
            Intent::SetInventedNames { on } => ("setRoom", vec![json!({"invented": on})]),
            Intent::RaiseHand { up } => ("raiseHand", vec![json!(up)]),
            Intent::LowerHand { participant } => ("lowerHand", vec![json!(participant)]),
            Intent::CancelInvitation { invitation } => ("cancelInvitation", vec![json!(invitation)]),
            Intent::React { emoji } => {
                if !confab_conversation::is_emoji(emoji) || emoji.len() > MAX_EMOJI {
                    return Some(Vec::new());
                }
                ("react", vec![json!(emoji)])
            }
            _ => return None,
        };
        if self.since.is_some() && !self.roster.rules.moderated {
            // Rooms of other software know none of this.
            return Some(self.turned_down(Order::Ruling, 403, "the room knows of no such thing"));
        }
        Some(self.demand(line, method, params, Order::Ruling))
    }

    /// Asks for the log.
    pub fn ask_log(&mut self, line: &mut Line<'_>) -> Vec<Happened> {
        self.demand(line, "private", Vec::new(), Order::Private { log: true })
    }

    /// Asks somebody with an account to come.
    pub fn invite(&mut self, line: &mut Line<'_>, user: &Url, name: &str) -> Vec<Happened> {
        let entry = json!([{"user": user.as_str(), "name": name}]);
        self.demand(
            line,
            "invite",
            vec![entry],
            Order::Invite { user: Some(user.clone()), name: name.to_owned() },
        )
    }

    /// Asks somebody by mail, in a language.
    pub fn invite_by_mail(
        &mut self,
        line: &mut Line<'_>,
        mail: &str,
        name: &str,
        language: Option<&str>,
    ) -> Vec<Happened> {
        let mut params = vec![json!([{"mail": mail, "name": name}])];
        params.extend(language.map(|language| json!({"language": language})));
        self.demand(line, "invite", params, Order::Invite { user: None, name: mail.to_owned() })
    }

    /// Tells the room how it goes with somebody whom we have rung.
    pub fn report(&mut self, line: &mut Line<'_>, invitation: &str, status: &str) {
        self.execute(line, "invitation", vec![json!(invitation), json!(status)], Order::Quiet);
    }

    /// Makes somebody organiser, to leave then.
    pub fn leave_to(&mut self, line: &mut Line<'_>, participant: &str) -> Vec<Happened> {
        let order = Order::Farewell { goes_on: true };
        self.going = self.execute(line, "delegate", vec![json!(participant)], order.clone());
        if self.going { Vec::new() } else { self.missed(order, NO_WAY) }
    }

    /// Ends the meeting for everybody. False when the room cannot be told now.
    pub fn end_for_all(&mut self, line: &mut Line<'_>) -> bool {
        self.execute(line, "close", Vec::new(), Order::Farewell { goes_on: false })
    }

    /// Asks, or says at once that it cannot be asked.
    fn demand(
        &mut self,
        line: &mut Line<'_>,
        method: &str,
        params: Vec<Value>,
        order: Order,
    ) -> Vec<Happened> {
        if self.execute(line, method, params, order.clone()) {
            return Vec::new();
        }
        self.missed(order, NO_WAY)
    }

    /// Asks. False when it cannot be asked now.
    pub(super) fn execute(
        &mut self,
        line: &mut Line<'_>,
        method: &str,
        params: Vec<Value>,
        order: Order,
    ) -> bool {
        let Some(room) = self.room.as_ref().filter(|room| room.is_ready()) else { return false };
        let Ok(request) = line.request(room.execute(method, params)) else { return false };
        self.waiting.insert(request, Waiting::Order(order));
        true
    }

    /// The room's answer.
    pub(super) fn order_answered(
        &mut self,
        line: &mut Line<'_>,
        order: Order,
        message: &Message,
        cause: Cause,
    ) -> Vec<Happened> {
        if cause != Cause::Answered {
            if order == Order::State {
                self.told = None;
            }
            return self.missed(order, "the room has not answered");
        }
        let code = message.code().and_then(|code| code.number()).unwrap_or(500);
        if code >= 300 {
            if message.desc_text() == Some(NOT_IN) {
                self.given_up(line);
            }
            return self.turned_down(order, code, message.desc_text().unwrap_or_default());
        }
        let value = message.value().cloned().unwrap_or_default();
        match order {
            Order::State | Order::Quiet | Order::Ruling => Vec::new(),
            Order::Private { log } => {
                let may = self.role().is_some_and(|role| powers(&self.roster.rules, role).door);
                if may {
                    self.private = Private::read(&value);
                }
                if log {
                    self.log = Private::log(&value);
                }
                Vec::new()
            }
            Order::Invite { user: None, .. } => Vec::new(),
            Order::Invite { user: Some(user), name } => {
                let id = value.as_array().and_then(|ids| ids.first()).and_then(Value::as_str);
                let ring = |id: &str| Happened::Ring { invitation: id.to_owned(), user, name };
                id.map(ring).into_iter().collect()
            }
            Order::Farewell { goes_on } => {
                self.goes_on(goes_on);
                vec![Happened::MayLeave]
            }
        }
    }

    /// The room could not be asked, or has not answered.
    fn missed(&self, order: Order, details: &str) -> Vec<Happened> {
        let (code, about) = match order {
            Order::State | Order::Quiet | Order::Private { log: false } => return Vec::new(),
            Order::Invite { name, .. } => (ProblemCode::InvitationFailed, name),
            Order::Ruling | Order::Private { log: true } | Order::Farewell { .. } => {
                (ProblemCode::RoomSilent, self.name.clone())
            }
        };
        vec![Happened::Notice { code, about, details: details.to_owned() }]
    }

    /// The room has said no.
    fn turned_down(&mut self, order: Order, code: u16, desc: &str) -> Vec<Happened> {
        self.going &= !matches!(order, Order::Farewell { .. });
        let (code, about) = match (order, code) {
            (Order::State | Order::Quiet | Order::Private { log: false }, _) => return Vec::new(),
            (_, 429) => (ProblemCode::TooFast, String::new()),
            (Order::Invite { name, .. }, _) => (ProblemCode::InvitationFailed, name),
            // Whom it was about has left meanwhile.
            (Order::Ruling, 404) if desc != "no such method" => return Vec::new(),
            (Order::Ruling | Order::Private { .. } | Order::Farewell { .. }, _) => {
                (ProblemCode::NotAllowed, self.name.clone())
            }
        };
        vec![Happened::Notice { code, about, details: desc.to_owned() }]
    }
}
