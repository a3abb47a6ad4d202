//! The readers, and good files for each.

use std::{fs, io::Write, path::Path, sync::OnceLock};

use digit_lab::{
    app::{
        history::History,
        record::{POINTS, Record},
        saved::{self, Notes, Saved},
        settings::Settings,
    },
    data::{
        DataSet,
        own::{Import, OwnFile},
    },
    io::{
        checkpoint::{Checkpoint, VERSION},
        model::read,
        onnx,
        safetensors::{Facts, save, save_halves},
    },
    nn::Sequential,
    protocol::{BatchReport, Command, Drawing, Event, RecoveryCommand, RecoveryEvent, RunState, SimdTier},
    random::{Stream, generator},
    sealed,
    session::Session,
    spec::{DataSource, ModelSpec, TrainConfig, parse_layers},
};
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder},
};
use rand::Rng;

use crate::common::{
    models::Draws,
    sessions::{blocks, reset, run},
};

/// A reader, and good files for it.
pub struct Reader {
    pub name: &'static str,
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Whether the bytes are taken.
    pub read: fn(&[u8]) -> bool,
}

/// Every way in.
pub const READERS: [Reader; 8] = [
    Reader {
        name: "idx",
        seeds: || vec![images()],
        read: own_files,
    },
    Reader {
        name: "gzip",
        seeds: || vec![gzip(&images())],
        read: own_files,
    },
    Reader {
        name: "safetensors",
        seeds: || {
            let formats = [save, save_halves];
            let models = MODELS.map(model);
            let files = models
                .iter()
                .flat_map(|model| formats.map(|save| save(model, &facts(model))));
            files.collect()
        },
        read: model_file,
    },
    Reader {
        name: "onnx",
        seeds: || {
            let own = MODELS.map(model).map(|model| onnx::save(&model, &facts(&model)));
            [own.into(), foreign()].concat()
        },
        read: model_file,
    },
    Reader {
        name: "checkpoint",
        seeds: || vec![checkpoint()[sealed::HEAD..].to_vec()],
        // As one does who knows the checksum.
        read: |body| Checkpoint::from_bytes(&sealed::seal(*b"DigitRun", VERSION, |bytes| bytes.extend(body))).is_ok(),
    },
    Reader {
        name: "link",
        seeds: links,
        read: |bytes| Settings::parse(&String::from_utf8_lossy(bytes)).1.is_empty(),
    },
    Reader {
        name: "history",
        seeds: || vec![record().to_bytes()],
        read: |bytes| Record::from_bytes(bytes).is_some(),
    },
    Reader {
        name: "saved run",
        seeds: || vec![saved_run()[sealed::HEAD..].to_vec()],
        // Its first part with a right checksum, and the checkpoint as it comes then.
        read: |body| {
            let notes = body.len().saturating_sub(checkpoint_length());
            let mut file = sealed::seal(*b"DigitLab", saved::VERSION, |bytes| bytes.extend(&body[..notes]));
            file.extend(&body[notes..]);
            Saved::from_bytes(&file).is_ok_and(|saved| {
                let _ = (saved.notes.record.settings(), saved.notes.record.title());
                Checkpoint::from_bytes(&saved.checkpoint).is_ok()
            })
        },
    },
];

/// Small, so that many can be built.
const MODELS: [&str; 2] = [
    "Conv2D:2,3x3,activation=gelu/MaxPooling2D:pool_size=4x4/BatchNormalization/Flatten/Dense:3,activation=softmax",
    "Conv2D:2,5x5,strides=3x3,padding=same/DepthwiseConv2D:3x3/Dropout:0.5/GlobalAveragePooling2D/Dense:3",
];

fn spec(layers: &str) -> ModelSpec {
    ModelSpec {
        input_shape: vec![28, 28, 1],
        layers: parse_layers(layers).unwrap(),
    }
}

fn model(layers: &str) -> Sequential {
    Sequential::build(&spec(layers), &mut generator(1, Stream::Weights)).unwrap()
}

fn facts(model: &Sequential) -> Facts {
    Facts {
        model: model.spec().clone(),
        config: TrainConfig::default(),
        global_step: 0,
        test: None,
        weights_hash: model.weights_hash(),
    }
}

fn model_file(bytes: &[u8]) -> bool {
    read(bytes.to_vec(), &spec(MODELS[0])).is_ok()
}

const COUNT: u8 = 12;

fn images() -> Vec<u8> {
    let header = [0x0803, u32::from(COUNT), 28, 28].map(u32::to_be_bytes).concat();
    [header, vec![7; usize::from(COUNT) * 784]].concat()
}

