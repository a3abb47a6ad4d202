//! Training, one mini-batch a call: no clock, no callback, and all randomness from one seed.
//!
//! A batch is cut into [`SHARES`] fixed shares. Each share's gradient is computed on its own, and the gradients are
//! summed in one fixed binary tree: who computes which share changes no bit of the result.

use std::ops::Range;

use thiserror::Error;

use crate::{
    data::ImageSet,
    nn::{
        Gradients, Param, Scalar, Sequential,
        layers::Mode,
        loss::softmax_cross_entropy,
        metrics::{Sums, count_correct},
        optim::{self, Optimizer},
    },
    random::{Stream, epoch_order, generator},
    report::BatchReport,
    spec::{ConfigError, ModelSpec, SpecError, TrainConfig, show_shape},
};

/// Into how many parts every batch is cut: the most workers that can share a batch.
pub const SHARES: usize = 8;

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
    /// The images are not what the model takes.
    #[error("the model takes {expected}, the data set has {got}")]
    Images {
        /// What the model takes.
        expected: String,
        /// What the images are.
        got: String,
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

/// A run: a model, its optimizer, and how far it is.
pub struct Trainer {
    model: Sequential,
    optimizer: Box<dyn Optimizer<f32>>,
    config: TrainConfig,
    tree: TreeSum,
    order: Vec<u32>,
    epoch: usize,
    step: usize,
    global_step: usize,
    running: Sums,
    inputs: Vec<f32>,
    labels: Vec<u8>,
}

impl Trainer {
    /// New weights from the seed, no step yet.
    ///
    /// # Errors
    /// When the model cannot be built or a setting is out of bounds.
    pub fn new(spec: &ModelSpec, config: &TrainConfig) -> Result<Self, TrainError> {
        config.validate()?;
        Ok(Self {
            model: Sequential::build(spec, &mut generator(config.seed, Stream::Weights))?,
            optimizer: optim::build(&config.optimizer),
            config: config.clone(),
            tree: TreeSum::default(),
            order: vec![],
            epoch: 0,
            step: 0,
            global_step: 0,
            running: Sums::default(),
            inputs: vec![],
            labels: vec![],
        })
    }

    /// The model as it is now.
    pub fn model(&self) -> &Sequential {
        &self.model
    }

    /// The model as it is now, to look through it or to give it other weights.
    pub fn model_mut(&mut self) -> &mut Sequential {
        &mut self.model
    }

    /// How it trains.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// Steps since the start.
    pub fn global_step(&self) -> usize {
        self.global_step
    }

    /// Whether all epochs are done. One more batch would start another.
    pub fn is_finished(&self) -> bool {
        self.epoch >= self.config.epochs
    }

    /// Images of an epoch: all, or as many as the config allows.
    pub fn images_per_epoch(&self, images: &ImageSet) -> usize {
        self.config.limit.unwrap_or(usize::MAX).min(images.len())
    }

    /// Steps of an epoch; the last may be smaller.
    pub fn steps_per_epoch(&self, images: &ImageSet) -> usize {
        self.images_per_epoch(images).div_ceil(self.config.batch_size)
    }

    /// Trains the next mini-batch. The same images must be given for all of a run.
    ///
    /// # Errors
    /// When the images do not fit the model, or the loss or a gradient is not finite: then nothing has changed.
    pub fn train_batch(&mut self, images: &ImageSet) -> Result<BatchReport, TrainError> {
        let count = self.images_per_epoch(images);
        if self.step == 0 || self.order.len() != count {
            check_images(&self.model, images)?;
            self.order = epoch_order(self.config.seed, self.epoch, count);
        }
        self.load_batch(images);
        let sums = batch_gradient(&mut self.model, &mut self.tree, &self.inputs, &self.labels);
        self.check_finite(&sums)?;
        self.optimizer
            .step(&mut self.model.params_mut(), self.config.learning_rate);
        Ok(self.advance(sums, self.steps_per_epoch(images)))
    }

    /// Fetches the images of the next step.
    fn load_batch(&mut self, images: &ImageSet) {
        let first = self.step * self.config.batch_size;
        let last = self.order.len().min(first + self.config.batch_size);
        self.inputs.clear();
        self.labels.clear();
        for &index in &self.order[first..last] {
            self.inputs.extend(scaled::<f32>(images.image(index as usize)));
            self.labels.push(images.labels[index as usize]);
        }
    }

    fn check_finite(&self, sums: &Sums) -> Result<(), TrainError> {
        let finite = |param: &Param| param.grad.iter().all(|g| g.is_finite());
        let what = match () {
            () if !sums.loss.is_finite() => "loss",
            () if !self.model.params().all(finite) => "gradient",
            () => return Ok(()),
        };
        Err(TrainError::NotFinite {
            what,
            global_step: self.global_step + 1,
        })
    }

    fn advance(&mut self, sums: Sums, steps_per_epoch: usize) -> BatchReport {
        self.running += sums;
        self.step += 1;
        self.global_step += 1;
        let report = BatchReport {
            epoch: self.epoch,
            step: self.step,
            steps_per_epoch,
            global_step: self.global_step,
            images: sums.images,
            batch: sums.metrics(),
            running: self.running.metrics(),
        };
        if self.step == steps_per_epoch {
            self.epoch += 1;
            self.step = 0;
            self.running = Sums::default();
        }
        report
    }
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

/// The images of a share of a batch.
pub fn share_range(share: usize, batch: usize) -> Range<usize> {
    share * batch / SHARES..(share + 1) * batch / SHARES
}

/// Sets the model's gradients to a share's part of the gradient of the mean loss over a batch of `batch` images, and
/// gives the share's sums.
///
/// # Shapes
/// `inputs`: `[labels.len(), ...input_shape]`, the share's images alone.
pub fn share_gradient<T: Scalar>(model: &mut Sequential<T>, inputs: &[T], labels: &[u8], batch: usize) -> Sums {
    let logits = model.forward(inputs, Mode::Train);
    let (loss, mut grad) = softmax_cross_entropy(logits, labels);
    let correct = count_correct(logits, labels);
    let scale = T::one() / T::of(batch as f64);
    grad.iter_mut().for_each(|g| *g *= scale);
    model.backward(&mut grad);
    Sums {
        loss,
        correct,
        images: labels.len(),
    }
}

/// Sets the model's gradients to those of the mean loss over a batch: all shares, one after the other.
///
/// # Shapes
/// `inputs`: `[labels.len(), ...input_shape]`.
pub fn batch_gradient<T: Scalar>(
    model: &mut Sequential<T>,
    tree: &mut TreeSum<T>,
    inputs: &[T],
    labels: &[u8],
) -> Sums {
    let len = model.input_len();
    let mut sums = Sums::default();
    for share in 0..SHARES {
        let range = share_range(share, labels.len());
        let inputs = &inputs[range.start * len..range.end * len];
        sums += share_gradient(model, inputs, &labels[range], labels.len());
        tree.add(&mut model.params_mut());
    }
    sums
}

/// Sums the gradients of the shares, given in order, as `((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))`.
///
/// A binary counter: it keeps one gradient for each of its digits that is set, three at most.
#[derive(Debug, Default)]
pub struct TreeSum<T = f32> {
    digits: [Gradients<T>; SHARES.ilog2() as usize],
    count: usize,
}

impl<T: Scalar> TreeSum<T> {
    /// Takes the next share's gradient from `params`. After the last share, `params` hold the sum, and the next
    /// batch may begin; before, what they hold means nothing.
    pub fn add(&mut self, params: &mut [&mut Param<T>]) {
        let carries = self.count.trailing_ones() as usize;
        for earlier in &self.digits[..carries] {
            earlier.add_to(params);
        }
        self.count = (self.count + 1) % SHARES;
        if self.count > 0 {
            self.digits[carries].swap(params);
        }
    }
}

/// Measures a model on some of the images.
///
/// # Panics
/// When the images do not fit the model (see [`check_images`]) or the range is not within them.
pub fn evaluate(model: &mut Sequential, images: &ImageSet, range: Range<usize>) -> Sums {
    let size = images.image_size();
    let mut sums = Sums::default();
    let mut inputs: Vec<f32> = Vec::with_capacity(EVALUATION_BATCH * size);
    for labels in images.labels[range.clone()].chunks(EVALUATION_BATCH) {
        let first = range.start + sums.images;
        inputs.clear();
        inputs.extend(scaled::<f32>(
            &images.images[first * size..(first + labels.len()) * size],
        ));
        let logits = model.forward(&inputs, Mode::Predict);
        sums += Sums {
            loss: softmax_cross_entropy(logits, labels).0,
            correct: count_correct(logits, labels),
            images: labels.len(),
        };
    }
    sums
}
