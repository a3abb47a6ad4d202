//! What the page does with files.

use digit_lab::{
    data::DataSet,
    io::onnx,
    protocol::{
        Answering, Command, Event, FailureKind, FileCommand, FileEvent, FileFormat, LoadedModel, OwnFile, PredictInput,
        RunState,
    },
    session::Session,
    spec::{DataSource, ModelSpec, TrainConfig},
};

use crate::common::{
    models,
    sessions::{blocks, fingerprint, reset, run},
};

fn data() -> DataSet {
    DataSet {
        train: blocks(60, 3),
        test: blocks(30, 3),
    }
}

fn session(model: &ModelSpec) -> Session {
    let mut session = Session::new(|| 0.0);
    session.provide_data(DataSource::Mnist, data());
    session.handle(reset(1, model, &config()));
    session
}

fn config() -> TrainConfig {
    TrainConfig {
        epochs: 2,
        batch_size: 10,
        ..TrainConfig::default()
    }
}

fn train(session: &mut Session) -> Vec<Event> {
    run(session, Command::Train)
}

fn begin_with(run: u32, loaded: &LoadedModel) -> Command {
    let config = TrainConfig {
        initial_weights: Some(loaded.weights_hash.clone()),
        ..config()
    };
    reset(run, &loaded.model, &config)
}

fn model() -> ModelSpec {
    ModelSpec {
        input_shape: vec![28, 28, 1],
        ..models::small()
    }
}

fn save(session: &mut Session, format: FileFormat) -> OwnFile {
    let events = session.handle(Command::File(FileCommand::Save { format }));
    let [Event::File(FileEvent::Saved { name, bytes })] = &events[..] else {
        panic!("{events:?}");
    };
    OwnFile {
        name: name.clone(),
        bytes: bytes.clone(),
    }
}

fn load(session: &mut Session, file: OwnFile, model: ModelSpec) -> Result<LoadedModel, String> {
    let mut events = session.handle(Command::File(FileCommand::Load { file, model }));
    match events.pop() {
        Some(Event::File(FileEvent::Loaded(loaded))) => Ok(*loaded),
        Some(Event::File(FileEvent::Refused { message })) => Err(message),
        other => panic!("{other:?}"),
    }
}

fn says(events: &[Event], kind: FailureKind) -> String {
    let message = events.iter().find_map(|event| match event {
        Event::Failed(failure) if failure.kind == kind => Some(failure.message.clone()),
        _ => None,
    });
    message.unwrap_or_else(|| panic!("nothing failed: {events:?}"))
}

#[test]
fn a_saved_model_comes_back_with_its_fingerprint_answers_and_is_trained_further() {
    let mut first = session(&model());
    let trained = fingerprint(&train(&mut first));
    for format in [FileFormat::Safetensors, FileFormat::Onnx] {
        let file = save(&mut first, format);
        assert_eq!(file.name, format!("digit-lab-{}{}", &trained[..8], format.ending()));
        let mut second = session(&ModelSpec::keras_recipe());
        let loaded = load(&mut second, file, ModelSpec::keras_recipe()).unwrap();
        assert_eq!((&loaded.model, &loaded.weights_hash), (&model(), &trained));
        assert!(!loaded.altered);
        if format == FileFormat::Safetensors {
            let (steps, test) = loaded.trained.unwrap();
            assert_eq!(steps, 12);
            assert!(test.unwrap().accuracy > 0.9);
        }
        assert_eq!(fingerprint(&second.handle(begin_with(2, &loaded))), trained);
        let ask = Command::Predict {
            request: 1,
            input: PredictInput::TestImage(2),
        };
        let [Event::Prediction(answer)] = &second.handle(ask)[..] else {
            panic!("it does not answer");
        };
        assert_eq!(
            (answer.model, answer.digit()),
            (Answering::Run { run: 2, global_step: 0 }, Some(2))
        );
        let further = train(&mut second);
        assert!(further.iter().any(|event| matches!(
            event,
            Event::State {
                state: RunState::Finished,
                ..
            }
        )));
        assert_ne!(fingerprint(&further), trained);
        let mut third = session(&model());
        third.handle(reset(2, &model(), &config()));
        assert_ne!(
            fingerprint(&further),
            fingerprint(&train(&mut third)),
            "the file's weights, not the seed's"
        );
    }
}

#[test]
fn a_run_whose_weights_are_not_there_says_so_and_the_old_one_stays() {
    let mut session = session(&model());
    let before = fingerprint(&train(&mut session));
    let config = TrainConfig {
        initial_weights: Some("0123456789abcdef".into()),
        ..config()
    };
    let message = says(&session.handle(reset(2, &model(), &config)), FailureKind::Settings);
    assert!(
        message.contains("0123456789abcdef of a file. Choose that file again"),
        "{message}"
    );
    let file = save(&mut session, FileFormat::Safetensors);
    assert!(file.name.contains(&before[..8]));
}

#[test]
fn what_cannot_be_loaded_is_refused_and_nothing_changes() {
    let mut session = session(&model());
    let before = save(&mut session, FileFormat::Safetensors);
    let other = ModelSpec::keras_recipe();
    let mut refused = |name: &str, bytes: &[u8]| {
        let file = OwnFile {
            name: name.into(),
            bytes: bytes.to_vec(),
        };
        let message = load(&mut session, file, other.clone()).unwrap_err();
        assert!(message.starts_with(&format!("{name} was not loaded: ")), "{message}");
        assert!(message.ends_with(". Nothing has changed."), "{message}");
        assert_eq!(save(&mut session, FileFormat::Safetensors), before);
        message
    };
    let half = &before.bytes[..before.bytes.len() / 2];
    assert!(refused("half.safetensors", half).contains("this is no safetensors file"));
    assert!(refused("long.safetensors", b"\xff\xff\xff\xff\0\0\0\0{").contains("its header has 4294967295 bytes"));
    assert!(refused("text.onnx", b"hello").contains("this is no ONNX file"));
    assert!(refused("empty", b"").contains("this is no ONNX file"));
    let zeros = vec![0u8; 4 * 9];
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![3, 3], &zeros).unwrap();
    let foreign = safetensors::serialize([("fc.weight", view)], None).unwrap();
    let message = refused("foreign.safetensors", &foreign);
    assert!(message.contains("expected conv2d.weight 3x3x1x32") && message.contains("found fc.weight 3x3"));
}

#[test]
fn keras_s_weights_without_a_model_are_those_of_the_model_on_the_page() {
    const KERAS: &[u8] = include_bytes!("../golden/keras-seed-recipe.safetensors");
    let recipe = ModelSpec::keras_recipe();
    let mut session = session(&recipe);
    let file = OwnFile {
        name: "keras.safetensors".into(),
        bytes: KERAS.to_vec(),
    };
    let loaded = load(&mut session, file, recipe.clone()).unwrap();
    assert_eq!((&loaded.model, loaded.trained), (&recipe, None));
    session.handle(begin_with(2, &loaded));
    let onnx = save(&mut session, FileFormat::Onnx);
    assert_eq!(onnx::load(onnx.bytes).unwrap().weights_hash(), loaded.weights_hash);
}

#[test]
fn an_altered_file_is_told_from_the_one_that_was_saved() {
    let mut session = session(&model());
    let mut file = save(&mut session, FileFormat::Safetensors);
    *file.bytes.last_mut().unwrap() ^= 1;
    *file.bytes.last_mut().unwrap() &= 0x3f;
    assert!(load(&mut session, file, model()).unwrap().altered);
}
