//! Files on their way into a call and out of it. The page never learns a path: it asks for the system's dialog, hands over
//! what was pasted, and names a fetched file by its id.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use confab_file_transfer::Downloads;
use confab_media_model::files::{divide_name, safe_name};
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, DragDropEvent, Emitter, Manager, State, WebviewWindow, WindowEvent};

use crate::bridge::Bridge;
use crate::words::Words;

#[cfg(target_os = "linux")]
#[path = "files/linux.rs"]
mod dialog;
#[cfg(not(target_os = "linux"))]
#[path = "files/others.rs"]
mod dialog;

/// Most files taken at once.
const MOST: usize = 32;
/// Largest thing that is pasted, bytes: a screenshot, not a film.
const PASTED: usize = 64 << 20;
/// Longest text that is saved, bytes.
const TEXT: usize = 16 << 20;
/// Names that are tried for a text.
const TRIES: u32 = 999;
/// The folder for what was pasted, inside the folder for settings.
const FOLDER: &str = "pasted";
/// The event that tells the page whether files hover over the window.
const OVER: &str = "files-over";

/// Where pasted things lie until the program ends.
pub struct Pasted {
    folder: PathBuf,
    count: AtomicU32,
}

impl Pasted {
    /// Inside this folder. What an earlier run has left is removed.
    pub fn new(data: &Path) -> Pasted {
        let pasted = Pasted { folder: data.join(FOLDER), count: AtomicU32::new(0) };
        pasted.clear();
        pasted
    }

    /// Removes everything.
    pub fn clear(&self) {
        if let Err(error) = std::fs::remove_dir_all(&self.folder)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "what was pasted could not be removed");
        }
    }

    /// Keeps a content under a name that is safe, in a folder of its own.
    fn keep(&self, name: &str, content: &[u8]) -> std::io::Result<PathBuf> {
        let number = self.count.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.join(number.to_string());
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(safe_name(name));
        std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?.write_all(content)?;
        Ok(path)
    }
}

/// Takes files that are dropped on the window, and tells the page while they hover above it.
pub fn accept_drops(window: &WebviewWindow, bridge: Arc<Bridge>) {
    let target = window.clone();
    window.on_window_event(move |event| {
        let WindowEvent::DragDrop(event) = event else { return };
        let over = match event {
            DragDropEvent::Enter { paths, .. } => !paths.is_empty(),
            DragDropEvent::Drop { paths, .. } => {
                offer(&bridge, paths.clone());
                false
            }
            DragDropEvent::Leave => false,
            _ => return,
        };
        if let Err(error) = target.emit_to(target.label(), OVER, over) {
            tracing::warn!(%error, "the page was not told of files above the window");
        }
    });
}

fn offer(bridge: &Bridge, paths: Vec<PathBuf>) {
    bridge.offer(paths.into_iter().filter(|path| path.is_file()).take(MOST));
}

/// The user wants to choose files to send.
#[tauri::command]
pub fn pick_files(
    app: AppHandle,
    bridge: State<'_, Arc<Bridge>>,
    words: State<'_, Words>,
) -> Result<(), String> {
    let window = app.get_webview_window("main").ok_or("there is no window")?;
    let title = words.get("chat.attach", &[]).unwrap_or_default();
    let bridge = bridge.inner().clone();
    dialog::pick(&window, title, move |paths| offer(&bridge, paths)).map_err(|error| error.to_string())
}

/// The user pasted something: its name in the header `x-name`, percent-encoded, its bytes in the body.
#[tauri::command]
pub async fn offer_pasted(
    bridge: State<'_, Arc<Bridge>>,
    pasted: State<'_, Arc<Pasted>>,
    request: Request<'_>,
) -> Result<(), String> {
    let InvokeBody::Raw(content) = request.body() else { return Err("a content is bytes".to_owned()) };
    if content.len() > PASTED {
        return Err(format!("{} bytes are too many to paste", content.len()));
    }
    let name = request.headers().get("x-name").map(|name| decoded(name.as_bytes())).unwrap_or_default();
    let (pasted, content) = (pasted.inner().clone(), content.clone());
    let kept = tokio::task::spawn_blocking(move || pasted.keep(&name, &content)).await;
    let path = kept.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    bridge.offer([path]);
    Ok(())
}

