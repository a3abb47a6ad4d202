//! Smooth curves through the points of a pen stroke: a fast hand leaves few points, and they were never joined by
//! straight lines.
//!
//! A centripetal Catmull-Rom spline (Yuksel, Schaefer, Keyser, "On the parameterization of Catmull-Rom curves", 2009):
//! it goes through every point and makes no loops of its own. Where the stroke turns sharply the tangent is shortened
//! to nothing, so that the corner of a 7 stays a corner.

use super::strokes::Point;

/// Up to this cosine of the turn (60 degrees) the curve is smooth.
const SMOOTH: f32 = 0.5;

/// From this cosine of the turn (about 105 degrees) there is a corner.
const CORNER: f32 = -0.25;

/// The most pieces that the curve from one point to the next is cut into.
const MAX_PIECES: f32 = 64.0;

/// Points so close on a smooth curve through `points` that straight lines of about the length `step` join them.
pub(super) fn smooth(points: &[Point], step: f32) -> Vec<Point> {
    let tangents: Vec<_> = (0..points.len()).map(|index| tangent(points, index)).collect();
    let mut curve = points[..1].to_vec();
    for (index, ends) in points.windows(2).enumerate() {
        let (from, to) = (ends[0], ends[1]);
        let (start, end) = end_tangents(from, to, tangents[index], tangents[index + 1]);
        let pieces = (distance(from, to) / step).ceil().clamp(1.0, MAX_PIECES);
        curve.extend((1..=pieces as usize).map(|piece| hermite(from, to, start, end, piece as f32 / pieces)));
    }
    curve
}

/// The direction of the curve at an inner point, in units of the square root of a length; none at the two ends.
fn tangent(points: &[Point], index: usize) -> Option<Point> {
    let [before, here, after] = points.get(index.checked_sub(1)?..index + 2)?.try_into().ok()?;
    let (back, ahead) = (knot_distance(before, here), knot_distance(here, after));
    let at = |axis: usize| {
        (here[axis] - before[axis]) / back - (after[axis] - before[axis]) / (back + ahead)
            + (after[axis] - here[axis]) / ahead
    };
    let smoothness = ((turn_cosine(before, here, after) - CORNER) / (SMOOTH - CORNER)).clamp(0.0, 1.0);
    Some([smoothness * at(0), smoothness * at(1)])
}

/// The derivatives at both ends of the piece from one point to the next. Where the stroke begins or ends, the one that
/// leaves no curvature there.
fn end_tangents(from: Point, to: Point, start: Option<Point>, end: Option<Point>) -> (Point, Point) {
    let knots = knot_distance(from, to);
    let scaled = |tangent: Point| [tangent[0] * knots, tangent[1] * knots];
    let chord = [to[0] - from[0], to[1] - from[1]];
    let free = |other: Point| [1.5 * chord[0] - 0.5 * other[0], 1.5 * chord[1] - 0.5 * other[1]];
    match (start.map(scaled), end.map(scaled)) {
        (Some(start), Some(end)) => (start, end),
        (Some(start), None) => (start, free(start)),
        (None, Some(end)) => (free(end), end),
        (None, None) => (chord, chord),
    }
}

/// The cubic from one point to the other with these derivatives, at `t` from 0 to 1.
fn hermite(from: Point, to: Point, start: Point, end: Point, t: f32) -> Point {
    let (squared, cubed) = (t * t, t * t * t);
    let to_weight = 3.0 * squared - 2.0 * cubed;
    let start_weight = cubed - 2.0 * squared + t;
    let end_weight = cubed - squared;
    [0, 1].map(|axis| {
        from[axis] + to_weight * (to[axis] - from[axis]) + start_weight * start[axis] + end_weight * end[axis]
    })
}

/// The cosine of the angle by which the way turns at `here`.
fn turn_cosine(before: Point, here: Point, after: Point) -> f32 {
    let back = [here[0] - before[0], here[1] - before[1]];
    let ahead = [after[0] - here[0], after[1] - here[1]];
    (back[0] * ahead[0] + back[1] * ahead[1]) / (distance(before, here) * distance(here, after))
}

/// Centripetal: the square root of the distance.
fn knot_distance(a: Point, b: Point) -> f32 {
    distance(a, b).sqrt()
}

pub(super) fn distance(a: Point, b: Point) -> f32 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

#[cfg(test)]
mod tests {
    use super::super::strokes::squared_distance;
    use super::*;

    #[test]
    fn eight_points_of_a_circle_are_enough() {
        let at = |angle: f32| [angle.cos(), angle.sin()];
        let points: Vec<_> = (0..=8)
            .map(|index| at(index as f32 * std::f32::consts::FRAC_PI_4))
            .collect();
        let error = |curve: Vec<Point>| {
            curve
                .iter()
                .map(|point| (point[0].hypot(point[1]) - 1.0).abs())
                .fold(0.0, f32::max)
        };
        // The first and the last eighth have a free end; straight lines are off by 0.076.
        assert!(error(smooth(&points, 0.02)) < 0.04);
    }

    #[test]
    fn a_sharp_corner_stays_one() {
        let points = [[0.0, 0.0], [1.0, 0.0], [0.4, 1.0]];
        let off = |point: Point| {
            let legs = points.windows(2).map(|ends| squared_distance(point, ends[0], ends[1]));
            legs.fold(f32::INFINITY, f32::min).sqrt()
        };
        assert!(smooth(&points, 0.05).into_iter().all(|point| off(point) < 1e-5));
    }

    #[test]
    fn one_and_two_points_stay_what_they_are() {
        assert_eq!(smooth(&[[0.3, 0.4]], 0.1), [[0.3, 0.4]]);
        let line = smooth(&[[0.0, 0.0], [1.0, 2.0]], 0.5);
        assert_eq!(line.len(), 6);
        assert!(line.iter().all(|point| (point[1] - 2.0 * point[0]).abs() < 1e-6));
    }
}
