//! Builds a model of Digit Lab's, reads its weights and measures it on MNIST's test images. Put it into `examples/`:
//! `cargo run --release --example NAME -- [--train] [WEIGHTS] [FOLDER]`.

use std::{error::Error, fs, path::Path};

use digit_lab::{
    data::{DataError, ImageSet, idx},
    io::safetensors::load,
    report::Metrics,
    spec::{ModelSpec, TrainConfig, parse_layers},
    train::{Trainer, evaluate},
};

/// As in a link's `model`.
const LAYERS: &str = "Conv2D:32,3x3,activation=relu/\
    MaxPooling2D/\
    Conv2D:64,3x3,activation=relu/\
    MaxPooling2D/\
    Conv2D:64,3x3,activation=relu/\
    Flatten/\
    Dense:64,activation=relu/\
    Dense:10,activation=softmax";

/// How it was trained.
const CONFIG: &str = r#"{
  "epochs": 5,
  "batch_size": 64,
  "learning_rate": 0.001,
  "schedule": {
    "warmup_steps": 0,
    "decay": "Constant"
  },
  "optimizer": {
    "RmsProp": {
      "rho": 0.9,
      "epsilon": 1e-7
    }
  },
  "seed": 1,
  "initial_weights": null,
  "data": {
    "source": "Mnist",
    "without": 0,
    "limit": null,
    "label_noise": 0.0
  },
  "augmentation": {
    "shift": 0.0,
    "rotation": 0.0,
    "zoom": 0.0,
    "shear": 0.0,
    "elastic": 0.0,
    "noise": 0.0
  },
  "label_smoothing": 0.0,
  "weight_decay": null,
  "weight_averaging": null,
  "clipping": "Off",
  "validation_split": 0.0,
  "early_stopping": null,
  "changes": []
}"#;

/// The run, with new weights.
pub fn trainer() -> Result<Trainer, Box<dyn Error>> {
    let model = ModelSpec {
        input_shape: vec![28, 28, 1],
        layers: parse_layers(LAYERS)?,
    };
    let config = TrainConfig {
        initial_weights: None,
        ..serde_json::from_str(CONFIG)?
    };
    Ok(Trainer::new(&model, &config)?)
}

/// Loss and accuracy of the weights of a file, on the test images in a folder.
pub fn measure(weights: &Path, folder: &Path) -> Result<Metrics, Box<dyn Error>> {
    let mut trainer = trainer()?;
    let model = trainer.evaluated_mut();
    load(model, &fs::read(weights)?)?;
    let test = images(folder, "t10k")?;
    Ok(evaluate(model, &test, 0..test.len()).metrics())
}

/// Loss and accuracy after training anew.
pub fn train(folder: &Path) -> Result<Metrics, Box<dyn Error>> {
    let (mut trainer, images, test) = (trainer()?, images(folder, "train")?, images(folder, "t10k")?);
    while !trainer.is_finished() {
        let report = trainer.train_batch(&images)?;
        if report.step == report.steps_per_epoch {
            let metrics = evaluate(trainer.evaluated_mut(), &test, 0..test.len()).metrics();
            println!("epoch {}: val_accuracy {:.4}, val_loss {:.4}", report.epoch + 1, metrics.accuracy, metrics.loss);
            trainer.validated(metrics);
        }
    }
    trainer.restore_best();
    Ok(evaluate(trainer.evaluated_mut(), &test, 0..test.len()).metrics())
}

fn images(folder: &Path, part: &str) -> Result<ImageSet, DataError> {
    let file = |kind: &str| folder.join(format!("{part}-{kind}-ubyte"));
    idx::load_pair(&file("images-idx3"), &file("labels-idx1"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let (flags, paths): (Vec<_>, Vec<_>) = std::env::args().skip(1).partition(|argument| argument == "--train");
    let weights = paths.first().map_or("digit-lab.safetensors", String::as_str);
    let folder = Path::new(paths.get(1).map_or("data/mnist", String::as_str));
    let metrics = match flags.is_empty() {
        true => measure(Path::new(weights), folder)?,
        false => train(folder)?,
    };
    println!("test accuracy: {:.4} - test loss: {:.4}", metrics.accuracy, metrics.loss);
    Ok(())
}
