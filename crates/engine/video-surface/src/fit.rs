//! Where a picture lies in its tile.

/// How a picture is cut and where it lies in its tile. All numbers are pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    /// Left edge of the part that is shown, in the picture as stored; even, because chroma is halved.
    pub crop_x: u32,
    /// Top edge of that part; even.
    pub crop_y: u32,
    /// Width of that part; even, at least 2.
    pub crop_width: u32,
    /// Height of that part; even, at least 2.
    pub crop_height: u32,
    /// Left edge in the tile.
    pub x: u32,
    /// Top edge in the tile.
    pub y: u32,
    /// Width in the tile, at least 1.
    pub width: u32,
    /// Height in the tile, at least 1.
    pub height: u32,
}

impl Fit {
    /// Fits a stored picture into a tile of at least 1 × 1.
    ///
    /// `turned` says that the picture is shown on its side, so that its width runs down the tile. With `cover` it is
    /// cut to fill the tile, else it is letterboxed. A picture that misses the tile by less than two pixels is
    /// stretched over it: bars of one pixel are only seen as a fault.
    pub fn new((width, height): (u32, u32), tile: (u32, u32), turned: bool, cover: bool) -> Self {
        // Everything is reckoned as stored; the tile is laid on its side instead of the picture.
        let (room_width, room_height) = if turned { (tile.1, tile.0) } else { tile };
        let (w, h) = (u64::from(width), u64::from(height));
        let (rw, rh) = (u64::from(room_width), u64::from(room_height));
        let narrow = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        let wider = w * rh > h * rw;
        if cover {
            let (cw, ch) = if wider { (h * rw / rh, h) } else { (w, w * rh / rw) };
            let even = |side: u64, most: u32| (narrow(side) & !1).clamp(2, most);
            let (crop_width, crop_height) = (even(cw, width), even(ch, height));
            return Fit {
                crop_x: ((width - crop_width) / 2) & !1,
                crop_y: ((height - crop_height) / 2) & !1,
                crop_width,
                crop_height,
                x: 0,
                y: 0,
                width: tile.0,
                height: tile.1,
            };
        }
        let (fw, fh) = if wider { (rw, (h * rw + w / 2) / w) } else { ((w * rh + h / 2) / h, rh) };
        let near = |side: u64, room: u32| {
            let side = narrow(side).max(1);
            if side + 2 > room { room } else { side }
        };
        let (fw, fh) = (near(fw, room_width), near(fh, room_height));
        let (width_in, height_in) = if turned { (fh, fw) } else { (fw, fh) };
        Fit {
            crop_x: 0,
            crop_y: 0,
            crop_width: width,
            crop_height: height,
            x: (tile.0 - width_in) / 2,
            y: (tile.1 - height_in) / 2,
            width: width_in,
            height: height_in,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        picture: (u32, u32),
        tile: (u32, u32),
        turned: bool,
        cover: bool,
        crop: [u32; 4],
        place: [u32; 4],
    ) {
        let fit = Fit::new(picture, tile, turned, cover);
        assert_eq!([fit.crop_x, fit.crop_y, fit.crop_width, fit.crop_height], crop, "{picture:?} {tile:?}");
        assert_eq!([fit.x, fit.y, fit.width, fit.height], place, "{picture:?} {tile:?}");
    }

    #[test]
    fn letterboxing_keeps_the_whole_picture_in_the_middle() {
        check((1280, 720), (960, 540), false, false, [0, 0, 1280, 720], [0, 0, 960, 540]);
        check((1280, 720), (100, 100), false, false, [0, 0, 1280, 720], [0, 22, 100, 56]);
        check((720, 1280), (100, 100), false, false, [0, 0, 720, 1280], [22, 0, 56, 100]);
    }

    #[test]
    fn a_tile_one_pixel_off_the_aspect_gets_no_bars() {
        check((320, 180), (240, 136), false, false, [0, 0, 320, 180], [0, 0, 240, 136]);
    }

    #[test]
    fn covering_cuts_even_edges_off() {
        check((1280, 720), (100, 100), false, true, [280, 0, 720, 720], [0, 0, 100, 100]);
        check((720, 1280), (160, 90), false, true, [0, 438, 720, 404], [0, 0, 160, 90]);
    }

    #[test]
    fn a_picture_on_its_side_is_fitted_as_it_is_seen() {
        check((1280, 720), (90, 160), true, false, [0, 0, 1280, 720], [0, 0, 90, 160]);
        check((1280, 720), (160, 160), true, false, [0, 0, 1280, 720], [35, 0, 90, 160]);
    }

    #[test]
    fn the_smallest_picture_and_tile_still_make_sense() {
        check((2, 2), (1, 1), false, false, [0, 0, 2, 2], [0, 0, 1, 1]);
        check((8192, 2), (1, 100), false, true, [4094, 0, 2, 2], [0, 0, 1, 100]);
    }
}
