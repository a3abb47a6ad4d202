//! Early stopping: the best epoch so far, and how long ago that was.

use serde::{Deserialize, Serialize};

use super::Snapshot;
use crate::{
    report::Metrics,
    spec::{EarlyStopping, Monitor},
};

/// What early stopping remembers of the epochs so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Stopping {
    /// The best one.
    pub best: Option<Best>,
    /// Epochs since then.
    pub wait: usize,
    /// Whether the run is to end.
    pub stopped: bool,
}

/// The best epoch so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// From 0.
    pub epoch: usize,
    /// What was looked at.
    pub value: f32,
    /// The weights after it, where they are to be given back.
    pub weights: Option<Snapshot>,
}

impl Stopping {
    /// Looks at an epoch's validation as Keras's `EarlyStopping` does; true when it is the best so far. The weights are
    /// the caller's to keep.
    pub fn judge(&mut self, rule: &EarlyStopping, epoch: usize, validation: Metrics) -> bool {
        let value = match rule.monitor {
            Monitor::ValLoss => validation.loss,
            Monitor::ValAccuracy => validation.accuracy,
        };
        let is_better = self.best.as_ref().is_none_or(|best| match rule.monitor {
            Monitor::ValLoss => value + rule.min_delta < best.value,
            Monitor::ValAccuracy => value - rule.min_delta > best.value,
        });
        if is_better {
            self.wait = 0;
            self.best = Some(Best {
                epoch,
                value,
                weights: None,
            });
        } else {
            self.wait += 1;
            self.stopped = self.wait >= rule.patience;
        }
        is_better
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After which epoch it stops, and the best one.
    fn stops(rule: EarlyStopping, losses: &[f32]) -> (Option<usize>, usize) {
        let mut stopping = Stopping::default();
        let stop = losses.iter().enumerate().position(|(epoch, &loss)| {
            let accuracy = 1.0 - loss;
            stopping.judge(&rule, epoch, Metrics { loss, accuracy });
            stopping.stopped
        });
        (stop, stopping.best.unwrap().epoch)
    }

    #[test]
    fn patience_counts_the_epochs_that_were_no_better() {
        let rule = EarlyStopping::default();
        assert_eq!(stops(rule, &[0.5, 0.4, 0.4, 0.41, 0.3, 0.3, 0.3]), (None, 4));
        assert_eq!(stops(rule, &[0.5, 0.4, 0.4, 0.41, 0.4, 0.3, 0.3]), (Some(4), 1));
        for patience in [0, 1] {
            let rule = EarlyStopping { patience, ..rule };
            assert_eq!(stops(rule, &[0.5, 0.4, 0.45, 0.3]), (Some(2), 1));
        }
    }

    #[test]
    fn only_a_difference_above_min_delta_is_better() {
        for monitor in Monitor::ALL {
            let rule = EarlyStopping {
                monitor,
                patience: 2,
                min_delta: 0.125,
                ..EarlyStopping::default()
            };
            assert_eq!(stops(rule, &[0.5, 0.375, 0.3125, 0.25]), (None, 2));
            assert_eq!(stops(rule, &[0.5, 0.4375, 0.375, 0.25]), (Some(2), 0));
        }
    }
}
