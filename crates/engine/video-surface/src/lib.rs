//! Pictures onto tiles: the newest picture of every stream, scaled to its tile in device pixels and put on the screen.
//!
//! Nothing is queued, no call waits for a display or a socket, and nothing here decides what is shown: that is
//! the layout. The shell that chooses and installs a surface is the desktop program; the other half of the page
//! surface is `ui/src/surface`.
//!
//! | module | holds |
//! |---|---|
//! | [`kind`] | [`SurfaceKind`], which surface is wanted |
//! | [`switch`] | [`Switch`], one surface for the whole run whose body can be exchanged |
//! | [`x11`] | [`X11Surface`], native child windows above the webview (Linux, X11) |
//! | [`page`] | [`PageSurface`], frames to a canvas in the page over a loopback WebSocket |
//! | [`paint`] | [`Painter`], picture → pixels of a tile: fit, mirror, turn, convert |
//! | `scale` | one plane to another size |
//! | `fit` | where a picture lies in its tile |
//! | `shape` | rounded corners and holes as rectangles |
//! | `board` | the newest picture of each stream and the layout, shared with the surface's thread |

mod board;
pub mod error;
mod fit;
pub mod kind;
pub mod page;
pub mod paint;
pub mod scale;
#[cfg(target_os = "linux")]
mod shape;
pub mod switch;
#[cfg(target_os = "linux")]
pub mod x11;

pub use error::SurfaceError;
pub use kind::SurfaceKind;
pub use page::{Endpoint, PageOptions, PageSurface};
pub use paint::{ByteOrder, Painter};
pub use switch::Switch;
#[cfg(target_os = "linux")]
pub use x11::{X11Options, X11Surface};

/// What lies behind letterboxed pictures: the near-black of the stage, red, green, blue.
pub const STAGE: [u8; 3] = [0x14, 0x12, 0x10];
