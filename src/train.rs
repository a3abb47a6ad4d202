//! Training, one mini-batch a call: no clock, no callback, and all randomness from one seed.
//!
//! A batch is cut into [`SHARES`] fixed shares. Each share's gradient is computed on its own, and the gradients are
//! summed in one fixed binary tree: who computes which share changes no bit of the result.

use std::ops::Range;

use thiserror::Error;

use crate::{
    data::ImageSet,
    nn::{
        Scalar, Sequential,
        layers::Mode,
        loss::softmax_cross_entropy,
        metrics::{Sums, count_correct},
        optim::{Optimizer, OptimizerState, StateError},
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
    optimizer: Optimizer,
    config: TrainConfig,
    order: Vec<u32>,
    epoch: usize,
    step: usize,
    global_step: usize,
    running: Sums,
    memory: Memory,
}

/// What a step writes to before it reads it; it grows to the batch and stays.
#[derive(Default)]
struct Memory {
    tree: TreeSum,
    inputs: Vec<f32>,
    labels: Vec<u8>,
    gradient: Vec<f32>,
}

/// The mini-batch that a trainer takes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextBatch<'a> {
    /// From 0.
    pub epoch: usize,
    /// Steps of this epoch before it.
    pub step: usize,
    /// Steps since the reset before it.
    pub global_step: usize,
    /// Its images, by their place in the set.
    pub indices: &'a [u32],
}

