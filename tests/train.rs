//! Training: shares, the tree of sums, and the run of a trainer.

mod common;

use std::ops::Range;

use common::{gradient_of, whole};
use digit_lab::{
    data::ImageSet,
    nn::{Param, Sequential, metrics::Sums, optim::Optimizer},
    random::{Stream, generator},
    spec::{Activation, DataRecipe, Decay, LayerSpec, ModelSpec, OptimizerSpec, Schedule, TrainConfig},
    train::{
        Part, SHARES, Silent, TrainError, Trainer, TreeSum, evaluate, evaluate_seen, scaled, share_gradient,
        share_range, shares_gradient,
    },
};

fn spec() -> ModelSpec {
    ModelSpec {
        input_shape: vec![6, 5, 1],
        layers: vec![
            LayerSpec::conv2d(4, 3, Activation::Relu),
            LayerSpec::Flatten,
            LayerSpec::dense(3, Activation::Softmax),
        ],
    }
}

fn config() -> TrainConfig {
    TrainConfig {
        epochs: 2,
        batch_size: 16,
        learning_rate: 0.01,
        ..TrainConfig::default()
    }
}

/// Bright rows, whose number is the class.
fn images(count: usize) -> ImageSet {
    let labels: Vec<u8> = (0..count).map(|i| (i % 3) as u8).collect();
    let pixel = |i: usize, p: usize| match p / 5 / 2 == i % 3 {
        true => 200 + (i * 7 + p) % 50,
        false => (i * 5 + p * 3) % 60,
    };
    let images = (0..count)
        .flat_map(|i| (0..30).map(move |p| pixel(i, p) as u8))
        .collect();
    ImageSet {
        images,
        labels,
        image_shape: [6, 5],
    }
}

fn model() -> Sequential {
    Sequential::build(&spec(), &mut generator(1, Stream::Weights)).unwrap()
}

#[test]
fn shares_cover_every_batch_once_and_differ_by_one_image_at_most() {
    for batch in [1, 7, 8, 9, 63, 64, 100] {
        let ranges: Vec<_> = (0..SHARES).map(|share| share_range(share, batch)).collect();
        assert!(ranges.iter().flat_map(Clone::clone).eq(0..batch));
        assert!(
            ranges
                .iter()
                .all(|range| (batch / SHARES..=batch.div_ceil(SHARES)).contains(&range.len()))
        );
    }
}

/// The sums and the gradient of some shares of a batch, as a worker would compute them.
fn part(images: &ImageSet, shares: Range<usize>) -> (Vec<Sums>, Vec<f32>) {
    let batch = images.len();
    let range = share_range(shares.start, batch).start..share_range(shares.end - 1, batch).end;
    let inputs: Vec<f32> = scaled(&images.images[range.start * 30..range.end * 30]).collect();
    let (mut model, mut tree) = (model(), TreeSum::default());
    let mut gradient = vec![f32::NAN; model.param_count()];
    let mut sums = vec![Sums::default(); shares.len()];
    let part = Part {
        batch,
        ..whole(&inputs, &images.labels[range])
    };
    shares_gradient(&mut model, &mut tree, part, shares, &mut gradient, &mut sums);
    (sums, gradient)
}

#[test]
fn any_number_of_workers_gives_the_same_bits() {
    let images = images(61);
    let (one, expected) = part(&images, 0..SHARES);
    assert!(expected.iter().any(|&g| g != 0.0));
    for workers in [2, 4, 8] {
        let each = SHARES / workers;
        let parts: Vec<_> = (0..workers).map(|i| part(&images, i * each..(i + 1) * each)).collect();
        let mut gradient = vec![f32::NAN; expected.len()];
        TreeSum::default().sum(0..workers, &mut gradient, |i, sum| sum.copy_from_slice(&parts[i].1));
        assert_eq!(gradient, expected, "{workers} workers");
        assert!(parts.iter().flat_map(|part| &part.0).eq(&one));
    }
}

