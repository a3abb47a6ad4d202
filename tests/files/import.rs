//! Graphs of other programs: `graphs.py` made `graphs/`, each with the probabilities that ONNX Runtime gives for eight
//! images of noise.

use std::fs;

use digit_lab::{io::onnx, spec::print_layers};
use safetensors::SafeTensors;

use crate::{export::probabilities, python::root};

/// The layers of each graph, as a link has them.
const GRAPHS: [(&str, &str); 5] = [
    (
        "pytorch",
        "Conv2D:4,3x3,padding=same/BatchNormalization:momentum=0.9,epsilon=0.00001/Activation:relu/MaxPooling2D/ZeroPadding2D:padding=1x0x1x0/Conv2D:6,3x3,strides=2x2,activation=silu/AveragePooling2D/Dropout:0.25/Flatten/Dense:12,activation=gelu/Dropout:0.5/Dense:10",
    ),
    (
        "keras",
        "Conv2D:4,3x3,activation=relu/BatchNormalization:momentum=0.9/MaxPooling2D/DepthwiseConv2D:3x3,strides=2x2,padding=same,activation=elu/GlobalAveragePooling2D/Dense:10,activation=softmax",
    ),
    (
        "zoo",
        "Conv2D:8,5x5,padding=same,activation=relu/MaxPooling2D/Conv2D:16,5x5,padding=same,activation=relu/MaxPooling2D:pool_size=3x3/Flatten/Dense:10",
    ),
    ("flat", "Flatten/Dense:16,activation=tanh/Dense:10,activation=softmax"),
    (
        "padded",
        "ZeroPadding2D/Conv2D:4,5x5,activation=relu/ZeroPadding2D:padding=1x0x1x0/MaxPooling2D:pool_size=3x3,strides=2x2/ZeroPadding2D:padding=1x0x2x0/DepthwiseConv2D:3x3,strides=2x2,use_bias=false/ZeroPadding2D:padding=1x0x1x1/AveragePooling2D:pool_size=3x3,strides=2x2/ZeroPadding2D:padding=0x1x2x0/ReLU:negative_slope=0.25/Flatten/Dense:10,use_bias=false",
    ),
];

/// As [`GRAPHS`], of files that the programs themselves wrote, PyTorch in its two ways: `exported.py` made `exported/`.
/// Keras's leaves out biases that are zero.
const EXPORTED: [(&str, &[&str], &str); 7] = [
    (
        "torch-example",
        &["-script", "-dynamo"],
        "Conv2D:4,3x3,activation=relu/Conv2D:4,3x3,activation=relu/MaxPooling2D:pool_size=3x3/Flatten/Dense:8,activation=relu/Dense:10,activation=softmax",
    ),
    (
        "torch-views",
        &["-script", "-dynamo"],
        "Conv2D:4,5x5,padding=same/ReLU:negative_slope=0.01/MaxPooling2D:pool_size=3x3,strides=2x2/Conv2D:8,3x3,strides=2x2,padding=same/ReLU:max_value=6/DepthwiseConv2D:3x3,padding=same,activation=silu/AveragePooling2D/Flatten/Dense:12/LayerNormalization:epsilon=0.00001/Activation:gelu/Dense:10",
    ),
    (
        "torch-bounded",
        &["-script", "-dynamo"],
        "Conv2D:4,3x3,padding=same/ReLU:max_value=1/MaxPooling2D/Conv2D:6,3x3/ReLU:negative_slope=0.25/GlobalAveragePooling2D/Dense:10,activation=softmax",
    ),
    (
        "torch-norm",
        &["-script", "-dynamo"],
        "Conv2D:4,3x3,padding=same/LayerNormalization:epsilon=0.00001/Activation:elu/GlobalAveragePooling2D/Dense:10",
    ),
    (
        "keras-bytes",
        &[""],
        "ZeroPadding2D:padding=1x0x1x0/Conv2D:4,3x3,strides=2x2,use_bias=false/ReLU:negative_slope=0.01/BatchNormalization/DepthwiseConv2D:3x3,padding=same,activation=silu,use_bias=false/MaxPooling2D/Flatten/Dense:10,activation=softmax,use_bias=false",
    ),
    (
        "keras-pools",
        &[""],
        "Conv2D:4,5x5,padding=same,use_bias=false/ReLU:max_value=6/AveragePooling2D/Conv2D:6,3x3,activation=elu,use_bias=false/GlobalAveragePooling2D/Dense:12,activation=leaky_relu,use_bias=false/Dense:10,use_bias=false",
    ),
    (
        "keras-shaped",
        &[""],
        "Flatten/Dense:9,activation=relu,use_bias=false/Reshape:3x3x1/Conv2D:3,3x3,strides=2x2,activation=tanh,use_bias=false/Flatten/Dense:10,activation=softmax,use_bias=false",
    ),
];

