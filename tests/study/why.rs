//! Why an answer: what the score rests on, by gradient, by occlusion and by Grad-CAM.

use std::path::Path;

use digit_lab::{
    data::{DataSet, ImageSet, published::MNIST},
    io,
    nn::{Sequential, layers::Mode},
    protocol::{Command, Drawing, Event, Goal, Measurement, PredictInput, Split, Start, StudyCommand},
    random::{Stream, generator},
    session::Session,
    spec::{
        Activation, DataSource, LayerSpec, ModelSpec,
        layers::{BatchNormalization, Dropout},
    },
};

use super::{
    assert_near, clock, common::random, data, explain, images, model, network, new_run, pixels, predict, ready,
    single_pixels,
};

/// The gradient is that of central differences wherever there is one among every so many pixels, which is at more than the
/// least.
fn assert_are_slopes(
    gradient: &[f32],
    mut score: impl FnMut(&[f64]) -> f64,
    image: &[f64],
    [every, least]: [usize; 2],
    tolerance: f64,
) {
    let (mut smooth, mut close) = (0, 0);
    for pixel in (0..image.len()).step_by(every) {
        let mut at = |step: f64| {
            let mut moved = image.to_vec();
            moved[pixel] += step;
            score(&moved)
        };
        let [below, here, above] = [-1e-6, 0.0, 1e-6].map(&mut at);
        // Where a ReLU or a pool bends, there is no one slope; on paper all numbers of a pool's window are equal.
        if ((above - here) - (here - below)).abs() < 1e-10 {
            smooth += 1;
            let difference = (above - below) / 2e-6;
            close += usize::from((f64::from(gradient[pixel]) - difference).abs() <= tolerance);
        }
    }
    assert!(smooth > least, "{smooth} pixels where the score does not bend");
    // Single precision takes another of numbers that are equal but for rounding, here and there.
    assert!(close * 20 >= smooth * 19, "{close} of {smooth} are right");
}

#[test]
fn the_input_gradient_is_that_of_central_differences() {
    let mut session = ready();
    predict(&mut session, 4);
    let mut network = network().converted::<f64>();
    let image = pixels(&data().test, 4);
    for class in [0, 7] {
        let explanation = explain(&mut session, Some(class));
        let mut score = |image: &[f64]| network.forward(image, Mode::Predict)[class];
        assert_near("score", explanation.score.into(), score(&image), 1e-4);
        assert_are_slopes(&explanation.gradient.data, score, &image, [13, 20], 1e-4);
    }
}

#[test]
fn the_shipped_models_input_gradient_is_that_of_central_differences() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist");
    let mnist = MNIST.load(&folder).expect("run scripts/setup");
    let image = pixels(&mnist.test, 0);
    let mut session = Session::new(clock);
    session.provide_data(DataSource::Mnist, mnist);
    let file = include_bytes!("../../public/model/pretrained.safetensors");
    session.provide_pretrained(file);
    session.handle(new_run(1));
    predict(&mut session, 0);
    let shipped = io::model::read(file.to_vec(), &ModelSpec::keras_recipe())
        .unwrap()
        .model;
    let mut network = shipped.converted::<f64>();
    for class in [7, 2] {
        let explanation = explain(&mut session, Some(class));
        let score = |image: &[f64]| network.forward(image, Mode::Predict)[class];
        let gradient = &explanation.gradient.data;
        let largest = gradient.iter().fold(0.0, |l: f32, g| l.max(g.abs()));
        assert_are_slopes(gradient, score, &image, [4, 40], 1e-4 * f64::from(largest));
    }
}

#[test]
fn any_units_gradient_is_that_of_prediction_not_of_training() {
    let spec = ModelSpec {
        input_shape: vec![9, 9, 1],
        layers: vec![
            LayerSpec::conv2d(3, 3, Activation::Relu),
            LayerSpec::from(BatchNormalization::default()),
            LayerSpec::max_pooling2d(2),
            LayerSpec::from(Dropout { rate: 0.5 }),
            LayerSpec::Flatten,
            LayerSpec::dense(4, Activation::Softmax),
        ],
    };
    let mut network = Sequential::<f64>::build(&spec, &mut generator(3, Stream::Weights))
        .unwrap()
        .apart::<f64>();
    network
        .memory_mut()
        .for_each(|memory| memory.value.iter_mut().for_each(|x| *x += 0.3));
    let image: Vec<f64> = random(81, 8);
    for (layer, unit) in [(0, 2), (1, 1), (3, 0), (5, 3)] {
        let trace = network.trace(&image, layer, unit);
        for pixel in (0..81).step_by(5) {
            let mut at = |step: f64| {
                let mut moved = image.clone();
                moved[pixel] += step;
                network.trace(&moved, layer, unit).value
            };
            let difference = (at(1e-6) - at(-1e-6)) / 2e-6;
            assert_near("gradient", trace.gradients[0][pixel], difference, 1e-6);
        }
    }
    let logits = network.forward(&image, Mode::Predict).to_vec();
    assert_eq!(network.trace(&image, 5, 3).value, logits[3], "as in prediction");
}

