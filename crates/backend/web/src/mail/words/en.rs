//! English.

use super::{Cancellation, Invitation, Words};

pub(super) const WORDS: Words = Words {
    language: "en",
    hello: ["Hello,", "Hello {who},"],
    somebody: "Somebody",
    sender: "{by} via Confab",
    meeting: "Meeting: {room}",
    entry: "Meeting {room} with {by}",
    invitation: Invitation {
        subject: "{by} invites you to meeting {room}",
        text: "{by} invites you to a meeting.",
        open: "To join, open this link in a browser or in Confab:",
        join: "Join the meeting",
        or_open: "Or open {link}",
        devices: "Your camera and microphone stay off until you turn them on.",
        yours: "This link is meant for you: please do not pass it on.",
        entry: "{by} invites you to a meeting.\nTo join, open {link}",
    },
    cancellation: Cancellation {
        subject: "Cancelled: {by}’s invitation to meeting {room}",
        text: "{by}’s invitation to a meeting was cancelled.",
        link: "The link in it is no longer valid. There is nothing you need to do.",
    },
};
