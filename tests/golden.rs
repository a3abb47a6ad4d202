//! The engine against Keras 3 on TensorFlow: `golden/golden.py` made `golden/tiny.safetensors`, `golden/layers.py` made
//! `golden/layers.safetensors`, `golden/optim.py` made `golden/optim.safetensors`, and
//! `golden/keras-seed-recipe.safetensors` holds the weights that Keras reached on the seed recipe after 5 epochs.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

mod common;
#[path = "golden/layers.rs"]
mod layers;

use common::{by_param, gradient_of};
use digit_lab::{
    nn::{
        Sequential,
        layers::{Draws, Mode},
        loss::softmax_cross_entropy,
        metrics::argmax,
        optim::{Optimizer, clip, norm},
    },
    random::{Stream, generator},
    spec::{Activation, Clipping, LayerSpec, ModelSpec, OptimizerSpec, TrainConfig},
};
use safetensors::SafeTensors;

const TINY: &[u8] = include_bytes!("golden/tiny.safetensors");

const OPTIM: &[u8] = include_bytes!("golden/optim.safetensors");

/// Keras's names of the layers in the files, in order.
const LAYERS: [&str; 8] = [
    "conv1", "pool1", "conv2", "pool2", "conv3", "flatten", "dense1", "dense2",
];

/// The largest difference, in parts of the largest value that was expected.
fn error(got: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(got.len(), expected.len());
    let largest = expected.iter().fold(0f32, |max, x| max.max(x.abs()));
    let worst = got.iter().zip(expected).map(|(a, b)| (a - b).abs());
    // Not `max`: a difference that is no number must show.
    worst.fold(0f32, |max, x| if max.is_nan() || x <= max { max } else { x }) / largest
}

fn assert_close(what: &str, got: &[f32], expected: &[f32]) {
    let error = error(got, expected);
    assert!(error <= 1e-5, "{what} is off by {error:e} of its largest value");
}

