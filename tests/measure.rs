//! Measurements, driven by messages alone: what they say, that they can be stopped, and that they leave the run alone.

mod common;

use common::played::{self, Played, clock, play};
use digit_lab::{
    data::{DataSet, ImageSet},
    protocol::{Command, Event, GradientError, Measurement, Part, Profile, ScalingPoint},
    session::Session,
    spec::{Activation, LayerSpec, ModelSpec, TrainConfig},
    team::Team,
};

const SCALING: Measurement = Measurement::Scaling { cores: 4 };
const ALL: [Measurement; 3] = [Measurement::Profile, SCALING, Measurement::Gradients];

fn images(count: usize) -> ImageSet {
    ImageSet {
        images: (0..count * 64).map(|i| (i * 37 % 256) as u8).collect(),
        labels: (0..count).map(|i| (i % 3) as u8).collect(),
        image_shape: [8, 8],
    }
}

fn model() -> ModelSpec {
    ModelSpec {
        input_shape: vec![8, 8, 1],
        layers: vec![
            LayerSpec::conv2d(4, 3, Activation::Relu),
            LayerSpec::max_pooling2d(2),
            LayerSpec::conv2d(5, 2, Activation::Relu),
            LayerSpec::Flatten,
            LayerSpec::dense(3, Activation::Softmax),
        ],
    }
}

fn reset(run: u32) -> Command {
    let config = TrainConfig {
        epochs: 3,
        batch_size: 20,
        ..TrainConfig::default()
    };
    Command::Reset {
        run,
        model: model(),
        config,
    }
}

fn session(count: usize) -> (Session, Played) {
    let data = DataSet {
        train: images(90),
        test: images(30),
    };
    let (mut session, team) = played::session(count, data);
    session.handle(reset(1));
    (session, team)
}

/// What a measurement says, from its start to its end.
fn measured(session: &mut Session, team: &Played, what: Measurement) -> Vec<Event> {
    let mut events = session.handle(Command::Measure(what));
    events.extend(play(session, team, 1));
    assert_eq!(ends(&events), 1, "{events:?}");
    let shares: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Measuring { share } => Some(*share),
            _ => None,
        })
        .collect();
    assert!(shares.is_sorted() && shares[0] == 0.0 && shares.len() > 2, "{shares:?}");
    assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
    events
}

fn ends(events: &[Event]) -> usize {
    events
        .iter()
        .filter(|event| matches!(event, Event::MeasurementEnded))
        .count()
}

fn refusal(events: &[Event]) -> &str {
    let found = events.iter().find_map(|event| match event {
        Event::Failed(failure) => Some(&*failure.message),
        _ => None,
    });
    found.expect("a refusal")
}

/// Losses and fingerprints of a run.
fn course(events: &[Event]) -> Vec<String> {
    let tell = |event: &Event| match event {
        Event::Batch { report, .. } => Some(report.batch.loss.to_bits().to_string()),
        Event::Epoch { weights_hash, .. } => Some(weights_hash.clone()),
        _ => None,
    };
    events.iter().filter_map(tell).collect()
}

fn profile(events: &[Event]) -> &Profile {
    let found = events.iter().find_map(|event| match event {
        Event::Profile(profile) => Some(&**profile),
        _ => None,
    });
    found.expect("a profile")
}

fn points(events: &[Event]) -> Vec<ScalingPoint> {
    let point = |event: &Event| match event {
        Event::Scaling(point) => Some(*point),
        _ => None,
    };
    events.iter().filter_map(point).collect()
}

fn gradients(events: &[Event]) -> &[GradientError] {
    let found = events.iter().find_map(|event| match event {
        Event::Gradients(errors) => Some(&errors[..]),
        _ => None,
    });
    found.expect("errors")
}

#[test]
fn a_profile_has_a_row_for_all_that_is_computed_together() {
    let (mut session, team) = session(1);
    let events = measured(&mut session, &team, Measurement::Profile);
    let profile = profile(&events);
    assert!(profile.peak_gflops > 0.0 && profile.peak_gflops.is_finite());
    assert!(profile.predict_ms > 0.0);
    assert_eq!(profile.batch, 64);
    let layers = |names: &[&str]| Part::Layers(names.iter().map(ToString::to_string).collect());
    let parts: Vec<_> = profile.rows.iter().map(|row| row.part.clone()).collect();
    let expected = [
        layers(&["conv2d", "max_pooling2d"]),
        layers(&["conv2d_1"]),
        layers(&["flatten"]),
        layers(&["dense"]),
        Part::Packing,
        Part::Loss,
        Part::Optimizer,
    ];
    assert_eq!(parts, expected);
    let flops: u64 = profile.rows.iter().map(|row| row.flops).sum();
    assert_eq!(flops, 64 * model().training_flops().unwrap());
    // The clock goes on at every look, and every part is looked at for every share.
    assert!(profile.rows.iter().all(|row| row.ms[0] > 0.0), "{:?}", profile.rows);
    assert!(profile.rows[..4].iter().all(|row| row.ms[1] > 0.0));
}

#[test]
fn every_number_of_workers_is_measured_and_then_they_are_as_before() {
    for before in [1, 4] {
        let (mut session, mut team) = session(before);
        session.handle(Command::Step);
        play(&mut session, &team, 1);
        let events = measured(&mut session, &team, SCALING);
        let points = points(&events);
        let workers: Vec<_> = points.iter().map(|point| point.workers).collect();
        assert_eq!(workers, [1, 2, 4]);
        assert!(points.iter().all(|point| point.images_per_second > 0.0));
        assert_eq!(team.size(), before);
        assert!(!events.iter().any(|event| matches!(event, Event::Workers { .. })));
        team.resize(1);
    }
}

