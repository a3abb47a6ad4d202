//! A session that trains with replicas, played in one thread: every message is delivered, late or not at all.

mod common;

use common::{
    models::pooled,
    played::{self, Played, play},
    sessions::rows,
};
use digit_lab::{
    data::DataSet,
    protocol::{Command, Event, FailureKind, RunState},
    session::Session,
    spec::{
        Activation, Augmentation, Clipping, DataRecipe, Decay, EarlyStopping, LayerSpec, OptimizerSpec, Schedule,
        TrainConfig,
    },
    team::members,
};

fn config() -> TrainConfig {
    TrainConfig {
        epochs: 2,
        batch_size: 20,
        learning_rate: 0.01,
        ..TrainConfig::default()
    }
}

fn reset(run: u32, learning_rate: f32) -> Command {
    Command::Reset {
        run,
        model: pooled(),
        config: TrainConfig {
            learning_rate,
            ..config()
        },
    }
}

/// A session with so many members, data and a run.
fn session(count: usize) -> (Session, Played) {
    session_with(count, [90, 30])
}

/// As [`session`], with so many training and test images.
fn session_with(count: usize, [train, test]: [usize; 2]) -> (Session, Played) {
    let data = DataSet {
        train: rows(train),
        test: rows(test),
    };
    let (mut session, team) = played::session(count, data);
    session.handle(reset(1, 0.01));
    (session, team)
}

/// Every loss, and the fingerprints of the weights.
fn course(events: &[Event]) -> (Vec<u32>, Vec<String>) {
    let losses = events.iter().filter_map(|event| match event {
        Event::Batch { report, .. } => Some(report.batch.loss.to_bits()),
        _ => None,
    });
    let hashes = events.iter().filter_map(|event| match event {
        Event::Epoch { weights_hash, .. } => Some(weights_hash.clone()),
        _ => None,
    });
    (losses.collect(), hashes.collect())
}

fn alone() -> (Vec<u32>, Vec<String>) {
    let (mut session, team) = session(1);
    session.handle(Command::Train);
    let course = course(&play(&mut session, &team, 0));
    assert_eq!((course.0.len(), course.1.len()), (10, 2));
    course
}

#[test]
fn workers_are_a_power_of_two() {
    let of = |cores: [usize; 8]| cores.map(members);
    assert_eq!(of([0, 1, 2, 3, 4, 7, 8, 64]), [1, 1, 2, 2, 4, 4, 8, 8]);
}

#[test]
fn any_number_of_workers_gives_the_same_bits_in_whatever_order_messages_come() {
    let expected = alone();
    for count in [2, 4, 8] {
        for seed in 0..20 {
            let (mut session, team) = session(count);
            session.handle(Command::Train);
            let events = play(&mut session, &team, seed);
            assert_eq!(course(&events), expected, "{count} workers, order {seed}");
            assert!(events.contains(&Event::Workers { count }));
        }
    }
}

