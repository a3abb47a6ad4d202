//! Ready-made recipes: a model and how to train it.

use super::{
    Activation, Augmentation, DataRecipe, Decay, LayerSpec, ModelSpec, OptimizerSpec, Padding, Schedule, TrainConfig,
    layers::{AveragePooling2D, Conv2D, GRU, Reshape},
};

/// A ready-made recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The seed recipe.
    Keras,
    /// Test accuracy 0.99 as soon as may be.
    Fast99,
    /// The best test accuracy within 20 epochs.
    Best,
    /// LeNet-5 (LeCun et al., 1998, doi:10.1109/5.726791), as it is usually written today: tanh, average pools without
    /// weights of their own, and a softmax instead of radial basis functions.
    LeNet5,
    /// One hidden layer, no convolution.
    Mlp,
    /// No hidden layer at all.
    Softmax,
    /// A GRU that reads an image row by row.
    Gru,
    /// Test accuracy 0.99 with fewer than 10,000 parameters.
    Small,
    /// So few images that they are learnt by heart.
    Overfit,
}

/// Test accuracies after the last epoch, over the seeds from 1 on, trained natively. A browser's SIMD tiers round
/// otherwise: a seed's figure is another there. To measure one again:
/// `for seed in 1 2 3; do cargo run --release --example train -- --preset small --seed $seed; done`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// Runs.
    pub seeds: usize,
    /// Their mean.
    pub mean: f32,
    /// The lowest of them.
    pub lowest: f32,
}

impl Measured {
    /// One run, with seed 1.
    const fn once(accuracy: f32) -> Self {
        Self {
            seeds: 1,
            mean: accuracy,
            lowest: accuracy,
        }
    }
}

impl Preset {
    /// Every preset, as offered on the page.
    pub const ALL: [Self; 9] = [
        Self::Keras,
        Self::Fast99,
        Self::Best,
        Self::LeNet5,
        Self::Mlp,
        Self::Softmax,
        Self::Gru,
        Self::Small,
        Self::Overfit,
    ];

    /// The name in a link and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Keras => "keras",
            Self::Fast99 => "fast99",
            Self::Best => "best",
            Self::LeNet5 => "lenet5",
            Self::Mlp => "mlp",
            Self::Softmax => "softmax",
            Self::Gru => "gru",
            Self::Small => "small",
            Self::Overfit => "overfit",
        }
    }

    /// The name on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Keras => "Keras recipe",
            Self::Fast99 => "Fast 99",
            Self::Best => "Best accuracy",
            Self::LeNet5 => "LeNet-5",
            Self::Mlp => "MLP",
            Self::Softmax => "Softmax regression",
            Self::Gru => "GRU over rows",
            Self::Small => "Under 10,000 parameters",
            Self::Overfit => "Watch it overfit",
        }
    }

    /// The preset of that [`Self::id`].
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.id() == id)
    }

    /// What it was measured to reach.
    pub fn measured(self) -> Measured {
        match self {
            Self::Keras => Measured {
                seeds: 3,
                mean: 0.9914,
                lowest: 0.9911,
            },
            Self::Fast99 => Measured {
                seeds: 5,
                mean: 0.9920,
                lowest: 0.9910,
            },
            Self::Best => Measured {
                seeds: 3,
                mean: 0.9960,
                lowest: 0.9954,
            },
            Self::LeNet5 => Measured::once(0.9851),
            Self::Mlp => Measured::once(0.9751),
            Self::Softmax => Measured::once(0.9276),
            Self::Gru => Measured::once(0.9878),
            Self::Small => Measured {
                seeds: 3,
                mean: 0.9921,
                lowest: 0.9909,
            },
            Self::Overfit => Measured::once(0.8065),
        }
    }

    /// The model and how to train it.
    pub fn recipe(self) -> (ModelSpec, TrainConfig) {
        match self {
            Self::Keras => (ModelSpec::keras_recipe(), TrainConfig::default()),
            Self::Fast99 => (ModelSpec::keras_recipe(), fast99()),
            Self::Best => (ModelSpec::keras_recipe(), best()),
            Self::LeNet5 => (lenet5(), adam(5)),
            Self::Mlp => (mlp(), adam(5)),
            Self::Softmax => (digits(&[LayerSpec::Flatten]), adam(10)),
            Self::Gru => (gru(), one_cycle(4)),
            Self::Small => (small(), one_cycle(5)),
            Self::Overfit => (ModelSpec::keras_recipe(), overfit()),
        }
    }
}

