//! Rectangles of the root window.

/// A rectangle in pixels; never empty where it is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

impl Area {
    /// As X tells windows: the place of the outer corner, the inside and the border around it.
    pub(super) fn of_window((x, y): (i16, i16), (width, height): (u16, u16), border: u16) -> Area {
        let around = 2 * i32::from(border);
        Area {
            left: x.into(),
            top: y.into(),
            width: i32::from(width) + around,
            height: i32::from(height) + around,
        }
    }

    fn right(self) -> i32 {
        self.left + self.width
    }

    fn bottom(self) -> i32 {
        self.top + self.height
    }

    /// What both have.
    pub(super) fn common(self, other: Area) -> Option<Area> {
        let (left, top) = (self.left.max(other.left), self.top.max(other.top));
        let width = self.right().min(other.right()) - left;
        let height = self.bottom().min(other.bottom()) - top;
        (width > 0 && height > 0).then_some(Area { left, top, width, height })
    }

    /// What `cover` leaves of it, in at most four pieces.
    pub(super) fn without(self, cover: Area) -> Vec<Area> {
        let Some(hidden) = self.common(cover) else { return vec![self] };
        let span = |left, top, right, bottom| Area { left, top, width: right - left, height: bottom - top };
        let pieces = [
            span(self.left, self.top, self.right(), hidden.top),
            span(self.left, hidden.bottom(), self.right(), self.bottom()),
            span(self.left, hidden.top, hidden.left, hidden.bottom()),
            span(hidden.right(), hidden.top, self.right(), hidden.bottom()),
        ];
        pieces.into_iter().filter(|piece| piece.width > 0 && piece.height > 0).collect()
    }

    /// The same as seen from this corner.
    pub(super) fn seen_from(self, left: i32, top: i32) -> Area {
        Area { left: self.left - left, top: self.top - top, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(left: i32, top: i32, width: i32, height: i32) -> Area {
        Area { left, top, width, height }
    }

    #[test]
    fn every_pixel_is_either_covered_or_left_over_once() {
        let below = area(10, 10, 20, 20);
        let covers = [
            area(15, 15, 5, 5),
            area(0, 0, 15, 15),
            area(0, 12, 99, 3),
            area(10, 10, 20, 20),
            area(40, 40, 9, 9),
        ];
        for cover in covers {
            let pieces = below.without(cover);
            for (x, y) in (0..50).flat_map(|y| (0..50).map(move |x| (x, y))) {
                let dot = area(x, y, 1, 1);
                let found = pieces.iter().filter(|piece| piece.common(dot).is_some()).count();
                let wanted = below.common(dot).is_some() && cover.common(dot).is_none();
                assert_eq!(found, usize::from(wanted), "{cover:?} at {x}, {y}");
            }
        }
    }

    #[test]
    fn a_border_belongs_to_the_window() {
        assert_eq!(Area::of_window((-3, 4), (10, 20), 2), area(-3, 4, 14, 24));
        assert_eq!(area(5, 6, 7, 8).seen_from(5, 5), area(0, 1, 7, 8));
    }
}
