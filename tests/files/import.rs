//! Graphs of other programs: `graphs.py` made `graphs/`, each with the probabilities that ONNX Runtime gives for eight
//! images of noise.

use std::fs;

use digit_lab::{io::onnx, spec::print_layers};
use safetensors::SafeTensors;

use crate::{export::probabilities, python::root};

/// The layers of each graph, as a link has them.
const GRAPHS: [(&str, &str); 4] = [
    (
        "pytorch",
        "Conv2D:4,3x3,padding=same/BatchNormalization:momentum=0.9,epsilon=0.00001/Activation:relu/MaxPooling2D/Conv2D:6,4x4,strides=2x2,padding=same,activation=silu/AveragePooling2D/Dropout:0.25/Flatten/Dense:12,activation=gelu/Dropout:0.5/Dense:10",
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
];

fn file(name: &str) -> Vec<u8> {
    fs::read(root().join("tests/files/graphs").join(name)).unwrap()
}

#[test]
fn graphs_of_other_programs_become_layers_that_answer_alike() {
    let expected = file("expected.safetensors");
    let expected = SafeTensors::deserialize(&expected).unwrap();
    let numbers =
        |name: &str| -> Vec<f32> { bytemuck::allocation::pod_collect_to_vec(expected.tensor(name).unwrap().data()) };
    let images = numbers("images");
    for (name, layers) in GRAPHS {
        let mut model = onnx::load(file(&format!("{name}.onnx"))).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(print_layers(&model.spec().layers), layers, "{name}");
        let got = probabilities(&mut model, &images);
        let worst = got
            .iter()
            .zip(numbers(name))
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert!(worst <= 1e-5, "{name}: {worst}");
    }
}

#[test]
fn what_cannot_be_read_is_named_by_operator_and_node() {
    for (name, message) in [
        (
            "residual",
            "Gemm (node /Gemm) cannot be read: the function that Add (node /Add) ends is no activation that there is here",
        ),
        ("relu6", "Clip (node /Clip) cannot be read: there is no such layer here"),
        (
            "leaky",
            "LeakyRelu (node /LeakyRelu) cannot be read: its alpha is 0.01; leaky_relu is 0.2 here",
        ),
        (
            "padded",
            "Conv (node /Conv) cannot be read: zeros of [5, 5] before rows and columns are neither 'valid' nor 'same'",
        ),
    ] {
        let error = onnx::load(file(&format!("{name}.onnx"))).err();
        assert_eq!(error.map(|error| error.to_string()).as_deref(), Some(message), "{name}");
    }
}
