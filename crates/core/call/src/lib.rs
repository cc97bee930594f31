//! The direct call between two people, from "find them" to the last word (docs/protocol.md, section "Direct calls").
//!
//! It decides who is invited, when it rings, whose description goes where, and how it ends. It opens no device: before both
//! sides have agreed, the plan that follows from it has no microphone, no open gate and, where it rings, not even a leg. It
//! signs nothing itself: it asks through [`confab_line::Asks`]. Its shell is `core/user-agent`.
//!
//! [`Calls`] belongs to one account and has at most one call; a second caller is told 486. Beside it, it may ask people to a meeting. After every mutation drain
//! [`Calls::poll`], then read [`Calls::view`], [`Calls::plan`] and [`Calls::stage`].
//!
//! | module | holds |
//! |---|---|
//! | [`calls`] | [`Calls`], the account's telephone: intents and messages in, [`Happened`] out |
//! | [`happened`] | [`Happened`], what the agent must know; [`Media`], what one side shows |
//! | `call` | one call: its phases, limits and end |
//! | [`meeting`] | rings that ask somebody to a meeting, beside the telephone's own call |
//! | `caller`, `callee` | finding and ringing several devices; being rung |
//! | `negotiation` | descriptions, verdicts and the leg, the same for both sides |
//! | `reading` | what the other side's object says: an acceptance, a call of their own, a description |
//! | `own`, `their` | our Connection object; the other one's, mirrored |
//! | `judging` | whether their media is bound to who they say they are |
//! | `description`, [`sdp`] | what Connection objects say of media; the few facts read out of an SDP |
//! | `goodbyes` | last words that could not be sent at once |
//! | `view` | views and the plan |

mod call;
mod callee;
mod caller;
pub mod calls;
mod description;
mod goodbyes;
pub mod happened;
mod invitation;
mod judging;
pub mod meeting;
mod negotiation;
mod own;
mod reading;
pub mod sdp;
mod their;
mod view;

pub use calls::Calls;
pub use happened::{Happened, Media};
pub use meeting::Room;
