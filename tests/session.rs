//! The session, driven by messages alone, as the page drives it.

#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

mod common;

use std::cell::Cell;

use common::sessions::{self, batches, blocks, fingerprint, rest};
use digit_lab::data::DataSet;
use digit_lab::io::safetensors::{self, Facts};
use digit_lab::nn::Sequential;
use digit_lab::protocol::{
    Answering, Command, DataFacts, Drawing, Event, FailureKind, PredictInput, Prediction, RunId, RunState,
};
use digit_lab::random::{Stream, generator};
use digit_lab::session::Session;
use digit_lab::spec::{Activation, DataSource, LayerSpec, ModelSpec, OptimizerSpec, TrainConfig};

thread_local! {
    static NOW: Cell<f64> = const { Cell::new(0.0) };
}

/// A clock of each test's own that goes on by a millisecond at every look.
fn clock() -> f64 {
    NOW.set(NOW.get() + 1.0);
    NOW.get()
}

fn data() -> DataSet {
    DataSet {
        train: blocks(100, 10),
        test: blocks(450, 10),
    }
}

fn model() -> ModelSpec {
    ModelSpec {
        input_shape: vec![28, 28, 1],
        layers: vec![
            LayerSpec::conv2d(3, 3, Activation::Relu),
            LayerSpec::max_pooling2d(2),
            LayerSpec::Flatten,
            LayerSpec::dense(10, Activation::Softmax),
        ],
    }
}

fn config() -> TrainConfig {
    TrainConfig {
        epochs: 2,
        batch_size: 32,
        learning_rate: 0.01,
        optimizer: OptimizerSpec::ADAM,
        ..TrainConfig::default()
    }
}

fn reset(run: RunId) -> Command {
    sessions::reset(run, &model(), &config())
}

/// A session with data and run 1.
fn ready() -> Session {
    let mut session = Session::new(clock);
    session.provide_data(DataSource::Mnist, data());
    session.handle(reset(1));
    session
}

fn run_until_evaluated(session: &mut Session) -> Vec<Event> {
    let mut events = vec![];
    while !events.iter().any(|event| matches!(event, Event::Evaluated { .. })) {
        events.extend(session.tick());
    }
    events
}

fn states(events: &[Event]) -> Vec<RunState> {
    let state = |event: &Event| match event {
        Event::State { state, .. } => Some(*state),
        _ => None,
    };
    events.iter().filter_map(state).collect()
}

fn failure(events: &[Event]) -> (FailureKind, &str) {
    match events {
        [Event::Failed(failure)] => (failure.kind, &failure.message),
        other => panic!("expected one failure, got {other:?}"),
    }
}

fn predict(session: &mut Session, input: PredictInput) -> Prediction {
    match session.handle(Command::Predict { request: 5, input }).as_slice() {
        [Event::Prediction(prediction)] => (**prediction).clone(),
        other => panic!("expected a prediction, got {other:?}"),
    }
}

fn stroke() -> Drawing {
    Drawing {
        strokes: vec![vec![[0.3, 0.2], [0.6, 0.5], [0.4, 0.8]]],
    }
}

fn pretrained() -> Vec<u8> {
    let facts = Facts {
        model: model(),
        config: config(),
        global_step: 0,
        test: None,
        weights_hash: String::new(),
    };
    let weights = Sequential::build(&model(), &mut generator(99, Stream::Weights)).unwrap();
    safetensors::save(&weights, &facts)
}

