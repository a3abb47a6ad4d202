//! What a recipe adds to plain training: schedule, smoothing, decay, averaging, augmentation.

mod common;

use common::{gradient_of, models::pooled, whole};
use digit_lab::{
    data::ImageSet,
    nn::{Sequential, optim::Optimizer},
    protocol::{decode, encode},
    random::{Stream, epoch_order, generator},
    spec::{Augmentation, Clipping, Decay, ModelSpec, OptimizerSpec, Preset, Schedule, TrainConfig},
    train::{Part, TrainError, Trainer, scaled, share_gradient},
};

fn plain() -> TrainConfig {
    TrainConfig {
        epochs: 3,
        batch_size: 16,
        learning_rate: 0.01,
        ..TrainConfig::default()
    }
}

fn all() -> TrainConfig {
    TrainConfig {
        schedule: Schedule {
            warmup_steps: 2,
            decay: Decay::Cosine { alpha: 0.1 },
        },
        augmentation: Augmentation {
            shift: 1.0,
            rotation: 10.0,
            zoom: 0.1,
            shear: 0.1,
            elastic: 0.5,
            noise: 0.05,
        },
        label_smoothing: 0.1,
        weight_decay: Some(0.01),
        weight_averaging: Some(0.9),
        clipping: Clipping::GlobalNorm(0.5),
        ..plain()
    }
}

fn images() -> ImageSet {
    let labels: Vec<u8> = (0..40).map(|i| (i % 3) as u8).collect();
    let pixel = |i: usize, p: usize| (if p / 12 == i % 3 { 200 } else { 0 }) + (i * 11 + p * 5) % 50;
    let images = (0..40).flat_map(|i| (0..36).map(move |p| pixel(i, p) as u8));
    ImageSet {
        images: images.collect(),
        labels,
        image_shape: [6, 6],
    }
}

fn trained(config: &TrainConfig, steps: usize) -> Trainer {
    let mut trainer = Trainer::new(&pooled(), config).unwrap();
    (0..steps).for_each(|_| assert!(trainer.train_batch(&images()).is_ok()));
    trainer
}

fn weights(model: &Sequential) -> Vec<f32> {
    model.params().flat_map(|param| param.value.clone()).collect()
}

/// What training is without any of this: the bits of the seed recipe.
fn by_hand(config: &TrainConfig, rates: &[f32]) -> Sequential {
    let images = images();
    let mut model = Sequential::build(&pooled(), &mut generator(config.seed, Stream::Weights)).unwrap();
    let mut optimizer = Optimizer::new(&config.optimizer, config.weight_decay(), model.param_count());
    let orders = (0..config.epochs).map(|epoch| epoch_order(config.seed, epoch, images.len()));
    let batches: Vec<Vec<u32>> = orders
        .flat_map(|order| order.chunks(config.batch_size).map(<[u32]>::to_vec).collect::<Vec<_>>())
        .collect();
    for (batch, &rate) in batches.iter().zip(rates) {
        let pixels: Vec<u8> = batch.iter().flat_map(|&i| images.image(i as usize)).copied().collect();
        let labels: Vec<u8> = batch.iter().map(|&i| images.labels[i as usize]).collect();
        let inputs: Vec<f32> = scaled(&pixels).collect();
        let (_, gradient) = gradient_of(&mut model, &inputs, &labels);
        optimizer.step(model.params_mut(), &gradient, rate);
    }
    model
}

#[test]
fn without_a_recipe_training_is_what_it_was_bit_for_bit() {
    for optimizer in OptimizerSpec::ALL {
        let config = TrainConfig { optimizer, ..plain() };
        let trainer = trained(&config, 9);
        assert_eq!(
            trainer.model().weights_hash(),
            by_hand(&config, &[0.01; 9]).weights_hash()
        );
        assert_eq!(trainer.evaluated().weights_hash(), trainer.model().weights_hash());
    }
}

#[test]
fn the_schedule_goes_by_steps_over_the_whole_run() {
    let decay = Decay::ONE_CYCLE;
    let schedule = Schedule { warmup_steps: 0, decay };
    let config = TrainConfig { schedule, ..plain() };
    let rates: Vec<f32> = (0..9).map(|step| schedule.rate(0.01, step, 9)).collect();
    assert_eq!(weights(trained(&config, 9).model()), weights(&by_hand(&config, &rates)));
}

#[test]
fn the_averaged_weights_follow_their_formula_and_do_not_touch_the_training() {
    let config = TrainConfig {
        weight_averaging: Some(0.75),
        ..plain()
    };
    let mut trainer = Trainer::new(&pooled(), &config).unwrap();
    assert_eq!(weights(trainer.evaluated()), weights(trainer.model()));
    let mut mean = vec![];
    for step in 0..5 {
        trainer.train_batch(&images()).unwrap();
        let now = weights(trainer.model());
        mean = match step {
            0 => now,
            _ => mean.iter().zip(&now).map(|(m, w)| 0.75 * m + 0.25 * w).collect(),
        };
        assert_eq!(weights(trainer.evaluated()), mean);
    }
    assert_eq!(weights(trainer.model()), weights(trained(&plain(), 5).model()));
}

