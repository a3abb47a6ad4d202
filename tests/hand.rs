//! The user's own hand, as the page drives it: what is said of a drawing, numbers of several digits, and learning from
//! drawings; with the models that are shipped.

use std::path::Path;

use digit_lab::{
    data::{
        DataSet, ImageSet,
        published::MNIST,
        verdict::{Doubt, judge},
    },
    io::model,
    nn::{layers::Mode, loss::softmax},
    protocol::{
        Answering, Command, Drawing, Event, FailureKind, HandCommand, HandEvent, Lesson, PredictInput, Prediction,
        Verdict,
    },
    session::Session,
    spec::{DataSource, ModelSpec, TrainConfig},
    train::scaled,
};
use serde::Deserialize;

/// A drawing of the sets in `tests/strokes`.
#[derive(Deserialize)]
struct Sample {
    #[serde(default)]
    digit: usize,
    #[serde(default)]
    kind: String,
    #[serde(flatten)]
    drawing: Drawing,
}

fn digits() -> Vec<Sample> {
    serde_json::from_str(include_str!("strokes/digits.json")).unwrap()
}

fn others() -> Vec<Sample> {
    serde_json::from_str(include_str!("strokes/others.json")).unwrap()
}

/// With the shipped models.
fn session() -> Session {
    let mut session = Session::new(|| 0.0);
    let pretrained = include_bytes!("../public/model/pretrained.safetensors");
    assert_eq!(session.provide_pretrained(pretrained), [Event::PretrainedReady]);
    assert_eq!(
        session.provide_gate(include_bytes!("../public/model/gate.safetensors")),
        []
    );
    session
}

fn predict(session: &mut Session, drawing: &Drawing) -> Prediction {
    let input = PredictInput::Drawing(drawing.clone());
    let events = session.handle(Command::Predict { request: 1, input });
    match events.into_iter().next() {
        Some(Event::Prediction(prediction)) => *prediction,
        other => panic!("no prediction but {other:?}"),
    }
}

/// Two drawings beside each other, each in a part of the pad.
fn beside(left: &Drawing, right: &Drawing) -> Drawing {
    let placed = |drawing: &Drawing, from: f32| {
        let points = |stroke: &Vec<[f32; 2]>| stroke.iter().map(|[x, y]| [from + 0.45 * x, 0.3 + 0.45 * y]).collect();
        drawing.strokes.iter().map(points).collect::<Vec<_>>()
    };
    Drawing {
        strokes: [placed(left, 0.02), placed(right, 0.5)].concat(),
    }
}

/// The share of drawings that get no digit.
fn refused(session: &mut Session, samples: &[Sample]) -> f32 {
    let refused = samples
        .iter()
        .filter(|sample| predict(session, &sample.drawing).answer().is_none());
    refused.count() as f32 / samples.len() as f32
}

#[test]
fn no_digit_is_refused_and_97_of_100_styles_are_read() {
    let mut session = session();
    let samples = digits();
    let mut wrong = 0;
    for sample in &samples {
        let prediction = predict(&mut session, &sample.drawing);
        assert_ne!(prediction.verdict, Verdict::NoDigit, "{}", sample.digit);
        assert_eq!(prediction.reading, [prediction.answer()]);
        wrong += usize::from(prediction.answer() != Some(sample.digit));
    }
    assert!(wrong * 100 <= 3 * samples.len(), "{wrong} of {}", samples.len());
}

/// The set of another generator, which no model was trained on: tiny and huge, leaning, shaking, five points a stroke.
#[test]
fn hurried_hands_are_read_and_hardly_ever_refused() {
    let mut session = session();
    let samples: Vec<Sample> = serde_json::from_str(include_str!("strokes/stress.json")).unwrap();
    let read = samples
        .iter()
        .filter(|sample| predict(&mut session, &sample.drawing).answer() == Some(sample.digit));
    let read = read.count();
    assert!(read * 100 >= 97 * samples.len(), "{read} of {}", samples.len());
    let refused = refused(&mut session, &samples);
    assert!(refused <= 0.02, "{refused} of {}", samples.len());
}

/// The letters in the set that the gate never saw are counted, too.
#[test]
fn scribbles_and_letters_get_no_digit() {
    let mut session = session();
    for kind in ["scribble", "letter"] {
        let samples: Vec<_> = others().into_iter().filter(|sample| sample.kind == kind).collect();
        let share = refused(&mut session, &samples);
        assert!(share >= 0.95, "{kind}: {share} of {}", samples.len());
    }
}

