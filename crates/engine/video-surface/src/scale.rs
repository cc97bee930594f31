//! One plane of eight-bit samples to another size.
//!
//! Shrinking halves with a 2 × 2 box as often as it fits, then interpolates linearly over less than a halving, so
//! that small tiles neither shimmer nor cost more than large ones. Loops along rows are turned into vector instructions
//! by the compiler; loops that jump along a row work on four rows at once, packed into one word.

/// A plane to read: `height` rows of `width` samples, `stride` apart; the last row may end after `width`.
#[derive(Clone, Copy)]
pub struct Plane<'a> {
    /// The samples, starting with the first one shown.
    pub data: &'a [u8],
    /// Samples from one row to the next.
    pub stride: usize,
    /// Samples in a row, at least 1.
    pub width: usize,
    /// Rows, at least 1.
    pub height: usize,
}

impl<'a> Plane<'a> {
    fn row(&self, index: usize) -> &'a [u8] {
        &self.data[index * self.stride..][..self.width]
    }
}

/// Which edges change places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flip {
    /// Left and right.
    pub x: bool,
    /// Top and bottom.
    pub y: bool,
}

/// Buffers that are reused from picture to picture.
#[derive(Default)]
pub struct Scaler {
    /// Halved planes; two, as each is made from the other.
    halves: [Vec<u8>; 2],
    /// [`LANES`] rows, each blended from two.
    blended: [Vec<u8>; LANES],
    /// The same in one word per column, with the last doubled so that every column has a right neighbour.
    packed: Vec<u64>,
    /// Results of a last group that has fewer rows.
    tail: Vec<u8>,
    /// Columns for the sizes used last.
    columns: Vec<Columns>,
}

/// Where every column of a result lies in its source.
struct Columns {
    from: usize,
    to: usize,
    flip: bool,
    taps: Vec<Tap>,
}

#[derive(Clone, Copy)]
struct Tap {
    /// The sample to the left.
    left: u16,
    /// Share of its right neighbour, in 1/256.
    share: u16,
}

/// Rows in one word: each has 16 bits, enough for a sample times 256.
const LANES: usize = 4;

/// A half in every lane, before the lower eight bits are cut.
const ROUND: u64 = 0x0080_0080_0080_0080;

/// Column tables kept: luma and chroma of the sizes of a full stage.
const KEPT_COLUMNS: usize = 16;

impl Scaler {
    /// Scales `source` into `width` × `height` tight samples at the start of `out`.
    pub fn scale(&mut self, source: Plane<'_>, out: &mut [u8], width: usize, height: usize, flip: Flip) {
        let mut halves = std::mem::take(&mut self.halves);
        let (mut shrunk, mut next) = halves.split_at_mut(1);
        let (mut now, mut at) = (source, (source.width, source.height));
        let mut halved = false;
        while at.0 >= 2 * width && at.1 >= 2 * height {
            at = (at.0 / 2, at.1 / 2);
            let target = &mut next[0];
            target.resize(at.0 * at.1, 0);
            let from = if halved {
                Plane { data: &shrunk[0], stride: now.width, width: now.width, height: now.height }
            } else {
                source
            };
            halve(from, target, at);
            now = Plane { data: &[], stride: at.0, width: at.0, height: at.1 };
            halved = true;
            std::mem::swap(&mut shrunk, &mut next);
        }
        let now = if halved { Plane { data: &shrunk[0], ..now } } else { source };
        self.interpolate(now, out, width, height, flip);
        self.halves = halves;
    }