#[test]
fn the_sum_has_the_order_of_the_tree() {
    // At this size the next number of f32 is 2 further on: the order of the sum shows.
    let shares = [1.6e7f32, 1.0, 1.0, 1.0, 3.0, 1.6e7, 1.0, 1.0];
    let expected =
        ((shares[0] + shares[1]) + (shares[2] + shares[3])) + ((shares[4] + shares[5]) + (shares[6] + shares[7]));
    let mut sum = [f32::NAN];
    TreeSum::default().sum(0..8, &mut sum, |i, sum| sum[0] = shares[i]);
    assert_eq!(sum, [expected]);
    TreeSum::default().sum(4..6, &mut sum, |i, sum| sum[0] = shares[i]);
    assert_eq!(sum, [shares[4] + shares[5]]);
}

#[test]
fn a_batch_smaller_than_the_shares_has_its_gradient() {
    let images = images(3);
    let inputs: Vec<f32> = scaled(&images.images).collect();
    let mut model = model();
    let mut direct = vec![f32::NAN; model.param_count()];
    let (_, shared) = gradient_of(&mut model, &inputs, &images.labels);
    share_gradient(&mut model, whole(&inputs, &images.labels), &mut direct);
    for (a, b) in shared.iter().zip(direct) {
        assert!((a - b).abs() < 1e-6, "{a} for {b}");
    }
}

#[test]
fn a_run_goes_on_from_its_state_as_if_it_had_never_stopped() {
    let images = images(40);
    for optimizer in OptimizerSpec::ALL {
        let config = TrainConfig { optimizer, ..config() };
        let mut whole = Trainer::new(&spec(), &config).unwrap();
        (0..5).for_each(|_| assert!(whole.train_batch(&images).is_ok()));
        for steps in 0..5 {
            let mut first = Trainer::new(&spec(), &config).unwrap();
            (0..steps).for_each(|_| assert!(first.train_batch(&images).is_ok()));
            let mut second = Trainer::resume(&spec(), &config, first.state()).unwrap();
            (steps..5).for_each(|_| assert!(second.train_batch(&images).is_ok()));
            assert_eq!(second.state(), whole.state());
        }
    }
}

#[test]
fn the_state_of_another_model_or_optimizer_is_refused() {
    let state = Trainer::new(&spec(), &config()).unwrap().state();
    let mut short = state.clone();
    short.weights.pop();
    let error = Trainer::resume(&spec(), &config(), short).map(drop).unwrap_err();
    let expected = state.weights.len();
    assert_eq!(
        error.to_string(),
        format!("the state has {} weights, the model {expected}", expected - 1)
    );
    let mut wrong = state;
    wrong.optimizer.slots[0].pop();
    let error = Trainer::resume(&spec(), &config(), wrong)
        .map(drop)
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("the optimizer's state has slots of ["), "{error}");
}

#[test]
fn what_an_optimizer_remembers_of_a_dead_weight_becomes_nothing() {
    for spec in OptimizerSpec::ALL {
        let mut param = Param::new("dead".into(), vec![1], vec![1f32]);
        let mut optimizer = Optimizer::new(&spec, 0.0, 1);
        optimizer.step(std::iter::once(&mut param), &[1e-12], 0.001);
        (0..2000).for_each(|_| optimizer.step(std::iter::once(&mut param), &[0.0], 0.001));
        let slots = optimizer.save().slots.concat();
        assert!(slots.iter().all(|x| x.is_normal() || *x == 0.0), "{slots:?}");
    }
}

#[test]
fn a_run_counts_its_steps_and_learns() {
    let images = images(40);
    let mut trainer = Trainer::new(&spec(), &TrainConfig { epochs: 30, ..config() }).unwrap();
    let first = trainer.train_batch(&images).unwrap();
    assert_eq!(
        (first.epoch, first.step, first.steps_per_epoch, first.global_step),
        (0, 1, 3, 1)
    );
    assert_eq!((first.images, first.batch), (16, first.running));
    trainer.train_batch(&images).unwrap();
    let third = trainer.train_batch(&images).unwrap();
    assert_eq!((third.epoch, third.step, third.images, third.global_step), (0, 3, 8, 3));
    let fourth = trainer.train_batch(&images).unwrap();
    assert_eq!((fourth.epoch, fourth.step, fourth.batch), (1, 1, fourth.running));
    while !trainer.is_finished() {
        trainer.train_batch(&images).unwrap();
    }
    assert_eq!(trainer.global_step(), 90);
    let metrics = evaluate(trainer.model_mut(), &images, 0..40).metrics();
    assert_eq!(metrics.accuracy, 1.0);
    assert!(metrics.loss < first.batch.loss / 2.0, "{metrics:?}");
}

