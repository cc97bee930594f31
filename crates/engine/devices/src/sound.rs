//! Microphones and speakers by `cpal`: PulseAudio (also PipeWire's) before ALSA on Linux, the native system elsewhere.
//!
//! The driver's callback touches nothing but a ring of samples and atomics: it never locks, allocates or logs. A thread
//! beside it turns the ring into blocks of 10 ms, or blocks into the ring, and calls the caller's function there.

pub(crate) mod microphone;
mod ring;
pub(crate) mod speaker;
mod stream;

use confab_media_model::{DeviceFault, DeviceInfo};
use confab_types::DeviceId;
use cpal::traits::{DeviceTrait, HostTrait};

/// Every microphone and every speaker.
pub(crate) fn list() -> (Vec<DeviceInfo>, Vec<DeviceInfo>) {
    let host = cpal::default_host();
    let id = |device: Option<cpal::Device>| device.and_then(|device| device.id().ok());
    let microphones =
        host.input_devices().map(|devices| infos(devices, id(host.default_input_device()))).ok();
    let speakers = host.output_devices().map(|devices| infos(devices, id(host.default_output_device()))).ok();
    let mut microphones = microphones.unwrap_or_default();
    microphones.retain(|info| !is_monitor(info.id.as_str()));
    (microphones, speakers.unwrap_or_default())
}

/// Which end of the sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Input,
    Output,
}

/// The named device, or the system's default one.
///
/// Without a microphone PulseAudio offers what the speaker plays as its default source. Everyone would hear themselves,
/// so that is no microphone unless it is asked for by name.
fn find(device: Option<&DeviceId>, direction: Direction) -> Result<cpal::Device, DeviceFault> {
    let host = cpal::default_host();
    let found = match (device, direction) {
        (Some(id), _) => id.as_str().parse().ok().and_then(|id| host.device_by_id(&id)),
        (None, Direction::Input) => {
            let real = |device: &cpal::Device| device.id().is_ok_and(|id| !is_monitor(id.id()));
            host.default_input_device().filter(real)
        }
        (None, Direction::Output) => host.default_output_device(),
    };
    found.ok_or(DeviceFault::Missing)
}

/// Whether a source is PulseAudio's copy of what a speaker plays.
fn is_monitor(id: &str) -> bool {
    id.ends_with(".monitor")
}

fn infos(devices: impl Iterator<Item = cpal::Device>, default: Option<cpal::DeviceId>) -> Vec<DeviceInfo> {
    devices
        .filter_map(|device| {
            let id = device.id().ok()?;
            Some(DeviceInfo {
                default: default.as_ref() == Some(&id),
                id: DeviceId::new(id.to_string()),
                label: label(&device),
            })
        })
        .collect()
}

fn label(device: &cpal::Device) -> String {
    device.description().map_or_else(|_| device.to_string(), |description| description.name().to_owned())
}
