//! Mean 0 and variance 1, then a learned scale and offset a channel.

use super::Describe;
use crate::spec::{Shape, arguments::layer};

layer! {
    /// Every channel to mean 0 and variance 1 over the batch and all places, in training; afterwards by running means of
    /// both (Ioffe and Szegedy, 2015, arXiv:1502.03167).
    BatchNormalization {
        optional {
            /// The share of the running means that a step keeps.
            momentum: f32 = 0.99,
            /// Added to the variance.
            epsilon: f32 = 0.001,
        }
    }
}

layer! {
    /// The channels of every place to mean 0 and variance 1 (Ba, Kiros and Hinton, 2016, arXiv:1607.06450).
    LayerNormalization {
        optional {
            /// Added to the variance.
            epsilon: f32 = 0.001,
        }
    }
}

/// Below, a channel that never changes divides by nothing.
fn check_epsilon(epsilon: f32) -> Result<(), String> {
    const LEAST: f32 = 1e-7;
    if epsilon >= LEAST {
        return Ok(());
    }
    Err(format!("epsilon must be from {LEAST} to 1, got {epsilon}"))
}

/// The last size of a shape.
fn channels(input: &[usize]) -> usize {
    input[input.len() - 1]
}

impl Describe for BatchNormalization {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        check_epsilon(self.epsilon)?;
        Ok(input.to_vec())
    }

    fn trainable_params(&self, input: &[usize]) -> usize {
        2 * channels(input)
    }

    fn non_trainable_params(&self, input: &[usize]) -> usize {
        2 * channels(input)
    }
}

impl Describe for LayerNormalization {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        check_epsilon(self.epsilon)?;
        Ok(input.to_vec())
    }

    fn trainable_params(&self, input: &[usize]) -> usize {
        2 * channels(input)
    }
}
