//! The desktop shell: one window, a handful of commands, and the choice of where pictures land. It decides nothing and touches no media.
//!
//! | module | holds |
//! |---|---|
//! | [`options`] | the command line |
//! | [`bridge`] | the commands the page may call, and views on their way to it |
//! | [`files`] | files chosen, dropped and pasted; fetched ones in their folder |
//! | [`links`] | links to the system's browser |
//! | [`ring`] | calls, told by the desktop |
//! | [`words`] | words that the system shows for us |
//! | [`pictures`] | native child windows or the page, chosen at start |
//! | [`webview`] | what the system's webview needs before it starts |

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bridge;
mod files;
mod links;
mod options;
mod pictures;
mod ring;
mod webview;
mod words;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use confab_client::{Client, ClientConfig};
use confab_devices::SystemDevices;
use confab_keychain::SystemKeychain;
use confab_media_engine::EngineOptions;
use confab_video_surface::Switch;
use tauri::{Manager, RunEvent, WebviewUrl, WebviewWindowBuilder};

use bridge::Bridge;
use files::Pasted;
use options::Options;
use pictures::Pictures;
use ring::Ring;
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
    let surface = Arc::new(Switch::new());
    let bridge = Arc::new(Bridge::default());
    let data = options.data_folder()?;
    let pasted = Arc::new(Pasted::new(&data));
    let config = ClientConfig {
        data,
        keychain: Arc::new(SystemKeychain),
        devices: Arc::new(SystemDevices::new(clock.clone())),
        surface: surface.clone(),
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
    let pictures = Arc::new(Pictures::new(surface, handle.clone()));
    let app = tauri::Builder::default()
        .manage(bridge.clone())
        .manage(pictures.clone())
        .manage(pasted.clone())
        .manage(Words::default())
        .invoke_handler(tauri::generate_handler![
            bridge::dispatch,
            bridge::subscribe,
            bridge::surface_endpoint,
            bridge::set_tiles,
            files::pick_files,
            files::offer_pasted,
            files::reveal_file,
            links::open_link,
            words::set_words
        ])
        .setup(move |app| {
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
            app.state::<Arc<Pictures>>().choose(&window, options.surface);
            Ok(())
        })
        .build(tauri::generate_context!())?;
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
