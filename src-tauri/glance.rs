//! Picture in picture: the large picture in a small window that stays on top, with microphone and leave. It ends with the meeting.

use std::sync::{Arc, Mutex, PoisonError};

use confab_contract::{Intent, MeetingPhase, MeetingView, SwitchState, TileView, View};
use confab_media_model::{SurfaceCaps, SurfaceLayout, SurfaceStats, VideoFrame, VideoSurface};
use confab_types::StreamId;
use tauri::{AppHandle, Emitter, Manager, State};

use crate::bridge::Bridge;
use crate::ring;
use crate::words::Words;

#[cfg(target_os = "linux")]
#[path = "glance/linux.rs"]
mod window;
#[cfg(not(target_os = "linux"))]
#[path = "glance/others.rs"]
mod window;

/// Tells the page whether the window is open.
const EVENT: &str = "picture-in-picture";

/// What the window shows beside the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Face {
    /// Whose picture it is.
    name: String,
    mirrored: bool,
    microphone: bool,
    /// Words: the window's title, mute, unmute, leave.
    title: String,
    mute: String,
    unmute: String,
    leave: String,
}

/// The surface of the program, with an eye on one picture more.
pub struct Glance {
    surface: Arc<dyn VideoSurface>,
    state: Mutex<Look>,
}

#[derive(Default)]
struct Look {
    app: Option<AppHandle>,
    meeting: Option<MeetingView>,
    /// Where pictures go while the window is open.
    picture: Option<Arc<window::Picture>>,
}

impl Glance {
    /// Around the surface that everything else is shown on.
    pub fn new(surface: Arc<dyn VideoSurface>) -> Glance {
        Glance { surface, state: Mutex::default() }
    }

    /// Opens windows in this app.
    pub fn attach(&self, app: AppHandle) {
        self.look().app = Some(app);
    }

    /// Looks at a view on its way to the page.
    pub fn see(&self, view: &View) {
        let View::Meeting(meeting) = view else { return };
        let over = meeting.phase == MeetingPhase::Idle;
        self.look().meeting = (!over).then(|| meeting.clone());
        if over {
            self.open(false);
        } else if self.look().picture.is_some() {
            self.update();
        }
    }

    /// Opens the window, or closes it. Without a meeting there is none.
    fn open(&self, on: bool) {
        let mut look = self.look();
        let Some(app) = look.app.clone() else { return };
        let on = on && look.meeting.is_some();
        if look.picture.is_some() == on {
            return;
        }
        look.picture = on.then(Arc::default);
        drop(look);
        self.update();
        if let Err(error) = app.emit_to("main", EVENT, on) {
            tracing::warn!(%error, "the page was not told of the small window");
        }
    }

    /// Lets the main thread show what is true now.
    fn update(&self) {
        let look = self.look();
        let Some(app) = look.app.clone() else { return };
        let shown = look.meeting.as_ref().zip(look.picture.clone()).map(|(meeting, picture)| {
            let tile = chosen(meeting);
            picture.follow(tile.filter(|tile| tile.video).map(|tile| StreamId(tile.stream)));
            (face(meeting, tile, &app.state::<Words>()), picture)
        });
        drop(look);
        window::show(&app, shown);
    }

    fn look(&self) -> std::sync::MutexGuard<'_, Look> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The large picture; in a grid the one who speaks, or else the first of the others.
fn chosen(meeting: &MeetingView) -> Option<&TileView> {
    let (stage, film) = (&meeting.stage, &meeting.stage.film);
    let others = || film.iter().filter(|tile| !tile.me);
    stage
        .large
        .as_ref()
        .or_else(|| others().find(|tile| tile.speaking))
        .or_else(|| others().next())
        .or(film.first())
}

fn face(meeting: &MeetingView, tile: Option<&TileView>, words: &Words) -> Face {
    let word = |key| words.get(key, &[]).unwrap_or_default();
    Face {
        name: tile.map(|tile| tile.name.clone()).unwrap_or_default(),
        mirrored: tile.is_some_and(|tile| tile.me && tile.kind == confab_contract::TileKind::Camera),
        microphone: meeting.me.microphone != SwitchState::Off,
        title: word("pip.title"),
        mute: word("pip.mute"),
        unmute: word("pip.unmute"),
        leave: word("pip.leave"),
    }
}

/// What the user pressed in the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pressed {
    Microphone,
    Leave,
    /// The window's own button.
    Close,
}

