//! What is on the screen: pixels, test cards, PNG files.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::time::{Duration, Instant};

use confab_fakes::TestCard;
use confab_media_model::Rect;
use x11rb::protocol::xproto::{ConnectionExt as _, ImageFormat};

use crate::display::{Display, SIZE, strange};
use crate::wait::Trouble;

/// A part of the screen at one moment: BGRX, rows without gaps.
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

/// What watching a test card on the screen for a while gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watched {
    /// Different numbers that were read.
    pub numbers: u32,
    /// The first and the last of them.
    pub first: u32,
    pub last: u32,
    /// How often a lower number came after a higher one.
    pub backwards: u32,
    /// Longest time that one number stayed, ms.
    pub longest_ms: u32,
    /// For how long it was watched, ms.
    pub watched_ms: u32,
}

impl Watched {
    /// New numbers per second.
    pub fn rate(&self) -> f32 {
        if self.watched_ms == 0 { 0.0 } else { self.numbers as f32 * 1000.0 / self.watched_ms as f32 }
    }
}

impl Display {
    /// The whole screen.
    pub fn picture(&self) -> Result<Picture, Trouble> {
        self.part(Rect { x: 0, y: 0, width: SIZE.0.into(), height: SIZE.1.into() })
    }

    /// A part of the screen, cut at its edges.
    pub fn part(&self, rect: Rect) -> Result<Picture, Trouble> {
        let cut = |from: i32, span: u32, most: u16| {
            let most = i32::from(most);
            let (start, end) = (from.clamp(0, most), (from + span as i32).clamp(0, most));
            (start as i16, (end - start) as u16)
        };
        let ((x, width), (y, height)) = (cut(rect.x, rect.width, SIZE.0), cut(rect.y, rect.height, SIZE.1));
        if width == 0 || height == 0 {
            return Err(Trouble::Strange(format!("{rect:?} is not on the screen")));
        }
        let (conn, root) = self.conn();
        let image = conn.get_image(ImageFormat::Z_PIXMAP, root, x, y, width, height, !0).map_err(strange)?;
        let pixels = image.reply().map_err(strange)?.data;
        Ok(Picture { width: width.into(), height: height.into(), pixels })
    }

    /// The number of the test card that is shown in `rect` right now, and who sent it.
    pub fn card(&self, rect: Rect) -> Option<confab_fakes::Reading> {
        self.part(rect).ok()?.card()
    }

    /// Reads a test card again and again.
    pub fn watch(&self, rect: Rect, time: Duration) -> Watched {
        let (begin, mut seen, mut since) = (Instant::now(), Watched::default(), Instant::now());
        let stayed = |since: &mut Instant, seen: &mut Watched| {
            seen.longest_ms = seen.longest_ms.max(since.elapsed().as_millis() as u32);
        };
        while begin.elapsed() < time {
            if let Some(reading) = self.card(rect)
                && (seen.numbers == 0 || reading.number != seen.last)
            {
                if seen.numbers == 0 {
                    seen.first = reading.number;
                } else {
                    seen.backwards += u32::from(reading.number < seen.last);
                    stayed(&mut since, &mut seen);
                }
                seen.last = reading.number;
                seen.numbers += 1;
                since = Instant::now();
            }
            std::thread::sleep(Duration::from_millis(4));
        }
        if seen.numbers > 0 {
            stayed(&mut since, &mut seen);
        }
        seen.watched_ms = begin.elapsed().as_millis() as u32;
        seen
    }
}

impl Picture {
    /// The test card that fills this picture.
    pub fn card(&self) -> Option<confab_fakes::Reading> {
        let whole = Rect { x: 0, y: 0, width: self.width, height: self.height };
        TestCard::read_rgba(&self.pixels, self.width as usize * 4, whole)
    }

    /// The test card in a part of it.
    pub fn card_at(&self, part: Rect) -> Option<confab_fakes::Reading> {
        TestCard::read_rgba(&self.pixels, self.width as usize * 4, part)
    }

    /// Reads a PNG file of eight bits.
    pub fn from_png(file: &[u8]) -> Result<Picture, Trouble> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().map_err(strange)?;
        let mut pixels = vec![0; reader.output_buffer_size().unwrap_or_default()];
        let info = reader.next_frame(&mut pixels).map_err(strange)?;
        pixels.truncate(info.buffer_size());
        let pixels = match info.color_type {
            png::ColorType::Rgb => {
                pixels.as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*b, *g, *r, 0]).collect()
            }
            png::ColorType::Rgba => {
                pixels.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*b, *g, *r, 0]).collect()
            }
            other => return Err(Trouble::Strange(format!("a PNG file of {other:?}"))),
        };
        Ok(Picture { width: info.width, height: info.height, pixels })
    }

    /// Red, green and blue of one pixel.
    pub fn pixel(&self, x: i32, y: i32) -> Option<[u8; 3]> {
        let (x, y) = (u32::try_from(x).ok()?, u32::try_from(y).ok()?);
        let at = (x < self.width && y < self.height).then_some((y * self.width + x) as usize * 4)?;
        let [blue, green, red, _] = *self.pixels.get(at..)?.first_chunk()?;
        Some([red, green, blue])
    }

    /// How many different colours there are, up to 1000: an empty window has few.
    pub fn colours(&self) -> usize {
        let mut colours = std::collections::BTreeSet::new();
        for pixel in self.pixels.as_chunks::<4>().0 {
            colours.insert([pixel[0], pixel[1], pixel[2]]);
            if colours.len() == 1000 {
                break;
            }
        }
        colours.len()
    }

    /// Writes it as a PNG file; the folder is made when it is missing.
    pub fn save(&self, path: &Path) -> Result<(), Trouble> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        let rgb: Vec<u8> =
            self.pixels.as_chunks::<4>().0.iter().flat_map(|[b, g, r, _]| [*r, *g, *b]).collect();
        encoder.write_header().and_then(|mut writer| writer.write_image_data(&rgb)).map_err(strange)
    }
}
