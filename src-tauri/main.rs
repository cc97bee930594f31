//! The desktop shell: one window, a handful of commands, and the choice of where pictures land. It decides nothing and touches no media.
//!
//! | module | holds |
//! |---|---|
//! | [`options`] | the command line |
//! | [`arrival`] | links that were opened elsewhere |
//! | [`bridge`] | the commands the page may call, and views on their way to it |
//! | [`files`] | files chosen, dropped and pasted; fetched ones in their folder |
//! | [`glance`] | picture in picture |
//! | [`links`] | links to the system's browser |
//! | [`ring`] | calls, told by the desktop |
//! | [`sharing`] | the bar that says that one shares |
//! | `looks` | the look of our own windows of GTK |
//! | [`words`] | words that the system shows for us |
//! | [`pictures`] | native child windows or the page, chosen at start |
//! | [`webview`] | what the system's webview needs before it starts |

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arrival;
mod bridge;
mod files;
mod glance;
mod links;
#[cfg(target_os = "linux")]
mod looks;
mod options;
mod pictures;
mod ring;
mod sharing;
mod webview;
mod words;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use confab_client::{Client, ClientConfig};
use confab_devices::SystemDevices;
use confab_keychain::SystemKeychain;
use confab_media_engine::EngineOptions;
use confab_video_surface::{SurfaceKind, Switch};
use tauri::{Manager, RunEvent, WebviewUrl, WebviewWindowBuilder};
use tokio::runtime::Handle;

use bridge::Bridge;
use files::Pasted;
use glance::Glance;
use options::Options;
use pictures::Pictures;
use ring::Ring;
use sharing::{Sharing, Watched};
use words::Words;

fn main() -> ExitCode {
    let options = Options::parse();
    if let Err(error) = webview::prepare() {
        eprintln!("confab: the webview could not be prepared: {error}");
    }
    let filter = tracing_subscriber::EnvFilter::try_from_env("CONFAB_LOG")
        .unwrap_or_else(|_| "error,confab=info,pulseaudio=off".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("confab: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let handle = runtime.handle().clone();
    tauri::async_runtime::set(handle.clone());
    let clock = confab_driver::process_clock();
    let switch = Arc::new(Switch::new());
    let (bridge, sharing) = (Arc::new(Bridge::default()), Arc::new(Sharing::default()));
    let glance = Arc::new(Glance::new(switch.clone()));
    let pictures = Arc::new(Pictures::new(switch, handle.clone()));
    let context = tauri::generate_context!();
    let mut builder = tauri::Builder::default();
    if let Some(only_one) = arrival::only_one(&context.config().identifier, options.data.as_deref()) {
        builder = builder.plugin(only_one);
    }
    let app = builder
        .plugin(tauri_plugin_deep_link::init())
        .manage(bridge.clone())
        .manage(pictures)
        .manage(glance.clone())
        .manage(Words::default())
        .invoke_handler(tauri::generate_handler![
            bridge::dispatch,
            bridge::subscribe,
            bridge::surface_endpoint,
            bridge::set_tiles,
            files::pick_files,
            files::offer_pasted,
            files::reveal_file,
            files::save_text,
            glance::picture_in_picture,
            links::open_link,
            words::set_words
        ])
        .setup({
            let handle = handle.clone();
            let (surface, link) = (options.surface, options.link.clone());
            move |app| {
                open_window(app, surface, handle)?;
                arrival::listen(app.handle(), link.as_deref());
                Ok(())
            }
        })
        .build(context)?;
    // A second start has ended by now; only the first one touches the data.
    let data = options.data_folder()?;
    let pasted = Arc::new(Pasted::new(&data));
    let config = ClientConfig {
        data,
        keychain: Arc::new(SystemKeychain),
        devices: Arc::new(Watched::new(SystemDevices::new(clock.clone()), sharing.clone())),
        surface: glance.clone(),
        clock,
        // A backend on this machine is reached over loopback; elsewhere such candidates simply do not connect.
        engine: EngineOptions { loopback: true, ..EngineOptions::default() },
        downloads: None,
    };
    let client = Client::start(&handle, config, {
        let bridge = bridge.clone();
        move |view| bridge.view(view)
    })?;
    bridge.attach(client);
    app.manage(pasted.clone());
    sharing.attach(app.handle().clone());
    glance.attach(app.handle().clone());
    bridge.show_small(glance);
    app.run(move |_, event| {
        if let RunEvent::Exit = event {
            if let Some(client) = bridge.detach() {
                client.handle().clone().block_on(client.close());
            }
            pasted.clear();
        }
    });
    Ok(())
}

fn open_window(app: &tauri::App, surface: SurfaceKind, handle: Handle) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, "main", WebviewUrl::default())
        .title("Confab")
        .inner_size(1280.0, 800.0)
        .min_inner_size(480.0, 360.0)
        // Who calls, and where one is, can be read in the list of windows too.
        .on_document_title_changed(|window, title| {
            if let Err(error) = window.set_title(&title) {
                tracing::warn!(%error, "the window keeps its old title");
            }
        })
        .build()?;
    let bridge = app.state::<Arc<Bridge>>().inner().clone();
    files::accept_drops(&window, bridge.clone());
    bridge.announce(Arc::new(Ring::new(app.handle().clone(), handle)));
    app.state::<Arc<Pictures>>().choose(&window, surface);
    Ok(())
}
