//! The closer look, by messages alone, against plain recounts: nothing here uses what it checks.

#[path = "study/answers.rs"]
mod answers;
#[path = "study/ascent.rs"]
mod ascent;
#[path = "study/beside.rs"]
mod beside;
mod common;
#[path = "study/nearest.rs"]
mod nearest;
#[path = "study/points.rs"]
mod points;
#[path = "study/robustness.rs"]
mod robustness;
#[path = "study/why.rs"]
mod why;

use std::cell::Cell;

use common::{
    random,
    sessions::{reset, run},
};
use digit_lab::{
    data::{DataSet, ImageSet},
    io::safetensors::{self, Facts},
    nn::Sequential,
    protocol::{Command, Event, PredictInput, Prediction, Reasons, StudyCommand, StudyEvent},
    random::{Stream, generator},
    session::Session,
    spec::{Activation, DataSource, LayerSpec, ModelSpec, OptimizerSpec, TrainConfig},
};

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
    let hidden = hidden_of(&network);
    (ready_with(wide(), &network, data), hidden)
}

/// What the layer before the last makes of an image, in double precision.
fn hidden_of(network: &Sequential) -> impl FnMut(&ImageSet, usize) -> Vec<f64> + use<> {
    let mut network = network.converted::<f64>();
    move |set, at| {
        let outputs = network.forward_all(&pixels(set, at));
        outputs[outputs.len() - 2].iter().copied().collect()
    }
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

/// As [`pixels`], in single precision.
fn single_pixels(set: &ImageSet, index: usize) -> Vec<f32> {
    pixels(set, index).iter().map(|&x| x as f32).collect()
}

fn assert_near(what: &str, got: f64, expected: f64, tolerance: f64) {
    let error = (got - expected).abs() / expected.abs().max(1.0);
    assert!(error <= tolerance, "{what}: {got}, expected {expected}");
}
