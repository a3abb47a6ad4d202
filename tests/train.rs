//! Training: shares, the tree of sums, and the run of a trainer.

use digit_lab::{
    data::ImageSet,
    nn::{Gradients, Sequential},
    random::{Stream, generator},
    spec::{Activation, LayerSpec, ModelSpec, OptimizerSpec, TrainConfig},
    train::{SHARES, TrainError, Trainer, TreeSum, batch_gradient, evaluate, scaled, share_gradient, share_range},
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

#[test]
fn the_counter_sums_in_the_order_of_the_tree_bit_for_bit() {
    let images = images(64);
    let inputs: Vec<f32> = scaled(&images.images).collect();
    let mut one = model();
    batch_gradient(&mut one, &mut TreeSum::default(), &inputs, &images.labels);

    // The same in eight models, as eight workers would do it, summed level by level.
    let mut workers: Vec<_> = (0..SHARES).map(|_| model()).collect();
    for (share, worker) in workers.iter_mut().enumerate() {
        let range = share_range(share, 64);
        share_gradient(
            worker,
            &inputs[range.start * 30..range.end * 30],
            &images.labels[range],
            64,
        );
    }
    while workers.len() > 1 {
        let pairs = workers.chunks_mut(2).map(|pair| {
            let [left, right] = pair else { panic!("a power of two") };
            let mut gradients = Gradients::default();
            gradients.swap(&mut right.params_mut());
            gradients.add_to(&mut left.params_mut());
        });
        pairs.for_each(drop);
        workers = workers.into_iter().step_by(2).collect();
    }
    for (a, b) in one.params().zip(workers[0].params()) {
        assert_eq!(a.grad, b.grad, "{}", a.name);
        assert!(a.grad.iter().any(|&g| g != 0.0), "{}", a.name);
    }
}

#[test]
fn a_batch_smaller_than_the_shares_has_its_gradient() {
    let images = images(3);
    let inputs: Vec<f32> = scaled(&images.images).collect();
    let (mut shared, mut whole) = (model(), model());
    // Something to be cleared away.
    shared.params_mut().iter_mut().for_each(|param| param.grad.fill(1.0));
    batch_gradient(&mut shared, &mut TreeSum::default(), &inputs, &images.labels);
    share_gradient(&mut whole, &inputs, &images.labels, 3);
    for (a, b) in shared.params().zip(whole.params()) {
        for (a, b) in a.grad.iter().zip(&b.grad) {
            assert!((a - b).abs() < 1e-6, "{a} for {b}");
        }
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
            limit: Some(20),
            ..config()
        },
    )
    .unwrap();
    let mut all = images(40);
    assert_eq!(trainer.steps_per_epoch(&all), 2);
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
    let mut trainer = Trainer::new(&spec(), &config()).unwrap();
    trainer.train_batch(&images).unwrap();
    trainer.model_mut().params_mut()[0].value[0] = f32::NAN;
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
