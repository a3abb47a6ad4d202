//! Data sets by messages: the user's own files, switching between sets, pages of images.

use digit_lab::{
    data::{DataSet, ImageSet, Selection, own::OwnFile},
    protocol::{
        Command, DataFacts, Event, FailureKind, ImagePage, ImageQuery, PredictInput, RunState, Split, decode, encode,
    },
    session::Session,
    spec::{Activation, DataRecipe, DataSource, LayerSpec, ModelSpec, OptimizerSpec, TrainConfig},
};

/// Milliseconds; one passes at every look.
fn clock() -> f64 {
    thread_local!(static NOW: std::cell::Cell<f64> = const { std::cell::Cell::new(0.0) });
    NOW.set(NOW.get() + 1.0);
    NOW.get()
}

/// Images whose class is the place of a bright row.
fn images(count: usize, classes: usize) -> ImageSet {
    let labels: Vec<u8> = (0..count).map(|i| (i * 7 % classes) as u8).collect();
    let image = |&label: &u8| (0..784).map(move |pixel| if pixel / 28 == usize::from(label) { 255 } else { 0 });
    ImageSet {
        images: labels.iter().flat_map(image).collect(),
        labels,
        image_shape: [28, 28],
    }
}

fn mnist() -> DataSet {
    DataSet {
        train: images(300, 10),
        test: images(60, 10),
    }
}

fn file(name: &str, header: &[u32], values: &[u8]) -> OwnFile {
    let mut bytes: Vec<u8> = header.iter().flat_map(|number| number.to_be_bytes()).collect();
    bytes.extend_from_slice(values);
    OwnFile {
        name: name.into(),
        bytes,
    }
}

fn files(set: &ImageSet) -> Vec<OwnFile> {
    let count = set.len() as u32;
    vec![
        file("letters.idx", &[0x0803, count, 28, 28], &set.images),
        file("labels.idx", &[0x0801, count], &set.labels),
    ]
}

fn model(classes: usize) -> ModelSpec {
    ModelSpec {
        input_shape: vec![28, 28, 1],
        layers: vec![LayerSpec::Flatten, LayerSpec::dense(classes, Activation::Softmax)],
    }
}

fn config(data: DataRecipe) -> TrainConfig {
    TrainConfig {
        epochs: 1,
        batch_size: 32,
        optimizer: OptimizerSpec::ADAM,
        data,
        ..TrainConfig::default()
    }
}

fn own(source: DataSource) -> DataRecipe {
    DataRecipe {
        source,
        ..DataRecipe::default()
    }
}

fn reset(run: u32, classes: usize, data: DataRecipe) -> Command {
    Command::Reset {
        run,
        model: model(classes),
        config: config(data),
    }
}

/// As it goes over the wire.
fn handle(session: &mut Session, command: Command) -> Vec<Event> {
    session.handle(decode(&encode(&command)).unwrap())
}

fn run_until_idle(session: &mut Session) -> Vec<Event> {
    let mut events = vec![];
    while session.is_busy() {
        events.extend(session.tick());
    }
    events
}

fn import(session: &mut Session, files: Vec<OwnFile>) -> Vec<Event> {
    let mut events = handle(session, Command::Import { files });
    events.extend(run_until_idle(session));
    events
}

fn facts(events: &[Event]) -> Option<&DataFacts> {
    events.iter().find_map(|event| match event {
        Event::DataReady(facts) => Some(facts),
        _ => None,
    })
}

fn failure(events: &[Event]) -> Option<(FailureKind, &str)> {
    events.iter().find_map(|event| match event {
        Event::Failed(failure) => Some((failure.kind, &failure.message[..])),
        _ => None,
    })
}

fn last_state(events: &[Event]) -> Option<RunState> {
    let mut states = events.iter().filter_map(|event| match event {
        Event::State { state, .. } => Some(*state),
        _ => None,
    });
    states.next_back()
}

fn last_hash(events: &[Event]) -> String {
    let hash = |event: &Event| match event {
        Event::Epoch { weights_hash, .. } | Event::Fingerprint { weights_hash, .. } => Some(weights_hash.clone()),
        _ => None,
    };
    events.iter().rev().find_map(hash).expect("a fingerprint")
}

