//! YUV4MPEG2 files, the raw video that `ffmpeg -pix_fmt yuv420p clip.y4m` writes.
//!
//! Only eight bits and 4:2:0 are read. The file stays on disk and is read picture by picture.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use confab_media_model::VideoFrame;
use confab_types::Mono;

use crate::spec::SpecError;

/// Longest header line that is read; real ones have less than 100 bytes.
const LONGEST_LINE: u64 = 1024;

/// An open clip that starts again at its end.
pub(crate) struct Clip {
    path: PathBuf,
    file: BufReader<File>,
    /// Where the first picture begins.
    start: u64,
    size: (u32, u32),
    /// Pictures per second.
    rate: (u32, u32),
    buffer: Vec<u8>,
}

impl Clip {
    /// Opens a file and reads its first picture, so that later failures are the disk's.
    pub(crate) fn open(path: &Path) -> Result<Self, SpecError> {
        let failed = |reason: String| SpecError::File { path: path.to_owned(), reason };
        let mut file = BufReader::new(File::open(path).map_err(|error| failed(error.to_string()))?);
        let header = line(&mut file).map_err(|error| failed(error.to_string()))?;
        let (size, rate) = parse(&header).map_err(failed)?;
        let start = file.stream_position().map_err(|error| failed(error.to_string()))?;
        let luma = size.0 as usize * size.1 as usize;
        let chroma = (size.0 as usize).div_ceil(2) * (size.1 as usize).div_ceil(2);
        let mut clip =
            Clip { path: path.to_owned(), file, start, size, rate, buffer: vec![0; luma + 2 * chroma] };
        clip.read().map_err(failed)?;
        clip.rewind().map_err(failed)?;
        Ok(clip)
    }

    /// Width and height in pixels.
    pub(crate) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Pictures per second.
    pub(crate) fn fps(&self) -> f64 {
        f64::from(self.rate.0) / f64::from(self.rate.1)
    }

    /// The next picture, cropped to even sides; after the last one comes the first.
    pub(crate) fn next(&mut self, captured: Mono) -> Result<VideoFrame, SpecError> {
        let read = match self.read() {
            Ok(()) => Ok(()),
            Err(_) => self.rewind().and_then(|()| self.read()),
        };
        read.map_err(|reason| SpecError::File { path: self.path.clone(), reason })?;
        let (width, height) = (self.size.0 as usize, self.size.1 as usize);
        let columns = width.div_ceil(2);
        let (y, chroma) = self.buffer.split_at(width * height);
        let (u, v) = chroma.split_at(columns * height.div_ceil(2));
        let even = (self.size.0 & !1, self.size.1 & !1);
        let frame = VideoFrame::from_planes(even, [y, u, v], [width, columns, columns], captured);
        Ok(frame.expect("the size was checked and the buffer is as long as it needs"))
    }

    fn rewind(&mut self) -> Result<(), String> {
        self.file.seek(SeekFrom::Start(self.start)).map_err(|error| error.to_string())?;
        Ok(())
    }

    /// One picture with its `FRAME` line into the buffer.
    fn read(&mut self) -> Result<(), String> {
        let header = line(&mut self.file).map_err(|error| error.to_string())?;
        if header != "FRAME" && !header.starts_with("FRAME ") {
            return Err(if header.is_empty() {
                "no picture in it"
            } else {
                "a picture does not begin with FRAME"
            }
            .to_owned());
        }
        self.file.read_exact(&mut self.buffer).map_err(|_| "the last picture is cut off".to_owned())
    }
}

fn line(file: &mut impl BufRead) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    file.take(LONGEST_LINE).read_until(b'\n', &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

type SizeAndRate = ((u32, u32), (u32, u32));

/// Width, height and rate of a stream header.
fn parse(header: &str) -> Result<SizeAndRate, String> {
    let fields = header.strip_prefix("YUV4MPEG2 ").ok_or("not a YUV4MPEG2 file")?;
    let (mut width, mut height, mut rate) = (0, 0, (30, 1));
    for field in fields.split_ascii_whitespace() {
        let Some((tag, value)) = field.split_at_checked(1) else { continue };
        match tag {
            "W" => width = value.parse().unwrap_or(0),
            "H" => height = value.parse().unwrap_or(0),
            "F" => {
                let parts = value.split_once(':').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
                rate = parts.unwrap_or((0, 0));
            }
            "C" if !value.starts_with("420") || value.starts_with("420p1") => {
                return Err(format!("colour space {value}, not 420"));
            }
            _ => {}
        }
    }
    let sides = 2..=VideoFrame::MAX_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) {
        return Err(format!("picture of {width}x{height}"));
    }
    if rate.0 == 0 || rate.1 == 0 || rate.0 / rate.1 > 120 {
        return Err(format!("{}:{} pictures per second", rate.0, rate.1));
    }
    Ok(((width, height), rate))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(name: &str, bytes: &[u8]) -> Result<Clip, SpecError> {
        let path = std::env::temp_dir().join(format!("confab-fakes-{}-{name}.y4m", std::process::id()));
        std::fs::write(&path, bytes).expect("the temporary folder is writable");
        let clip = Clip::open(&path);
        std::fs::remove_file(&path).expect("it was written");
        clip
    }

    #[test]
    fn pictures_come_in_order_and_begin_again() {
        let mut bytes = b"YUV4MPEG2 W3 H2 F30000:1001 Ip A1:1 C420jpeg\n".to_vec();
        for picture in [50, 60] {
            bytes.extend(b"FRAME\n");
            bytes.extend([picture; 6]);
            bytes.extend([picture + 1; 2]);
            bytes.extend([picture + 2; 2]);
        }
        let mut clip = clip("two", &bytes).expect("a clip");
        assert_eq!(clip.size(), (3, 2));
        assert!((clip.fps() - 29.97).abs() < 0.01);
        for expected in [50, 60, 50] {
            let frame = clip.next(Mono::ZERO).expect("a picture");
            assert_eq!((frame.width(), frame.height()), (2, 2));
            assert_eq!(frame.data(), [expected, expected, expected, expected, expected + 1, expected + 2]);
        }
    }

    #[test]
    fn what_is_no_clip_is_refused() {
        let check = |name: &str, bytes: &[u8]| assert!(clip(name, bytes).is_err(), "{name}");
        check("empty", b"");
        check("other", b"RIFF....");
        check("deep", b"YUV4MPEG2 W4 H4 F30:1 C420p10\nFRAME\n");
        check("wide", b"YUV4MPEG2 W99999 H4 F30:1\nFRAME\n");
        check("still", b"YUV4MPEG2 W4 H4 F0:0\nFRAME\n");
        check("cut", b"YUV4MPEG2 W4 H4 F30:1\nFRAME\nabc");
        check("none", b"YUV4MPEG2 W4 H4 F30:1\n");
    }
}
