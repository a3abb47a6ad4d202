//! The closer look, by messages alone, against plain recounts: nothing here uses what it checks.

mod common;

use std::{cell::Cell, path::Path};

use common::{
    random,
    sessions::{reset, run},
};
use digit_lab::{
    data::{DataSet, ImageSet, published::MNIST},
    io::{
        self,
        safetensors::{self, Facts},
    },
    nn::{Sequential, layers::Mode, pca::Components},
    protocol::{
        Answering, Answers, Ascended, Command, Drawing, Event, Goal, Measurement, Perturbation, PredictInput,
        Prediction, Projection, Reasons, RobustnessPoint, RunState, Split, Start, StudyCommand, StudyEvent,
    },
    random::{Stream, generator},
    report::{Calibration, Confusion},
    session::Session,
    spec::{
        Activation, DataSource, LayerSpec, ModelSpec, OptimizerSpec, TrainConfig,
        layers::{BatchNormalization, Dropout},
    },
};
use rand::Rng;

fn clock() -> f64 {
    thread_local!(static NOW: Cell<f64> = const { Cell::new(0.0) });
    NOW.set(NOW.get() + 10.0);
    NOW.get()
}

/// Images whose class is the place of a block of grey.
fn images(count: usize) -> ImageSet {
    let labels: Vec<u8> = (0..count).map(|i| (i * 7 % 10) as u8).collect();
    let noise: Vec<f32> = random(count * 784, 5);
    let pixels = noise.iter().enumerate().map(|(at, noise)| {
        let (image, pixel) = (at / 784, at % 784);
        let inside = (pixel / 28) / 3 == usize::from(labels[image]) || (pixel % 28) / 9 == image % 3;
        if inside { (150.0 + 100.0 * noise) as u8 } else { 0 }
    });
    ImageSet {
        images: pixels.collect(),
        labels,
        image_shape: [28, 28],
    }
}

fn data() -> DataSet {
    DataSet {
        train: images(120),
        test: images(150),
    }
}

fn model() -> ModelSpec {
    ModelSpec {
        input_shape: vec![28, 28, 1],
        layers: vec![
            LayerSpec::conv2d(3, 3, Activation::Relu),
            LayerSpec::max_pooling2d(2),
            LayerSpec::Flatten,
            LayerSpec::dense(12, Activation::Relu),
            LayerSpec::dense(10, Activation::Softmax),
        ],
    }
}

/// The shipped model. Its biases are not 0: on paper every sum would be, where ReLU bends and no difference is right.
fn network() -> Sequential {
    let mut network = Sequential::build(&model(), &mut generator(99, Stream::Weights)).unwrap();
    for (seed, param) in network.params_mut().enumerate() {
        if param.name.ends_with(".bias") {
            param.value = random::<f32>(param.value.len(), seed as u64)
                .iter()
                .map(|x| x / 5.0)
                .collect();
        }
    }
    network
}

/// A session with data, the shipped model and run 1.
fn ready() -> Session {
    ready_with(model(), &network(), data())
}

fn ready_with(model: ModelSpec, network: &Sequential, data: DataSet) -> Session {
    let mut session = Session::new(clock);
    session.provide_data(DataSource::Mnist, data);
    let facts = Facts {
        model,
        config: TrainConfig::default(),
        global_step: 0,
        test: None,
        weights_hash: network.weights_hash(),
    };
    session.provide_pretrained(&safetensors::save(network, &facts));
    session.handle(new_run(1));
    session
}

fn new_run(run: u32) -> Command {
    let config = TrainConfig {
        epochs: 2,
        batch_size: 32,
        learning_rate: 0.01,
        optimizer: OptimizerSpec::ADAM,
        ..TrainConfig::default()
    };
    reset(run, &model(), &config)
}

fn told(events: Vec<Event>) -> Vec<StudyEvent> {
    let study = events.into_iter().filter_map(|event| match event {
        Event::Study(event) => Some(event),
        Event::Failed(failure) => panic!("{failure:?}"),
        _ => None,
    });
    study.collect()
}

fn predict(session: &mut Session, index: usize) -> Prediction {
    let input = PredictInput::TestImage(index);
    match session.handle(Command::Predict { request: 5, input }).as_slice() {
        [Event::Prediction(prediction)] => (**prediction).clone(),
        other => panic!("expected a prediction, got {other:?}"),
    }
}

