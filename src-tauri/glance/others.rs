//! No small window yet: pictures of this system land in the page, which has one window.

use std::sync::Arc;

use confab_media_model::VideoFrame;
use confab_types::StreamId;
use tauri::AppHandle;

use super::Face;

/// Whether there is such a window.
pub const POSSIBLE: bool = false;

/// The picture that nobody shows.
#[derive(Default)]
pub struct Picture;

impl Picture {
    /// Nothing is followed.
    pub fn follow(self: &Arc<Self>, _: Option<StreamId>) {}

    /// Nothing is taken.
    pub fn offer(self: &Arc<Self>, _: StreamId, _: &Arc<VideoFrame>) {}

    /// Nothing is shown.
    pub fn clear(self: &Arc<Self>, _: StreamId) {}
}

/// Shows nothing.
pub fn show(_: &AppHandle, _: Option<(Face, Arc<Picture>)>) {}
