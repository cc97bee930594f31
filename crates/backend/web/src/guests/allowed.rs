//! What a guest may wish. The room enforces what people may do in it; this keeps a guest's user agent to one room, one account
//! and no calls, whatever their page sends.

use confab_contract::Intent;

/// The wish as it is passed on to the user agent of a guest of `room`; `None` when guests may not wish it: organisers' business, and
/// accounts, other rooms, people and calls. What is not named here is not allowed.
pub(super) fn allowed(intent: Intent, room: &str) -> Option<Intent> {
    match intent {
        // Whatever the page has said: there is one room for this guest.
        Intent::Join { .. } => Some(Intent::Join { room: room.to_owned() }),
        Intent::Leave
        | Intent::Stay
        | Intent::SetMicrophone { .. }
        | Intent::SetCamera { .. }
        | Intent::ShareScreen { .. }
        | Intent::StopSharing
        | Intent::WatchShares { .. }
        | Intent::CheckDevices { .. }
        | Intent::TestSpeaker
        | Intent::ChooseDevice { .. }
        | Intent::PushToTalk { .. }
        | Intent::StayMuted
        | Intent::SetNoticeMuted { .. }
        | Intent::Pin { .. }
        | Intent::Unpin
        | Intent::SetLayout { .. }
        | Intent::RaiseHand { .. }
        | Intent::React { .. }
        | Intent::Say { .. }
        | Intent::ReactToLine { .. }
        | Intent::Typing { .. }
        | Intent::ReadConversation
        | Intent::FetchFile { .. }
        | Intent::CancelFile { .. }
        | Intent::Dismiss { .. }
        | Intent::Resolve { .. } => Some(intent),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_joins_their_own_room_and_no_other() {
        let joined = allowed(Intent::Join { room: "secret".to_owned() }, "4711");
        assert_eq!(joined, Some(Intent::Join { room: "4711".to_owned() }));
    }

    #[test]
    fn a_guest_neither_rules_nor_calls_nor_signs_in() {
        for intent in [
            Intent::EndForAll,
            Intent::MuteAll,
            Intent::Admit { waiting: None },
            Intent::Call { user: "user://a/b".to_owned(), video: true },
            Intent::SignOut { account: None },
            Intent::FindPeople { text: "a".to_owned() },
            Intent::OpenLink { link: "https://a/j/b".to_owned() },
            Intent::CreateRoom { name: None },
        ] {
            assert_eq!(allowed(intent.clone(), "4711"), None, "{intent:?}");
        }
    }
}
