//! ONNX files as other programs see them, and as we read them again.

use digit_lab::{
    io::{
        onnx,
        safetensors::{Facts, save},
    },
    nn::{Sequential, layers::Mode, loss::softmax},
    random::{Stream, generator},
    spec::{ModelSpec, Preset, TrainConfig, parse_layers},
};
use safetensors::{Dtype, tensor::TensorView};

use crate::{
    common::{models::Draws, random},
    python::{self, Packages, test_images},
};

/// Between them every kind of layer, every activation, both paddings, with odd sizes.
pub const MODELS: [(&str, &str); 12] = [
    (
        "convolutions",
        "Conv2D:5,3x3,padding=same,activation=leaky_relu/MaxPooling2D:pool_size=3x3,strides=2x2,padding=same/Conv2D:6,2x3,strides=2x1,padding=same,activation=gelu/BatchNormalization/AveragePooling2D:pool_size=3x2,strides=2x2,padding=same/Flatten/Dense:10,activation=softmax",
    ),
    (
        "depthwise",
        "Conv2D:4,5x5,dilation_rate=2x2,padding=same,activation=elu/DepthwiseConv2D:3x3,strides=2x2,padding=same,depth_multiplier=2,activation=silu/Dropout:0.25/GlobalAveragePooling2D/Dense:16,activation=tanh/BatchNormalization/Dense:10",
    ),
    (
        "valid",
        "Conv2D:4,3x3,strides=2x2/Activation:sigmoid/DepthwiseConv2D:2x3/AveragePooling2D/Flatten/Dropout:0.5/Dense:10,activation=softmax",
    ),
    (
        "normalized",
        "Conv2D:4,3x3/LayerNormalization/Activation:relu/Flatten/LayerNormalization/Dense:10",
    ),
    (
        "rectified",
        "Conv2D:4,3x3/ReLU:max_value=0.5,negative_slope=0.125/MaxPooling2D/Conv2D:4,3x3/ReLU:negative_slope=0.01/MaxPooling2D/ReLU:max_value=1/Flatten/Dense:10",
    ),
    (
        "padded",
        "ZeroPadding2D:padding=1x0x2x3/Conv2D:4,5x5,activation=relu/ZeroPadding2D/MaxPooling2D:pool_size=3x3,strides=2x2/ZeroPadding2D:padding=0x1x0x0/LayerNormalization/ZeroPadding2D/Activation:silu/Flatten/Dense:10",
    ),
    (
        "simple",
        "Reshape:28x28/SimpleRNN:7,return_sequences=true/BatchNormalization/SimpleRNN:5/Dense:10",
    ),
    (
        "lstm",
        "Reshape:28x28/LSTM:7,return_sequences=true/LSTM:6/Dense:10,activation=softmax",
    ),
    (
        "gates",
        "Reshape:14x56/GRU:7,return_sequences=true/GRU:6/Dense:10,activation=softmax",
    ),
    (
        "shaped",
        "Flatten/Reshape:14x14x4/Conv2D:3,3x3/GlobalAveragePooling2D/Activation:gelu/Dense:10",
    ),
    (
        "no_bias",
        "Conv2D:4,3x3,use_bias=false/BatchNormalization/Activation:relu/DepthwiseConv2D:3x3,use_bias=false/Conv2D:6,3x3,activation=relu,use_bias=false/MaxPooling2D/Flatten/Dense:10,use_bias=false",
    ),
    (
        "no_bias_in_memory",
        "Reshape:28x28/SimpleRNN:5,return_sequences=true,use_bias=false/LSTM:6,return_sequences=true,use_bias=false/GRU:7,use_bias=false/Dense:10",
    ),
];

/// Models of any layers, beside [`MODELS`].
const DRAWN: usize = 100;

/// A model of that text, every number random, variances above 0.
pub fn model(text: &str) -> Sequential {
    built(&ModelSpec {
        input_shape: vec![28, 28, 1],
        layers: parse_layers(text).unwrap(),
    })
}

