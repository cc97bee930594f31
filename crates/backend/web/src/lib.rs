//! What of a conference backend is reached with a browser: links into meetings, guests, files of rooms, invitations by mail.
//!
//! It decides nothing about meetings and sends no message of its own: who may come in, whose files are whose and who is invited is
//! `core/rooms`'s, a guest's meeting is `core/user-agent`'s. It serves no port; its shell is `backend/server`.
//!
//! | module | holds |
//! |---|---|
//! | [`links`] | `/j/<room>`, the guests' page |
//! | [`guests`] | `/api/join`, `/guest/ws`: guests and their user agents |
//! | [`files`] | `/files`: the file store of rooms |
//! | [`mail`] | invitations by mail; `/mail` where no mail server is configured |
//! | [`html`], `limiter`, [`secret`], [`whence()`] | small pages; how often something may be done; tokens; where requests come from |

pub mod files;
pub mod guests;
pub mod html;
mod limiter;
pub mod links;
pub mod mail;
pub mod secret;
mod whence;

pub use files::FileStore;
pub use guests::Guests;
pub use mail::Mailer;
pub use whence::whence;
