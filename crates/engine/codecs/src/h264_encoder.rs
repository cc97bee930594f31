//! H.264 encoding with OpenH264.

use confab_media_model::{CodecError, EncodedVideo, VideoContent, VideoEncoder, VideoFrame, VideoTune};
use confab_types::{Bitrate, MediaTime};
use openh264::encoder::{
    BitRate, Complexity, Encoder, EncoderConfig, FrameRate, FrameType, Profile, RateControlMode, UsageType,
    VuiConfig,
};
use openh264::formats::YUVSlices;
use openh264::{OpenH264API, Timestamp};
use openh264_sys2::{
    ENCODER_OPTION, ENCODER_OPTION_BITRATE, ENCODER_OPTION_FRAME_RATE, ENCODER_OPTION_MAX_BITRATE, LAYER_NUM,
    SBitrateInfo, SPATIAL_LAYER_0, SPATIAL_LAYER_ALL,
};

/// The least target the encoder is given; below it no picture of a conference survives.
const LEAST: Bitrate = Bitrate::kilobits(30);
/// The smallest picture side in pixels: one macroblock.
const MIN_SIDE: u32 = 16;
/// The largest picture sides, the longer one first (OpenH264, level 5.2).
const MAX_SIDES: (u32, u32) = (3840, 2160);

/// Encodes H.264, constrained baseline, one slice per picture, on the caller's thread.
///
/// Memory: two to three pictures inside the library. The library is opened at the first picture, and anew at every
/// change of size. A picture may be skipped to keep the rate.
pub struct OpenH264Encoder {
    tune: VideoTune,
    bitrate: Bitrate,
    /// Of the present picture size; `None` before the first picture.
    session: Option<Session>,
    /// A key picture was asked for and has not come out.
    key_wanted: bool,
    clock: Clock,
}

impl OpenH264Encoder {
    /// For one track. Bitrates below 30 kbit/s are raised to it.
    pub fn new(tune: VideoTune) -> Self {
        OpenH264Encoder {
            tune,
            bitrate: tune.bitrate.max(LEAST),
            session: None,
            key_wanted: true,
            clock: Clock::default(),
        }
    }

    /// The session for pictures of this size.
    fn session(&mut self, size: (u32, u32)) -> Result<&mut Session, CodecError> {
        if self.session.as_ref().is_none_or(|session| session.size != size) {
            // A new library instance rather than a re-initialised one: it starts with the present bitrate, where
            // re-initialising goes back to the first one for a key picture's length.
            self.session = None;
            self.session = Some(Session::open(self.tune, self.bitrate, size)?);
            self.key_wanted = true;
        }
        Ok(self.session.as_mut().expect("the session was opened above"))
    }
}

impl VideoEncoder for OpenH264Encoder {
    fn encode(
        &mut self,
        frame: &VideoFrame,
        time: MediaTime,
        key: bool,
    ) -> Result<Option<EncodedVideo>, CodecError> {
        let size = (frame.width(), frame.height());
        if size.0.min(size.1) < MIN_SIDE
            || size.0.max(size.1) > MAX_SIDES.0
            || size.0.min(size.1) > MAX_SIDES.1
        {
            return Err(CodecError::Size(size.0, size.1));
        }
        let millis = self.clock.millis(time);
        self.key_wanted |= key;
        let (bitrate, key_wanted) = (self.bitrate, self.key_wanted);
        let session = self.session(size)?;
        let unit = session.encode(frame, Timestamp::from_millis(millis), key_wanted)?;
        session.follow(bitrate)?;
        session.follow_frame_rate(millis)?;
        Ok(unit.map(|(data, key)| {
            self.key_wanted &= !key;
            EncodedVideo { data, time, key }
        }))
    }

    fn set_bitrate(&mut self, bitrate: Bitrate) -> Result<(), CodecError> {
        self.bitrate = bitrate.max(LEAST);
        match &mut self.session {
            Some(session) if session.started => session.follow(self.bitrate),
            _ => Ok(()),
        }
    }
}

