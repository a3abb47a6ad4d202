//! Layers that draw, remember, or look at a batch as a whole, in a run.

mod common;

use common::{
    gradient_of,
    played::{self, Played, play},
    random,
    sessions::rows,
};
use digit_lab::{
    data::DataSet,
    io::safetensors::{Facts, load, save},
    nn::{
        Param, Sequential,
        layers::{Draws, Dropout, InputGradient, Layer, Mode, Place, build as build_layer},
    },
    protocol::{Command, Event, GradientError, Measurement, PredictInput},
    random::{Stream, generator},
    session::Session,
    spec::{
        Activation, LayerSpec, ModelSpec, TrainConfig,
        layers::{ActivationLayer, BatchNormalization, Conv2D, Dense, GRU, Reshape},
    },
    train::{TrainError, Trainer, evaluate},
};

fn model(layers: &[LayerSpec]) -> ModelSpec {
    let end = [LayerSpec::Flatten, LayerSpec::dense(3, Activation::Softmax)];
    ModelSpec {
        input_shape: vec![6, 6, 1],
        layers: [layers, &end].concat(),
    }
}

fn with_dropout() -> ModelSpec {
    let rows = Reshape {
        target_shape: vec![6, 6],
    };
    let gru = GRU {
        units: 5,
        l2: 0.01,
        ..GRU::default()
    };
    model(&[
        LayerSpec::dropout(0.2),
        rows.into(),
        gru.into(),
        LayerSpec::dropout(0.5),
    ])
}

fn with_normalization() -> ModelSpec {
    model(&[
        LayerSpec::conv2d(4, 3, Activation::Linear),
        BatchNormalization::default().into(),
        LayerSpec::dropout(0.2),
    ])
}

fn config() -> TrainConfig {
    TrainConfig {
        epochs: 2,
        batch_size: 20,
        learning_rate: 0.01,
        ..TrainConfig::default()
    }
}

/// The fingerprints of a run with so many workers, and how many trained at most.
fn run(model: &ModelSpec, count: usize, order: usize) -> (Vec<String>, usize) {
    let (mut session, team) = session(model, count);
    session.handle(Command::Train);
    let events = play(&mut session, &team, order);
    let hashes = events.iter().filter_map(|event| match event {
        Event::Epoch { weights_hash, .. } => Some(weights_hash.clone()),
        _ => None,
    });
    let workers = events.iter().filter_map(|event| match event {
        Event::Workers { count } => Some(*count),
        _ => None,
    });
    (hashes.collect(), workers.max().unwrap_or(1))
}

/// A session with so many workers, data and a run.
fn session(model: &ModelSpec, count: usize) -> (Session, Played) {
    let data = DataSet {
        train: rows(90),
        test: rows(30),
    };
    let (mut session, team) = played::session(count, data);
    session.handle(Command::Reset {
        run: 1,
        model: model.clone(),
        config: config(),
    });
    (session, team)
}

#[test]
fn every_measurement_suits_every_kind_of_layer() {
    for (model, sizes) in [(with_dropout(), vec![1, 2, 4]), (with_normalization(), vec![1])] {
        let (mut session, team) = session(&model, 4);
        let mut measure = |what| {
            let mut events = session.handle(Command::Measure(what));
            events.extend(play(&mut session, &team, 1));
            events
        };
        let gradients = measure(Measurement::Gradients);
        let errors = gradients.iter().find_map(|event| match event {
            Event::Gradients(errors) => Some(errors),
            _ => None,
        });
        assert!(errors.unwrap().iter().all(GradientError::is_fine), "{errors:?}");
        assert_eq!(errors.unwrap().len(), 2 + usize::from(model.needs_whole_batches()));
        let profile = measure(Measurement::Profile);
        assert!(
            profile.iter().any(|event| matches!(event, Event::Profile(_))),
            "{profile:?}"
        );
        let scaling = measure(Measurement::Scaling { cores: 4 });
        let measured = scaling.iter().filter_map(|event| match event {
            Event::Scaling(point) => Some(point.workers),
            _ => None,
        });
        assert_eq!(measured.collect::<Vec<_>>(), sizes);
    }
}