    fn interpolate(&mut self, source: Plane<'_>, out: &mut [u8], width: usize, height: usize, flip: Flip) {
        let straight = source.width == width && !flip.x;
        let table = if straight { None } else { Some(self.columns(source.width, width, flip.x)) };
        let source_rows = |y: usize| {
            let y = if flip.y { height - 1 - y } else { y };
            let (top, share) = position(y, source.height, height);
            (source.row(top), source.row((top + 1).min(source.height - 1)), share)
        };
        let out = &mut out[..width * height];
        let Some(table) = table else {
            for (y, target) in out.chunks_exact_mut(width).enumerate() {
                let (upper, lower, share) = source_rows(y);
                blend(upper, lower, share, target);
            }
            return;
        };
        let taps = &self.columns[table].taps;
        self.blended.iter_mut().for_each(|row| row.resize(source.width, 0));
        self.packed.resize(source.width + 1, 0);
        for (group, targets) in out.chunks_mut(width * LANES).enumerate() {
            for (lane, row) in self.blended.iter_mut().enumerate() {
                // Beyond the last row a lane repeats it and is not read.
                let (upper, lower, share) = source_rows((group * LANES + lane).min(height - 1));
                blend(upper, lower, share, row);
            }
            pack(&self.blended, &mut self.packed);
            if targets.len() == width * LANES {
                mix(&self.packed, taps, targets);
            } else {
                self.tail.resize(width * LANES, 0);
                mix(&self.packed, taps, &mut self.tail);
                targets.copy_from_slice(&self.tail[..targets.len()]);
            }
        }
    }

    /// Index of the table for a width, made when it is new.
    fn columns(&mut self, from: usize, to: usize, flip: bool) -> usize {
        let known = |table: &Columns| table.from == from && table.to == to && table.flip == flip;
        if let Some(index) = self.columns.iter().position(known) {
            return index;
        }
        if self.columns.len() == KEPT_COLUMNS {
            self.columns.remove(0);
        }
        let tap = |x: usize| {
            let (left, share) = position(x, from, to);
            Tap { left: left as u16, share }
        };
        let taps = if flip { (0..to).rev().map(tap).collect() } else { (0..to).map(tap).collect() };
        self.columns.push(Columns { from, to, flip, taps });
        self.columns.len() - 1
    }
}

/// The source sample before the middle of sample `index` and the share of the one after it, in 1/256.
fn position(index: usize, from: usize, to: usize) -> (usize, u16) {
    // In 1/256 of a source sample, middle to middle.
    let middle = ((2 * index + 1) * from * 128 / to).saturating_sub(128);
    let (whole, share) = (middle / 256, (middle % 256) as u16);
    if whole + 1 >= from { (from - 1, 0) } else { (whole, share) }
}

/// `upper` and `lower`, mixed.
fn blend(upper: &[u8], lower: &[u8], share: u16, out: &mut [u8]) {
    if share == 0 {
        out.copy_from_slice(upper);
        return;
    }
    for ((sample, a), b) in out.iter_mut().zip(upper).zip(lower) {
        *sample = ((u16::from(*a) * (256 - share) + u16::from(*b) * share + 128) >> 8) as u8;
    }
}

/// Puts a row into each lane.
fn pack([a, b, c, d]: &[Vec<u8>; LANES], packed: &mut [u64]) {
    let lanes = a.iter().zip(b).zip(c).zip(d);
    for (word, (((a, b), c), d)) in packed.iter_mut().zip(lanes) {
        *word = u64::from(*a) | u64::from(*b) << 16 | u64::from(*c) << 32 | u64::from(*d) << 48;
    }
    let last = a.len();
    packed[last] = packed[last - 1];
}

/// Mixes neighbours, all lanes at once, into [`LANES`] rows.
fn mix(packed: &[u64], taps: &[Tap], rows: &mut [u8]) {
    let (upper, lower) = rows.split_at_mut(2 * taps.len());
    let (a, b) = upper.split_at_mut(taps.len());
    let (c, d) = lower.split_at_mut(taps.len());
    for ((((tap, a), b), c), d) in taps.iter().zip(a).zip(b).zip(c).zip(d) {
        let left = usize::from(tap.left);
        let pair = &packed[left..left + 2];
        // 256 × left + share × (right − left). Lanes borrow from each other on the way, and the sum is right again.
        let slope = pair[1].wrapping_sub(pair[0]).wrapping_mul(u64::from(tap.share));
        let word = (pair[0] << 8).wrapping_add(slope).wrapping_add(ROUND);
        (*a, *b, *c, *d) = ((word >> 8) as u8, (word >> 24) as u8, (word >> 40) as u8, (word >> 56) as u8);
    }
}

