//! Files in pieces, over the data channel of a leg or by a room's store: hashed, verified, resumed, saved under a safe name.
//!
//! It decides nothing: which files are offered and fetched is `core/conversation`'s, told as a `FilePlan`. It opens no channel; that is
//! `engine/media-engine`'s. Nothing a peer says becomes a path, and no file that exists is ever overwritten.
//!
//! | module | holds |
//! |---|---|
//! | [`transfer`] | [`FileTransfer`], the thread that reads, hashes and writes, off every runtime |
//! | [`mover`] | [`Mover`], what that thread does, one step at a time: plan and channel in, facts out |
//! | `own`, `serving` | files of ours: hashing them, giving their pieces |
//! | `fetch` | a file of theirs: asking, verifying, writing |
//! | `store` | files of a room: put into its store and fetched from there by HTTP |
//! | [`downloads`] | [`Downloads`], the folder, partial files and names |
//! | [`wire`] | what goes over the channel, the normative description included |

pub mod downloads;
mod fetch;
pub mod mover;
mod own;
mod serving;
mod store;
pub mod transfer;
pub mod wire;

pub use downloads::Downloads;
pub use mover::Mover;
pub use transfer::FileTransfer;
