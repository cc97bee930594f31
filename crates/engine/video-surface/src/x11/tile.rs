//! One child window.

use confab_media_model::{Rect, TilePlacement, VideoFrame};
use x11rb::NONE;
use x11rb::connection::{Connection, RequestConnection};
use x11rb::protocol::shape::{ConnectionExt as _, SK, SO};
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xproto::{
    ClipOrdering, ConfigureWindowAux, ConnectionExt as _, CreateWindowAux, EventMask, Gravity, ImageFormat,
    Rectangle, StackMode, Window, WindowClass,
};

use super::screen::{Gone, Screen, or_gone};
use super::segment::Segment;
use crate::paint::{ByteOrder, Painter, TileLook};
use crate::shape;

/// A child window that shows one stream, or waits to show one.
pub(super) struct Tile {
    pub window: Window,
    pub mapped: bool,
    /// Something else hides it wholly; painting would be wasted.
    pub obscured: bool,
    rect: Rect,
    look: TileLook,
    shape: Vec<Rect>,
    segment: Option<Segment>,
}

impl Tile {
    /// A hidden window in the parent, above whatever the parent has now.
    pub fn new(screen: &Screen, background: [u8; 3]) -> Result<Result<Self, String>, Gone> {
        let conn = &screen.conn;
        let window = match or_gone(conn.generate_id())? {
            Ok(window) => window,
            Err(why) => return Ok(Err(why)),
        };
        // No background: the server never paints the window by itself, so neither mapping nor resizing flashes.
        let options = CreateWindowAux::new()
            .background_pixmap(NONE)
            .bit_gravity(Gravity::NORTH_WEST)
            .event_mask(EventMask::EXPOSURE | EventMask::VISIBILITY_CHANGE);
        let class = WindowClass::INPUT_OUTPUT;
        conn.create_window(screen.depth, window, screen.parent, 0, 0, 1, 1, 0, class, 0, &options)?;
        conn.shape_rectangles(SO::SET, SK::INPUT, ClipOrdering::UNSORTED, window, 0, 0, &[])?;
        let look = TileLook { width: 1, height: 1, mirrored: false, cover: false, background };
        let rect = Rect { x: 0, y: 0, width: 1, height: 1 };
        Ok(Ok(Tile { window, mapped: false, obscured: false, rect, look, shape: Vec::new(), segment: None }))
    }

    /// Moves and shapes the window. `true` when the picture must be painted anew.
    pub fn place(&mut self, screen: &Screen, tile: &TilePlacement, holes: &[Rect]) -> Result<bool, Gone> {
        let Rect { width, height, .. } = tile.rect;
        let look = TileLook {
            width,
            height,
            mirrored: tile.mirrored,
            cover: tile.cover,
            background: self.look.background,
        };
        if tile.rect != self.rect {
            let place = ConfigureWindowAux::new()
                .x(tile.rect.x)
                .y(tile.rect.y)
                .width(width)
                .height(height)
                .stack_mode(StackMode::ABOVE);
            screen.conn.configure_window(self.window, &place)?;
        }
        let local = |hole: &Rect| Rect {
            x: hole.x.saturating_sub(tile.rect.x),
            y: hole.y.saturating_sub(tile.rect.y),
            ..*hole
        };
        let holes: Vec<Rect> = holes.iter().map(local).collect();
        let shape = shape::visible(width, height, tile.radius, &holes);
        if shape != self.shape {
            let parts: Vec<Rectangle> = shape.iter().map(rectangle).collect();
            let (set, kind, order) = (SO::SET, SK::BOUNDING, ClipOrdering::UNSORTED);
            screen.conn.shape_rectangles(set, kind, order, self.window, 0, 0, &parts)?;
            self.shape = shape;
        }
        self.rect = tile.rect;
        Ok(std::mem::replace(&mut self.look, look) != look)
    }

    /// Whether a picture painted now could be seen.
    pub fn seen(&self) -> bool {
        !(self.shape.is_empty() || self.mapped && self.obscured)
    }

    /// Whether a picture could be painted now without waiting for the server.
    pub fn ready(&self) -> bool {
        self.segment.as_ref().is_none_or(|segment| segment.busy != [true; 2])
    }

