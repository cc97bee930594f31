//! The file dialog of GTK, which is the desktop's own where there is a portal.

use std::path::PathBuf;

use gtk::prelude::{FileChooserExt, NativeDialogExt};
use tauri::WebviewWindow;

/// Asks for files and returns at once; `chosen` is called on the main thread, not at all when the user changes their mind.
pub fn pick(
    window: &WebviewWindow,
    title: String,
    chosen: impl FnOnce(Vec<PathBuf>) + Send + 'static,
) -> tauri::Result<()> {
    let parent = window.clone();
    window.run_on_main_thread(move || {
        let parent = parent.gtk_window().ok();
        let title = (!title.is_empty()).then_some(title.as_str());
        let action = gtk::FileChooserAction::Open;
        let dialog = gtk::FileChooserNative::new(title, parent.as_ref(), action, None, None);
        dialog.set_select_multiple(true);
        dialog.set_modal(true);
        let chosen = std::cell::Cell::new(Some(chosen));
        // GTK keeps no reference to a native dialog: this one lives until it is answered.
        let kept = std::cell::Cell::new(Some(dialog.clone()));
        dialog.connect_response(move |dialog, answer| {
            kept.take();
            if let Some(chosen) = chosen.take()
                && answer == gtk::ResponseType::Accept
            {
                chosen(dialog.filenames());
            }
            dialog.destroy();
        });
        dialog.show();
    })
}
