//! What is seen inside a network, driven by messages alone: explained numbers add up to what the engine gave, a look into
//! a layer finds its own numbers, and moments of a run answer as the run did. None of it changes a run.

mod common;

use common::played::{self, clock, play};
use digit_lab::{
    data::{DataSet, ImageSet},
    protocol::{
        Account, Answering, Command, Ending, Event, Explanation, Histogram, InsideCommand, InsideEvent, Inspection,
        PredictInput, Prediction, Tensor, Window,
    },
    session::Session,
    spec::{
        Activation, DataSource, LayerSpec, ModelSpec, Padding, TrainConfig,
        layers::{
            ActivationLayer, AveragePooling2D, BatchNormalization, Conv2D, DepthwiseConv2D, MaxPooling2D, ZeroPadding2D,
        },
    },
    train::Trainer,
};

const IMAGE: PredictInput = PredictInput::TestImage(3);

fn images(count: usize) -> ImageSet {
    let pixel = |i: usize| (i * 37 % 101 * (i * 11 % 7)) as u8;
    ImageSet {
        images: (0..count * 64).map(pixel).collect(),
        labels: (0..count).map(|i| (i % 3) as u8).collect(),
        image_shape: [8, 8],
    }
}

fn data() -> DataSet {
    DataSet {
        train: images(90),
        test: images(40),
    }
}

fn model(mut layers: Vec<LayerSpec>) -> ModelSpec {
    layers.extend([LayerSpec::Flatten, LayerSpec::dense(3, Activation::Softmax)]);
    ModelSpec {
        input_shape: vec![8, 8, 1],
        layers,
    }
}

fn small() -> ModelSpec {
    model(vec![
        LayerSpec::conv2d(4, 3, Activation::Relu),
        LayerSpec::max_pooling2d(2),
    ])
}

fn config() -> TrainConfig {
    TrainConfig {
        epochs: 3,
        batch_size: 20,
        ..TrainConfig::default()
    }
}

fn session(model: ModelSpec, config: TrainConfig) -> Session {
    let mut session = Session::new(clock);
    session.provide_data(DataSource::Mnist, data());
    session.handle(Command::Reset { run: 1, model, config });
    session
}

/// Trains so many steps.
fn trained(session: &mut Session, steps: usize) -> Vec<Event> {
    let mut events = vec![];
    for _ in 0..steps {
        events.extend(session.handle(Command::Step));
        while session.is_busy() {
            events.extend(session.tick());
        }
    }
    events
}

fn predict(session: &mut Session) -> Prediction {
    let input = IMAGE;
    match session.handle(Command::Predict { request: 1, input }).remove(0) {
        Event::Prediction(prediction) => *prediction,
        other => panic!("{other:?}"),
    }
}

fn explain(session: &mut Session, layer: usize, at: [usize; 3], channel: Option<usize>) -> Explanation {
    let command = InsideCommand::Explain {
        request: 7,
        input: IMAGE,
        layer,
        at,
        channel,
    };
    match session.handle(Command::Inside(command)).remove(0) {
        Event::Inside(InsideEvent::Explained(explanation)) => *explanation,
        other => panic!("{other:?}"),
    }
}

fn inspected(events: &[Event]) -> Option<&Inspection> {
    events.iter().find_map(|event| match event {
        Event::Inside(InsideEvent::Inspected(inspection)) => Some(&**inspection),
        _ => None,
    })
}

fn inspect(session: &mut Session, layer: usize) -> Inspection {
    let events = session.handle(Command::Inside(InsideCommand::Inspect { request: 2, layer }));
    inspected(&events).expect("nothing is under way").clone()
}

fn recall(session: &mut Session, global_step: Option<usize>) -> Event {
    session
        .handle(Command::Inside(InsideCommand::Recall { global_step }))
        .remove(0)
}

fn index(shape: &[usize], [row, column, channel]: [usize; 3]) -> usize {
    match *shape {
        [_, width, channels] => (row * width + column) * channels + channel,
        _ => channel,
    }
}

/// As far as `f32` can be right about a sum of numbers of that size.
fn near(a: f64, b: f64, size: f64) -> bool {
    (a - b).abs() <= 2e-6 * (1.0 + size)
}

fn window_is_of(window: &Window, input: &Tensor) {
    let [height, width, _] = input.shape[..] else {
        panic!("an image")
    };
    for (tap, value) in window.values.iter().enumerate() {
        let taps = [tap / window.size[1], tap % window.size[1]];
        let [y, x] = [0, 1].map(|i| window.first[i] + (taps[i] * window.dilation[i]) as i32);
        let inside = y >= 0 && x >= 0 && (y as usize) < height && (x as usize) < width;
        let there = inside.then(|| input.data[index(&input.shape, [y as usize, x as usize, window.channel])]);
        assert_eq!(*value, there);
    }
}

