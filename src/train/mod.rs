//! Training, one mini-batch a call: no clock, no callback, and all randomness from one seed.
//!
//! A batch is cut into [`SHARES`] fixed shares. Each share's gradient is computed on its own, and the gradients are
//! summed in one fixed binary tree: who computes which share changes no bit of the result.

mod augment;
mod evaluated;
mod perturb;
mod shares;
mod silent;
mod state;
mod stopping;
mod trainer;

use std::ops::Range;

use thiserror::Error;

pub use augment::Warp;
pub use evaluated::Evaluated;
pub use perturb::perturb;
pub use shares::{
    Part, SHARES, TreeSum, batch_gradient, share_gradient, share_gradient_watched, share_range, shares_gradient,
};
pub use silent::Silent;
pub use state::{Progress, Snapshot, TrainerState};
pub use stopping::{Best, Stopping};
pub use trainer::{Task, Trainer};

use crate::{
    data::ImageSet,
    nn::{
        Scalar, Sequential,
        loss::softmax_cross_entropy,
        metrics::{Sums, count_correct},
        optim::StateError,
    },
    spec::{ConfigError, SpecError, show_shape},
};

/// The most images that an evaluation takes at once.
const EVALUATION_BATCH: usize = 32;

/// Why training cannot start or go on.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum TrainError {
    /// The model cannot be built.
    #[error(transparent)]
    Model(#[from] SpecError),
    /// A setting is out of bounds.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The optimizer's state is another's.
    #[error(transparent)]
    State(#[from] StateError),
    /// The weights are another model's.
    #[error("the state has {got} weights, the model {expected}")]
    Weights {
        /// The model's.
        expected: usize,
        /// The state's.
        got: usize,
    },
    /// The images are not what the model takes.
    #[error("the model takes {expected}, the data set has {got}")]
    Images {
        /// What the model takes.
        expected: String,
        /// What the images are.
        got: String,
    },
    /// All of the data set's classes are left out.
    #[error("no training image is left: leave fewer classes out")]
    NoImages,
    /// Nothing is left to train on, or to validate on.
    #[error("validation_split leaves {count} images to train on and {held_out} to validate on: both need at least one")]
    Split {
        /// To train on.
        count: usize,
        /// To validate on.
        held_out: usize,
    },
    /// The run began with other images.
    #[error("the run learns from {known} images, here are {count}")]
    OtherImages {
        /// Those that it began with.
        known: usize,
        /// Those that are there.
        count: usize,
    },
    /// The step would have spoiled the weights; it was not taken.
    #[error("the {what} of step {global_step} is not finite: try a smaller learning rate")]
    NotFinite {
        /// The loss or the gradient.
        what: &'static str,
        /// Steps since the reset, the one that failed included.
        global_step: usize,
    },
}

/// Whether a model can look at those images.
///
/// # Errors
/// When there is none, they have another size, or more classes than the model.
pub fn check_images<T: Scalar>(model: &Sequential<T>, images: &ImageSet) -> Result<(), TrainError> {
    let [height, width] = images.image_shape;
    let (shape, classes) = (&model.spec().input_shape, model.classes());
    let fits = *shape == [height, width, 1] || *shape == [height * width];
    if fits && !images.is_empty() && images.classes() <= classes {
        return Ok(());
    }
    Err(TrainError::Images {
        expected: format!("images of {} in {classes} classes", show_shape(shape)),
        got: format!("{} of {height}x{width}x1 in {}", images.len(), images.classes()),
    })
}

/// Pixels as a network takes them: 0 to 1.
pub fn scaled<T: Scalar>(pixels: &[u8]) -> impl Iterator<Item = T> {
    pixels.iter().map(|&pixel| T::of(pixel.into()) / T::of(255.0))
}

/// Measures a model on some of the images; what the weights' penalties add is part of the loss, as in Keras.
///
/// # Panics
/// When the images do not fit the model (see [`check_images`]) or the range is not within them.
pub fn evaluate(model: &mut Sequential, images: &ImageSet, range: Range<usize>) -> Sums {
    evaluate_seen(model, images, range, |_, _| ())
}

/// As [`evaluate`]; `see` is given every output of every layer of the engine, as [`Sequential::forward_seen`] has it.
///
/// # Panics
/// As [`evaluate`].
pub fn evaluate_seen(
    model: &mut Sequential,
    images: &ImageSet,
    range: Range<usize>,
    mut see: impl FnMut(usize, &[f32]),
) -> Sums {
    let size = images.image_size();
    let mut sums = Sums::default();
    let mut inputs: Vec<f32> = Vec::with_capacity(EVALUATION_BATCH * size);
    let mut grad = vec![];
    for labels in images.labels[range.clone()].chunks(EVALUATION_BATCH) {
        let first = range.start + sums.images;
        inputs.clear();
        inputs.extend(scaled::<f32>(
            &images.images[first * size..(first + labels.len()) * size],
        ));
        let logits = model.forward_seen(&inputs, &mut see);
        grad.resize(logits.len(), 0.0);
        sums += Sums {
            loss: softmax_cross_entropy(logits, labels, &mut grad),
            correct: count_correct(logits, labels),
            images: labels.len(),
        };
    }
    sums.loss += model.penalty() * sums.images as f64;
    sums
}
