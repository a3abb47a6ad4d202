//! A small model, and random ones that fit together.

use digit_lab::{
    random::{Stream, generator},
    spec::{Activation, Argument, ArgumentKind, LayerSpec, ModelSpec},
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// One convolution and one dense layer, three classes: what runs are played with.
pub fn small() -> ModelSpec {
    ModelSpec {
        input_shape: vec![6, 6, 1],
        layers: vec![
            LayerSpec::conv2d(4, 3, Activation::Relu),
            LayerSpec::Flatten,
            LayerSpec::dense(3, Activation::Softmax),
        ],
    }
}

/// As [`small`], with a pool.
pub fn pooled() -> ModelSpec {
    let mut model = small();
    model.layers.insert(1, LayerSpec::max_pooling2d(2));
    model
}

/// Random choices, the same for the same seed.
pub struct Draws(ChaCha8Rng);

impl Draws {
    pub fn new(seed: u64) -> Self {
        Self(generator(seed, Stream::Weights))
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0.next_u32() as usize % bound
    }

    /// One of some, each as likely as the next.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Up to seven layers of any kind, and what makes ten scores of them.
    pub fn model(&mut self) -> ModelSpec {
        let mut model = ModelSpec {
            input_shape: vec![28, 28, 1],
            layers: vec![],
        };
        for _ in 0..self.below(8) {
            let layer = self.layer();
            model.layers.push(layer);
            if !fits(&model) {
                model.layers.pop();
            }
        }
        model.layers.push(LayerSpec::Flatten);
        let mut scores = LayerSpec::default_of("Dense").unwrap();
        scores.set_argument("units", "10").unwrap();
        model.layers.push(scores);
        model
    }

    fn layer(&mut self) -> LayerSpec {
        let kind = self.one_of(LayerSpec::KINDS);
        let mut layer = LayerSpec::default_of(kind).unwrap();
        for argument in layer.arguments() {
            if self.below(2) == 0 {
                let text = self.value(&argument);
                // Some arguments are narrower than their kind says: then the default stays.
                let _ = layer.set_argument(argument.name, &text);
            }
        }
        layer
    }

    fn value(&mut self, argument: &Argument) -> String {
        match argument.kind {
            ArgumentKind::Count => (1 + self.below(12)).to_string(),
            ArgumentKind::Pair | ArgumentKind::OptionalPair => {
                format!("{}x{}", 1 + self.below(4), 1 + self.below(4))
            }
            ArgumentKind::OptionalBound => self.one_of(&["6", "0.5", ""]).into(),
            ArgumentKind::Sizes => self.one_of(&["28x28", "784", "14x56", "7x7x16", "28x28x1"]).into(),
            ArgumentKind::Margins => {
                let sizes: [String; 4] = std::array::from_fn(|_| self.below(3).to_string());
                sizes.join("x")
            }
            // Down to the smallest that there are.
            ArgumentKind::Share => {
                (self.below(1 << 20) as f32 * 2f32.powi(-20 - 6 * self.below(22) as i32)).to_string()
            }
            ArgumentKind::Choice(ids) => self.one_of(ids).into(),
            ArgumentKind::Switch => self.one_of(&["true", "false"]).into(),
        }
    }
}

/// Whether the model fits together once it ends in scores.
fn fits(model: &ModelSpec) -> bool {
    let mut whole = model.clone();
    whole.layers.push(LayerSpec::Flatten);
    whole.layers.push(LayerSpec::default_of("Dense").unwrap());
    whole.shapes().is_ok()
}