fn explain(session: &mut Session, class: Option<usize>) -> Reasons {
    let command = Command::Study(StudyCommand::Explain { request: 3, class });
    match told(run(session, command)).as_slice() {
        [StudyEvent::Explained(explanation)] => (**explanation).clone(),
        other => panic!("expected an explanation, got {other:?}"),
    }
}

fn pixels(set: &ImageSet, index: usize) -> Vec<f64> {
    set.image(index).iter().map(|&pixel| f64::from(pixel) / 255.0).collect()
}

fn assert_near(what: &str, got: f64, expected: f64, tolerance: f64) {
    let error = (got - expected).abs() / expected.abs().max(1.0);
    assert!(error <= tolerance, "{what}: {got}, expected {expected}");
}

#[test]
fn every_answer_is_told_and_counts_are_those_of_a_plain_recount() {
    let mut session = ready();
    let mut events = run(&mut session, Command::Train);
    let accuracy = events.iter().find_map(|event| match event {
        Event::Evaluated { metrics, .. } => Some(metrics.accuracy),
        _ => None,
    });
    events.retain(|event| matches!(event, Event::Study(_)));
    let told = told(events);
    let Some(StudyEvent::Answers(answers)) = told.last() else {
        panic!("no answers");
    };
    assert_eq!(told.len(), 2, "after each epoch");
    let Answers {
        predicted,
        confidence,
        labels,
        loss,
        ..
    } = &**answers;
    let predictions: Vec<_> = (0..150).map(|index| predict(&mut session, index)).collect();
    let losses = predictions
        .iter()
        .map(|it| -f64::from(it.probabilities[it.label.map_or(0, usize::from)]).ln());
    assert_near("loss", (*loss).into(), losses.sum::<f64>() / 150.0, 1e-5);
    let (mut counts, mut bins) = ([[0; 10]; 10], [(0, 0, 0.0); 15]);
    for (index, prediction) in predictions.iter().enumerate() {
        let best = (0..10)
            .rev()
            .max_by(|&a, &b| prediction.probabilities[a].total_cmp(&prediction.probabilities[b]));
        let best = best.unwrap();
        assert_eq!(usize::from(predicted[index]), best);
        assert_near(
            "confidence",
            confidence[index].into(),
            prediction.probabilities[best].into(),
            1e-5,
        );
        let label = usize::from(prediction.label.unwrap());
        assert_eq!(usize::from(labels[index]), label);
        counts[label][best] += 1;
        let bin = (1..=15)
            .find(|&bin| f64::from(confidence[index]) <= bin as f64 / 15.0)
            .unwrap()
            - 1;
        bins[bin].0 += 1;
        bins[bin].1 += usize::from(label == best);
        bins[bin].2 += f64::from(confidence[index]);
    }
    let confusion = Confusion::of(labels, predicted, 10);
    for label in 0..10 {
        assert_eq!(
            (0..10).map(|to| confusion.count(label, to)).collect::<Vec<_>>(),
            counts[label]
        );
        let column: usize = counts.iter().map(|row| row[label]).sum();
        let (hits, row) = (counts[label][label] as f64, counts[label].iter().sum::<usize>());
        let scores = confusion.scores(label);
        assert_eq!(scores.recall, Some(hits / row as f64));
        assert_eq!(scores.precision, (column > 0).then(|| hits / column as f64));
        assert_eq!(scores.f1, Some(2.0 * hits / (row + column) as f64));
    }
    assert_eq!(Some(confusion.right() as f32 / 150.0), accuracy);
    let right = labels.iter().zip(predicted).map(|(a, b)| a == b);
    let calibration = Calibration::of(confidence.iter().copied().zip(right), 15);
    let gaps = bins.iter().map(|&(count, right, sum)| {
        let count = count as f64;
        if count > 0.0 {
            count / 150.0 * (right as f64 / count - sum / count).abs()
        } else {
            0.0
        }
    });
    assert_near("ECE", calibration.error().unwrap(), gaps.sum(), 1e-12);
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
        let (mut smooth, mut close) = (0, 0);
        for pixel in (0..784).step_by(13) {
            let mut at = |step: f64| {
                let mut moved = image.clone();
                moved[pixel] += step;
                score(&moved)
            };
            let [below, here, above] = [-1e-6, 0.0, 1e-6].map(&mut at);
            // On paper all numbers of a pool's window are equal: there the score bends, and has no one slope.
            if ((above - here) - (here - below)).abs() < 1e-10 {
                smooth += 1;
                let difference = (above - below) / 2e-6;
                let gradient = f64::from(explanation.gradient.data[pixel]);
                close += usize::from((gradient - difference).abs() <= 1e-4);
            }
        }
        assert!(smooth > 20, "{smooth} pixels where the score does not bend");
        // Single precision takes another of numbers that are equal but for rounding, here and there.
        assert!(close * 20 >= smooth * 19, "{close} of {smooth} are right");
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
    let image: Vec<f32> = pixels(&data().test, 9).iter().map(|&x| x as f32).collect();
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
fn the_nearest_training_images_are_those_of_a_plain_search() {
    let mut session = ready();
    predict(&mut session, 3);
    assert!(
        explain(&mut session, None).nearest[0].is_empty(),
        "not before they are looked through"
    );
    let told = told(run(&mut session, Command::Measure(Measurement::Neighbours)));
    assert!(
        matches!(told[..], [StudyEvent::Indexed { images: 120, .. }]),
        "{told:?}"
    );
    let explanation = explain(&mut session, Some(4));
    let mut network = network().converted::<f64>();
    let mut hidden = |image: Vec<f64>| network.forward_all(&image)[3].iter().copied().collect::<Vec<_>>();
    let (train, own) = (data().train, hidden(pixels(&data().test, 3)));
    let mut all: Vec<(f64, usize)> = (0..120)
        .map(|at| {
            let other = hidden(pixels(&train, at));
            (
                own.iter().zip(&other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt(),
                at,
            )
        })
        .collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let of_class = all.iter().filter(|(_, at)| train.labels[*at] == 4).copied().collect();
    for (found, expected) in explanation.nearest.iter().zip([all, of_class]) {
        assert_eq!(found.len(), 8);
        for (neighbour, (distance, _)) in found.iter().zip(expected) {
            assert_near("distance", neighbour.distance.into(), distance, 1e-4);
            assert_eq!(neighbour.pixels, train.image(neighbour.place as usize));
            assert_eq!(neighbour.label, train.labels[neighbour.place as usize]);
        }
    }
}

/// Pixels, paper outside.
fn ink(image: &[f32], y: i32, x: i32) -> f32 {
    let inside = (0..28).contains(&y) && (0..28).contains(&x);
    if inside { image[(y * 28 + x) as usize] } else { 0.0 }
}

fn places() -> impl Iterator<Item = (i32, i32)> {
    (0..784).map(|place| (place / 28, place % 28))
}

/// As `Perturbation` says, in plain words.
fn spoiled(way: Perturbation, strength: f32, image: &[f32], place: usize) -> Vec<f32> {
    match way {
        Perturbation::Noise if strength == 0.0 => image.to_vec(),
        Perturbation::Noise => {
            let stream = Stream::Augmentation {
                epoch: 0,
                image: place as u32,
            };
            let mut rng = generator(0, stream);
            let mut even = move || {
                (0..2)
                    .map(|_| rng.next_u32())
                    .flat_map(|draw| [draw & 0xffff, draw >> 16])
                    .sum::<u32>()
            };
            let mut noise = move || (even() as f32 / 65_536.0 - 2.0) * 3f32.sqrt() * strength;
            image.iter().map(|pixel| (pixel + noise()).clamp(0.0, 1.0)).collect()
        }
        Perturbation::Shift => {
            let far = strength as i32;
            let (down, right) = [(-far, 0), (far, 0), (0, -far), (0, far)][place % 4];
            places().map(|(y, x)| ink(image, y - down, x - right)).collect()
        }
        Perturbation::Rotation => {
            let degrees = if place.is_multiple_of(2) { strength } else { -strength };
            let (sin, cos) = degrees.to_radians().sin_cos();
            let between = |y: f32, x: f32| {
                let (top, left) = (y.floor(), x.floor());
                let line = |y: i32| {
                    let [a, b] = [0, 1].map(|right| ink(image, y, left as i32 + right));
                    a + (x - left) * (b - a)
                };
                line(top as i32) + (y - top) * (line(top as i32 + 1) - line(top as i32))
            };
            let from = |(y, x): (i32, i32)| {
                let (y, x) = (y as f32 - 13.5, x as f32 - 13.5);
                between(13.5 + cos * y + sin * x, 13.5 - sin * y + cos * x)
            };
            places().map(from).collect()
        }
        Perturbation::Thickness => (0..strength.abs() as usize).fold(image.to_vec(), |image, _| {
            let pick = |a: f32, b: f32| if strength > 0.0 { a.max(b) } else { a.min(b) };
            let around =
                |(y, x)| [(0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)].map(|(dy, dx)| ink(&image, y + dy, x + dx));
            places()
                .map(|place| around(place).into_iter().reduce(pick).unwrap())
                .collect()
        }),
    }
}

#[test]
fn robustness_is_that_of_a_plain_recount() {
    let few = data();
    let many = ImageSet {
        images: few.test.images.repeat(7),
        labels: few.test.labels.repeat(7),
        image_shape: [28, 28],
    };
    let test = many.clone();
    let mut session = ready_with(
        model(),
        &network(),
        DataSet {
            train: few.train,
            test: many,
        },
    );
    let points: Vec<RobustnessPoint> = told(run(&mut session, Command::Measure(Measurement::Robustness)))
        .into_iter()
        .map(|event| match event {
            StudyEvent::Robustness(point) => point,
            other => panic!("{other:?}"),
        })
        .collect();
    let expected = Perturbation::ALL
        .into_iter()
        .flat_map(|way| way.strengths().iter().map(move |&strength| (way, strength)));
    let (mut network, mut counts) = (network(), vec![]);
    for (point, (way, strength)) in points.iter().zip(expected) {
        assert_eq!(
            (point.perturbation, point.strength, point.images),
            (way, strength, 1_000)
        );
        let is_right = |&at: &usize| {
            let image: Vec<f32> = pixels(&test, at).iter().map(|&x| x as f32).collect();
            let changed = spoiled(way, strength, &image, at);
            let logits = network.forward(&changed, Mode::Predict);
            let best = (0..10).rev().max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
            best == Some(test.labels[at].into())
        };
        let right = (0..1_000).filter(is_right).count();
        // A turned pixel is a sum, whose rounding may tip an answer that is as good as even.
        let may_tip = 2 * usize::from(way == Perturbation::Rotation);
        assert!(
            point.right.abs_diff(right) <= may_tip,
            "{way:?} {strength}: {} for {right}",
            point.right
        );
        counts.push(right);
    }
    assert_eq!(counts.len(), 7 + 7 + 7 + 6);
    assert!(
        counts.iter().any(|&count| count != counts[0]),
        "spoiling changes answers"
    );
}

#[test]
fn the_shipped_models_input_gradient_is_that_of_central_differences() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist");
    let mnist = MNIST.load(&folder).expect("run scripts/setup");
    let image = pixels(&mnist.test, 0);
    let mut session = Session::new(clock);
    session.provide_data(DataSource::Mnist, mnist);
    let file = include_bytes!("../public/model/pretrained.safetensors");
    session.provide_pretrained(file);
    session.handle(new_run(1));
    predict(&mut session, 0);
    let shipped = io::model::read(file.to_vec(), &ModelSpec::keras_recipe())
        .unwrap()
        .model;
    let mut network = shipped.converted::<f64>();
    for class in [7, 2] {
        let explanation = explain(&mut session, Some(class));
        let mut score = |image: &[f64]| network.forward(image, Mode::Predict)[class];
        let gradient = &explanation.gradient.data;
        let largest = gradient.iter().fold(0.0, |l: f32, g| l.max(g.abs()));
        let (mut smooth, mut close) = (0, 0);
        for pixel in (0..784).step_by(4) {
            let mut at = |step: f64| {
                let mut moved = image.clone();
                moved[pixel] += step;
                score(&moved)
            };
            let [below, here, above] = [-1e-6, 0.0, 1e-6].map(&mut at);
            // Where a ReLU or a pool bends, there is no one slope.
            if ((above - here) - (here - below)).abs() < 1e-10 {
                smooth += 1;
                let error = (f64::from(gradient[pixel]) - (above - below) / 2e-6).abs();
                close += usize::from(error <= 1e-4 * f64::from(largest));
            }
        }
        assert!(smooth > 40, "{smooth} pixels where the score does not bend");
        assert!(close * 20 >= smooth * 19, "{close} of {smooth} are right");
    }
}

/// Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations, the largest first.
fn jacobi(mut a: Vec<Vec<f64>>) -> Vec<(f64, Vec<f64>)> {
    let n = a.len();
    let mut v: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect())
        .collect();
    for _ in 0..60 {
        for (p, q) in (0..n).flat_map(|p| (p + 1..n).map(move |q| (p, q))) {
            if a[p][q].abs() < 1e-300 {
                continue;
            }
            let angle = 0.5 * (2.0 * a[p][q]).atan2(a[q][q] - a[p][p]);
            let (sin, cos) = angle.sin_cos();
            for row in a.iter_mut().chain(&mut v) {
                (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
            }
            let (above, below) = a.split_at_mut(q);
            for (x, y) in above[p].iter_mut().zip(&mut below[0]) {
                (*x, *y) = (cos * *x - sin * *y, sin * *x + cos * *y);
            }
        }
    }
    let mut found: Vec<_> = (0..n)
        .map(|i| (a[i][i], v.iter().map(|row| row[i]).collect()))
        .collect();
    found.sort_by(|x: &(f64, Vec<f64>), y| y.0.total_cmp(&x.0));
    found
}

#[test]
fn components_are_the_eigenvectors_of_the_covariance() {
    let (count, len) = (400, 7);
    let noise: Vec<f32> = random(count * len, 4);
    let points: Vec<f32> = noise
        .iter()
        .enumerate()
        .map(|(at, x)| x * (1 + at % len) as f32 + noise[at / len * len])
        .collect();
    let mean: Vec<f64> = (0..len)
        .map(|i| points.iter().skip(i).step_by(len).map(|&x| f64::from(x)).sum::<f64>() / 400.0)
        .collect();
    let product = |i: usize, j: usize| {
        let rows = points.chunks(len);
        rows.map(|row| (f64::from(row[i]) - mean[i]) * (f64::from(row[j]) - mean[j]))
            .sum::<f64>()
            / 400.0
    };
    let plain: Vec<Vec<f64>> = (0..len).map(|i| (0..len).map(|j| product(i, j)).collect()).collect();
    let mut components = Components::new(len);
    let pass = |components: &mut Components| {
        points.chunks(len * 33).for_each(|part| components.see(part));
        components.end_pass()
    };
    while !pass(&mut components) {}
    for (component, (value, vector)) in components.found().iter().zip(jacobi(plain)) {
        assert_near("variance", component.variance, value, 1e-6);
        let along: f64 = component.axis.iter().zip(&vector).map(|(a, b)| a * b).sum();
        assert_near("direction", along.abs(), 1.0, 1e-6);
    }
}

#[test]
fn what_does_not_vary_has_no_directions_but_places() {
    let mut components = Components::new(3);
    while {
        components.see(&[0.5; 12]);
        !components.end_pass()
    } {}
    assert!(components.found().iter().all(|component| component.variance == 0.0));
    assert_eq!(components.shares(), [0.0; 2]);
    assert_eq!(components.places().collect::<Vec<_>>(), [[0.0; 2]; 4]);
}

/// What has more numbers before the last layer than there are images: 5,408.
fn wide() -> ModelSpec {
    ModelSpec {
        input_shape: vec![28, 28, 1],
        layers: vec![
            LayerSpec::conv2d(32, 3, Activation::Relu),
            LayerSpec::max_pooling2d(2),
            LayerSpec::Flatten,
            LayerSpec::dense(10, Activation::Softmax),
        ],
    }
}

/// A session whose shipped model is the wide one, and what that makes of images, in double precision.
fn wide_session(data: DataSet) -> (Session, impl FnMut(&ImageSet, usize) -> Vec<f64>) {
    let network = Sequential::build(&wide(), &mut generator(7, Stream::Weights)).unwrap();
    let mut plain = network.converted::<f64>();
    let hidden = move |set: &ImageSet, at: usize| plain.forward_all(&pixels(set, at))[2].iter().copied().collect();
    (ready_with(wide(), &network, data), hidden)
}

#[test]
fn a_wide_layer_has_its_directions_too() {
    let (mut session, mut hidden) = wide_session(data());
    let told = told(run(&mut session, Command::Measure(Measurement::Points)));
    let [StudyEvent::Projected(projection)] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((projection.points.len(), projection.features), (300, 5_408));
    let rows: Vec<Vec<f64>> = (0..150).map(|at| hidden(&data().test, at)).collect();
    let mean: Vec<f64> = (0..5_408)
        .map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / 150.0)
        .collect();
    let centred: Vec<Vec<f64>> = rows
        .iter()
        .map(|row| row.iter().zip(&mean).map(|(x, m)| x - m).collect())
        .collect();
    // The products of every two images have the covariance's eigenvalues, and the places as eigenvectors.
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>() / 150.0;
    let gram: Vec<Vec<f64>> = centred
        .iter()
        .map(|a| centred.iter().map(|b| product(a, b)).collect())
        .collect();
    let all: f64 = (0..150).map(|at| gram[at][at]).sum();
    let found = jacobi(gram);
    for (axis, (variance, vector)) in found.iter().enumerate().take(2) {
        assert_near("share", projection.shares[axis].into(), variance / all, 1e-4);
        let length = (150.0 * variance).sqrt();
        let sign = (vector[0] * f64::from(projection.points[axis])).signum();
        for (at, along) in vector.iter().enumerate() {
            let place = sign * length * along;
            assert_near("place", projection.points[2 * at + axis].into(), place, 1e-3);
        }
    }
}

