//! Measures a model from a file on MNIST's test images, or on others:
//! `cargo run --release --example evaluate -- --model FILE [--images F --labels F] [--logits OUT]`.

use std::{error::Error, fs, path::PathBuf};

use clap::Parser;
use digit_lab::{
    data::{ImageSet, idx},
    io::model::{self, Loaded},
    nn::{Sequential, layers::Mode},
    report::Metrics,
    spec::{ModelSpec, summary_table},
    train::{check_images, evaluate, scaled},
};
use safetensors::tensor::{Dtype, TensorView};

/// Images whose logits are computed at once.
const BATCH: usize = 250;

/// Measures a model from a safetensors or ONNX file.
#[derive(Parser)]
pub struct Args {
    /// The file. Weights without a model are taken for those of the seed recipe.
    #[arg(long)]
    model: PathBuf,
    /// Images, as a raw IDX file.
    #[arg(long, default_value = "data/mnist/t10k-images-idx3-ubyte")]
    images: PathBuf,
    /// Their labels, as a raw IDX file.
    #[arg(long, default_value = "data/mnist/t10k-labels-idx1-ubyte")]
    labels: PathBuf,
    /// Writes the scores of every image, before the softmax, to this safetensors file: one tensor `logits`, `[N, classes]`.
    #[arg(long)]
    logits: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&Args::parse()).map(drop)
}

/// Measures and prints, and gives what it measured.
pub fn run(args: &Args) -> Result<Metrics, Box<dyn Error>> {
    let Loaded { mut model, facts } = model::read(fs::read(&args.model)?, &ModelSpec::keras_recipe())?;
    let images = idx::load_pair(&args.images, &args.labels)?;
    check_images(&model, &images)?;
    println!("{}", summary_table(model.summary()));
    println!("weights {}", model.weights_hash());
    if let Some(facts) = facts {
        println!(
            "trained for {} steps with seed {}",
            facts.global_step, facts.config.seed
        );
    }
    let metrics = evaluate(&mut model, &images, 0..images.len()).metrics();
    println!("loss {:.4}", metrics.loss);
    println!("accuracy {:.4}", metrics.accuracy);
    if let Some(path) = &args.logits {
        let logits = logits(&mut model, &images);
        let shape = vec![images.len(), model.classes()];
        let view = TensorView::new(Dtype::F32, shape, bytemuck::cast_slice(&logits))?;
        fs::write(path, safetensors::serialize([("logits", view)], None)?)?;
    }
    Ok(metrics)
}

/// `[N, classes]`.
fn logits(model: &mut Sequential, images: &ImageSet) -> Vec<f32> {
    let batches = images.images.chunks(BATCH * images.image_size());
    batches
        .flat_map(|pixels| {
            model
                .forward(&scaled::<f32>(pixels).collect::<Vec<_>>(), Mode::Predict)
                .to_vec()
        })
        .collect()
}
