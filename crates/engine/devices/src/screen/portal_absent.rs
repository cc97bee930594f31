//! Built without the desktop portal: the headers of PipeWire and libclang are needed for it.

use std::time::Duration;

use confab_media_model::{CaptureFault, DeviceFault};

use super::{Grab, Source};

/// Nobody is asked.
pub(super) const PATIENCE: Duration = Duration::ZERO;

/// There is none.
pub(super) fn is_there() -> bool {
    false
}

/// Nothing is captured.
pub(super) fn open() -> Result<(PortalSource, String), DeviceFault> {
    Err(DeviceFault::Missing)
}

/// Nothing that could be made.
pub(super) enum PortalSource {}

impl Source for PortalSource {
    fn grab(&mut self) -> Result<Option<Grab<'_>>, CaptureFault> {
        match *self {}
    }
}
