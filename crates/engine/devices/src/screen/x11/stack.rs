//! The windows of an X screen: who manages what, what lies above what, and which are ours.

use std::collections::BTreeMap;

use x11rb::connection::{Connection, RequestConnection};
use x11rb::errors::{ConnectionError, ReplyError};
use x11rb::protocol::res::{self, ClientIdMask, ClientIdSpec, ConnectionExt as _};
use x11rb::protocol::shape::ConnectionExt as _;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ConnectionExt as _, GetPropertyReply, MapState, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use super::area::Area;

/// Most windows looked at; a screen with more is not one that people use.
const MOST: usize = 1024;
/// Window managers put a window into at most so many of their own.
const FRAMES: usize = 4;

/// A window that is a child of the root and can be seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Top {
    pub(super) window: Window,
    /// With its border.
    pub(super) area: Area,
    pub(super) depth: u8,
    /// Whether it, or a window inside of it, was made by this process.
    pub(super) ours: bool,
    /// Whether nothing can be seen through it. Said only of windows that the window manager knows: a compositor's overlay lies above
    /// everything and covers nothing.
    pub(super) covers: bool,
}

/// Windows that can be seen, from bottom to top.
pub(super) fn tops(
    connection: &RustConnection,
    root: Window,
    depth: u8,
) -> Result<Vec<Top>, ConnectionError> {
    let ours = Ours::ask(connection)?;
    let mut managed = BTreeMap::new();
    for client in clients(connection, root)? {
        managed.insert(client, ours.has(connection, client)?);
    }
    let frames = climb(connection, root, managed.keys().copied().collect())?;
    let Some(tree) = known(connection.query_tree(root)?.reply())? else { return Ok(Vec::new()) };
    let asked = tree.children.into_iter().take(MOST).map(|window| {
        let attributes = connection.get_window_attributes(window)?;
        Ok((window, attributes, connection.get_geometry(window)?, connection.shape_query_extents(window)?))
    });
    let mut tops = Vec::new();
    for (window, attributes, geometry, shape) in asked.collect::<Result<Vec<_>, ConnectionError>>()? {
        let (attributes, geometry, shape) =
            (known(attributes.reply())?, known(geometry.reply())?, known(shape.reply())?);
        let (Some(attributes), Some(geometry)) = (attributes, geometry) else { continue };
        if attributes.map_state != MapState::VIEWABLE || attributes.class != WindowClass::INPUT_OUTPUT {
            continue;
        }
        let mut inside = frames.iter().filter(|(_, top)| **top == window).map(|(client, _)| client);
        let is_managed = inside.clone().next().is_some();
        let holds_ours = inside.any(|client| managed.get(client) == Some(&true));
        let shaped = shape.is_none_or(|shape| shape.bounding_shaped);
        tops.push(Top {
            window,
            area: Area::of_window(
                (geometry.x, geometry.y),
                (geometry.width, geometry.height),
                geometry.border_width,
            ),
            depth: geometry.depth,
            ours: holds_ours || ours.made(window),
            covers: is_managed && !shaped && geometry.depth == depth,
        });
    }
    Ok(tops)
}

/// The windows that the window manager knows (EWMH), from bottom to top where it says so; none without a manager.
pub(super) fn clients(connection: &RustConnection, root: Window) -> Result<Vec<Window>, ConnectionError> {
    for name in ["_NET_CLIENT_LIST_STACKING", "_NET_CLIENT_LIST"] {
        let kind = AtomEnum::WINDOW.into();
        if let Some(reply) = property(connection, root, atom(connection, name)?, kind)?
            && let Some(windows) = reply.value32()
        {
            return Ok(windows.take(MOST).collect());
        }
    }
    Ok(Vec::new())
}