struct Golden(SafeTensors<'static>);

impl Golden {
    fn tiny() -> Self {
        Self(SafeTensors::deserialize(TINY).unwrap())
    }

    fn get(&self, name: &str) -> Vec<f32> {
        bytemuck::allocation::pod_collect_to_vec(self.0.tensor(name).unwrap().data())
    }

    fn labels(&self) -> Vec<u8> {
        self.get("y").chunks(10).map(|row| argmax(row) as u8).collect()
    }

    /// The tiny network with the weights that Keras began with.
    fn model(&self) -> Sequential {
        let mut spec = ModelSpec::keras_recipe();
        for (layer, width) in [(0, 4), (2, 8), (4, 8)] {
            spec.layers[layer] = LayerSpec::conv2d(width, 3, Activation::Relu);
        }
        spec.layers[6] = LayerSpec::dense(16, Activation::Relu);
        spec.layers[7] = LayerSpec::dense(10, Activation::Linear);
        let mut model = build(&spec);
        for (param, name) in model.params_mut().zip(param_names()) {
            param.value = self.get(&format!("init.{name}"));
        }
        model
    }

    fn assert_gradient(&self, model: &Sequential, gradient: &[f32]) {
        for ((_, gradient), name) in by_param(model, gradient).iter().zip(param_names()) {
            let expected = format!("grad.{name}");
            assert_close(&expected, gradient, &self.get(&expected));
        }
    }
}

fn build(spec: &ModelSpec) -> Sequential {
    Sequential::build(spec, &mut generator(1, Stream::Weights)).unwrap()
}

/// Keras's names of the parameters, in the model's order.
fn param_names() -> impl Iterator<Item = String> {
    let layers = ["conv1", "conv2", "conv3", "dense1", "dense2"];
    layers
        .into_iter()
        .flat_map(|layer| [format!("{layer}.weight"), format!("{layer}.bias")])
}

// A caught panic needs unwinding, which wasm32 does not have.
#[cfg(not(target_arch = "wasm32"))]
#[test]
fn the_comparison_notices_a_planted_error() {
    let expected = Golden::tiny().get("act.conv2");
    assert_eq!(error(&expected, &expected), 0.0);
    let planted = |change: fn(f32) -> f32| {
        let mut got = expected.clone();
        got[100] = change(got[100]);
        std::panic::catch_unwind(|| assert_close("planted", &got, &expected)).is_err()
    };
    assert!(!planted(|x| x));
    assert!(planted(|x| x + 1e-3));
    assert!(planted(|_| f32::NAN));
}

#[test]
fn every_activation_is_keras_s() {
    let golden = Golden::tiny();
    let outputs = golden.model().forward_all(&golden.get("x"));
    assert_eq!(outputs.len(), LAYERS.len());
    for (output, name) in outputs.iter().zip(LAYERS) {
        let expected = format!("act.{name}");
        assert_eq!(output.shape(), golden.0.tensor(&expected).unwrap().shape());
        assert_close(&expected, output.as_slice().unwrap(), &golden.get(&expected));
    }
    let mut model = golden.model();
    assert_close(
        "logits",
        model.forward(&golden.get("x"), Mode::TRAIN),
        &golden.get("logits"),
    );
}

#[test]
fn the_loss_and_every_gradient_are_keras_s() {
    let golden = Golden::tiny();
    let mut model = golden.model();
    let (sums, gradient) = gradient_of(&mut model, &golden.get("x"), &golden.labels());
    assert_close("loss", &[sums.metrics().loss], &golden.get("loss"));
    golden.assert_gradient(&model, &gradient);
}

#[test]
fn one_whole_batch_gives_the_same_gradients() {
    let golden = Golden::tiny();
    let mut model = golden.model();
    let images = golden.get("x");
    let mut gradient = vec![0.0; model.param_count()];
    model.differentiate(&images, Draws::default(), &mut gradient, |logits, grad| {
        softmax_cross_entropy(logits, &golden.labels(), grad);
        grad.iter_mut().for_each(|g| *g /= 8.0);
    });
    golden.assert_gradient(&model, &gradient);
}

/// The weights after five steps on one batch.
fn after_five_steps(config: &TrainConfig) -> Sequential {
    let golden = Golden::tiny();
    let mut model = golden.model();
    let lengths: Vec<usize> = model.params().map(|param| param.value.len()).collect();
    let mut optimizer = Optimizer::new(&config.optimizer, config.weight_decay(), model.param_count());
    for _ in 0..5 {
        let (_, mut gradient) = gradient_of(&mut model, &golden.get("x"), &golden.labels());
        let whole_norm = norm(std::iter::once(&gradient[..]));
        clip(config.clipping, &mut gradient, lengths.iter().copied(), whole_norm);
        optimizer.step(model.params_mut(), &gradient, config.learning_rate);
    }
    model
}

fn assert_weights(model: &Sequential, golden: &Golden, name: &str) {
    for (param, of) in model.params().zip(param_names()) {
        let expected = format!("{name}.{of}");
        assert_close(&expected, &param.value, &golden.get(&expected));
    }
}

fn config(optimizer: OptimizerSpec, learning_rate: f32) -> TrainConfig {
    TrainConfig {
        optimizer,
        learning_rate,
        ..TrainConfig::default()
    }
}

#[test]
fn five_steps_of_every_optimizer_are_keras_s() {
    for (optimizer, rate) in [
        (OptimizerSpec::SGD, 0.01),
        (OptimizerSpec::RMSPROP, 0.001),
        (OptimizerSpec::ADAM, 0.001),
    ] {
        let model = after_five_steps(&config(optimizer, rate));
        assert_weights(&model, &Golden::tiny(), optimizer.id());
    }
}

#[test]
fn five_steps_with_nesterov_decay_and_clipping_are_keras_s() {
    let sgd = config(OptimizerSpec::SGD, 0.01);
    let clipped = |clipping| TrainConfig {
        clipping,
        ..sgd.clone()
    };
    let nesterov = OptimizerSpec::Sgd {
        momentum: 0.9,
        nesterov: true,
    };
    let decayed = TrainConfig {
        weight_decay: Some(0.1),
        ..sgd.clone()
    };
    let golden = Golden(SafeTensors::deserialize(OPTIM).unwrap());
    for (name, config) in [
        ("adamw", config(OptimizerSpec::ADAMW, 0.001)),
        ("nesterov", config(nesterov, 0.01)),
        ("sgd_decay", decayed),
        ("clipnorm", clipped(Clipping::Norm(0.1))),
        ("global_clipnorm", clipped(Clipping::GlobalNorm(0.2))),
        ("clipvalue", clipped(Clipping::Value(0.01))),
    ] {
        assert_weights(&after_five_steps(&config), &golden, name);
    }
}

/// On the 10,000 test images, which a browser test has no file system to read from; the end-to-end tests see to that.
#[cfg(not(target_arch = "wasm32"))]
mod real_data {
    use std::path::Path;

    use digit_lab::{
        data::{ImageSet, idx},
        io::safetensors::{facts, load},
        train::evaluate,
    };

    use super::*;

    const SHIPPED: &[u8] = include_bytes!("../public/model/pretrained.safetensors");
    const KERAS_RECIPE: &[u8] = include_bytes!("golden/keras-seed-recipe.safetensors");

    fn test_images() -> ImageSet {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist");
        let [images, labels] = ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"].map(|file| folder.join(file));
        idx::load_pair(&images, &labels).unwrap_or_else(|e| panic!("{e}: MNIST is missing, run scripts/setup"))
    }

    #[test]
    fn keras_s_weights_reach_keras_s_accuracy_and_loss() {
        let mut model = build(&ModelSpec::keras_recipe());
        load(&mut model, KERAS_RECIPE).unwrap();
        let metrics = evaluate(&mut model, &test_images(), 0..10_000).metrics();
        assert_eq!(format!("{:.4} {:.4}", metrics.accuracy, metrics.loss), "0.9904 0.0286");
    }

    #[test]
    fn the_shipped_model_is_as_good_as_its_file_says() {
        let facts = facts(SHIPPED).unwrap().expect("it was written by examples/train");
        let mut model = build(&facts.model);
        load(&mut model, SHIPPED).unwrap();
        let (metrics, said) = (
            evaluate(&mut model, &test_images(), 0..10_000).metrics(),
            facts.test.unwrap(),
        );
        assert_eq!(metrics.accuracy, said.accuracy);
        assert!((metrics.loss - said.loss).abs() < 1e-4);
        assert!(said.accuracy >= 0.989);
    }
}