#[test]
fn a_model_that_ends_in_logits_answers_with_their_probabilities() {
    let mut spec = model(&[]);
    let softmax = spec.clone();
    spec.layers[1] = LayerSpec::dense(3, Activation::Linear);
    let answers = [spec, softmax].map(|model| {
        let (mut session, _) = session(&model, 1);
        let input = PredictInput::TestImage(2);
        let events = session.handle(Command::Predict { request: 1, input });
        let Some(Event::Prediction(prediction)) = events.into_iter().next() else {
            panic!("a test image has an answer")
        };
        prediction
    });
    assert_eq!(answers[0].probabilities, answers[1].probabilities);
    assert!((answers[0].probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-6);
    assert_ne!(answers[0].activations[1].data, answers[0].probabilities);
}

#[test]
fn a_softmax_of_its_own_is_the_softmax_of_the_last_layer() {
    let within = model(&[]);
    let mut apart = within.clone();
    apart.layers[1] = LayerSpec::dense(3, Activation::Linear);
    apart.layers.push(
        ActivationLayer {
            activation: Activation::Softmax,
        }
        .into(),
    );
    let inputs = random::<f32>(5 * 36, 3);
    let [within, apart] = [within, apart].map(|spec| {
        let mut model = Sequential::build(&spec, &mut generator(1, Stream::Weights)).unwrap();
        let (sums, gradient) = gradient_of(&mut model, &inputs, &[2, 0, 1, 1, 2]);
        (sums, gradient, model.forward_all(&inputs).pop().unwrap())
    });
    assert_eq!(within, apart);
    assert!(within.1.iter().any(|&g| g != 0.0));
    assert!((within.2.sum() - 5.0).abs() < 1e-5);
}

/// A layer by itself, with its weights of seed 1.
fn alone(layer: &LayerSpec, input: &[usize]) -> Box<dyn Layer<f64>> {
    let place = Place {
        index: 0,
        name: "alone",
        input,
        output: &layer.output_shape(input).unwrap(),
    };
    build_layer(layer, place, &mut generator(1, Stream::Weights))
}

/// Mean and variance are 0 and 1 but for epsilon, which is little beside a variance of 3,333.
fn assert_normal(numbers: &[f64]) {
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let squares: Vec<_> = numbers.iter().map(|x| (x - mean(numbers)).powi(2)).collect();
    assert!(mean(numbers).abs() < 1e-9, "{}", mean(numbers));
    assert!((mean(&squares) - 1.0).abs() < 1e-4, "{}", mean(&squares));
}

#[test]
fn what_is_normalized_has_mean_0_and_variance_1() {
    const CHANNELS: usize = 6;
    let input: Vec<_> = random::<f64>(4 * 15 * CHANNELS, 2)
        .iter()
        .map(|x| 100.0 * x + 7.0)
        .collect();
    let output = |kind| {
        let mut layer = alone(&LayerSpec::default_of(kind).unwrap(), &[3, 5, CHANNELS]);
        layer.forward(&input, Mode::TRAIN).to_vec()
    };
    output("LayerNormalization")
        .chunks_exact(CHANNELS)
        .for_each(assert_normal);
    let by_batch = output("BatchNormalization");
    for channel in 0..CHANNELS {
        let own: Vec<_> = by_batch.iter().skip(channel).step_by(CHANNELS).copied().collect();
        assert_normal(&own);
    }
}

#[test]
fn the_last_step_of_a_sequence_is_the_output_and_each_image_has_its_own() {
    const STEPS: usize = 5;
    const FEATURES: usize = 4;
    const UNITS: usize = 3;
    const BATCH: usize = 6;
    let input = random::<f64>(BATCH * STEPS * FEATURES, 2);
    for kind in ["SimpleRNN", "LSTM", "GRU"] {
        let output = |images: &[f64], return_sequences: bool| {
            let mut layer = LayerSpec::default_of(kind).unwrap();
            layer.set_argument("units", &UNITS.to_string()).unwrap();
            layer
                .set_argument("return_sequences", &return_sequences.to_string())
                .unwrap();
            let mut layer = alone(&layer, &[STEPS, FEATURES]);
            layer.forward(images, Mode::Predict).to_vec()
        };
        let (all, last) = (output(&input, true), output(&input, false));
        assert_eq!((all.len(), last.len()), (BATCH * STEPS * UNITS, BATCH * UNITS));
        let images = input.chunks_exact(STEPS * FEATURES);
        for ((image, all), last) in images
            .zip(all.chunks_exact(STEPS * UNITS))
            .zip(last.chunks_exact(UNITS))
        {
            assert_eq!(&all[(STEPS - 1) * UNITS..], last, "{kind}");
            assert_eq!((&*output(image, true), &*output(image, false)), (all, last), "{kind}");
        }
        assert_ne!(last[..UNITS], last[UNITS..2 * UNITS]);
    }
}

#[test]
fn what_is_dropped_is_the_same_for_any_number_of_workers() {
    let (expected, _) = run(&with_dropout(), 1, 0);
    assert_eq!(expected.len(), 2);
    for count in [2, 4, 8] {
        for order in 0..4 {
            let (hashes, workers) = run(&with_dropout(), count, order);
            assert_eq!((hashes, workers), (expected.clone(), count), "order {order}");
        }
    }
}

#[test]
fn a_model_that_looks_at_whole_batches_is_trained_by_one_worker_whatever_is_asked_for() {
    assert!(with_normalization().needs_whole_batches() && !with_dropout().needs_whole_batches());
    let (expected, _) = run(&with_normalization(), 1, 0);
    for count in [2, 4, 8] {
        assert_eq!(run(&with_normalization(), count, 1), (expected.clone(), 1));
    }
}

/// The mask of a dropout over ones.
fn mask(draws: Draws, place: usize, images: usize) -> Vec<f32> {
    let mut layer = Dropout::<f32>::new("dropout", 0.25, place, 1000);
    layer.forward(&vec![1.0; images * 1000], Mode::Train(draws)).to_vec()
}

#[test]
fn dropout_leaves_out_its_share_and_makes_up_for_it() {
    let mask = mask(Draws::default(), 0, 40);
    let dropped = mask.iter().filter(|&&x| x == 0.0).count();
    assert!((9_700..10_300).contains(&dropped), "{dropped}");
    assert!(mask.iter().all(|&x| x == 0.0 || x == 1.0 / 0.75));

    let mut layer = Dropout::<f32>::new("dropout", 0.25, 0, 4);
    assert_eq!(
        layer.forward(&[1.0, -2.0, 3.0, 0.5], Mode::Predict),
        [1.0, -2.0, 3.0, 0.5]
    );
    let output = layer.forward(&[1.0; 8], Mode::TRAIN).to_vec();
    let mut grad = [2.0; 8];
    let grad = layer.backward(&mut grad, InputGradient::Wanted, &mut []).unwrap();
    assert!(grad.iter().zip(&output).all(|(g, y)| *g == 2.0 * y));
    let mut all = Dropout::<f32>::new("dropout", 1.0, 0, 4);
    assert_eq!(all.forward(&[1.0; 4], Mode::TRAIN), [0.0; 4]);
}

#[test]
fn a_mask_is_an_image_s_own() {
    let draws = |images| Draws {
        seed: 3,
        epoch: 1,
        images,
    };
    let (first, second) = (mask(draws(&[5, 9]), 2, 2), mask(draws(&[9]), 2, 1));
    assert_eq!(first[1000..], second);
    assert_ne!(first[..1000], second);
    for other in [
        mask(Draws { seed: 4, ..draws(&[9]) }, 2, 1),
        mask(
            Draws {
                epoch: 2,
                ..draws(&[9])
            },
            2,
            1,
        ),
        mask(draws(&[9]), 3, 1),
    ] {
        assert_ne!(other, second);
    }
}

#[test]
fn what_a_layer_remembers_is_part_of_the_run_and_of_its_fingerprint() {
    let images = rows(50);
    let config = TrainConfig {
        weight_averaging: Some(0.9),
        ..config()
    };
    let mut whole = Trainer::new(&with_normalization(), &config).unwrap();
    (0..5).for_each(|_| assert!(whole.train_batch(&images).is_ok()));
    let mut first = Trainer::new(&with_normalization(), &config).unwrap();
    (0..2).for_each(|_| assert!(first.train_batch(&images).is_ok()));
    let mut second = Trainer::resume(&with_normalization(), &config, first.state()).unwrap();
    (0..3).for_each(|_| assert!(second.train_batch(&images).is_ok()));
    assert_eq!(second.state(), whole.state());
    let memory = |model: &Sequential| model.memory().cloned().collect::<Vec<Param>>();
    assert_eq!(memory(whole.evaluated()), memory(whole.model()));
    assert!(
        memory(whole.model())
            .iter()
            .all(|memory| memory.value.iter().all(|&x| x != 0.0 && x != 1.0))
    );

    let before = whole.model().weights_hash();
    whole.model_mut().memory_mut().next().unwrap().value[0] += 1.0;
    assert_ne!(whole.model().weights_hash(), before);
}

#[test]
fn a_step_that_is_not_taken_is_not_remembered() {
    let images = rows(20);
    let mut trainer = Trainer::new(&with_normalization(), &config()).unwrap();
    trainer.train_batch(&images).unwrap();
    trainer.model_mut().params_mut().next().unwrap().value[0] = f32::NAN;
    let before = trainer.model().weights_hash();
    let error = trainer.train_batch(&images).unwrap_err();
    assert!(matches!(error, TrainError::NotFinite { .. }));
    assert_eq!(trainer.model().weights_hash(), before);
}

#[test]
fn what_a_layer_remembers_is_saved_with_the_weights() {
    let images = rows(20);
    let mut trainer = Trainer::new(&with_normalization(), &config()).unwrap();
    trainer.train_batch(&images).unwrap();
    let facts = Facts {
        model: with_normalization(),
        config: config(),
        global_step: 1,
        test: None,
        weights_hash: String::new(),
    };
    let file = save(trainer.model(), &facts);
    let mut other = Sequential::build(&with_normalization(), &mut generator(7, Stream::Weights)).unwrap();
    load(&mut other, &file).unwrap();
    assert_eq!(other.weights_hash(), trainer.model().weights_hash());
    let sums = [&mut other, trainer.model_mut()].map(|model| evaluate(model, &images, 0..20));
    assert_eq!(sums[0], sums[1]);
}

#[test]
fn penalties_are_part_of_the_loss_of_training_and_of_evaluation() {
    let spec = |l1, l2| {
        let conv = Conv2D {
            l1,
            l2,
            ..Conv2D::new(2, 3, Activation::Relu)
        };
        model(&[conv.into(), LayerSpec::Flatten, Dense::new(4, Activation::Relu).into()])
    };
    let images = rows(20);
    let loss = |l1, l2| {
        let mut trainer = Trainer::new(&spec(l1, l2), &config()).unwrap();
        let evaluated = evaluate(trainer.model_mut(), &images, 0..20).metrics().loss;
        (trainer.train_batch(&images).unwrap().batch.loss, evaluated)
    };
    let mut plain = Trainer::new(&spec(0.0, 0.0), &config()).unwrap();
    let weight = &plain.model().params().next().unwrap().value;
    let expected: f32 = weight.iter().map(|w| 0.1 * w.abs() + 0.01 * w * w).sum();
    let (train, evaluated) = loss(0.1, 0.01);
    let own = evaluate(plain.model_mut(), &images, 0..20).metrics().loss;
    for loss in [train, evaluated] {
        assert!((loss - own - expected).abs() < 1e-5, "{loss} for {own} and {expected}");
    }
}
