//! Screens and windows of a Wayland session: the desktop portal asks the user in its own dialog (xdg-desktop-portal, ScreenCast 1), and
//! PipeWire delivers the pictures, cursor drawn.
//!
//! Written after the interfaces' own pages; it has not met a running compositor yet.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use ashpd::desktop::screencast::{
    CursorMode, OpenPipeWireRemoteOptions, Screencast, SelectSourcesOptions, SourceType, StartCastOptions,
};
use ashpd::desktop::{PersistMode, ResponseError, Session};
use confab_media_model::{CaptureFault, DeviceFault};
use pipewire::context::ContextRc;
use pipewire::core::CoreRc;
use pipewire::main_loop::MainLoopRc;
use pipewire::properties::properties;
use pipewire::spa::param::format::{FormatProperties, MediaSubtype, MediaType};
use pipewire::spa::param::video::{VideoFormat, VideoInfoRaw};
use pipewire::spa::param::{ParamType, format_utils};
use pipewire::spa::pod::serialize::PodSerializer;
use pipewire::spa::pod::{Object, Pod, Value, object, property};
use pipewire::spa::utils::{Direction, Fraction, Rectangle, SpaTypes};
use pipewire::stream::{Stream, StreamFlags, StreamListener, StreamRc, StreamState};
use tokio::runtime::Runtime;

use super::{Grab, Source};

/// How long the user may think about the dialog.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// How long the first picture may take after that.
const FIRST: Duration = Duration::from_secs(5);
/// Largest side of a picture, pixels.
const MOST: u32 = 8192;

/// Whether this is a session in which programs see only their own windows.
pub(super) fn is_there() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let kind = std::env::var("XDG_SESSION_TYPE").unwrap_or_default();
    kind == "wayland" || (kind != "x11" && set("WAYLAND_DISPLAY"))
}

/// Lets the user choose and begins to capture.
pub(super) fn open() -> Result<(PortalSource, String), DeviceFault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(driver)?;
    let (session, node, remote) = runtime.block_on(ask())?;
    let permit = Permit { runtime, session };
    pipewire::init();
    let main_loop = MainLoopRc::new(None).map_err(driver)?;
    let context = ContextRc::new(&main_loop, None).map_err(driver)?;
    let core = context.connect_fd_rc(remote, None).map_err(driver)?;
    let about = properties! {
        *pipewire::keys::MEDIA_TYPE => "Video",
        *pipewire::keys::MEDIA_CATEGORY => "Capture",
        *pipewire::keys::MEDIA_ROLE => "Screen",
    };
    let stream = StreamRc::new(core.clone(), "confab-share", about).map_err(driver)?;
    let newest = Rc::new(RefCell::new(Newest::default()));
    let listener = listen(&stream, newest.clone()).map_err(driver)?;
    let format = format();
    let pod = Pod::from_bytes(&format).ok_or_else(|| driver("no format"))?;
    let flags = StreamFlags::AUTOCONNECT | StreamFlags::MAP_BUFFERS;
    stream.connect(Direction::Input, Some(node), flags, &mut [pod]).map_err(driver)?;
    let mut source = PortalSource {
        _listener: listener,
        _stream: stream,
        _core: core,
        _context: context,
        main_loop,
        newest,
        shown: Picture::default(),
        _permit: permit,
    };
    source.wait_for_first()?;
    let label = format!("{}×{}", source.shown.size.0, source.shown.size.1);
    Ok((source, label))
}

/// The user's answer: a session, a node of PipeWire and the way to it.
async fn ask() -> Result<(Session<Screencast>, u32, std::os::fd::OwnedFd), DeviceFault> {
    let portal = Screencast::new().await.map_err(refused)?;
    let session = portal.create_session(Default::default()).await.map_err(refused)?;
    let wanted = SelectSourcesOptions::default()
        .set_cursor_mode(CursorMode::Embedded)
        .set_sources(SourceType::Monitor | SourceType::Window)
        .set_multiple(false)
        .set_persist_mode(PersistMode::DoNot);
    portal.select_sources(&session, wanted).await.map_err(refused)?;
    let started = portal.start(&session, None, StartCastOptions::default()).await.map_err(refused)?;
    let streams = started.response().map_err(refused)?;
    let node = streams.streams().first().ok_or(DeviceFault::Missing)?.pipe_wire_node_id();
    let remote = portal.open_pipe_wire_remote(&session, OpenPipeWireRemoteOptions::default()).await;
    Ok((session, node, remote.map_err(refused)?))
}

/// What the user has allowed; closed when it is dropped, and the compositor shows nothing more.
struct Permit {
    runtime: Runtime,
    session: Session<Screencast>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Err(error) = self.runtime.block_on(self.session.close()) {
            tracing::debug!(%error, "the portal's session was closed already");
        }
    }
}

/// What the user has chosen, as PipeWire delivers it. Fields are dropped in order.
pub(super) struct PortalSource {
    _listener: StreamListener<State>,
    _stream: StreamRc,
    _core: CoreRc,
    _context: ContextRc,
    main_loop: MainLoopRc,
    newest: Rc<RefCell<Newest>>,
    shown: Picture,
    _permit: Permit,
}

/// What the stream has told since the last look.
#[derive(Default)]
struct Newest {
    picture: Picture,
    fresh: bool,
    ended: bool,
}

