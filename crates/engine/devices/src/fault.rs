//! The one fault that ends a device.

use std::sync::{Arc, Mutex, PoisonError};

use confab_media_model::{CaptureFault, FaultSink};

/// Tells the first fault and swallows the rest; silent once the guard is dropped.
///
/// Cloned into every thread that may see the device fail.
#[derive(Clone)]
pub(crate) struct Fault(Arc<Mutex<Option<FaultSink>>>);

impl Fault {
    /// The sink is called at most once.
    pub(crate) fn new(sink: FaultSink) -> Self {
        Fault(Arc::new(Mutex::new(Some(sink))))
    }

    /// Calls the sink if no fault was told yet. The lock is not held while the sink runs.
    pub(crate) fn tell(&self, fault: CaptureFault) {
        if let Some(sink) = self.take() {
            tracing::info!(%fault, "device ended");
            sink(fault);
        }
    }

    /// Nothing is told from now on: the device was closed on purpose.
    pub(crate) fn disarm(&self) {
        drop(self.take());
    }

    fn take(&self) -> Option<FaultSink> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn only_the_first_fault_is_told() {
        let (told, faults) = mpsc::channel();
        let fault = Fault::new(Box::new(move |fault| told.send(fault).expect("the test listens")));
        fault.clone().tell(CaptureFault::Stalled);
        fault.tell(CaptureFault::Gone);
        assert_eq!(faults.iter().collect::<Vec<_>>(), [CaptureFault::Stalled]);
    }

    #[test]
    fn a_device_closed_on_purpose_has_no_fault() {
        let (told, faults) = mpsc::channel::<CaptureFault>();
        let fault = Fault::new(Box::new(move |fault| told.send(fault).expect("the test listens")));
        fault.disarm();
        fault.tell(CaptureFault::Gone);
        assert_eq!(faults.iter().count(), 0);
    }
}