/// Means of 2 × 2 samples.
fn halve(source: Plane<'_>, out: &mut [u8], (width, height): (usize, usize)) {
    for (y, target) in out.chunks_exact_mut(width).take(height).enumerate() {
        let (upper, lower) = (source.row(2 * y).chunks_exact(2), source.row(2 * y + 1).chunks_exact(2));
        for ((sample, a), b) in target.iter_mut().zip(upper).zip(lower) {
            let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
            *sample = ((sum + 2) >> 2) as u8;
        }
    }
}

/// Swaps rows and columns: `width` × `height` tight samples become `height` × `width`.
pub fn transpose(source: &[u8], width: usize, height: usize, out: &mut [u8]) {
    // In squares that stay in the cache together.
    const SIDE: usize = 16;
    for y0 in (0..height).step_by(SIDE) {
        for x0 in (0..width).step_by(SIDE) {
            for y in y0..(y0 + SIDE).min(height) {
                for x in x0..(x0 + SIDE).min(width) {
                    out[x * height + y] = source[y * width + x];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scaled(data: &[u8], from: (usize, usize), to: (usize, usize), flip: Flip) -> Vec<u8> {
        let plane = Plane { data, stride: from.0, width: from.0, height: from.1 };
        let mut out = vec![0; to.0 * to.1];
        Scaler::default().scale(plane, &mut out, to.0, to.1, flip);
        out
    }

    #[test]
    fn the_same_size_is_a_copy_and_flips_swap_edges() {
        let data = [1, 2, 3, 4, 5, 6];
        assert_eq!(scaled(&data, (3, 2), (3, 2), Flip::default()), data);
        assert_eq!(scaled(&data, (3, 2), (3, 2), Flip { x: true, y: false }), [3, 2, 1, 6, 5, 4]);
        assert_eq!(scaled(&data, (3, 2), (3, 2), Flip { x: false, y: true }), [4, 5, 6, 1, 2, 3]);
    }

    #[test]
    fn flat_planes_stay_flat_at_every_size() {
        let data = vec![77; 64 * 48];
        for to in [(1, 1), (3, 7), (16, 12), (31, 24), (32, 24), (63, 47), (64, 48), (200, 150), (10, 300)] {
            assert!(
                scaled(&data, (64, 48), to, Flip::default()).iter().all(|sample| *sample == 77),
                "{to:?}"
            );
        }
    }

    #[test]
    fn halving_twice_takes_the_mean_of_sixteen_samples() {
        let data: Vec<u8> = (0..16).map(|index| index * 10).collect();
        assert_eq!(scaled(&data, (4, 4), (1, 1), Flip::default()), [75]);
    }

    #[test]
    fn a_ramp_stays_a_ramp_from_edge_to_edge() {
        let data: Vec<u8> = (0..=255).collect();
        for width in [64, 100, 192, 255, 300, 1000] {
            let out = scaled(&data, (256, 1), (width, 1), Flip::default());
            assert!(out.windows(2).all(|pair| pair[0] <= pair[1]), "rising at {width}");
            assert!(out[0] <= 2 && out[width - 1] >= 253, "whole range at {width}");
            let middle = i32::from(out[width / 2]);
            assert!((middle - 128).abs() <= 2, "centred at {width}: {middle}");
        }
    }

    #[test]
    fn a_stride_longer_than_the_row_is_skipped() {
        let data = [1, 2, 99, 3, 4];
        let mut out = [0; 4];
        let plane = Plane { data: &data, stride: 3, width: 2, height: 2 };
        Scaler::default().scale(plane, &mut out, 2, 2, Flip::default());
        assert_eq!(out, [1, 2, 3, 4]);
    }

    #[test]
    fn transposing_swaps_rows_and_columns() {
        let mut out = [0; 6];
        transpose(&[1, 2, 3, 4, 5, 6], 3, 2, &mut out);
        assert_eq!(out, [1, 4, 2, 5, 3, 6]);
    }
}
