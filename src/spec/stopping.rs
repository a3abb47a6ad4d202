//! When a run is ended before its last epoch.

use serde::{Deserialize, Serialize};

use super::{ConfigError, training::check};

/// Keras's `EarlyStopping`: ends the run after `patience` epochs of which none was better than the best before.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EarlyStopping {
    /// What is looked at.
    pub monitor: Monitor,
    /// Epochs without a better one after which the run ends; 0 ends it after the first that is not better, as 1 does.
    pub patience: usize,
    /// An epoch is better only if it is so by more than this.
    pub min_delta: f32,
    /// At the end of the run, early or not, the weights are again those of the best epoch.
    pub restore_best_weights: bool,
}

/// A figure of an epoch's validation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Monitor {
    /// The lower, the better.
    ValLoss,
    /// The higher, the better.
    ValAccuracy,
}

impl Monitor {
    /// Every figure, as offered on the page.
    pub const ALL: [Self; 2] = [Self::ValLoss, Self::ValAccuracy];

    /// Keras's name.
    pub fn id(self) -> &'static str {
        match self {
            Self::ValLoss => "val_loss",
            Self::ValAccuracy => "val_accuracy",
        }
    }
}

impl Default for EarlyStopping {
    /// Looks at the loss, with a patience of 3 epochs, and gives the best weights back.
    fn default() -> Self {
        Self {
            monitor: Monitor::ValLoss,
            patience: 3,
            min_delta: 0.0,
            restore_best_weights: true,
        }
    }
}

impl EarlyStopping {
    /// # Errors
    /// Names the first setting that is out of bounds, the bounds, and its value.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check("patience", "from 0 to 1000", self.patience <= 1000, self.patience)?;
        let delta = self.min_delta;
        check("min_delta", "from 0 to 10", (0.0..=10.0).contains(&delta), delta)
    }
}
