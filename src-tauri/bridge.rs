//! The commands the page may call, and views on their way to it.

use std::mem::{Discriminant, discriminant};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confab_client::{BrowserWords, Client};
use confab_contract::{FilePhase, Intent, LineBody, SurfaceEndpoint, TileLayout, View};
use tauri::State;
use tauri::ipc::Channel;

use crate::glance::Glance;
use crate::pictures::Pictures;
use crate::ring::Ring;

/// Between the page and the client. Keeps the newest view of each kind, so that a page that loads late or again sees everything.
#[derive(Default)]
pub struct Bridge {
    state: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    client: Option<Client>,
    newest: Vec<(Discriminant<View>, View)>,
    page: Option<Channel<View>>,
    ring: Option<Arc<Ring>>,
    glance: Option<Arc<Glance>>,
}

impl Bridge {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client whose wishes and views are carried.
    pub fn attach(&self, client: Client) {
        self.lock().client = Some(client);
    }

    /// Takes the client, to close it.
    pub fn detach(&self) -> Option<Client> {
        self.lock().client.take()
    }

    /// Who tells the desktop about calls from now on.
    pub fn announce(&self, ring: Arc<Ring>) {
        let mut inner = self.lock();
        for (_, view) in &inner.newest {
            ring.see(view);
        }
        inner.ring = Some(ring);
    }

    /// Who shows the meeting in a small window from now on.
    pub fn show_small(&self, glance: Arc<Glance>) {
        self.lock().glance = Some(glance);
    }

    /// A new view.
    pub fn view(&self, view: View) {
        let (ring, glance) = {
            let inner = self.lock();
            (inner.ring.clone(), inner.glance.clone())
        };
        if let Some(ring) = ring {
            ring.see(&view);
        }
        if let Some(glance) = glance {
            glance.see(&view);
        }
        let mut inner = self.lock();
        let kind = discriminant(&view);
        inner.newest.retain(|(known, _)| *known != kind);
        inner.newest.push((kind, view.clone()));
        if let Some(page) = &inner.page
            && let Err(error) = page.send(view)
        {
            tracing::warn!(%error, "a view did not reach the page");
        }
    }

    /// Hands over a wish of the user.
    pub fn dispatch(&self, intent: Intent) {
        if let Some(client) = &self.lock().client {
            client.dispatch(intent);
        }
    }

    /// Offers files to those in the call.
    pub fn offer(&self, paths: impl IntoIterator<Item = PathBuf>) {
        if let Some(client) = &self.lock().client {
            paths.into_iter().for_each(|path| client.offer_file(path));
        }
    }

    /// What the browser shows at the end of a sign-in.
    pub fn set_browser_words(&self, words: BrowserWords) {
        if let Some(client) = &self.lock().client {
            client.set_browser_words(words);
        }
    }

    /// Where a fetched file was saved, as it is shown; `None` when it is not whole, or unknown.
    pub fn saved(&self, id: &str) -> Option<String> {
        let inner = self.lock();
        let lines = inner.newest.iter().find_map(|(_, view)| match view {
            View::Conversation(conversation) => Some(&conversation.lines),
            _ => None,
        })?;
        lines.iter().find_map(|line| match &line.body {
            LineBody::File { file } if file.id == id && file.phase == FilePhase::Done => {
                Some(file.saved.clone())
            }
            _ => None,
        })
    }
}

/// The page says what the user wants.
#[tauri::command]
pub fn dispatch(bridge: State<'_, Arc<Bridge>>, intent: Intent) {
    bridge.dispatch(intent);
}

/// The page wants views from now on, beginning with what is known. A page that was loaded anew replaces the old one.
#[tauri::command]
pub fn subscribe(bridge: State<'_, Arc<Bridge>>, channel: Channel<View>) -> Result<(), String> {
    let mut inner = bridge.lock();
    for (_, view) in &inner.newest {
        channel.send(view.clone()).map_err(|error| error.to_string())?;
    }
    inner.page = Some(channel);
    Ok(())
}

/// Where the page gets pictures from.
#[tauri::command]
pub fn surface_endpoint(pictures: State<'_, Arc<Pictures>>) -> Result<SurfaceEndpoint, String> {
    pictures.endpoint().map_err(|error| error.to_string())
}

/// Where the page has put its tiles.
#[tauri::command]
pub fn set_tiles(pictures: State<'_, Arc<Pictures>>, layout: TileLayout) {
    pictures.place(&layout);
}
