//! Where the page has put its tiles, in CSS pixels; the shell turns them into device pixels for the surface.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A rectangle of the page, CSS pixels, relative to the viewport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageRect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// One tile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PageTile {
    /// Which picture.
    pub stream: u16,
    /// Where.
    pub rect: PageRect,
    /// Mirrored, for the own camera.
    pub mirrored: bool,
    /// Corner radius in CSS pixels.
    pub radius: f64,
    /// Crop to fill instead of letterbox.
    pub cover: bool,
}

/// All tiles of the page, replaced whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TileLayout {
    /// Shown tiles.
    pub tiles: Vec<PageTile>,
    /// Opaque parts of the page that must stay visible above pictures.
    pub holes: Vec<PageRect>,
    /// `devicePixelRatio`.
    pub scale: f64,
}

/// How the page gets pictures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SurfaceEndpoint {
    /// They are shown above the page by the system; the page paints nothing.
    Native,
    /// The page paints them from this loopback socket; the token is good for one connection.
    Page { url: String, token: String },
}
