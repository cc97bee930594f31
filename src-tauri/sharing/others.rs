//! No bar of our own: the banner in the main window says it, with the same button, and macOS puts a mark into its menu bar. Our windows are
//! left out of captures by the system itself.

use tauri::{AppHandle, Manager};

use super::Bar;

/// Shows this from now on, or nothing. Returns at once.
pub fn show(app: &AppHandle, bar: Option<Bar>) {
    let handle = app.clone();
    let shown = app.run_on_main_thread(move || {
        for window in handle.webview_windows().into_values() {
            if let Err(error) = window.set_content_protected(bar.is_some()) {
                tracing::info!(%error, "this window can be seen in captures");
            }
        }
    });
    if let Err(error) = shown {
        tracing::warn!(%error, "windows are seen in captures as before");
    }
}