fn ends_in(ending: &Ending, sum: f64, size: f64) {
    assert!(near(ending.sum, sum, size), "{ending:?} is not the sum {sum}");
}

/// That the account adds up by itself and to what the engine gave.
fn adds_up(explanation: &Explanation, input: &Tensor) {
    let (result, size) = match &explanation.account {
        Account::Convolution {
            channels,
            window,
            kernel,
            ending,
        } => {
            window_is_of(window, input);
            let pairs = window.values.iter().zip(kernel);
            let products = pairs.filter_map(|(value, weight)| Some(f64::from((*value)?) * f64::from(*weight)));
            let own = channels
                .iter()
                .find(|(channel, _)| *channel == window.channel)
                .unwrap()
                .1;
            assert!(near(products.sum(), own, 1.0));
            assert!(channels.windows(2).all(|pair| pair[0].1.abs() >= pair[1].1.abs()));
            let size = channels.iter().map(|(_, sum)| sum.abs()).sum();
            ends_in(ending, channels.iter().map(|(_, sum)| sum).sum(), size);
            (ending.result, size)
        }
        Account::Dense {
            terms,
            count,
            others,
            ending,
        } => {
            assert_eq!(*count, input.data.len());
            assert!(terms.iter().all(|term| input.data[term.index] == term.input));
            let size = terms.iter().map(|term| term.product().abs()).sum::<f64>() + others.abs();
            ends_in(
                ending,
                terms.iter().map(|term| term.product()).sum::<f64>() + others,
                size,
            );
            (ending.result, size)
        }
        Account::Pool { mean, window, result } => {
            window_is_of(window, input);
            let inside: Vec<f64> = window.values.iter().flatten().map(|&value| value.into()).collect();
            let expected = match mean {
                true => inside.iter().sum::<f64>() / inside.len() as f64,
                false => inside.iter().copied().reduce(f64::max).unwrap(),
            };
            assert!(near(*result, expected, 1.0));
            (*result, result.abs())
        }
        Account::Function { input, result, .. } => (*result, f64::from(input.abs())),
        Account::Same { from } => {
            let index = match input.shape.len() {
                3 => index(&input.shape, *from),
                _ => from[2],
            };
            (input.data[index].into(), 0.0)
        }
        Account::Border => (0.0, 0.0),
        Account::Whole => return,
    };
    assert!(near(result, explanation.output.into(), size), "{explanation:?}");
}

#[test]
fn every_explained_number_adds_up_to_what_the_engine_gave() {
    let conv = |filters, kernel_size, strides, padding, dilation_rate, activation| {
        LayerSpec::from(Conv2D {
            filters,
            kernel_size,
            strides,
            padding,
            dilation_rate,
            activation,
            ..Conv2D::default()
        })
    };
    let depthwise = |padding, depth_multiplier| {
        LayerSpec::from(DepthwiseConv2D {
            padding,
            depth_multiplier,
            activation: Activation::Tanh,
            ..DepthwiseConv2D::default()
        })
    };
    let mean = LayerSpec::from(AveragePooling2D {
        pool_size: [3, 2],
        strides: Some([1, 2]),
        padding: Padding::Same,
    });
    let max = LayerSpec::from(MaxPooling2D {
        pool_size: [2, 3],
        strides: Some([2, 1]),
        padding: Padding::Same,
    });
    let (valid, same) = (Padding::Valid, Padding::Same);
    let models = [
        small(),
        model(vec![
            conv(3, [3, 2], [2, 1], same, [1, 1], Activation::Gelu),
            conv(4, [2, 3], [1, 1], valid, [2, 1], Activation::LeakyRelu),
            LayerSpec::dropout(0.5),
        ]),
        model(vec![
            conv(3, [3, 3], [1, 1], same, [2, 2], Activation::Sigmoid),
            depthwise(same, 2),
            LayerSpec::from(ZeroPadding2D {
                padding: [[1, 0], [2, 3]],
            }),
            mean,
            LayerSpec::GlobalAveragePooling2D,
        ]),
        model(vec![
            depthwise(valid, 3),
            max,
            LayerSpec::from(ActivationLayer {
                activation: Activation::Silu,
            }),
            LayerSpec::Flatten,
            LayerSpec::dense(20, Activation::Elu),
        ]),
    ];
    for model in models {
        let mut session = session(model.clone(), config());
        // Biases are 0 at first, and then hide what is wrong with them.
        trained(&mut session, 3);
        let Prediction { image, activations, .. } = predict(&mut session);
        for (layer, output) in activations.iter().enumerate() {
            let input = layer.checked_sub(1).map_or(&image, |before| &activations[before]);
            for number in 0..output.data.len() {
                let at = match output.shape[..] {
                    [_, width, channels] => [number / channels / width, number / channels % width, number % channels],
                    _ => [0, 0, number],
                };
                let explanation = explain(&mut session, layer, at, None);
                assert_eq!(explanation.output, output.data[number]);
                assert!(
                    explanation.account != Account::Whole,
                    "{:?} is not explained",
                    model.layers[layer]
                );
                adds_up(&explanation, input);
            }
        }
    }
}

