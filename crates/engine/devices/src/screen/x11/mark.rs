//! A coloured border around what is shared, for the one who shares: there as long as the capture is open.
//!
//! Four thin windows that nothing can be clicked on. Around a window they lie outside of it and follow it, just above it; on a monitor they
//! lie along its edges, above everything. Like all windows of this program they are not in the picture.

use std::sync::Arc;
use std::thread::JoinHandle;

use confab_types::SourceId;
use x11rb::connection::Connection;
use x11rb::errors::{ConnectionError, ReplyOrIdError};
use x11rb::protocol::Event;
use x11rb::protocol::shape::{ConnectionExt as _, SK, SO};
use x11rb::protocol::xproto::{
    ChangeWindowAttributesAux, ClientMessageEvent, ClipOrdering, ConfigureWindowAux, ConnectionExt as _,
    CreateWindowAux, EventMask, MapState, StackMode, Visibility, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::area::Area;
use super::stack::{climb, known};
use super::{Server, monitor, windows};

/// Thickness of the border, pixels.
const THICK: i32 = 4;
/// How often it is raised above what was put over it, and no more: another program may want to be on top as well.
const RAISES: u32 = 64;

/// The border. Dropping it takes it away.
pub(crate) struct Mark {
    connection: Arc<RustConnection>,
    bars: [Window; 4],
    thread: Option<JoinHandle<()>>,
}

impl Mark {
    /// Draws it in this colour, `0xRRGGBB`. `None` where it cannot be drawn: sharing goes on without.
    pub(crate) fn new(source: Option<&SourceId>, colour: u32) -> Option<Mark> {
        let drawn = Border::new(source, colour);
        let border = drawn.map_err(|error| tracing::info!(error, "what is shared is not marked")).ok()?;
        let (connection, bars) = (border.connection.clone(), border.bars);
        let thread =
            std::thread::Builder::new().name("share mark".to_owned()).spawn(move || border.run()).ok()?;
        Some(Mark { connection, bars, thread: Some(thread) })
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        for bar in self.bars {
            let _ = self.connection.unmap_window(bar);
        }
        // The thread waits for events: this one says that it is over.
        let over = ClientMessageEvent::new(32, self.bars[0], self.bars[0], [0; 5]);
        let _ = self.connection.send_event(false, self.bars[0], EventMask::NO_EVENT, over);
        let _ = self.connection.flush();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Border {
    connection: Arc<RustConnection>,
    root: Window,
    bars: [Window; 4],
    around: Around,
    raises: u32,
}

#[derive(Clone)]
enum Around {
    Monitor(Option<SourceId>),
    /// A window, and the child of the root that it is in.
    Window(Window, Window),
}

/// Why the thread ends.
enum End {
    /// It is told to, or what was shared is no more.
    Over,
    Lost,
}

impl From<ConnectionError> for End {
    fn from(_: ConnectionError) -> Self {
        End::Lost
    }
}

impl Border {
    fn new(source: Option<&SourceId>, colour: u32) -> Result<Border, String> {
        let Server { connection, root, .. } = Server::connect().map_err(|fault| fault.to_string())?;
        let told = |error: ConnectionError| error.to_string();
        let around = match source.and_then(windows::named) {
            Some(window) => {
                let tops = climb(&connection, root, vec![window]).map_err(told)?;
                Around::Window(window, *tops.get(&window).ok_or("the window is gone")?)
            }
            None => Around::Monitor(source.cloned()),
        };
        let bars = bars(&connection, root, colour).map_err(|error| error.to_string())?;
        let watched = match around {
            Around::Window(_, top) => top,
            Around::Monitor(_) => root,
        };
        let events = ChangeWindowAttributesAux::new().event_mask(EventMask::STRUCTURE_NOTIFY);
        connection.change_window_attributes(watched, &events).map_err(told)?.ignore_error();
        Ok(Border { connection, root, bars, around, raises: 0 })
    }

    fn run(mut self) {
        let end = loop {
            if let Err(end) = self.place().and_then(|()| self.wait()) {
                break end;
            }
        };
        if let End::Over = end {
            for bar in self.bars {
                let _ = self.connection.destroy_window(bar);
            }
            let _ = self.connection.flush();
        }
    }

    /// Waits until something has happened that may move the border.
    fn wait(&mut self) -> Result<(), End> {
        let mut next = Some(self.connection.wait_for_event()?);
        while let Some(event) = next {
            match event {
                Event::ClientMessage(_) => return Err(End::Over),
                Event::VisibilityNotify(event) if event.state != Visibility::UNOBSCURED => self.raise()?,
                _ => {}
            }
            next = self.connection.poll_for_event()?;
        }
        Ok(())
    }

    /// On a monitor the border stays above what is put over it.
    fn raise(&mut self) -> Result<(), ConnectionError> {
        if matches!(self.around, Around::Monitor(_)) && self.raises < RAISES {
            self.raises += 1;
            for bar in self.bars {
                let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
                self.connection.configure_window(bar, &above)?.ignore_error();
            }
        }
        Ok(())
    }

    fn place(&self) -> Result<(), End> {
        let place = match &self.around {
            Around::Monitor(source) => Some((self.monitor(source.as_ref())?, None)),
            Around::Window(window, top) => self.window(*window, *top)?.map(|area| (area, Some(*top))),
        };
        let Some((area, below)) = place else {
            for bar in self.bars {
                self.connection.unmap_window(bar)?.ignore_error();
            }
            return Ok(self.connection.flush()?);
        };
        for (bar, edge) in self.bars.into_iter().zip(edges(area)) {
            let mut change = ConfigureWindowAux::new()
                .x(edge.left)
                .y(edge.top)
                .width(edge.width as u32)
                .height(edge.height as u32);
            if let Some(below) = below {
                change = change.sibling(below).stack_mode(StackMode::ABOVE);
            }
            self.connection.configure_window(bar, &change)?.ignore_error();
            self.connection.map_window(bar)?.ignore_error();
        }
        Ok(self.connection.flush()?)
    }

    /// The inside of a monitor that its border leaves free.
    fn monitor(&self, source: Option<&SourceId>) -> Result<Area, End> {
        let monitors = monitor::all(&self.connection, self.root).map_err(|_| End::Lost)?;
        let mut wanted = monitors
            .into_iter()
            .filter(|monitor| source.is_none_or(|source| source.as_str() == monitor.name));
        let Area { left, top, width, height } = wanted.next().ok_or(End::Over)?.area;
        Ok(Area {
            left: left + THICK,
            top: top + THICK,
            width: width - 2 * THICK,
            height: height - 2 * THICK,
        })
    }

    /// A window with its frame; `None` while it cannot be seen.
    fn window(&self, window: Window, top: Window) -> Result<Option<Area>, End> {
        let attributes = self.connection.get_window_attributes(window)?;
        let geometry = self.connection.get_geometry(top)?;
        let (attributes, geometry) = (known(attributes.reply())?, known(geometry.reply())?);
        let (Some(attributes), Some(geometry)) = (attributes, geometry) else { return Err(End::Over) };
        let size = (geometry.width, geometry.height);
        let area = Area::of_window((geometry.x, geometry.y), size, geometry.border_width);
        Ok((attributes.map_state == MapState::VIEWABLE).then_some(area))
    }
}

/// Four windows on which nothing can be clicked, not yet shown.
fn bars(connection: &RustConnection, root: Window, colour: u32) -> Result<[Window; 4], ReplyOrIdError> {
    let mut bars = [x11rb::NONE; 4];
    for bar in &mut bars {
        *bar = connection.generate_id()?;
        let look = CreateWindowAux::new()
            .background_pixel(colour)
            .override_redirect(1)
            .event_mask(EventMask::VISIBILITY_CHANGE);
        let class = WindowClass::INPUT_OUTPUT;
        connection.create_window(0, *bar, root, 0, 0, 1, 1, 0, class, 0, &look)?;
        connection.shape_rectangles(SO::SET, SK::INPUT, ClipOrdering::UNSORTED, *bar, 0, 0, &[])?;
    }
    connection.flush()?;
    Ok(bars)
}

/// The four edges around an area: top, bottom, left, right.
fn edges(area: Area) -> [Area; 4] {
    let Area { left, top, width, height } = area;
    let across = |top| Area { left: left - THICK, top, width: width + 2 * THICK, height: THICK };
    let down = |left| Area { left, top, width: THICK, height };
    [across(top - THICK), across(top + height), down(left - THICK), down(left + width)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_lies_around_and_closes_at_the_corners() {
        let area = Area { left: 10, top: 20, width: 30, height: 40 };
        let whole = Area { left: 6, top: 16, width: 38, height: 48 };
        let edges = edges(area);
        assert!(edges.iter().all(|edge| edge.common(area).is_none() && edge.common(whole) == Some(*edge)));
        let pixels: i32 = edges.iter().map(|edge| edge.width * edge.height).sum();
        assert_eq!(pixels, 38 * 48 - 30 * 40);
    }
}
