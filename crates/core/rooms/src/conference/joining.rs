//! Coming, going, being away (protocol page, 4 and 7).

use confab_rethink::reporter::SubscribeRequest;
use confab_rethink::{Code, Kind, Message, Url};
use confab_types::ParticipantId;

use super::Conference;
use crate::media_server::MediaRoomId;
use crate::member::Member;
use crate::newcomer::Newcomer;
use crate::port::ConferenceEvent;
use crate::room::key;

/// How somebody goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Going {
    /// By their own wish.
    Left,
    /// They were away for too long.
    Lost,
    /// They are put out.
    Removed,
}

impl Conference {
    /// Somebody comes in. The node lets them hear the room before they are told its state.
    pub(super) fn enter(&mut self, id: MediaRoomId, newcomer: Newcomer, asked: &SubscribeRequest) {
        if self.session.route(self.now, &[newcomer.hyperty.registration()], &self.hyperty).is_err() {
            return self.refuse(id, asked, Code::BUSY, "the conference server is full");
        }
        let Some(room) = self.rooms.get_mut(&id) else { return };
        // Whoever has waited is listened to already, and goes on being listened to.
        room.lobby.take_hyperty(&newcomer.hyperty);
        let Some(room) = self.rooms.get(&id) else { return };
        let invitation = room.invitations.of(&newcomer.user, newcomer.code.as_deref(), self.unix());
        let event_room = room.name.clone();
        let role = self.role_of(room, &newcomer);
        let before = room.past.held(&newcomer.user);
        let member = Member::new(newcomer, role.given, before);
        let label = member.label();
        let number = self.change(id, |room| {
            if let Some(acting) = role.steps_back {
                room.give_role(acting, crate::role::Role::CoOrganiser);
            }
            if let Some(number) = invitation
                && let Some(invitation) = room.invitations.get_mut(number)
            {
                (invitation.hidden, invitation.used) = (true, true);
                room.show_invitation(number);
            }
            room.add(member)
        });
        let Some(number) = number else { return };
        if let Some(invitation) = invitation {
            self.keep_invitation(id, invitation);
        }
        self.note(id, "joined", "", &label, role.given.word());
        self.set_audience(id, None);
        self.accept(id, number, asked);
        self.tell_organisers(id);
        self.tell(ConferenceEvent::Joined { room: event_room, participant: ParticipantId::new(key(number)) });
    }

    /// Gives somebody who is in the state of the room.
    pub(super) fn accept(&mut self, id: MediaRoomId, number: u32, asked: &SubscribeRequest) {
        if let Some(room) = self.rooms.get_mut(&id) {
            let answer = room.reporter.accept(asked).with("participant", key(number));
            self.answer(answer);
        }
    }

    /// A participant is gone: legs first, so that nobody is heard a moment longer.
    pub(super) fn leave(&mut self, id: MediaRoomId, number: u32, going: Going) {
        if self.ends_by_going(id, number, going) {
            return;
        }
        // Who was given up may be there all the same: it is to see that it is gone, and comes again.
        if going == Going::Removed {
            self.set_audience(id, Some(number));
        }
        self.close_legs_of(id, number);
        let Some(member) = self.change(id, |room| room.remove(number)).flatten() else { return };
        if going != Going::Removed {
            self.set_audience(id, None);
        }
        self.revoke_files(id, number);
        self.forget_presence(&member.hyperty);
        if going != Going::Removed {
            self.note(id, if going == Going::Left { "left" } else { "lost" }, "", &member.label(), "");
        }
        let Some(room) = self.rooms.get(&id) else { return };
        let event =
            ConferenceEvent::Left { room: room.name.clone(), participant: ParticipantId::new(key(number)) };
        if room.members.is_empty() {
            self.refuse_all_waiting(id, "ended");
            self.change(id, |room| room.forget_company());
            self.renew_files(id);
        } else {
            self.tell_organisers(id);
        }
        self.tell(event);
    }

    /// The registry says something of a hyperty.
    pub(super) fn presence(&mut self, hyperty: &Url, message: &Message) {
        if message.kind != Kind::Update || message.text("attribute") != Some("status") {
            return;
        }
        for id in self.rooms.keys().copied().collect::<Vec<_>>() {
            let number = self.rooms[&id].number_of(hyperty);
            match (message.text("value"), number) {
                (Some("disconnected"), Some(number)) => self.go_away(id, number),
                (Some("disconnected"), None) => {
                    self.stop_waiting(id, hyperty);
                }
                (Some("live"), Some(number)) if !self.rooms[&id].members[&number].restarts => {
                    self.come_back(id, number);
                }
                _ => {}
            }
        }
    }

    fn go_away(&mut self, id: MediaRoomId, number: u32) {
        let Some(room) = self.rooms.get(&id) else { return };
        if room.members[&number].away_until.is_some() {
            return;
        }
        let patience =
            if self.is_needed(id, number) { self.config.organiser_away_for } else { self.config.away_for };
        let until = self.now + patience;
        self.change(id, |room| {
            if let Some(member) = room.members.get_mut(&number) {
                member.away_until = Some(until);
                room.set_field(number, "away", true);
            }
        });
    }

    /// Whether the meeting would end without this participant: an organiser who is not alone.
    pub(super) fn is_needed(&self, id: MediaRoomId, number: u32) -> bool {
        self.rooms.get(&id).is_some_and(|room| room.organiser() == Some(number) && room.members.len() > 1)
    }

    /// The organiser's program has ended without a goodbye and begun again. It does not leave the others: it has the time that
    /// a lost one has, and is back when it subscribes, whatever the registry says of it.
    pub(super) fn await_restart(&mut self, id: MediaRoomId, number: u32) {
        self.close_legs_of(id, number);
        self.go_away(id, number);
        if let Some(member) = self.rooms.get_mut(&id).and_then(|room| room.members.get_mut(&number)) {
            member.restarts = true;
        }
    }

    pub(super) fn come_back(&mut self, id: MediaRoomId, number: u32) {
        self.change(id, |room| {
            let Some(member) = room.members.get_mut(&number) else { return };
            member.restarts = false;
            if member.away_until.take().is_some() {
                room.set_field(number, "away", false);
            }
        });
        // What was told to it alone meanwhile it has not heard.
        self.tell_organiser(id, number);
    }

    /// Removes those who were away too long.
    pub(super) fn give_up_absent(&mut self) {
        let now = self.now;
        let absent = self.rooms.iter().flat_map(|(&id, room)| {
            let late = |member: &Member| member.away_until.is_some_and(|until| until <= now);
            room.members.iter().filter(move |(_, member)| late(member)).map(move |(&number, _)| (id, number))
        });
        for (id, number) in absent.collect::<Vec<_>>() {
            self.leave(id, number, Going::Lost);
        }
    }

    /// Stops listening to a hyperty's presence, unless it is in another room or waits.
    pub(super) fn forget_presence(&mut self, hyperty: &Url) {
        let known = |room: &crate::room::Room| room.number_of(hyperty).is_some() || room.lobby.has(hyperty);
        if !self.rooms.values().any(known) {
            self.session.unroute(&[hyperty.registration()]);
        }
    }
}