#[test]
fn the_gradients_of_the_engine_are_right_before_and_after_training() {
    let (mut session, team) = session(1);
    for _ in 0..2 {
        let events = measured(&mut session, &team, Measurement::Gradients);
        let errors = gradients(&events);
        let layers: Vec<_> = errors.iter().map(|error| (error.layer, &*error.name)).collect();
        assert_eq!(layers, [(0, "conv2d"), (2, "conv2d_1"), (4, "dense")]);
        for error in errors {
            assert!(error.is_fine(), "{error:?}");
            assert!(error.samples >= 15 && error.single > 0.0, "{error:?}");
        }
        session.handle(Command::Train);
        play(&mut session, &team, 1);
    }
}

#[test]
fn an_error_beyond_a_limit_is_not_fine() {
    let error = |double, single| GradientError {
        layer: 0,
        name: String::new(),
        samples: 1,
        double,
        single,
    };
    assert!(error(1e-9, 1e-6).is_fine());
    assert!(!error(2e-5, 1e-6).is_fine());
    assert!(!error(1e-9, 2e-3).is_fine());
    assert!(!error(f64::INFINITY, 0.0).is_fine());
}

#[test]
fn no_measurement_changes_a_bit_of_the_run() {
    let expected = {
        let (mut session, team) = session(1);
        session.handle(Command::Train);
        course(&play(&mut session, &team, 0))
    };
    assert_eq!(expected.len(), 18);
    for (seed, what) in ALL.into_iter().enumerate() {
        for stop_after in [0, 7, 60, usize::MAX] {
            let (mut session, team) = session(4);
            let mut events = session.handle(Command::Train);
            // Into the middle of a step.
            for draw in 0..11 {
                events.extend(session.tick());
                team.deliver(&mut session, draw);
            }
            events.extend(session.handle(Command::Pause));
            let mut said = session.handle(Command::Measure(what));
            for turn in 0..stop_after {
                let delivered = team.deliver(&mut session, turn + seed);
                let busy = session.is_busy();
                said.extend(session.tick());
                if !busy && !delivered {
                    break;
                }
            }
            said.extend(session.handle(Command::StopMeasuring));
            assert_eq!(ends(&said), 1, "{what:?}");
            events.extend(session.handle(Command::Train));
            events.extend(play(&mut session, &team, seed));
            assert_eq!(course(&events), expected, "{what:?}, stopped after {stop_after} turns");
        }
    }
}

#[test]
fn what_the_user_does_goes_before_a_measurement() {
    for what in ALL {
        for command in [Command::Train, Command::Step, reset(2), Command::Workers { count: 2 }] {
            let (mut session, team) = session(2);
            session.handle(Command::Measure(what));
            session.tick();
            assert!(session.is_busy());
            let events = session.handle(command.clone());
            assert!(matches!(events[0], Event::MeasurementEnded), "{command:?}");
            assert_eq!(ends(&play(&mut session, &team, 3)), 0);
        }
    }
}

#[test]
fn a_measurement_that_makes_no_sense_now_is_refused_with_the_reason() {
    for what in ALL {
        let mut empty = Session::new(clock);
        let events = empty.handle(Command::Measure(what));
        assert!(refusal(&events).contains("still loading"));
        assert_eq!(ends(&events), 1);

        let (mut session, _) = session(1);
        session.handle(Command::Train);
        assert!(refusal(&session.handle(Command::Measure(what))).contains("Pause first"));
        session.handle(Command::Pause);

        let mut wide = model();
        wide.input_shape = vec![9, 9, 1];
        session.handle(Command::Reset {
            run: 2,
            model: wide,
            config: TrainConfig::default(),
        });
        assert!(refusal(&session.handle(Command::Measure(what))).contains("images of 9x9x1"));
        assert!(!session.is_busy());
    }
}

#[test]
fn workers_that_end_or_do_not_start_end_the_measurement_of_them() {
    let (mut session, team) = session(1);
    session.handle(Command::Measure(SCALING));
    while team.0.borrow().replicas.is_empty() {
        session.tick();
    }
    let events = session.worker_ended("it ran out of memory");
    assert_eq!(ends(&events), 1);
    assert!(refusal(&events).contains("The measurement was stopped"));
    assert!(!session.is_busy());

    session.handle(Command::Measure(SCALING));
    while session.is_busy() {
        session.tick();
    }
    team.0.borrow_mut().orders.clear();
    let ended = (0..500).find(|&nonce| ends(&session.handle(Command::Ping { nonce })) == 1);
    assert!(ended.is_some(), "a silent worker was never noticed");
}

#[test]
fn waiting_for_others_is_told_and_is_part_of_the_time() {
    let (mut session, team) = session(2);
    session.handle(Command::Train);
    let events = play(&mut session, &team, 5);
    let mut times = events.iter().filter_map(|event| match event {
        Event::Batch {
            elapsed_seconds,
            waited_seconds,
            ..
        } => Some((*elapsed_seconds, *waited_seconds)),
        _ => None,
    });
    let (elapsed, waited) = times.next_back().unwrap();
    assert!(0.0 < waited && waited < elapsed, "{waited} s of {elapsed} s");
}

#[test]
fn the_page_learns_of_the_memory_when_it_has_changed() {
    let (mut session, _) = session(1);
    let memory = |events: &[Event]| {
        events.iter().find_map(|event| match event {
            Event::Memory { bytes } => Some(bytes.clone()),
            _ => None,
        })
    };
    assert_eq!(memory(&session.handle(Command::Ping { nonce: 1 })), Some(vec![1000]));
    assert_eq!(memory(&session.handle(Command::Ping { nonce: 2 })), None);
    session.handle(Command::Workers { count: 2 });
    assert_eq!(
        memory(&session.handle(Command::Ping { nonce: 3 })),
        Some(vec![1000, 1001])
    );
}
