//! The small window, made of GTK: it works on X11 and Wayland and needs no second webview.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use confab_media_model::VideoFrame;
use confab_types::StreamId;
use confab_video_surface::paint::TileLook;
use confab_video_surface::{ByteOrder, Painter, STAGE};
use gtk::prelude::*;
use gtk::{cairo, gdk, glib, pango};
use tauri::AppHandle;

use super::{Face, Pressed};

/// Whether there is such a window.
pub const POSSIBLE: bool = true;

/// Size at first, pixels.
const SIZE: (i32, i32) = (384, 264);
const SMALLEST: (i32, i32) = (224, 170);
/// From the screen's lower right corner, pixels.
const GAP: i32 = 24;

const LOOK: &str = "
    window { background: #141210; }
    label { color: #f3f1ee; font-size: 13px; }
    button { color: #f3f1ee; background: #34312e; border: none; box-shadow: none; text-shadow: none; border-radius: 6px;
        padding: 4px 12px; font-size: 13px; min-height: 20px; }
    button:hover { background: #45413d; }
    button.off { background: #8a5a00; }
    button.leave { background: #c4314b; }
    button.leave:hover { background: #a72840; }
";

/// The newest picture of one stream, for a window that draws when it can.
#[derive(Default)]
pub struct Picture {
    newest: Mutex<Newest>,
    /// The main thread was asked to draw and has not yet.
    asked: AtomicBool,
}

#[derive(Default)]
struct Newest {
    stream: Option<StreamId>,
    frame: Option<Arc<VideoFrame>>,
}

impl Picture {
    /// Shows this stream from now on.
    pub fn follow(self: &Arc<Self>, stream: Option<StreamId>) {
        let mut newest = self.newest();
        if newest.stream != stream {
            *newest = Newest { stream, frame: None };
            drop(newest);
            self.ask();
        }
    }

    /// Takes a picture if it is of the stream that is shown. Returns at once.
    pub fn offer(self: &Arc<Self>, stream: StreamId, frame: &Arc<VideoFrame>) {
        let mut newest = self.newest();
        if newest.stream == Some(stream) {
            newest.frame = Some(frame.clone());
            drop(newest);
            self.ask();
        }
    }

    /// The stream has ended.
    pub fn clear(self: &Arc<Self>, stream: StreamId) {
        let mut newest = self.newest();
        if newest.stream == Some(stream) && newest.frame.take().is_some() {
            drop(newest);
            self.ask();
        }
    }

    fn ask(self: &Arc<Self>) {
        if !self.asked.swap(true, Ordering::Relaxed) {
            let picture = self.clone();
            glib::MainContext::default().invoke(move || {
                picture.asked.store(false, Ordering::Relaxed);
                SHOWN.with_borrow(|shown| {
                    if let Some(shown) = shown {
                        shown.area.queue_draw();
                    }
                });
            });
        }
    }

    fn newest(&self) -> std::sync::MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The window and the parts of it that change.
struct Shown {
    window: gtk::Window,
    area: gtk::DrawingArea,
    name: gtk::Label,
    microphone: gtk::Button,
    face: Face,
    mirrored: Rc<Cell<bool>>,
}

thread_local! {
    /// The window that is open; used by the main thread only, like everything of GTK.
    static SHOWN: RefCell<Option<Shown>> = const { RefCell::new(None) };
}

/// Shows this from now on, or nothing. Returns at once.
pub fn show(app: &AppHandle, wanted: Option<(Face, Arc<Picture>)>) {
    let handle = app.clone();
    let shown = app.run_on_main_thread(move || {
        SHOWN.with_borrow_mut(|shown| {
            let Some((face, picture)) = wanted else {
                if let Some(gone) = shown.take() {
                    gone.window.hide();
                    gone.window.close();
                }
                return;
            };
            let shown = shown.get_or_insert_with(|| open(&handle, &face, &picture));
            shown.wear(face);
        });
    });
    if let Err(error) = shown {
        tracing::warn!(%error, "the small window was not changed");
    }
}

impl Shown {
    fn wear(&mut self, face: Face) {
        if self.face == face {
            return;
        }
        self.name.set_text(&face.name);
        self.microphone.set_label(if face.microphone { &face.mute } else { &face.unmute });
        let style = self.microphone.style_context();
        if face.microphone {
            style.remove_class("off")
        } else {
            style.add_class("off")
        }
        self.mirrored.set(face.mirrored);
        self.face = face;
    }
}

fn open(app: &AppHandle, face: &Face, picture: &Arc<Picture>) -> Shown {
    let window = gtk::Window::new(gtk::WindowType::Toplevel);
    window.set_title(&face.title);
    window.set_default_size(SIZE.0, SIZE.1);
    window.set_keep_above(true);
    window.set_skip_taskbar_hint(true);
    window.set_focus_on_map(false);
    window.set_type_hint(gdk::WindowTypeHint::Utility);
    window.stick();

    let area = gtk::DrawingArea::new();
    area.set_size_request(SMALLEST.0, SMALLEST.1 - 44);
    let mirrored = Rc::new(Cell::new(false));
    draw(&area, picture, &mirrored);

    let name = gtk::Label::new(None);
    name.set_ellipsize(pango::EllipsizeMode::Middle);
    name.set_xalign(0.0);
    let microphone = gtk::Button::with_label(&face.mute);
    let leave = gtk::Button::with_label(&face.leave);
    leave.style_context().add_class("leave");
    for (button, what) in [(&microphone, Pressed::Microphone), (&leave, Pressed::Leave)] {
        let app = app.clone();
        button.connect_clicked(move |_| super::pressed(&app, what));
    }
    let row = gtk::Box::new(gtk::Orientation::Horizontal, 8);
    row.set_margin_start(12);
    row.set_margin_end(8);
    row.set_margin_top(6);
    row.set_margin_bottom(6);
    row.pack_start(&name, true, true, 0);
    row.pack_start(&microphone, false, false, 0);
    row.pack_start(&leave, false, false, 0);
    let column = gtk::Box::new(gtk::Orientation::Vertical, 0);
    column.pack_start(&area, true, true, 0);
    column.pack_start(&row, false, false, 0);
    window.add(&column);
    crate::looks::dress(&window, LOOK);
    let handle = app.clone();
    // Also told after we have closed it ourselves; then there may be another one already.
    window.connect_delete_event(move |window, _| {
        let current = SHOWN.with_borrow(|shown| shown.as_ref().is_some_and(|shown| shown.window == *window));
        if current {
            super::pressed(&handle, Pressed::Close);
        }
        glib::Propagation::Proceed
    });
    column.show_all();
    if let Some(screen) = gdk::Display::default().and_then(|display| display.primary_monitor()) {
        let screen = screen.workarea();
        let (x, y) = (screen.x() + screen.width(), screen.y() + screen.height());
        // The frame that the window manager puts around it is inside of the screen as well.
        window.set_gravity(gdk::Gravity::SouthEast);
        window.move_(x - SIZE.0 - GAP, y - SIZE.1 - GAP);
    }
    window.show();
    Shown { window, area, name, microphone, face: Face::default(), mirrored }
}

/// Paints the newest picture whenever the area is drawn.
fn draw(area: &gtk::DrawingArea, picture: &Arc<Picture>, mirrored: &Rc<Cell<bool>>) {
    let (picture, mirrored) = (picture.clone(), mirrored.clone());
    let painter = RefCell::new(Painter::new());
    area.connect_draw(move |area, context| {
        let scale = area.scale_factor().max(1);
        let size = (area.allocated_width() * scale, area.allocated_height() * scale);
        let frame = picture.newest().frame.clone();
        let [red, green, blue] = STAGE.map(|part| f64::from(part) / 255.0);
        context.set_source_rgb(red, green, blue);
        // A failure leaves the area as it was, until the next picture.
        let _ = context.paint();
        if let (Some(frame), (1.., 1..)) = (frame, size) {
            let look = TileLook {
                width: size.0 as u32,
                height: size.1 as u32,
                mirrored: mirrored.get(),
                cover: false,
                background: STAGE,
            };
            let mut pixels = vec![0; look.byte_len()];
            painter.borrow_mut().paint(&frame, &look, ByteOrder::Bgra, &mut pixels);
            let image = cairo::ImageSurface::create_for_data(
                pixels,
                cairo::Format::Rgb24,
                size.0,
                size.1,
                size.0 * 4,
            );
            if let Ok(image) = image {
                image.set_device_scale(scale.into(), scale.into());
                let _ = context.set_source_surface(&image, 0.0, 0.0).and_then(|()| context.paint());
            }
        }
        glib::Propagation::Stop
    });
}