/// A session with MNIST and run 1.
fn ready() -> Session {
    let mut session = Session::new(clock);
    session.provide_data(DataSource::Mnist, mnist());
    handle(&mut session, reset(1, 10, DataRecipe::default()));
    session
}

#[test]
fn own_files_become_a_data_set_that_a_run_trains_on() {
    let mut session = ready();
    let events = import(&mut session, files(&images(240, 26)));
    assert!(matches!(
        events[0],
        Event::Importing {
            read: 0,
            total: 188_400
        }
    ));
    assert!(matches!(events.last(), Some(Event::ImportEnded)));
    let facts = facts(&events).unwrap().clone();
    assert_eq!((&facts.name[..], facts.train, facts.test), ("letters.idx", 200, 40));
    assert_eq!((facts.classes(), facts.held_out), (26, true));
    assert_eq!(facts.counts.iter().sum::<usize>(), 200);

    handle(&mut session, reset(2, 26, own(facts.source)));
    handle(&mut session, Command::Train);
    let events = run_until_idle(&mut session);
    assert_eq!(last_state(&events), Some(RunState::Finished));
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Batch { report, .. } if report.steps_per_epoch == 7))
    );
}

#[test]
fn files_that_cannot_be_used_change_nothing_and_neither_does_reading_them() {
    let undisturbed = {
        let mut session = ready();
        handle(&mut session, Command::Train);
        last_hash(&run_until_idle(&mut session))
    };
    let mut session = ready();
    handle(&mut session, Command::Train);
    session.tick();
    let mut wrong = files(&images(240, 10));
    wrong[1].bytes.pop();
    let events = handle(&mut session, Command::Import { files: wrong });
    assert!(matches!(events[0], Event::ImportEnded));
    let (kind, message) = failure(&events).unwrap();
    assert_eq!(kind, FailureKind::Import);
    assert_eq!(
        message,
        "Your files were not taken: labels.idx: bytes after the IDX header: expected 240, got 239. Nothing has changed. \
         Choose IDX files of 28x28 images and of their labels, raw or gzipped."
    );
    // A label that is found out only when it is read, and good files: the run goes on meanwhile.
    let mut wrong = files(&images(240, 10));
    *wrong[1].bytes.last_mut().unwrap() = 99;
    let mut events = handle(&mut session, Command::Import { files: wrong });
    while failure(&events).is_none() {
        events.extend(session.tick());
    }
    assert!(
        failure(&events)
            .unwrap()
            .1
            .contains("labels.idx: labels: expected from 0 to 25")
    );
    assert!(facts(&events).is_none());
    let mut all = events;
    all.extend(import(&mut session, files(&images(240, 10))));
    assert!(facts(&all).is_some());
    assert_eq!(
        (last_state(&all), last_hash(&all)),
        (Some(RunState::Finished), undisturbed)
    );
}

#[test]
fn an_import_can_be_stopped_and_a_new_one_takes_its_place() {
    let mut session = ready();
    let large = || files(&images(4000, 10));
    handle(&mut session, Command::Import { files: large() });
    session.tick();
    session.tick();
    assert!(session.is_busy());
    assert!(matches!(
        handle(&mut session, Command::StopImport)[..],
        [Event::ImportEnded]
    ));
    assert!(!session.is_busy() && handle(&mut session, Command::StopImport).is_empty());

    handle(&mut session, Command::Import { files: large() });
    session.tick();
    let events = import(&mut session, files(&images(240, 10)));
    assert!(matches!(events[0], Event::Importing { read: 0, .. }));
    let ready: Vec<_> = events
        .iter()
        .filter(|event| matches!(event, Event::DataReady(_)))
        .collect();
    assert_eq!((ready.len(), facts(&events).unwrap().train), (1, 200));
}

