//! Trains a preset natively and prints what Keras prints:
//! `cargo run --release --example train -- --preset fast99`.

use std::{
    error::Error,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use clap::Parser;
use digit_lab::{
    data::{DataError, ImageSet, idx},
    io::safetensors::{Facts, round, save, save_halves},
    report::{BatchReport, Metrics},
    spec::{
        Augmentation, ClassSet, DataRecipe, ModelSpec, OptimizerSpec, Preset, TrainConfig, parse_layers, summary_table,
    },
    train::{Trainer, check_images, evaluate},
};

/// Trains a preset on MNIST; what is given beside it changes its recipe.
#[derive(Parser)]
struct Args {
    /// keras, fast99, best, lenet5, mlp, softmax, gru, small or overfit.
    #[arg(long, default_value = "keras")]
    preset: String,
    /// Layers in place of the preset's, as in a link: `Flatten/Dense:10,activation=softmax`.
    #[arg(long)]
    model: Option<String>,
    /// Times that every training image is seen.
    #[arg(long)]
    epochs: Option<usize>,
    /// Images a step.
    #[arg(long)]
    batch: Option<usize>,
    /// sgd, rmsprop, adam or adamw.
    #[arg(long)]
    optimizer: Option<String>,
    /// Learning rate.
    #[arg(long)]
    lr: Option<f32>,
    /// Seeds the initial weights and every epoch's order.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Uses only the first so many training images.
    #[arg(long)]
    limit: Option<usize>,
    /// The share of the training labels that is changed.
    #[arg(long, default_value_t = 0.0)]
    noise: f32,
    /// Classes left out of training, with commas between.
    #[arg(long, default_value = "")]
    without: ClassSet,
    /// Augmentation in place of the preset's.
    #[command(flatten)]
    augmentation: Augment,
    /// The folder of the data set's four raw IDX files: MNIST's, or those of any other of its kind.
    #[arg(long, default_value = "data/mnist")]
    data: PathBuf,
    /// Writes the weights to this file, as safetensors.
    #[arg(long)]
    save: Option<PathBuf>,
    /// Rounds the weights to 16 bits in the end, and writes them so: half the file.
    #[arg(long)]
    halves: bool,
}

/// How far images are bent, in the units of `spec/augmentation.rs`.
#[derive(clap::Args)]
struct Augment {
    /// Pixels.
    #[arg(long)]
    shift: Option<f32>,
    /// Degrees.
    #[arg(long)]
    rotation: Option<f32>,
    /// Share of the size.
    #[arg(long)]
    zoom: Option<f32>,
    /// Share of the height.
    #[arg(long)]
    shear: Option<f32>,
    /// Pixels.
    #[arg(long)]
    elastic: Option<f32>,
}

impl Augment {
    fn over(&self, preset: Augmentation) -> Augmentation {
        Augmentation {
            shift: self.shift.unwrap_or(preset.shift),
            rotation: self.rotation.unwrap_or(preset.rotation),
            zoom: self.zoom.unwrap_or(preset.zoom),
            shear: self.shear.unwrap_or(preset.shear),
            elastic: self.elastic.unwrap_or(preset.elastic),
            ..preset
        }
    }
}

impl Args {
    fn recipe(&self) -> Result<(ModelSpec, TrainConfig), String> {
        let preset = Preset::from_id(&self.preset);
        let (model, recipe) = preset.ok_or(format!("no preset {}: see --help", self.preset))?.recipe();
        let model = match &self.model {
            Some(layers) => ModelSpec {
                layers: parse_layers(layers)?,
                ..model
            },
            None => model,
        };
        let config = TrainConfig {
            epochs: self.epochs.unwrap_or(recipe.epochs),
            batch_size: self.batch.unwrap_or(recipe.batch_size),
            learning_rate: self.lr.unwrap_or(recipe.learning_rate),
            optimizer: self.optimizer.as_deref().map_or(Ok(recipe.optimizer), optimizer)?,
            seed: self.seed,
            augmentation: self.augmentation.over(recipe.augmentation),
            data: DataRecipe {
                limit: self.limit.or(recipe.data.limit),
                label_noise: self.noise,
                without: self.without,
                ..DataRecipe::default()
            },
            ..recipe
        };
        Ok((model, config))
    }
}

fn optimizer(id: &str) -> Result<OptimizerSpec, String> {
    OptimizerSpec::from_id(id).ok_or(format!("no optimizer {id}: try sgd, rmsprop, adam or adamw"))
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let (model, config) = args.recipe()?;
    let mut trainer = Trainer::new(&model, &config)?;
    let train = read(&args.data, "train").map_err(|e| format!("{e}\nrun scripts/setup first: it fetches MNIST"))?;
    let test = read(&args.data, "t10k")?;
    check_images(trainer.model(), &test)?;
    println!("{}", summary_table(trainer.model().summary()));
    for epoch in 1..=config.epochs {
        println!("Epoch {epoch}/{}", config.epochs);
        train_epoch(&mut trainer, &train)?;
        if config.early_stopping.is_some() {
            validate(&mut trainer, &train, &test);
        }
        if trainer.is_finished() {
            break;
        }
    }
    trainer.restore_best();
    if args.halves {
        round(trainer.evaluated_mut());
    }
    let metrics = evaluate(trainer.evaluated_mut(), &test, 0..test.len()).metrics();
    println!("test - accuracy: {:.4} - loss: {:.4}", metrics.accuracy, metrics.loss);
    println!("weights {}", trainer.evaluated().weights_hash());
    if let Some(path) = &args.save {
        write(path, &trainer, metrics, args.halves)?;
    }
    Ok(())
}

fn read(folder: &Path, part: &str) -> Result<ImageSet, DataError> {
    let file = |kind: &str| folder.join(format!("{part}-{kind}-ubyte"));
    idx::load_pair(&file("images-idx3"), &file("labels-idx1"))
}

fn train_epoch(trainer: &mut Trainer, images: &ImageSet) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    loop {
        let report = trainer.train_batch(images)?;
        let done = report.step == report.steps_per_epoch;
        if done || report.step % 50 == 0 {
            show(&report, start)?;
        }
        if done {
            println!();
            return Ok(());
        }
    }
}

