//! Saved runs: gone on with to the same bits wherever they were cut, refused when they are not what they say.

mod common;

use digit_lab::{
    app::{
        history::History,
        record::{POINTS, Record},
        saved::{self, Notes, Saved},
    },
    data::{DataSet, ImageSet},
    io::checkpoint::{Checkpoint, CheckpointError, VERSION},
    protocol::{BatchReport, Command, Drawing, Event, RecoveryCommand, RecoveryEvent, RunState, SimdTier},
    sealed,
    session::Session,
    spec::{
        Augmentation, Change, DataSource, Decay, EarlyStopping, LayerSpec, ModelSpec, OptimizerSpec, Schedule,
        TrainConfig,
    },
};

use common::{
    models::{Draws, small},
    played::{self, Played, clock, play},
};

/// Images whose class is the place of a bright row; 6x6, three classes.
fn images(count: usize) -> ImageSet {
    let labels: Vec<u8> = (0..count).map(|i| (i * 7 % 3) as u8).collect();
    let image = |(i, &label): (usize, &u8)| {
        (0..36).map(move |pixel| {
            if pixel / 12 == usize::from(label) {
                200 + (i % 50) as u8
            } else {
                (i * pixel % 40) as u8
            }
        })
    };
    ImageSet {
        images: labels.iter().enumerate().flat_map(image).collect(),
        labels,
        image_shape: [6, 6],
    }
}

fn data() -> DataSet {
    DataSet {
        train: images(70),
        test: images(30),
    }
}

fn config() -> TrainConfig {
    TrainConfig {
        epochs: 3,
        batch_size: 16,
        ..TrainConfig::default()
    }
}

/// A layer of that class, small.
fn layer(kind: &str, arguments: &[(&str, &str)]) -> LayerSpec {
    let mut layer = LayerSpec::default_of(kind).unwrap();
    for (name, value) in arguments {
        layer.set_argument(name, value).unwrap();
    }
    layer
}

/// Settings and models that remember different things.
fn recipes() -> Vec<(&'static str, ModelSpec, TrainConfig)> {
    let mut normalized = small();
    normalized.layers.insert(1, layer("BatchNormalization", &[]));
    let mut dropping = small();
    dropping.layers.insert(2, layer("Dropout", &[("rate", "0.4")]));
    let bent = Augmentation {
        shift: 0.1,
        rotation: 8.0,
        noise: 0.05,
        ..Augmentation::default()
    };
    let stopping = EarlyStopping {
        patience: 1,
        min_delta: 0.5,
        restore_best_weights: true,
        ..EarlyStopping::default()
    };
    vec![
        (
            "sgd",
            small(),
            TrainConfig {
                optimizer: OptimizerSpec::Sgd {
                    momentum: 0.9,
                    nesterov: true,
                },
                ..config()
            },
        ),
        (
            "rmsprop",
            small(),
            TrainConfig {
                optimizer: OptimizerSpec::RmsProp {
                    rho: 0.9,
                    epsilon: 1e-7,
                },
                ..config()
            },
        ),
        (
            "adam, averaged",
            small(),
            TrainConfig {
                weight_averaging: Some(0.9),
                ..config()
            },
        ),
        (
            "schedule",
            small(),
            TrainConfig {
                schedule: Schedule {
                    warmup_steps: 2,
                    decay: Decay::Cosine { alpha: 0.1 },
                },
                ..config()
            },
        ),
        ("batch normalization", normalized, config()),
        (
            "dropout and augmentation",
            dropping,
            TrainConfig {
                augmentation: bent,
                ..config()
            },
        ),
        (
            "early stopping",
            small(),
            TrainConfig {
                early_stopping: Some(stopping),
                validation_split: 0.2,
                epochs: 5,
                ..config()
            },
        ),
    ]
}

fn session(workers: usize) -> (Session, Played) {
    played::session(workers, data())
}

fn begin(session: &mut Session, model: &ModelSpec, config: &TrainConfig) {
    session.handle(Command::Reset {
        run: 1,
        model: model.clone(),
        config: config.clone(),
    });
    session.handle(Command::Train);
}

/// The bytes of the run as it is, if there is anything to save.
fn save(session: &mut Session) -> Option<Vec<u8>> {
    let events = session.handle(Command::Recovery(RecoveryCommand::Save));
    events.into_iter().find_map(|event| match event {
        Event::Recovery(RecoveryEvent::Saved { checkpoint, .. }) => Some(checkpoint),
        _ => None,
    })
}