#[test]
fn weight_decay_shortens_the_weights_before_the_step() {
    let config = TrainConfig {
        weight_decay: Some(0.5),
        optimizer: OptimizerSpec::Sgd {
            momentum: 0.0,
            nesterov: false,
        },
        ..plain()
    };
    let without = TrainConfig {
        weight_decay: Some(0.0),
        ..config.clone()
    };
    let start = weights(trained(&config, 0).model());
    let [with, without] = [config, without].map(|config| weights(trained(&config, 1).model()));
    for ((with, without), start) in with.iter().zip(without).zip(start) {
        assert!(
            (with - (without - 0.01 * 0.5 * start)).abs() < 1e-7,
            "{with} from {start}"
        );
    }
}

#[test]
fn a_clipped_gradient_is_as_long_as_it_may_be() {
    let sgd = OptimizerSpec::Sgd {
        momentum: 0.0,
        nesterov: false,
    };
    let step = |clipping| {
        let config = TrainConfig {
            optimizer: sgd,
            clipping,
            ..plain()
        };
        let [before, after] = [0, 1].map(|steps| trained(&config, steps));
        let lengths = before.model().params().map(|param| param.value.len());
        let mut moved = weights(before.model()).into_iter().zip(weights(after.model()));
        let moved = lengths.map(|len| moved.by_ref().take(len).map(|(a, b)| (a - b) / 0.01).collect());
        moved.collect::<Vec<Vec<f32>>>()
    };
    let norm = |numbers: &[f32]| numbers.iter().map(|x| x * x).sum::<f32>().sqrt();
    let free = step(Clipping::Off);
    let whole = norm(&free.concat());
    assert!(whole > 0.2 && free.concat().iter().any(|g| g.abs() > 0.01));
    // What is short enough stays as it is.
    for clipping in [
        Clipping::Norm(whole),
        Clipping::GlobalNorm(whole * 1.01),
        Clipping::Value(whole),
    ] {
        assert_eq!(step(clipping), free, "{clipping:?}");
    }
    assert!((norm(&step(Clipping::GlobalNorm(0.1)).concat()) - 0.1).abs() < 1e-3);
    for (clipped, free) in step(Clipping::Norm(0.1)).iter().zip(&free) {
        assert!((norm(clipped) - norm(free).min(0.1)).abs() < 1e-3);
    }
    for (clipped, free) in step(Clipping::Value(0.01)).concat().iter().zip(free.concat()) {
        assert!((clipped - free.clamp(-0.01, 0.01)).abs() < 1e-4);
    }
}

#[test]
fn smooth_labels_have_the_gradient_of_the_smooth_loss() {
    let (images, smoothing) = (images(), 0.3);
    let inputs: Vec<f64> = scaled(&images.images).collect();
    let mut model = Sequential::<f64>::build(&pooled(), &mut generator(3, Stream::Weights)).unwrap();
    let mut gradient = vec![f64::NAN; model.param_count()];
    let part = Part {
        label_smoothing: smoothing,
        ..whole(&inputs, &images.labels)
    };
    share_gradient(&mut model, part, &mut gradient);
    // The smooth loss is a mean over the labels that an image could have.
    let loss = |model: &mut Sequential<f64>| {
        let each = |label: Option<u8>| {
            let labels: Vec<u8> = images.labels.iter().map(|&own| label.unwrap_or(own)).collect();
            gradient_of(model, &inputs, &labels).0.loss / 40.0
        };
        let mut each = each;
        (1.0 - smoothing) * each(None) + smoothing / 3.0 * (0..3).map(|label| each(Some(label))).sum::<f64>()
    };
    let bias = model.param_count() - 1;
    for (flat, own) in [(bias, 2), (bias - 1, 1)] {
        let mut nudged = |by: f64| {
            model.params_mut().last().unwrap().value[own] += by;
            loss(&mut model)
        };
        let slope = (nudged(1e-5) - nudged(-2e-5)) / 2e-5;
        nudged(1e-5);
        assert!((slope - gradient[flat]).abs() < 1e-8, "{slope} for {}", gradient[flat]);
    }
}

#[test]
fn a_run_with_everything_on_goes_on_from_its_state() {
    let expected = trained(&all(), 9).state();
    assert!(expected.averaged.is_some());
    for steps in 0..9 {
        let state = decode(&encode(&trained(&all(), steps).state())).unwrap();
        let mut second = Trainer::resume(&pooled(), &all(), state).unwrap();
        (steps..9).for_each(|_| assert!(second.train_batch(&images()).is_ok()));
        assert_eq!(second.state(), expected, "from step {steps}");
    }
}

#[test]
fn a_state_without_the_averages_that_the_settings_want_is_refused() {
    let state = trained(&plain(), 1).state();
    let error = Trainer::resume(&pooled(), &all(), state).map(drop).unwrap_err();
    assert!(matches!(error, TrainError::Weights { got: 0, .. }), "{error}");
}

#[test]
fn presets_can_be_used_and_survive_a_message() {
    assert_eq!(
        Preset::Keras.recipe(),
        (ModelSpec::keras_recipe(), TrainConfig::default())
    );
    for preset in Preset::ALL {
        let (model, config) = preset.recipe();
        model.shapes().unwrap();
        config.validate().unwrap();
        assert_eq!(decode::<TrainConfig>(&encode(&config)).unwrap(), config);
        assert_eq!(Preset::from_id(preset.id()), Some(preset));
    }
}