#[test]
fn every_part_of_a_recipe_gives_the_same_bits_with_any_number_of_workers() {
    let config = TrainConfig {
        schedule: Schedule {
            warmup_steps: 2,
            decay: Decay::ONE_CYCLE,
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
        clipping: Clipping::Norm(0.3),
        ..config()
    };
    let run = |count| {
        let (mut session, team) = session(count);
        let (model, config) = (pooled(), config.clone());
        session.handle(Command::Reset { run: 2, model, config });
        session.handle(Command::Train);
        let events = [(); 5].map(|()| session.tick()).concat();
        // Some join, or leave, after the first steps.
        session.handle(Command::Workers { count: 9 - count });
        course(&[events, play(&mut session, &team, count)].concat())
    };
    let expected = run(1);
    assert_eq!((expected.0.len(), expected.1.len()), (10, 2));
    assert_ne!(expected.0[5..], alone().0[5..]);
    for count in [2, 4, 8] {
        assert_eq!(run(count), expected, "{count} workers");
    }
}

#[test]
fn a_batch_smaller_than_the_team_is_bent_like_any_other() {
    let run = |count| {
        let (mut session, team) = session(count);
        let mut config = TrainConfig {
            batch_size: 16,
            ..config()
        };
        config.augmentation.shift = 1.0;
        // The last batch of an epoch has one image.
        config.data.limit = Some(33);
        session.handle(Command::Reset {
            run: 2,
            model: pooled(),
            config,
        });
        session.handle(Command::Train);
        course(&play(&mut session, &team, 1))
    };
    let expected = run(1);
    assert_eq!((expected.0.len(), expected.1.len()), (6, 2));
    for count in [2, 4, 8] {
        assert_eq!(run(count), expected, "{count} workers");
    }
}

#[test]
fn a_pause_and_a_change_of_workers_change_no_bit() {
    let expected = alone();
    let (mut session, team) = session(4);
    let mut events = vec![];
    session.handle(Command::Train);
    for (turn, count) in [2, 8, 1, 4].into_iter().enumerate() {
        for draw in 0..9 {
            events.extend(session.tick());
            team.deliver(&mut session, draw + turn);
        }
        events.extend(session.handle(Command::Pause));
        events.extend(session.handle(Command::Workers { count }));
        events.extend(session.handle(Command::Train));
    }
    events.extend(play(&mut session, &team, 3));
    assert_eq!(course(&events), expected);
}

#[test]
fn a_new_run_is_not_confused_by_what_was_on_its_way() {
    let (mut session, team) = session(4);
    session.handle(reset(1, 0.5));
    session.handle(Command::Train);
    (0..7).for_each(|draw| {
        session.tick();
        team.deliver(&mut session, draw);
    });
    session.handle(reset(2, 0.01));
    session.handle(Command::Train);
    assert_eq!(course(&play(&mut session, &team, 5)), alone());
}

#[test]
fn a_worker_that_ends_costs_nothing_but_its_step() {
    let expected = alone();
    for turns in 0..40 {
        let (mut session, team) = session(4);
        let mut events = session.handle(Command::Train);
        for draw in 0..turns {
            if session.is_busy() {
                events.extend(session.tick());
            }
            team.deliver(&mut session, draw);
        }
        let told = session.worker_ended("it ran out of memory");
        assert!(told.iter().any(|event| matches!(
            event,
            Event::Failed(failure) if failure.kind == FailureKind::Replica && failure.message.contains("ran out of memory")
        )));
        events.extend(play(&mut session, &team, turns));
        assert_eq!(course(&events), expected, "after {turns} messages");
        assert_eq!(team.0.borrow().restarts, 1);
    }
}

#[test]
fn a_silent_worker_is_noticed_by_the_pings_and_replaced() {
    let (mut session, team) = session(2);
    let mut events = session.handle(Command::Train);
    events.extend(session.tick());
    team.0.borrow_mut().orders.clear();
    assert!(!session.is_busy(), "it waits");
    let mut nonce = 0;
    while team.0.borrow().restarts == 0 {
        nonce += 1;
        assert!(nonce < 50, "it was never noticed");
        events.extend(session.handle(Command::Ping { nonce }));
    }
    events.extend(play(&mut session, &team, 1));
    assert_eq!(course(&events), alone());
    assert!(events.iter().any(|event| matches!(
        event,
        Event::State {
            state: RunState::Finished,
            ..
        }
    )));
}

#[test]
fn a_run_that_cannot_go_on_ends_the_same_way_with_a_team() {
    let run = |count| {
        let (mut session, team) = session(count);
        let config = TrainConfig {
            learning_rate: 10.0,
            optimizer: OptimizerSpec::SGD,
            epochs: 50,
            ..TrainConfig::default()
        };
        // No ReLU that could die before the numbers overflow.
        let mut model = pooled();
        model.layers[0] = LayerSpec::conv2d(4, 3, Activation::Linear);
        model.layers.insert(3, LayerSpec::dense(8, Activation::Linear));
        session.handle(Command::Reset { run: 1, model, config });
        session.handle(Command::Train);
        let events = play(&mut session, &team, 2);
        let failure = events.iter().find_map(|event| match event {
            Event::Failed(failure) => Some(failure.message.clone()),
            _ => None,
        });
        session.handle(reset(2, 0.01));
        session.handle(Command::Train);
        assert_eq!(course(&play(&mut session, &team, 2)), alone(), "the next run");
        (course(&events), failure)
    };
    let (course, failure) = run(1);
    assert!(
        failure.as_ref().is_some_and(|message| message.contains("not finite")),
        "{failure:?}"
    );
    assert_eq!(run(4), (course, failure));
}

/// What evaluations gave.
fn figures(events: &[Event]) -> Vec<Event> {
    let is_figure = |event: &&Event| {
        matches!(
            event,
            Event::Epoch { .. } | Event::Evaluated { .. } | Event::EarlyStopping { .. } | Event::Study(_)
        )
    };
    events.iter().filter(is_figure).cloned().collect()
}

/// Nine slices of test images, three that are held out.
const MANY: [usize; 2] = [1_500, 1_730];

fn held_out() -> TrainConfig {
    TrainConfig {
        validation_split: 0.4,
        weight_averaging: Some(0.9),
        early_stopping: Some(EarlyStopping {
            patience: 1,
            ..EarlyStopping::default()
        }),
        epochs: 9,
        // With labels that cannot be learned, the best weights are not the last, and no loss is 0.
        learning_rate: 0.1,
        data: DataRecipe {
            label_noise: 0.4,
            ..DataRecipe::default()
        },
        ..config()
    }
}

#[test]
fn figures_are_the_same_bits_whoever_measures() {
    let run = |count, seed, config: TrainConfig| {
        let (mut session, team) = session_with(count, MANY);
        session.handle(Command::Reset {
            run: 2,
            model: pooled(),
            config,
        });
        session.handle(Command::Train);
        let mut events = play(&mut session, &team, seed);
        events.extend(session.handle(Command::Evaluate));
        events.extend(play(&mut session, &team, seed + 1));
        let measured = team.0.borrow().heard;
        (figures(&events), measured)
    };
    for config in [config(), held_out()] {
        let (expected, none) = run(1, 0, config.clone());
        assert!(expected.len() >= 4 && none == 0, "{expected:?}");
        let restores = |event: &Event| matches!(event, Event::EarlyStopping { restored: true, .. });
        assert_eq!(
            expected.iter().any(restores),
            config.early_stopping.is_some(),
            "{expected:?}"
        );
        for count in [2, 4, 8] {
            for seed in 0..4 {
                let (figures, measured) = run(count, seed, config.clone());
                assert_eq!(figures, expected, "{count} workers, order {seed}");
                assert!(measured > 3, "the others measured {measured} slices");
            }
        }
    }
}

#[test]
fn a_pause_in_mid_step_and_a_worker_that_ends_leave_the_figures_as_they_are() {
    // As alone, the run is measured after so many steps.
    let measured = |count, turns, ends| {
        let (mut session, team) = session_with(count, MANY);
        session.handle(Command::Train);
        let mut events = vec![];
        for draw in 0..turns {
            events.extend(session.tick());
            team.deliver(&mut session, draw * 7 + 1);
        }
        events.extend(session.handle(Command::Pause));
        let step = events.iter().rev().find_map(|event| match event {
            Event::Batch { report, .. } => Some(report.global_step),
            _ => None,
        });
        events.extend(session.handle(Command::Evaluate));
        if ends {
            (0..4).for_each(|draw| {
                events.extend(session.tick());
                team.deliver(&mut session, draw);
            });
            events.extend(session.worker_ended("it ran out of memory"));
        }
        let events = play(&mut session, &team, turns);
        (step.unwrap_or(0), figures(&events))
    };
    let alone: Vec<_> = (0..40).map(|turns| measured(1, turns, false)).collect();
    for turns in 0..40 {
        for ends in [false, true] {
            let (step, figures) = measured(2, turns, ends);
            let expected = alone.iter().find(|(at, _)| *at == step).unwrap();
            assert_eq!(figures, expected.1, "after {turns} messages, step {step}, {ends}");
            assert_eq!(figures.len(), 2);
        }
    }
}