    /// Paints and shows a picture. `false` when there was no memory to paint into.
    pub fn show(
        &mut self,
        screen: &mut Screen,
        frame: &VideoFrame,
        painter: &mut Painter,
        scratch: &mut Vec<u8>,
    ) -> Result<bool, Gone> {
        if !self.mapped {
            self.mapped = true;
            self.obscured = false;
            screen.conn.map_window(self.window)?;
        }
        if screen.shared_memory {
            self.share(screen, frame, painter)
        } else {
            scratch.resize(self.look.byte_len(), 0);
            painter.paint(frame, &self.look, ByteOrder::Bgra, scratch);
            self.send(screen, scratch)?;
            Ok(true)
        }
    }

    /// Takes the window off the screen; it keeps its place and memory.
    pub fn hide(&mut self, screen: &Screen) -> Result<(), Gone> {
        if std::mem::take(&mut self.mapped) {
            screen.conn.unmap_window(self.window)?;
        }
        Ok(())
    }

    /// Gives window and memory back.
    pub fn destroy(self, screen: &Screen) -> Result<(), Gone> {
        if let Some(segment) = self.segment {
            segment.detach(&screen.conn);
        }
        screen.conn.destroy_window(self.window)?;
        Ok(())
    }

    /// The server has read the picture at `offset` of segment `id`.
    pub fn done(&mut self, id: u32, offset: u32) {
        if let Some(segment) = self.segment.as_mut().filter(|segment| segment.id == id) {
            segment.done(offset);
        }
    }

    /// Forgets what the server may still be reading: after an error its answer may never come.
    pub fn release(&mut self) {
        if let Some(segment) = &mut self.segment {
            segment.busy = [false; 2];
        }
    }

    fn share(
        &mut self,
        screen: &mut Screen,
        frame: &VideoFrame,
        painter: &mut Painter,
    ) -> Result<bool, Gone> {
        let conn = &screen.conn;
        let len = self.look.byte_len();
        if let Some(old) = self.segment.take_if(|segment| !segment.suits(len)) {
            old.detach(conn);
        }
        if self.segment.is_none() {
            match or_gone(Segment::new(conn, len))? {
                Ok(segment) => self.segment = Some(segment),
                Err(why) => {
                    tracing::warn!(why, "no more shared memory: pictures are sent as plain images");
                    screen.shared_memory = false;
                    return Ok(false);
                }
            }
        }
        let segment = self.segment.as_mut().expect("made above");
        let (id, Some((half, offset, bytes))) = (segment.id, segment.free_half()) else { return Ok(false) };
        painter.paint(frame, &self.look, ByteOrder::Bgra, bytes);
        let (width, height) = (self.look.width as u16, self.look.height as u16);
        let (window, gc, depth) = (self.window, screen.gc, screen.depth);
        let format = u8::from(ImageFormat::Z_PIXMAP);
        conn.shm_put_image(
            window, gc, width, height, 0, 0, width, height, 0, 0, depth, format, true, id, offset,
        )?;
        segment.busy[half] = true;
        Ok(true)
    }

    /// Sends the pixels through the connection, in as many strips as its largest request needs.
    fn send(&self, screen: &Screen, pixels: &[u8]) -> Result<(), Gone> {
        let row = self.look.width as usize * 4;
        let room = screen.conn.maximum_request_bytes().saturating_sub(64);
        let rows = (room / row).clamp(1, usize::from(u16::MAX));
        for (index, strip) in pixels.chunks(rows * row).enumerate() {
            let (width, height) = (self.look.width as u16, (strip.len() / row) as u16);
            let y = (index * rows) as i16;
            let (window, gc, depth) = (self.window, screen.gc, screen.depth);
            screen.conn.put_image(ImageFormat::Z_PIXMAP, window, gc, width, height, 0, y, 0, depth, strip)?;
        }
        Ok(())
    }
}

/// For a tile's own shape: it starts at 0 and its sides are at most 8192.
fn rectangle(rect: &Rect) -> Rectangle {
    Rectangle { x: rect.x as i16, y: rect.y as i16, width: rect.width as u16, height: rect.height as u16 }
}