#[test]
fn a_run_keeps_its_data_until_it_is_reset() {
    let mut session = ready();
    handle(&mut session, Command::Step);
    let expected = {
        let mut session = ready();
        handle(&mut session, Command::Train);
        last_hash(&run_until_idle(&mut session))
    };
    run_until_idle(&mut session);
    let other = import(&mut session, files(&images(60, 3)));
    session.provide_data(DataSource::Fashion, mnist());
    handle(&mut session, Command::Train);
    assert_eq!(last_hash(&run_until_idle(&mut session)), expected);
    // The next run takes what its settings name.
    handle(&mut session, reset(2, 10, own(facts(&other).unwrap().source)));
    handle(&mut session, Command::Train);
    let events = run_until_idle(&mut session);
    assert!(
        events
            .iter()
            .any(|event| matches!(event, Event::Batch { report, .. } if report.steps_per_epoch == 2))
    );
}

#[test]
fn sets_are_shown_when_they_are_wanted() {
    let mut session = Session::new(clock);
    assert!(session.needs_data(DataSource::Mnist) && !session.needs_data(DataSource::Own(None)));
    assert!(matches!(
        handle(
            &mut session,
            Command::LoadData {
                source: DataSource::Own(None)
            }
        )[..],
        [Event::DataAwaited]
    ));
    // What was wanted before comes late, or not at all.
    assert!(session.provide_data(DataSource::Mnist, mnist()).is_empty());
    assert!(session.data_failed(DataSource::Fashion, "gone".into()).is_none());
    let events = import(&mut session, files(&images(60, 3)));
    let source = facts(&events).unwrap().source;
    for (wanted, shown) in [
        (DataSource::Mnist, DataSource::Mnist),
        (DataSource::Own(None), source),
        (source, source),
    ] {
        let events = handle(&mut session, Command::LoadData { source: wanted });
        assert_eq!(facts(&events).unwrap().source, shown);
    }
    let DataSource::Own(Some(fingerprint)) = source else {
        panic!("own files have a fingerprint")
    };
    let other = DataSource::Own(Some(fingerprint ^ 1));
    assert!(matches!(
        handle(&mut session, Command::LoadData { source: other })[..],
        [Event::DataAwaited]
    ));
    handle(
        &mut session,
        Command::LoadData {
            source: DataSource::Fashion,
        },
    );
    let event = session.data_failed(DataSource::Fashion, "gone".into());
    assert_eq!(
        failure(&event.into_iter().collect::<Vec<_>>()),
        Some((FailureKind::Data, "gone"))
    );
}

#[test]
fn a_run_waits_for_own_files_and_starts_with_them() {
    let mut session = ready();
    handle(&mut session, reset(2, 10, own(DataSource::Own(None))));
    assert_eq!(
        last_state(&handle(&mut session, Command::Train)),
        Some(RunState::Loading)
    );
    let events = import(&mut session, files(&images(60, 3)));
    assert_eq!(last_state(&events), Some(RunState::Finished));
}

#[test]
fn a_model_without_a_unit_for_each_class_is_not_trained() {
    let mut session = ready();
    let events = import(&mut session, files(&images(240, 26)));
    let source = facts(&events).unwrap().source;
    handle(&mut session, reset(2, 10, own(source)));
    for command in [Command::Train, Command::Step, Command::Evaluate] {
        let events = handle(&mut session, command);
        let expected = "These settings cannot be used: the model takes images of 28x28x1 in 10 classes, the data set \
                        has 40 of 28x28x1 in 26";
        assert_eq!(
            (failure(&events), events.len()),
            (Some((FailureKind::Settings, expected)), 1)
        );
    }
    // As well when it waits for them.
    let mut session = ready();
    handle(&mut session, reset(2, 10, own(source)));
    handle(&mut session, Command::Train);
    let events = import(&mut session, files(&images(240, 26)));
    assert_eq!(
        (last_state(&events), failure(&events).unwrap().0),
        (Some(RunState::Idle), FailureKind::Settings)
    );
    // And when nothing is left to train on.
    let everything = DataRecipe {
        without: "0,1,2,3,4,5,6,7,8,9".parse().unwrap(),
        ..DataRecipe::default()
    };
    handle(&mut session, reset(3, 10, everything));
    let events = handle(&mut session, Command::Train);
    assert!(
        failure(&events)
            .unwrap()
            .1
            .ends_with("no training image is left: leave fewer classes out")
    );
}

