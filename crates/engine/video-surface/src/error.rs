//! Why a surface could not be made.

/// Why a surface could not be made. The shell falls back to the next kind and tells the user nothing.
#[derive(Debug, thiserror::Error)]
pub enum SurfaceError {
    /// No X server answered.
    #[error("the display does not answer: {0}")]
    Display(String),
    /// The X server answered, but refused something that is needed.
    #[error("the display refused {what}: {why}")]
    Refused {
        /// What was asked for.
        what: &'static str,
        /// Its answer.
        why: String,
    },
    /// The window's pixels are not 32-bit blue, green, red: this surface paints nothing else.
    #[error("the window has {depth}-bit pixels of a kind that is not painted")]
    Pixels {
        /// Depth of the window.
        depth: u8,
    },
    /// The loopback socket could not be opened.
    #[error("no loopback socket: {0}")]
    Socket(#[source] std::io::Error),
    /// The system gave no randomness for a token.
    #[error("no randomness: {0}")]
    Chance(String),
    /// The surface's thread could not be started.
    #[error("no thread: {0}")]
    Thread(#[source] std::io::Error),
}
