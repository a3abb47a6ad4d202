//! What a run reports, as plain data.

use serde::{Deserialize, Serialize};

/// Loss and accuracy over some images.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Mean categorical cross-entropy, in nats.
    pub loss: f32,
    /// Share classified right, 0 to 1.
    pub accuracy: f32,
}

/// One mini-batch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BatchReport {
    /// From 0.
    pub epoch: usize,
    /// Steps of this epoch so far, this one included.
    pub step: usize,
    /// Steps an epoch.
    pub steps_per_epoch: usize,
    /// Steps since the reset, this one included.
    pub global_step: usize,
    /// Images in this batch; the last of an epoch may be smaller.
    pub images: usize,
    /// Before the step: mean over this batch.
    pub batch: Metrics,
    /// Mean over the epoch so far, as Keras shows it.
    pub running: Metrics,
}

/// One epoch.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// From 0.
    pub epoch: usize,
    /// Steps since the reset.
    pub global_step: usize,
    /// Mean over the epoch's batches, as Keras shows it.
    pub train: Metrics,
    /// Measured after the epoch.
    pub validation: Metrics,
}