#[test]
fn what_is_not_taken_apart_says_so() {
    let layers = vec![LayerSpec::from(BatchNormalization::default())];
    let mut session = session(model(layers), config());
    assert_eq!(explain(&mut session, 0, [1, 1, 0], None).account, Account::Whole);
}

#[test]
fn the_window_of_any_input_channel_can_be_asked_for() {
    let layers = vec![
        LayerSpec::conv2d(4, 3, Activation::Relu),
        LayerSpec::conv2d(2, 3, Activation::Relu),
    ];
    let mut session = session(model(layers), config());
    for channel in 0..4 {
        let explanation = explain(&mut session, 1, [1, 2, 1], Some(channel));
        let Account::Convolution { window, channels, .. } = explanation.account else {
            panic!()
        };
        assert_eq!((window.channel, channels.len()), (channel, 4));
    }
}

#[test]
fn what_is_not_there_is_refused_in_words() {
    let mut session = session(small(), config());
    for (layer, at) in [(9, [0, 0, 0]), (0, [6, 0, 0]), (0, [0, 0, 4]), (3, [0, 0, 3])] {
        let command = InsideCommand::Explain {
            request: 1,
            input: IMAGE,
            layer,
            at,
            channel: None,
        };
        let events = session.handle(Command::Inside(command));
        assert!(
            matches!(&events[..], [Event::Failed(failure)] if failure.message.starts_with("There is no")),
            "{events:?}"
        );
    }
}

#[test]
fn a_look_into_a_layer_finds_its_weights_and_how_its_numbers_are_spread() {
    let mut session = session(small(), config());
    let first = inspect(&mut session, 0);
    let roles: Vec<_> = first
        .tensors
        .iter()
        .map(|(role, tensor)| (&role[..], &tensor.shape[..]))
        .collect();
    assert_eq!(roles, [("weight", &[3, 3, 1, 4][..]), ("bias", &[4])]);
    assert_eq!(first.gradients, None, "no step yet");
    assert_eq!(first.images, 32);
    trained(&mut session, 2);
    let later = inspect(&mut session, 0);
    assert_ne!(first.tensors, later.tensors);
    let total = |histogram: &Option<Histogram>| histogram.as_ref().unwrap().counts.iter().sum::<u32>();
    assert_eq!([&later.weights, &later.gradients].map(total), [40, 40]);
    assert_eq!(total(&later.activations), 32 * 6 * 6 * 4);
    assert_eq!(later.dead.map(|(_, units)| units), Some(4));
    let pool = inspect(&mut session, 1);
    assert_eq!(
        (pool.tensors.len(), pool.weights, pool.gradients, pool.dead),
        (0, None, None, None)
    );
}

#[test]
fn dead_units_are_those_that_a_recount_finds() {
    // So large a learning rate kills units.
    let killing = TrainConfig {
        learning_rate: 0.3,
        ..config()
    };
    let mut session = session(small(), killing);
    trained(&mut session, 4);
    let mut alive = [false; 4];
    for image in 0..32 {
        let input = PredictInput::TestImage(image);
        let Event::Prediction(prediction) = session.handle(Command::Predict { request: 1, input }).remove(0) else {
            panic!("an answer")
        };
        let outputs = &prediction.activations[0].data;
        outputs
            .iter()
            .enumerate()
            .for_each(|(i, &output)| alive[i % 4] |= output > 0.0);
    }
    let dead = alive.iter().filter(|&&alive| !alive).count();
    assert!(dead > 0, "nothing died");
    assert_eq!(inspect(&mut session, 0).dead, Some((dead, 4)));
}

#[test]
fn a_histogram_counts_what_is_finite() {
    let histogram = Histogram::of(&[0.0, 1.0, 4.0, f32::NAN, f32::INFINITY]).unwrap();
    assert_eq!((histogram.low, histogram.high), (0.0, 4.0));
    assert_eq!(
        (histogram.counts[0], histogram.counts[12], histogram.counts[47]),
        (1, 1, 1)
    );
    assert_eq!(histogram.zeros, 1.0 / 3.0);
    assert!((histogram.mean - 5.0 / 3.0).abs() < 1e-6);
    assert_eq!(Histogram::of(&[2.5; 7]).unwrap().counts[0], 7);
    assert_eq!(Histogram::of(&[f32::NAN]), None);
}

