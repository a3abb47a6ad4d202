//! How weights follow gradients.

use serde::{Deserialize, Serialize};

use super::{ConfigError, training::check};

/// How weights follow gradients: Keras's optimizers with Keras's defaults. The learning rate and the weight decay are in
/// [`TrainConfig`](super::TrainConfig).
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
    /// Adam, with weight decay unless that is set otherwise (Loshchilov and Hutter, 2019, arXiv:1711.05101).
    AdamW {
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
    /// Keras's `AdamW`.
    pub const ADAMW: Self = Self::AdamW {
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-7,
    };

    /// Every optimizer, as offered on the page.
    pub const ALL: [Self; 4] = [Self::SGD, Self::RMSPROP, Self::ADAM, Self::ADAMW];

    /// The name in a URL and on the command line.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Sgd { .. } => "sgd",
            Self::RmsProp { .. } => "rmsprop",
            Self::Adam { .. } => "adam",
            Self::AdamW { .. } => "adamw",
        }
    }

    /// Keras's name.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Sgd { .. } => "SGD",
            Self::RmsProp { .. } => "RMSprop",
            Self::Adam { .. } => "Adam",
            Self::AdamW { .. } => "AdamW",
        }
    }

    /// The optimizer of that [`Self::id`], with its defaults.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|optimizer| optimizer.id() == id)
    }

    /// Keras's default of its `weight_decay`.
    pub fn weight_decay(&self) -> f32 {
        match self {
            Self::AdamW { .. } => 0.004,
            Self::Sgd { .. } | Self::RmsProp { .. } | Self::Adam { .. } => 0.0,
        }
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        match *self {
            Self::Sgd { momentum, .. } => below_one("momentum", momentum),
            Self::RmsProp { rho, epsilon } => below_one("rho", rho).and_then(|()| small(epsilon)),
            Self::Adam {
                beta_1,
                beta_2,
                epsilon,
            }
            | Self::AdamW {
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

/// Not below 1e-12: what is divided by less can pass the largest `f32`.
fn small(epsilon: f32) -> Result<(), ConfigError> {
    check("epsilon", "from 1e-12 to 1", (1e-12..=1.0).contains(&epsilon), epsilon)
}

pub(super) fn below_one(field: &'static str, value: f32) -> Result<(), ConfigError> {
    check(field, "at least 0 and below 1", (0.0..1.0).contains(&value), value)
}
