//! Links that were opened elsewhere, `confab://…`: handed to the app that runs already. A link is only ever shown; it never joins.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::Arc;

use confab_contract::Intent;
use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Manager, Wry};
use url::Url;

use crate::bridge::Bridge;
use crate::ring;

/// The scheme of our links.
const SCHEME: &str = "confab";
/// Longest link, bytes.
const LONGEST: usize = 4096;

/// Makes a second start hand its arguments to the running app and end. Must be the first plugin. Apps with data of their own do not know
/// each other; where the system cannot tell them apart there is no such plugin for them.
pub fn only_one(identifier: &str, data: Option<&Path>) -> Option<TauriPlugin<Wry>> {
    let one = tauri_plugin_single_instance::Builder::new().callback(|app, arguments, _| {
        if let Some(link) = link_among(arguments.iter().skip(1).map(String::as_str)) {
            open(app, link);
        }
        ring::open(app);
    });
    match data {
        None => Some(one.build()),
        Some(data) if cfg!(target_os = "linux") => Some(one.dbus_id(name_for(identifier, data)).build()),
        Some(_) => None,
    }
}

/// Takes the link that this process was started with, and later ones where the system hands them over itself (macOS).
pub fn listen(app: &AppHandle, started_with: Option<&str>) {
    if let Some(link) = started_with.and_then(|link| link_among([link])) {
        open(app, link);
    }
    #[cfg(target_os = "macos")]
    {
        use tauri_plugin_deep_link::DeepLinkExt;

        let handle = app.clone();
        app.deep_link().on_open_url(move |event| {
            if let Some(link) = link_among(event.urls().iter().map(Url::as_str)) {
                open(&handle, link);
                ring::open(&handle);
            }
        });
    }
}

fn open(app: &AppHandle, link: String) {
    app.state::<Arc<Bridge>>().dispatch(Intent::OpenLink { link });
}

/// The first of our links among the arguments of a program, written anew.
fn link_among<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let short = arguments.into_iter().filter(|argument| argument.len() <= LONGEST);
    let mut urls = short.filter_map(|argument| Url::parse(argument).ok());
    urls.find(|url| url.scheme() == SCHEME).map(String::from)
}

/// A name on the bus for an app with data of its own.
fn name_for(identifier: &str, data: &Path) -> String {
    let mut hasher = DefaultHasher::new();
    std::path::absolute(data).unwrap_or_else(|_| data.to_owned()).hash(&mut hasher);
    format!("{identifier}.data{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_links_are_taken_wherever_they_stand() {
        let link = "confab://join?server=https%3A%2F%2Fa.example&room=4711";
        assert_eq!(link_among(["--surface", "page", link]).as_deref(), Some(link));
        for other in ["https://a.example/j/4711", "4711", "--data", "confab", "file:///confab://join"] {
            assert_eq!(link_among([other]), None, "{other}");
        }
        assert_eq!(link_among([format!("confab://{}", "x".repeat(LONGEST)).as_str()]), None);
    }

    #[test]
    fn apps_with_other_data_have_other_names() {
        let name = |data: &str| name_for("org.confab.desktop", Path::new(data));
        assert_eq!(name("/home/alice/one"), name("/home/alice/one"));
        assert_ne!(name("/home/alice/one"), name("/home/alice/two"));
        assert!(name("/x").split('.').all(|part| part.starts_with(|c: char| c.is_ascii_alphabetic())));
    }
}
