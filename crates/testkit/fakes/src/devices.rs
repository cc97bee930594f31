//! The fake devices behind the trait of the real ones.

use std::sync::Arc;
use std::time::Duration;

use confab_media_model::{
    AudioBlock, AudioSink, AudioSource, CameraRequest, DeviceFault, DeviceInfo, DeviceList, Devices,
    FaultSink, FrameSink, OpenDevice, ScreenRequest, SourceInfo,
};
use confab_types::{DeviceId, Mono, SourceId};

use crate::listener::Listener;
use crate::pace::Pace;
use crate::spec::{CameraSpec, FakeSpec, MicrophoneSpec, ScreenSpec, SpecError};
use crate::testcard::TestCard;
use crate::tone::Tone;
use crate::y4m::Clip;
use crate::{Clock, wave};

const BLOCK: Duration = Duration::from_millis(10);
/// Size of the fake screen in pixels.
const SCREEN: (u32, u32) = (1280, 720);
/// Largest test card that a camera offers.
const LARGEST: (u32, u32) = (1920, 1080);

/// Devices made of files, tones and test cards. They never fault.
///
/// There is at most one of each kind, named `fake-camera`, `fake-microphone`, `fake-speaker` and `fake-screen`.
/// Numbers of test cards count on when a camera or screen is opened again.
pub struct FakeDevices {
    spec: FakeSpec,
    clock: Clock,
    /// The microphone's file at 48 kHz; empty without one.
    sound: Arc<[f32]>,
    listener: Listener,
    camera_number: Counter,
    screen_number: Counter,
}

type Counter = Arc<std::sync::atomic::AtomicU32>;

impl FakeDevices {
    /// Reads the files that the spec names, so that opening cannot fail for their sake.
    pub fn new(spec: FakeSpec, clock: Clock) -> Result<Self, SpecError> {
        if let CameraSpec::File(path) = &spec.camera {
            Clip::open(path)?;
        }
        let sound = match &spec.microphone {
            MicrophoneSpec::File(path) => wave::read(path)?.into(),
            MicrophoneSpec::Tone(_) | MicrophoneSpec::None => [].into(),
        };
        let listener = Listener::default();
        Ok(FakeDevices {
            spec,
            clock,
            sound,
            listener,
            camera_number: Counter::default(),
            screen_number: Counter::default(),
        })
    }

    /// What the speaker plays.
    pub fn listener(&self) -> Listener {
        self.listener.clone()
    }

    /// Test cards again and again, at the rate that is asked for.
    fn show(
        &self,
        card: TestCard,
        fps: u32,
        number: &Counter,
        frames: FrameSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        let fps = fps.clamp(1, 60);
        let (width, height) = card.size();
        let (clock, number) = (self.clock.clone(), number.clone());
        Pace::start(
            format!("Test card, {width}×{height}, {fps} fps"),
            Duration::from_secs(1) / fps,
            move || {
                let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                frames(Arc::new(card.draw(number, clock())));
            },
        )
    }
}

impl Devices for FakeDevices {
    fn list(&self) -> DeviceList {
        let info = |there: bool, id: &str, label: &str| {
            there.then(|| DeviceInfo { id: DeviceId::new(id), label: label.to_owned(), default: true })
        };
        let (camera, microphone) = (&self.spec.camera, &self.spec.microphone);
        let screen =
            SourceInfo { id: SourceId::new("fake-screen"), label: "Screen 1".to_owned(), size: SCREEN };
        DeviceList {
            cameras: info(*camera != CameraSpec::None, "fake-camera", "Fake camera").into_iter().collect(),
            microphones: info(*microphone != MicrophoneSpec::None, "fake-microphone", "Fake microphone")
                .into_iter()
                .collect(),
            speakers: info(self.spec.speaker, "fake-speaker", "Fake speaker").into_iter().collect(),
            screens: (self.spec.screen != ScreenSpec::None).then_some(screen).into_iter().collect(),
        }
    }

    fn open_camera(
        &self,
        request: &CameraRequest,
        frames: FrameSink,
        _: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        named(request.device.as_ref().map(DeviceId::as_str), "fake-camera")?;
        match &self.spec.camera {
            CameraSpec::None => Err(DeviceFault::Missing),
            CameraSpec::TestCard => {
                let size = (request.size.0.min(LARGEST.0), request.size.1.min(LARGEST.1));
                self.show(TestCard::camera(self.spec.sender, size), request.fps, &self.camera_number, frames)
            }
            CameraSpec::File(path) => {
                let mut clip = Clip::open(path).map_err(|error| DeviceFault::Driver(error.to_string()))?;
                let ((width, height), fps) = (clip.size(), clip.fps());
                let (clock, period) = (self.clock.clone(), Duration::from_secs_f64(1.0 / fps));
                Pace::start(
                    format!("{}, {width}×{height}, {fps:.0} fps", path.display()),
                    period,
                    move || {
                        // A disk that fails later is a camera that stalls.
                        if let Ok(frame) = clip.next(clock()) {
                            frames(Arc::new(frame));
                        }
                    },
                )
            }
        }
    }

    fn open_microphone(
        &self,
        device: Option<&DeviceId>,
        mut blocks: AudioSink,
        _: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        named(device.map(DeviceId::as_str), "fake-microphone")?;
        type Fill = Box<dyn FnMut(&mut [f32; AudioBlock::LEN]) + Send>;
        let (description, mut fill): (_, Fill) = match &self.spec.microphone {
            MicrophoneSpec::None => return Err(DeviceFault::Missing),
            MicrophoneSpec::Tone(hertz) => {
                let mut tone = Tone::new(f64::from(*hertz));
                (format!("Tone, {hertz} Hz"), Box::new(move |samples| tone.fill(samples)))
            }
            MicrophoneSpec::File(path) => {
                let mut sound = wave::Loop::new(self.sound.clone());
                (path.display().to_string(), Box::new(move |samples| sound.fill(samples)))
            }
        };
        let clock = self.clock.clone();
        let mut block = AudioBlock::silence(Mono::ZERO);
        Pace::start(description, BLOCK, move || {
            block.captured = clock();
            fill(&mut block.samples);
            blocks(&block);
        })
    }

    fn open_speaker(
        &self,
        device: Option<&DeviceId>,
        mut source: AudioSource,
        _: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        named(device.map(DeviceId::as_str), "fake-speaker")?;
        if !self.spec.speaker {
            return Err(DeviceFault::Missing);
        }
        let (clock, listener) = (self.clock.clone(), self.listener.clone());
        Pace::start("Listener".to_owned(), BLOCK, move || {
            let mut block = AudioBlock::silence(clock());
            source(&mut block);
            listener.hear(&block);
        })
    }

    fn open_screen(
        &self,
        request: &ScreenRequest,
        frames: FrameSink,
        _: FaultSink,
    ) -> Result<Box<dyn OpenDevice>, DeviceFault> {
        named(request.source.as_ref().map(SourceId::as_str), "fake-screen")?;
        match self.spec.screen {
            ScreenSpec::None => Err(DeviceFault::Missing),
            ScreenSpec::TestCard => self.show(
                TestCard::screen(self.spec.sender, SCREEN),
                request.fps,
                &self.screen_number,
                frames,
            ),
        }
    }
}

/// The default one, or the one there is by its name.
fn named(asked: Option<&str>, name: &str) -> Result<(), DeviceFault> {
    if asked.is_none_or(|asked| asked == name) { Ok(()) } else { Err(DeviceFault::Missing) }
}

#[cfg(test)]
#[path = "devices/tests.rs"]
mod tests;
