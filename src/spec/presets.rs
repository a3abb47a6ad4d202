//! Ready-made recipes: a model and how to train it.

use super::{Augmentation, Decay, ModelSpec, OptimizerSpec, Schedule, TrainConfig};

/// A ready-made recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The seed recipe.
    Keras,
    /// Test accuracy 0.99 as soon as may be.
    Fast99,
    /// The best test accuracy within 20 epochs.
    Best,
}

impl Preset {
    /// Every preset, as offered on the page.
    pub const ALL: [Self; 3] = [Self::Keras, Self::Fast99, Self::Best];

    /// The name in a link and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Keras => "keras",
            Self::Fast99 => "fast99",
            Self::Best => "best",
        }
    }

    /// The name on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Keras => "Keras recipe",
            Self::Fast99 => "Fast 99",
            Self::Best => "Best accuracy",
        }
    }

    /// The preset of that [`Self::id`].
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.id() == id)
    }

    /// The model and how to train it.
    pub fn recipe(self) -> (ModelSpec, TrainConfig) {
        let config = match self {
            Self::Keras => TrainConfig::default(),
            Self::Fast99 => fast99(),
            Self::Best => best(),
        };
        (ModelSpec::keras_recipe(), config)
    }
}

fn fast99() -> TrainConfig {
    TrainConfig {
        epochs: 1,
        learning_rate: 0.004,
        optimizer: OptimizerSpec::Adam {
            beta_1: 0.9,
            beta_2: 0.99,
            epsilon: 1e-7,
        },
        schedule: Schedule {
            warmup_steps: 0,
            decay: Decay::OneCycle {
                pct_start: 0.25,
                div_factor: 10.0,
                final_div_factor: 1000.0,
            },
        },
        ..TrainConfig::default()
    }
}

fn best() -> TrainConfig {
    TrainConfig {
        epochs: 20,
        learning_rate: 0.003,
        augmentation: Augmentation {
            shift: 2.0,
            rotation: 12.0,
            zoom: 0.12,
            shear: 0.15,
            elastic: 1.0,
        },
        weight_averaging: Some(0.999),
        ..fast99()
    }
}