fn resume(session: &mut Session, checkpoint: Vec<u8>) -> Vec<Event> {
    session.handle(Command::Recovery(RecoveryCommand::Resume { run: 2, checkpoint }))
}

/// All that can be told of the end of a run: its last weights, every epoch's figures, the test figures.
fn ending(events: &[Event]) -> Vec<String> {
    let told = events.iter().filter_map(|event| match event {
        Event::Epoch {
            report, weights_hash, ..
        } => Some(format!("{report:?} {weights_hash}")),
        Event::Evaluated { metrics, .. } => Some(format!("{metrics:?}")),
        Event::EarlyStopping {
            best_epoch,
            weights_hash,
            ..
        } => Some(format!("{best_epoch} {weights_hash}")),
        Event::State {
            state: RunState::Finished,
            ..
        } => Some("finished".into()),
        _ => None,
    });
    told.collect()
}

/// Wherever a run is cut, by whatever it remembers and however many train it before and after: what is told from there
/// on is what the uninterrupted run tells, to the last bit.
#[test]
fn a_resumed_run_ends_with_the_bits_of_an_uninterrupted_one() {
    let mut trials = 0;
    for (name, model, config) in recipes() {
        let (mut whole, team) = session(1);
        begin(&mut whole, &model, &config);
        let expected = ending(&play(&mut whole, &team, 0));
        assert_eq!(expected.last().map(String::as_str), Some("finished"), "{name}");
        for cut in 1.. {
            let before = 1 << (cut % 3);
            let (mut session_before, team) = session(before);
            begin(&mut session_before, &model, &config);
            let told = play_until(&mut session_before, &team, cut);
            let Some(checkpoint) = save(&mut session_before) else {
                continue;
            };
            let is_over = ending(&told).last().is_some_and(|last| last == "finished");
            let (mut after, team) = session(1 << (cut / 3 % 3));
            let mut events = resume(&mut after, checkpoint);
            assert!(
                matches!(
                    events.last(),
                    Some(Event::Recovery(RecoveryEvent::Resumed { run: 2, .. }))
                ),
                "{name} {events:?}"
            );
            if !is_over {
                events.extend(after.handle(Command::Train));
                events.extend(play(&mut after, &team, cut));
            }
            let all = [ending(&told), ending(&events)].concat();
            let missing = expected.iter().filter(|line| !all.contains(line)).collect::<Vec<_>>();
            assert!(
                missing.is_empty(),
                "{name}, cut after {cut} turns: {missing:?} not in {all:?}"
            );
            let extra = all.iter().filter(|line| !expected.contains(line)).collect::<Vec<_>>();
            assert!(extra.is_empty(), "{name}, cut after {cut} turns: {extra:?}");
            trials += 1;
            if is_over {
                break;
            }
        }
    }
    println!("figure: {trials} of {trials} equal");
    assert!(trials >= 100, "only {trials} cuts");
}

/// As [`play`], for so many ticks of the session.
fn play_until(session: &mut Session, team: &Played, ticks: usize) -> Vec<Event> {
    let mut events = vec![];
    let mut ticked = 0;
    for turn in 0.. {
        let delivered = team.deliver(session, (turn * 40_503) >> 7);
        match session.is_busy() {
            true if ticked == ticks => break,
            true => {
                events.extend(session.tick());
                ticked += 1;
            }
            false if !delivered => break,
            false => {}
        }
    }
    events
}

#[test]
fn a_change_during_the_run_is_saved_with_it() {
    let play_with = |cut: bool| {
        let (mut first, team) = session(1);
        begin(&mut first, &small(), &config());
        play_until(&mut first, &team, 3);
        first.handle(Command::Change(Change::LearningRate(0.01)));
        play_until(&mut first, &team, 4);
        if !cut {
            return ending(&play(&mut first, &team, 0)).pop();
        }
        let checkpoint = save(&mut first).unwrap();
        let (mut second, team) = session(1);
        resume(&mut second, checkpoint);
        second.handle(Command::Train);
        ending(&play(&mut second, &team, 0)).pop()
    };
    assert!(play_with(false).is_some());
    assert_eq!(play_with(true), play_with(false));
}

#[test]
fn there_is_nothing_to_save_before_the_first_step() {
    let (mut session, _) = session(1);
    assert_eq!(save(&mut session), None);
    session.handle(Command::Reset {
        run: 1,
        model: small(),
        config: config(),
    });
    assert_eq!(save(&mut session), None);
}