#[test]
fn occlusion_is_what_a_covered_image_scores_less() {
    let mut session = ready();
    predict(&mut session, 9);
    let explanation = explain(&mut session, Some(2));
    assert_eq!(explanation.occlusion.shape, [13, 13, 1]);
    let mut network = network();
    let image = single_pixels(&data().test, 9);
    let plain = network.forward(&image, Mode::Predict)[2];
    for (place, &drop) in explanation.occlusion.data.iter().enumerate() {
        let mut covered = image.clone();
        for (y, x) in (0..4).flat_map(|y| (0..4).map(move |x| (y, x))) {
            covered[(place / 13 * 2 + y) * 28 + place % 13 * 2 + x] = 0.0;
        }
        let score = network.forward(&covered, Mode::Predict)[2];
        assert_near("drop", drop.into(), (plain - score).into(), 1e-5);
    }
    let without = explain(&mut session, None);
    assert_eq!(Some(without.class), predict(&mut session, 9).digit());
}

#[test]
fn grad_cam_is_that_of_central_differences_behind_the_convolution() {
    let mut session = ready();
    predict(&mut session, 6);
    let explanation = explain(&mut session, Some(1));
    let cam = explanation.grad_cam.unwrap();
    assert_eq!(
        (&cam.shape[..], explanation.convolution.as_deref()),
        (&[26, 26, 1][..], Some("conv2d"))
    );
    let mut whole = network().converted::<f64>();
    let maps: Vec<f64> = whole.forward_all(&pixels(&data().test, 6))[0].iter().copied().collect();
    // What is behind the convolution, as a model of its own.
    let spec = ModelSpec {
        input_shape: vec![26, 26, 3],
        layers: model().layers[1..].to_vec(),
    };
    let mut rest = Sequential::<f64>::build(&spec, &mut generator(1, Stream::Weights)).unwrap();
    let behind: Vec<_> = whole.params().skip(2).map(|param| param.value.clone()).collect();
    rest.params_mut()
        .zip(behind)
        .for_each(|(param, value)| param.value = value);
    let mut weights = [0.0; 3];
    for at in 0..maps.len() {
        let mut score = |step: f64| {
            let mut moved = maps.clone();
            moved[at] += step;
            rest.forward(&moved, Mode::Predict)[1]
        };
        // From above: at 0 two numbers of a pool are equal, and moving one down moves nothing.
        weights[at % 3] += match maps[at] {
            0.0 => 0.0,
            _ => (score(1e-6) - score(-1e-6)) / 2e-6 / 676.0,
        };
    }
    for (place, &got) in cam.data.iter().enumerate() {
        let sum: f64 = (0..3).map(|k| weights[k] * maps[place * 3 + k]).sum();
        assert_near("map", got.into(), sum.max(0.0), 1e-3);
    }
}

#[test]
fn an_image_of_the_run_is_the_run_s_whatever_is_shown() {
    let mut session = ready();
    let other = DataSet {
        train: images(60),
        test: ImageSet {
            images: vec![7; 60 * 784],
            labels: vec![1; 60],
            image_shape: [28, 28],
        },
    };
    session.handle(Command::LoadData {
        source: DataSource::Fashion,
    });
    session.provide_data(DataSource::Fashion, other);
    let mut see = |input| match session.handle(Command::Predict { request: 1, input }).pop() {
        Some(Event::Prediction(prediction)) => (prediction.image.data.clone(), prediction.label),
        other => panic!("{other:?}"),
    };
    let expected = single_pixels(&data().test, 5);
    let label = Some(data().test.labels[5]);
    assert_eq!(see(PredictInput::RunImage(Split::Test, 5)), (expected, label));
    assert_eq!(
        see(PredictInput::TestImage(5)).1,
        Some(1),
        "of the data set that is shown"
    );
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let refused = |session: &mut Session, command: Command| match session.handle(command).pop() {
        Some(Event::Failed(failure)) => failure.message,
        other => panic!("{other:?}"),
    };
    let mut session = ready();
    session.handle(Command::Predict {
        request: 1,
        input: PredictInput::Drawing(Drawing::default()),
    });
    let explain = |class| Command::Study(StudyCommand::Explain { request: 1, class });
    assert!(refused(&mut session, explain(None)).contains("draw a digit"));
    predict(&mut session, 0);
    assert!(refused(&mut session, explain(Some(10))).contains("it has 10"));
    let ascent = |layer, unit| {
        Command::Measure(Measurement::Ascent(Goal {
            from: Start::Seen,
            layer,
            unit,
        }))
    };
    assert!(refused(&mut session, ascent(4, 10)).contains("10 units"));
    assert!(refused(&mut session, ascent(9, 0)).contains("no such layer"));
}