/// The set of another generator and of another alphabet's design, which no model was trained on.
#[test]
fn scribbles_and_letters_of_another_hand_get_no_digit() {
    let mut session = session();
    let all: Vec<Sample> = serde_json::from_str(include_str!("strokes/stress-others.json")).unwrap();
    let (letters, scribbles): (Vec<_>, Vec<_>) = all.into_iter().partition(|sample| sample.kind == "letter");
    for samples in [letters, scribbles] {
        let (kind, share) = (&samples[0].kind, refused(&mut session, &samples));
        assert!(share >= 0.95, "{kind}: {share} of {}", samples.len());
    }
}

/// Ten of each digit, of UCI's 14 writers who are in no training set: `strokes/pens.py`.
#[test]
fn real_pens_of_unseen_writers_are_read_and_hardly_ever_refused() {
    let mut session = session();
    let samples: Vec<Sample> = serde_json::from_str(include_str!("strokes/pens-unseen.json")).unwrap();
    let answers = samples
        .iter()
        .map(|sample| predict(&mut session, &sample.drawing).answer());
    let answers: Vec<_> = answers.collect();
    let refused = answers.iter().filter(|answer| answer.is_none()).count();
    let read = samples
        .iter()
        .zip(&answers)
        .filter(|(sample, answer)| **answer == Some(sample.digit));
    assert!(refused <= 2, "{refused} of {}", samples.len());
    assert!(read.count() >= 95, "{answers:?}");
}

#[test]
fn hardly_any_image_of_mnist_is_doubted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist");
    let test = MNIST.load(&folder).expect("run scripts/setup").test;
    let gate = include_bytes!("../public/model/gate.safetensors").to_vec();
    let mut gate = model::read(gate, &ModelSpec::keras_recipe()).unwrap().model;
    let (mut refused, classes) = (0, gate.classes());
    for images in test.images.chunks(250 * 784) {
        let images: Vec<f32> = scaled(images).collect();
        let mut probabilities = gate.forward(&images, Mode::Predict).to_vec();
        softmax(&mut probabilities, classes);
        let doubts = probabilities.chunks(classes).map(|all| Doubt {
            gate: all[classes - 1],
            length: 0.0,
        });
        refused += doubts.filter(|&doubt| judge(doubt, &[1.0]) == Verdict::NoDigit).count();
    }
    assert!(refused <= 200, "{refused} of 10,000");
}

/// A one whose flag grows to the bar of a seven.
fn between_one_and_seven(share: f32) -> Drawing {
    Drawing {
        strokes: vec![vec![[0.6 - 0.4 * share, 0.2], [0.6, 0.2], [0.54, 0.5], [0.48, 0.8]]],
    }
}

#[test]
fn a_drawing_between_two_digits_names_both() {
    let mut session = session();
    let steps = (0..=100).map(|step| predict(&mut session, &between_one_and_seven(step as f32 / 100.0)));
    let steps: Vec<_> = steps.collect();
    assert_eq!([steps[0].answer(), steps[100].answer()], [Some(1), Some(7)]);
    let is_unsure = |it: &&Prediction| matches!(it.verdict, Verdict::Ambiguous { .. });
    let unsure: Vec<_> = steps.iter().filter(is_unsure).collect();
    assert!(!unsure.is_empty(), "none in between");
    for prediction in unsure {
        let (Verdict::Ambiguous { rival }, Some(first)) = (prediction.verdict, prediction.answer()) else {
            panic!("{prediction:?}");
        };
        assert_eq!(prediction.reading, [Some(first)]);
        let [likely, other] = [first, rival].map(|class| prediction.probabilities[class]);
        assert!(other >= 0.5 * likely && other <= likely, "{likely} {other}");
    }
}

#[test]
fn a_refused_drawing_says_so_and_keeps_its_probabilities() {
    let mut session = session();
    let cross = |x: f32, y: f32| vec![[0.5 - x, 0.5 - y], [0.5 + x, 0.5 + y]];
    let hash = Drawing {
        strokes: vec![
            cross(0.3, 0.0).iter().map(|[x, y]| [*x, y - 0.12]).collect(),
            cross(0.3, 0.0).iter().map(|[x, y]| [*x, y + 0.12]).collect(),
            cross(0.0, 0.35).iter().map(|[x, y]| [x - 0.12, *y]).collect(),
            cross(0.0, 0.35).iter().map(|[x, y]| [x + 0.12, *y]).collect(),
        ],
    };
    let prediction = predict(&mut session, &hash);
    assert_eq!((prediction.verdict, prediction.answer()), (Verdict::NoDigit, None));
    assert_eq!(prediction.probabilities.len(), 10);
}