/// The user wants to see a fetched file in its folder.
#[tauri::command]
pub async fn reveal_file(bridge: State<'_, Arc<Bridge>>, file: String) -> Result<(), String> {
    let saved = bridge.saved(&file).ok_or("there is no such file")?;
    let downloads = Downloads::of_user().ok_or("this user has no folder for downloads")?;
    let shown = tokio::task::spawn_blocking(move || reveal(downloads.folder(), &saved)).await;
    shown.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// The user wants a text as a file, such as the log of a room: into the folder for downloads, which is shown then.
#[tauri::command]
pub async fn save_text(name: String, text: String) -> Result<(), String> {
    if text.len() > TEXT {
        return Err(format!("{} bytes are too many for a text", text.len()));
    }
    let downloads = Downloads::of_user().ok_or("this user has no folder for downloads")?;
    let saved = tokio::task::spawn_blocking(move || {
        let path = save(downloads.folder(), &name, &text)?;
        // The text is saved; a desktop that shows no folders changes nothing about that.
        if let Err(error) = opener::reveal(&path) {
            tracing::info!(%error, "the saved text was not shown");
        }
        std::io::Result::Ok(())
    });
    saved.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// Writes a text under a safe name that is free.
fn save(folder: &Path, name: &str, text: &str) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let name = safe_name(name);
    let (stem, ending) = divide_name(&name);
    for number in 1..=TRIES {
        let numbered = if number == 1 { name.clone() } else { format!("{stem} ({number}){ending}") };
        let path = folder.join(numbered);
        match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => return file.write_all(text.as_bytes()).map(|()| path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::ErrorKind::AlreadyExists.into())
}

/// Shows the file, or its folder when it was moved away.
fn reveal(folder: &Path, saved: &str) -> Result<(), opener::OpenError> {
    match within(folder, saved).filter(|path| path.exists()) {
        Some(path) => opener::reveal(path),
        None => opener::open(folder),
    }
}

/// The place of a file that was saved as `Downloads/name`. Only the name counts, so nothing outside the folder is meant.
fn within(folder: &Path, saved: &str) -> Option<PathBuf> {
    let name = Path::new(saved).file_name()?;
    Some(folder.join(name))
}

/// Undoes `encodeURIComponent`; what is not encoded well stays as it is.
fn decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let hex = |digit: &u8| char::from(*digit).to_digit(16);
        let pair = match (first, after) {
            (b'%', [high, low, after @ ..]) => hex(high).zip(hex(low)).map(|pair| (pair, after)),
            _ => None,
        };
        match pair {
            Some(((high, low), after)) => {
                bytes.push((high * 16 + low) as u8);
                rest = after;
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_pasted_things_are_read() {
        assert_eq!(decoded("Bildschirmfoto%20%C3%BC.png".as_bytes()), "Bildschirmfoto ü.png");
        assert_eq!(decoded(b"100%"), "100%");
        assert_eq!(decoded(b"%zz%4"), "%zz%4");
    }

    #[test]
    fn what_was_pasted_is_kept_apart_and_removed() {
        let folder = std::env::temp_dir().join(format!("confab-pasted-{}", std::process::id()));
        let pasted = Pasted::new(&folder);
        let first = pasted.keep("../../a.png", b"one").expect("the folder can be written");
        let second = pasted.keep("../../a.png", b"two").expect("the folder can be written");
        assert!(first.starts_with(folder.join(FOLDER)) && first != second);
        assert_eq!(std::fs::read(&second).expect("it was just written"), b"two");
        pasted.clear();
        assert!(!first.exists());
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn a_saved_text_never_takes_the_place_of_another() {
        let folder = std::env::temp_dir().join(format!("confab-texts-{}", std::process::id()));
        let saved = |text| save(&folder, "../log of 4711.txt", text).expect("the folder can be written");
        let (first, second) = (saved("one"), saved("two"));
        assert!(first.parent() == Some(folder.as_path()) && first != second);
        assert_eq!(std::fs::read_to_string(first).expect("it was just written"), "one");
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn only_files_inside_the_folder_are_shown() {
        let folder = Path::new("/home/alice/Downloads");
        assert_eq!(within(folder, "Downloads/../../etc/passwd"), Some(folder.join("passwd")));
        assert_eq!(within(folder, "Downloads/Minutes (2).pdf"), Some(folder.join("Minutes (2).pdf")));
        assert_eq!(within(folder, ".."), None);
    }
}
