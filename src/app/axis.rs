//! Axes: what a chart shows of its values, where ticks go, and how many points become a few.

use std::ops::Range;

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
    /// For what is best at 0: from there (or from the smallest, when `log`) to what all but the largest 2 % stay below.
    pub fn from_zero(values: &[f32], points: &[f32], log: bool) -> Self {
        let sorted = sample(values);
        let most = points
            .iter()
            .copied()
            .fold(quantile(&sorted, 0.98).unwrap_or(0.0), f32::max);
        let most = if most > 0.0 { most } else { 1.0 };
        if !log {
            return Self {
                low: 0.0,
                high: round_above(most),
                log,
            };
        }
        let above_zero = |value: &f32| *value > 0.0;
        let least = points
            .iter()
            .copied()
            .filter(above_zero)
            .fold(quantile(&sorted, 0.02).filter(above_zero).unwrap_or(most), f32::min);
        let high = nice_above(quantile(&sorted, 1.0).unwrap_or(most).max(most));
        let low = nice_below(least.max(high * 1e-5)).min(high / 10.0);
        Self { low, high, log }
    }

    /// For what moves little: from a round number below the smallest to one above the largest.
    pub fn around(values: &[f32], log: bool) -> Self {
        let sorted = sample(values);
        let (Some(&least), Some(&most)) = (sorted.first(), sorted.last()) else {
            return Self::from_zero(&[], &[], log);
        };
        if log {
            return Self::from_zero(values, &[], log);
        }
        let step = nice_above(((most - least) / 4.0).max(most.abs() * 0.005));
        Self {
            low: (least / step).floor() * step,
            high: (most / step + 1e-3).ceil() * step,
            log,
        }
    }

    /// For shares that are best at 1: up to there, from a round number that all but the smallest 5 % stay above.
    pub fn up_to_one(values: &[f32], points: &[f32]) -> Self {
        let least = points
            .iter()
            .copied()
            .fold(quantile(&sample(values), 0.05).unwrap_or(0.0), f32::min);
        let low = [0.99, 0.98, 0.95, 0.9, 0.8, 0.5]
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

/// Which part of the places a chart shows: those inside, and one more on each side, so that lines run to the edge.
pub fn part(places: &[f32], [from, to]: [f32; 2]) -> Range<usize> {
    let start = places.partition_point(|&place| place < from).saturating_sub(1);
    let end = (places.partition_point(|&place| place <= to) + 1).min(places.len());
    start..end.max(start)
}

/// The ends of runs of neighbours that share a column of pixels: at most `columns` and two, however many places there are.
pub fn columns(places: &[f32], [from, to]: [f32; 2], columns: usize) -> Vec<Range<usize>> {
    let shown = part(places, [from, to]);
    if shown.len() <= columns {
        return shown.map(|i| i..i + 1).collect();
    }
    let width = (to - from) / columns as f32;
    let mut start = shown.start;
    let mut ranges = Vec::with_capacity(columns + 2);
    // One column before the first and one after the last.
    for column in 0..=columns + 1 {
        let edge = if column > columns {
            f32::INFINITY
        } else {
            from + width * column as f32
        };
        let end = start + places[start..shown.end].partition_point(|&place| place <= edge);
        if end > start {
            ranges.push(start..end);
        }
        start = end;
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_few_and_leave_no_value_out() {
        let places: Vec<f32> = (1..=100_000).map(|i| i as f32).collect();
        let all = columns(&places, [0.0, 100_000.0], 400);
        assert!(all.len() <= 402);
        assert_eq!((all[0].start, all.last().unwrap().end), (0, 100_000));
        assert!(all.windows(2).all(|pair| pair[0].end == pair[1].start));
        let zoomed = columns(&places, [50_000.0, 50_100.0], 400);
        assert_eq!((zoomed[0].clone(), zoomed.len()), (49_998..49_999, 103));
        assert!(columns(&[], [0.0, 1.0], 400).is_empty());
    }

    #[test]
    fn uneven_places_share_columns_by_where_they_lie() {
        let places: Vec<f32> = (0..1000).map(|i| (i as f32 / 1000.0).powi(3)).collect();
        let columns = columns(&places, [0.0, 1.0], 10);
        assert_eq!(columns.last().unwrap().end, 1000);
        let widest = columns.iter().map(|range| places[range.end - 1] - places[range.start]);
        assert!(widest.fold(0.0, f32::max) <= 0.1001);
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
    fn what_moves_little_fills_the_height() {
        let scale = Scale::around(&[12.3, 12.9, 13.4], false);
        assert_eq!((scale.low, scale.high), (12.0, 13.5));
        let still = Scale::around(&[7.0; 20], false);
        assert!(still.low < still.high && still.at(7.0) >= 0.0 && still.at(7.0) <= 1.0);
    }

    #[test]
    fn the_scale_ignores_a_few_outliers_but_no_validation_point() {
        let mut values = vec![0.05; 1000];
        values[..10].fill(2.3);
        let high = |validation: &[f32]| Scale::from_zero(&values, validation, false).high;
        assert!((high(&[]) - 0.05).abs() < 1e-6);
        assert!((high(&[0.29]) - 0.3).abs() < 1e-6);
        let log = Scale::from_zero(&values, &[], true);
        assert!(log.low <= 0.05 && log.high >= 2.3);
        assert!((log.at(log.high) - 1.0).abs() < 1e-6 && log.at(log.low).abs() < 1e-6);
        assert_eq!(Scale::up_to_one(&[0.99; 50], &[0.97]).low, 0.95);
        assert_eq!(Scale::up_to_one(&[], &[]).low, 0.0);
        for empty in [
            Scale::from_zero(&[0.0; 9], &[], true),
            Scale::from_zero(&[f32::NAN], &[], false),
        ] {
            assert!(
                empty.low.is_finite() && empty.high > empty.low && !empty.ticks().is_empty(),
                "{empty:?}"
            );
        }
    }
}