#[test]
fn a_run_goes_from_reset_to_finished() {
    let mut session = ready();
    assert_eq!(states(&session.handle(Command::Train)), [RunState::Training]);
    let events = rest(&mut session);

    let reports = batches(&events);
    assert_eq!(reports.len(), 8, "two epochs of 32 + 32 + 32 + 4 images");
    assert_eq!(
        reports.iter().map(|r| r.images).collect::<Vec<_>>(),
        [32, 32, 32, 4, 32, 32, 32, 4]
    );
    assert_eq!(
        reports.iter().map(|r| r.global_step).collect::<Vec<_>>(),
        (1..=8).collect::<Vec<_>>()
    );
    assert_eq!(
        reports.iter().map(|r| r.epoch).collect::<Vec<_>>(),
        [0, 0, 0, 0, 1, 1, 1, 1]
    );

    let epochs: Vec<_> = events
        .iter()
        .filter_map(|e| {
            if let Event::Epoch { report, .. } = e {
                Some(report)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(epochs.len(), 2);
    assert!(epochs[1].validation.loss < epochs[0].validation.loss);
    let dead = epochs[1].dead_units.expect("the convolution has ReLU");
    assert!([0.0, 1.0 / 3.0, 2.0 / 3.0].contains(&dead), "{dead}");
    assert!(
        reports
            .iter()
            .all(|r| r.learning_rate == 0.01 && r.gradient_norm > 0.0 && r.weight_norm > 0.0)
    );
    assert_eq!(states(&events), [RunState::Finished]);
    let tested = events.iter().find_map(|e| {
        if let Event::Evaluated { metrics, .. } = e {
            Some(*metrics)
        } else {
            None
        }
    });
    assert_eq!(tested, Some(epochs[1].validation));
    assert_eq!(failure(&session.handle(Command::Train)).0, FailureKind::Request);
}

#[test]
fn time_counts_only_while_training() {
    let mut session = ready();
    session.handle(Command::Step);
    let seconds = |events: &[Event]| {
        events.iter().find_map(|e| {
            if let Event::Batch { elapsed_seconds, .. } = e {
                Some(*elapsed_seconds)
            } else {
                None
            }
        })
    };
    assert_eq!(seconds(&rest(&mut session)), Some(0.001));
    for _ in 0..100 {
        clock();
    }
    session.handle(Command::Step);
    let second = seconds(&rest(&mut session)).unwrap();
    assert!(
        second < 0.05,
        "other tests look at this clock too, a pause of 0.1 s would still show: {second}"
    );
}

#[test]
fn pausing_and_resuming_gives_the_same_bits_as_training_through() {
    let mut through = ready();
    through.handle(Command::Train);
    let expected = fingerprint(&rest(&mut through));

    let mut paused = ready();
    let mut events = vec![];
    loop {
        paused.handle(Command::Train);
        events.extend(paused.tick());
        events.extend(paused.handle(Command::Pause));
        if states(&events).contains(&RunState::Finished) {
            break;
        }
    }
    assert_eq!(fingerprint(&events), expected);
}

#[test]
fn steps_train_one_batch_each_and_validate_at_the_epochs_end() {
    let mut session = ready();
    for step in 1..=4 {
        session.handle(Command::Step);
        let events = rest(&mut session);
        assert_eq!(batches(&events).len(), 1);
        assert_eq!(states(&events), [RunState::Paused]);
        assert_eq!(events.iter().any(|e| matches!(e, Event::Epoch { .. })), step == 4);
    }
}

#[test]
fn reset_gives_the_seeds_first_weights_again() {
    let mut session = Session::new(clock);
    session.provide_data(DataSource::Mnist, data());
    let first = fingerprint(&session.handle(reset(1)));
    session.handle(Command::Step);
    assert_ne!(fingerprint(&rest(&mut session)), first);
    let events = session.handle(reset(2));
    assert_eq!(fingerprint(&events), first);
    assert_eq!(states(&events), [RunState::Idle]);

    let other = Command::Reset {
        run: 3,
        model: model(),
        config: TrainConfig { seed: 2, ..config() },
    };
    assert_ne!(fingerprint(&session.handle(other)), first);
}

#[test]
fn training_waits_for_the_data() {
    let mut session = Session::new(clock);
    assert!(session.needs_data(DataSource::Mnist));
    session.handle(reset(1));
    assert_eq!(states(&session.handle(Command::Train)), [RunState::Loading]);
    assert!(!session.is_busy());
    let events = session.provide_data(DataSource::Mnist, data());
    assert!(matches!(
        &events[0],
        Event::DataReady(DataFacts {
            train: 100,
            test: 450,
            ..
        })
    ));
    assert_eq!(states(&events), [RunState::Training]);
    assert!(session.is_busy());
}

#[test]
fn a_pause_while_loading_holds() {
    let mut session = Session::new(clock);
    session.handle(reset(1));
    session.handle(Command::Train);
    session.handle(Command::Pause);
    session.provide_data(DataSource::Mnist, data());
    assert!(!session.is_busy());
}

#[test]
fn settings_that_cannot_be_used_leave_the_run_as_it_was() {
    let mut session = ready();
    session.handle(Command::Step);
    let before = fingerprint(&rest(&mut session));
    let bad = Command::Reset {
        run: 2,
        model: model(),
        config: TrainConfig {
            batch_size: 0,
            ..config()
        },
    };
    let events = session.handle(bad);
    let (kind, message) = failure(&events);
    assert_eq!(kind, FailureKind::Settings);
    assert!(
        message.contains("batch_size must be from 1 to 1024, got 0"),
        "{message}"
    );
    session.handle(Command::Train);
    assert_eq!(fingerprint(&session.handle(Command::Pause)), before);
}

#[test]
fn a_run_that_becomes_non_finite_stops_with_its_last_finite_weights() {
    let mut session = ready();
    // Every step makes the weights nine times as large.
    let config = TrainConfig {
        learning_rate: 10.0,
        weight_decay: Some(1.0),
        optimizer: OptimizerSpec::SGD,
        epochs: 20,
        ..config()
    };
    let mut before = fingerprint(&session.handle(sessions::reset(2, &model(), &config)));
    let mut steps = 0;
    let last = loop {
        let events = sessions::run(&mut session, Command::Step);
        if batches(&events).is_empty() {
            break events;
        }
        assert!(
            batches(&events)
                .iter()
                .all(|r| r.batch.loss.is_finite() && r.running.loss.is_finite())
        );
        (before, steps) = (fingerprint(&events), steps + 1);
    };
    assert!((1..80).contains(&steps), "{steps} steps");
    assert_eq!(states(&last).last(), Some(&RunState::Failed));
    assert_eq!(fingerprint(&last), before);
    let reason = last.iter().find_map(|event| match event {
        Event::Failed(failure) if failure.kind == FailureKind::Run => Some(&failure.message),
        _ => None,
    });
    assert!(reason.is_some_and(|why| why.contains("is not finite")), "{last:?}");
    let input = PredictInput::TestImage(0);
    let events = session.handle(Command::Predict { request: 5, input });
    let (kind, message) = failure(&events);
    assert_eq!(kind, FailureKind::Request);
    assert!(message.contains("weights have become too large"), "{message}");
}

#[test]
fn an_output_that_is_not_finite_is_explained_and_never_shown() {
    let mut weights = Sequential::build(&model(), &mut generator(99, Stream::Weights)).unwrap();
    weights.params_mut().for_each(|param| param.value.fill(3e38));
    let facts = Facts {
        model: model(),
        config: config(),
        global_step: 0,
        test: None,
        weights_hash: String::new(),
    };
    let mut session = ready();
    session.provide_pretrained(&safetensors::save(&weights, &facts));
    let input = PredictInput::Drawing(stroke());
    let events = session.handle(Command::Predict { request: 5, input });
    let (kind, message) = failure(&events);
    assert_eq!(kind, FailureKind::Request);
    assert!(message.contains("is not finite"), "{message}");
}

#[test]
fn the_shipped_model_answers_until_training_starts() {
    let mut session = ready();
    assert!(matches!(
        session.provide_pretrained(&pretrained()).as_slice(),
        [Event::PretrainedReady]
    ));
    let before = predict(&mut session, PredictInput::Drawing(stroke()));
    assert_eq!((before.model, before.request), (Answering::Pretrained, 5));

    session.handle(Command::Train);
    session.tick();
    let during = predict(&mut session, PredictInput::Drawing(stroke()));
    assert_eq!(during.model, Answering::Run { run: 1, global_step: 1 });
    assert_eq!(during.image, before.image);
    assert_ne!(during.probabilities, before.probabilities);

    session.handle(reset(2));
    assert_eq!(
        predict(&mut session, PredictInput::Drawing(stroke())).model,
        Answering::Pretrained
    );
}

#[test]
fn an_answer_holds_every_layer() {
    let mut session = ready();
    let answer = predict(&mut session, PredictInput::TestImage(3));
    assert_eq!(answer.label, Some(1));
    let shapes: Vec<_> = answer.activations.iter().map(|a| a.shape.clone()).collect();
    assert_eq!(shapes, [vec![26, 26, 3], vec![13, 13, 3], vec![507], vec![10]]);
    assert!(
        answer
            .activations
            .iter()
            .all(|a| a.data.len() == a.shape.iter().product::<usize>())
    );
    assert_eq!(answer.activations[3].data, answer.probabilities);
    assert!((answer.probabilities.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    assert_eq!(answer.layers.len(), 4);
}

#[test]
fn a_blank_pad_has_no_answer() {
    let mut session = ready();
    let answer = predict(&mut session, PredictInput::Drawing(Drawing::default()));
    assert_eq!(answer.digit(), None);
    assert!(answer.activations.is_empty());
    assert!(answer.image.data.iter().all(|&pixel| pixel == 0.0));
}

#[test]
fn predicting_does_not_change_the_run() {
    let mut quiet = ready();
    quiet.handle(Command::Train);
    let expected = fingerprint(&rest(&mut quiet));

    let mut asked = ready();
    asked.handle(Command::Train);
    let mut events = vec![];
    while asked.is_busy() {
        predict(&mut asked, PredictInput::Drawing(stroke()));
        events.extend(asked.tick());
        asked.handle(Command::Evaluate);
        events.extend(run_until_evaluated(&mut asked));
    }
    assert_eq!(fingerprint(&events), expected);
}

#[test]
fn evaluation_on_demand_tells_its_progress_and_its_result() {
    let mut session = ready();
    assert!(session.handle(Command::Evaluate).is_empty());
    let events = rest(&mut session);
    let progress: Vec<_> = events
        .iter()
        .filter_map(|e| {
            if let Event::EvaluationProgress { done, .. } = e {
                Some(*done)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(progress, [200, 400]);
    assert!(matches!(events.last(), Some(Event::Evaluated { run: 1, .. })));
}

#[test]
fn requests_that_make_no_sense_are_explained() {
    let mut session = Session::new(clock);
    for command in [
        Command::Train,
        Command::Evaluate,
        Command::Predict {
            request: 1,
            input: PredictInput::Drawing(stroke()),
        },
        Command::Predict {
            request: 1,
            input: PredictInput::TestImage(0),
        },
    ] {
        assert_eq!(failure(&session.handle(command)).0, FailureKind::Request);
    }
    assert!(session.handle(Command::Pause).is_empty());
    assert!(
        session
            .handle(Command::LoadData {
                source: DataSource::Mnist
            })
            .is_empty()
    );

    let mut session = ready();
    let events = session.handle(Command::Predict {
        request: 1,
        input: PredictInput::TestImage(450),
    });
    assert_eq!(failure(&events).1, "There is no test image 450: there are 450.");
    assert_eq!(
        failure(&session.provide_pretrained(b"no model")).0,
        FailureKind::Pretrained
    );
    assert!(matches!(
        session.handle(Command::LoadData {
            source: DataSource::Mnist
        })[0],
        Event::DataReady(_)
    ));
    assert!(matches!(
        session.handle(Command::Ping { nonce: 9 })[0],
        Event::Pong { nonce: 9 }
    ));
}
