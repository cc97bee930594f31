//! The thread: layout, pictures, the server's events.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use confab_types::StreamId;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{Visibility, Window};

use super::screen::{Gone, Screen};
use super::tile::Tile;
use crate::board::{Board, Offer};
use crate::paint::Painter;

/// Hidden windows kept for tiles to come.
const SPARE_WINDOWS: usize = 8;

/// Owns the connection and all child windows.
pub(super) struct Stage {
    screen: Screen,
    board: Arc<Board>,
    bell: Arc<OwnedFd>,
    background: [u8; 3],
    /// Which layout the windows follow.
    generation: u64,
    tiles: BTreeMap<StreamId, Tile>,
    spare: Vec<Tile>,
    painter: Painter,
    /// Pixels on their way through the connection, without shared memory.
    scratch: Vec<u8>,
}

impl Stage {
    pub fn new(screen: Screen, board: Arc<Board>, bell: Arc<OwnedFd>, background: [u8; 3]) -> Self {
        Stage {
            screen,
            board,
            bell,
            background,
            generation: 0,
            tiles: BTreeMap::new(),
            spare: Vec::new(),
            painter: Painter::new(),
            scratch: Vec::new(),
        }
    }

    /// Works until the surface is dropped or the window has gone. The windows go with the connection.
    pub fn run(mut self) {
        if let Err(gone) = self.serve() {
            tracing::debug!(%gone, "native windows have ended");
        }
    }

    fn serve(&mut self) -> Result<(), Gone> {
        while self.board.look() {
            self.follow_layout()?;
            self.present()?;
            self.screen.conn.flush()?;
            // Replies and writes may have read events already, which the poll below would not see.
            if !self.events()? {
                self.wait()?;
            }
        }
        Ok(())
    }

    /// Gives every visible stream a window at its place and takes the others away.
    fn follow_layout(&mut self) -> Result<(), Gone> {
        let Some(layout) = self.board.tiles_after(self.generation) else { return Ok(()) };
        self.generation = layout.generation;
        let visible = |stream: &StreamId| layout.tiles.iter().any(|tile| tile.stream == *stream);
        let hidden: Vec<StreamId> = self.tiles.keys().filter(|stream| !visible(stream)).copied().collect();
        for mut tile in hidden.iter().filter_map(|stream| self.tiles.remove(stream)) {
            tile.hide(&self.screen)?;
            if self.spare.len() < SPARE_WINDOWS {
                self.spare.push(tile);
            } else {
                tile.destroy(&self.screen)?;
            }
        }
        for placement in layout.tiles.iter() {
            let known = self.tiles.remove(&placement.stream);
            let fresh = known.is_none();
            let mut tile = match known.or_else(|| self.spare.pop()) {
                Some(tile) => tile,
                None => match Tile::new(&self.screen, self.background)? {
                    Ok(tile) => tile,
                    Err(why) => {
                        tracing::warn!(why, "no window for a tile");
                        continue;
                    }
                },
            };
            let changed = tile.place(&self.screen, placement, &layout.holes)?;
            self.tiles.insert(placement.stream, tile);
            if fresh || changed {
                self.board.again(placement.stream);
            }
        }
        Ok(())
    }

    /// Shows what is new, as far as the server keeps up.
    fn present(&mut self) -> Result<(), Gone> {
        if !self.screen.viewable {
            return Ok(());
        }
        let mut shown = false;
        for (stream, tile) in &mut self.tiles {
            if !tile.seen() || !tile.ready() {
                continue;
            }
            match self.board.take(*stream) {
                None => {}
                Some(Offer::Blank) => tile.hide(&self.screen)?,
                Some(Offer::Picture { frame, new }) => {
                    let mut done =
                        tile.show(&mut self.screen, &frame, &mut self.painter, &mut self.scratch)?;
                    if !done {
                        // Shared memory has just been given up; the plain way always works.
                        done = tile.show(&mut self.screen, &frame, &mut self.painter, &mut self.scratch)?;
                    }
                    if done && new {
                        self.board.presented(*stream);
                    }
                    shown |= done;
                }
            }
        }
        if shown && !self.screen.shared_memory {
            self.screen.settle()?;
        }
        Ok(())
    }

    /// Works off the server's events. `true` when there were any.
    fn events(&mut self) -> Result<bool, Gone> {
        let mut any = false;
        while let Some(event) = self.screen.conn.poll_for_event()? {
            any = true;
            self.event(event)?;
        }
        Ok(any)
    }

    fn event(&mut self, event: Event) -> Result<(), Gone> {
        match event {
            Event::ShmCompletion(done) => {
                let tiles = self.tiles.values_mut().chain(&mut self.spare);
                tiles.for_each(|tile| tile.done(done.shmseg, done.offset));
            }
            Event::Expose(part) if part.count == 0 => {
                if let Some(stream) = self.stream_of(part.window) {
                    self.board.again(stream);
                }
            }
            Event::VisibilityNotify(change) => {
                let obscured = change.state == Visibility::FULLY_OBSCURED;
                if let Some(stream) = self.stream_of(change.window)
                    && let Some(tile) = self.tiles.get_mut(&stream)
                    && std::mem::replace(&mut tile.obscured, obscured)
                    && !obscured
                {
                    self.board.again(stream);
                }
            }
            Event::UnmapNotify(change) if change.window == self.screen.parent => self.screen.viewable = false,
            Event::MapNotify(change) if change.window == self.screen.parent => {
                self.screen.viewable = true;
                self.tiles.keys().for_each(|stream| self.board.again(*stream));
            }
            Event::DestroyNotify(change) if change.window == self.screen.parent => return Err(Gone::Parent),
            Event::Error(error) => {
                tracing::debug!(kind = ?error.error_kind, request = ?error.request_name, "the display complains");
                if !self.screen.parent_exists()? {
                    return Err(Gone::Parent);
                }
                self.tiles.values_mut().chain(&mut self.spare).for_each(Tile::release);
            }
            _ => {}
        }
        Ok(())
    }

    fn stream_of(&self, window: Window) -> Option<StreamId> {
        self.tiles.iter().find(|(_, tile)| tile.window == window).map(|(stream, _)| *stream)
    }

    /// Sleeps until the bell rings or the server has something to say.
    fn wait(&self) -> Result<(), Gone> {
        let mut doors =
            [PollFd::new(self.screen.conn.stream(), PollFlags::IN), PollFd::new(&*self.bell, PollFlags::IN)];
        match poll(&mut doors, None) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        // Reading resets the counter; an empty one is not an error.
        let mut count = [0; 8];
        _ = rustix::io::read(&*self.bell, &mut count);
        Ok(())
    }
}
