//! The windows that can be shared: those that the window manager shows to people, but for ours.

use confab_types::SourceId;
use x11rb::errors::ConnectionError;
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, MapState, Window};
use x11rb::rust_connection::RustConnection;

use super::stack::{Ours, atom, clients, known, property};

/// Before the number of a window in its name; no monitor is called so.
const PREFIX: &str = "window:";
/// Longest title, characters.
const TITLE: usize = 200;
/// Smaller ones are no windows to show to anybody.
const SMALLEST: u16 = 16;

/// A window as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) window: Window,
    pub(super) title: String,
    pub(super) size: (u32, u32),
}

/// The name of a window among sources. It is good as long as the window lives.
pub(super) fn name(window: Window) -> SourceId {
    SourceId::new(format!("{PREFIX}{window:x}"))
}

/// The window that a source names.
pub(super) fn named(source: &SourceId) -> Option<Window> {
    let digits = source.as_str().strip_prefix(PREFIX)?;
    u32::from_str_radix(digits, 16).ok()
}

/// Every window that can be seen, the topmost first. Without a window manager there is none.
pub(super) fn all(connection: &RustConnection, root: Window) -> Result<Vec<Listed>, ConnectionError> {
    let ours = Ours::ask(connection)?;
    let names = Names::ask(connection)?;
    let mut listed = Vec::new();
    for window in clients(connection, root)?.into_iter().rev() {
        let attributes = connection.get_window_attributes(window)?;
        let geometry = connection.get_geometry(window)?;
        let (attributes, geometry) = (known(attributes.reply())?, known(geometry.reply())?);
        let (Some(attributes), Some(geometry)) = (attributes, geometry) else { continue };
        let large = geometry.width.min(geometry.height) >= SMALLEST;
        if attributes.map_state != MapState::VIEWABLE || !large || ours.has(connection, window)? {
            continue;
        }
        if !names.is_for_people(connection, window)? {
            continue;
        }
        let title = names.title(connection, window)?;
        listed.push(Listed { window, title, size: (geometry.width.into(), geometry.height.into()) });
    }
    Ok(listed)
}

/// The title of one window.
pub(super) fn title(connection: &RustConnection, window: Window) -> Result<String, ConnectionError> {
    Names::ask(connection)?.title(connection, window)
}

/// Numbers of the names that are asked for.
struct Names {
    utf8: Atom,
    title: Atom,
    kind: Atom,
    /// Panels, desktops and the like.
    furniture: [Atom; 4],
}

impl Names {
    fn ask(connection: &RustConnection) -> Result<Names, ConnectionError> {
        let kind = |word| atom(connection, word);
        Ok(Names {
            utf8: kind("UTF8_STRING")?,
            title: kind("_NET_WM_NAME")?,
            kind: kind("_NET_WM_WINDOW_TYPE")?,
            furniture: [
                kind("_NET_WM_WINDOW_TYPE_DESKTOP")?,
                kind("_NET_WM_WINDOW_TYPE_DOCK")?,
                kind("_NET_WM_WINDOW_TYPE_SPLASH")?,
                kind("_NET_WM_WINDOW_TYPE_NOTIFICATION")?,
            ],
        })
    }

    fn is_for_people(&self, connection: &RustConnection, window: Window) -> Result<bool, ConnectionError> {
        let kinds = property(connection, window, self.kind, AtomEnum::ATOM.into())?;
        let first = kinds.and_then(|reply| reply.value32()?.next());
        Ok(first.is_none_or(|first| !self.furniture.contains(&first)))
    }

    fn title(&self, connection: &RustConnection, window: Window) -> Result<String, ConnectionError> {
        let modern = property(connection, window, self.title, self.utf8)?;
        let found = match modern {
            Some(reply) => Some(reply.value),
            None => property(connection, window, AtomEnum::WM_NAME.into(), AtomEnum::ANY.into())?
                .map(|reply| reply.value),
        };
        Ok(readable(&found.unwrap_or_default()))
    }
}

/// As other programs may write anything into their title: one line of bounded length.
fn readable(title: &[u8]) -> String {
    let text = String::from_utf8_lossy(title);
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(TITLE).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_names_its_window() {
        assert_eq!(named(&name(0x1e0_0003)), Some(0x1e0_0003));
        for other in ["HDMI-1", "window:", "window:xyz", "window:1ffffffff"] {
            assert_eq!(named(&SourceId::new(other)), None, "{other}");
        }
    }

    #[test]
    fn titles_are_one_line_of_bounded_length() {
        assert_eq!(readable(b" two\nlines\x07 "), "two lines");
        assert_eq!(readable(b"\xff"), "\u{fffd}");
        assert_eq!(readable("é".repeat(1000).as_bytes()).chars().count(), TITLE);
    }
}
