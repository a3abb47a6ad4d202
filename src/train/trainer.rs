//! A run: a model, its optimizer, and how far it is.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Part, SHARES, TrainError, TreeSum, Warp, check_images, scaled, share_range, shares_gradient};
use crate::{
    data::ImageSet,
    nn::{
        Sequential,
        layers::Draws,
        metrics::Sums,
        optim::{Optimizer, OptimizerState, norm},
    },
    random::{Stream, epoch_order, generator},
    report::BatchReport,
    spec::{ModelSpec, TrainConfig},
};

/// The longest gradient that a step is taken with. The square of a longer one is no `f32`: the optimizers' means would
/// not be finite, and the weights would not be after the next step.
const LARGEST_GRADIENT: f32 = 1e18;

/// A run: a model, its optimizer, and how far it is.
pub struct Trainer {
    model: Sequential,
    optimizer: Optimizer,
    /// The model with the running mean of the weights, where that is wanted.
    averaged: Option<Sequential>,
    config: TrainConfig,
    progress: Progress,
    /// Of the epoch under way; empty until it begins.
    order: Vec<u32>,
    tree: TreeSum,
    inputs: Vec<f32>,
    gradient: Vec<f32>,
}

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
    /// Over the images of the epoch under way.
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
}

/// A part of a mini-batch: some of its shares, as bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Steps since the reset, this one included.
    pub global_step: usize,
    /// The epoch, from 0.
    pub epoch: usize,
    /// Images of the whole batch.
    pub batch: usize,
    /// The images, by their place in the set.
    pub indices: Vec<u32>,
    /// Rows of an image.
    pub height: usize,
    /// The images one after the other, row by row.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
    /// Their classes.
    #[serde(with = "serde_bytes")]
    pub labels: Vec<u8>,
}

impl Trainer {
    /// New weights from the seed, no step yet.
    ///
    /// # Errors
    /// When the model cannot be built or a setting is out of bounds.
    pub fn new(spec: &ModelSpec, config: &TrainConfig) -> Result<Self, TrainError> {
        config.validate()?;
        let build = || Sequential::build(spec, &mut generator(config.seed, Stream::Weights));
        let model = build()?;
        Ok(Self {
            optimizer: Optimizer::new(&config.optimizer, model.param_count()),
            model,
            averaged: config.weight_averaging.map(|_| build()).transpose()?,
            config: config.clone(),
            progress: Progress::default(),
            order: vec![],
            tree: TreeSum::default(),
            inputs: vec![],
            gradient: vec![],
        })
    }

    /// The run of those settings, where its state says.
    ///
    /// # Errors
    /// As [`Self::new`], and when the state is another model's or optimizer's.
    pub fn resume(spec: &ModelSpec, config: &TrainConfig, state: TrainerState) -> Result<Self, TrainError> {
        let mut trainer = Self::new(spec, config)?;
        load_weights(&mut trainer.model, &state.weights)?;
        if let Some(averaged) = &mut trainer.averaged {
            load_weights(averaged, &state.averaged.unwrap_or_default())?;
        }
        trainer.optimizer.load(state.optimizer)?;
        trainer.progress = state.progress;
        trainer.shuffle();
        Ok(trainer)
    }

    /// All that [`Self::resume`] needs beside the settings.
    pub fn state(&self) -> TrainerState {
        TrainerState {
            weights: weights(&self.model),
            averaged: self.averaged.as_ref().map(weights),
            optimizer: self.optimizer.save().clone(),
            progress: self.progress,
        }
    }

    /// The model as it is now.
    pub fn model(&self) -> &Sequential {
        &self.model
    }

    /// The model as it is now, to look through it or to give it other weights.
    pub fn model_mut(&mut self) -> &mut Sequential {
        &mut self.model
    }

    /// The model to measure, to ask and to save: with averaged weights where the settings say so.
    pub fn evaluated(&self) -> &Sequential {
        self.averaged.as_ref().unwrap_or(&self.model)
    }