impl Trainer {
    /// New weights from the seed, no step yet.
    ///
    /// # Errors
    /// When the model cannot be built or a setting is out of bounds.
    pub fn new(spec: &ModelSpec, config: &TrainConfig) -> Result<Self, TrainError> {
        config.validate()?;
        let model = Sequential::build(spec, &mut generator(config.seed, Stream::Weights))?;
        Ok(Self {
            optimizer: Optimizer::new(&config.optimizer, model.param_count()),
            model,
            config: config.clone(),
            order: vec![],
            epoch: 0,
            step: 0,
            global_step: 0,
            running: Sums::default(),
            memory: Memory::default(),
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

    /// What the optimizer remembers.
    pub fn optimizer_state(&self) -> &OptimizerState {
        self.optimizer.save()
    }

    /// Gives the optimizer what another run's remembered.
    ///
    /// # Errors
    /// When it is another optimizer's, or another model's; then nothing has changed.
    pub fn load_optimizer(&mut self, state: OptimizerState) -> Result<(), StateError> {
        self.optimizer.load(state)
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

    /// Trains the next mini-batch: [`Self::next_batch`], its gradient, [`Self::apply`].
    ///
    /// # Errors
    /// When the images do not fit the model, or the loss or a gradient is not finite: then nothing has changed.
    pub fn train_batch(&mut self, images: &ImageSet) -> Result<BatchReport, TrainError> {
        let mut memory = std::mem::take(&mut self.memory);
        let indices = self.next_batch(images)?.indices;
        load_images(images, indices, &mut memory.inputs, &mut memory.labels);
        memory.gradient.resize(self.model.param_count(), 0.0);
        let Memory {
            tree,
            inputs,
            labels,
            gradient,
        } = &mut memory;
        let sums = batch_gradient(&mut self.model, tree, inputs, labels, gradient);
        let report = self.apply(gradient, sums);
        self.memory = memory;
        report
    }

    /// Which images the next mini-batch has. Changes nothing in the run. The same images must be given for all of it.
    ///
    /// # Errors
    /// When the images do not fit the model.
    pub fn next_batch(&mut self, images: &ImageSet) -> Result<NextBatch<'_>, TrainError> {
        let count = self.images_per_epoch(images);
        if self.step == 0 || self.order.len() != count {
            check_images(&self.model, images)?;
            self.order = epoch_order(self.config.seed, self.epoch, count);
        }
        let first = self.step * self.config.batch_size;
        let last = count.min(first + self.config.batch_size);
        Ok(NextBatch {
            epoch: self.epoch,
            step: self.step,
            global_step: self.global_step,
            indices: &self.order[first..last],
        })
    }

    /// Takes the step that [`Self::next_batch`] announced, with the gradient and the sums of all its shares, the sums
    /// added in the shares' order.
    ///
    /// # Errors
    /// When the loss or a gradient is not finite: then nothing has changed.
    ///
    /// # Shapes
    /// `gradient`: [`Sequential::param_count`] numbers.
    pub fn apply(&mut self, gradient: &[f32], sums: Sums) -> Result<BatchReport, TrainError> {
        self.check_finite(gradient, &sums)?;
        self.optimizer
            .step(self.model.params_mut(), gradient, self.config.learning_rate);
        Ok(self.advance(sums))
    }

    fn check_finite(&self, gradient: &[f32], sums: &Sums) -> Result<(), TrainError> {
        // Not `all`: a loop without a way out is one of vectors.
        let finite = gradient.iter().fold(true, |finite, g| finite & g.is_finite());
        let what = match () {
            () if !sums.loss.is_finite() => "loss",
            () if !finite => "gradient",
            () => return Ok(()),
        };
        Err(TrainError::NotFinite {
            what,
            global_step: self.global_step + 1,
        })
    }

    fn advance(&mut self, sums: Sums) -> BatchReport {
        let steps_per_epoch = self.order.len().div_ceil(self.config.batch_size);
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

/// Fetches some images of a set, and their labels, as a network takes them.
pub fn load_images<T: Scalar>(images: &ImageSet, indices: &[u32], inputs: &mut Vec<T>, labels: &mut Vec<u8>) {
    inputs.clear();
    labels.clear();
    for &index in indices {
        inputs.extend(scaled::<T>(images.image(index as usize)));
        labels.push(images.labels[index as usize]);
    }
}

/// Overwrites `gradient` with a share's part of the gradient of the mean loss over a batch of `batch` images, and gives
/// the share's sums.
///
/// # Shapes
/// `inputs`: `[labels.len(), ...input_shape]`, the share's images alone; `gradient`: [`Sequential::param_count`]
/// numbers.
pub fn share_gradient<T: Scalar>(
    model: &mut Sequential<T>,
    inputs: &[T],
    labels: &[u8],
    batch: usize,
    gradient: &mut [T],
) -> Sums {
    if labels.is_empty() {
        gradient.fill(T::zero());
        return Sums::default();
    }
    let scale = T::one() / T::of(batch as f64);
    model.differentiate(inputs, gradient, |logits, grad| {
        let loss = softmax_cross_entropy(logits, labels, grad);
        grad.iter_mut().for_each(|g| *g *= scale);
        Sums {
            loss,
            correct: count_correct(logits, labels),
            images: labels.len(),
        }
    })
}

/// Overwrites `gradient` with the sum of some shares' gradients, a subtree of the whole sum, and `sums` with the sums of
/// each of these shares, in order. `batch` is the size of the whole batch.
///
/// # Shapes
/// `inputs`: `[labels.len(), ...input_shape]`, the images of these shares alone; `gradient`:
/// [`Sequential::param_count`] numbers; `sums`: one a share.
///
/// # Panics
/// When the shares are no subtree: see [`TreeSum::sum`].
#[expect(clippy::too_many_arguments, reason = "a model, its input, and what is written")]
pub fn shares_gradient<T: Scalar>(
    model: &mut Sequential<T>,
    tree: &mut TreeSum<T>,
    inputs: &[T],
    labels: &[u8],
    shares: Range<usize>,
    batch: usize,
    gradient: &mut [T],
    sums: &mut [Sums],
) {
    let len = model.input_len();
    let (first_share, first_image) = (shares.start, share_range(shares.start, batch).start);
    tree.sum(shares, gradient, |share, gradient| {
        let images = share_range(share, batch);
        let images = images.start - first_image..images.end - first_image;
        let inputs = &inputs[images.start * len..images.end * len];
        sums[share - first_share] = share_gradient(model, inputs, &labels[images], batch, gradient);
    });
}

/// Overwrites `gradient` with that of the mean loss over a batch: all shares, one after the other.
///
/// # Shapes
/// `inputs`: `[labels.len(), ...input_shape]`; `gradient`: [`Sequential::param_count`] numbers.
pub fn batch_gradient<T: Scalar>(
    model: &mut Sequential<T>,
    tree: &mut TreeSum<T>,
    inputs: &[T],
    labels: &[u8],
    gradient: &mut [T],
) -> Sums {
    let mut sums = [Sums::default(); SHARES];
    let batch = labels.len();
    shares_gradient(model, tree, inputs, labels, 0..SHARES, batch, gradient, &mut sums);
    sums.into_iter().sum()
}

/// Sums the gradients of the shares as `((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))`: the same bits, whoever computes
/// which subtree.
///
/// Holds one gradient for each level below the root.
#[derive(Debug, Default)]
pub struct TreeSum<T = f32> {
    right: [Vec<T>; SHARES.ilog2() as usize],
}

impl<T: Scalar> TreeSum<T> {
    /// Overwrites `gradient` with the sum over the shares of a subtree: 1, 2, 4 or 8 shares, of which the first is a
    /// multiple of their number. `share` overwrites what it is given with the gradient of the share of that index, or,
    /// where sums of subtrees are summed, of the subtree of that index.
    ///
    /// # Panics
    /// When the range is no subtree.
    pub fn sum(&mut self, shares: Range<usize>, gradient: &mut [T], mut share: impl FnMut(usize, &mut [T])) {
        let count = shares.len();
        assert!(
            count.is_power_of_two() && shares.start.is_multiple_of(count) && shares.end <= SHARES,
            "the shares {shares:?} are no subtree"
        );
        for right in &mut self.right[..count.ilog2() as usize] {
            right.resize(gradient.len(), T::zero());
        }
        sum_subtree(shares, gradient, &mut self.right, &mut share);
    }
}

fn sum_subtree<T: Scalar>(
    shares: Range<usize>,
    sum: &mut [T],
    memory: &mut [Vec<T>],
    share: &mut impl FnMut(usize, &mut [T]),
) {
    if shares.len() == 1 {
        return share(shares.start, sum);
    }
    let middle = usize::midpoint(shares.start, shares.end);
    sum_subtree(shares.start..middle, sum, memory, share);
    let (right, memory) = memory.split_first_mut().expect("one a level");
    sum_subtree(middle..shares.end, right, memory, share);
    for (sum, &x) in sum.iter_mut().zip(&*right) {
        *sum += x;
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
    let mut grad = vec![];
    for labels in images.labels[range.clone()].chunks(EVALUATION_BATCH) {
        let first = range.start + sums.images;
        inputs.clear();
        inputs.extend(scaled::<f32>(
            &images.images[first * size..(first + labels.len()) * size],
        ));
        let logits = model.forward(&inputs, Mode::Predict);
        grad.resize(logits.len(), 0.0);
        sums += Sums {
            loss: softmax_cross_entropy(logits, labels, &mut grad),
            correct: count_correct(logits, labels),
            images: labels.len(),
        };
    }
    sums
}
