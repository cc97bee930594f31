//! Windows of this program, taken out of a picture of the screen: what lies beneath them is put in their place.
//!
//! X has no way to leave a window out, so the parts of the picture where ours can be seen are painted anew, from the desktop upwards,
//! with what the windows below hold (Composite 0.2). Where the order of windows is not certain, rather too much is painted than too little.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::errors::ConnectionError;
use x11rb::protocol::Event;
use x11rb::protocol::composite::{ConnectionExt as _, Redirect};
use x11rb::protocol::shm::ConnectionExt as _;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, ImageFormat, Pixmap, Window,
};
use x11rb::rust_connection::RustConnection;

use super::area::Area;
use super::segment::Segment;
use super::stack::{Top, atom, known, property, tops};

/// B G R of a desktop without a picture.
const DESKTOP: [u8; 4] = [0x30, 0x2c, 0x2a, 0xff];
/// A window that begins to keep its own pixels has to draw those that were hidden; they are not used before.
const REDRAW: Duration = Duration::from_millis(500);

/// What is to be painted over, kept up to date by the server's events.
pub(super) struct Mask {
    root: Window,
    depth: u8,
    composite: bool,
    list: [Atom; 2],
    wallpaper_name: Atom,
    wallpaper: Option<(Pixmap, Area)>,
    stale: bool,
    tops: Vec<Top>,
    /// Since when a window keeps its pixels because of us, and the present name of them.
    kept: BTreeMap<Window, (Instant, Option<Pixmap>)>,
    scratch: Option<Segment>,
}

impl Mask {
    /// Begins to watch the windows of a screen. The connection must have no other reader of events.
    pub(super) fn new(connection: &RustConnection, root: Window, depth: u8) -> Result<Mask, ConnectionError> {
        let events = EventMask::SUBSTRUCTURE_NOTIFY | EventMask::PROPERTY_CHANGE;
        connection
            .change_window_attributes(root, &ChangeWindowAttributesAux::new().event_mask(events))?
            .ignore_error();
        let composite = match connection.composite_query_version(0, 4) {
            Ok(version) => known(version.reply())?
                .is_some_and(|known| (known.major_version, known.minor_version) >= (0, 2)),
            Err(ConnectionError::UnsupportedExtension) => false,
            Err(error) => return Err(error),
        };
        let list = [atom(connection, "_NET_CLIENT_LIST_STACKING")?, atom(connection, "_NET_CLIENT_LIST")?];
        Ok(Mask {
            root,
            depth,
            composite,
            list,
            wallpaper_name: atom(connection, "_XROOTPMAP_ID")?,
            wallpaper: None,
            stale: true,
            tops: Vec::new(),
            kept: BTreeMap::new(),
            scratch: None,
        })
    }

    /// Paints over what can be seen of our windows in a picture of `screen`, 4 bytes a pixel. To be called right after the picture was
    /// taken: windows that moved meanwhile are painted over at both places.
    pub(super) fn paint(
        &mut self,
        connection: &RustConnection,
        screen: Area,
        pixels: &mut [u8],
    ) -> Result<(), ConnectionError> {
        let before = self.holes(screen);
        if self.refresh(connection)? {
            let after = self.holes(screen);
            for (at, hole) in before.into_iter().filter(|(_, hole)| !after.iter().any(|(_, new)| new == hole))
            {
                self.fill(connection, screen, pixels, at, hole)?;
            }
        }
        for (at, hole) in self.holes(screen) {
            self.fill(connection, screen, pixels, at, hole)?;
        }
        Ok(())
    }

    /// Looks at the windows anew when something has happened to them; whether it has.
    pub(super) fn refresh(&mut self, connection: &RustConnection) -> Result<bool, ConnectionError> {
        while let Some(event) = connection.poll_for_event()? {
            self.stale |= match event {
                Event::PropertyNotify(event) => {
                    self.list.contains(&event.atom) || event.atom == self.wallpaper_name
                }
                Event::Error(_) => false,
                _ => true,
            };
        }
        if !std::mem::take(&mut self.stale) {
            return Ok(false);
        }
        self.tops = tops(connection, self.root, self.depth)?;
        self.wallpaper = wallpaper(connection, self.root, self.depth, self.wallpaper_name)?;
        let tops = &self.tops;
        self.kept.retain(|window, _| tops.iter().any(|top| top.window == *window));
        // Pixels are renamed: those under the old name belong to the size and place of before.
        for (_, pixmap) in self.kept.values_mut() {
            if let Some(pixmap) = pixmap.take() {
                connection.free_pixmap(pixmap)?.ignore_error();
            }
        }
        Ok(true)
    }

