//! What may be said of a drawing, by a rule in the open.
//!
//! A softmax spreads all of its certainty over the digits that it knows: letters and scribbles get a digit, too, and
//! often a high probability. So a second, small network (`public/model/README.md`) was trained on digits, and on letters
//! and scribbles as an eleventh class. Its word for that class is the doubt of [`judge`]. The measure of both limits is
//! in `tests/verdict.rs`: what is refused of scribbles and letters, and of digits.

use serde::{Deserialize, Serialize};

/// From this probability of the gate's last class on, a drawing is no digit.
pub const NO_DIGIT: f32 = 0.5;

/// Where the second class has at least this share of the first one's probability, both are named.
pub const RIVAL: f32 = 0.5;

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

/// The verdict on one figure.
///
/// `doubt` is the gate's probability that it is no digit; none where nothing can be said of that: no gate was loaded, or
/// the classes are no digits. `probabilities` are the answering model's, one a class.
pub fn judge(doubt: Option<f32>, probabilities: &[f32]) -> Verdict {
    if doubt.is_some_and(|doubt| doubt >= NO_DIGIT) {
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

    #[test]
    fn what_the_gate_doubts_is_no_digit_however_sure_the_model_is() {
        assert_eq!(judge(Some(0.9), &[0.0, 1.0]), Verdict::NoDigit);
        assert_eq!(judge(Some(0.1), &[0.0, 1.0]), Verdict::Read);
        assert_eq!(judge(None, &[0.0, 1.0]), Verdict::Read);
    }

    #[test]
    fn two_that_are_near_each_other_are_both_named() {
        assert_eq!(judge(None, &[0.1, 0.5, 0.4]), Verdict::Ambiguous { rival: 2 });
        assert_eq!(judge(None, &[0.1, 0.7, 0.2]), Verdict::Read);
        assert_eq!(judge(None, &[1.0]), Verdict::Read);
    }
}
