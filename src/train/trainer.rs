//! A run: a model, its optimizer, and how far it is.

mod plan;

use std::ops::Range;

pub use plan::Task;

use super::{
    Part, Progress, SHARES, Snapshot, Stopping, TrainError, TrainerState, TreeSum, Warp, scaled, shares_gradient,
};
use crate::{
    data::{ImageSet, Selection},
    nn::{
        Sequential,
        layers::Draws,
        metrics::Sums,
        optim::{Optimizer, clip, norm},
    },
    random::{Stream, generator},
    report::{BatchReport, Metrics},
    spec::{Change, Clipping, ConfigError, ModelSpec, TrainConfig},
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
    /// What it learns from; nothing until the first step, and in those that are given their tasks.
    selection: Selection,
    stopping: Stopping,
    /// Of the epoch under way, places in the selection; empty until it begins.
    order: Vec<u32>,
    tree: TreeSum,
    inputs: Vec<f32>,
    gradient: Vec<f32>,
    clipped: Vec<f32>,
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
            optimizer: Optimizer::new(&config.optimizer, config.weight_decay(), model.param_count()),
            model,
            averaged: config.weight_averaging.map(|_| build()).transpose()?,
            config: config.clone(),
            progress: Progress::default(),
            selection: Selection::default(),
            stopping: Stopping::default(),
            order: vec![],
            tree: TreeSum::default(),
            inputs: vec![],
            gradient: vec![],
            clipped: vec![],
        })
    }

    /// As [`Self::new`], with the weights of a model in place of those of the seed.
    ///
    /// # Errors
    /// As [`Self::new`], and when they are another model's.
    pub fn with_weights(spec: &ModelSpec, config: &TrainConfig, weights: &Sequential) -> Result<Self, TrainError> {
        let mut trainer = Self::new(spec, config)?;
        trainer.load(&Snapshot::of(weights, Some(weights)))?;
        Ok(trainer)
    }

    /// The run of those settings, where its state says.
    ///
    /// # Errors
    /// As [`Self::new`], and when the state is another model's or optimizer's.
    pub fn resume(spec: &ModelSpec, config: &TrainConfig, state: TrainerState) -> Result<Self, TrainError> {
        let mut trainer = Self::new(spec, config)?;
        let TrainerState { weights, averaged, .. } = state;
        trainer.load(&Snapshot { weights, averaged })?;
        trainer.optimizer.load(state.optimizer)?;
        (trainer.progress, trainer.stopping) = (state.progress, state.stopping);
        Ok(trainer)
    }

    /// All that [`Self::resume`] needs beside the settings.
    pub fn state(&self) -> TrainerState {
        let Snapshot { weights, averaged } = self.snapshot();
        TrainerState {
            weights,
            averaged,
            optimizer: self.optimizer.save().clone(),
            progress: self.progress,
            stopping: self.stopping.clone(),
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot::of(&self.model, self.averaged.as_ref())
    }

    fn load(&mut self, snapshot: &Snapshot) -> Result<(), TrainError> {
        snapshot.load(&mut self.model, self.averaged.as_mut())
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

    /// Ends the run: its model as it is now.
    pub fn into_model(self) -> Sequential {
        self.model
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

    /// Whether all epochs are done, or early stopping has ended it. One more batch would start another epoch.
    pub fn is_finished(&self) -> bool {
        self.stopping.stopped || self.progress.epoch >= self.config.epochs
    }

    /// Changes a setting from the next step on. The run is then that of [`Self::config`], which has the change: whoever
    /// trains with it from the start gets the same bits.
    ///
    /// # Errors
    /// When its value is out of bounds: then nothing has changed.
    pub fn change(&mut self, change: Change) -> Result<(), ConfigError> {
        self.config = self.config.changed(self.progress.global_step, change)?;
        Ok(())
    }

    /// Tells early stopping what the last epoch's validation was.
    pub fn validated(&mut self, validation: Metrics) {
        let (Some(rule), Some(epoch)) = (self.config.early_stopping, self.progress.epoch.checked_sub(1)) else {
            return;
        };
        if self.stopping.judge(&rule, epoch, validation) && rule.restore_best_weights {
            let snapshot = self.snapshot();
            self.stopping.best.as_mut().expect("it was found just now").weights = Some(snapshot);
        }
    }

    /// What early stopping remembers.
    pub fn stopping(&self) -> &Stopping {
        &self.stopping
    }

    /// At the end of the run: the weights of the best epoch again, where the settings want that and it was not the last.
    /// True when the weights have changed.
    pub fn restore_best(&mut self) -> bool {
        let best = self.stopping.best.as_mut();
        let Some(best) = best.filter(|best| best.epoch + 1 < self.progress.epoch) else {
            return false;
        };
        let weights = best.weights.take();
        weights.is_some_and(|weights| self.load(&weights).is_ok())
    }

    /// Trains the next mini-batch: [`Self::begin`], [`Self::compute`] for all shares, [`Self::apply`].
    ///
    /// # Errors
    /// As [`Self::begin`], and when the loss or a gradient is not finite: then nothing has changed.
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
        if task.labels.is_empty() {
            // The last batch of an epoch can be smaller than the team.
            return;
        }
        let shape = [task.height, task.pixels.len() / (task.height * task.labels.len())];
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
        self.follow(gradient, gradient_norm, learning_rate);
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
        let step = self.progress.global_step;
        let base = self.config.learning_rate_at(step);
        self.config.schedule.rate(base, step, self.total_steps())
    }

    /// The optimizer's step along the gradient, clipped where the settings say so.
    fn follow(&mut self, gradient: &[f32], gradient_norm: f32, learning_rate: f32) {
        let Self { model, clipped, .. } = self;
        let gradient = match self.config.clipping {
            Clipping::Off => gradient,
            clipping => {
                clipped.clear();
                clipped.extend_from_slice(gradient);
                let lengths = model.params().map(|param| param.value.len());
                clip(clipping, clipped, lengths, gradient_norm);
                clipped
            }
        };
        self.optimizer.step(model.params_mut(), gradient, learning_rate);
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
        if progress.running.images == progress.images {
            progress.epoch += 1;
            progress.step = 0;
            progress.running = Sums::default();
            self.order.clear();
        }
        report
    }
}
