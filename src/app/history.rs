//! What a run has measured so far, kept outside the page's signals: it grows by a hundred points a second.

use std::collections::VecDeque;

use crate::protocol::{BatchReport, EpochReport};

/// The seconds over which speed is averaged.
const RATE_WINDOW: f64 = 4.0;

/// One measured quantity, a value a step, with its smoothed course.
#[derive(Debug, Clone, Default)]
pub struct Series {
    raw: Vec<f32>,
    smooth: Vec<f32>,
    keep: f32,
    average: f32,
    weight: f32,
}

impl Series {
    /// The values, first step first.
    pub fn raw(&self) -> &[f32] {
        &self.raw
    }

    /// The running average after each value.
    pub fn smooth(&self) -> &[f32] {
        &self.smooth
    }

    fn push(&mut self, value: f32) {
        self.raw.push(value);
        self.average_in(value);
    }

    /// An exponential running mean, corrected for its start at zero as Adam corrects its own.
    fn average_in(&mut self, value: f32) {
        self.average = self.keep * self.average + (1.0 - self.keep) * value;
        self.weight = self.keep * self.weight + (1.0 - self.keep);
        self.smooth.push(self.average / self.weight);
    }

    fn set_keep(&mut self, keep: f32) {
        (self.keep, self.average, self.weight) = (keep, 0.0, 0.0);
        self.smooth.clear();
        for i in 0..self.raw.len() {
            self.average_in(self.raw[i]);
        }
    }

    fn clear(&mut self) {
        *self = Self {
            keep: self.keep,
            ..Self::default()
        };
    }
}

/// Everything measured since the last reset.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Loss of each batch, in nats.
    pub loss: Series,
    /// Accuracy of each batch, 0 to 1.
    pub accuracy: Series,
    /// One a finished epoch.
    pub epochs: Vec<EpochReport>,
    /// Steps an epoch; 0 before the first step.
    pub steps_per_epoch: usize,
    recent: VecDeque<Moment>,
    images: usize,
}

/// Where the run was at a time.
#[derive(Debug, Clone, Copy)]
struct Moment {
    elapsed: f64,
    waited: f64,
    images: usize,
    step: usize,
}

impl History {
    /// Adds a batch. `elapsed` is the training time so far, in seconds, and `waited` what of it went by without work.
    pub fn push(&mut self, report: &BatchReport, elapsed: f64, waited: f64) {
        self.loss.push(report.batch.loss);
        self.accuracy.push(report.batch.accuracy);
        self.steps_per_epoch = report.steps_per_epoch;
        self.images += report.images;
        self.recent.push_back(Moment {
            elapsed,
            waited,
            images: self.images,
            step: report.global_step,
        });
        while self.recent.len() > 2 && elapsed - self.recent[0].elapsed > RATE_WINDOW {
            self.recent.pop_front();
        }
    }

    /// Images and steps a second lately; none before there is something to measure.
    pub fn rate(&self) -> Option<Rate> {
        let (first, last) = (self.recent.front()?, self.recent.back()?);
        let seconds = last.elapsed - first.elapsed;
        (seconds > 0.0).then(|| Rate {
            images: (last.images - first.images) as f64 / seconds,
            steps: (last.step - first.step) as f64 / seconds,
            waiting: (last.waited - first.waited) / seconds,
        })
    }

    /// How much of the running mean is kept a step, 0 (no smoothing) to below 1.
    pub fn smooth(&mut self, keep: f32) {
        self.loss.set_keep(keep);
        self.accuracy.set_keep(keep);
    }

    /// As set by [`Self::smooth`].
    pub fn keep(&self) -> f32 {
        self.loss.keep
    }

    /// Forgets all but the smoothing.
    pub fn clear(&mut self) {
        self.loss.clear();
        self.accuracy.clear();
        self.epochs.clear();
        self.recent.clear();
        (self.images, self.steps_per_epoch) = (0, 0);
    }
}

/// Speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Images a second.
    pub images: f64,
    /// Steps a second.
    pub steps: f64,
    /// Share of the time in which a worker waits for the others, 0 to 1.
    pub waiting: f64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Metrics;

    fn report(step: usize, loss: f32) -> BatchReport {
        let batch = Metrics { loss, accuracy: 0.5 };
        BatchReport {
            epoch: 0,
            step,
            steps_per_epoch: 10,
            global_step: step,
            images: 64,
            batch,
            running: batch,
            ..BatchReport::default()
        }
    }

    #[test]
    fn smoothing_starts_at_the_first_value_and_can_be_changed_later() {
        let mut history = History::default();
        history.smooth(0.9);
        for (step, loss) in [2.0, 1.0, 1.0].into_iter().enumerate() {
            history.push(&report(step + 1, loss), step as f64, 0.0);
        }
        let smooth = history.loss.smooth().to_vec();
        assert_eq!(smooth[0], 2.0);
        assert!(smooth[1] > 1.4 && smooth[2] < smooth[1]);
        history.smooth(0.0);
        assert_eq!(history.loss.smooth(), [2.0, 1.0, 1.0]);
        history.smooth(0.9);
        assert_eq!(history.loss.smooth(), smooth);
    }

    #[test]
    fn speed_is_that_of_the_last_seconds() {
        let mut history = History::default();
        assert!(history.rate().is_none());
        for step in 1..=100 {
            let seconds_a_step = if step < 50 { 1.0 } else { 0.1 };
            let elapsed = 49.0 + (step as f64 - 50.0) * seconds_a_step;
            history.push(&report(step, 1.0), elapsed, elapsed / 8.0);
        }
        let rate = history.rate().unwrap();
        assert!(
            (rate.images - 640.0).abs() < 1.0 && (rate.steps - 10.0).abs() < 0.1,
            "{rate:?}"
        );
        assert!((rate.waiting - 0.125).abs() < 1e-6, "{rate:?}");
        history.clear();
        assert!(history.rate().is_none() && history.loss.raw().is_empty());
    }
}
