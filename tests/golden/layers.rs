//! Every layer against Keras: `layers.py` made `layers.safetensors`, with the layers' specifications in it.

use std::collections::BTreeMap;

use digit_lab::{
    data::ImageSet,
    nn::{
        Param, Sequential,
        layers::{InputGradient, Layer, Mode, Place, build},
    },
    random::{Stream, generator},
    spec::{LayerSpec, ModelSpec, OptimizerSpec, Shape, TrainConfig},
    train::{Trainer, evaluate},
};
use safetensors::SafeTensors;
use serde::{Deserialize, de::DeserializeOwned};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::assert_close;

const LAYERS: &[u8] = include_bytes!("layers.safetensors");

#[derive(Deserialize)]
struct Case {
    input_shape: Shape,
    layer: LayerSpec,
}

/// The numbers of a case, by role.
struct Golden {
    file: SafeTensors<'static>,
    case: String,
}

impl Golden {
    fn new(case: &str) -> Self {
        Self {
            file: SafeTensors::deserialize(LAYERS).unwrap(),
            case: case.into(),
        }
    }

    fn get(&self, role: &str) -> Vec<f32> {
        let tensor = self.file.tensor(&format!("{}.{role}", self.case)).unwrap();
        bytemuck::allocation::pod_collect_to_vec(tensor.data())
    }

    fn assert(&self, role: &str, got: &[f32]) {
        assert_close(&format!("{}.{role}", self.case), got, &self.get(role));
    }

    fn fill<'a>(&self, role: &str, params: impl Iterator<Item = &'a mut Param>) {
        for (i, param) in params.enumerate() {
            let tensor = self.file.tensor(&format!("{}.{role}.{i}", self.case)).unwrap();
            assert_eq!(param.shape, tensor.shape(), "{}", param.name);
            param.value = self.get(&format!("{role}.{i}"));
        }
    }
}

fn metadata<T: DeserializeOwned>(key: &str) -> T {
    let (_, header) = SafeTensors::read_metadata(LAYERS).unwrap();
    let text = &header.metadata().as_ref().unwrap()[key];
    serde_json::from_str(text).unwrap()
}

/// Outputs, gradients and what is remembered, in training and in inference.
fn check(name: &str, case: &Case) {
    let golden = Golden::new(name);
    let output_shape = case.layer.output_shape(&case.input_shape).unwrap();
    let place = Place {
        index: 0,
        name,
        input: &case.input_shape,
        output: &output_shape,
    };
    let mut layer: Box<dyn Layer<f32>> = build(&case.layer, place, &mut generator(1, Stream::Weights));
    let (params, memory) = layer.tensors_mut();
    golden.fill("weight", params.iter_mut());
    golden.fill("memory", memory.iter_mut());
    golden.assert("y", layer.forward(&golden.get("x"), Mode::TRAIN));

    let mut gradient = vec![f32::NAN; layer.param_count()];
    let mut grad = golden.get("grad");
    let grad_input = layer.backward(&mut grad, InputGradient::Wanted, &mut gradient);
    golden.assert("grad_x", grad_input.unwrap());
    let mut gradient = &gradient[..];
    for (i, param) in layer.params().iter().enumerate() {
        let own = gradient.split_off(..param.value.len()).unwrap();
        golden.assert(&format!("grad_weight.{i}"), own);
    }

    layer.settle();
    for (i, memory) in layer.memory().iter().enumerate() {
        golden.assert(&format!("memory_after.{i}"), &memory.value);
    }
    golden.assert("predicted", layer.forward(&golden.get("x"), Mode::Predict));
}

#[test]
fn every_layer_is_keras_s() {
    let cases: BTreeMap<String, Case> = metadata("cases");
    for kind in LayerSpec::KINDS {
        assert!(cases.values().any(|case| case.layer.kind() == *kind), "{kind}");
    }
    for (name, case) in &cases {
        check(name, case);
    }
}

/// Penalties in the loss and in the gradients, running means, five kinds of layers: three steps, and what is reported.
#[test]
fn a_network_trains_as_keras_s() {
    check_network("network");
}

#[test]
fn a_network_without_biases_trains_as_keras_s() {
    check_network("no_bias");
}

fn check_network(name: &str) {
    let golden = Golden::new(name);
    let spec: ModelSpec = metadata(name);
    let bytes = |role: &str| golden.get(role).iter().map(|&x| x as u8).collect::<Vec<_>>();
    let images = ImageSet {
        images: bytes("images"),
        labels: bytes("labels"),
        image_shape: [spec.input_shape[0], spec.input_shape[1]],
    };
    let config = TrainConfig {
        epochs: 3,
        batch_size: 9,
        learning_rate: 0.1,
        optimizer: OptimizerSpec::SGD,
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(&spec, &config).unwrap();
    golden.fill("tensor", trainer.model_mut().tensors_mut());
    let losses: Vec<f32> = (0..3)
        .map(|_| trainer.train_batch(&images).unwrap().batch.loss)
        .collect();
    golden.assert("losses", &losses);
    let model: &mut Sequential = trainer.model_mut();
    for (i, tensor) in model.tensors().enumerate() {
        golden.assert(&format!("tensor_after.{i}"), &tensor.value);
    }
    golden.assert("evaluated", &[evaluate(model, &images, 0..9).metrics().loss]);
}
