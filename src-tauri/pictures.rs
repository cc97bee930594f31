//! Native child windows or the page, chosen at start.

use std::sync::{Arc, Mutex, PoisonError};

use confab_contract::{PageRect, SurfaceEndpoint, TileLayout};
use confab_media_model::{Rect, SurfaceLayout, TilePlacement, VideoSurface};
use confab_types::StreamId;
use confab_video_surface::{PageOptions, PageSurface, SurfaceError, SurfaceKind, Switch};
use tauri::WebviewWindow;
use tokio::runtime::Handle;

/// Most tiles and holes taken from the page.
const LIMIT: usize = 128;

/// Where pictures land.
pub struct Pictures {
    switch: Arc<Switch>,
    handle: Handle,
    page: Mutex<Option<Arc<PageSurface>>>,
}

impl Pictures {
    /// Nothing is chosen yet; pictures are dropped until then.
    pub fn new(switch: Arc<Switch>, handle: Handle) -> Pictures {
        Pictures { switch, handle, page: Mutex::new(None) }
    }

    /// Chooses for this window: native where it works (unless the page was asked for), the page otherwise.
    pub fn choose(&self, window: &WebviewWindow, kind: SurfaceKind) {
        if kind != SurfaceKind::Page {
            match native(window) {
                Ok(surface) => {
                    tracing::info!("pictures are native");
                    return self.switch.install(surface);
                }
                Err(reason) => tracing::info!(reason, "pictures are not native"),
            }
        }
        if let Err(error) = self.use_page() {
            tracing::error!(%error, "pictures cannot be shown");
        }
    }

    fn use_page(&self) -> Result<Arc<PageSurface>, SurfaceError> {
        let mut page = self.page.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(page) = page.as_ref() {
            return Ok(page.clone());
        }
        let surface = Arc::new(PageSurface::new(&self.handle, PageOptions::default())?);
        self.switch.install(surface.clone());
        *page = Some(surface.clone());
        Ok(surface)
    }

    /// Where the page gets pictures from; a socket token is good for one connection.
    pub fn endpoint(&self) -> Result<SurfaceEndpoint, SurfaceError> {
        let page = self.page.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(page) = page else { return Ok(SurfaceEndpoint::Native) };
        let endpoint = page.endpoint()?;
        Ok(SurfaceEndpoint::Page { url: endpoint.url, token: endpoint.token })
    }

    /// Takes the page's arrangement.
    pub fn place(&self, layout: &TileLayout) {
        let scale = if layout.scale.is_finite() { layout.scale.clamp(0.25, 8.0) } else { 1.0 };
        let tile = |tile: &confab_contract::PageTile| TilePlacement {
            stream: StreamId(tile.stream),
            rect: device_pixels(&tile.rect, scale),
            mirrored: tile.mirrored,
            radius: (tile.radius * scale).round().clamp(0.0, 256.0) as u32,
            cover: tile.cover,
        };
        self.switch.set_layout(SurfaceLayout {
            tiles: layout.tiles.iter().take(LIMIT).map(tile).collect(),
            holes: layout.holes.iter().take(LIMIT).map(|hole| device_pixels(hole, scale)).collect(),
        });
    }
}

/// Edges are rounded, not sizes, so that neighbours do not overlap.
fn device_pixels(rect: &PageRect, scale: f64) -> Rect {
    let edge = |at: f64| (at * scale).round().clamp(-32_768.0, 32_767.0) as i32;
    let (left, top) = (edge(rect.x), edge(rect.y));
    let (right, bottom) = (edge(rect.x + rect.width), edge(rect.y + rect.height));
    let span = |from: i32, to: i32| u32::try_from(to - from).unwrap_or(0);
    Rect { x: left, y: top, width: span(left, right), height: span(top, bottom) }
}

#[cfg(target_os = "linux")]
fn native(window: &WebviewWindow) -> Result<Arc<dyn VideoSurface>, String> {
    use confab_video_surface::{X11Options, X11Surface};
    use gtk::prelude::{Cast, WidgetExt};

    let gtk_window = window.gtk_window().map_err(|error| error.to_string())?;
    gtk_window.realize();
    let gdk_window = gtk_window.window().ok_or("the window has no surface yet")?;
    let x11 = gdk_window.downcast::<gdkx11::X11Window>().map_err(|_| "this is not X11")?;
    let xid = u32::try_from(x11.xid()).map_err(|_| "the window has no X11 number")?;
    let surface = X11Surface::new(xid, X11Options::default()).map_err(|error| error.to_string())?;
    Ok(Arc::new(surface))
}

#[cfg(not(target_os = "linux"))]
fn native(_window: &WebviewWindow) -> Result<Arc<dyn VideoSurface>, String> {
    Err("this system has no native surface yet".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_an_edge_at_every_scale() {
        for scale in [1.0, 1.25, 1.5, 2.0] {
            let left = device_pixels(&PageRect { x: 0.0, y: 0.0, width: 101.3, height: 10.0 }, scale);
            let right = device_pixels(&PageRect { x: 101.3, y: 0.0, width: 57.7, height: 10.0 }, scale);
            assert_eq!(left.x + left.width as i32, right.x);
        }
        let nothing = PageRect { x: 0.0, y: 0.0, width: f64::NAN, height: -5.0 };
        assert_eq!(device_pixels(&nothing, 1.0), Rect::default());
    }
}
