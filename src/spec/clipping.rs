//! How long a gradient may be.

use serde::{Deserialize, Serialize};

use super::{ConfigError, training::check};

/// How long a gradient may be: Keras's arguments of an optimizer, of which one at most can be given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub enum Clipping {
    /// As long as it is.
    #[default]
    Off,
    /// Keras's `clipnorm`: that of each parameter, weight or bias, is shortened to this L2 norm.
    Norm(f32),
    /// Keras's `global_clipnorm`: that of all parameters together is shortened to this L2 norm.
    GlobalNorm(f32),
    /// Keras's `clipvalue`: each number is brought between this and its negative.
    Value(f32),
}

impl Clipping {
    /// Every way, as offered on the page, with a limit to begin with.
    pub const ALL: [Self; 4] = [Self::Off, Self::Norm(1.0), Self::GlobalNorm(1.0), Self::Value(0.5)];

    /// Keras's name, or `off`.
    pub fn id(&self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Norm(_) => "clipnorm",
            Self::GlobalNorm(_) => "global_clipnorm",
            Self::Value(_) => "clipvalue",
        }
    }

    /// The limit; none where there is no clipping.
    pub fn limit(&self) -> Option<f32> {
        match *self {
            Self::Off => None,
            Self::Norm(limit) | Self::GlobalNorm(limit) | Self::Value(limit) => Some(limit),
        }
    }

    /// The limit, to change it.
    pub fn limit_mut(&mut self) -> Option<&mut f32> {
        match self {
            Self::Off => None,
            Self::Norm(limit) | Self::GlobalNorm(limit) | Self::Value(limit) => Some(limit),
        }
    }

    /// # Errors
    /// When the limit is out of bounds.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let limit = self.limit().unwrap_or(1.0);
        let ok = limit > 0.0 && limit <= 1e6;
        check(self.id(), "above 0 and at most 1000000", ok, limit)
    }
}
