//! Where pictures land, as a trait.

use std::sync::Arc;

use confab_types::StreamId;

use crate::VideoFrame;

/// A rectangle in device pixels, relative to the window's content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x: i32,
    /// Top edge.
    pub y: i32,
    /// Width, 0 when hidden.
    pub width: u32,
    /// Height, 0 when hidden.
    pub height: u32,
}

/// Where one stream is shown. The picture is letterboxed into the rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePlacement {
    /// Which picture.
    pub stream: StreamId,
    /// Where.
    pub rect: Rect,
    /// Whether to mirror it (the own camera).
    pub mirrored: bool,
    /// Corner radius in device pixels.
    pub radius: u32,
    /// Cover (crop to fill the tile) instead of letterbox.
    pub cover: bool,
}

/// All tiles of a window, replaced whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SurfaceLayout {
    /// Shown tiles; a stream that is missing is hidden and costs nothing.
    pub tiles: Vec<TilePlacement>,
    /// Opaque parts of the page that must stay visible above pictures.
    pub holes: Vec<Rect>,
}

/// What a surface can do; the page is designed to the weakest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurfaceCaps {
    /// Whether the page may draw anything over pictures (not only in rectangular holes).
    pub page_over_video: bool,
    /// Most pictures per second worth submitting.
    pub max_fps: u32,
}

/// Counters of one stream since it was first shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SurfaceStats {
    /// Pictures that reached the screen.
    pub presented: u64,
    /// Pictures replaced by a newer one before they were shown.
    pub dropped: u64,
}

/// Puts pictures onto tiles. The newest picture of a stream wins; nothing is queued.
pub trait VideoSurface: Send + Sync {
    /// Replaces all tiles.
    fn set_layout(&self, layout: SurfaceLayout);
    /// Offers a picture; returns at once, scales and converts on the surface's own thread, and only if it is shown.
    fn submit(&self, stream: StreamId, frame: Arc<VideoFrame>);
    /// The stream has ended or was switched off: show nothing instead of the last picture.
    fn clear(&self, stream: StreamId);
    /// What it can do.
    fn caps(&self) -> SurfaceCaps;
    /// Counters of one stream.
    fn stats(&self, stream: StreamId) -> SurfaceStats;
}
