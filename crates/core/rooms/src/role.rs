//! What a participant may do (protocol page, 5).

/// A role in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Everything. There is at most one.
    Organiser,
    /// Everything but ending the meeting, giving roles, and ruling over those who organise.
    CoOrganiser,
    /// Takes part.
    Participant,
    /// Takes part, without an account.
    Guest,
}

impl Role {
    /// As it stands in the roster.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Role::Organiser => "organiser",
            Role::CoOrganiser => "co-organiser",
            Role::Participant => "participant",
            Role::Guest => "guest",
        }
    }

    /// Whether they have power over the door and over others.
    pub(crate) fn organises(self) -> bool {
        matches!(self, Role::Organiser | Role::CoOrganiser)
    }

    /// Whether they may mute, stop or remove somebody of another role.
    pub(crate) fn rules_over(self, other: Role) -> bool {
        match self {
            Role::Organiser => true,
            Role::CoOrganiser => !other.organises(),
            Role::Participant | Role::Guest => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Role::*;

    #[test]
    fn power_goes_downwards_only() {
        let rules = [Organiser, CoOrganiser, Participant, Guest]
            .map(|by| [Organiser, CoOrganiser, Participant, Guest].map(|over| by.rules_over(over)));
        assert_eq!(rules, [[true; 4], [false, false, true, true], [false; 4], [false; 4]]);
    }
}
