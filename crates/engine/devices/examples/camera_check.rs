//! Opens a camera and prints what comes out of it, one JSON object a second.
//!
//! `camera_check [SECONDS [WIDTHxHEIGHT [FPS]]]`

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use confab_devices::SystemDevices;
use confab_media_model::{CameraRequest, Devices};
use confab_types::Mono;
use serde_json::json;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, usual| arguments.get(at).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let size = arguments.get(1).and_then(|text| {
        let (width, height) = text.split_once('x')?;
        Some((width.parse().ok()?, height.parse().ok()?))
    });
    let seconds = number(0, 5);
    let request = CameraRequest { device: None, size: size.unwrap_or((640, 360)), fps: number(2, 30) };

    let start = Instant::now();
    let at = move || start.elapsed().as_millis() as u64;
    let devices = SystemDevices::new(Arc::new(move || Mono::ZERO + start.elapsed()));
    let cameras: Vec<_> =
        devices.list().cameras.into_iter().map(|c| json!([c.id.as_str(), c.label])).collect();
    println!("{}", json!({ "at_ms": at(), "cameras": cameras }));

    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    let (told, faults) = mpsc::channel();
    let opened = devices.open_camera(
        &request,
        Arc::new(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        }),
        Box::new(move |fault| drop(told.send(fault))),
    );
    let guard = match opened {
        Ok(guard) => guard,
        Err(error) => return println!("{}", json!({ "at_ms": at(), "error": error.to_string() })),
    };
    println!("{}", json!({ "at_ms": at(), "opened": guard.describe() }));
    for _ in 0..seconds {
        let since = Instant::now();
        let fault = faults.recv_timeout(Duration::from_secs(1)).ok();
        let fps = count.swap(0, Ordering::Relaxed) as f32 / since.elapsed().as_secs_f32();
        println!(
            "{}",
            json!({ "at_ms": at(), "fps": fps, "fault": fault.as_ref().map(ToString::to_string) })
        );
        if fault.is_some() {
            break;
        }
    }
    let closing = Instant::now();
    drop(guard);
    println!("{}", json!({ "at_ms": at(), "closed_in_ms": closing.elapsed().as_millis() as u64 }));
}
