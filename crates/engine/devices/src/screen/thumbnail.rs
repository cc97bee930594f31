//! Small pictures of what can be shared, as addresses that a page can show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jpeg_encoder::{ColorType, Encoder};

/// JPEG quality, 1 … 100: text can be told from pictures, 10 kB each.
const QUALITY: u8 = 75;

/// A small picture: R G B, rows without gaps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Small {
    pub(super) rgb: Vec<u8>,
    size: (u16, u16),
}

/// A picture (B G R and an ignored byte for each pixel, `stride` bytes from row to row) shrunk into `most`, its shape kept; never enlarged.
/// Each pixel is the mean of those it stands for.
pub(super) fn shrink(bgra: &[u8], stride: usize, (width, height): (usize, usize), most: (u32, u32)) -> Small {
    let (w, h) = fit((width, height), (most.0 as usize, most.1 as usize));
    let mut rgb = Vec::with_capacity(w * h * 3);
    for y in 0..h {
        let rows = y * height / h..((y + 1) * height).div_ceil(h);
        for x in 0..w {
            let columns = x * width / w..((x + 1) * width).div_ceil(w);
            let mut sums = [0u32; 3];
            for row in rows.clone() {
                let line = bgra.get(row * stride..).unwrap_or_default();
                let line = line.get(columns.start * 4..columns.end * 4).unwrap_or_default();
                for pixel in line.as_chunks::<4>().0 {
                    (sums[0], sums[1], sums[2]) = (
                        sums[0] + u32::from(pixel[2]),
                        sums[1] + u32::from(pixel[1]),
                        sums[2] + u32::from(pixel[0]),
                    );
                }
            }
            let count = (rows.len() * columns.len()).max(1) as u32;
            rgb.extend(sums.map(|sum| (sum / count) as u8));
        }
    }
    Small { rgb, size: (w as u16, h as u16) }
}

/// The picture as `data:image/jpeg;base64,…`; empty when it has no pixels.
pub(super) fn address(small: &Small) -> String {
    let mut jpeg = Vec::new();
    let (width, height) = small.size;
    match Encoder::new(&mut jpeg, QUALITY).encode(&small.rgb, width, height, ColorType::Rgb) {
        Ok(()) => format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)),
        Err(error) => {
            tracing::debug!(%error, "no small picture");
            String::new()
        }
    }
}

fn fit((width, height): (usize, usize), most: (usize, usize)) -> (usize, usize) {
    if width <= most.0 && height <= most.1 {
        return (width, height);
    }
    let wide = width * most.1 > height * most.0;
    let (w, h) = if wide { (most.0, height * most.0 / width) } else { (width * most.1 / height, most.1) };
    (w.max(1), h.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_kept_and_nothing_is_enlarged() {
        let most = (320, 200);
        for (from, to) in [
            ((1920, 1080), (320, 180)),
            ((1080, 1920), (112, 200)),
            ((100, 50), (100, 50)),
            ((8000, 1), (320, 1)),
            ((2560, 1600), (320, 200)),
        ] {
            assert_eq!(fit(from, most), to, "{from:?}");
        }
    }

    #[test]
    fn a_pixel_is_the_mean_of_those_it_stands_for() {
        // Two by two pixels, padded: black, white, white, black.
        let bgra = [[0; 4], [255; 4], [9; 4], [255; 4], [0, 0, 0, 255], [9; 4]].concat();
        let small = shrink(&bgra, 12, (2, 2), (1, 1));
        assert_eq!(small, Small { rgb: vec![127; 3], size: (1, 1) });
        assert_eq!(shrink(&[10, 20, 30, 0], 4, (1, 1), (5, 5)).rgb, [30, 20, 10]);
    }

    #[test]
    fn an_address_holds_a_jpeg() {
        let small = Small { rgb: vec![200; 3 * 16 * 8], size: (16, 8) };
        let address = address(&small);
        let jpeg = STANDARD
            .decode(address.strip_prefix("data:image/jpeg;base64,").expect("a JPEG"))
            .expect("base64");
        assert!(jpeg.starts_with(&[0xff, 0xd8]) && jpeg.ends_with(&[0xff, 0xd9]));
        assert_eq!(super::address(&Small { rgb: Vec::new(), size: (0, 0) }), "");
    }
}