/// The library for one picture size.
struct Session {
    encoder: Encoder,
    size: (u32, u32),
    /// Whether a picture was encoded: before it the library has no options to set.
    started: bool,
    /// Target that the library has, and its ceiling.
    applied: (Bitrate, Bitrate),
    rate: FrameRateMeter,
}

impl Session {
    fn open(tune: VideoTune, bitrate: Bitrate, size: (u32, u32)) -> Result<Self, CodecError> {
        let config = EncoderConfig::new()
            .bitrate(BitRate::from_bps(bitrate.0))
            .max_frame_rate(FrameRate::from_hz(tune.fps.max(1) as f32))
            .rate_control_mode(RateControlMode::Bitrate)
            .skip_frames(true)
            .profile(Profile::Baseline)
            .complexity(Complexity::Low)
            .num_threads(1)
            .vui(VuiConfig::bt601());
        let config = match tune.content {
            // Key pictures are made when they are asked for: one at every quick movement would clog a narrow line.
            VideoContent::Camera => {
                config.usage_type(UsageType::CameraVideoRealTime).scene_change_detect(false)
            }
            // The library does not support these two for screens, and complains on stderr.
            VideoContent::Screen => config
                .usage_type(UsageType::ScreenContentRealTime)
                .adaptive_quantization(false)
                .background_detection(false),
        };
        let encoder = Encoder::with_api_config(OpenH264API::from_source(), config).map_err(library)?;
        Ok(Session {
            encoder,
            size,
            started: false,
            applied: (bitrate, bitrate),
            rate: FrameRateMeter::new(tune.fps),
        })
    }

    /// The access unit and whether it is a key unit; `None` when the picture was skipped.
    fn encode(
        &mut self,
        frame: &VideoFrame,
        at: Timestamp,
        key: bool,
    ) -> Result<Option<(Vec<u8>, bool)>, CodecError> {
        // The first picture is a key picture by itself, and the library is not initialised before it.
        if key && self.started {
            self.encoder.force_intra_frame();
        }
        let picture = YUVSlices::new(
            (frame.y(), frame.u(), frame.v()),
            (self.size.0 as usize, self.size.1 as usize),
            (frame.stride_y(), frame.stride_uv(), frame.stride_uv()),
        );
        let stream = self.encoder.encode_at(&picture, at).map_err(library)?;
        self.started = true;
        let key = stream.frame_type() == FrameType::IDR;
        let data = stream.to_vec();
        Ok((!data.is_empty()).then_some((data, key)))
    }

    /// Brings the library to the wanted target, with a ceiling of one and a half times it.
    ///
    /// The target must never be above the ceiling, not even between two calls: the library then refuses with its state
    /// already changed and skips most pictures from there on. So the ceiling goes first upwards and last downwards.
    fn follow(&mut self, target: Bitrate) -> Result<(), CodecError> {
        let ceiling = Bitrate(target.0.saturating_add(target.0 / 2));
        if self.applied == (target, ceiling) {
            return Ok(());
        }
        // The ceiling of a layer is reached by its own name only, the target by that of all layers.
        let ceiling_option = (ENCODER_OPTION_MAX_BITRATE, SPATIAL_LAYER_0, ceiling);
        let target_option = (ENCODER_OPTION_BITRATE, SPATIAL_LAYER_ALL, target);
        let order = if ceiling > self.applied.1 {
            [ceiling_option, target_option]
        } else {
            [target_option, ceiling_option]
        };
        for (option, layer, bitrate) in order {
            self.set_bitrate_option(option, layer, bitrate)?;
        }
        self.applied = (target, ceiling);
        Ok(())
    }

    /// Tells the library how many pictures really come: it shares the bitrate among as many as were announced, and
    /// leaves most of it unused for a screen that moves five times a second.
    #[allow(unsafe_code)]
    fn follow_frame_rate(&mut self, millis: u64) -> Result<(), CodecError> {
        assert!(self.started, "the library has no options before the first picture");
        let Some(mut rate) = self.rate.picture(millis) else { return Ok(()) };
        // SAFETY: the encoder is initialised (asserted above), the option takes a pointer to a float, which lives on this
        // stack frame and is only read during the call, and it changes nothing but the rate control.
        let refused =
            unsafe { self.encoder.raw_api().set_option(ENCODER_OPTION_FRAME_RATE, (&raw mut rate).cast()) };
        if refused == 0 {
            Ok(())
        } else {
            Err(CodecError::Library(format!("frame rate {rate} refused: {refused}")))
        }
    }

