//! The bar as a window of GTK: a webview for one button would cost 90 MB.

use std::cell::RefCell;

use gtk::prelude::*;
use gtk::{gdk, glib};
use tauri::AppHandle;

use super::Bar;

/// The title in lists of windows, by which window managers and tests know it.
const TITLE: &str = "Confab – sharing";
/// From the screen's upper edge, pixels.
const GAP: i32 = 10;

const LOOK: &str = "
    window.sharing { background: #1b1a19; border: 2px solid #1eb5b0; }
    window.sharing label { color: #f3f1ee; font-size: 13px; }
    window.sharing button { color: #ffffff; background: #c4314b; border: none; box-shadow: none; text-shadow: none;
        border-radius: 6px; padding: 4px 12px; font-size: 13px; min-height: 20px; }
    window.sharing button:hover { background: #a72840; }
    window.sharing button label { color: #ffffff; }
";

thread_local! {
    /// The bar that is shown; used by the main thread only, like everything of GTK.
    static SHOWN: RefCell<Option<(Bar, gtk::Window)>> = const { RefCell::new(None) };
}

/// Shows this bar from now on, or none. Returns at once.
pub fn show(app: &AppHandle, bar: Option<Bar>) {
    let handle = app.clone();
    let shown = app.run_on_main_thread(move || {
        SHOWN.with(|shown| {
            let mut shown = shown.borrow_mut();
            if shown.as_ref().map(|(bar, _)| bar) == bar.as_ref() {
                return;
            }
            if let Some((_, window)) = shown.take() {
                window.hide();
                window.close();
            }
            *shown = bar.map(|bar| (bar.clone(), window(&handle, &bar)));
        });
    });
    if let Err(error) = shown {
        tracing::warn!(%error, "the bar of a share was not changed");
    }
}

fn window(app: &AppHandle, bar: &Bar) -> gtk::Window {
    let window = gtk::Window::new(gtk::WindowType::Toplevel);
    window.set_title(TITLE);
    window.set_decorated(false);
    window.set_resizable(false);
    window.set_keep_above(true);
    window.set_skip_taskbar_hint(true);
    window.set_skip_pager_hint(true);
    window.set_type_hint(gdk::WindowTypeHint::Utility);
    // What people type goes on to the program that they show.
    window.set_focus_on_map(false);
    window.stick();
    window.style_context().add_class("sharing");

    let text = gtk::Label::new(Some(&bar.text));
    let button = gtk::Button::with_label(&bar.stop);
    let app = app.clone();
    button.connect_clicked(move |_| super::stop(&app));
    let row = gtk::Box::new(gtk::Orientation::Horizontal, 12);
    row.set_margin_start(14);
    row.set_margin_end(6);
    row.set_margin_top(6);
    row.set_margin_bottom(6);
    row.pack_start(&text, false, false, 0);
    row.pack_start(&button, false, false, 0);
    window.add(&row);
    crate::looks::dress(&window, LOOK);
    // Only the end of the capture takes the bar away.
    window.connect_delete_event(|window, _| {
        let shown = SHOWN.with(|shown| {
            shown.try_borrow().is_ok_and(|shown| shown.as_ref().is_some_and(|(_, shown)| shown == window))
        });
        if shown { glib::Propagation::Stop } else { glib::Propagation::Proceed }
    });
    row.show_all();
    put(&window, bar);
    window.show();
    window
}

/// At the top of the monitor that is shared, or that the shared window is on.
fn put(window: &gtk::Window, bar: &Bar) {
    let Some(display) = gdk::Display::default() else { return };
    let monitor = bar.place.and_then(|place| {
        // GDK counts in pixels of programs, X in those of the screen.
        let scale = window.scale_factor().max(1);
        let centre = |at: i32, span: u32| (at + span as i32 / 2) / scale;
        display.monitor_at_point(centre(place.x, place.width), centre(place.y, place.height))
    });
    let Some(monitor) = monitor.or_else(|| display.primary_monitor()).or_else(|| display.monitor(0)) else {
        return;
    };
    let (screen, (_, natural)) = (monitor.geometry(), window.preferred_size());
    window.move_(screen.x() + (screen.width() - natural.width) / 2, screen.y() + GAP);
}
