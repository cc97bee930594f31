//! H.264 decoding with OpenH264.

use confab_media_model::h264::{SpsError, sps};
use confab_media_model::{CodecError, EncodedVideo, VideoDecoder, VideoFrame};
use confab_types::Mono;
use openh264::decoder::Decoder;
use openh264::formats::YUVSource;

/// Most bytes of one access unit that are decoded.
const MAX_UNIT: usize = 4 << 20;

/// Decodes H.264 up to 4096 × 4096 pixels, 8-bit 4:2:0, on the caller's thread.
///
/// It starts at a key unit. After any error the library instance is thrown away and everything up to the next key
/// unit is refused with [`CodecError::Bitstream`], so that no damaged picture is ever shown.
#[derive(Default)]
pub struct OpenH264Decoder {
    /// `None`: a key unit is awaited.
    session: Option<Decoder>,
}

impl OpenH264Decoder {
    /// For one stream. The library is opened at the first key unit.
    pub fn new() -> Self {
        OpenH264Decoder::default()
    }

    fn decode_unit(&mut self, unit: &EncodedVideo, captured: Mono) -> Result<Option<VideoFrame>, CodecError> {
        if unit.data.len() > MAX_UNIT {
            return Err(bitstream("access unit is too long"));
        }
        // Before the library sees it: it allocates what a parameter set asks for.
        sps::check_unit(&unit.data).map_err(|refusal| match refusal {
            SpsError::TooLarge(width, height) => CodecError::Size(width, height),
            SpsError::Malformed | SpsError::Format => bitstream(&refusal.to_string()),
        })?;
        let decoder = match &mut self.session {
            Some(decoder) => decoder,
            None if unit.key => {
                let decoder = Decoder::new().map_err(|error| {
                    CodecError::Library(format!("openh264 decoder: native code {}", error.native_code()))
                })?;
                self.session.insert(decoder)
            }
            None => return Err(bitstream("a key unit is awaited")),
        };
        let decoded = decoder.decode(&unit.data).map_err(|error| {
            CodecError::Bitstream(format!("openh264 decoder: native code {}", error.native_code()))
        })?;
        let Some(picture) = decoded else { return Ok(None) };
        let (width, height) = (picture.dimensions().0 as u32, picture.dimensions().1 as u32);
        let (stride_y, stride_u, stride_v) = picture.strides();
        let planes = [picture.y(), picture.u(), picture.v()];
        VideoFrame::from_planes((width, height), planes, [stride_y, stride_u, stride_v], captured)
            .ok_or(CodecError::Size(width, height))
            .map(Some)
    }
}

impl VideoDecoder for OpenH264Decoder {
    fn decode(&mut self, unit: &EncodedVideo, captured: Mono) -> Result<Option<VideoFrame>, CodecError> {
        self.decode_unit(unit, captured).inspect_err(|_| self.session = None)
    }
}

fn bitstream(why: &str) -> CodecError {
    CodecError::Bitstream(why.to_owned())
}