    /// Which parts of the screen show windows of ours, and how many windows lie below each.
    fn holes(&self, screen: Area) -> Vec<(usize, Area)> {
        let mut holes = Vec::new();
        for (at, top) in self.tops.iter().enumerate().filter(|(_, top)| top.ours) {
            let mut pieces: Vec<Area> = top.area.common(screen).into_iter().collect();
            for above in self.tops[at + 1..].iter().filter(|above| above.covers && !above.ours) {
                pieces = pieces.into_iter().flat_map(|piece| piece.without(above.area)).collect();
            }
            holes.extend(pieces.into_iter().map(|piece| (at, piece)));
        }
        holes
    }

    fn fill(
        &mut self,
        connection: &RustConnection,
        screen: Area,
        pixels: &mut [u8],
        below: usize,
        hole: Area,
    ) -> Result<(), ConnectionError> {
        let stride = screen.width as usize * 4;
        for row in rows(pixels, stride, hole.seen_from(screen.left, screen.top)) {
            row.as_chunks_mut::<4>().0.fill(DESKTOP);
        }
        if let Some((pixmap, size)) = self.wallpaper
            && let Some(part) = size.common(hole)
            && let Some(found) = self.read(connection, pixmap, part, screen)?
        {
            let lines = found.chunks_exact(part.width as usize * 4);
            for (to, from) in rows(pixels, stride, part.seen_from(screen.left, screen.top)).zip(lines) {
                to.copy_from_slice(from);
            }
        }
        if !self.composite {
            return Ok(());
        }
        let windows: Vec<Top> = self.tops.iter().take(below).filter(|top| !top.ours).copied().collect();
        for top in windows {
            let Some(part) = top.area.common(hole) else { continue };
            let Some(pixmap) = self.pixels_of(connection, top.window)? else { continue };
            let translucent = top.depth != self.depth;
            let Some(found) =
                self.read(connection, pixmap, part.seen_from(top.area.left, top.area.top), screen)?
            else {
                continue;
            };
            let inside = part.seen_from(screen.left, screen.top);
            let lines = found.chunks_exact(part.width as usize * 4);
            for (to, from) in rows(pixels, stride, inside).zip(lines) {
                if translucent { blend(to, from) } else { to.copy_from_slice(from) }
            }
        }
        Ok(())
    }

    /// The name of a window's own pixels; `None` while they cannot be used.
    fn pixels_of(
        &mut self,
        connection: &RustConnection,
        window: Window,
    ) -> Result<Option<Pixmap>, ConnectionError> {
        if !self.kept.contains_key(&window) {
            connection.composite_redirect_window(window, Redirect::AUTOMATIC)?.ignore_error();
        }
        let (since, pixmap) = self.kept.entry(window).or_insert_with(|| (Instant::now(), None));
        if since.elapsed() < REDRAW {
            return Ok(None);
        }
        if pixmap.is_none() {
            let Ok(id) = connection.generate_id() else { return Ok(None) };
            let named = connection.composite_name_window_pixmap(window, id)?.check();
            *pixmap = known(named)?.map(|()| id);
        }
        Ok(*pixmap)
    }

    /// A part of a window's pixels, rows without gaps.
    fn read(
        &mut self,
        connection: &RustConnection,
        pixmap: Pixmap,
        part: Area,
        screen: Area,
    ) -> Result<Option<&[u8]>, ConnectionError> {
        let len = screen.width as usize * screen.height as usize * 4;
        if self.scratch.as_ref().is_none_or(|scratch| scratch.len() != len) {
            if let Some(old) = self.scratch.take() {
                old.detach(connection)?;
            }
            self.scratch = known(Segment::new(connection, len))?;
        }
        let Some(scratch) = &self.scratch else { return Ok(None) };
        let (x, y, width, height) =
            (part.left as i16, part.top as i16, part.width as u16, part.height as u16);
        let format = ImageFormat::Z_PIXMAP.into();
        let image = connection.shm_get_image(pixmap, x, y, width, height, !0, format, scratch.id(), 0)?;
        let read = known(image.reply())?.is_some();
        Ok(read.then(|| &scratch.pixels()[..part.width as usize * part.height as usize * 4]))
    }
}