/// A run that resumes before its data are there waits for them, with the validation that it still owes.
#[test]
fn a_resumed_run_waits_for_its_data() {
    let (mut whole, team) = session(1);
    begin(&mut whole, &small(), &config());
    let expected = ending(&play(&mut whole, &team, 0));
    let (mut first, team) = session(1);
    begin(&mut first, &small(), &config());
    // The last step of the first epoch.
    play_until(&mut first, &team, 5);
    let checkpoint = save(&mut first).unwrap();
    assert!(Checkpoint::from_bytes(&checkpoint).unwrap().unvalidated);
    let mut second = Session::new(clock);
    resume(&mut second, checkpoint);
    assert!(second.handle(Command::Train).contains(&Event::State {
        run: 2,
        state: RunState::Loading
    }));
    assert!(!second.is_busy(), "it does not spin while it waits");
    second.provide_data(DataSource::default(), data());
    assert_eq!(ending(&play(&mut second, &Played::default(), 0)), expected);
}

fn saved() -> Vec<u8> {
    let (mut session, team) = session(1);
    let stopping = EarlyStopping {
        restore_best_weights: true,
        ..EarlyStopping::default()
    };
    let config = TrainConfig {
        weight_averaging: Some(0.9),
        early_stopping: Some(stopping),
        ..config()
    };
    begin(&mut session, &small(), &config);
    play_until(&mut session, &team, 8);
    save(&mut session).unwrap()
}

/// The checkpoint of a release loads in every later one. Made by `UPDATE_GOLDEN=1 cargo nextest run --test recovery
/// golden` when [`VERSION`] counted up; older ones stay.
#[test]
fn the_golden_checkpoint_of_every_version_loads() {
    let path = |version| format!("tests/golden/checkpoint-v{version}.bin");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path(VERSION), saved()).unwrap();
    }
    for version in 1..=VERSION {
        let bytes = std::fs::read(path(version)).unwrap();
        let golden = Checkpoint::from_bytes(&bytes).unwrap();
        assert_eq!((golden.last.global_step, golden.model.clone()), (7, small()));
        assert!(
            golden
                .state
                .stopping
                .best
                .as_ref()
                .is_some_and(|best| best.weights.is_some())
        );
        assert_goes_on(bytes);
    }
}

/// The run is resumed and trained to its end.
fn assert_goes_on(checkpoint: Vec<u8>) {
    let (mut session, team) = session(2);
    assert!(matches!(
        resume(&mut session, checkpoint).last(),
        Some(Event::Recovery(RecoveryEvent::Resumed { .. }))
    ));
    session.handle(Command::Train);
    assert_eq!(
        ending(&play(&mut session, &team, 0)).last().map(String::as_str),
        Some("finished")
    );
}

/// The same of what users download, which is what is stored: made by the same command.
#[test]
fn the_golden_download_of_every_version_loads() {
    let path = |version| format!("tests/golden/run-v{version}.digitlab");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path(saved::VERSION), download().to_bytes()).unwrap();
    }
    for version in 1..=saved::VERSION {
        let golden = Saved::from_bytes(&std::fs::read(path(version)).unwrap()).unwrap();
        let Notes { record, drawing } = &golden.notes;
        assert_eq!(
            (record.steps, &record.title()[..], drawing.strokes.len()),
            (7, "Mine", 1)
        );
        assert_eq!(record.settings().get("optimizer").as_deref(), Some("adam"));
        assert_eq!(record.history(0.0).reached()[0], 7.0);
        assert_goes_on(golden.checkpoint);
    }
}

fn download() -> Saved {
    let mut history = History::default();
    for step in 1..=7 {
        let report = BatchReport {
            global_step: step,
            steps_per_epoch: 10,
            ..BatchReport::default()
        };
        history.push(&report, step as f64, 0.0);
    }
    let record = Record {
        id: 7,
        name: "Mine".into(),
        link: "optimizer=adam&limit=1280".into(),
        state: RunState::Training,
        steps: 7,
        seconds: 7.0,
        tier: SimdTier::Relaxed,
        workers: 2,
        weights_hash: "0123456789abcdef".into(),
        validation: None,
        test: None,
        course: history.thinned(POINTS),
    };
    let drawing = Drawing {
        strokes: vec![vec![[0.25, 0.5], [0.5, 0.5]]],
    };
    Saved {
        at: 1.75e12,
        notes: Notes { record, drawing },
        checkpoint: saved(),
    }
}

