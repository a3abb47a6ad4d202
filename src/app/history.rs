//! The course of a run, kept outside the page's signals: it grows by a hundred points a second.

use serde::{Deserialize, Serialize};

use super::{
    quantity::{Along, Quantity},
    series::Series,
    speed::{Rate, Speed},
};
use crate::{
    protocol::{BatchReport, EpochReport},
    spec::LiveChange,
};

/// Everything measured since the last reset.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Where each measured step lies, by [`Along`].
    places: [Vec<f32>; Along::ALL.len()],
    /// By [`Quantity`]; empty for those that have no value a step.
    series: [Series; Quantity::ALL.len()],
    /// One a finished epoch.
    pub epochs: Vec<EpochReport>,
    /// What was changed while it ran.
    pub changes: Vec<LiveChange>,
    /// Steps an epoch, at the latest step; 0 before the first.
    pub steps_per_epoch: usize,
    speed: Speed,
}

impl History {
    /// Adds a batch. `elapsed` is the training time so far, in seconds, and `waited` what of it went by without work.
    pub fn push(&mut self, report: &BatchReport, elapsed: f64, waited: f64) {
        let in_epoch = report.step as f32 / report.steps_per_epoch.max(1) as f32;
        let place = [
            report.global_step as f32,
            report.epoch as f32 + in_epoch,
            elapsed as f32,
        ];
        self.measured(place, |quantity| quantity.of_batch(report));
        self.steps_per_epoch = report.steps_per_epoch;
        self.speed.push(report, elapsed, waited);
    }

    fn measured(&mut self, place: [f32; Along::ALL.len()], value: impl Fn(Quantity) -> Option<f32>) {
        let before = self.steps().last().copied().unwrap_or(0.0);
        for quantity in Quantity::ALL {
            if let Some(value) = value(quantity) {
                self.series[quantity as usize].push(value, place[0] - before);
            }
        }
        for (places, place) in self.places.iter_mut().zip(place) {
            places.push(place);
        }
    }

    /// How many steps were measured.
    pub fn len(&self) -> usize {
        self.steps().len()
    }

    /// True before the first step.
    pub fn is_empty(&self) -> bool {
        self.steps().is_empty()
    }

    /// Steps and seconds so far.
    pub fn reached(&self) -> [f32; 2] {
        [Along::Step, Along::Time].map(|along| self.places(along).last().copied().unwrap_or(0.0))
    }

    /// How much of so many epochs is done, 0 to 1.
    pub fn share(&self, epochs: usize) -> f64 {
        let done = self.places(Along::Epoch).last().copied().unwrap_or(0.0);
        f64::from(done) / epochs.max(1) as f64
    }

    fn steps(&self) -> &[f32] {
        self.places(Along::Step)
    }

    /// Where each measured step lies: ever further.
    pub fn places(&self, along: Along) -> &[f32] {
        &self.places[along as usize]
    }

    /// The values of a quantity at [`Self::places`]; empty if it has none a step.
    pub fn series(&self, quantity: Quantity) -> &Series {
        &self.series[quantity as usize]
    }

    /// The value of a quantity after each epoch, where it is finite, with its place.
    pub fn points(&self, quantity: Quantity, along: Along) -> Vec<(f32, f32)> {
        let point = |epoch: &EpochReport| Some((self.end_of(epoch, along), quantity.of_epoch(epoch)?));
        let points = self.epochs.iter().filter_map(point);
        points.filter(|(_, value)| value.is_finite()).collect()
    }

    /// Where an epoch ends.
    pub fn end_of(&self, epoch: &EpochReport, along: Along) -> f32 {
        match along {
            Along::Step => epoch.global_step as f32,
            Along::Epoch => (epoch.epoch + 1) as f32,
            Along::Time => self.place_of(epoch.global_step, along),
        }
    }

    /// Where a step lies.
    pub fn place_of(&self, step: usize, along: Along) -> f32 {
        let at = self.nearest(Along::Step, step as f32);
        at.map_or(0.0, |at| self.places(along)[at])
    }