#[test]
fn a_wide_layer_has_its_neighbours_too() {
    let (mut session, mut hidden) = wide_session(data());
    let told = told(run(&mut session, Command::Measure(Measurement::Neighbours)));
    assert!(
        matches!(told[..], [StudyEvent::Indexed { images: 120, .. }]),
        "{told:?}"
    );
    predict(&mut session, 3);
    let explanation = explain(&mut session, Some(4));
    let (train, own) = (data().train, hidden(&data().test, 3));
    let mut distances: Vec<(f64, u32)> = (0..120)
        .map(|at| {
            let other = hidden(&train, at);
            (
                own.iter().zip(&other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt(),
                at as u32,
            )
        })
        .collect();
    distances.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (neighbour, (distance, place)) in explanation.nearest[0].iter().zip(&distances) {
        assert_near("distance", neighbour.distance.into(), *distance, 1e-4);
        assert_eq!(neighbour.place, *place);
    }
}

#[test]
fn as_many_training_images_are_looked_through_as_can_be_kept() {
    let few = data();
    let many = ImageSet {
        images: few.train.images.repeat(26),
        labels: few.train.labels.repeat(26),
        image_shape: [28, 28],
    };
    let (mut session, _) = wide_session(DataSet {
        train: many,
        test: few.test,
    });
    let told = told(run(&mut session, Command::Measure(Measurement::Neighbours)));
    let expected = 16_000_000 / 5_408;
    assert!(
        matches!(told[..], [StudyEvent::Indexed { images, .. }] if images == expected),
        "{told:?}"
    );
}

#[test]
fn every_test_image_becomes_a_point_along_the_widest_directions() {
    let mut session = ready();
    let told = told(run(&mut session, Command::Measure(Measurement::Points)));
    let [StudyEvent::Projected(projection)] = &told[..] else {
        panic!("{told:?}");
    };
    let Projection {
        points,
        predicted,
        labels,
        shares,
        features,
        ..
    } = &**projection;
    assert_eq!((points.len(), labels, *features), (300, &data().test.labels, 12));
    let mut network = network().converted::<f64>();
    let rows: Vec<Vec<f64>> = (0..150)
        .map(|at| {
            network.forward_all(&pixels(&data().test, at))[3]
                .iter()
                .copied()
                .collect()
        })
        .collect();
    let mean: Vec<f64> = (0..12)
        .map(|i| rows.iter().map(|row| row[i]).sum::<f64>() / 150.0)
        .collect();
    let product = |i: usize, j: usize| {
        rows.iter()
            .map(|row| (row[i] - mean[i]) * (row[j] - mean[j]))
            .sum::<f64>()
            / 150.0
    };
    let plain: Vec<Vec<f64>> = (0..12).map(|i| (0..12).map(|j| product(i, j)).collect()).collect();
    let all: f64 = (0..12).map(|i| plain[i][i]).sum();
    let found = jacobi(plain);
    for axis in 0..2 {
        assert_near("share", shares[axis].into(), found[axis].0 / all, 1e-4);
        let along = |row: &[f64]| (0..12).map(|i| (row[i] - mean[i]) * found[axis].1[i]).sum::<f64>();
        let sign = (along(&rows[0]) * f64::from(points[axis])).signum();
        for (at, row) in rows.iter().enumerate() {
            assert_near("place", points[2 * at + axis].into(), sign * along(row), 1e-3);
        }
    }
    assert_eq!(usize::from(predicted[17]), predict(&mut session, 17).digit().unwrap());
}

fn ascend(session: &mut Session, goal: Goal) -> Vec<Ascended> {
    told(run(session, Command::Measure(Measurement::Ascent(goal))))
        .into_iter()
        .map(|event| match event {
            StudyEvent::Ascended(ascended) => *ascended,
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn an_ascent_makes_the_unit_give_more() {
    let mut session = ready();
    predict(&mut session, 2);
    for goal in [
        Goal {
            from: Start::Seen,
            layer: 4,
            unit: 7,
        },
        Goal {
            from: Start::Noise(1),
            layer: 4,
            unit: 0,
        },
        Goal {
            from: Start::Noise(2),
            layer: 0,
            unit: 1,
        },
    ] {
        let steps = ascend(&mut session, goal);
        let (first, last) = (&steps[0], &steps[steps.len() - 1]);
        assert_eq!((first.step, last.step), (0, 500));
        assert!(
            last.value > first.value + 0.2 || last.value > 10.0 * first.value,
            "{goal:?}: from {} to {}",
            first.value,
            last.value
        );
        assert!(last.image.data.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
        let logits = network().forward_all(&last.image.data).remove(goal.layer);
        if goal.layer == 4 {
            assert_near(
                "probability",
                last.probabilities[goal.unit].into(),
                logits[[0, goal.unit]].into(),
                1e-3,
            );
        }
    }
    assert_eq!(
        ascend(
            &mut session,
            Goal {
                from: Start::Seen,
                layer: 4,
                unit: 7
            }
        )[0]
        .image
        .data,
        predict(&mut session, 2).image.data
    );
}

#[test]
fn what_is_under_way_is_stopped_by_stop_and_by_another_run() {
    let mut session = ready();
    let goal = Goal {
        from: Start::Noise(1),
        layer: 4,
        unit: 7,
    };
    for what in BESIDE.into_iter().chain([Measurement::Ascent(goal)]) {
        for end in [Command::StopMeasuring, new_run(2)] {
            session.handle(Command::Measure(what));
            session.tick();
            let events = session.handle(end.clone());
            assert_eq!(events[0], Event::MeasurementEnded, "{what:?}");
        }
    }
}

/// What looks at a copy of the weights.
const BESIDE: [Measurement; 4] = [
    Measurement::Answers,
    Measurement::Robustness,
    Measurement::Points,
    Measurement::Neighbours,
];

/// What a view of a moment tells: which model, and all numbers.
fn found(events: Vec<Event>) -> Vec<StudyEvent> {
    let view = |event: &StudyEvent| !matches!(event, StudyEvent::Answers(answers) if !is_of_step(answers, 2));
    told(events).into_iter().filter(view).collect()
}

fn is_of_step(answers: &Answers, step: usize) -> bool {
    matches!(answers.model, Answering::Run { global_step, .. } if global_step == step)
}

#[test]
fn a_view_of_a_moment_is_the_same_while_the_run_goes_on_which_it_does_not_change() {
    let goal = Goal {
        from: Start::Noise(1),
        layer: 4,
        unit: 7,
    };
    for what in BESIDE.into_iter().chain([Measurement::Ascent(goal)]) {
        let [at_rest, in_training] = [false, true].map(|trains| {
            let mut session = ready();
            run(&mut session, Command::Step);
            run(&mut session, Command::Step);
            let mut events = session.handle(Command::Measure(what));
            if trains {
                events.extend(session.handle(Command::Train));
                let stopped = |event: &Event| matches!(event, Event::MeasurementEnded | Event::Failed(_));
                assert!(!events.iter().any(stopped), "{what:?}: {events:?}");
                // A step and a piece: both go on, and an answer waits for neither.
                let (mut steps, mut pieces) = (0, 0);
                for _ in 0..4 {
                    let tick = session.tick();
                    steps += tick.iter().filter(|event| matches!(event, Event::Batch { .. })).count();
                    pieces += tick
                        .iter()
                        .filter(|event| matches!(event, Event::Measuring { .. }))
                        .count();
                    events.extend(tick);
                }
                assert!(steps >= 2 && pieces > 0, "{what:?}: {steps} steps, {pieces} pieces");
                assert_eq!(predict(&mut session, 3).probabilities.len(), 10);
            }
            while session.is_busy() {
                events.extend(session.tick());
            }
            if !trains {
                events.extend(run(&mut session, Command::Train));
            }
            let hash = events.iter().rev().find_map(|event| match event {
                Event::Epoch { weights_hash, .. } => Some(weights_hash.clone()),
                _ => None,
            });
            // The clock tells an ascent's course in more or fewer steps: its end counts.
            let last = found(events).pop();
            (hash, last)
        });
        assert!(at_rest.0.is_some() && at_rest.1.is_some(), "{what:?}");
        assert_eq!(at_rest, in_training, "{what:?}");
    }
}

#[test]
fn answers_of_the_shipped_model_are_counted_before_any_training() {
    let mut session = ready();
    let told = told(run(&mut session, Command::Measure(Measurement::Answers)));
    let [StudyEvent::Answers(answers)] = &told[..] else {
        panic!("{told:?}");
    };
    assert_eq!((answers.model, answers.classes), (Answering::Pretrained, 10));
    for index in [0, 31, 32, 149] {
        let digit = predict(&mut session, index).digit();
        assert_eq!(Some(usize::from(answers.predicted[index])), digit);
    }
    assert_eq!(answers.labels, data().test.labels);
}

#[test]
fn the_shipped_model_is_not_measured_on_what_are_no_digits() {
    let mut session = ready();
    session.provide_data(DataSource::Fashion, data());
    let Command::Reset { model, mut config, .. } = new_run(2) else {
        unreachable!("it is one");
    };
    config.data.source = DataSource::Fashion;
    session.handle(Command::Reset { run: 2, model, config });
    for what in [Measurement::Answers, Measurement::Robustness] {
        let events = session.handle(Command::Measure(what));
        let [Event::MeasurementEnded, Event::Failed(failure)] = &events[..] else {
            panic!("{events:?}");
        };
        assert!(failure.message.contains("reads digits"), "{}", failure.message);
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
    let expected: Vec<f32> = pixels(&data().test, 5).iter().map(|&x| x as f32).collect();
    let label = Some(data().test.labels[5]);
    assert_eq!(see(PredictInput::RunImage(Split::Test, 5)), (expected, label));
    assert_eq!(
        see(PredictInput::TestImage(5)).1,
        Some(1),
        "of the data set that is shown"
    );
}

#[test]
fn explaining_changes_no_bit_of_a_run() {
    let hash = |explains: bool| {
        let mut session = ready();
        session.handle(Command::Train);
        let mut events = vec![];
        while session.is_busy() {
            if explains {
                session.handle(Command::Predict {
                    request: 1,
                    input: PredictInput::TestImage(1),
                });
                session.handle(Command::Study(StudyCommand::Explain {
                    request: 1,
                    class: None,
                }));
            }
            events.extend(session.tick());
            if events.iter().any(|event| {
                matches!(
                    event,
                    Event::State {
                        state: RunState::Finished,
                        ..
                    }
                )
            }) {
                break;
            }
        }
        events.into_iter().rev().find_map(|event| match event {
            Event::Epoch { weights_hash, .. } => Some(weights_hash),
            _ => None,
        })
    };
    assert_eq!(hash(true), hash(false));
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

#[test]
fn test_images_are_given_by_place() {
    let mut session = ready();
    let command = Command::Study(StudyCommand::Images {
        request: 8,
        places: vec![149, 3, 150],
    });
    let told = told(run(&mut session, command));
    let test = data().test;
    let expected = StudyEvent::Images {
        request: 8,
        places: vec![149, 3],
        pixels: [test.image(149), test.image(3)].concat(),
    };
    assert_eq!(told, [expected]);
}
