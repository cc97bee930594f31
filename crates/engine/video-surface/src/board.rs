//! The newest picture of each stream and the layout, shared between those who offer and the surface's thread.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_media_model::{Rect, SurfaceLayout, SurfaceStats, TilePlacement, VideoFrame};
use confab_types::StreamId;

/// Most streams remembered at once; pictures of further ones are ignored. Far above what a stage shows.
const MAX_STREAMS: usize = 256;

/// Largest side of a tile in device pixels; larger ones are cut. Above any screen.
const MAX_TILE_SIDE: u32 = 8192;

/// Newest pictures and layout. All calls are short and none waits for a display.
pub(crate) struct Board {
    inner: Mutex<Inner>,
    /// Wakes the surface's thread.
    bell: Box<dyn Fn() + Send + Sync>,
}

#[derive(Default)]
struct Inner {
    layout: Arc<Vec<TilePlacement>>,
    holes: Arc<Vec<Rect>>,
    /// Rises with every layout.
    generation: u64,
    streams: BTreeMap<StreamId, Entry>,
    /// The bell has rung and the thread has not looked yet.
    rung: bool,
    closed: bool,
}

#[derive(Default)]
struct Entry {
    /// The newest picture; kept after it was shown, for tiles that move, appear or are uncovered.
    frame: Option<Arc<VideoFrame>>,
    waiting: Waiting,
    shown: bool,
    stats: SurfaceStats,
}

/// What the thread has yet to do for a stream.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Waiting {
    #[default]
    Nothing,
    /// A picture never shown.
    New,
    /// The same picture once more.
    Again,
    /// Show nothing.
    Blank,
}

/// A layout as the thread sees it.
pub(crate) struct Tiles {
    /// To be given to [`Board::tiles_after`] next time.
    pub generation: u64,
    /// Visible tiles, each stream once, sides within 1 … 8192.
    pub tiles: Arc<Vec<TilePlacement>>,
    /// Parts that stay free.
    pub holes: Arc<Vec<Rect>>,
}

/// What to do for a stream.
pub(crate) enum Offer {
    /// Show this; `new` when it was never shown before.
    Picture {
        /// The picture.
        frame: Arc<VideoFrame>,
        /// Whether it counts as presented.
        new: bool,
    },
    /// Show nothing.
    Blank,
}

impl Board {
    pub fn new(bell: impl Fn() + Send + Sync + 'static) -> Self {
        Board { inner: Mutex::default(), bell: Box::new(bell) }
    }

    pub fn set_layout(&self, layout: SurfaceLayout) {
        let mut tiles: Vec<TilePlacement> = Vec::with_capacity(layout.tiles.len());
        for mut tile in layout.tiles {
            let hidden = tile.rect.width == 0 || tile.rect.height == 0;
            if hidden || tiles.iter().any(|known| known.stream == tile.stream) {
                continue;
            }
            tile.rect.width = tile.rect.width.min(MAX_TILE_SIDE);
            tile.rect.height = tile.rect.height.min(MAX_TILE_SIDE);
            // Window systems count in 16 bits; beyond them a tile would come round to the other side.
            let reach = i32::from(i16::MIN)..=i32::from(i16::MAX);
            tile.rect.x = tile.rect.x.clamp(*reach.start(), *reach.end());
            tile.rect.y = tile.rect.y.clamp(*reach.start(), *reach.end());
            tiles.push(tile);
        }
        let mut inner = self.lock();
        if *inner.layout == tiles && *inner.holes == layout.holes {
            return;
        }
        inner.streams.values_mut().for_each(|entry| entry.shown = false);
        for tile in &tiles {
            if let Some(entry) = inner.entry(tile.stream) {
                entry.shown = true;
            }
        }
        inner.forget_unused();
        inner.layout = Arc::new(tiles);
        inner.holes = Arc::new(layout.holes);
        inner.generation += 1;
        self.ring(inner);
    }

