//! How to train, and within what bounds.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{
    Augmentation, Clipping, DataRecipe, EarlyStopping, LiveChange, OptimizerSpec, Schedule, change,
    optimizer::below_one,
};

/// How to train. The same config, seed and SIMD tier give the same weights, bit for bit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrainConfig {
    /// Times that every training image is seen.
    pub epochs: usize,
    /// Images a step.
    pub batch_size: usize,
    /// Step size; the largest of the run where a schedule changes it.
    pub learning_rate: f32,
    /// How the step size changes.
    pub schedule: Schedule,
    /// How weights follow gradients.
    pub optimizer: OptimizerSpec,
    /// Seeds the initial weights and every epoch's order.
    pub seed: u64,
    /// The run begins with the weights of a file, in place of those of the seed: their fingerprint, 16 hexadecimal digits.
    pub initial_weights: Option<String>,
    /// Which images it learns from, and under which labels.
    pub data: DataRecipe,
    /// How training images are changed before they are seen.
    pub augmentation: Augmentation,
    /// Share of the certainty that goes to all classes alike: Keras's `label_smoothing`. The target of class `i` of `k`
    /// is `(1 - label_smoothing) [i is the label] + label_smoothing / k`.
    pub label_smoothing: f32,
    /// Every step takes the weights `rate * weight_decay` of their length nearer to 0: Keras's `weight_decay`,
    /// decoupled from the gradient. None: the optimizer's own, which only AdamW has.
    pub weight_decay: Option<f32>,
    /// Measures, predicts and saves with a running mean of the weights, and trains on without it: Keras's `use_ema`,
    /// and the share of the mean that a step keeps, its `ema_momentum`.
    pub weight_averaging: Option<f32>,
    /// How long a gradient may be.
    pub clipping: Clipping,
    /// Share of the training images that is held out and validated on, in place of the test images: the last ones, as
    /// they lie, as Keras's `validation_split`. In `f64`, as in Keras: 0.1 of 60,000 images must be 6,000.
    pub validation_split: f64,
    /// Ends the run when an epoch is no better than those before.
    pub early_stopping: Option<EarlyStopping>,
    /// What was changed while it ran, or is to be, in the order of the steps.
    pub changes: Vec<LiveChange>,
}

impl Default for TrainConfig {
    /// The seed recipe: Keras's RMSprop at 0.001, batches of 64, 5 epochs.
    fn default() -> Self {
        Self {
            epochs: 5,
            batch_size: 64,
            learning_rate: 0.001,
            optimizer: OptimizerSpec::RMSPROP,
            seed: 1,
            initial_weights: None,
            data: DataRecipe::default(),
            schedule: Schedule::default(),
            augmentation: Augmentation::NONE,
            label_smoothing: 0.0,
            weight_decay: None,
            weight_averaging: None,
            clipping: Clipping::Off,
            validation_split: 0.0,
            early_stopping: None,
            changes: vec![],
        }
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field} must be {expected}, got {got}")]
pub struct ConfigError {
    /// The field of [`TrainConfig`].
    pub field: &'static str,
    /// What is allowed.
    pub expected: &'static str,
    /// What it was.
    pub got: String,
}

impl TrainConfig {
    /// Of the optimizer, unless it is set.
    pub fn weight_decay(&self) -> f32 {
        self.weight_decay.unwrap_or_else(|| self.optimizer.weight_decay())
    }

    /// Of so many images that are there, those that are trained on and those held out to validate on: both from the
    /// first [`DataRecipe::limit`]. Without [`Self::validation_split`] none is held out.
    pub fn split(&self, images: usize) -> [Range<usize>; 2] {
        let used = self.data.limit.unwrap_or(usize::MAX).min(images);
        // Keras's own formula, to the last bit.
        let first = (used as f64 * (1.0 - self.validation_split)).floor() as usize;
        [0..first, first..used]
    }

    /// Steps of the whole run on so many images that are there, if nothing changes while it runs.
    pub fn total_steps(&self, images: usize) -> usize {
        self.epochs * self.split(images)[0].len().div_ceil(self.batch_size)
    }