/// Layers over an image of a digit, and the ten probabilities.
fn digits(layers: &[LayerSpec]) -> ModelSpec {
    let end = [LayerSpec::dense(10, Activation::Softmax)];
    ModelSpec {
        input_shape: vec![28, 28, 1],
        layers: [layers, &end].concat(),
    }
}

fn lenet5() -> ModelSpec {
    use Activation::Tanh;
    let first = Conv2D {
        padding: Padding::Same,
        ..Conv2D::new(6, 5, Tanh)
    };
    digits(&[
        first.into(),
        AveragePooling2D::default().into(),
        LayerSpec::conv2d(16, 5, Tanh),
        AveragePooling2D::default().into(),
        LayerSpec::Flatten,
        LayerSpec::dense(120, Tanh),
        LayerSpec::dense(84, Tanh),
    ])
}

fn mlp() -> ModelSpec {
    digits(&[
        LayerSpec::Flatten,
        LayerSpec::dense(128, Activation::Relu),
        LayerSpec::dropout(0.2),
    ])
}

fn gru() -> ModelSpec {
    let gru = GRU {
        units: 64,
        ..GRU::default()
    };
    digits(&[Reshape::default().into(), gru.into()])
}

fn small() -> ModelSpec {
    use Activation::Relu;
    digits(&[
        LayerSpec::conv2d(12, 3, Relu),
        LayerSpec::max_pooling2d(2),
        LayerSpec::conv2d(20, 3, Relu),
        LayerSpec::max_pooling2d(2),
        LayerSpec::conv2d(24, 3, Relu),
        LayerSpec::Flatten,
    ])
}

/// Keras's Adam.
fn adam(epochs: usize) -> TrainConfig {
    TrainConfig {
        epochs,
        optimizer: OptimizerSpec::ADAM,
        ..TrainConfig::default()
    }
}

/// [`fast99`] over more epochs.
fn one_cycle(epochs: usize) -> TrainConfig {
    TrainConfig { epochs, ..fast99() }
}

fn overfit() -> TrainConfig {
    TrainConfig {
        data: DataRecipe {
            limit: Some(200),
            ..DataRecipe::default()
        },
        ..adam(50)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_can_be_run_and_was_measured() {
        for preset in Preset::ALL {
            let (model, config) = preset.recipe();
            assert_eq!((model.classes(), config.validate()), (Ok(10), Ok(())), "{preset:?}");
            let Measured { seeds, mean, lowest } = preset.measured();
            assert!(seeds >= 1 && 0.5 < lowest && lowest <= mean && mean < 1.0, "{preset:?}");
            assert_eq!(Preset::from_id(preset.id()), Some(preset));
        }
    }

    #[test]
    fn what_a_preset_is_called_after_is_what_was_measured() {
        let params = |preset: Preset| preset.recipe().0.param_counts().unwrap().concat().iter().sum::<usize>();
        let lowest = |preset: Preset| preset.measured().lowest;
        assert!(params(Preset::Small) < 10_000 && lowest(Preset::Small) >= 0.99);
        assert!(lowest(Preset::Fast99) >= 0.99 && Preset::Fast99.recipe().1.epochs == 1);
        assert!(lowest(Preset::Gru) >= 0.985);
        let best = Preset::ALL.into_iter().max_by(|&a, &b| lowest(a).total_cmp(&lowest(b)));
        assert_eq!(best, Some(Preset::Best));
        assert_eq!(params(Preset::Keras), 93_322);
    }
}