/// All weights, one after the other.
fn weights(trainer: &Trainer) -> Vec<f32> {
    trainer.state().weights
}

fn length(numbers: impl Iterator<Item = f32>) -> f64 {
    numbers.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt()
}

#[test]
fn a_report_tells_the_rate_and_how_long_gradient_and_weights_are() {
    let images = images(40);
    let config = TrainConfig {
        optimizer: OptimizerSpec::Sgd {
            momentum: 0.0,
            nesterov: false,
        },
        schedule: Schedule {
            warmup_steps: 3,
            decay: Decay::Constant,
        },
        ..config()
    };
    let mut trainer = Trainer::new(&spec(), &config).unwrap();
    for rate in [0.0025, 0.005, 0.0075, 0.01, 0.01] {
        let before = weights(&trainer);
        let report = trainer.train_batch(&images).unwrap();
        assert!((report.learning_rate - rate).abs() < 1e-7, "{report:?}");
        let after = weights(&trainer);
        let moved = length(after.iter().zip(before).map(|(a, b)| a - b)) / f64::from(rate);
        assert!(
            (moved / f64::from(report.gradient_norm) - 1.0).abs() < 1e-3,
            "{moved} {report:?}"
        );
        let long = length(after.into_iter());
        assert!((long / f64::from(report.weight_norm) - 1.0).abs() < 1e-6);
    }
}

#[test]
fn a_gradient_whose_square_is_no_number_is_not_followed() {
    let mut trainer = Trainer::new(&spec(), &config()).unwrap();
    trainer.train_batch(&images(16)).unwrap();
    let before = trainer.state();
    let mut gradient = vec![0.0; trainer.model().param_count()];
    gradient[7] = 1e19;
    let error = trainer.apply(&gradient, Sums::default()).unwrap_err();
    let expected = TrainError::NotFinite {
        what: "gradient",
        global_step: 2,
    };
    assert_eq!((error, trainer.state()), (expected, before));
}

#[test]
fn units_that_are_silent_for_every_image_are_dead() {
    let images = images(40);
    for (pool, apart, dead) in [(false, false, 3), (true, false, 5), (false, true, 3), (true, true, 5)] {
        let mut spec = spec();
        spec.layers.insert(2, LayerSpec::dense(6, Activation::Relu));
        if pool {
            spec.layers.insert(1, LayerSpec::max_pooling2d(2));
        }
        if apart {
            spec.layers = spec
                .layers
                .into_iter()
                .flat_map(|layer| with_relu_apart(layer, "0"))
                .collect();
        }
        let mut model = Sequential::build(&spec, &mut generator(1, Stream::Weights)).unwrap();
        // Above and below what any image gives.
        let biases = model.params_mut().skip(1).step_by(2);
        for (bias, (dead, size)) in biases.zip([(1..dead - 1, 1e2), (2..4, 1e6)]) {
            bias.value.fill(size);
            bias.value[dead].fill(-size);
        }
        let mut silent = Silent::of(&model);
        evaluate_seen(&mut model, &images, 0..40, |layer, output| silent.see(layer, output));
        assert_eq!(silent.share(), Some(dead as f32 / 10.0));
    }
    let mut linear = spec();
    linear.layers[0] = LayerSpec::conv2d(4, 3, Activation::Linear);
    let model = Sequential::build(&linear, &mut generator(1, Stream::Weights)).unwrap();
    assert_eq!(Silent::of(&model).share(), None);
    let mut leaky = spec();
    leaky.layers = leaky
        .layers
        .into_iter()
        .flat_map(|layer| with_relu_apart(layer, "0.1"))
        .collect();
    let model = Sequential::build(&leaky, &mut generator(1, Stream::Weights)).unwrap();
    assert_eq!(
        Silent::of(&model).share(),
        None,
        "a slope below 0 lets every unit answer"
    );
}

/// The same layer, with a layer `ReLU` of that slope in place of the activation.
fn with_relu_apart(mut layer: LayerSpec, slope: &str) -> Vec<LayerSpec> {
    if layer.activation() != Some(Activation::Relu) {
        return vec![layer];
    }
    let mut relu = LayerSpec::default_of("ReLU").unwrap();
    layer.set_argument("activation", "linear").unwrap();
    relu.set_argument("negative_slope", slope).unwrap();
    vec![layer, relu]
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    let images = images(40);
    let hash = |seed| {
        let mut trainer = Trainer::new(&spec(), &TrainConfig { seed, ..config() }).unwrap();
        (0..5).for_each(|_| assert!(trainer.train_batch(&images).is_ok()));
        trainer.model().weights_hash()
    };
    assert_eq!(hash(1), hash(1));
    assert_ne!(hash(1), hash(2));
    assert_eq!(hash(1).len(), 16);
}

