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

/// Test accuracies after the last epoch, over the seeds from 1 on, trained natively. A browser's SIMD tiers round
/// otherwise: a seed's figure is another there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Runs.
    pub seeds: usize,
    /// Their mean.
    pub mean: f32,
    /// The lowest of them.
    pub lowest: f32,
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

    /// What it was measured to reach, where it was.
    pub fn measured(self) -> Option<Measured> {
        match self {
            Self::Keras | Self::Best => None,
            Self::Fast99 => Some(Measured {
                seeds: 5,
                mean: 0.9923,
                lowest: 0.9917,
            }),
        }
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
        label_smoothing: 0.1,
        ..TrainConfig::default()
    }
}

fn best() -> TrainConfig {
    TrainConfig {
        epochs: 16,
        learning_rate: 0.003,
        schedule: Schedule {
            warmup_steps: 500,
            decay: Decay::Cosine { alpha: 0.2 },
        },
        augmentation: Augmentation {
            shift: 1.5,
            rotation: 10.0,
            zoom: 0.1,
            shear: 0.1,
            elastic: 0.7,
            noise: 0.0,
        },
        weight_averaging: Some(0.999),
        ..fast99()
    }
}
