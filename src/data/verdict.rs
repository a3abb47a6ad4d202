//! What may be said of a drawing, by a rule in the open.
//!
//! A softmax spreads all of its certainty over the digits that it knows: letters and scribbles get a digit, too, and
//! often a high probability. So a second, small network (`public/model/README.md`) was trained on digits, and on letters
//! and scribbles as an eleventh class. Its word for that class is the doubt of [`judge`]. What is much longer than any
//! digit needs no network to be refused. `docs/drawing.md` has what the limits refuse of scribbles, letters and digits.

use serde::{Deserialize, Serialize};

use super::{curve::distance, strokes::Drawing};

/// From this probability of the gate's last class on, a drawing is no digit: what still costs less than 2 % of real digits.
const NO_DIGIT: f32 = 0.4;

/// A way longer than this many times the drawing's longer side is no digit's: of the 1,200 of UJI's pens the longest has
/// 4.8, and of the UCI Pen-Based Digits, as `tests/strokes/pens.py` finds them, one is longer.
const LONGEST: f32 = 5.0;

/// Points nearer than this share of the longer side are left out of the way: a shaking hand goes no farther.
const SHAKING: f32 = 0.05;

/// Where the second class has at least this share of the first one's probability, both are named.
const RIVAL: f32 = 0.5;

/// What speaks against a drawing's being a digit.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Doubt {
    /// The gate's probability that it is no digit; 0 without a gate.
    pub gate: f32,
    /// How long the pen's way is, in units of the drawing's longer side.
    pub length: f32,
}

/// How long the pen's way over the paper is, in units of the drawing's longer side; 0 for a dot.
pub fn length(drawing: &Drawing) -> f32 {
    let points = drawing.strokes.iter().flatten();
    let points = points.filter(|point| point.iter().all(|at| at.is_finite()));
    let side = |axis: usize| {
        let at = points.clone().map(|point| point[axis]);
        at.clone().fold(f32::NEG_INFINITY, f32::max) - at.fold(f32::INFINITY, f32::min)
    };
    let extent = side(0).max(side(1));
    let way = |stroke: &Vec<[f32; 2]>| {
        let start = (0.0, stroke.first().copied());
        let (way, _) = stroke.iter().fold(start, |(way, last), &point| {
            let step = last.map_or(0.0, |last| distance(last, point));
            match step >= SHAKING * extent {
                true => (way + step, Some(point)),
                false => (way, last),
            }
        });
        way
    };
    let ways: f32 = drawing.strokes.iter().map(way).sum();
    if extent > 0.0 { ways / extent } else { 0.0 }
}

/// What is said of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// It is the most probable class.
    Read,
    /// It may as well be the second one.
    Ambiguous {
        /// The second most probable class.
        rival: usize,
    },
    /// It is several digits side by side.
    Several,
    /// It is no digit.
    NoDigit,
}

impl Verdict {
    /// Whether one class is the answer, if not a sure one.
    pub fn names_one(self) -> bool {
        matches!(self, Self::Read | Self::Ambiguous { .. })
    }
}

/// The verdict on one figure. `probabilities` are the answering model's, one a class; where the classes are no digits
/// there is no doubt of this kind.
pub fn judge(doubt: Doubt, probabilities: &[f32]) -> Verdict {
    if doubt.gate >= NO_DIGIT || doubt.length > LONGEST {
        return Verdict::NoDigit;
    }
    let mut classes: Vec<usize> = (0..probabilities.len()).collect();
    classes.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    match classes[..] {
        [first, rival, ..] if probabilities[rival] >= RIVAL * probabilities[first] => Verdict::Ambiguous { rival },
        _ => Verdict::Read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SURE: Doubt = Doubt { gate: 0.1, length: 2.0 };

    #[test]
    fn what_the_gate_doubts_is_no_digit_however_sure_the_model_is() {
        assert_eq!(judge(Doubt { gate: 0.9, ..SURE }, &[0.0, 1.0]), Verdict::NoDigit);
        assert_eq!(judge(SURE, &[0.0, 1.0]), Verdict::Read);
        assert_eq!(judge(Doubt::default(), &[0.0, 1.0]), Verdict::Read);
    }

    #[test]
    fn a_long_way_is_no_digit() {
        assert_eq!(judge(Doubt { length: 7.0, ..SURE }, &[0.0, 1.0]), Verdict::NoDigit);
    }

    #[test]
    fn the_way_is_measured_by_the_longer_side_and_shaking_adds_nothing() {
        let of = |strokes: &[&[[f32; 2]]]| {
            let strokes = strokes.iter().map(|stroke| stroke.to_vec()).collect();
            length(&Drawing { strokes })
        };
        assert_eq!(of(&[]), 0.0);
        assert_eq!(of(&[&[[0.5, 0.5]]]), 0.0);
        assert!((of(&[&[[0.1, 0.2], [0.1, 0.7], [0.3, 0.7]], &[[0.2, 0.2], [0.2, 0.7]]]) - 2.4).abs() < 1e-5);
        let shaken: Vec<_> = (0..=100).map(|i| [0.01 * (i % 2) as f32, i as f32 / 100.0]).collect();
        assert!(of(&[&shaken]) < 1.1);
    }

    #[test]
    fn two_that_are_near_each_other_are_both_named() {
        assert_eq!(judge(SURE, &[0.1, 0.5, 0.4]), Verdict::Ambiguous { rival: 2 });
        assert_eq!(judge(SURE, &[0.1, 0.7, 0.2]), Verdict::Read);
        assert_eq!(judge(SURE, &[1.0]), Verdict::Read);
    }
}
