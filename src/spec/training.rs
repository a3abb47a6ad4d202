//! How to train, and within what bounds.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Augmentation, DataRecipe, Schedule};

/// How weights follow gradients: Keras's optimizers with Keras's defaults. The learning rate is in [`TrainConfig`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum OptimizerSpec {
    /// Stochastic gradient descent.
    Sgd {
        /// Share of the last step that is kept.
        momentum: f32,
        /// Looks ahead along the momentum.
        nesterov: bool,
    },
    /// Divides by a running root mean square of the gradients.
    RmsProp {
        /// Decay of the running mean.
        rho: f32,
        /// Keeps the division finite.
        epsilon: f32,
    },
    /// Running means of the gradients and of their squares, corrected for their start at zero.
    Adam {
        /// Decay of the mean.
        beta_1: f32,
        /// Decay of the mean square.
        beta_2: f32,
        /// Keeps the division finite.
        epsilon: f32,
    },
}

impl OptimizerSpec {
    /// Keras's `SGD` with momentum 0.9.
    pub const SGD: Self = Self::Sgd {
        momentum: 0.9,
        nesterov: false,
    };
    /// Keras's `RMSprop`.
    pub const RMSPROP: Self = Self::RmsProp {
        rho: 0.9,
        epsilon: 1e-7,
    };
    /// Keras's `Adam`.
    pub const ADAM: Self = Self::Adam {
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-7,
    };

    /// Every optimizer, as offered on the page.
    pub const ALL: [Self; 3] = [Self::SGD, Self::RMSPROP, Self::ADAM];

    /// The name in a URL and on the command line.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Sgd { .. } => "sgd",
            Self::RmsProp { .. } => "rmsprop",
            Self::Adam { .. } => "adam",
        }
    }

    /// Keras's name.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Sgd { .. } => "SGD",
            Self::RmsProp { .. } => "RMSprop",
            Self::Adam { .. } => "Adam",
        }
    }

    /// The optimizer of that [`Self::id`], with its defaults.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|optimizer| optimizer.id() == id)
    }
}

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
    /// Which images it learns from, and under which labels.
    pub data: DataRecipe,
    /// How training images are changed before they are seen.
    pub augmentation: Augmentation,
    /// Share of the certainty that goes to all classes alike: Keras's `label_smoothing`. The target of class `i` of `k`
    /// is `(1 - label_smoothing) [i is the label] + label_smoothing / k`.
    pub label_smoothing: f32,
    /// Every step takes the weights `rate * weight_decay` of their length nearer to 0: Keras's `weight_decay`,
    /// decoupled from the gradient (AdamW: Loshchilov and Hutter, 2019, arXiv:1711.05101).
    pub weight_decay: f32,
    /// Measures, predicts and saves with a running mean of the weights, and trains on without it: Keras's `use_ema`,
    /// and the share of the mean that a step keeps, its `ema_momentum`.
    pub weight_averaging: Option<f32>,
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
            data: DataRecipe::default(),
            schedule: Schedule::default(),
            augmentation: Augmentation::NONE,
            label_smoothing: 0.0,
            weight_decay: 0.0,
            weight_averaging: None,
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
    /// # Errors
    /// Names the first setting that is out of bounds, the bounds, and its value.
    pub fn validate(&self) -> Result<(), ConfigError> {
        check(
            "epochs",
            "from 1 to 1000",
            (1..=1000).contains(&self.epochs),
            self.epochs,
        )?;
        check(
            "batch_size",
            "from 1 to 1024",
            (1..=1024).contains(&self.batch_size),
            self.batch_size,
        )?;
        let rate = self.learning_rate;
        check(
            "learning_rate",
            "above 0 and at most 10",
            rate > 0.0 && rate <= 10.0,
            rate,
        )?;
        self.data.validate()?;
        let smoothing = self.label_smoothing;
        below_one("label_smoothing", smoothing)?;
        let decay = self.weight_decay;
        check("weight_decay", "from 0 to 1", (0.0..=1.0).contains(&decay), decay)?;
        below_one("weight_averaging", self.weight_averaging.unwrap_or_default())?;
        self.schedule.validate()?;
        self.augmentation.validate()?;
        self.validate_optimizer()
    }

    fn validate_optimizer(&self) -> Result<(), ConfigError> {
        let small = |value: f32| check("epsilon", "above 0 and at most 1", value > 0.0 && value <= 1.0, value);
        match self.optimizer {
            OptimizerSpec::Sgd { momentum, .. } => below_one("momentum", momentum),
            OptimizerSpec::RmsProp { rho, epsilon } => below_one("rho", rho).and_then(|()| small(epsilon)),
            OptimizerSpec::Adam {
                beta_1,
                beta_2,
                epsilon,
            } => {
                below_one("beta_1", beta_1)?;
                below_one("beta_2", beta_2)?;
                small(epsilon)
            }
        }
    }
}

fn below_one(field: &'static str, value: f32) -> Result<(), ConfigError> {
    check(field, "at least 0 and below 1", (0.0..1.0).contains(&value), value)
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
        assert!(with(|c| c.learning_rate = f32::NAN).starts_with("learning_rate must be"));
        assert!(with(|c| c.label_smoothing = 1.0).starts_with("label_smoothing must be at least 0 and below 1"));
        assert!(with(|c| c.weight_decay = -0.1).starts_with("weight_decay must be from 0 to 1"));
        assert!(with(|c| c.weight_averaging = Some(f32::NAN)).starts_with("weight_averaging must be"));
        assert!(with(|c| c.augmentation.rotation = 181.0).starts_with("rotation must be from 0 to 180"));
        assert!(with(|c| c.schedule.decay = Decay::Cosine { alpha: 2.0 }).starts_with("alpha must be from 0 to 1"));
        assert!(with(|c| c.data.limit = Some(0)).starts_with("limit must be"));
        assert!(with(|c| c.data.label_noise = f32::NAN).starts_with("label_noise must be from 0 to 1"));
        assert!(
            with(|c| c.optimizer = OptimizerSpec::Sgd {
                momentum: 1.0,
                nesterov: false
            })
            .starts_with("momentum")
        );
    }
}
