//! Rounded corners and holes as rectangles, the way X11 shapes want them.

use confab_media_model::Rect;

/// The visible part of a tile of `width` × `height`: corners rounded by `radius`, `holes` (relative to the tile) cut
/// out. The rectangles do not overlap; none means that nothing is visible.
pub(crate) fn visible(width: u32, height: u32, radius: u32, holes: &[Rect]) -> Vec<Rect> {
    let mut parts = rounded(width, height, radius.min(width / 2).min(height / 2));
    for hole in holes {
        parts = parts.into_iter().flat_map(|part| without(part, *hole)).collect();
    }
    parts
}

/// A rounded rectangle as bands: equal rows next to each other share one.
fn rounded(width: u32, height: u32, radius: u32) -> Vec<Rect> {
    let inset = |row: u32| {
        // Distance from the corner circle's centre to the middle of the row.
        let rise = f64::from(radius) - f64::from(row) - 0.5;
        let half = (f64::from(radius).powi(2) - rise * rise).max(0.0).sqrt();
        (f64::from(radius) - half).round() as u32
    };
    let mut bands: Vec<Rect> = Vec::new();
    let mut push = |y: u32, rows: u32, inset: u32| {
        let band = Rect { x: inset as i32, y: y as i32, width: width - 2 * inset, height: rows };
        match bands.last_mut() {
            Some(last) if last.x == band.x => last.height += rows,
            _ => bands.push(band),
        }
    };
    (0..radius).for_each(|row| push(row, 1, inset(row)));
    if height > 2 * radius {
        push(radius, height - 2 * radius, 0);
    }
    (0..radius).rev().for_each(|row| push(height - 1 - row, 1, inset(row)));
    bands.retain(|band| band.width > 0 && band.height > 0);
    bands
}

/// `part` without `hole`: up to four rectangles above, left, right and below.
fn without(part: Rect, hole: Rect) -> impl Iterator<Item = Rect> {
    let right = |rect: Rect| i64::from(rect.x) + i64::from(rect.width);
    let bottom = |rect: Rect| i64::from(rect.y) + i64::from(rect.height);
    let (left, top) = (i64::from(part.x.max(hole.x)), i64::from(part.y.max(hole.y)));
    let (end, foot) = (right(part).min(right(hole)), bottom(part).min(bottom(hole)));
    let (x, y) = (i64::from(part.x), i64::from(part.y));
    let rest = if left >= end || top >= foot {
        [Some((x, y, right(part), bottom(part))), None, None, None]
    } else {
        [
            Some((x, y, right(part), top)),
            Some((x, top, left, foot)),
            Some((end, top, right(part), foot)),
            Some((x, foot, right(part), bottom(part))),
        ]
    };
    rest.into_iter().flatten().filter(|(x0, y0, x1, y1)| x1 > x0 && y1 > y0).map(|(x0, y0, x1, y1)| Rect {
        x: x0 as i32,
        y: y0 as i32,
        width: (x1 - x0) as u32,
        height: (y1 - y0) as u32,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rect(x: i32, y: i32, width: u32, height: u32) -> Rect {
        Rect { x, y, width, height }
    }

    fn area(parts: &[Rect]) -> u64 {
        parts.iter().map(|part| u64::from(part.width) * u64::from(part.height)).sum()
    }

    #[test]
    fn a_plain_tile_is_one_rectangle() {
        assert_eq!(visible(100, 50, 0, &[]), [rect(0, 0, 100, 50)]);
    }

    #[test]
    fn rounding_takes_about_a_fifth_of_the_four_corner_squares() {
        let parts = visible(200, 100, 20, &[]);
        let gone = 200 * 100 - area(&parts);
        let exact = (4.0 - std::f64::consts::PI) * 400.0;
        assert!((gone as f64 - exact).abs() < 20.0, "{gone} pixels gone, {exact} expected");
        assert!(parts.windows(2).all(|pair| pair[0].y + pair[0].height as i32 == pair[1].y), "no gaps");
    }

    #[test]
    fn a_radius_beyond_half_the_tile_makes_a_pill() {
        let parts = visible(100, 20, 500, &[]);
        assert_eq!(parts.iter().map(|part| part.height).sum::<u32>(), 20);
    }

    #[test]
    fn a_hole_in_the_middle_leaves_a_frame() {
        let parts = visible(100, 100, 0, &[rect(25, 25, 50, 50)]);
        assert_eq!(parts.len(), 4);
        assert_eq!(area(&parts), 7500);
    }

    #[test]
    fn holes_may_overlap_each_other_and_the_edge() {
        let parts = visible(100, 100, 0, &[rect(-50, -50, 100, 100), rect(0, 0, 60, 60), rect(500, 0, 9, 9)]);
        assert_eq!(area(&parts), 10_000 - 3_600);
        assert!(visible(10, 10, 3, &[rect(-1, -1, 20, 20)]).is_empty());
    }
}
