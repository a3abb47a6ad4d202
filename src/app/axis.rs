//! Axes: what a chart shows of its values, where ticks go, and how many points become a few.

/// A range of values and the way from a value to a height.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The value at the bottom; above 0 when `log`.
    pub low: f32,
    /// The value at the top.
    pub high: f32,
    /// Equal factors, not equal differences, are equally far apart.
    pub log: bool,
}

impl Scale {
    /// For losses: from 0 (or the smallest, when `log`) to what all but the largest 2 % stay below.
    pub fn for_loss(values: &[f32], points: &[f32], log: bool) -> Self {
        let sorted = sample(values);
        let most = points
            .iter()
            .copied()
            .fold(quantile(&sorted, 0.98).unwrap_or(1.0), f32::max);
        if !log {
            return Self {
                low: 0.0,
                high: round_above(most),
                log,
            };
        }
        let least = points
            .iter()
            .copied()
            .fold(quantile(&sorted, 0.02).unwrap_or(0.1), f32::min);
        let high = nice_above(quantile(&sorted, 1.0).unwrap_or(1.0).max(most));
        let low = nice_below(least.max(1e-4)).min(high / 10.0);
        Self { low, high, log }
    }

    /// For accuracies: up to 1, from a round number that all but the smallest 5 % stay above.
    pub fn for_accuracy(values: &[f32], points: &[f32]) -> Self {
        let least = points
            .iter()
            .copied()
            .fold(quantile(&sample(values), 0.05).unwrap_or(0.0), f32::min);
        let low = [0.95, 0.9, 0.8, 0.5]
            .into_iter()
            .find(|&low| low <= least)
            .unwrap_or(0.0);
        Self {
            low,
            high: 1.0,
            log: false,
        }
    }

    /// How high a value is, 0 (bottom) to 1 (top); beyond when it is outside.
    pub fn at(&self, value: f32) -> f32 {
        if self.log {
            return (value.max(self.low * 1e-3) / self.low).ln() / (self.high / self.low).ln();
        }
        (value - self.low) / (self.high - self.low)
    }

    /// Round values inside the range, about four (more on a log axis).
    pub fn ticks(&self) -> Vec<f32> {
        match self.log {
            true => log_ticks(self.low, self.high),
            false => linear_ticks(self.low, self.high, 5),
        }
    }
}

/// Round numbers from `low` to `high`, about `count`.
pub fn linear_ticks(low: f32, high: f32, count: usize) -> Vec<f32> {
    let step = nice_above((high - low) / count.max(1) as f32);
    let first = (low / step - 1e-3).ceil() as i64;
    let last = (high / step + 1e-3).floor() as i64;
    (first..=last).map(|i| i as f32 * step).collect()
}

fn log_ticks(low: f32, high: f32) -> Vec<f32> {
    let decades = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let steps: &[f32] = if high / low > 150.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let all = decades.flat_map(|decade| steps.iter().map(move |step| step * 10f32.powi(decade)));
    all.filter(|tick| (low * 0.999..=high * 1.001).contains(tick)).collect()
}

/// The smallest of 1, 2, 5 times a power of ten that is not below `value`.
pub fn nice_above(value: f32) -> f32 {
    let decade = 10f32.powf(value.max(1e-9).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .find(|step| step * decade >= value * 0.9999);
    step.unwrap_or(10.0) * decade
}

/// As [`nice_above`], with more steps, so that a chart does not waste half of its height.
fn round_above(value: f32) -> f32 {
    let decade = 10f32.powf(value.max(1e-9).log10().floor());
    let steps = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0];
    let step = steps.into_iter().find(|step| step * decade >= value * 0.9999);
    step.unwrap_or(10.0) * decade
}

fn nice_below(value: f32) -> f32 {
    let decade = 10f32.powf(value.log10().floor());
    let step = [5.0, 2.0].into_iter().find(|step| step * decade <= value * 1.0001);
    step.unwrap_or(1.0) * decade
}

/// At most 512 of the values, evenly spaced, sorted: enough for a range, whatever the length.
fn sample(values: &[f32]) -> Vec<f32> {
    let mut sample: Vec<f32> = values
        .iter()
        .step_by(values.len() / 512 + 1)
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    sample.sort_by(f32::total_cmp);
    sample
}

fn quantile(sorted: &[f32], share: f32) -> Option<f32> {
    let last = sorted.len().checked_sub(1)?;
    sorted.get((last as f32 * share).round() as usize).copied()
}

/// Neighbouring values drawn as one mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// The index of the last of them.
    pub index: usize,
    /// Their smallest.
    pub low: f32,
    /// Their largest.
    pub high: f32,
    /// Their last.
    pub last: f32,
}

/// At most `columns` spans that keep every extreme, so that a chart costs the same however long the run.
pub fn spans(values: &[f32], columns: usize) -> Vec<Span> {
    let size = values.len().div_ceil(columns.max(1)).max(1);
    let span = |(i, chunk): (usize, &[f32])| Span {
        index: i * size + chunk.len() - 1,
        low: chunk.iter().copied().fold(f32::INFINITY, f32::min),
        high: chunk.iter().copied().fold(f32::NEG_INFINITY, f32::max),
        last: chunk[chunk.len() - 1],
    };
    values.chunks(size).enumerate().map(span).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_keep_every_extreme_and_are_few() {
        let mut values = vec![0.5; 100_000];
        values[77_777] = 9.0;
        values[3] = -1.0;
        let spans = spans(&values, 400);
        assert!(spans.len() <= 400);
        assert_eq!(spans.iter().map(|s| s.high).fold(0.0, f32::max), 9.0);
        assert_eq!(spans.iter().map(|s| s.low).fold(0.0, f32::min), -1.0);
        assert_eq!(spans.last().unwrap().index, 99_999);
        let few = super::spans(&[1.0, 2.0], 400);
        assert_eq!(
            few.iter().map(|s| (s.index, s.low, s.high)).collect::<Vec<_>>(),
            [(0, 1.0, 1.0), (1, 2.0, 2.0)]
        );
        assert!(super::spans(&[], 10).is_empty());
    }

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(linear_ticks(0.0, 1.0, 4), [0.0, 0.5, 1.0]);
        assert_eq!(linear_ticks(0.0, 2.5, 5), [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]);
        assert_eq!(linear_ticks(0.0, 4690.0, 6), [0.0, 1000.0, 2000.0, 3000.0, 4000.0]);
        let log = Scale {
            low: 0.02,
            high: 2.0,
            log: true,
        }
        .ticks();
        assert_eq!(
            log.iter().map(|t| (t * 100.0).round() as i32).collect::<Vec<_>>(),
            [2, 5, 10, 20, 50, 100, 200]
        );
    }

    #[test]
    fn the_scale_ignores_a_few_outliers_but_no_validation_point() {
        let mut values = vec![0.05; 1000];
        values[..10].fill(2.3);
        let high = |validation: &[f32]| Scale::for_loss(&values, validation, false).high;
        assert!((high(&[]) - 0.05).abs() < 1e-6);
        assert!((high(&[0.29]) - 0.3).abs() < 1e-6);
        let log = Scale::for_loss(&values, &[], true);
        assert!(log.low <= 0.05 && log.high >= 2.3);
        assert!((log.at(log.high) - 1.0).abs() < 1e-6 && log.at(log.low).abs() < 1e-6);
        assert_eq!(Scale::for_accuracy(&[0.99; 50], &[0.97]).low, 0.95);
        assert_eq!(Scale::for_accuracy(&[], &[]).low, 0.0);
    }
}
