//! A small picture of a file that is one. It is decoded within limits, and whatever is odd about it, there is no picture, and the
//! transfer goes on.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek, SeekFrom};
use std::panic::catch_unwind;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jpeg_encoder::{ColorType, Encoder};
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// The largest file that is looked at, bytes.
const MAX_FILE: u64 = 32 << 20;
/// The largest side and the most pixels that are decoded.
const MAX_SIDE: usize = 16_384;
const MAX_PIXELS: usize = 32_000_000;
/// The largest small picture, pixels.
const MOST: (usize, usize) = (320, 240);
/// JPEG quality, 1 … 100: some 15 kB each.
const QUALITY: u8 = 75;
/// The longest address, bytes.
const MAX_ADDRESS: usize = 64 << 10;

/// Rows of pixels without gaps, R G B.
struct Picture {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

/// The picture in a JPEG or PNG file as `data:image/jpeg;base64,…`; `None` when there is none.
pub(super) fn of(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    if file.metadata().ok()?.len() > MAX_FILE {
        return None;
    }
    let mut magic = [0; 8];
    file.read_exact(&mut magic).ok()?;
    file.seek(SeekFrom::Start(0)).ok()?;
    // A decoder that gives up takes no transfer along.
    let decoded = catch_unwind(move || match magic {
        [0xff, 0xd8, 0xff, ..] => jpeg(file),
        [0x89, b'P', b'N', b'G', ..] => png(file),
        _ => None,
    });
    address(&shrink(&decoded.ok()??))
}

fn fits(width: usize, height: usize) -> bool {
    let side = |side: usize| (1..=MAX_SIDE).contains(&side);
    side(width) && side(height) && width * height <= MAX_PIXELS
}

fn jpeg(mut file: File) -> Option<Picture> {
    let mut bytes = Vec::new();
    file.by_ref().take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    let options = DecoderOptions::default()
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(&bytes), options);
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    if !fits(width, height) {
        return None;
    }
    let rgb = decoder.decode().ok()?;
    (rgb.len() == width * height * 3).then_some(Picture { width, height, rgb })
}

fn png(file: File) -> Option<Picture> {
    let limits = png::Limits { bytes: MAX_PIXELS * 4 };
    let mut decoder = png::Decoder::new_with_limits(BufReader::new(file), limits);
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let info = reader.info();
    let (width, height) = (info.width as usize, info.height as usize);
    if !fits(width, height) {
        return None;
    }
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut pixels).ok()?;
    let pixels = pixels.get(..frame.buffer_size())?;
    let on_white = |value: u8, alpha: u8| {
        let alpha = u32::from(alpha);
        ((u32::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    let rgb: Vec<u8> = match frame.color_type {
        png::ColorType::Grayscale => pixels.iter().flat_map(|&grey| [grey; 3]).collect(),
        png::ColorType::GrayscaleAlpha => {
            pixels.as_chunks().0.iter().flat_map(|&[grey, alpha]| [on_white(grey, alpha); 3]).collect()
        }
        png::ColorType::Rgb => pixels.to_vec(),
        png::ColorType::Rgba => {
            let blend = |&[r, g, b, alpha]: &[u8; 4]| [r, g, b].map(|value| on_white(value, alpha));
            pixels.as_chunks().0.iter().flat_map(blend).collect()
        }
        png::ColorType::Indexed => return None,
    };
    (rgb.len() == width * height * 3).then_some(Picture { width, height, rgb })
}

/// Shrunk into [`MOST`], its shape kept; never enlarged. Each pixel is the mean of those it stands for.
fn shrink(picture: &Picture) -> Picture {
    let Picture { width, height, rgb } = picture;
    let (w, h) = fit((*width, *height));
    let mut small = Vec::with_capacity(w * h * 3);
    for y in 0..h {
        let rows = y * height / h..((y + 1) * height).div_ceil(h);
        for x in 0..w {
            let columns = x * width / w..((x + 1) * width).div_ceil(w);
            let mut sums = [0_u32; 3];
            for row in rows.clone() {
                let line = &rgb[(row * width + columns.start) * 3..(row * width + columns.end) * 3];
                for pixel in line.as_chunks::<3>().0 {
                    sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(*value));
                }
            }
            let count = (rows.len() * columns.len()).max(1) as u32;
            small.extend(sums.map(|sum| (sum / count) as u8));
        }
    }
    Picture { width: w, height: h, rgb: small }
}

fn fit((width, height): (usize, usize)) -> (usize, usize) {
    let most = MOST;
    if width <= most.0 && height <= most.1 {
        return (width, height);
    }
    let wide = width * most.1 > height * most.0;
    let (w, h) = if wide { (most.0, height * most.0 / width) } else { (width * most.1 / height, most.1) };
    (w.max(1), h.max(1))
}

fn address(picture: &Picture) -> Option<String> {
    let (width, height) = (u16::try_from(picture.width).ok()?, u16::try_from(picture.height).ok()?);
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, QUALITY).encode(&picture.rgb, width, height, ColorType::Rgb).ok()?;
    let address = format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg));
    (address.len() <= MAX_ADDRESS).then_some(address)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn file(name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("confab-preview-{}-{name}", std::process::id()));
        fs::write(&path, bytes).unwrap();
        path
    }

    fn png_of(width: u32, height: u32, color: png::ColorType, pixel: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(color);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixel.repeat((width * height) as usize)).unwrap();
        drop(writer);
        bytes
    }

    #[test]
    fn pictures_are_shrunk_and_what_is_no_picture_has_none() {
        let mut jpeg = Vec::new();
        Encoder::new(&mut jpeg, 90).encode(&[200; 640 * 480 * 3], 640, 480, ColorType::Rgb).unwrap();
        let pictures = [
            ("a", jpeg.clone()),
            ("b", png_of(1_000, 10, png::ColorType::Rgb, &[1, 2, 3])),
            ("c", png_of(3, 700, png::ColorType::Rgba, &[1, 2, 3, 0])),
            ("d", png_of(1, 1, png::ColorType::Grayscale, &[7])),
        ];
        for (name, bytes) in pictures {
            let path = file(name, &bytes);
            let address = of(&path).unwrap();
            assert!(address.starts_with("data:image/jpeg;base64,") && address.len() < 4_000, "{name}");
            fs::remove_file(path).unwrap();
        }
        let half = jpeg[..jpeg.len() / 2].to_vec();
        let mut lies = png_of(1, 1, png::ColorType::Grayscale, &[7]);
        lies[16..24].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff]);
        let odd: [&[u8]; 5] =
            [b"", b"hello there", b"\xff\xd8\xff\xd8\xff\xd8\xff\xd8\xff", &lies, &half[..200]];
        for (number, bytes) in odd.into_iter().enumerate() {
            let path = file(&format!("odd{number}"), bytes);
            assert_eq!(of(&path), None, "{number}");
            fs::remove_file(path).unwrap();
        }
    }
}