#[test]
fn a_limit_leaves_the_other_images_out() {
    let mut trainer = Trainer::new(
        &spec(),
        &TrainConfig {
            data: DataRecipe {
                limit: Some(20),
                ..DataRecipe::default()
            },
            ..config()
        },
    )
    .unwrap();
    let mut all = images(40);
    let mut limited = Trainer::new(&spec(), trainer.config()).unwrap();
    let reports: Vec<_> = (0..4).map(|_| limited.train_batch(&images(20)).unwrap()).collect();
    all.images[20 * 30..].fill(255);
    assert!((0..4).all(|i| trainer.train_batch(&all).unwrap() == reports[i]));
}

#[test]
fn an_evaluation_in_parts_is_the_whole() {
    let images = images(70);
    let mut model = model();
    let whole = evaluate(&mut model, &images, 0..70);
    let mut parts = evaluate(&mut model, &images, 0..33);
    parts += evaluate(&mut model, &images, 33..70);
    assert_eq!((whole.correct, whole.images), (parts.correct, parts.images));
    assert!((whole.loss - parts.loss).abs() < 1e-9);
    assert!(evaluate(&mut model, &images, 5..5).images == 0);
}

#[test]
fn a_step_that_is_not_finite_is_not_taken() {
    let images = images(16);
    let mut pooled = spec();
    pooled.layers.insert(1, LayerSpec::max_pooling2d(2));
    for spec in [spec(), pooled] {
        let mut trainer = Trainer::new(&spec, &config()).unwrap();
        trainer.train_batch(&images).unwrap();
        trainer.model_mut().params_mut().next().unwrap().value[0] = f32::NAN;
        let before = trainer.model().weights_hash();
        let error = trainer.train_batch(&images).unwrap_err();
        assert_eq!(
            error,
            TrainError::NotFinite {
                what: "loss",
                global_step: 2
            }
        );
        assert_eq!((trainer.model().weights_hash(), trainer.global_step()), (before, 1));
    }
}

#[test]
fn a_learning_rate_far_too_large_ends_in_an_error_with_finite_weights() {
    let images = images(16);
    let config = TrainConfig {
        learning_rate: 10.0,
        optimizer: OptimizerSpec::SGD,
        epochs: 1000,
        ..config()
    };
    let mut spec = spec();
    spec.layers.insert(2, LayerSpec::dense(50, Activation::Linear));
    spec.layers.insert(3, LayerSpec::dense(50, Activation::Linear));
    let mut trainer = Trainer::new(&spec, &config).unwrap();
    let error = (0..1000)
        .find_map(|_| trainer.train_batch(&images).err())
        .expect("it explodes");
    assert!(
        error.to_string().contains("is not finite: try a smaller learning rate"),
        "{error}"
    );
    assert!(
        trainer
            .model()
            .params()
            .all(|param| param.value.iter().all(|x| x.is_finite()))
    );
}

#[test]
fn what_does_not_fit_is_refused_with_what_was_expected() {
    let mut trainer = Trainer::new(&spec(), &config()).unwrap();
    let mut wrong = images(4);
    wrong.labels[2] = 9;
    let message = trainer.train_batch(&wrong).unwrap_err().to_string();
    assert_eq!(
        message,
        "the model takes images of 6x5x1 in 3 classes, the data set has 4 of 6x5x1 in 10"
    );
    let mut turned = images(4);
    turned.image_shape = [5, 6];
    assert!(trainer.train_batch(&turned).is_err());
    assert!(trainer.train_batch(&images(0)).is_err());

    let config = TrainConfig {
        batch_size: 0,
        ..config()
    };
    assert!(matches!(Trainer::new(&spec(), &config), Err(TrainError::Config(_))));
    let empty = ModelSpec {
        layers: vec![],
        ..spec()
    };
    assert!(matches!(
        Trainer::new(&empty, &TrainConfig::default()),
        Err(TrainError::Model(_))
    ));
}
