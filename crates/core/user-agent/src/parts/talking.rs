//! The call and its conversation belong together: the caller makes it, the other one joins it, and it ends with the call.

use confab_contract::CallPhase;
use confab_conversation::{Conversation, Person};
use confab_line::Line;

use super::{Happened, Parts};

impl Parts {
    /// Collects what has happened, and lets the conversation follow the call.
    pub fn settle(&mut self, line: &mut Line<'_>) {
        while let Some(happened) = self.calls.poll() {
            self.talk(line, &happened);
            self.happened.push_back(Happened::Call(happened));
        }
        while let Some(said) = self.meeting.as_mut().and_then(|meeting| meeting.poll_said()) {
            self.happened.push_back(Happened::Meeting(said));
        }
        if let Some(conversation) = self.conversation.as_mut() {
            conversation.set_leg(self.calls.leg());
            while let Some(happened) = conversation.poll() {
                self.happened.push_back(Happened::Conversation(happened));
            }
        }
        if self.calls.phase() == CallPhase::Idle && !self.calls.is_under_way() {
            self.conversation = None;
        }
        while let Some(happened) = self.people.poll() {
            self.happened.push_back(Happened::People(happened));
        }
    }

    fn talk(&mut self, line: &mut Line<'_>, happened: &confab_call::Happened) {
        match happened {
            confab_call::Happened::Accepted if self.calls.is_caller() => {
                let (Some(guest), Some(call)) = (self.other(), self.calls.name()) else { return };
                let mut conversation = Conversation::host(line, call);
                let object = conversation.object().clone();
                self.calls.set_conversation(line, &object);
                conversation.invite(line, guest);
                self.begin(line, conversation);
            }
            confab_call::Happened::Conversation(object) => {
                let Some(host) = self.other() else { return };
                if let Ok(conversation) = Conversation::join(line, object, host) {
                    self.begin(line, conversation);
                }
            }
            confab_call::Happened::Ended { .. } => {
                if let Some(conversation) = self.conversation.as_mut() {
                    conversation.close(line);
                }
            }
            _ => {}
        }
    }

    fn begin(&mut self, line: &mut Line<'_>, conversation: Conversation) {
        if let Some(mut before) = self.conversation.replace(conversation) {
            before.close(line);
        }
    }

    /// The other one in the call, once both have agreed.
    fn other(&self) -> Option<Person> {
        let (user, name) = self.calls.peer()?;
        let hyperty = self.calls.peer_hyperty()?.clone();
        Some(Person { hyperty, user: user.clone(), name: name.to_owned() })
    }
}