    /// # Errors
    /// Names the first setting that is out of bounds, the bounds, and its value.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check(
            "epochs",
            "from 1 to 1000",
            (1..=1000).contains(&self.epochs),
            self.epochs,
        )?;
        check_batch_size(self.batch_size)?;
        check_learning_rate(self.learning_rate)?;
        check_initial_weights(self.initial_weights.as_deref())?;
        self.data.validate()?;
        let smoothing = self.label_smoothing;
        below_one("label_smoothing", smoothing)?;
        let decay = self.weight_decay();
        check("weight_decay", "from 0 to 1", (0.0..=1.0).contains(&decay), decay)?;
        below_one("weight_averaging", self.weight_averaging.unwrap_or_default())?;
        let split = self.validation_split;
        let ok = (0.0..1.0).contains(&split);
        check("validation_split", "at least 0 and below 1", ok, split)?;
        self.schedule.validate()?;
        self.augmentation.validate()?;
        self.clipping.validate()?;
        self.early_stopping.map_or(Ok(()), |stopping| stopping.validate())?;
        change::validate(&self.changes)?;
        self.optimizer.validate()
    }
}

fn check_initial_weights(fingerprint: Option<&str>) -> Result<(), ConfigError> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let ok = fingerprint.is_none_or(|text| text.len() == 16 && text.bytes().all(is_digit));
    let got = fingerprint.unwrap_or_default().chars().take(24).collect::<String>();
    check("initial_weights", "a fingerprint of 16 hexadecimal digits", ok, got)
}

pub(super) fn check_batch_size(size: usize) -> Result<(), ConfigError> {
    check("batch_size", "from 1 to 1024", (1..=1024).contains(&size), size)
}

pub(super) fn check_learning_rate(rate: f32) -> Result<(), ConfigError> {
    check(
        "learning_rate",
        "above 0 and at most 10",
        rate > 0.0 && rate <= 10.0,
        rate,
    )
}

pub(super) fn check(
    field: &'static str,
    expected: &'static str,
    ok: bool,
    got: impl ToString,
) -> Result<(), ConfigError> {
    if ok {
        return Ok(());
    }
    Err(ConfigError {
        field,
        expected,
        got: got.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Decay;

    #[test]
    fn settings_out_of_bounds_are_named() {
        TrainConfig::default().validate().unwrap();
        let with = |change: fn(&mut TrainConfig)| {
            let mut config = TrainConfig::default();
            change(&mut config);
            config.validate().unwrap_err().to_string()
        };
        assert_eq!(with(|c| c.epochs = 0), "epochs must be from 1 to 1000, got 0");
        assert_eq!(
            with(|c| c.batch_size = 9999),
            "batch_size must be from 1 to 1024, got 9999"
        );
        assert_eq!(
            with(|c| c.initial_weights = Some("27DF".into())),
            "initial_weights must be a fingerprint of 16 hexadecimal digits, got 27DF"
        );
        assert!(with(|c| c.learning_rate = f32::NAN).starts_with("learning_rate must be"));
        assert!(with(|c| c.label_smoothing = 1.0).starts_with("label_smoothing must be at least 0 and below 1"));
        assert!(with(|c| c.weight_decay = Some(-0.1)).starts_with("weight_decay must be from 0 to 1"));
        assert!(with(|c| c.weight_averaging = Some(f32::NAN)).starts_with("weight_averaging must be"));
        assert!(with(|c| c.augmentation.rotation = 181.0).starts_with("rotation must be from 0 to 180"));
        assert!(with(|c| c.schedule.decay = Decay::Cosine { alpha: 2.0 }).starts_with("alpha must be from 0 to 1"));
        assert!(with(|c| c.data.limit = Some(0)).starts_with("limit must be"));
        assert!(with(|c| c.data.label_noise = f32::NAN).starts_with("label_noise must be from 0 to 1"));
        assert!(with(|c| c.validation_split = 1.0).starts_with("validation_split must be at least 0 and below 1"));
        assert!(with(|c| c.clipping = Clipping::Value(0.0)).starts_with("clipvalue must be above 0"));
        assert!(
            with(|c| c.optimizer = OptimizerSpec::Sgd {
                momentum: 1.0,
                nesterov: false
            })
            .starts_with("momentum")
        );
    }

    #[test]
    fn the_images_held_out_are_keras_s() {
        let sizes = |validation_split, limit| {
            let config = TrainConfig {
                validation_split,
                data: DataRecipe {
                    limit,
                    ..DataRecipe::default()
                },
                ..TrainConfig::default()
            };
            config.split(60_000).map(|range| range.len())
        };
        // floor(n * (1 - split)), as Python computes it.
        assert_eq!(sizes(0.0, None), [60_000, 0]);
        assert_eq!(sizes(0.1, None), [54_000, 6_000]);
        assert_eq!(sizes(0.2, Some(1_000)), [800, 200]);
        assert_eq!(sizes(0.7, Some(10)), [3, 7]);
        assert_eq!(sizes(0.9, Some(10)), [0, 10]);
    }
}