fn built(spec: &ModelSpec) -> Sequential {
    let mut model: Sequential = Sequential::build(spec, &mut generator(3, Stream::Weights)).unwrap();
    for (seed, tensor) in model.tensors_mut().enumerate() {
        let few = tensor.shape.len() == 1 || tensor.name.ends_with(".bias");
        if few {
            tensor.value = random(tensor.value.len(), seed as u64);
        }
        if tensor.name.ends_with("running_variance") {
            tensor.value.iter_mut().for_each(|x| *x = x.abs() + 0.5);
        }
    }
    model
}

pub fn facts(model: &Sequential) -> Facts {
    Facts {
        model: model.spec().clone(),
        config: TrainConfig::default(),
        global_step: 0,
        test: None,
        weights_hash: model.weights_hash(),
    }
}

/// `[N, classes]`.
pub fn probabilities(model: &mut Sequential, images: &[f32]) -> Vec<f32> {
    let classes = model.classes();
    let batches = images.chunks(100 * 784);
    let mut all: Vec<f32> = batches
        .flat_map(|batch| model.forward(batch, Mode::Predict).to_vec())
        .collect();
    softmax(&mut all, classes);
    all
}

#[test]
fn onnxruntime_gives_our_probabilities_for_every_model() {
    let Some(python) = python::with(Packages::Onnx) else {
        return;
    };
    let folder = python.folder("onnx");
    let presets = Preset::ALL.map(|preset| (preset.id().to_string(), built(&preset.recipe().0), 1000));
    let own = MODELS.map(|(name, text)| (name.to_string(), model(text), 1000));
    let mut draws = Draws::new(8);
    let drawn = (0..DRAWN).map(|number| (format!("drawn{number}"), built(&draws.model()), 100));
    for (name, mut model, count) in presets.into_iter().chain(own).chain(drawn) {
        let images = test_images(count);
        std::fs::write(folder.join(format!("{name}.onnx")), onnx::save(&model, &facts(&model))).unwrap();
        std::fs::write(folder.join(format!("{name}.safetensors")), save(&model, &facts(&model))).unwrap();
        let expected = probabilities(&mut model, &images);
        let view =
            |shape: &[usize], data| TensorView::new(Dtype::F32, shape.to_vec(), bytemuck::cast_slice(data)).unwrap();
        let expected = [("probabilities", view(&[count, 10], &expected))];
        std::fs::write(
            folder.join(format!("{name}.expected")),
            safetensors::serialize(expected, None).unwrap(),
        )
        .unwrap();
    }
    let report = python.run("tests/files/check_onnx.py", &[folder.to_str().unwrap(), "data/mnist"]);
    println!("{report}");
    let good: Vec<&str> = report.lines().filter(|line| line.starts_with("ok ")).collect();
    assert_eq!(good.len(), Preset::ALL.len() + MODELS.len() + DRAWN);
    let errors = good
        .iter()
        .filter_map(|line| line.split(' ').nth(2)?.parse::<f32>().ok());
    let worst = errors.fold(0.0, f32::max);
    println!("figure: {} models, at most {worst:.1e} apart", good.len());
}

#[test]
fn what_we_write_we_read() {
    let images = test_images(100);
    for (name, text) in MODELS {
        let mut written = model(text);
        let read = onnx::load(onnx::save(&written, &facts(&written)));
        match read {
            Ok(mut read) => {
                let [a, b] = [&mut written, &mut read].map(|model| probabilities(model, &images));
                let worst = a.iter().zip(&b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst <= 1e-6, "{name}: {worst}");
                assert_eq!(read.param_count(), written.param_count(), "{name}");
            }
            // No image classifiers in ONNX's usual sense.
            Err(error) => assert!(
                ["simple", "lstm", "gates", "no_bias_in_memory"].contains(&name),
                "{name}: {error}"
            ),
        }
    }
}