    /// What was changed at the measured step that is nearest to a place; of a thinned course, at those that it stands for.
    pub fn changes_at(&self, along: Along, place: f32) -> impl Iterator<Item = &LiveChange> {
        let at = self.nearest(along, place);
        let near = move |change: &&LiveChange| at == self.nearest(Along::Step, change.global_step as f32);
        self.changes.iter().filter(near)
    }

    /// The measured step that is nearest to a place.
    pub fn nearest(&self, along: Along, place: f32) -> Option<usize> {
        let places = self.places(along);
        let after = places.partition_point(|&p| p < place).min(places.len().checked_sub(1)?);
        let before = after.saturating_sub(1);
        let closer = (place - places[before]).abs() < (places[after] - place).abs();
        Some(if closer { before } else { after })
    }

    /// The same course in at most `points` steps: neighbours as one, at the place of their last, with their mean.
    pub fn thinned(&self, points: usize) -> Course {
        let size = self.len().div_ceil(points.max(1)).max(1);
        let last = |places: &Vec<f32>| places.chunks(size).map(|chunk| chunk[chunk.len() - 1]).collect();
        let means = |series: &Series| series.raw().chunks(size).map(mean).collect();
        let skip = self.epochs.len().div_ceil(points.max(1)).max(1);
        let (count, epochs) = (self.epochs.len(), self.epochs.iter().enumerate());
        let kept = epochs.filter(|(i, _)| (count - 1 - i).is_multiple_of(skip));
        Course {
            places: self.places.iter().map(last).collect(),
            values: self.series.iter().map(means).collect(),
            epochs: kept.map(|(_, epoch)| *epoch).collect(),
            steps_per_epoch: self.steps_per_epoch,
        }
    }

    /// Images and steps a second lately; none before there is something to measure.
    pub fn rate(&self) -> Option<Rate> {
        self.speed.rate()
    }

    /// How much of the running mean is kept a step, 0 (no smoothing) to below 1.
    pub fn smooth(&mut self, keep: f32) {
        for series in &mut self.series {
            series.set_keep(keep, &self.places[Along::Step as usize]);
        }
    }

    /// As set by [`Self::smooth`].
    pub fn keep(&self) -> f32 {
        self.series[0].keep()
    }

    /// Forgets all but the smoothing.
    pub fn clear(&mut self) {
        let mut fresh = Self::default();
        fresh.smooth(self.keep());
        *self = fresh;
    }
}

/// A course as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Course {
    places: Vec<Vec<f32>>,
    values: Vec<Vec<f32>>,
    epochs: Vec<EpochReport>,
    steps_per_epoch: usize,
}

impl Course {
    /// To be drawn, with as much smoothing; none if it is no course.
    pub fn history(self, keep: f32) -> Option<History> {
        let mut history = History {
            places: self.places.try_into().ok()?,
            epochs: self.epochs,
            steps_per_epoch: self.steps_per_epoch,
            ..History::default()
        };
        let steps = history.len();
        let values: [Vec<f32>; Quantity::ALL.len()] = self.values.try_into().ok()?;
        let complete = |values: &Vec<f32>| values.is_empty() || values.len() == steps;
        let even = history
            .places
            .iter()
            .all(|places| places.len() == steps && places.is_sorted());
        if !even || !values.iter().all(complete) {
            return None;
        }
        for (series, values) in history.series.iter_mut().zip(values) {
            values.into_iter().for_each(|value| series.push(value, 1.0));
        }
        history.smooth(keep);
        Some(history)
    }
}