/// The child of the root that each window is in, itself where it is one.
pub(super) fn climb(
    connection: &RustConnection,
    root: Window,
    windows: Vec<Window>,
) -> Result<BTreeMap<Window, Window>, ConnectionError> {
    let mut found = BTreeMap::new();
    let mut open: Vec<(Window, Window)> = windows.into_iter().map(|window| (window, window)).collect();
    for _ in 0..=FRAMES {
        let asked = open.iter().map(|(_, at)| connection.query_tree(*at)).collect::<Result<Vec<_>, _>>()?;
        let mut next = Vec::new();
        for ((window, at), tree) in open.into_iter().zip(asked) {
            match known(tree.reply())? {
                Some(tree) if tree.parent == root => drop(found.insert(window, at)),
                Some(tree) if tree.parent != x11rb::NONE => next.push((window, tree.parent)),
                _ => {}
            }
        }
        open = next;
        if open.is_empty() {
            break;
        }
    }
    Ok(found)
}

/// Who made a window.
pub(super) struct Ours {
    /// What the numbers of everything that each connection of this process makes begin with; `None` when the server cannot say
    /// whose connections they are.
    bases: Option<Vec<u32>>,
    mask: u32,
    pid: Atom,
}

impl Ours {
    /// Asks which connections are this process's (X-Resource 1.2).
    pub(super) fn ask(connection: &RustConnection) -> Result<Ours, ConnectionError> {
        let mask = connection.setup().resource_id_mask;
        let pid = atom(connection, "_NET_WM_PID")?;
        let mut bases = None;
        if connection.extension_information(res::X11_EXTENSION_NAME)?.is_some() {
            let everyone = ClientIdSpec { client: 0, mask: ClientIdMask::LOCAL_CLIENT_PID };
            let version = connection.res_query_version(1, 2)?;
            let ids = connection.res_query_client_ids(&[everyone])?;
            if known(version.reply())?.is_some_and(|known| (known.server_major, known.server_minor) >= (1, 2))
            {
                let ids = known(ids.reply())?.map(|reply| reply.ids).unwrap_or_default();
                let local = ids.iter().filter(|id| id.spec.mask == ClientIdMask::LOCAL_CLIENT_PID);
                let own = local.filter(|id| id.value.first() == Some(&std::process::id()));
                bases = Some(own.map(|id| id.spec.client & !mask).collect());
            } else {
                ids.discard_reply_and_errors();
            }
        }
        Ok(Ours { bases, mask, pid })
    }

    /// Whether one of our connections made it.
    pub(super) fn made(&self, window: Window) -> bool {
        self.bases.as_ref().is_some_and(|bases| bases.contains(&(window & !self.mask)))
    }

    /// The same of a program's main window, which may say so itself when the server cannot.
    pub(super) fn has(&self, connection: &RustConnection, window: Window) -> Result<bool, ConnectionError> {
        if self.bases.is_some() {
            return Ok(self.made(window));
        }
        let said = property(connection, window, self.pid, AtomEnum::CARDINAL.into())?;
        Ok(said.and_then(|reply| reply.value32()?.next()) == Some(std::process::id()))
    }
}

/// The number of a name.
pub(super) fn atom(connection: &RustConnection, name: &str) -> Result<Atom, ConnectionError> {
    Ok(known(connection.intern_atom(false, name.as_bytes())?.reply())?
        .map_or(x11rb::NONE, |reply| reply.atom))
}

/// A property, when the window has it and is still there.
pub(super) fn property(
    connection: &RustConnection,
    window: Window,
    name: Atom,
    kind: Atom,
) -> Result<Option<GetPropertyReply>, ConnectionError> {
    let reply = known(connection.get_property(false, window, name, kind, 0, 1024)?.reply())?;
    Ok(reply.filter(|reply| reply.type_ != x11rb::NONE))
}

/// What the server refuses is a window that has gone meanwhile; only a lost server is an error.
pub(super) fn known<T>(reply: Result<T, ReplyError>) -> Result<Option<T>, ConnectionError> {
    match reply {
        Ok(reply) => Ok(Some(reply)),
        Err(ReplyError::X11Error(_)) => Ok(None),
        Err(ReplyError::ConnectionError(error)) => Err(error),
    }
}