fn query(split: Split, recipe: DataRecipe) -> ImageQuery {
    ImageQuery {
        split,
        recipe,
        seed: 5,
        class: None,
        changed: false,
    }
}

fn browse(session: &mut Session, query: ImageQuery, first: usize, count: usize) -> ImagePage {
    let command = Command::Browse {
        request: 9,
        query,
        first,
        count,
    };
    match handle(session, command).as_slice() {
        [Event::Images(page)] => (**page).clone(),
        other => panic!("expected images, got {other:?}"),
    }
}

#[test]
fn pages_hold_the_images_that_a_recipe_trains_on_with_both_labels() {
    let mut session = ready();
    let set = mnist().train;
    let recipe = DataRecipe {
        without: "4".parse().unwrap(),
        limit: Some(250),
        label_noise: 0.3,
        ..DataRecipe::default()
    };
    let selection = Selection::new(&set, &recipe, 5);
    let mut places = vec![];
    let mut trained_as = vec![];
    for first in (0..250).step_by(100) {
        let page = browse(&mut session, query(Split::Train, recipe), first, 100);
        assert_eq!((page.request, page.total, page.first), (9, 250, first));
        assert_eq!(page.places.len(), 100.min(250 - first));
        for (i, &place) in page.places.iter().enumerate() {
            assert_eq!(page.labels[i], set.labels[place as usize]);
            assert_eq!(page.pixels[i * 784..][..784], *set.image(place as usize));
        }
        places.extend(page.places);
        trained_as.extend(page.trained_as);
    }
    assert_eq!((&places, &trained_as), (&selection.places, &selection.labels));

    let changed = ImageQuery {
        changed: true,
        class: Some(7),
        ..query(Split::Train, recipe)
    };
    let page = browse(&mut session, changed, 0, 256);
    let count = (places.iter().zip(&trained_as))
        .filter(|(place, label)| set.labels[**place as usize] == 7 && **label != 7)
        .count();
    assert!(count > 0 && page.total == count && page.places.len() == count);
    assert!(page.labels.iter().all(|&label| label == 7) && page.trained_as.iter().all(|&label| label != 7));
}

#[test]
fn pages_are_bounded_and_test_images_are_whole() {
    let mut session = ready();
    let all = query(Split::Train, DataRecipe::default());
    assert_eq!(browse(&mut session, all, 0, usize::MAX).places.len(), 256);
    assert_eq!(browse(&mut session, all, 299, 100).places, [299]);
    let beyond = browse(&mut session, all, usize::MAX, 100);
    assert_eq!((beyond.total, beyond.places.len()), (300, 0));
    // A recipe is about training.
    let recipe = DataRecipe {
        limit: Some(5),
        label_noise: 1.0,
        ..DataRecipe::default()
    };
    let test = browse(&mut session, query(Split::Test, recipe), 0, 100);
    assert_eq!((test.total, &test.labels), (60, &mnist().test.labels));
    assert_eq!(test.labels, test.trained_as);

    let mut empty = Session::new(clock);
    let command = Command::Browse {
        request: 1,
        query: all,
        first: 0,
        count: 1,
    };
    assert_eq!(failure(&handle(&mut empty, command)).unwrap().0, FailureKind::Request);
}

#[test]
fn images_of_both_parts_are_looked_at() {
    let mut session = ready();
    handle(&mut session, Command::Step);
    run_until_idle(&mut session);
    for (input, set) in [
        (PredictInput::TrainingImage(11), mnist().train),
        (PredictInput::TestImage(11), mnist().test),
    ] {
        match handle(&mut session, Command::Predict { request: 1, input }).as_slice() {
            [Event::Prediction(prediction)] => {
                assert_eq!(prediction.label, Some(set.labels[11]));
                assert!(
                    prediction
                        .image
                        .data
                        .iter()
                        .zip(set.image(11))
                        .all(|(&x, &byte)| x == f32::from(byte) / 255.0)
                );
            }
            other => panic!("expected a prediction, got {other:?}"),
        }
    }
    let input = PredictInput::TrainingImage(300);
    let events = handle(&mut session, Command::Predict { request: 2, input });
    assert_eq!(
        failure(&events).unwrap().1,
        "There is no training image 300: there are 300."
    );
}
