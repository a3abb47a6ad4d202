//! A run that is changed while it goes on: the learning rate, the batch size, and how far a step goes.

mod common;

use common::{
    models::small,
    played::{self, Played, play},
    sessions::{batches, rows},
};
use digit_lab::{
    data::DataSet,
    protocol::{Command, Event, FailureKind, RunState},
    session::Session,
    spec::{Change, Decay, LiveChange, Schedule, TrainConfig},
    train::Trainer,
};

fn config() -> TrainConfig {
    TrainConfig {
        epochs: 2,
        batch_size: 20,
        learning_rate: 0.01,
        schedule: Schedule {
            warmup_steps: 2,
            decay: Decay::Cosine { alpha: 0.1 },
        },
        ..TrainConfig::default()
    }
}

fn session(count: usize, config: TrainConfig) -> (Session, Played) {
    let data = DataSet {
        train: rows(90),
        test: rows(30),
    };
    let (mut session, team) = played::session(count, data);
    let model = small();
    session.handle(Command::Reset { run: 1, model, config });
    (session, team)
}

fn changes(events: &[Event]) -> Vec<LiveChange> {
    let change = |event: &Event| match event {
        Event::Changed { run: 1, change } => Some(*change),
        _ => None,
    };
    events.iter().filter_map(change).collect()
}

fn last_hash(events: &[Event]) -> String {
    let hash = |event: &Event| match event {
        Event::Epoch { weights_hash, .. } => Some(weights_hash.clone()),
        _ => None,
    };
    events.iter().rev().find_map(hash).expect("an epoch")
}

/// Trains until so many batches are done.
fn train_to(session: &mut Session, team: &Played, step: usize, seed: usize) -> Vec<Event> {
    let mut events = session.handle(Command::Train);
    for draw in seed.. {
        if batches(&events).last().is_some_and(|batch| batch.global_step == step) {
            break;
        }
        if session.is_busy() {
            events.extend(session.tick());
        } else {
            team.deliver(session, draw);
        }
    }
    events
}

/// What a run tells that is changed twice, by so many members: the first time with a step under way where that is asked
/// for, and none where the order of messages does not let it be.
fn changed(count: usize, seed: usize, under_way: bool) -> Option<Vec<Event>> {
    let (mut session, team) = session(count, config());
    let mut events = train_to(&mut session, &team, 2, seed);
    if under_way {
        session.is_busy().then(|| session.tick());
        session.awaits().filter(|(done, _)| *done == 2)?;
    }
    events.extend(session.handle(Command::Change(Change::LearningRate(0.05))));
    events.extend(train_to(&mut session, &team, 3, seed));
    events.extend(session.handle(Command::Change(Change::BatchSize(7))));
    events.extend(play(&mut session, &team, seed));
    Some(events)
}

#[test]
fn a_change_holds_from_the_next_step_on_whoever_trains() {
    let expected = changed(1, 0, false).unwrap();
    let told = changes(&expected);
    assert_eq!(
        told,
        [
            LiveChange {
                global_step: 2,
                change: Change::LearningRate(0.05)
            },
            LiveChange {
                global_step: 3,
                change: Change::BatchSize(7)
            },
        ]
    );
    let sizes: Vec<_> = batches(&expected).iter().map(|batch| batch.images).collect();
    let first = [20, 20, 20, 7, 7, 7, 7, 2];
    assert_eq!(sizes[..8], first);
    assert_eq!(sizes[8..], [7; 12].into_iter().chain([6]).collect::<Vec<_>>());
    let rates: Vec<_> = batches(&expected).iter().map(|batch| batch.learning_rate).collect();
    assert!(rates[1] < 0.01 && rates[2] > 0.03 && rates[2] <= 0.05, "{rates:?}");
    assert!((rates.last().unwrap() - 0.005).abs() < 0.001, "{rates:?}");
    for (count, under_way) in [
        (1, false),
        (2, false),
        (2, true),
        (4, false),
        (4, true),
        (8, false),
        (8, true),
    ] {
        let runs: Vec<_> = (0..8).filter_map(|seed| changed(count, seed, under_way)).collect();
        assert!(!runs.is_empty(), "{count} workers were never in the middle of a step");
        for events in runs {
            assert_eq!(batches(&events), batches(&expected), "{count} workers");
            assert_eq!(last_hash(&events), last_hash(&expected));
            assert_eq!(changes(&events), told);
        }
    }
}

#[test]
fn settings_with_their_changes_give_the_run_again() {
    let expected = changed(1, 0, false).unwrap();
    let mut planned = config();
    planned.changes = changes(&expected);
    for count in [1, 4] {
        let (mut session, team) = session(count, planned.clone());
        session.handle(Command::Train);
        let events = play(&mut session, &team, 3);
        assert_eq!(batches(&events), batches(&expected));
        assert_eq!(changes(&events), planned.changes, "told again, for the curves");
        assert_eq!(last_hash(&events), last_hash(&expected));
    }
}

#[test]
fn a_change_goes_with_the_state() {
    let images = rows(90);
    let through = {
        let mut trainer = Trainer::new(&small(), &config()).unwrap();
        (0..2).for_each(|_| assert!(trainer.train_batch(&images).is_ok()));
        trainer.change(Change::BatchSize(9)).unwrap();
        (0..4).for_each(|_| assert!(trainer.train_batch(&images).is_ok()));
        trainer
    };
    for steps in 2..6 {
        let mut trainer = Trainer::new(&small(), through.config()).unwrap();
        (0..steps).for_each(|_| assert!(trainer.train_batch(&images).is_ok()));
        let mut second = Trainer::resume(&small(), through.config(), trainer.state()).unwrap();
        (steps..6).for_each(|_| assert!(second.train_batch(&images).is_ok()));
        assert_eq!(second.state(), through.state());
    }
}

#[test]
fn what_cannot_be_changed_is_explained_and_changes_nothing() {
    let failure = |events: Vec<Event>| match events.as_slice() {
        [Event::Failed(failure)] => (failure.kind, failure.message.clone()),
        other => panic!("{other:?}"),
    };
    let mut empty = Session::new(|| 0.0);
    let change = || Command::Change(Change::LearningRate(0.1));
    assert_eq!(failure(empty.handle(change())).0, FailureKind::Request);

    let (mut session, team) = session(1, config());
    let (kind, message) = failure(session.handle(Command::Change(Change::LearningRate(-1.0))));
    assert_eq!(kind, FailureKind::Request);
    assert!(
        message.contains("learning_rate must be above 0 and at most 10, got -1"),
        "{message}"
    );
    session.handle(Command::Train);
    let events = play(&mut session, &team, 0);
    assert!(changes(&events).is_empty());
    let (_, message) = failure(session.handle(change()));
    assert!(message.contains("This run is over"), "{message}");
}

#[test]
fn a_step_of_an_epoch_ends_with_its_validation() {
    let (mut session, team) = session(2, config());
    session.handle(Command::Step);
    assert_eq!(batches(&play(&mut session, &team, 1)).len(), 1);
    for (epoch, (steps, state)) in [(4, RunState::Paused), (5, RunState::Finished)].into_iter().enumerate() {
        session.handle(Command::StepEpoch);
        let events = play(&mut session, &team, 1);
        assert_eq!(batches(&events).len(), steps);
        assert!(
            events
                .iter()
                .any(|event| matches!(event, Event::Epoch { report, .. } if report.epoch == epoch))
        );
        assert!(events.contains(&Event::State { run: 1, state }));
    }
}
