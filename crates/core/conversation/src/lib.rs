//! What is said and sent in a call or meeting: one Communication object, its children, and the files they offer.
//!
//! It moves no bytes of files: what is wanted of them is told as a `FilePlan` to `engine/file-transfer`, which answers with `FileFact`s. It
//! reads no file, knows no clock, and believes only those who take part.
//!
//! | module | holds |
//! |---|---|
//! | [`conversation`] | [`Conversation`], one from the first ring to the end, and [`Happened`] |
//! | `side` | the owner of the object, who admits only whom it invites; the one who observes it; a room that passes on |
//! | `outbox` | what is on its way: acknowledged, sent again, queued while there is no connection |
//! | `lines`, `reactions` | what is shown: in order, once each, the newest 500; emoji under it |
//! | `typing` | who is writing |
//! | `files`, `offer`, `content` | offered and wanted files; their metadata; small ones as text through message nodes |
//! | `text` | what may be shown |

mod content;
pub mod conversation;
mod files;
mod lines;
mod offer;
mod outbox;
mod reactions;
mod side;
mod text;
mod typing;

pub use conversation::{Conversation, Happened, News, Person, SayError, Words};
pub use reactions::is_emoji;
pub use text::MAX_TEXT;