fn labels() -> Vec<u8> {
    let header = [0x0801, u32::from(COUNT)].map(u32::to_be_bytes).concat();
    [header, (0..COUNT).map(|label| label % 3).collect()].concat()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn file(name: &str, bytes: &[u8]) -> OwnFile {
    OwnFile {
        name: name.into(),
        bytes: bytes.to_vec(),
    }
}

fn import(files: Vec<OwnFile>) -> bool {
    let Ok(mut import) = Import::new(files) else {
        return false;
    };
    loop {
        match import.go_on() {
            Ok(None) => {}
            end => return end.is_ok(),
        }
    }
}

/// The file beside good labels, then in their place.
fn own_files(bytes: &[u8]) -> bool {
    let as_images = import(vec![file("a", bytes), file("b", &labels())]);
    import(vec![file("a", &images()), file("b", bytes)]) || as_images
}

/// The most images that there may be.
const MANY: u32 = 200_000;

/// The file beside as many labels.
pub fn many_images(bytes: &[u8]) -> bool {
    let labels = [[0x0801, MANY].map(u32::to_be_bytes).concat(), vec![1; MANY as usize]].concat();
    import(vec![file("a", bytes), file("b", &labels)])
}

/// As large as a file with so many images must be, with a few of them.
pub fn half_a_bomb() -> Vec<u8> {
    let header = [0x0803, MANY, 28, 28].map(u32::to_be_bytes).concat();
    let rng = &mut generator(1, Stream::Weights);
    let noise: Vec<u8> = (0..1 << 20).map(|_| rng.next_u32() as u8).collect();
    gzip(&[header, noise].concat())
}

fn links() -> Vec<Vec<u8>> {
    let mut draws = Draws::new(1);
    let mut links: Vec<String> = (0..20)
        .map(|_| format!("model={}", digit_lab::spec::print_layers(&draws.model().layers)))
        .collect();
    links.push("preset=best&optimizer=adamw&beta1=0.8&schedule=onecycle&pct_start=0.2&clip=clipnorm&clip_at=2".into());
    links.push("weights=0123456789abcdef&data=own-00c0ffee&without=3,7&changes=120:lr:0.01,300:batch:32&seed=9".into());
    links.push("task=Reach%20it&lock=data,model&goal=acc:0.98,params:10000&expect=0123456789abcdef".into());
    links.into_iter().map(String::into_bytes).collect()
}

/// What PyTorch, Keras and others wrote, of which each can be read.
fn foreign() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files");
    let folders = ["exported", "graphs"].map(|name| folder.join(name));
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "onnx"));
    paths.sort();
    let mut files: Vec<_> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    files.retain(|file| model_file(file));
    assert!(files.len() >= 15, "{} graphs can be read", files.len());
    files
}

fn record() -> Record {
    let mut history = History::default();
    for step in 1..=20 {
        let report = BatchReport {
            step,
            steps_per_epoch: 20,
            global_step: step,
            ..BatchReport::default()
        };
        history.push(&report, step as f64, 0.0);
    }
    Record {
        id: 1,
        name: "a run".into(),
        link: "lr=0.01&limit=1280".into(),
        state: RunState::Finished,
        steps: 20,
        seconds: 20.0,
        tier: SimdTier::Scalar,
        workers: 2,
        weights_hash: "0123456789abcdef".into(),
        validation: None,
        test: None,
        course: history.thinned(POINTS),
    }
}

/// A run as users download it.
fn saved_run() -> Vec<u8> {
    let drawing = Drawing {
        strokes: vec![vec![[0.25, 0.5], [0.5, 0.5]]],
    };
    let saved = Saved {
        at: 1.5e12,
        notes: Notes {
            record: record(),
            drawing,
        },
        checkpoint: checkpoint(),
    };
    saved.to_bytes()
}

fn checkpoint_length() -> usize {
    static LENGTH: OnceLock<usize> = OnceLock::new();
    *LENGTH.get_or_init(|| checkpoint().len())
}

/// A run after two steps.
fn checkpoint() -> Vec<u8> {
    let mut session = Session::new(|| 0.0);
    let data = DataSet {
        train: blocks(40, 3),
        test: blocks(20, 3),
    };
    session.provide_data(DataSource::Mnist, data);
    let config = TrainConfig {
        batch_size: 10,
        ..TrainConfig::default()
    };
    session.handle(reset(1, &spec(MODELS[0]), &config));
    for _ in 0..2 {
        run(&mut session, Command::Step);
    }
    match &session.handle(Command::Recovery(RecoveryCommand::Save))[..] {
        [Event::Recovery(RecoveryEvent::Saved { checkpoint, .. })] => checkpoint.clone(),
        other => panic!("it is not saved: {other:?}"),
    }
}

/// Models near the limits, by the reader's name.
pub fn large() -> Vec<(&'static str, Vec<u8>)> {
    let model = model("Flatten/Dense:4096/Dense:2048/Dense:1024/Dense:10");
    let facts = facts(&model);
    vec![
        ("safetensors", save(&model, &facts)),
        ("onnx", onnx::save(&model, &facts)),
    ]
}

/// Twelve images and 10 GB of zeros behind them, in 10 MB.
fn bomb() -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(vec![], Compression::best());
    let mut part = |content: &[u8]| {
        encoder.write_all(content).unwrap();
        // Ends at a whole byte: the part can be had again and again.
        encoder.flush().unwrap();
        std::mem::take(encoder.get_mut())
    };
    let (images, zeros) = (part(&images()), part(&vec![0; 1 << 20]));
    const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    [&HEAD[..], &images, &zeros.repeat(10 << 10)].concat()
}

/// Files that say they are much larger than they are, by the reader's name.
pub fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let headers = |images: u32, height: u32, width: u32| [0x0803, images, height, width].map(u32::to_be_bytes).concat();
    let tensor = |offsets: &str, shape: &str| {
        let header = format!(r#"{{"w":{{"dtype":"F32","shape":{shape},"data_offsets":{offsets}}}}}"#);
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes()].concat()
    };
    let nodes = [0x0a, 0x00].repeat(1 << 20);
    let mut graph = vec![0x08, 0x08, 0x3a];
    prost::encoding::encode_varint(nodes.len() as u64, &mut graph);
    graph.extend(nodes);
    vec![
        ("idx", headers(u32::MAX, 28, 28)),
        ("idx", headers(1, u32::MAX, u32::MAX)),
        ("gzip", bomb()),
        ("gzip", gzip(&[headers(200_000, 28, 28), vec![0; 1 << 20]].concat())),
        (
            "safetensors",
            tensor("[0,4611686018427387904]", "[1152921504606846976]"),
        ),
        (
            "safetensors",
            tensor("[0,0]", "[18446744073709551615,18446744073709551615]"),
        ),
        ("onnx", graph),
    ]
}