#[test]
fn a_checkpoint_survives_the_way() {
    let bytes = saved();
    assert_eq!(Checkpoint::from_bytes(&bytes).unwrap().into_bytes(), bytes);
}

/// What is refused leaves the run as it was, and says why.
#[test]
fn a_checkpoint_that_does_not_fit_is_refused_and_nothing_changes() {
    let good = Checkpoint::from_bytes(&saved()).unwrap();
    let refuse = |spoil: &dyn Fn(&mut Checkpoint), why: &str| {
        let mut bad = good.clone();
        spoil(&mut bad);
        let (mut session, team) = session(1);
        begin(&mut session, &small(), &config());
        play_until(&mut session, &team, 3);
        let before = save(&mut session);
        match &resume(&mut session, bad.into_bytes())[..] {
            [Event::Recovery(RecoveryEvent::Refused { reason, .. })] => assert!(reason.contains(why), "{reason}"),
            other => panic!("{why}: {other:?}"),
        }
        assert_eq!(save(&mut session), before, "{why}");
    };
    refuse(&|c| c.state.weights.truncate(5), "weights");
    refuse(&|c| c.state.averaged = None, "weights");
    refuse(&|c| c.state.optimizer.slots[0].truncate(5), "optimizer");
    refuse(&|c| c.state.optimizer.slots.clear(), "optimizer");
    refuse(&|c| c.state.weights[0] = f32::NAN, "arrays");
    refuse(&|c| c.state.progress.running.images = usize::MAX, "progress");
    refuse(&|c| c.state.progress.epoch = usize::MAX, "progress");
    refuse(&|c| c.state.progress.step = usize::MAX, "progress");
    refuse(&|c| c.elapsed_ms = f64::NAN, "progress");
    refuse(&|c| c.last.batch.loss = f32::INFINITY, "progress");
    refuse(&|c| c.config.batch_size = 0, "batch");
    refuse(&|c| c.model.layers.clear(), "layer");
    refuse(&|c| c.model = ModelSpec::keras_recipe(), "weights");
}

/// Bytes that were changed at random: first as a disk changes them, then as an enemy does, who knows the checksum. None
/// panics; whatever is taken can be trained. `MUTATIONS` asks for more of them than CI does.
#[test]
fn mutated_checkpoints_never_panic() {
    let asked = std::env::var("MUTATIONS").ok().and_then(|count| count.parse().ok());
    let count = asked.unwrap_or(20_000);
    let bytes = saved();
    let mut draws = Draws::new(7);
    let mut taken = 0;
    for turn in 0..count {
        let mut body = bytes[sealed::HEAD..].to_vec();
        for _ in 0..1 + draws.below(4) {
            mutate(&mut body, &mut draws);
        }
        let resealed = turn % 8 != 0;
        let file = match resealed {
            true => sealed::seal(*b"DigitRun", VERSION, |bytes| bytes.extend(&body)),
            false => [&bytes[..sealed::HEAD], &body].concat(),
        };
        match Checkpoint::from_bytes(&file) {
            Ok(checkpoint) => {
                assert!(
                    resealed || body == bytes[sealed::HEAD..],
                    "the checksum notices every change"
                );
                taken += 1;
                if taken % 64 == 0 {
                    train_on(checkpoint);
                }
            }
            Err(CheckpointError::Seal(_)) => assert!(!resealed),
            Err(_) => {}
        }
    }
    assert!(taken > count / 100, "{taken} of {count} were taken");
}

/// A few bytes are others, more or fewer; mostly near the front, where sizes stand.
fn mutate(body: &mut Vec<u8>, draws: &mut Draws) {
    let reach = if draws.below(4) == 0 {
        body.len()
    } else {
        body.len().min(300)
    };
    let at = draws.below(reach.max(1));
    match draws.below(5) {
        0 => body.truncate(at),
        1 => body.insert(at.min(body.len()), draws.below(256) as u8),
        2 if at < body.len() => drop(body.remove(at)),
        3 if at < body.len() => body[at] = [0, 1, 127, 128, 255][draws.below(5)],
        _ => body
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|byte| *byte ^= 1 << draws.below(8)),
    }
}

fn train_on(checkpoint: Checkpoint) {
    let (mut session, _) = session(1);
    let source = checkpoint.config.data.source;
    resume(&mut session, checkpoint.into_bytes());
    session.provide_data(source, data());
    session.handle(Command::Train);
    for _ in 0..3 {
        session.tick();
    }
}
