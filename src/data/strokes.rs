//! From pen strokes to an image as MNIST would have it.
//!
//! MNIST's authors (<http://yann.lecun.com/exdb/mnist/>) fitted each digit into 20x20 pixels, keeping its aspect ratio;
//! the anti-aliasing of that step made the grey levels; then they moved it in 28x28 so that its centre of mass is in
//! the centre. The same here, but from the pen's path instead of its pixels, so nothing is lost by scaling:
//!
//! 1. Coordinates that are no numbers are left out; those far outside of the pad are moved to its surroundings.
//! 2. A smooth curve is laid through the points of each stroke (`curve.rs`).
//! 3. The path is scaled, keeping its aspect ratio, so that with the pen's thickness its longer side is 20 pixels, and
//!    put into the middle. In MNIST the longer side is 20 pixels in 59,987 of 60,000 images.
//! 4. A round pen of 2.5 pixels goes along the path: ink by the distance of a pixel's centre from the path, from 1 to
//!    0 over one pixel at the edge. In MNIST strokes are 2.5 pixels wide (median; area at half ink by length of the
//!    skeleton), and sum(p * (1 - p)) / sum(p) is 0.14, which is what an edge of one pixel gives.
//! 5. The image is moved by whole pixels so that its centre of mass, with pixels counted from 0, rounds to (14, 14). In
//!    MNIST it lies evenly between 13.5 and 14.5, both ways.

use serde::{Deserialize, Serialize};

use super::curve::{distance, smooth};

/// What was drawn on the pad.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Drawing {
    /// Pen-down to pen-up, oldest first.
    pub strokes: Vec<Stroke>,
}

/// One pen-down to pen-up.
pub type Stroke = Vec<Point>;

/// `[x, y]`, in units of the pad's side, from its upper left corner.
pub type Point = [f32; 2];

/// Pixels a side of the image.
pub const SIDE: usize = 28;

/// An image, `[28, 28]`, row-major: 0 is paper, 1 is ink.
pub type Pixels = [f32; SIDE * SIDE];

/// What the longer side of the digit is scaled to, in pixels.
const BOX: f32 = 20.0;

/// Half the pen's width, in pixels.
const PEN_RADIUS: f32 = 1.25;

/// Smaller drawings, in units of the pad's side, are not enlarged to the full box: a dot stays a dot.
const MIN_EXTENT: f32 = 0.04;

/// How far outside of the pad a point may be, in units of its side.
const SURROUNDINGS: f32 = 0.25;

/// The curves are cut into pieces of this share of the drawing: about half a pixel.
const STEP: f32 = 1.0 / 40.0;

/// The drawing as MNIST would have it, or none where there is no ink.
pub fn rasterize(drawing: &Drawing) -> Option<Pixels> {
    let strokes: Vec<Stroke> = drawing
        .strokes
        .iter()
        .map(|stroke| clean(stroke))
        .filter(|stroke| !stroke.is_empty())
        .collect();
    let step = STEP * Frame::around(&strokes)?.extent();
    let mut curves: Vec<_> = strokes.iter().map(|stroke| smooth(stroke, step)).collect();
    fit(&mut curves)?;
    Some(centre(&ink(&curves)))
}

/// Finite points in or around the pad, each different from the one before.
fn clean(stroke: &[Point]) -> Stroke {
    let finite = stroke
        .iter()
        .filter(|point| point.iter().all(|value| value.is_finite()));
    let mut points: Stroke = finite
        .map(|point| point.map(|value| value.clamp(-SURROUNDINGS, 1.0 + SURROUNDINGS)))
        .collect();
    points.dedup_by(|a, b| distance(*a, *b) < 1e-5);
    points
}

/// The box around a drawing.
struct Frame {
    least: Point,
    most: Point,
}

impl Frame {
    fn around(strokes: &[Stroke]) -> Option<Self> {
        let first = *strokes.first()?.first()?;
        let start = Self {
            least: first,
            most: first,
        };
        Some(strokes.iter().flatten().fold(start, |frame, point| Self {
            least: [0, 1].map(|axis| frame.least[axis].min(point[axis])),
            most: [0, 1].map(|axis| frame.most[axis].max(point[axis])),
        }))
    }

    /// The longer side.
    fn extent(&self) -> f32 {
        let [width, height] = [0, 1].map(|axis| self.most[axis] - self.least[axis]);
        width.max(height).max(MIN_EXTENT)
    }
}

/// Scales paths so that with the pen's thickness they fill the box, and puts them into the middle of the image.
fn fit(paths: &mut [Stroke]) -> Option<()> {
    let frame = Frame::around(paths)?;
    let scale = (BOX - 2.0 * PEN_RADIUS) / frame.extent();
    for point in paths.iter_mut().flatten() {
        *point = [0, 1].map(|axis| {
            let middle = (frame.least[axis] + frame.most[axis]) / 2.0;
            SIDE as f32 / 2.0 + scale * (point[axis] - middle)
        });
    }
    Some(())
}

