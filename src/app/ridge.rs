//! How a layer's numbers are spread over time: histograms of its last moments, one line behind the other.

use std::collections::VecDeque;

use crate::protocol::{Histogram, Inspection};

/// What is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spread {
    /// Outputs for test images.
    Activations,
    /// Parameters.
    Weights,
    /// The gradient of the last step.
    Gradients,
}

impl Spread {
    /// In the order of the page.
    pub const ALL: [Self; 3] = [Self::Activations, Self::Weights, Self::Gradients];

    /// For tests and tools.
    pub fn id(self) -> &'static str {
        match self {
            Self::Activations => "activations",
            Self::Weights => "weights",
            Self::Gradients => "gradients",
        }
    }

    fn of(self, inspection: &Inspection) -> Option<&Histogram> {
        match self {
            Self::Activations => inspection.activations.as_ref(),
            Self::Weights => inspection.weights.as_ref(),
            Self::Gradients => inspection.gradients.as_ref(),
        }
    }
}

/// The histograms of a layer's last moments.
#[derive(Debug, Clone, Default)]
pub struct Course {
    /// Steps and what was found after them, oldest first.
    moments: VecDeque<(usize, [Option<Histogram>; 3])>,
}

impl Course {
    /// The most moments that are kept.
    pub const MOST: usize = 40;

    /// What was found after a step. A step before the last one begins another course.
    pub fn push(&mut self, global_step: usize, inspection: &Inspection) {
        let last = self.moments.back().map_or(0, |(step, _)| *step);
        if global_step < last {
            self.moments.clear();
        }
        if global_step == last {
            self.moments.pop_back();
        }
        if self.moments.len() == Self::MOST {
            self.moments.pop_front();
        }
        let histograms = Spread::ALL.map(|spread| spread.of(inspection).cloned());
        self.moments.push_back((global_step, histograms));
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.moments.clear();
    }

    /// Those of one kind, oldest first.
    pub fn of(&self, spread: Spread) -> Vec<&Histogram> {
        let moments = self.moments.iter();
        moments
            .filter_map(|(_, found)| found[spread as usize].as_ref())
            .collect()
    }
}

/// Histograms on one axis. Both coordinates are from 0 to 1; the height is the square root of the share of the fullest
/// bin, so that tails are seen beside a peak.
#[derive(Debug, Clone, PartialEq)]
pub struct Ridge {
    /// The smallest and the largest number of all.
    pub ends: [f32; 2],
    /// A line a histogram, oldest first.
    pub lines: Vec<Vec<[f64; 2]>>,
}

impl Ridge {
    /// Of those histograms; none where there are none.
    pub fn of(histograms: &[&Histogram]) -> Option<Self> {
        let low = histograms.iter().map(|histogram| histogram.low).reduce(f32::min)?;
        let high = histograms.iter().map(|histogram| histogram.high).reduce(f32::max)?;
        let ends = [low, high];
        Some(Self {
            ends,
            lines: histograms.iter().map(|histogram| line(histogram, ends)).collect(),
        })
    }

    /// Where on the axis a number is, if it is on it.
    pub fn place(&self, value: f32) -> Option<f64> {
        let [low, high] = self.ends;
        (low < high && (low..=high).contains(&value)).then(|| along(value.into(), self.ends))
    }
}

fn along(value: f64, [low, high]: [f32; 2]) -> f64 {
    match high > low {
        true => (value - f64::from(low)) / (f64::from(high) - f64::from(low)),
        false => 0.5,
    }
}

fn line(histogram: &Histogram, ends: [f32; 2]) -> Vec<[f64; 2]> {
    let most = histogram.counts.iter().copied().max().unwrap_or(0).max(1);
    let (low, high) = (f64::from(histogram.low), f64::from(histogram.high));
    let width = (high - low) / histogram.counts.len() as f64;
    let middles = histogram.counts.iter().enumerate().map(|(bin, &count)| {
        let height = (f64::from(count) / f64::from(most)).sqrt();
        [along(low + width * (bin as f64 + 0.5), ends), height]
    });
    let (start, end) = ([along(low, ends), 0.0], [along(high, ends), 0.0]);
    [start].into_iter().chain(middles).chain([end]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Answering;

    fn inspection(values: &[f32]) -> Inspection {
        Inspection {
            request: 1,
            layer: 0,
            model: Answering::Pretrained,
            tensors: vec![],
            activations: None,
            weights: Histogram::of(values),
            gradients: None,
            images: 0,
            dead: None,
        }
    }

    #[test]
    fn a_course_is_bounded_and_begins_anew_with_a_new_run() {
        let mut course = Course::default();
        for step in 1..=100 {
            course.push(step, &inspection(&[0.0, 1.0]));
            course.push(step, &inspection(&[0.0, 2.0]));
        }
        assert_eq!(course.of(Spread::Weights).len(), Course::MOST);
        assert_eq!(
            course.of(Spread::Weights)[0].high,
            2.0,
            "the later look at a step counts"
        );
        assert!(course.of(Spread::Gradients).is_empty());
        course.push(1, &inspection(&[0.0]));
        assert_eq!(course.of(Spread::Weights).len(), 1);
    }

    #[test]
    fn all_lines_share_one_axis() {
        let [narrow, wide] = [[-1.0, 1.0], [-2.0, 2.0]].map(|ends| Histogram::of(&ends).unwrap());
        let ridge = Ridge::of(&[&narrow, &wide]).unwrap();
        assert_eq!(
            (ridge.ends, ridge.place(0.0), ridge.place(3.0)),
            ([-2.0, 2.0], Some(0.5), None)
        );
        let reach = |line: &[[f64; 2]]| [line[0][0], line[line.len() - 1][0]];
        assert_eq!(
            [reach(&ridge.lines[0]), reach(&ridge.lines[1])],
            [[0.25, 0.75], [0.0, 1.0]]
        );
        let points = ridge.lines.iter().flatten().flatten();
        assert!(points.into_iter().all(|x| (0.0..=1.0).contains(x)));
        assert_eq!(Ridge::of(&[]), None);
        assert_eq!(Ridge::of(&[&Histogram::of(&[3.0]).unwrap()]).unwrap().place(3.0), None);
    }
}
