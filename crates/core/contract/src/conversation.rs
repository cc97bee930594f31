//! What is said and sent in a call or meeting.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The conversation beside the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConversationView {
    /// Whether there is somebody to talk to.
    pub open: bool,
    /// Oldest first, at most the newest 512.
    pub lines: Vec<LineView>,
    /// Names of those who are writing.
    pub typing: Vec<String>,
    /// Lines of others that were not on the screen yet.
    pub unread: u32,
    /// The largest file that can be sent now, bytes; 0: none.
    #[ts(type = "number")]
    pub file_limit: u64,
}

/// One thing said or sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LineView {
    /// Names it.
    pub id: String,
    /// Who, as shown.
    pub name: String,
    /// Whether it is oneself.
    pub me: bool,
    /// When, milliseconds since 1970.
    #[ts(type = "number")]
    pub at: u64,
    /// Whether it has arrived; only of interest for one's own.
    pub delivery: Delivery,
    /// What.
    pub body: LineBody,
    /// To whom alone it was said, as shown; `None`: to all.
    pub to: Option<String>,
    /// The line it answers.
    pub reply: Option<ReplyView>,
    /// Reactions to it, most frequent first.
    pub reactions: Vec<LineReaction>,
}

/// The line that another one answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReplyView {
    /// Names it.
    pub line: String,
    /// Who said it.
    pub name: String,
    /// How it begins, at most 120 characters.
    pub text: String,
}

/// One emoji under a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LineReaction {
    /// The emoji.
    pub emoji: String,
    /// How many have it.
    pub count: u32,
    /// Whether oneself is among them.
    pub mine: bool,
}

/// Whether something said has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Delivery {
    /// On its way, or waiting for the connection.
    Sending,
    /// Somebody has it.
    Delivered,
    /// Nobody got it.
    Failed,
}

/// What was said or sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum LineBody {
    /// Plain text, never markup.
    Text { text: String },
    /// A file.
    File { file: FileView },
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FileView {
    /// Names it, for [`crate::Intent::FetchFile`] and [`crate::Intent::CancelFile`].
    pub id: String,
    /// Its name, without a path, safe to show.
    pub name: String,
    /// Bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// What the sender says it is.
    pub mime: String,
    /// How far it is.
    pub phase: FilePhase,
    /// Bytes that have arrived.
    #[ts(type = "number")]
    pub done: u64,
    /// Where it was saved: a folder and a name that people recognise.
    pub saved: String,
    /// How far each receiver is, of one's own files: name and bytes.
    #[ts(type = "Array<[string, number]>")]
    pub receivers: Vec<(String, u64)>,
    /// A small picture of it as a `data:image/…` address, when it is one; empty until there is one.
    pub preview: String,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum FilePhase {
    /// Being read and hashed before it is offered.
    Preparing,
    /// Offered; nothing moves.
    Offered,
    /// Moving.
    Moving,
    /// Waiting for the connection to come back.
    Paused,
    /// Whole, and its hash is right.
    Done,
    /// Stopped by either side.
    Cancelled,
    /// It cannot be had any more, or its hash was wrong.
    Failed,
    /// The room has no store for files: it can neither be sent nor fetched.
    NoStore,
}
