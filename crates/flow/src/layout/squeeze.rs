//! Takes empty space out of a drawing that is wider or higher than a page, and nothing else:
//! every order from left to right and from top to bottom stays, boxes keep their size.

use super::Arrangement;
use crate::model::{Bounds, Point};

/// What a page shows at once.
const PAGE_WIDTH: f64 = 1_180.0;
const PAGE_HEIGHT: f64 = 760.0;
/// Gaps are not made narrower than this.
const GAP_WIDTH_MIN: f64 = 40.0;
const GAP_HEIGHT_MIN: f64 = 46.0;

/// Squeezes an arrangement; `boxes` are the solid parts, with the room that texts around need.
pub(super) fn squeeze(arrangement: &mut Arrangement, solid: &[Bounds]) {
    let across = solid.iter().map(|bounds| {
        let half = bounds.width / 2.0;
        (bounds.centre.x - half, bounds.centre.x + half)
    });
    let down = solid.iter().map(|bounds| {
        let half = bounds.height / 2.0;
        (bounds.centre.y - half, bounds.centre.y + half)
    });
    let x = Axis::new(
        across.collect(),
        arrangement.width,
        PAGE_WIDTH,
        GAP_WIDTH_MIN,
    );
    let y = Axis::new(
        down.collect(),
        arrangement.height,
        PAGE_HEIGHT,
        GAP_HEIGHT_MIN,
    );
    for bounds in &mut arrangement.boxes {
        *bounds = moved(*bounds, &x, &y);
    }
    for band in &mut arrangement.bands {
        band.bounds = moved(band.bounds, &x, &y);
    }
    for point in arrangement.lines.iter_mut().flatten() {
        *point = Point {
            x: x.at(point.x),
            y: y.at(point.y),
        };
    }
    arrangement.width = x.at(arrangement.width);
    arrangement.height = y.at(arrangement.height);
}

/// A box whose borders are moved; those of a solid part keep their distance.
fn moved(bounds: Bounds, x: &Axis, y: &Axis) -> Bounds {
    let (left, right) = (
        x.at(bounds.centre.x - bounds.width / 2.0),
        x.at(bounds.centre.x + bounds.width / 2.0),
    );
    let (top, bottom) = (
        y.at(bounds.centre.y - bounds.height / 2.0),
        y.at(bounds.centre.y + bounds.height / 2.0),
    );
    Bounds {
        centre: Point {
            x: (left + right) / 2.0,
            y: (top + bottom) / 2.0,
        },
        width: right - left,
        height: bottom - top,
    }
}

/// One direction: the gaps between solid parts, and how long each becomes.
struct Axis {
    gaps: Vec<(f64, f64)>,
    longest: f64,
}

impl Axis {
    fn new(mut solid: Vec<(f64, f64)>, length: f64, page: f64, shortest: f64) -> Self {
        solid.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut gaps = Vec::new();
        let mut end = f64::NEG_INFINITY;
        for (from, to) in solid {
            if end.is_finite() && from > end {
                gaps.push((end, from));
            }
            end = end.max(to);
        }
        let shrunk = |longest: f64| -> f64 {
            let cut = gaps.iter().map(|(from, to)| (to - from - longest).max(0.0));
            length - cut.sum::<f64>()
        };
        // The longest gap that fits the page, by halving; a page that is not full stays as it is.
        let (mut low, mut high) = (shortest, length.max(shortest));
        if shrunk(high) > page {
            for _ in 0..40 {
                let middle = (low + high) / 2.0;
                if shrunk(middle) > page {
                    high = middle;
                } else {
                    low = middle;
                }
            }
        } else {
            low = high;
        }
        Self { gaps, longest: low }
    }

    /// Where a coordinate comes to lie.
    fn at(&self, place: f64) -> f64 {
        let mut cut = 0.0;
        for (from, to) in &self.gaps {
            if place <= *from {
                break;
            }
            let length = to - from;
            let gone = (length - self.longest).max(0.0);
            let passed = ((place - from) / length).min(1.0);
            cut += gone * passed;
        }
        place - cut
    }
}
