//! The way of one account to people: its session with its own domain's message node, and sessions with other domains' nodes that
//! are opened when somebody there is spoken to.
//!
//! Message nodes do not pass messages to each other: whoever speaks to another domain connects to that domain's node. The session used
//! for a message is the one of the domain of `to`; answers go back the way the request came. Nothing here decides what is
//! said, opens a socket or knows where a domain's node is; the user agent does the first, its shell the others.
//!
//! | module | holds |
//! |---|---|
//! | [`line`] | [`Line`], the sessions as a call, a meeting or a contact list see them for the length of one mutation |
//! | [`sessions`] | [`Sessions`], one per domain, and which others are wanted |
//! | `foreign` | the way to one foreign domain |
//! | [`ask`] | [`Ask`], what is asked of the shell beside messages: signatures and their verification |

pub mod ask;
mod foreign;
pub mod line;
pub mod sessions;

pub use ask::{Ask, Asks, Judgement, Statement, Ticket, Told};
pub use line::Line;
pub use sessions::{Neighbour, Reach, Sessions, WayEvent, Wish};