/// On the images held out, or else on the test images.
fn validate(trainer: &mut Trainer, train: &ImageSet, test: &ImageSet) {
    let [_, held_out] = trainer.config().split(train.len());
    let (images, range) = match held_out.is_empty() {
        true => (test, 0..test.len()),
        false => (train, held_out),
    };
    let metrics = evaluate(trainer.evaluated_mut(), images, range).metrics();
    println!("val_accuracy: {:.4} - val_loss: {:.4}", metrics.accuracy, metrics.loss);
    trainer.validated(metrics);
}

fn show(report: &BatchReport, start: Instant) -> io::Result<()> {
    let seconds = start.elapsed().as_secs_f64();
    let milliseconds = seconds * 1000.0 / report.step as f64;
    let Metrics { loss, accuracy } = report.running;
    print!(
        "\r{}/{} - {seconds:.0}s - {milliseconds:.1}ms/step - accuracy: {accuracy:.4} - loss: {loss:.4}",
        report.step, report.steps_per_epoch
    );
    io::stdout().flush()
}

fn write(path: &Path, trainer: &Trainer, test: Metrics, halves: bool) -> io::Result<()> {
    let facts = Facts {
        model: trainer.model().spec().clone(),
        config: trainer.config().clone(),
        global_step: trainer.global_step(),
        test: Some(test),
        weights_hash: trainer.evaluated().weights_hash(),
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let save = if halves { save_halves } else { save };
    fs::write(path, save(trainer.evaluated(), &facts))?;
    println!("saved {}", path.display());
    Ok(())
}