    /// [`Self::evaluated`], to look through it.
    pub fn evaluated_mut(&mut self) -> &mut Sequential {
        self.averaged.as_mut().unwrap_or(&mut self.model)
    }

    /// How it trains.
    pub fn config(&self) -> &TrainConfig {
        &self.config
    }

    /// Steps since the start.
    pub fn global_step(&self) -> usize {
        self.progress.global_step
    }

    /// Whether all epochs are done. One more batch would start another.
    pub fn is_finished(&self) -> bool {
        self.progress.epoch >= self.config.epochs
    }

    /// Trains the next mini-batch: [`Self::begin`], [`Self::compute`] for all shares, [`Self::apply`].
    ///
    /// # Errors
    /// When the images do not fit the model, or the loss or a gradient is not finite: then nothing has changed.
    pub fn train_batch(&mut self, images: &ImageSet) -> Result<BatchReport, TrainError> {
        self.begin(images)?;
        let task = self
            .task(images, 0, 0..SHARES)
            .expect("an epoch has a batch to begin with");
        let mut gradient = std::mem::take(&mut self.gradient);
        gradient.resize(self.model.param_count(), 0.0);
        let sums = self.compute(&task, 0..SHARES, &mut gradient);
        let report = self.apply(&gradient, sums.into_iter().sum());
        self.gradient = gradient;
        report
    }

    /// Prepares the next step. The same images must be given for all of a run.
    ///
    /// # Errors
    /// When the images do not fit the model.
    pub fn begin(&mut self, images: &ImageSet) -> Result<(), TrainError> {
        let count = self.config.limit.unwrap_or(usize::MAX).min(images.len());
        if self.progress.images != count || self.order.is_empty() {
            check_images(&self.model, images)?;
            self.progress.images = count;
            self.shuffle();
        }
        Ok(())
    }

    fn shuffle(&mut self) {
        self.order = epoch_order(self.config.seed, self.progress.epoch, self.progress.images);
    }

    fn steps_per_epoch(&self) -> usize {
        self.progress.images.div_ceil(self.config.batch_size)
    }

    /// Some shares of the batch of the next step, or of one after it; none beyond the epoch.
    pub fn task(&self, images: &ImageSet, ahead: usize, shares: Range<usize>) -> Option<Task> {
        let mut batches = self.order.chunks(self.config.batch_size);
        let batch = batches.nth(self.progress.step + ahead)?;
        let part = share_range(shares.start, batch.len()).start..share_range(shares.end, batch.len()).start;
        let indices = batch[part].to_vec();
        Some(Task {
            global_step: self.progress.global_step + ahead + 1,
            epoch: self.progress.epoch,
            batch: batch.len(),
            height: images.image_shape[0],
            pixels: indices
                .iter()
                .flat_map(|&i| images.image(i as usize))
                .copied()
                .collect(),
            labels: indices.iter().map(|&i| images.labels[i as usize]).collect(),
            indices,
        })
    }

    /// Overwrites `gradient` with the sum of the gradients of a task's shares, and gives the sums of each share; 0 for
    /// those of others.
    ///
    /// # Shapes
    /// `gradient`: [`Sequential::param_count`] numbers.
    pub fn compute(&mut self, task: &Task, shares: Range<usize>, gradient: &mut [f32]) -> [Sums; SHARES] {
        self.prepare(task);
        let mut sums = [Sums::default(); SHARES];
        let own = &mut sums[shares.clone()];
        let Self {
            model, tree, inputs, ..
        } = self;
        let part = Part {
            batch: task.batch,
            inputs,
            labels: &task.labels,
            label_smoothing: self.config.label_smoothing,
            draws: Draws {
                seed: self.config.seed,
                epoch: task.epoch,
                images: &task.indices,
            },
        };
        shares_gradient(model, tree, part, shares, gradient, own);
        sums
    }

