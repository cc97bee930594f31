//! What live calls and journeys need: a display, a sound system and a session bus of their own, the programs that ship,
//! and eyes and ears that measure.
//!
//! It never looks into the programs: they are started as a user starts them, and seen and heard from outside. Everything
//! that is started here ends when its value is dropped. Linux only, as far as windows and sound go.
//!
//! | module | holds |
//! |---|---|
//! | [`wait`] | [`eventually`]: until something holds, with a limit; [`within`]: a figure that a busy machine does not spoil |
//! | [`process`], [`folder`] | programs and folders that do not outlive their value |
//! | [`turn`] | one measurement at a time |
//! | [`display`], [`screen`] | an X server without a screen; what is on it |
//! | [`sound`], [`ear`] | a sound server without hardware; what is heard on it |
//! | [`bus`] | a session bus with a store for secrets |
//! | [`browser`] | the system's browser, in the hands of a person |
//! | [`notices`] | the part of a desktop that shows notifications |
//! | [`desktop`] | all of these: what a logged-in user has |
//! | [`backend`], [`bot`], [`person`], [`app`] | the programs that ship |
//! | [`poster`] | another program's window, with a test card |
//! | [`stock`] | a message node with the manners of the original one |
//! | [`relay`] | a TURN server |
//! | [`meddler`] | somebody on the way who puts other fingerprints into descriptions |
//! | [`socket`] | WebSockets by hand |
//! | [`webdriver`] | the page inside the app, or in a browser |
//! | [`visitor`] | somebody without an account, at a browser |
//! | [`clip`] | cameras and microphones as files |
//! | [`rebel`] | keeps rulings from a client and speaks in its name: a client that obeys nothing |
//! | [`usage`] | memory and processor time of a process tree |

pub mod backend;
pub mod bot;
pub mod browser;
pub mod folder;
pub mod meddler;
pub mod person;
pub mod process;
pub mod rebel;
pub mod relay;
pub mod socket;
pub mod stock;
pub mod turn;
pub mod wait;

#[cfg(target_os = "linux")]
pub mod app;
#[cfg(target_os = "linux")]
pub mod bus;
#[cfg(target_os = "linux")]
pub mod clip;
#[cfg(target_os = "linux")]
pub mod desktop;
#[cfg(target_os = "linux")]
pub mod display;
#[cfg(target_os = "linux")]
pub mod ear;
#[cfg(target_os = "linux")]
pub mod notices;
#[cfg(target_os = "linux")]
pub mod poster;
#[cfg(target_os = "linux")]
pub mod screen;
#[cfg(target_os = "linux")]
pub mod sound;
#[cfg(target_os = "linux")]
pub mod usage;
#[cfg(target_os = "linux")]
pub mod visitor;
#[cfg(target_os = "linux")]
pub mod webdriver;

pub use backend::{Backend, Served};
pub use bot::{Bot, BotPlan};
pub use browser::Browser;
pub use folder::Folder;
pub use meddler::Meddler;
pub use person::{Person, PersonPlan};
pub use process::{Process, free_port, own_address};
pub use rebel::Rebel;
pub use relay::Relay;
pub use socket::Socket;
pub use stock::StockNode;
pub use turn::turn;
pub use wait::{Trouble, eventually, within};

#[cfg(target_os = "linux")]
pub use {
    app::App,
    desktop::Desktop,
    display::Display,
    ear::Ear,
    notices::Notices,
    poster::Poster,
    screen::Picture,
    sound::Sound,
    visitor::{Senses, Visitor, VisitorPlan},
    webdriver::Driver,
};
