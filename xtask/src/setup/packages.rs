//! The packages of Debian and Ubuntu that Confab needs, each with its reason.

use std::fmt;

/// What a package is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To compile.
    Build,
    /// To run what was compiled.
    Run,
    /// To run the tests, or the app without a screen.
    Test,
}

/// One package.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Its name in Debian 12 and Ubuntu 24.04.
    pub name: &'static str,
    pub purpose: Use,
    /// Why it is needed, for those who have to agree to it.
    pub reason: &'static str,
    /// Packages that do as well.
    pub instead: &'static [&'static str],
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<24} {}", self.name, self.reason)
    }
}

const fn build(name: &'static str, reason: &'static str) -> Package {
    Package { name, purpose: Use::Build, reason, instead: &[] }
}

const fn run(name: &'static str, reason: &'static str) -> Package {
    Package { name, purpose: Use::Run, reason, instead: &[] }
}

const fn test(name: &'static str, reason: &'static str) -> Package {
    Package { name, purpose: Use::Test, reason, instead: &[] }
}

const fn or(package: Package, instead: &'static [&'static str]) -> Package {
    Package { instead, ..package }
}

/// All of them.
pub const PACKAGES: &[Package] = &[
    build("build-essential", "C and C++ compiler: OpenH264, Opus, SQLite, cryptography"),
    or(build("pkg-config", "finds the libraries below"), &["pkgconf"]),
    build("cmake", "builds Opus"),
    build("nasm", "assembles the fast paths of OpenH264; without it encoding is several times slower"),
    build("libclang-dev", "reads the C headers of Video4Linux, for cameras"),
    build("clang", "brings the compiler's own headers for it"),
    build("libasound2-dev", "ALSA: microphones and speakers"),
    build("libgtk-3-dev", "the window"),
    build("libwebkit2gtk-4.1-dev", "the web view in it"),
    build("libsoup-3.0-dev", "HTTP of the web view"),
    build("libdbus-1-dev", "session bus of the window"),
    run("libasound2-plugins", "sound where PulseAudio or PipeWire is in charge"),
    run("fonts-noto-color-emoji", "reactions, and emoji in chat"),
    test("xvfb", "a display without a screen"),
    test("openbox", "a window manager for it"),
    test("coturn", "a TURN server, for calls that go through one"),
    test("pulseaudio", "a sound system without hardware"),
    test("pulseaudio-utils", "listens to it"),
    test("dbus", "a session bus, as every desktop has one"),
    test("gnome-keyring", "a store for secrets on it"),
    test("webkit2gtk-driver", "drives the web view"),
    test("chromium", "a browser for guests"),
    test("chromium-driver", "drives it"),
    or(test("firefox-esr", "another browser for guests"), &["firefox"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_listed_once_and_has_a_reason() {
        for (at, package) in PACKAGES.iter().enumerate() {
            assert!(!package.reason.is_empty(), "{}", package.name);
            assert!(PACKAGES[..at].iter().all(|other| other.name != package.name), "{} twice", package.name);
        }
    }
}
