//! One measured quantity: its values, their smoothed course, and their extremes over any part.

use std::ops::Range;

/// Values whose extremes are kept as one.
const BLOCK: usize = 64;

/// Values in the order of the steps, with a running mean.
#[derive(Debug, Clone, Default)]
pub struct Series {
    raw: Vec<f32>,
    smooth: Vec<f32>,
    /// The smallest and the largest of every [`BLOCK`] values, so that a long run costs no more to draw than a short one.
    blocks: Vec<[f32; 2]>,
    keep: f32,
    average: f32,
    weight: f32,
}

impl Series {
    /// The values; one that is not finite is NaN.
    pub fn raw(&self) -> &[f32] {
        &self.raw
    }

    /// The running mean after each value.
    pub fn smooth(&self) -> &[f32] {
        &self.smooth
    }

    /// How much of the running mean is kept a step.
    pub fn keep(&self) -> f32 {
        self.keep
    }

    /// Adds the value that was measured `steps` steps after the last.
    pub fn push(&mut self, value: f32, steps: f32) {
        let value = if value.is_finite() { value } else { f32::NAN };
        if self.raw.len().is_multiple_of(BLOCK) {
            self.blocks.push([f32::INFINITY, f32::NEG_INFINITY]);
        }
        if let Some([low, high]) = self.blocks.last_mut() {
            (*low, *high) = (low.min(value), high.max(value));
        }
        self.raw.push(value);
        self.average_in(value, steps);
    }

    /// An exponential running mean, corrected for its start at zero as Adam corrects its own.
    fn average_in(&mut self, value: f32, steps: f32) {
        if value.is_finite() {
            let keep = self.keep.powf(steps);
            self.average = keep * self.average + (1.0 - keep) * value;
            self.weight = keep * self.weight + (1.0 - keep);
        }
        self.smooth.push(self.average / self.weight);
    }

    /// Another smoothing of the same values; `places` are the steps at which they were measured.
    pub fn set_keep(&mut self, keep: f32, places: &[f32]) {
        (self.keep, self.average, self.weight) = (keep, 0.0, 0.0);
        self.smooth.clear();
        for i in 0..self.raw.len() {
            let before = i.checked_sub(1).map_or(0.0, |before| places[before]);
            self.average_in(self.raw[i], places[i] - before);
        }
    }

    /// The smallest and the largest of a part of the values; none where there are none.
    pub fn extremes(&self, part: Range<usize>) -> Option<[f32; 2]> {
        let wider = |[low, high]: [f32; 2], [a, b]: [f32; 2]| [low.min(a), high.max(b)];
        let empty = [f32::INFINITY, f32::NEG_INFINITY];
        let plain = |part: Range<usize>| self.raw[part].iter().fold(empty, |both, &v| wider(both, [v, v]));
        let (first, last) = (part.start.div_ceil(BLOCK), part.end / BLOCK);
        let [low, high] = if first < last {
            let whole = self.blocks[first..last].iter().fold(empty, |both, &b| wider(both, b));
            let ends = wider(plain(part.start..first * BLOCK), plain(last * BLOCK..part.end));
            wider(whole, ends)
        } else {
            plain(part)
        };
        (low <= high).then_some([low, high])
    }

    /// Forgets all but the smoothing.
    pub fn clear(&mut self) {
        *self = Self {
            keep: self.keep,
            ..Self::default()
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: impl IntoIterator<Item = f32>) -> Series {
        let mut series = Series::default();
        values.into_iter().for_each(|value| series.push(value, 1.0));
        series
    }

    #[test]
    fn extremes_of_any_part_are_those_of_plain_loops() {
        let values: Vec<f32> = (0..1000u32).map(|i| (i * 7919 % 1009) as f32).collect();
        let series = series(values.iter().copied());
        for start in (0..1000).step_by(37) {
            for end in (start..=1000).step_by(29) {
                let low = values[start..end].iter().copied().reduce(f32::min);
                let high = values[start..end].iter().copied().reduce(f32::max);
                let expected = low.zip(high).map(|(low, high)| [low, high]);
                assert_eq!(series.extremes(start..end), expected, "{start}..{end}");
            }
        }
    }

    #[test]
    fn what_is_not_finite_leaves_a_gap_and_no_trace() {
        let series = series([1.0, f32::INFINITY, 3.0, f32::NAN]);
        assert_eq!(series.extremes(0..4), Some([1.0, 3.0]));
        assert_eq!(series.extremes(3..4), None);
        assert!(series.raw()[1].is_nan() && series.smooth().iter().all(|value| value.is_finite()));
    }

    #[test]
    fn a_value_for_many_steps_weighs_like_as_many() {
        let mut every = Series::default();
        every.set_keep(0.9, &[]);
        let mut tenth = every.clone();
        for value in [2.0, 1.0, 0.5] {
            (0..10).for_each(|_| every.push(value, 1.0));
            tenth.push(value, 10.0);
        }
        let last = |series: &Series| *series.smooth().last().unwrap();
        assert!((last(&every) - last(&tenth)).abs() < 1e-6);
    }
}
