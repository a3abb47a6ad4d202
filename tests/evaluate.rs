//! `examples/evaluate` reads the files that the page writes and reads, and says what the page says.

#[allow(dead_code, reason = "its main is not called")]
#[path = "../examples/evaluate.rs"]
mod evaluate;

use std::{fs, path::PathBuf};

use clap::Parser;
use digit_lab::{data::idx, report::Metrics};
use evaluate::{Args, run};
use safetensors::SafeTensors;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// What it measures, called from the project's folder.
fn evaluated(arguments: &[&str]) -> Metrics {
    run(&Args::parse_from([&["evaluate"], arguments].concat())).unwrap()
}

/// The share of rows whose largest number is at the label.
fn accuracy(logits: &[f32], labels: &[u8]) -> f32 {
    let classes = logits.len() / labels.len();
    let rows = logits.chunks(classes).zip(labels);
    let right = rows.filter(|(row, label)| {
        let best = (0..classes).max_by(|&a, &b| row[a].total_cmp(&row[b]));
        best == Some(usize::from(**label))
    });
    right.count() as f32 / labels.len() as f32
}

#[test]
fn keras_weights_have_keras_accuracy_and_loss_and_their_logits_are_written() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("logits.safetensors");
    let model = "tests/golden/keras-seed-recipe.safetensors";
    let metrics = evaluated(&["--model", model, "--logits", path.to_str().unwrap()]);
    let figures = format!("{:.4} {:.4}", metrics.accuracy, metrics.loss);
    assert_eq!(figures, "0.9904 0.0286");
    let file = fs::read(path).unwrap();
    let file = SafeTensors::deserialize(&file).unwrap();
    let logits = file.tensor("logits").unwrap();
    assert_eq!(logits.shape(), [10_000, 10]);
    let numbers: Vec<f32> = bytemuck::allocation::pod_collect_to_vec(logits.data());
    let mnist = root().join("data/mnist");
    let labels = idx::load_pair(
        &mnist.join("t10k-images-idx3-ubyte"),
        &mnist.join("t10k-labels-idx1-ubyte"),
    );
    assert_eq!(format!("{:.4}", accuracy(&numbers, &labels.unwrap().labels)), "0.9904");
    println!("figure: accuracy and loss {figures}");
}

/// Twenty images of one's own, and a graph of PyTorch's.
#[test]
fn an_onnx_file_is_measured_on_other_images() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let header = |numbers: &[u32]| {
        numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect::<Vec<_>>()
    };
    let files = [
        ("images", [header(&[0x0803, 20, 28, 28]), vec![90; 20 * 784]].concat()),
        ("labels", [header(&[0x0801, 20]), vec![3; 20]].concat()),
    ];
    let [images, labels] = files.map(|(name, bytes)| {
        let path = folder.join(format!("evaluate-{name}.idx"));
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_string()
    });
    let model = "tests/files/exported/torch-example-dynamo.onnx";
    let metrics = evaluated(&["--model", model, "--images", &images, "--labels", &labels]);
    // All images are the same: all are right, or none.
    assert!([0.0, 1.0].contains(&metrics.accuracy));
    assert!(metrics.loss.is_finite() && metrics.loss > 0.0);
}
