//! `cargo xtask floors`: an arrow between two of our crates may only point down.
//!
//! | floor | crates |
//! |---|---|
//! | doors | the app, `confab-backend`, the bot, tests |
//! | houses | `client` · `media-server` · `web` |
//! | hands | `media-engine` → `rtc devices codecs audio video-surface` · `signaling storage keychain file-transfer identity driver` → `trust` |
//! | minds, rules, words | everything in `crates/core`, ordered by [`core_rank`] |

#[cfg(test)]
mod tests;

use std::fmt;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::shell::Failure;
use crate::tree;

/// One of our crates, by the folder it lives in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// The desktop app: the root package.
    App,
    Core(String),
    Engine(String),
    Backend(String),
    Testkit(String),
    /// Tests of the whole, and the project's own commands.
    Outside(String),
}

/// One dependency between two of our crates.
#[derive(Clone, Debug)]
struct Arrow {
    from: Place,
    to: Place,
    /// Only for the crate's own tests.
    dev: bool,
}

/// What Cargo knows of the workspace, without network.
pub fn metadata() -> Result<Metadata, Failure> {
    let mut command = MetadataCommand::new();
    command.current_dir(tree::root()).no_deps();
    command.exec().map_err(|error| Failure::Other(format!("cargo metadata: {error}")))
}

/// Fails with every arrow that does not point down.
pub fn floors() -> Result<(), Failure> {
    let places: Vec<String> = arrows(&metadata()?).iter().filter_map(Arrow::objection).collect();
    let rule = "dependencies point down";
    if places.is_empty() { Ok(()) } else { Err(Failure::Broken { rule, places }) }
}

fn arrows(metadata: &Metadata) -> Vec<Arrow> {
    let mut arrows = Vec::new();
    for package in metadata.workspace_packages() {
        let Some(folder) = package.manifest_path.parent() else { continue };
        let from = Place::of(folder.as_std_path());
        for dependency in &package.dependencies {
            let Some(path) = &dependency.path else { continue };
            let (from, to) = (from.clone(), Place::of(path.as_std_path()));
            arrows.push(Arrow { from, to, dev: dependency.kind == DependencyKind::Development });
        }
    }
    arrows
}

impl Place {
    /// `…/crates/engine/rtc` → `Engine("rtc")`.
    fn of(folder: &std::path::Path) -> Place {
        let shown = if folder == tree::root() { String::new() } else { tree::shown(folder) };
        match shown.split('/').collect::<Vec<_>>()[..] {
            [""] => Place::App,
            ["crates", "core", name] => Place::Core(name.to_owned()),
            ["crates", "engine", name] => Place::Engine(name.to_owned()),
            ["crates", "backend", name] => Place::Backend(name.to_owned()),
            ["crates", "testkit", name] => Place::Testkit(name.to_owned()),
            _ => Place::Outside(shown),
        }
    }

    fn ships(&self) -> bool {
        !matches!(self, Place::Testkit(_) | Place::Outside(_))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::App => f.write_str("the app"),
            Place::Core(name) => write!(f, "core/{name}"),
            Place::Engine(name) => write!(f, "engine/{name}"),
            Place::Backend(name) => write!(f, "backend/{name}"),
            Place::Testkit(name) => write!(f, "testkit/{name}"),
            Place::Outside(name) => f.write_str(name),
        }
    }
}

impl Arrow {
    /// Why this arrow may not be, or nothing.
    fn objection(&self) -> Option<String> {
        let Arrow { from, to, dev } = self;
        let why = match (from, to) {
            // Tests of one crate may use whatever helps, but core must be testable without the world.
            (Place::Core(_), Place::Engine(_) | Place::Backend(_) | Place::App) => {
                "core never depends on engine"
            }
            _ if *dev => return None,
            (from, to) if from.ships() && !to.ships() => "nothing that ships depends on testkit or tests",
            (Place::Testkit(_) | Place::Outside(_), _) => return None,
            (_, Place::App) => "nobody depends on the app",
            (Place::Core(upper), Place::Core(lower)) => core_objection(upper, lower)?,
            (_, Place::Core(_)) => return engine_sees(from, to).map(|why| format!("{from} → {to}: {why}")),
            (Place::Engine(upper), Place::Engine(lower)) => engine_objection(upper, lower)?,
            (Place::Backend(upper), Place::Engine(lower)) => match (upper.as_str(), lower.as_str()) {
                ("server", "signaling" | "driver" | "identity") | ("web", "driver") => return None,
                _ => "of engine, only the server may use signaling, driver and identity, and web the driver",
            },
            (Place::Backend(upper), Place::Backend(_)) if upper == "server" => return None,
            (Place::Backend(_), Place::Backend(_)) => "houses never depend on each other",
            (Place::Engine(_), Place::Backend(_)) => "engine is below backend",
            (Place::App, Place::Backend(_)) => "the app and the backend meet on the network only",
            _ => return None,
        };
        Some(format!("{from} → {to}: {why}"))
    }
}

/// Within core: words below rules below minds.
fn core_objection(upper: &str, lower: &str) -> Option<&'static str> {
    match (core_rank(upper), core_rank(lower)) {
        (Some(upper), Some(lower)) if upper > lower => None,
        (Some(_), Some(_)) => Some("minds → rules → words, and none sideways"),
        _ => Some("give the new crate a rank in xtask/src/floors.rs"),
    }
}

/// How high a core crate stands.
fn core_rank(name: &str) -> Option<u8> {
    Some(match name {
        "types" => 0,
        "contract" => 1,
        "media-model" | "rethink" => 2,
        "conference" | "line" => 3,
        "call" | "people" | "conversation" => 4,
        "user-agent" | "message-node" | "rooms" | "sfu" => 5,
        _ => return None,
    })
}

/// Leaves of engine know no conference: they would begin to decide.
fn engine_sees(from: &Place, to: &Place) -> Option<&'static str> {
    let (Place::Engine(upper), Place::Core(lower)) = (from, to) else { return None };
    let decides = matches!(
        lower.as_str(),
        "conference" | "call" | "people" | "conversation" | "user-agent" | "message-node" | "rooms" | "sfu"
    );
    (decides && upper != "client").then_some("hands decide nothing: only client knows the minds")
}

fn engine_objection(upper: &str, lower: &str) -> Option<&'static str> {
    match (upper, lower) {
        ("client", _) | (_, "trust") => None,
        ("media-engine", "rtc" | "devices" | "codecs" | "audio" | "video-surface") => None,
        _ => Some("leaves of engine depend on trust alone"),
    }
}