#[test]
fn with_a_team_the_gradient_is_that_of_the_whole_step() {
    let gradients = |workers: usize| {
        let (mut session, team) = played::session(workers, data());
        session.handle(Command::Reset {
            run: 1,
            model: small(),
            config: config(),
        });
        session.handle(Command::Step);
        // The session's own part of the step is done, the others' is not.
        session.tick();
        let mut events = session.handle(Command::Inside(InsideCommand::Inspect { request: 1, layer: 0 }));
        assert_eq!(inspected(&events).is_some(), workers == 1, "{events:?}");
        events.extend(play(&mut session, &team, 5));
        inspected(&events).unwrap().gradients.clone()
    };
    assert!(gradients(1).is_some());
    assert_eq!(gradients(1), gradients(4));
}

#[test]
fn a_recalled_moment_answers_as_the_run_did_and_now_is_untouched() {
    let mut session = session(small(), config());
    let (mut answers, mut weights) = (vec![], vec![]);
    for _ in 0..7 {
        trained(&mut session, 1);
        answers.push(predict(&mut session));
        weights.push([0, 3].map(|layer| inspect(&mut session, layer).tensors));
    }
    assert!(
        weights.windows(2).all(|two| two[0] != two[1]),
        "every step changes them"
    );
    let now = inspect(&mut session, 0);
    for (i, then) in answers.iter().enumerate() {
        let step = i + 1;
        let told = recall(&mut session, Some(step));
        assert_eq!(
            told,
            Event::Inside(InsideEvent::Recalled {
                global_step: Some(step)
            })
        );
        assert_eq!(predict(&mut session), *then);
        assert_eq!([0, 3].map(|layer| inspect(&mut session, layer).tensors), weights[i]);
        assert_eq!(inspect(&mut session, 0).gradients, None, "what was has no gradient");
    }
    let nearest = recall(&mut session, Some(1000));
    assert_eq!(nearest, Event::Inside(InsideEvent::Recalled { global_step: Some(7) }));
    recall(&mut session, None);
    assert_eq!(predict(&mut session), answers[6]);
    assert_eq!(inspect(&mut session, 0), now);
}

#[test]
fn with_averaged_weights_a_moment_has_those_that_answer() {
    let config = TrainConfig {
        weight_averaging: Some(0.9),
        ..config()
    };
    let mut session = session(small(), config);
    trained(&mut session, 2);
    let then = predict(&mut session);
    trained(&mut session, 2);
    recall(&mut session, Some(2));
    assert_eq!(predict(&mut session), then);
}

#[test]
fn looking_changes_no_bit_of_a_run() {
    let mut trainer = Trainer::new(&small(), &config()).unwrap();
    while !trainer.is_finished() {
        trainer.train_batch(&data().train).unwrap();
    }
    let mut session = session(small(), config());
    session.handle(Command::Train);
    let mut events = vec![];
    for turn in 0.. {
        if !session.is_busy() {
            break;
        }
        events.extend(session.tick());
        inspect(&mut session, turn % 4);
        recall(&mut session, (turn % 3 == 0).then_some(turn / 2));
        explain(&mut session, 0, [1, 1, 1], None);
    }
    let hash = events.iter().rev().find_map(|event| match event {
        Event::Epoch { weights_hash, .. } => Some(weights_hash.clone()),
        _ => None,
    });
    assert_eq!(hash, Some(trainer.model().weights_hash()));
    let moments = events.iter().filter_map(|event| match event {
        Event::Inside(InsideEvent::Moments { steps, bytes, .. }) => Some((steps.len(), *bytes)),
        _ => None,
    });
    let kept: Vec<_> = moments.collect();
    let size = trainer.model().param_count() * 4;
    assert!(!kept.is_empty() && kept.iter().all(|(count, bytes)| *count <= 32 && *bytes == count * size));
}

#[test]
fn a_new_run_starts_with_moments_of_its_own() {
    let mut session = session(small(), config());
    trained(&mut session, 3);
    recall(&mut session, Some(1));
    let events = session.handle(Command::Reset {
        run: 2,
        model: small(),
        config: config(),
    });
    let moments = events
        .iter()
        .any(|event| matches!(event, Event::Inside(InsideEvent::Moments { run: 2, steps, .. }) if steps == &[0]));
    assert!(moments, "{events:?}");
    assert_eq!(predict(&mut session).model, Answering::Run { run: 2, global_step: 0 });
}
