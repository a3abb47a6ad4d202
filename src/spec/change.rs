//! What is changed while a run goes on.

use serde::{Deserialize, Serialize};

use super::{
    ConfigError, TrainConfig,
    training::{check, check_batch_size, check_learning_rate},
};

/// So many changes a run may have.
const MOST: usize = 100;

/// What can be changed while a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// In place of [`TrainConfig::learning_rate`]; the schedule goes on from where it is.
    LearningRate(f32),
    /// In place of [`TrainConfig::batch_size`], for the images that the epoch has left.
    BatchSize(usize),
}

/// A change, and when it is made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LiveChange {
    /// Steps that were taken before it.
    pub global_step: usize,
    /// What changes.
    pub change: Change,
}

impl Change {
    fn validate(self) -> Result<(), ConfigError> {
        match self {
            Self::LearningRate(rate) => check_learning_rate(rate),
            Self::BatchSize(size) => check_batch_size(size),
        }
    }

    fn is_like(self, other: Self) -> bool {
        std::mem::discriminant(&self) == std::mem::discriminant(&other)
    }
}

pub(super) fn validate(changes: &[LiveChange]) -> Result<(), ConfigError> {
    let count = changes.len();
    check("changes", "at most 100", count <= MOST, count)?;
    let sorted = changes.is_sorted_by_key(|change| change.global_step);
    check("changes", "in the order of their steps", sorted, "another order")?;
    changes.iter().try_for_each(|change| change.change.validate())
}

impl TrainConfig {
    /// The learning rate after so many steps, before the schedule has its say.
    pub fn learning_rate_at(&self, global_step: usize) -> f32 {
        let rates = self.changes_until(global_step).filter_map(|change| match change {
            Change::LearningRate(rate) => Some(rate),
            Change::BatchSize(_) => None,
        });
        rates.last().unwrap_or(self.learning_rate)
    }

    /// Images of the batch after so many steps.
    pub fn batch_size_at(&self, global_step: usize) -> usize {
        let sizes = self.changes_until(global_step).filter_map(|change| match change {
            Change::BatchSize(size) => Some(size),
            Change::LearningRate(_) => None,
        });
        sizes.last().unwrap_or(self.batch_size)
    }

    fn changes_until(&self, global_step: usize) -> impl Iterator<Item = Change> {
        let made = self.changes.iter();
        made.take_while(move |change| change.global_step <= global_step)
            .map(|change| change.change)
    }

    /// The same settings with a change after so many steps, in place of those that were to come then or later.
    ///
    /// # Errors
    /// When its value is out of bounds, or there are too many.
    pub fn changed(&self, global_step: usize, change: Change) -> Result<Self, ConfigError> {
        let mut config = self.clone();
        config.changes.retain(|old| {
            old.global_step < global_step || old.global_step == global_step && !old.change.is_like(change)
        });
        config.changes.push(LiveChange { global_step, change });
        config.validate()?;
        Ok(config)
    }

    /// What has become of these settings at the end: those of a run that has every change from its start.
    #[must_use]
    pub fn settled(&self) -> Self {
        Self {
            learning_rate: self.learning_rate_at(usize::MAX),
            batch_size: self.batch_size_at(usize::MAX),
            changes: vec![],
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_holds_from_its_step_on_and_the_last_one_counts() {
        let config = TrainConfig::default()
            .changed(3, Change::LearningRate(0.5))
            .and_then(|config| config.changed(3, Change::BatchSize(8)))
            .and_then(|config| config.changed(3, Change::LearningRate(0.25)))
            .and_then(|config| config.changed(9, Change::LearningRate(0.125)))
            .unwrap();
        assert_eq!(config.changes.len(), 3);
        let rates = [0, 2, 3, 8, 9, 100].map(|step| config.learning_rate_at(step));
        assert_eq!(rates, [0.001, 0.001, 0.25, 0.25, 0.125, 0.125]);
        assert_eq!([2, 3, 100].map(|step| config.batch_size_at(step)), [64, 8, 8]);
        let settled = TrainConfig {
            learning_rate: 0.125,
            batch_size: 8,
            ..TrainConfig::default()
        };
        assert_eq!(config.settled(), settled);
        // Those that were to come are no more.
        assert_eq!(config.changed(5, Change::BatchSize(4)).unwrap().changes.len(), 3);
    }

    #[test]
    fn changes_out_of_bounds_are_refused() {
        let config = TrainConfig::default();
        assert!(config.changed(1, Change::LearningRate(f32::NAN)).is_err());
        assert!(config.changed(1, Change::BatchSize(0)).is_err());
        let full = (0..100).try_fold(config, |config, step| config.changed(step, Change::BatchSize(8)));
        let error = full.unwrap().changed(100, Change::BatchSize(8)).unwrap_err();
        assert_eq!(error.to_string(), "changes must be at most 100, got 101");
        let mut turned = TrainConfig::default().changed(9, Change::BatchSize(8)).unwrap();
        turned.changes.push(LiveChange {
            global_step: 3,
            change: Change::BatchSize(4),
        });
        assert!(turned.validate().is_err());
    }
}
