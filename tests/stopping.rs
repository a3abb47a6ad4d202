//! How a run ends: images held out to validate on, early stopping, and the best weights again.

mod common;

use common::models::small;
use digit_lab::{
    data::{DataSet, ImageSet},
    protocol::{Command, EpochReport, Event, FailureKind, Metrics, RunState, decode, encode},
    session::Session,
    spec::{DataRecipe, DataSource, EarlyStopping, Monitor, OptimizerSpec, TrainConfig},
    train::{Trainer, evaluate},
};

/// Images whose class is the place of a bright row; with the wrong labels where `shuffled`.
fn images(count: usize, shuffled: bool) -> ImageSet {
    let class = |i: usize| i * 7 % 3;
    let pixel = |i: usize, p: usize| (if p / 12 == class(i) { 200 } else { 0 }) + (i * 11 + p * 5) % 50;
    ImageSet {
        images: (0..count)
            .flat_map(|i| (0..36).map(move |p| pixel(i, p) as u8))
            .collect(),
        labels: (0..count)
            .map(|i| if shuffled { i * i % 3 } else { class(i) } as u8)
            .collect(),
        image_shape: [6, 6],
    }
}

fn data() -> DataSet {
    DataSet {
        train: images(90, false),
        test: images(30, true),
    }
}

fn config() -> TrainConfig {
    TrainConfig {
        epochs: 12,
        batch_size: 20,
        learning_rate: 0.02,
        optimizer: OptimizerSpec::ADAM,
        ..TrainConfig::default()
    }
}

fn session(config: TrainConfig, data: DataSet) -> Session {
    let mut session = Session::new(|| 0.0);
    session.provide_data(DataSource::Mnist, data);
    let model = small();
    session.handle(Command::Reset { run: 1, model, config });
    session
}

/// All that a run tells.
fn trained(config: TrainConfig) -> Vec<Event> {
    let mut session = session(config, data());
    session.handle(Command::Train);
    finish(&mut session)
}

fn finish(session: &mut Session) -> Vec<Event> {
    let mut events = vec![];
    while session.is_busy() {
        events.extend(session.tick());
    }
    events
}

fn epochs(events: &[Event]) -> Vec<(EpochReport, String)> {
    let epoch = |event: &Event| match event {
        Event::Epoch {
            report, weights_hash, ..
        } => Some((*report, weights_hash.clone())),
        _ => None,
    };
    events.iter().filter_map(epoch).collect()
}

fn tested(events: &[Event]) -> Vec<Metrics> {
    let metrics = |event: &Event| match event {
        Event::Evaluated { metrics, .. } => Some(*metrics),
        _ => None,
    };
    events.iter().filter_map(metrics).collect()
}

fn is_finished(events: &[Event]) -> bool {
    matches!(
        events.last(),
        Some(Event::State {
            state: RunState::Finished,
            ..
        })
    )
}

/// A trainer after so many epochs of five steps.
fn by_hand(config: &TrainConfig, images: &ImageSet, steps: usize) -> Trainer {
    let mut trainer = Trainer::new(&small(), config).unwrap();
    (0..steps).for_each(|_| assert!(trainer.train_batch(images).is_ok()));
    trainer
}

#[test]
fn the_last_images_are_held_out_and_validated_on_and_the_test_images_come_last() {
    let split = TrainConfig {
        epochs: 2,
        validation_split: 0.3,
        data: DataRecipe {
            limit: Some(81),
            ..DataRecipe::default()
        },
        ..config()
    };
    let events = trained(split.clone());
    let epochs = epochs(&events);
    // floor(81 * 0.7) = 56 to train on, in 3 batches; the 25 after them to validate on; the last 9 unseen.
    assert_eq!(epochs.iter().map(|(r, _)| r.global_step).collect::<Vec<_>>(), [3, 6]);
    let first = {
        let all = data().train;
        ImageSet {
            images: all.images[..56 * 36].to_vec(),
            labels: all.labels[..56].to_vec(),
            ..all
        }
    };
    let plain = TrainConfig {
        validation_split: 0.0,
        data: DataRecipe {
            limit: None,
            ..DataRecipe::default()
        },
        ..split
    };
    for (epoch, (report, hash)) in epochs.iter().enumerate() {
        let mut trainer = by_hand(&plain, &first, 3 * (epoch + 1));
        assert_eq!(trainer.model().weights_hash(), *hash);
        let held_out = evaluate(trainer.evaluated_mut(), &data().train, 56..81).metrics();
        assert_eq!(report.validation, held_out);
        if epoch == 1 {
            let test = evaluate(trainer.evaluated_mut(), &data().test, 0..30).metrics();
            assert_ne!(test, held_out);
            assert_eq!(tested(&events), [test]);
        }
    }
    assert!(is_finished(&events));
}