fn pressed(app: &AppHandle, what: Pressed) {
    let (bridge, glance) = (app.state::<Arc<Bridge>>(), app.state::<Arc<Glance>>());
    let meeting = glance.look().meeting.clone();
    match (what, meeting) {
        (Pressed::Close, _) | (_, None) => glance.open(false),
        (Pressed::Microphone, Some(meeting)) => {
            bridge.dispatch(Intent::SetMicrophone { on: meeting.me.microphone == SwitchState::Off });
        }
        (Pressed::Leave, Some(meeting)) => {
            bridge.dispatch(if meeting.direct { Intent::HangUp } else { Intent::Leave });
            // Leaving may ask a question, which the page shows.
            ring::open(app);
        }
    }
}

/// The user wants the small window, or no longer.
#[tauri::command]
pub fn picture_in_picture(glance: State<'_, Arc<Glance>>, on: bool) -> Result<(), String> {
    if on && !window::POSSIBLE {
        return Err("this system has no picture in picture yet".to_owned());
    }
    glance.open(on);
    Ok(())
}

impl VideoSurface for Glance {
    fn set_layout(&self, layout: SurfaceLayout) {
        self.surface.set_layout(layout);
    }

    fn submit(&self, stream: StreamId, frame: Arc<VideoFrame>) {
        let picture = self.look().picture.clone();
        if let Some(picture) = picture {
            picture.offer(stream, &frame);
        }
        self.surface.submit(stream, frame);
    }

    fn clear(&self, stream: StreamId) {
        let picture = self.look().picture.clone();
        if let Some(picture) = picture {
            picture.clear(stream);
        }
        self.surface.clear(stream);
    }

    fn caps(&self) -> SurfaceCaps {
        self.surface.caps()
    }

    fn stats(&self, stream: StreamId) -> SurfaceStats {
        self.surface.stats(stream)
    }
}

#[cfg(test)]
mod tests {
    use confab_contract::{MeView, Quality, StageView, TileKind};

    use super::*;

    fn tile(stream: u16, me: bool, speaking: bool) -> TileView {
        TileView {
            stream,
            participant: format!("p{stream}"),
            name: format!("Person {stream}"),
            kind: TileKind::Camera,
            me,
            muted: false,
            video: true,
            waiting: false,
            speaking,
            quality: Quality::Good,
            away: false,
            organiser: false,
            hand: None,
        }
    }

    fn meeting(large: Option<TileView>, film: Vec<TileView>) -> MeetingView {
        let off = SwitchState::Off;
        MeetingView {
            phase: MeetingPhase::In,
            room: "4711".to_owned(),
            direct: false,
            through: String::new(),
            elapsed_ms: 0,
            people: film.len() as u32 + 1,
            stage: StageView { large, film, ..StageView::default() },
            me: MeView { microphone: off, camera: off, sharing: off },
        }
    }

    #[test]
    fn the_large_picture_is_shown_and_in_a_grid_who_speaks() {
        let shown = |large, film| chosen(&meeting(large, film)).map(|tile| tile.stream);
        let grid = || vec![tile(2, false, false), tile(3, false, true), tile(0, true, false)];
        assert_eq!(shown(Some(tile(9, false, false)), grid()), Some(9));
        assert_eq!(shown(None, grid()), Some(3));
        assert_eq!(shown(None, vec![tile(2, false, false), tile(0, true, true)]), Some(2));
        assert_eq!(shown(None, vec![tile(0, true, false)]), Some(0), "alone one sees oneself");
        assert_eq!(shown(None, Vec::new()), None);
    }
}
