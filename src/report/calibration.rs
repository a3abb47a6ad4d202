//! Whether a network is right as often as it says.

/// Answers by their confidence, in equally wide bins from 0 to 1: Guo et al., On Calibration of Modern Neural Networks,
/// 2017, arXiv:1706.04599.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// From the least confident to the most.
    pub bins: Vec<Bin>,
}

/// The answers of one bin. Bin `m` of `M` has the confidences in `((m - 1) / M, m / M]`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// How many answers.
    pub count: usize,
    /// How many of them were right.
    pub right: usize,
    /// The sum of their confidences.
    confidence: f64,
}

impl Bin {
    /// The share that was right; none of no answers.
    pub fn accuracy(&self) -> Option<f64> {
        (self.count > 0).then(|| self.right as f64 / self.count as f64)
    }

    /// The mean confidence; none of no answers.
    pub fn confidence(&self) -> Option<f64> {
        (self.count > 0).then(|| self.confidence / self.count as f64)
    }
}

impl Calibration {
    /// Sorts answers into bins: how sure each was, from 0 to 1, and whether it was right.
    pub fn of(answers: impl IntoIterator<Item = (f32, bool)>, bins: usize) -> Self {
        let mut bins = vec![Bin::default(); bins.max(1)];
        let last = bins.len() - 1;
        for (confidence, right) in answers {
            let place = (f64::from(confidence) * bins.len() as f64).ceil() as usize;
            let bin = &mut bins[place.saturating_sub(1).min(last)];
            bin.count += 1;
            bin.right += usize::from(right);
            bin.confidence += f64::from(confidence);
        }
        Self { bins }
    }

    /// The expected calibration error, `ECE = sum_m |B_m| / n |acc(B_m) - conf(B_m)|`; none of no answers.
    pub fn error(&self) -> Option<f64> {
        let all: usize = self.bins.iter().map(|bin| bin.count).sum();
        let off = self.bins.iter().map(|bin| (bin.right as f64 - bin.confidence).abs());
        (all > 0).then(|| off.sum::<f64>() / all as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_open_below_and_closed_above() {
        let calibration = Calibration::of([(0.0, false), (0.5, true), (0.51, true), (1.0, true)], 2);
        let counts: Vec<_> = calibration.bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [2, 2]);
        assert_eq!(calibration.bins[0].accuracy(), Some(0.5));
        assert_eq!(calibration.bins[0].confidence(), Some(0.25));
    }

    #[test]
    fn the_error_is_the_mean_gap_weighted_by_answers() {
        // Three answers at 0.75 of which one is right, one at 0.25 that is right.
        let answers = [(0.75, true), (0.75, false), (0.75, false), (0.25, true)];
        let calibration = Calibration::of(answers, 10);
        let expected = 0.75 * (0.75 - 1.0 / 3.0) + 0.25 * 0.75;
        assert!((calibration.error().unwrap() - expected).abs() < 1e-12);
        assert_eq!(Calibration::of([], 10).error(), None);
        assert_eq!(Calibration::of([], 10).bins[3].accuracy(), None);
    }
}
