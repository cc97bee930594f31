//! Who organises a room, and what becomes of it when they go (protocol page, 5 and 7).

use std::cmp::Reverse;

use serde_json::Value;

use super::Conference;
use super::joining::Going;
use super::opening::After;
use crate::media_server::MediaRoomId;
use crate::newcomer::{Newcomer, has_account_at};
use crate::role::Role;
use crate::room::Room;

/// What somebody becomes who comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Becoming {
    pub(super) given: Role,
    /// Who organised until now, for an owner who was not there.
    pub(super) steps_back: Option<u32>,
}

impl Conference {
    /// The owner organises; where they are not there, the first one with an account of the domain.
    pub(super) fn role_of(&self, room: &Room, newcomer: &Newcomer) -> Becoming {
        let stays = |given| Becoming { given, steps_back: None };
        if newcomer.identity.guest {
            return stays(Role::Guest);
        }
        let organiser = room.organiser();
        let is_theirs = |number: u32| room.members[&number].user == newcomer.user;
        let is_away = |number: u32| room.members[&number].away_until.is_some();
        match organiser {
            Some(number) if is_theirs(number) && is_away(number) => {
                Becoming { given: Role::Organiser, steps_back: organiser }
            }
            // A second device has the power of the first one.
            Some(number) if is_theirs(number) => stays(Role::CoOrganiser),
            Some(_) if room.owner.as_ref() == Some(&newcomer.user) => {
                Becoming { given: Role::Organiser, steps_back: organiser }
            }
            None if newcomer.has_account_at(&self.config.domain) => stays(Role::Organiser),
            _ => match room.past.held(&newcomer.user).map(|held| held.role) {
                Some(Role::CoOrganiser) => stays(Role::CoOrganiser),
                _ => stays(Role::Participant),
            },
        }
    }

    /// When the organiser goes and others are there, somebody else takes over or the meeting ends. True when it has.
    pub(super) fn ends_by_going(&mut self, id: MediaRoomId, number: u32, going: Going) -> bool {
        let Some(room) = self.rooms.get(&id) else { return true };
        if room.organiser() != Some(number) || room.members.len() == 1 {
            return false;
        }
        let Some(next) = self.successor(room, number, going) else {
            let because = if going == Going::Left { "organiser-left" } else { "organiser-lost" };
            self.close_room(id, because, After::Again);
            return true;
        };
        let (from, to) = (room.label(number), room.label(next));
        self.note(id, "handed-over", &from, &to, "");
        self.change(id, |room| {
            room.give_role(number, Role::Participant);
            room.give_role(next, Role::Organiser);
        });
        self.regate(id, next);
        self.tell_organisers(id);
        false
    }

    /// Who organises after somebody who goes: another device of theirs; when they were lost, the first deputy; and where
    /// rooms outlive their organisers, the first deputy or else the first one with an account. Who is here before who is away.
    fn successor(&self, room: &Room, number: u32, going: Going) -> Option<u32> {
        let leaver = &room.members[&number];
        let others = room.members.iter().filter(|(other, _)| **other != number);
        let ranked = others.filter_map(|(&other, member)| {
            let device = member.user == leaver.user;
            let deputy = member.role == Role::CoOrganiser;
            let eligible = has_account_at(&member.identity, &member.user, &self.config.domain);
            let passes = !self.config.ends_with_organiser;
            let takes_over = device || deputy && (going == Going::Lost || passes) || eligible && passes;
            takes_over.then_some((member.away_until.is_none(), device, deputy, Reverse(other)))
        });
        ranked.max().map(|(_, _, _, Reverse(other))| other)
    }

    /// Tells those who organise what only they may know.
    pub(super) fn tell_organisers(&mut self, id: MediaRoomId) {
        let Some(room) = self.rooms.get(&id) else { return };
        let value = room.private();
        let told: Vec<_> = room
            .organisers()
            .map(|(_, member)| room.signal_to(&member.hyperty, "private", value.clone()))
            .collect();
        self.publish(told);
    }

    /// The same for one of them; nothing for others.
    pub(super) fn tell_organiser(&mut self, id: MediaRoomId, number: u32) {
        let Some(room) = self.rooms.get(&id) else { return };
        let told = room.organisers().find(|(organiser, _)| *organiser == number);
        let told = told.map(|(_, member)| room.signal_to(&member.hyperty, "private", room.private()));
        self.publish(told);
    }

    /// `private []`
    pub(super) fn private(&self, id: MediaRoomId) -> Value {
        let Some(room) = self.rooms.get(&id) else { return Value::Null };
        let mut value = room.private();
        value["log"] = room.log.to_value();
        value
    }
}
