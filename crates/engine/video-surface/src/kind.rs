//! Which surface is wanted.

use std::fmt;
use std::str::FromStr;

/// Which surface is wanted, as an option or environment variable of the shell says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SurfaceKind {
    /// Native where it is known to work, else the page.
    #[default]
    Auto,
    /// Native windows above the webview; it is an error when they cannot be made.
    Native,
    /// The page's canvas.
    Page,
}

impl SurfaceKind {
    /// Whether native windows shall be tried. `x11` says that the program's window is an X11 window.
    pub fn tries_native(self, x11: bool) -> bool {
        match self {
            SurfaceKind::Auto => cfg!(target_os = "linux") && x11,
            SurfaceKind::Native => true,
            SurfaceKind::Page => false,
        }
    }

    /// Whether the page's canvas shall be used when there are no native windows.
    pub fn falls_back_to_page(self) -> bool {
        self != SurfaceKind::Native
    }
}

/// A word that names no surface.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no surface: use auto, native or page")]
pub struct UnknownKind(String);

impl FromStr for SurfaceKind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        match word {
            "auto" | "" => Ok(SurfaceKind::Auto),
            "native" => Ok(SurfaceKind::Native),
            "page" => Ok(SurfaceKind::Page),
            other => Err(UnknownKind(other.to_owned())),
        }
    }
}

impl fmt::Display for SurfaceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SurfaceKind::Auto => "auto",
            SurfaceKind::Native => "native",
            SurfaceKind::Page => "page",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_reads_back_what_it_writes() {
        for kind in [SurfaceKind::Auto, SurfaceKind::Native, SurfaceKind::Page] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert!("gl".parse::<SurfaceKind>().is_err());
    }

    #[test]
    fn only_a_wish_for_the_page_skips_native_windows_on_x11() {
        assert!(SurfaceKind::Native.tries_native(false));
        assert!(!SurfaceKind::Auto.tries_native(false));
        assert!(!SurfaceKind::Page.tries_native(true));
        assert!(!SurfaceKind::Native.falls_back_to_page());
    }
}
