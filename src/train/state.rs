//! All that a run needs to go on as if it had never stopped, as plain data.

use serde::{Deserialize, Serialize};

use super::{Stopping, TrainError};
use crate::nn::{Sequential, metrics::Sums, optim::OptimizerState};

/// How far a run is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Epochs done.
    pub epoch: usize,
    /// Steps done of the epoch under way.
    pub step: usize,
    /// Steps done since the reset.
    pub global_step: usize,
    /// Images of an epoch; 0 until the first step.
    pub images: usize,
    /// Over the images of the epoch under way: as many as were trained on.
    pub running: Sums,
}

/// With its settings, all that a run needs to go on as if it had never stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainerState {
    /// Every number of the model, in its order.
    pub weights: Vec<f32>,
    /// The same with the running mean of every parameter, where the settings want one.
    pub averaged: Option<Vec<f32>>,
    /// What the optimizer remembers.
    pub optimizer: OptimizerState,
    /// How far it is.
    pub progress: Progress,
    /// The best epoch so far, where early stopping looks for one.
    pub stopping: Stopping,
}

/// The weights of a run at some time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Every number of the model, in its order.
    pub weights: Vec<f32>,
    /// The same with the running mean of every parameter, where the settings want one.
    pub averaged: Option<Vec<f32>>,
}

impl Snapshot {
    /// Of a model, and of the same with averaged weights.
    pub fn of(model: &Sequential, averaged: Option<&Sequential>) -> Self {
        Self {
            weights: weights(model),
            averaged: averaged.map(weights),
        }
    }

    /// Gives a model these weights, and another those that are averaged.
    ///
    /// # Errors
    /// When they are another model's.
    pub fn load(&self, model: &mut Sequential, averaged: Option<&mut Sequential>) -> Result<(), TrainError> {
        load_weights(model, &self.weights)?;
        averaged.map_or(Ok(()), |averaged| {
            load_weights(averaged, self.averaged.as_deref().unwrap_or_default())
        })
    }
}

fn weights(model: &Sequential) -> Vec<f32> {
    let tensors = model.tensors();
    tensors.flat_map(|tensor| tensor.value.iter().copied()).collect()
}

fn load_weights(model: &mut Sequential, mut weights: &[f32]) -> Result<(), TrainError> {
    let (expected, got) = (model.tensors().map(|tensor| tensor.value.len()).sum(), weights.len());
    if expected != got {
        return Err(TrainError::Weights { expected, got });
    }
    for tensor in model.tensors_mut() {
        let (own, rest) = weights.split_at(tensor.value.len());
        tensor.value.copy_from_slice(own);
        weights = rest;
    }
    Ok(())
}