    #[allow(unsafe_code)]
    fn set_bitrate_option(
        &mut self,
        option: ENCODER_OPTION,
        layer: LAYER_NUM,
        bitrate: Bitrate,
    ) -> Result<(), CodecError> {
        assert!(self.started, "the library has no options before the first picture");
        let bits = i32::try_from(bitrate.0).unwrap_or(i32::MAX);
        let mut info = SBitrateInfo { iLayer: layer, iBitrate: bits };
        // SAFETY: the encoder is initialised (a picture was encoded, asserted above), both options take a pointer to an
        // SBitrateInfo, which lives on this stack frame and is only read during the call, and neither changes the
        // buffers or the picture format that the safe wrapper relies on.
        let refused = unsafe { self.encoder.raw_api().set_option(option, (&raw mut info).cast()) };
        if refused == 0 {
            Ok(())
        } else {
            Err(CodecError::Library(format!("bitrate {bitrate} refused: {refused}")))
        }
    }
}

/// The rate at which pictures really come.
struct FrameRateMeter {
    /// Pictures per second that the library reckons with.
    told: f32,
    most: f32,
    /// Time of the first picture of the measurement, milliseconds; `None` before it.
    since: Option<u64>,
    last: u64,
    /// Intervals since then.
    intervals: u32,
}

impl FrameRateMeter {
    /// Fewer pictures per second are a pause and not a rate.
    const LEAST: f32 = 4.0;
    /// Milliseconds of a measurement.
    const SPAN: u64 = 1_000;
    /// Intervals that are enough to believe in a higher rate: a wrong low one makes units too large.
    const RISE: u32 = 6;

    fn new(fps: u32) -> Self {
        let fps = fps.max(1) as f32;
        FrameRateMeter { told: fps, most: fps, since: None, last: 0, intervals: 0 }
    }

    /// A picture comes; the rate to tell the library, when it has changed.
    fn picture(&mut self, millis: u64) -> Option<f32> {
        let since = match self.since {
            Some(since) if (millis - self.last) as f32 * Self::LEAST <= 1_000.0 => since,
            _ => {
                (self.since, self.last, self.intervals) = (Some(millis), millis, 0);
                return None;
            }
        };
        self.last = millis;
        self.intervals += 1;
        let span = millis - since;
        let measured = (self.intervals as f32 * 1_000.0 / span.max(1) as f32).min(self.most);
        let rises = self.intervals >= Self::RISE && measured > 1.15 * self.told;
        if span < Self::SPAN && !rises {
            return None;
        }
        (self.since, self.intervals) = (Some(millis), 0);
        if !rises && measured > 0.85 * self.told {
            return None;
        }
        self.told = measured;
        Some(measured)
    }
}

/// Media time unwrapped to the milliseconds the rate control wants, rising always.
#[derive(Default)]
struct Clock {
    last: Option<MediaTime>,
    ticks: u64,
}

impl Clock {
    fn millis(&mut self, time: MediaTime) -> u64 {
        if let Some(last) = self.last {
            // A step back is a new beginning: go on as after one picture.
            let step = if time.is_after(last) { time.0.wrapping_sub(last.0) } else { 90 };
            self.ticks += u64::from(step);
        }
        self.last = Some(time);
        self.ticks / 90
    }
}

fn library(error: openh264::Error) -> CodecError {
    CodecError::Library(format!("openh264 encoder: native code {}", error.native_code()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_time_never_runs_backwards_for_the_rate_control() {
        let mut clock = Clock::default();
        let start = u32::MAX - 2_999;
        let millis: Vec<_> = [start, 0, 3_000, 3_000, 0].map(|ticks| clock.millis(MediaTime(ticks))).into();
        assert_eq!(millis, [0, 33, 66, 67, 68]);
    }
}