#[test]
fn two_digits_side_by_side_are_a_number() {
    let (mut session, digits) = (session(), digits());
    let mut wrong = vec![];
    for (index, left) in digits.iter().enumerate() {
        let right = &digits[(index * 7 + 3) % digits.len()];
        let prediction = predict(&mut session, &beside(&left.drawing, &right.drawing));
        assert_eq!(prediction.answer(), None);
        if prediction.reading != [Some(left.digit), Some(right.digit)] {
            wrong.push((left.digit, right.digit, prediction.reading));
        }
    }
    // Each style is in two of them.
    assert!(wrong.len() * 100 <= 6 * digits.len(), "{wrong:?}");
}

/// Squares of ink, the class by their place: enough to rehearse.
fn images(count: usize) -> ImageSet {
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let image = |&label: &u8| (0..784).map(move |pixel| if (pixel / 28) / 3 == usize::from(label) { 255 } else { 0 });
    ImageSet {
        images: labels.iter().flat_map(image).collect(),
        labels,
        image_shape: [28, 28],
    }
}

fn with_images() -> Session {
    let mut session = session();
    let (train, test) = (images(600), images(200));
    session.provide_data(DataSource::Mnist, DataSet { train, test });
    session
}

fn keep(session: &mut Session, drawing: &Drawing, label: u8) -> Vec<Event> {
    let drawing = drawing.clone();
    session.handle(Command::Hand(HandCommand::Keep { drawing, label }))
}

fn learn(session: &mut Session) -> Lesson {
    let started = session.handle(Command::Hand(HandCommand::Learn));
    assert_eq!(started, [Event::Hand(HandEvent::Learning { share: 0.0 })]);
    let mut shares = vec![];
    while session.is_busy() {
        for event in session.tick() {
            match event {
                Event::Hand(HandEvent::Learning { share }) => shares.push(share),
                Event::Hand(HandEvent::Learned(lesson)) => {
                    assert!(shares.is_sorted() && shares.iter().all(|share| (0.0..=1.0).contains(share)));
                    return lesson;
                }
                other => panic!("{other:?}"),
            }
        }
    }
    panic!("the lesson has no end")
}

#[test]
fn a_lesson_teaches_the_drawings_and_can_be_taken_back() {
    let mut session = with_images();
    let one = digits().into_iter().find(|sample| sample.digit == 1).unwrap().drawing;
    let before = predict(&mut session, &one);
    assert_eq!(before.answer(), Some(1));
    assert_eq!(
        keep(&mut session, &one, 4),
        [Event::Hand(HandEvent::Kept { examples: 1 })]
    );
    let lesson = learn(&mut session);
    assert_eq!((lesson.examples, lesson.drawings), (1, [0.0, 1.0]));
    assert!(lesson.images[1] > lesson.images[0], "{lesson:?}");
    let taught = predict(&mut session, &one);
    assert_eq!(
        (taught.model, taught.digit()),
        (Answering::Learned { examples: 1 }, Some(4))
    );
    let unlearned = session.handle(Command::Hand(HandCommand::Unlearn));
    assert_eq!(unlearned, [Event::Hand(HandEvent::Unlearned { left: 0 })]);
    let again = predict(&mut session, &one);
    assert_eq!((again.model, again.probabilities), (before.model, before.probabilities));
}

#[test]
fn what_cannot_be_learned_says_why_and_changes_nothing() {
    let mut session = session();
    let refused = |events: Vec<Event>| match &events[..] {
        [Event::Hand(HandEvent::Ended), Event::Failed(failure)] => {
            assert_eq!(failure.kind, FailureKind::Request);
            failure.message.clone()
        }
        other => panic!("{other:?}"),
    };
    let message = refused(session.handle(Command::Hand(HandCommand::Learn)));
    assert!(message.contains("no drawing"), "{message}");
    let blank = keep(&mut session, &Drawing::default(), 1);
    assert!(matches!(&blank[..], [Event::Failed(failure)] if failure.kind == FailureKind::Request));
    keep(&mut session, &digits()[0].drawing, 0);
    let message = refused(session.handle(Command::Hand(HandCommand::Learn)));
    assert!(message.contains("loading"), "{message}");
    let mut session = with_images();
    keep(&mut session, &digits()[0].drawing, 0);
    session.handle(Command::Reset {
        run: 1,
        model: ModelSpec::keras_recipe(),
        config: TrainConfig::default(),
    });
    session.handle(Command::Train);
    let message = refused(session.handle(Command::Hand(HandCommand::Learn)));
    assert!(message.contains("Pause"), "{message}");
    keep(&mut session, &digits()[0].drawing, 200);
    session.handle(Command::Pause);
    let message = refused(session.handle(Command::Hand(HandCommand::Learn)));
    assert!(message.contains("classes"), "{message}");
    assert!(predict(&mut session, &digits()[0].drawing).answer().is_some());
}