/// The picture on the desktop itself, as those who set it say; desktops that have windows for it are windows.
fn wallpaper(
    connection: &RustConnection,
    root: Window,
    depth: u8,
    name: Atom,
) -> Result<Option<(Pixmap, Area)>, ConnectionError> {
    let said = property(connection, root, name, AtomEnum::PIXMAP.into())?;
    let Some(pixmap) = said.and_then(|reply| reply.value32()?.next()) else { return Ok(None) };
    let geometry =
        known(connection.get_geometry(pixmap)?.reply())?.filter(|geometry| geometry.depth == depth);
    Ok(geometry.map(|geometry| (pixmap, Area::of_window((0, 0), (geometry.width, geometry.height), 0))))
}

/// The rows of an area, which must lie inside of the picture.
fn rows(pixels: &mut [u8], stride: usize, area: Area) -> impl Iterator<Item = &mut [u8]> {
    let (left, width) = (area.left as usize * 4, area.width as usize * 4);
    let lines = pixels.chunks_exact_mut(stride).skip(area.top as usize).take(area.height as usize);
    lines.map(move |line| &mut line[left..left + width])
}

/// Lays pixels with alpha, colours already multiplied by it, over others.
fn blend(under: &mut [u8], over: &[u8]) {
    let pairs = under.as_chunks_mut::<4>().0.iter_mut().zip(over.as_chunks::<4>().0);
    for (under, over) in pairs {
        let through = 255 - u32::from(over[3]);
        for colour in 0..3 {
            let mixed = u32::from(over[colour]) + (u32::from(under[colour]) * through + 127) / 255;
            under[colour] = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn top(area: Area, ours: bool, covers: bool) -> Top {
        Top { window: 1, area, depth: 24, ours, covers }
    }

    fn mask(tops: Vec<Top>) -> Mask {
        let (kept, list, wallpaper) = (BTreeMap::new(), [0, 0], None);
        let (root, depth, composite, wallpaper_name, stale, scratch) = (0, 24, false, 0, false, None);
        Mask { root, depth, composite, list, wallpaper_name, wallpaper, stale, tops, kept, scratch }
    }

    #[test]
    fn only_what_can_be_seen_of_our_windows_is_painted_over() {
        let screen = Area { left: 0, top: 0, width: 100, height: 100 };
        let ours = Area { left: 80, top: 10, width: 40, height: 20 };
        let above = Area { left: 0, top: 0, width: 90, height: 100 };
        let holes = |tops| mask(tops).holes(screen);
        let seen = Area { left: 80, top: 10, width: 20, height: 20 };
        assert_eq!(holes(vec![top(above, false, true), top(ours, true, true)]), [(1, seen)]);
        let rest = Area { left: 90, top: 10, width: 10, height: 20 };
        assert_eq!(holes(vec![top(ours, true, true), top(above, false, true)]), [(0, rest)]);
        // Through what does not cover, ours may be seen.
        assert_eq!(holes(vec![top(ours, true, true), top(above, false, false)]), [(0, seen)]);
    }

    #[test]
    fn rows_of_an_area_are_its_pixels_and_no_others() {
        let mut pixels = vec![0; 5 * 4 * 4];
        for row in rows(&mut pixels, 20, Area { left: 1, top: 2, width: 3, height: 2 }) {
            row.fill(1);
        }
        assert_eq!(pixels.iter().filter(|&&byte| byte == 1).count(), 3 * 2 * 4);
        assert!(pixels[..44].iter().all(|&byte| byte == 0) && pixels[44] == 1 && pixels[56] == 0);
    }

    #[test]
    fn translucent_pixels_let_through_what_is_below() {
        let mut under = [100, 100, 100, 0, 100, 100, 100, 0];
        blend(&mut under, &[0, 0, 0, 0, 10, 0, 255, 255]);
        assert_eq!(under, [100, 100, 100, 0, 10, 0, 255, 0]);
    }
}