/// Of those that are finite.
fn mean(values: &[f32]) -> f32 {
    let finite = values.iter().filter(|value| value.is_finite());
    finite.clone().sum::<f32>() / finite.count() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Metrics;

    fn report(step: usize, loss: f32) -> BatchReport {
        let batch = Metrics { loss, accuracy: 0.5 };
        BatchReport {
            epoch: (step - 1) / 10,
            step: (step - 1) % 10 + 1,
            steps_per_epoch: 10,
            global_step: step,
            images: 64,
            batch,
            running: batch,
            ..BatchReport::default()
        }
    }

    fn epoch(epoch: usize, loss: f32) -> EpochReport {
        let validation = Metrics { loss, accuracy: 0.5 };
        EpochReport {
            epoch,
            global_step: 10 * (epoch + 1),
            train: validation,
            validation,
            dead_units: None,
        }
    }

    #[test]
    fn smoothing_starts_at_the_first_value_and_can_be_changed_later() {
        let mut history = History::default();
        history.smooth(0.9);
        for (step, loss) in [2.0, 1.0, 1.0].into_iter().enumerate() {
            history.push(&report(step + 1, loss), step as f64, 0.0);
        }
        let course = |history: &History| history.series(Quantity::Loss).smooth().to_vec();
        let smooth = course(&history);
        assert_eq!(smooth[0], 2.0);
        assert!(smooth[1] > 1.4 && smooth[2] < smooth[1]);
        history.smooth(0.0);
        assert_eq!(course(&history), [2.0, 1.0, 1.0]);
        history.smooth(0.9);
        assert_eq!(course(&history), smooth);
        history.clear();
        assert!(history.is_empty() && history.keep() == 0.9);
    }

    #[test]
    fn a_step_has_its_place_among_steps_epochs_and_seconds() {
        let mut history = History::default();
        for step in 1..=25 {
            history.push(&report(step, 1.0), 0.5 * step as f64, 0.0);
        }
        history.epochs.extend([epoch(0, 0.4), epoch(1, 0.3)]);
        let points = |along| history.points(Quantity::Loss, along);
        assert_eq!(points(Along::Step), [(10.0, 0.4), (20.0, 0.3)]);
        assert_eq!(points(Along::Epoch), [(1.0, 0.4), (2.0, 0.3)]);
        assert_eq!(points(Along::Time), [(5.0, 0.4), (10.0, 0.3)]);
        assert_eq!(history.nearest(Along::Time, 2.1), Some(3));
        assert_eq!(history.nearest(Along::Epoch, 99.0), Some(24));
        assert_eq!(history.nearest(Along::Step, -1.0), Some(0));
        assert_eq!(History::default().nearest(Along::Step, 1.0), None);
    }

    #[test]
    fn a_thinned_course_keeps_its_shape_and_its_ends() {
        let mut history = History::default();
        history.smooth(0.9);
        for step in 1..=1003 {
            history.push(&report(step, if step <= 500 { 2.0 } else { 1.0 }), step as f64, 0.0);
        }
        history.epochs = (0..100).map(|i| epoch(i, i as f32)).collect();
        let thin = history.thinned(64).history(0.9).unwrap();
        assert!(thin.len() <= 64 && thin.epochs.len() <= 64);
        assert_eq!(thin.places(Along::Time).last(), Some(&1003.0));
        assert_eq!(thin.epochs.last(), history.epochs.last());
        let [raw, smooth] = [&history, &thin].map(|h| *h.series(Quantity::Loss).smooth().last().unwrap());
        assert!((raw - smooth).abs() < 1e-3, "{raw} {smooth}");
        let all = history.thinned(2000).history(0.9).unwrap();
        assert_eq!(
            all.series(Quantity::Loss).smooth(),
            history.series(Quantity::Loss).smooth()
        );
        assert_eq!(History::default().thinned(64).history(0.0).unwrap().len(), 0);
    }

    #[test]
    fn what_is_no_course_is_refused() {
        let mut history = History::default();
        (1..=9).for_each(|step| history.push(&report(step, 1.0), step as f64, 0.0));
        let spoilt = |spoil: fn(&mut Course)| {
            let mut course = history.thinned(9);
            spoil(&mut course);
            course.history(0.0)
        };
        assert!(spoilt(|_| ()).is_some());
        assert!(spoilt(|course| course.places.truncate(2)).is_none());
        assert!(spoilt(|course| course.places[1].truncate(8)).is_none());
        assert!(spoilt(|course| course.places[0].reverse()).is_none());
        assert!(spoilt(|course| course.values[0].truncate(8)).is_none());
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
        assert!(history.rate().is_none() && history.is_empty());
    }
}