fn file(name: &str) -> Vec<u8> {
    fs::read(root().join("tests/files").join(name)).unwrap()
}

/// The graph has those layers, and gives what ONNX Runtime gave for the same images.
fn assert_reads(folder: &str, name: &str, layers: &str, expected: &[u8]) {
    let expected = SafeTensors::deserialize(expected).unwrap();
    let numbers =
        |name: &str| -> Vec<f32> { bytemuck::allocation::pod_collect_to_vec(expected.tensor(name).unwrap().data()) };
    let read = onnx::load(file(&format!("{folder}/{name}.onnx")));
    let mut model = read.unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(print_layers(&model.spec().layers), layers, "{name}");
    let got = probabilities(&mut model, &numbers("images"));
    let errors = got.iter().zip(numbers(name)).map(|(a, b)| (a - b).abs());
    let worst = errors.fold(0.0, f32::max);
    assert!(worst <= 1e-5, "{name}: {worst}");
}

#[test]
fn graphs_of_other_programs_become_layers_that_answer_alike() {
    let expected = file("graphs/expected.safetensors");
    for (name, layers) in GRAPHS {
        assert_reads("graphs", name, layers, &expected);
    }
}

#[test]
fn exports_of_pytorch_and_keras_become_layers_that_answer_alike() {
    for (name, endings, layers) in EXPORTED {
        let maker = name.split('-').next().unwrap();
        let expected = file(&format!("exported/{maker}.safetensors"));
        for ending in endings {
            assert_reads("exported", &format!("{name}{ending}"), layers, &expected);
        }
    }
}

#[test]
fn what_cannot_be_read_is_named_by_operator_and_node() {
    for (name, message) in [
        (
            "residual",
            "GlobalAveragePool (node /GlobalAveragePool) cannot be read: the function that Add (node /Add) ends is no activation that there is here",
        ),
        (
            "clip",
            "GlobalAveragePool (node /GlobalAveragePool) cannot be read: the function that Clip (node /Clip) ends is no activation that there is here",
        ),
        (
            "softplus",
            "Softplus (node /Softplus) cannot be read: there is no such layer here",
        ),
        (
            "signed",
            "MaxPool (node /MaxPool) cannot be read: its pads are neither 'valid' nor 'same', and what it reads can be below 0: put a Relu before it",
        ),
        (
            "uncounted",
            "AveragePool (node /AveragePool) cannot be read: its pads are neither 'valid' nor 'same', and do not count",
        ),
        (
            "reflect",
            "Pad (node /Pad) cannot be read: its mode is reflect; expected constant",
        ),
        (
            "grey",
            "Conv (node /Conv_2) cannot be read: Pad (node /Pad) adds 0.5 around the image; expected zeros",
        ),
        (
            "pool",
            "MaxPool (node /MaxPool) cannot be read: it counts the 0 that Pad (node /Pad) adds",
        ),
        (
            "nan",
            "MaxPool (node /MaxPool) cannot be read: it counts the NaN that Pad (node /Pad) adds",
        ),
        (
            "blind",
            "MaxPool (node /MaxPool) cannot be read: one of its windows sees nothing of the image",
        ),
    ] {
        let error = onnx::load(file(&format!("graphs/{name}.onnx"))).err();
        assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(message), "{name}");
    }
}
