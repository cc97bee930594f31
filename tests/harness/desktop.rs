//! What a logged-in user has: a display, sound, a session bus, a home.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::browser::Browser;
use crate::bus::Bus;
use crate::display::Display;
use crate::folder::Folder;
use crate::notices::Notices;
use crate::sound::Sound;
use crate::wait::Trouble;

/// A session of its own.
pub struct Desktop {
    pub display: Display,
    pub sound: Sound,
    pub browser: Browser,
    pub notices: Notices,
    bus: Bus,
    // Last: the others have their sockets in it.
    folder: Folder,
}

impl Desktop {
    /// Starts all of it; about two seconds.
    pub fn start() -> Result<Desktop, Trouble> {
        let folder = Folder::new()?;
        let display = Display::start(folder.as_ref())?;
        let sound = Sound::start(folder.as_ref())?;
        let bus = Bus::start(folder.as_ref())?;
        let notices = Notices::start(bus.address())?;
        let browser = Browser::install(folder.as_ref())?;
        Ok(Desktop { display, sound, browser, notices, bus, folder })
    }

    /// Its folder, for logs and data.
    pub fn folder(&self) -> &Path {
        self.folder.as_ref()
    }

    /// Where browsers and mail programs would put what they fetch.
    pub fn downloads(&self) -> PathBuf {
        self.folder().join("Downloads")
    }

    /// Lets a program start in this session.
    pub fn equip<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let home = |name: &str| -> PathBuf { self.folder().join(name) };
        command.envs(self.sound.environment());
        command.env("DISPLAY", self.display.name()).env("GDK_BACKEND", "x11").env_remove("WAYLAND_DISPLAY");
        command.env("DBUS_SESSION_BUS_ADDRESS", self.bus.address()).env("BROWSER", self.browser.program());
        command
            .env("HOME", home(""))
            .env("XDG_DATA_HOME", home("data"))
            .env("XDG_CONFIG_HOME", home("config"));
        // There is nobody on the bus who answers for assistive technology; asking takes seconds.
        command.env("XDG_CACHE_HOME", home("cache")).env("NO_AT_BRIDGE", "1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_has_a_screen_sound_and_a_store_for_secrets() -> Result<(), Trouble> {
        let desktop = Desktop::start()?;
        assert!(desktop.display.picture()?.colours() > 0);
        assert_eq!(desktop.display.window(), None);
        let ear = desktop.sound.listen()?;
        // The speaker plays what a program plays into it; here that is a player of the sound server itself.
        let _voice = desktop.sound.play("spk", 880.0)?;
        crate::eventually(std::time::Duration::from_secs(30), "the tone is heard", || {
            ear.dominant().filter(|hertz| (hertz - 880.0).abs() < 6.0)
        })?;
        Ok(())
    }
}