#[test]
fn a_question_for_the_test_images_is_answered_by_the_test_images() {
    let split = TrainConfig {
        epochs: 1,
        validation_split: 0.5,
        ..config()
    };
    let mut session = session(split, data());
    session.handle(Command::StepEpoch);
    let mut events = vec![];
    // The last batch was trained; its epoch's validation comes next.
    let last = |event: &Event| matches!(event, Event::Batch { report, .. } if report.step == report.steps_per_epoch);
    while !events.iter().any(last) {
        events.extend(session.tick());
    }
    session.handle(Command::Evaluate);
    events.extend(finish(&mut session));
    assert_eq!(tested(&events).len(), 1);
    assert_ne!(tested(&events)[0], epochs(&events)[0].0.validation);
    assert!(is_finished(&events));
}

#[test]
fn a_split_that_leaves_nothing_is_explained() {
    for validation_split in [0.999, 0.001] {
        let config = TrainConfig {
            validation_split,
            data: DataRecipe {
                limit: Some(10),
                ..DataRecipe::default()
            },
            ..config()
        };
        let mut session = session(config, data());
        let mut events = session.handle(Command::Train);
        events.extend(finish(&mut session));
        let expected = if validation_split > 0.5 { [0, 10] } else { [9, 1] };
        if expected[0] > 0 {
            assert_eq!(epochs(&events).len(), 12, "floor(10 * 0.999) is 9");
            continue;
        }
        let Some(Event::Failed(failure)) = events.last() else {
            panic!("{events:?}")
        };
        assert_eq!(failure.kind, FailureKind::Settings);
        assert!(
            failure
                .message
                .contains("leaves 0 images to train on and 10 to validate on"),
            "{}",
            failure.message
        );
    }
}

fn stopping(restore_best_weights: bool) -> TrainConfig {
    TrainConfig {
        // Learns its images by heart, while what it is validated on has other labels.
        early_stopping: Some(EarlyStopping {
            monitor: Monitor::ValLoss,
            patience: 2,
            min_delta: 0.0,
            restore_best_weights,
        }),
        ..config()
    }
}

#[test]
fn early_stopping_ends_the_run_and_restores_the_best_weights_bit_for_bit() {
    for restore in [true, false] {
        let events = trained(stopping(restore));
        let epochs = epochs(&events);
        let losses: Vec<f32> = epochs.iter().map(|(report, _)| report.validation.loss).collect();
        let best = (0..losses.len())
            .min_by(|&a, &b| losses[a].total_cmp(&losses[b]))
            .unwrap();
        assert!(epochs.len() < 12, "{losses:?}");
        assert_eq!(epochs.len(), best + 1 + 2, "{losses:?}");
        let told = events.iter().find_map(|event| match event {
            Event::EarlyStopping {
                stopped,
                best_epoch,
                restored,
                weights_hash,
                ..
            } => Some((*stopped, *best_epoch, *restored, weights_hash.clone())),
            _ => None,
        });
        let kept = if restore { best } else { best + 2 };
        assert_eq!(told, Some((true, best, restore, epochs[kept].1.clone())));
        // Those of the test images are of the weights that are kept.
        assert_eq!(tested(&events), [epochs[kept].0.validation]);
        assert!(is_finished(&events));
    }
}

#[test]
fn the_best_weights_come_back_after_the_last_epoch_too() {
    let patient = EarlyStopping {
        patience: 100,
        ..stopping(true).early_stopping.unwrap()
    };
    let events = trained(TrainConfig {
        early_stopping: Some(patient),
        ..config()
    });
    let epochs = epochs(&events);
    assert_eq!(epochs.len(), 12);
    let told = events.iter().find_map(|event| match event {
        Event::EarlyStopping {
            stopped: false,
            best_epoch,
            restored: true,
            weights_hash,
            ..
        } => Some(weights_hash == &epochs[*best_epoch].1),
        _ => None,
    });
    assert_eq!(told, Some(true));
}

#[test]
fn what_early_stopping_remembers_goes_with_the_run() {
    let (config, data) = (stopping(true), data());
    let go_on = |trainer: &mut Trainer, pause: bool| {
        while !trainer.is_finished() {
            let report = trainer.train_batch(&data.train).unwrap();
            if report.step == report.steps_per_epoch {
                let metrics = evaluate(trainer.model_mut(), &data.test, 0..30).metrics();
                trainer.validated(metrics);
            }
            if pause {
                let state = decode(&encode(&trainer.state())).unwrap();
                *trainer = Trainer::resume(&small(), &config, state).unwrap();
            }
        }
        assert!(trainer.restore_best());
        trainer.model().weights_hash()
    };
    let [through, paused] = [false, true].map(|pause| go_on(&mut by_hand(&config, &data.train, 0), pause));
    assert_eq!(through, paused);
    let told = trained(config).into_iter().find_map(|event| match event {
        Event::EarlyStopping { weights_hash, .. } => Some(weights_hash),
        _ => None,
    });
    assert_eq!(told, Some(through));
}