/// What the pen leaves along paths in pixels.
fn ink(paths: &[Stroke]) -> Pixels {
    let mut squares = [f32::INFINITY; SIDE * SIDE];
    for path in paths {
        approach(&mut squares, path[0], path[0]);
        path.windows(2)
            .for_each(|ends| approach(&mut squares, ends[0], ends[1]));
    }
    squares.map(|square| (PEN_RADIUS + 0.5 - square.sqrt()).clamp(0.0, 1.0))
}

/// Lowers the squared distances of the pixels that the pen touches on its straight way from one point to another.
fn approach(squares: &mut Pixels, from: Point, to: Point) {
    let reach = PEN_RADIUS + 0.5;
    let pixels = |axis: usize| {
        let least = (from[axis].min(to[axis]) - reach - 0.5).ceil().max(0.0);
        let most = (from[axis].max(to[axis]) + reach - 0.5).floor().min(SIDE as f32 - 1.0);
        least as usize..=most as usize
    };
    for y in pixels(1) {
        for x in pixels(0) {
            let square = &mut squares[y * SIDE + x];
            *square = square.min(squared_distance([x as f32 + 0.5, y as f32 + 0.5], from, to));
        }
    }
}

/// The squared distance of a point from the straight line between two others.
pub(super) fn squared_distance(point: Point, from: Point, to: Point) -> f32 {
    let line = [to[0] - from[0], to[1] - from[1]];
    let offset = [point[0] - from[0], point[1] - from[1]];
    let length = line[0] * line[0] + line[1] * line[1];
    let share = (offset[0] * line[0] + offset[1] * line[1]) / length.max(f32::MIN_POSITIVE);
    let nearest = share.clamp(0.0, 1.0);
    let (x, y) = (offset[0] - nearest * line[0], offset[1] - nearest * line[1]);
    x * x + y * y
}

/// Moves an image by whole pixels so that its centre of mass comes closest to (14, 14), never past the edge.
fn centre(pixels: &Pixels) -> Pixels {
    let margin = (SIDE as f32 - BOX) / 2.0;
    // An even image lies at 13.5, half-way: rounding errors must not decide where it goes.
    let target = SIDE as f32 / 2.0 - 0.01;
    let [x, y] = centre_of_mass(pixels).map(|middle| (target - middle).round().clamp(-margin, margin) as isize);
    std::array::from_fn(|index| {
        let (row, column) = (
            (index / SIDE).checked_add_signed(-y),
            (index % SIDE).checked_add_signed(-x),
        );
        match (row, column) {
            (Some(row), Some(column)) if row < SIDE && column < SIDE => pixels[row * SIDE + column],
            _ => 0.0,
        }
    })
}

/// `[x, y]`, with pixels counted from 0. There must be ink.
fn centre_of_mass(pixels: &Pixels) -> Point {
    let sum: f32 = pixels.iter().sum();
    let mean = |position: fn(usize) -> usize| {
        let weighted = pixels
            .iter()
            .enumerate()
            .map(|(index, ink)| position(index) as f32 * ink);
        weighted.sum::<f32>() / sum
    };
    [mean(|index| index % SIDE), mean(|index| index / SIDE)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(strokes: &[&[Point]]) -> Option<Pixels> {
        rasterize(&Drawing {
            strokes: strokes.iter().map(|stroke| stroke.to_vec()).collect(),
        })
    }

    #[test]
    fn without_ink_there_is_no_image() {
        assert_eq!(image(&[]), None);
        assert_eq!(image(&[&[], &[]]), None);
        assert_eq!(image(&[&[[f32::NAN, 0.5], [0.5, f32::INFINITY]]]), None);
    }

    #[test]
    fn a_dot_is_a_dot_in_the_centre() {
        let dot = image(&[&[[0.9, 0.1]]]).unwrap();
        let area: f32 = dot.iter().sum();
        assert!(
            (area - std::f32::consts::PI * PEN_RADIUS * PEN_RADIUS).abs() < 0.5,
            "{area}"
        );
        assert!(centre_of_mass(&dot).iter().all(|middle| (middle - 14.0).abs() <= 0.501));
        assert_eq!(image(&[&[[0.9, 0.1]; 5]]), Some(dot));
    }

    #[test]
    fn a_bar_is_as_long_and_as_thick_as_in_mnist() {
        let bar = image(&[&[[0.2, 0.3], [0.2, 0.7]]]).unwrap();
        let column: f32 = bar.iter().skip(14).step_by(SIDE).sum();
        let row: f32 = bar[14 * SIDE..][..SIDE].iter().sum();
        assert!(
            (column - 20.0).abs() < 0.5 && (row - 2.5).abs() < 0.25,
            "{column} x {row}"
        );
    }

    #[test]
    fn points_that_are_no_numbers_are_left_out_and_far_ones_brought_near() {
        let clean = image(&[&[[0.2, 0.3], [0.2, 0.7]]]);
        assert_eq!(
            image(&[&[[0.2, 0.3], [f32::NAN, 0.1], [0.2, f32::NEG_INFINITY], [0.2, 0.7]]]),
            clean
        );
        let far = image(&[&[[f32::MIN, f32::MIN], [f32::MAX, f32::MAX]]]);
        assert_eq!(far, image(&[&[[-0.25, -0.25], [1.25, 1.25]]]));
    }
}
