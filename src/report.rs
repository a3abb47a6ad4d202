//! What a run reports, as plain data, and what can be counted of its answers.

mod calibration;
mod confusion;
mod perturbation;

pub use calibration::{Bin, Calibration};
pub use confusion::{Confusion, Scores};
pub use perturbation::Perturbation;

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
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
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
    /// Of this step, as the schedule has it.
    pub learning_rate: f32,
    /// L2 norm of the gradient of all parameters together, as it came: before any clipping.
    pub gradient_norm: f32,
    /// L2 norm of all parameters together, after the step.
    pub weight_norm: f32,
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
    /// Share of the units with ReLU that gave 0 for every validation image, 0 to 1: a unit is a filter of a convolution
    /// (0 at every position) or a unit of a dense layer. None where the model has no ReLU.
    pub dead_units: Option<f32>,
}