    pub fn submit(&self, stream: StreamId, frame: Arc<VideoFrame>) {
        let mut inner = self.lock();
        let Some(entry) = inner.entry(stream) else { return };
        if entry.shown && entry.waiting == Waiting::New {
            entry.stats.dropped += 1;
        }
        // The old picture is freed after the lock, not under it.
        let before = entry.frame.replace(frame);
        entry.waiting = Waiting::New;
        if entry.shown {
            self.ring(inner);
        } else {
            drop(inner);
        }
        drop(before);
    }

    pub fn clear(&self, stream: StreamId) {
        let mut inner = self.lock();
        let Some(entry) = inner.streams.get_mut(&stream) else { return };
        let before = entry.frame.take();
        entry.waiting = Waiting::Blank;
        if entry.shown {
            self.ring(inner);
        } else {
            inner.forget_unused();
            drop(inner);
        }
        drop(before);
    }

    pub fn stats(&self, stream: StreamId) -> SurfaceStats {
        self.lock().streams.get(&stream).map(|entry| entry.stats).unwrap_or_default()
    }

    /// Tells the thread to end.
    pub fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        self.ring(inner);
    }

    // Below: for the surface's thread.

    /// Wakes the thread although nothing has changed here.
    pub fn wake(&self) {
        self.ring(self.lock());
    }

    /// To be called after waking and before looking, so that nothing is missed. `false`: the thread shall end.
    pub fn look(&self) -> bool {
        let mut inner = self.lock();
        inner.rung = false;
        !inner.closed
    }

    /// The layout, if it is newer than `generation`.
    pub fn tiles_after(&self, generation: u64) -> Option<Tiles> {
        let inner = self.lock();
        (inner.generation > generation).then(|| Tiles {
            generation: inner.generation,
            tiles: inner.layout.clone(),
            holes: inner.holes.clone(),
        })
    }

    /// Takes what is to be done for a stream that is shown.
    pub fn take(&self, stream: StreamId) -> Option<Offer> {
        let mut inner = self.lock();
        let entry = inner.streams.get_mut(&stream).filter(|entry| entry.shown)?;
        match std::mem::take(&mut entry.waiting) {
            Waiting::Nothing => None,
            Waiting::Blank => Some(Offer::Blank),
            what => entry.frame.clone().map(|frame| Offer::Picture { frame, new: what == Waiting::New }),
        }
    }

    /// Whether [`Self::take`] would give something.
    pub fn waits(&self, stream: StreamId) -> bool {
        let inner = self.lock();
        inner.streams.get(&stream).is_some_and(|entry| entry.shown && entry.waiting != Waiting::Nothing)
    }

    /// Shows the newest picture of a stream once more, if it has one.
    pub fn again(&self, stream: StreamId) {
        if let Some(entry) = self.lock().streams.get_mut(&stream)
            && entry.waiting == Waiting::Nothing
            && entry.frame.is_some()
        {
            entry.waiting = Waiting::Again;
        }
    }

    /// Counts a picture that reached the screen.
    pub fn presented(&self, stream: StreamId) {
        if let Some(entry) = self.lock().streams.get_mut(&stream) {
            entry.stats.presented += 1;
        }
    }

    fn ring(&self, mut inner: MutexGuard<'_, Inner>) {
        let first = !std::mem::replace(&mut inner.rung, true);
        drop(inner);
        if first {
            (self.bell)();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn entry(&mut self, stream: StreamId) -> Option<&mut Entry> {
        if self.streams.len() >= MAX_STREAMS && !self.streams.contains_key(&stream) {
            return None;
        }
        Some(self.streams.entry(stream).or_default())
    }

    /// Ended streams without a tile leave no trace.
    fn forget_unused(&mut self) {
        self.streams.retain(|_, entry| entry.shown || entry.frame.is_some());
    }
}

#[cfg(test)]
mod tests;
