//! One surface for the whole run whose body can be exchanged.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_media_model::{SurfaceCaps, SurfaceLayout, SurfaceStats, VideoFrame, VideoSurface};
use confab_types::StreamId;

/// A surface that forwards to the one installed at the moment.
///
/// The media engine gets it once at start; the shell installs the real surface when the window is there and may
/// replace it later. Without one, pictures are dropped and the layout is remembered.
#[derive(Default)]
pub struct Switch {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    body: Option<Arc<dyn VideoSurface>>,
    /// Given to the next body, so that it starts with the tiles the page has already reported.
    layout: SurfaceLayout,
}

impl Switch {
    /// A switch without a body.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows pictures through `body` from now on. The one before is told to show nothing.
    pub fn install(&self, body: Arc<dyn VideoSurface>) {
        let mut inner = self.lock();
        body.set_layout(inner.layout.clone());
        if let Some(before) = inner.body.replace(body) {
            before.set_layout(SurfaceLayout::default());
        }
    }

    /// Shows nothing until the next [`Self::install`].
    pub fn remove(&self) {
        if let Some(before) = self.lock().body.take() {
            before.set_layout(SurfaceLayout::default());
        }
    }

    /// Whether a body is installed.
    pub fn installed(&self) -> bool {
        self.lock().body.is_some()
    }

    fn body(&self) -> Option<Arc<dyn VideoSurface>> {
        self.lock().body.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl VideoSurface for Switch {
    fn set_layout(&self, layout: SurfaceLayout) {
        // Forwarded under the lock, so that a body installed meanwhile never ends with the older layout.
        let mut inner = self.lock();
        if let Some(body) = &inner.body {
            body.set_layout(layout.clone());
        }
        inner.layout = layout;
    }

    fn submit(&self, stream: StreamId, frame: Arc<VideoFrame>) {
        if let Some(body) = self.body() {
            body.submit(stream, frame);
        }
    }

    fn clear(&self, stream: StreamId) {
        if let Some(body) = self.body() {
            body.clear(stream);
        }
    }

    /// Of the installed surface; without one, the weakest.
    fn caps(&self) -> SurfaceCaps {
        let weakest = SurfaceCaps { page_over_video: false, max_fps: 30 };
        self.body().map_or(weakest, |body| body.caps())
    }

    /// Of the installed surface; they start anew with each.
    fn stats(&self, stream: StreamId) -> SurfaceStats {
        self.body().map(|body| body.stats(stream)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use confab_media_model::{Rect, TilePlacement};
    use confab_types::Mono;

    use super::*;

    #[derive(Default)]
    struct Notebook {
        layouts: Mutex<Vec<usize>>,
        pictures: Mutex<Vec<StreamId>>,
    }

    impl VideoSurface for Notebook {
        fn set_layout(&self, layout: SurfaceLayout) {
            self.layouts.lock().expect("not poisoned").push(layout.tiles.len());
        }
        fn submit(&self, stream: StreamId, _frame: Arc<VideoFrame>) {
            self.pictures.lock().expect("not poisoned").push(stream);
        }
        fn clear(&self, _stream: StreamId) {}
        fn caps(&self) -> SurfaceCaps {
            SurfaceCaps { page_over_video: true, max_fps: 7 }
        }
        fn stats(&self, _stream: StreamId) -> SurfaceStats {
            SurfaceStats { presented: 5, dropped: 0 }
        }
    }

    fn one_tile() -> SurfaceLayout {
        let rect = Rect { x: 0, y: 0, width: 16, height: 16 };
        let tile = TilePlacement { stream: StreamId(3), rect, mirrored: false, radius: 0, cover: false };
        SurfaceLayout { tiles: vec![tile], holes: Vec::new() }
    }

    #[test]
    fn a_surface_installed_late_gets_the_layout_the_page_has_sent_before() {
        let switch = Switch::new();
        switch.set_layout(one_tile());
        switch.submit(StreamId(3), Arc::new(VideoFrame::black(2, 2, Mono::ZERO)));
        let body = Arc::new(Notebook::default());
        switch.install(body.clone());
        switch.submit(StreamId(3), Arc::new(VideoFrame::black(2, 2, Mono::ZERO)));
        assert_eq!(*body.layouts.lock().expect("not poisoned"), [1]);
        assert_eq!(*body.pictures.lock().expect("not poisoned"), [StreamId(3)]);
        assert_eq!(switch.caps().max_fps, 7);
    }

    #[test]
    fn the_surface_before_is_told_to_show_nothing() {
        let switch = Switch::new();
        switch.set_layout(one_tile());
        let (first, second) = (Arc::new(Notebook::default()), Arc::new(Notebook::default()));
        switch.install(first.clone());
        switch.install(second.clone());
        switch.remove();
        assert_eq!(*first.layouts.lock().expect("not poisoned"), [1, 0]);
        assert_eq!(*second.layouts.lock().expect("not poisoned"), [1, 0]);
        assert_eq!(switch.stats(StreamId(3)), SurfaceStats::default());
    }
}