    /// A task's images as the network takes them.
    fn prepare(&mut self, task: &Task) {
        let Self { config, inputs, .. } = self;
        inputs.clear();
        if config.augmentation.is_off() {
            return inputs.extend(scaled::<f32>(&task.pixels));
        }
        let shape = [
            task.height,
            task.pixels.len() / (task.height * task.labels.len()).max(1),
        ];
        for (&image, pixels) in task.indices.iter().zip(task.pixels.chunks_exact(shape[0] * shape[1])) {
            Warp::draw(&config.augmentation, config.seed, task.epoch, image).apply(pixels, shape, inputs);
        }
    }

    /// Takes the step, with the gradient and the sums of all shares, the sums added in the shares' order.
    ///
    /// # Errors
    /// When the loss or a gradient is not finite: then nothing has changed.
    ///
    /// # Shapes
    /// `gradient`: [`Sequential::param_count`] numbers.
    pub fn apply(&mut self, gradient: &[f32], sums: Sums) -> Result<BatchReport, TrainError> {
        let gradient_norm = norm(std::iter::once(gradient));
        self.check_finite(gradient_norm, &sums)?;
        let learning_rate = self.rate();
        self.decay_weights(learning_rate);
        self.optimizer.step(self.model.params_mut(), gradient, learning_rate);
        self.model.settle();
        self.average_weights();
        Ok(BatchReport {
            learning_rate,
            gradient_norm,
            weight_norm: norm(self.model.params().map(|param| &param.value[..])),
            ..self.advance(sums)
        })
    }

    /// The learning rate of the next step.
    fn rate(&self) -> f32 {
        let TrainConfig {
            learning_rate,
            schedule,
            epochs,
            ..
        } = &self.config;
        schedule.rate(
            *learning_rate,
            self.progress.global_step,
            epochs * self.steps_per_epoch(),
        )
    }

    fn decay_weights(&mut self, rate: f32) {
        let decay = rate * self.config.weight_decay;
        if decay > 0.0 {
            let params = self.model.params_mut();
            params.for_each(|param| param.value.iter_mut().for_each(|w| *w -= decay * *w));
        }
    }

    /// `mean = momentum mean + (1 - momentum) weight`; at the first step, Keras's momentum is 0. What layers remember
    /// of the data is no weight: it is copied.
    fn average_weights(&mut self) {
        let (Some(averaged), Some(momentum)) = (&mut self.averaged, self.config.weight_averaging) else {
            return;
        };
        let momentum = if self.progress.global_step == 0 { 0.0 } else { momentum };
        for (mean, param) in averaged.params_mut().zip(self.model.params()) {
            for (mean, w) in mean.value.iter_mut().zip(&param.value) {
                *mean = momentum * *mean + (1.0 - momentum) * w;
            }
        }
        for (copy, memory) in averaged.memory_mut().zip(self.model.memory()) {
            copy.value.copy_from_slice(&memory.value);
        }
    }

    fn check_finite(&self, gradient_norm: f32, sums: &Sums) -> Result<(), TrainError> {
        let what = match () {
            () if !sums.loss.is_finite() => "loss",
            () if gradient_norm <= LARGEST_GRADIENT => return Ok(()),
            () => "gradient",
        };
        Err(TrainError::NotFinite {
            what,
            global_step: self.progress.global_step + 1,
        })
    }

    fn advance(&mut self, sums: Sums) -> BatchReport {
        let steps_per_epoch = self.steps_per_epoch();
        let progress = &mut self.progress;
        progress.running += sums;
        progress.step += 1;
        progress.global_step += 1;
        let report = BatchReport {
            epoch: progress.epoch,
            step: progress.step,
            steps_per_epoch,
            global_step: progress.global_step,
            images: sums.images,
            batch: sums.metrics(),
            running: progress.running.metrics(),
            ..BatchReport::default()
        };
        if progress.step == steps_per_epoch {
            progress.epoch += 1;
            progress.step = 0;
            progress.running = Sums::default();
            self.order.clear();
        }
        report
    }
}

/// Every number of the model, one after the other.
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
