//! The file dialog of the system.

use std::path::PathBuf;

use tauri::WebviewWindow;

/// Asks for files and returns at once; `chosen` is called later, not at all when the user changes their mind.
pub fn pick(
    window: &WebviewWindow,
    title: String,
    chosen: impl FnOnce(Vec<PathBuf>) + Send + 'static,
) -> tauri::Result<()> {
    let parent = window.clone();
    // macOS makes dialogs on the main thread only.
    window.run_on_main_thread(move || {
        let dialog = rfd::AsyncFileDialog::new().set_title(title).set_parent(&parent).pick_files();
        tauri::async_runtime::spawn(async move {
            if let Some(files) = dialog.await {
                chosen(files.iter().map(|file| file.path().to_owned()).collect());
            }
        });
    })
}