/// B G R and an ignored byte for each pixel.
#[derive(Default)]
struct Picture {
    pixels: Vec<u8>,
    stride: usize,
    size: (usize, usize),
}

/// What the listener knows.
struct State {
    format: VideoInfoRaw,
    newest: Rc<RefCell<Newest>>,
}

impl PortalSource {
    fn wait_for_first(&mut self) -> Result<(), DeviceFault> {
        let begin = Instant::now();
        while begin.elapsed() < FIRST {
            self.main_loop.loop_().iterate(pipewire::loop_::Timeout::Finite(Duration::from_millis(50)));
            match self.grab() {
                Ok(Some(_)) => return Ok(()),
                Ok(None) => {}
                Err(fault) => return Err(driver(fault)),
            }
        }
        Err(driver("the compositor sends no picture"))
    }
}

impl Source for PortalSource {
    fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault> {
        // Whatever waits is worked off; pictures that are out of date are replaced on the way.
        while self.main_loop.loop_().iterate(pipewire::loop_::Timeout::Finite(Duration::ZERO)) > 0 {}
        let mut newest = self.newest.borrow_mut();
        if newest.ended {
            return Err(CaptureFault::Gone);
        }
        if !std::mem::take(&mut newest.fresh) {
            return Ok(None);
        }
        std::mem::swap(&mut self.shown, &mut newest.picture);
        let Picture { pixels, stride, size } = &self.shown;
        Ok(Some(Grab { pixels, stride: *stride, size: *size, cursor: None }))
    }
}

fn listen(stream: &StreamRc, newest: Rc<RefCell<Newest>>) -> Result<StreamListener<State>, pipewire::Error> {
    stream
        .add_local_listener_with_user_data(State { format: VideoInfoRaw::default(), newest })
        .state_changed(|_, state, _, now| {
            // The shared window was closed, or the user has stopped the share in the desktop's own way.
            let over = matches!(now, StreamState::Error(_) | StreamState::Unconnected);
            state.newest.borrow_mut().ended |= over;
        })
        .param_changed(|_, state, id, param| {
            let Some(param) = param.filter(|_| id == ParamType::Format.as_raw()) else { return };
            let raw = Ok((MediaType::Video, MediaSubtype::Raw));
            if format_utils::parse_format(param).map_err(drop) == raw && state.format.parse(param).is_err() {
                state.newest.borrow_mut().ended = true;
            }
        })
        .process(take)
        .register()
}

/// Copies the newest picture that waits.
fn take(stream: &Stream, state: &mut State) {
    let mut last = None;
    while let Some(buffer) = stream.dequeue_buffer() {
        last = Some(buffer);
    }
    let Some(mut buffer) = last else { return };
    let Some(data) = buffer.datas_mut().first_mut() else { return };
    let (offset, bytes) = (data.chunk().offset() as usize, data.chunk().size() as usize);
    let size = (state.format.size().width as usize, state.format.size().height as usize);
    let stride = usize::try_from(data.chunk().stride()).unwrap_or(0).max(size.0 * 4);
    // A buffer without bytes only moves the cursor, or says that it is damaged.
    let Some(pixels) = data.data().and_then(|all| all.get(offset..offset + bytes)) else { return };
    if size.0 == 0 || size.1 == 0 || pixels.len() < stride * (size.1 - 1) + size.0 * 4 {
        return;
    }
    let mut newest = state.newest.borrow_mut();
    newest.picture.pixels.clear();
    newest.picture.pixels.extend_from_slice(pixels);
    newest.picture.pixels.resize(stride * size.1, 0);
    (newest.picture.stride, newest.picture.size, newest.fresh) = (stride, size, true);
}

/// What we can read: pixels of four bytes, blue first, in memory.
fn format() -> Vec<u8> {
    let wanted: Object = object!(
        SpaTypes::ObjectParamFormat,
        ParamType::EnumFormat,
        property!(FormatProperties::MediaType, Id, MediaType::Video),
        property!(FormatProperties::MediaSubtype, Id, MediaSubtype::Raw),
        property!(
            FormatProperties::VideoFormat,
            Choice,
            Enum,
            Id,
            VideoFormat::BGRx,
            VideoFormat::BGRx,
            VideoFormat::BGRA
        ),
        property!(
            FormatProperties::VideoSize,
            Choice,
            Range,
            Rectangle,
            Rectangle { width: 1920, height: 1080 },
            Rectangle { width: 2, height: 2 },
            Rectangle { width: MOST, height: MOST }
        ),
        property!(
            FormatProperties::VideoFramerate,
            Choice,
            Range,
            Fraction,
            Fraction { num: 15, denom: 1 },
            Fraction { num: 0, denom: 1 },
            Fraction { num: 60, denom: 1 }
        ),
    );
    let written = PodSerializer::serialize(std::io::Cursor::new(Vec::new()), &Value::Object(wanted));
    written.map(|(cursor, _)| cursor.into_inner()).unwrap_or_default()
}

fn refused(error: ashpd::Error) -> DeviceFault {
    match error {
        ashpd::Error::Response(ResponseError::Cancelled) => DeviceFault::Denied,
        ashpd::Error::PortalNotFound(_) => DeviceFault::Missing,
        other => DeviceFault::Driver(other.to_string()),
    }
}

fn driver(error: impl std::fmt::Display) -> DeviceFault {
    DeviceFault::Driver(error.to_string())
}
