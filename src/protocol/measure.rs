//! What is measured on request: speed by layer, speed by workers, and whether the gradients are right.

use serde::{Deserialize, Serialize};

use super::study::Goal;

/// What the page can ask to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measurement {
    /// This machine, and where the time of a step goes: ends in [`Event::Profile`](super::Event::Profile).
    Profile,
    /// How fast several workers are together: an [`Event::Scaling`](super::Event::Scaling) for each number of them.
    Scaling {
        /// Cores of this machine; at least two workers are tried.
        cores: usize,
    },
    /// The gradients of the run's model: ends in [`Event::Gradients`](super::Event::Gradients).
    Gradients,
    /// Every answer of the model that answers to the test images: ends in
    /// [`StudyEvent::Answers`](super::StudyEvent::Answers).
    Answers,
    /// How the model that answers reads spoiled test images: a
    /// [`StudyEvent::Robustness`](super::StudyEvent::Robustness) for each way and strength.
    Robustness,
    /// What the last hidden layer of the model that answers makes of training images, for looking through them: ends in
    /// [`StudyEvent::Indexed`](super::StudyEvent::Indexed).
    Neighbours,
    /// The test images in two dimensions: ends in [`StudyEvent::Projected`](super::StudyEvent::Projected).
    Points,
    /// An image of which a unit gives more and more, step by step: [`StudyEvent::Ascended`](super::StudyEvent::Ascended),
    /// a few times a second.
    Ascent(Goal),
}

impl Measurement {
    /// Whether a run can train meanwhile: what is measured is a copy of the weights of a moment, and no time.
    pub fn goes_beside_training(self) -> bool {
        match self {
            Self::Profile | Self::Scaling { .. } | Self::Gradients => false,
            Self::Answers | Self::Robustness | Self::Neighbours | Self::Points | Self::Ascent(_) => true,
        }
    }
}

/// Where the time of a step goes, on one core.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The most that a core can do, in 10^9 floating-point operations a second.
    pub peak_gflops: f64,
    /// Images of a step.
    pub batch: usize,
    /// All that a step does.
    pub rows: Vec<ProfileRow>,
    /// The prediction of one image with all activations, in milliseconds: median.
    pub predict_ms: f64,
}

/// One part of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileRow {
    /// Which.
    pub part: Part,
    /// Milliseconds a step: forward (or what has no direction), and backward.
    pub ms: [f64; 2],
    /// Floating-point operations of a plain dense computation of both, a step; 0 where there is nothing to multiply.
    pub flops: u64,
}

/// What takes time in a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// Layers that are computed together, by name.
    Layers(Vec<String>),
    /// Bringing the weights into the order in which the kernels read them.
    Packing,
    /// The loss, and the sum of the shares' gradients.
    Loss,
    /// The change of the weights.
    Optimizer,
}

/// The speed of so many workers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScalingPoint {
    /// The session's own included.
    pub workers: usize,
    /// Images a second.
    pub images_per_second: f64,
}

/// How right the gradient of one layer is. Errors are the largest among the numbers looked at, as a share of the layer's
/// largest gradient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradientError {
    /// The layer's place in the model, from 0.
    pub layer: usize,
    /// Its name.
    pub name: String,
    /// So many of its numbers were compared with central differences.
    pub samples: usize,
    /// The gradient in `f64` against central differences.
    pub double: f64,
    /// The gradient that trains, in `f32`, against that in `f64`: all of its numbers.
    pub single: f64,
}

impl GradientError {
    /// What the error in `f64` must stay below.
    pub const DOUBLE_LIMIT: f64 = 1e-5;
    /// What the error in `f32` must stay below. Rounding alone gives about 1e-6; a sum that is so near 0 that rounding
    /// changes its sign at a ReLU, or the pick of a pool, adds up to 1e-4 now and then; a wrong formula gives 1e-1.
    pub const SINGLE_LIMIT: f64 = 1e-3;

    /// Whether both are small enough.
    pub fn is_fine(&self) -> bool {
        self.double < Self::DOUBLE_LIMIT && self.single < Self::SINGLE_LIMIT
    }
}
