//! The coach: what it says of made-up courses and of real runs, and when it says nothing.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::path::Path;

use common::played::clock;
use digit_lab::{
    app::{
        coach::{Coach, Evidence, Finding},
        csv::csv,
        format::{fixed, precise, short},
        history::History,
        quantity::{Along, Quantity},
        text::t,
    },
    data::{DataSet, ImageSet, published::MNIST},
    protocol::{BatchReport, Command, EpochReport, Event, Failure, FailureKind, Metrics},
    random::{Stream, generator},
    session::Session,
    spec::{Activation, Change, DataSource, LayerSpec, LiveChange, ModelSpec, OptimizerSpec, TrainConfig},
};
use rand::{Rng, RngExt};

/// Steps an epoch of the made-up courses.
const STEPS: usize = 100;

/// A made-up course: what the batches and the epochs of a run said.
#[derive(Default)]
struct Course {
    history: History,
    epochs: usize,
    /// The learning rate by step; 0.001 unless told otherwise.
    rate: Option<fn(usize) -> f32>,
    penalties: bool,
}

impl Course {
    fn planned(epochs: usize) -> Self {
        Self {
            epochs,
            ..Self::default()
        }
    }

    /// More steps, whose loss follows `loss` with the noise of batches; the gradient is 1 long unless told otherwise.
    fn steps(mut self, count: usize, loss: impl Fn(usize) -> f32) -> Self {
        for _ in 0..count {
            let step = self.history.len() + 1;
            let noise = 1.0 + 0.1 * ((step * 7919 % 101) as f32 / 50.0 - 1.0);
            self.push(BatchReport {
                batch: metrics(loss(step) * noise, 0.5),
                gradient_norm: 1.0,
                ..report(step)
            });
        }
        self
    }

    /// From here on, the learning rate follows `rate`.
    fn at(mut self, rate: fn(usize) -> f32) -> Self {
        self.rate = Some(rate);
        self
    }

    fn gradients(mut self, count: usize, norm: f32, loss: f32) -> Self {
        for _ in 0..count {
            let step = self.history.len() + 1;
            self.push(BatchReport {
                batch: metrics(loss, 0.1),
                gradient_norm: norm,
                ..report(step)
            });
        }
        self
    }

    fn push(&mut self, mut report: BatchReport) {
        report.learning_rate = self.rate.map_or(0.001, |rate| rate(report.global_step));
        self.history.push(&report, report.global_step as f64 / 50.0, 0.0);
    }

    /// An epoch's end: training and validation.
    fn epoch(mut self, train: Metrics, validation: Metrics, dead_units: Option<f32>) -> Self {
        let epoch = self.history.epochs.len();
        self.history.epochs.push(EpochReport {
            epoch,
            global_step: (epoch + 1) * STEPS,
            train,
            validation,
            dead_units,
        });
        self
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence {
            history: &self.history,
            epochs: self.epochs,
            rate: 0.5,
            classes: 10,
            penalties: self.penalties,
            stopped: false,
        }
    }

    fn found(&self) -> Vec<Finding> {
        Coach::default().judge(&self.evidence())
    }
}

fn report(step: usize) -> BatchReport {
    BatchReport {
        epoch: (step - 1) / STEPS,
        step: (step - 1) % STEPS + 1,
        steps_per_epoch: STEPS,
        global_step: step,
        images: 64,
        ..BatchReport::default()
    }
}

fn metrics(loss: f32, accuracy: f32) -> Metrics {
    Metrics { loss, accuracy }
}

/// A course as good runs have it.
fn falling(step: usize) -> f32 {
    0.05 + 2.25 * (-(step as f32) / 60.0).exp()
}

#[test]
fn nothing_is_said_of_a_good_run_or_before_there_is_evidence() {
    assert_eq!(Course::planned(5).found(), []);
    for steps in [1, 20, 63, 64, 100, 199, 400] {
        assert_eq!(Course::planned(5).steps(steps, falling).found(), [], "{steps} steps");
    }
    let mut good = Course::planned(5).steps(500, falling);
    for (train, validation) in [(0.18, 0.06), (0.05, 0.04), (0.03, 0.031), (0.025, 0.029), (0.02, 0.032)] {
        good = good.epoch(
            metrics(train, 1.0 - train / 3.0),
            metrics(validation, 1.0 - validation / 3.0),
            Some(0.1),
        );
        assert_eq!(good.found(), []);
    }
}

#[test]
fn a_plateau_before_the_network_finds_something_is_no_slow_fall() {
    assert_eq!(Course::planned(10).steps(400, |_| 2.3).found(), []);
    let late = |step: usize| {
        if step < 300 {
            2.3
        } else {
            2.3 - (step - 300) as f32 / 60.0
        }
    };
    assert_eq!(Course::planned(10).steps(400, late).found(), []);
}

#[test]
fn a_loss_that_rises_is_a_rate_too_high() {
    let up = |step: usize| if step < 200 { falling(step) } else { 4.0 };
    let found = Course::planned(5).steps(300, up).found();
    let [Finding::LossRises { from, to, rate }] = found[..] else {
        panic!("{found:?}")
    };
    assert!(from < 0.3 && to > 3.5 && rate == 0.001);
    let from_the_start = Course::planned(5).steps(100, |step| 2.3 + step as f32 / 10.0).found();
    assert!(
        matches!(from_the_start[..], [Finding::LossRises { .. }]),
        "{from_the_start:?}"
    );
}

#[test]
fn a_first_step_too_far_is_a_rate_too_high() {
    let thrown = |step: usize| if step == 2 { 80.0 } else { 2.31 };
    let found = Course::planned(5).steps(200, thrown).found();
    let [Finding::ThrownOff { peak, now, .. }] = found[..] else {
        panic!("{found:?}")
    };
    assert!(peak > 70.0 && (now - 2.31).abs() < 0.1);
}

#[test]
fn a_straight_slow_fall_is_a_rate_too_low() {
    let slow = |step: usize| 2.3 - step as f32 * 1e-3;
    let found = Course::planned(5).steps(400, slow).found();
    let [
        Finding::SlowFall {
            from,
            to,
            steps: 400,
            end,
            ..
        },
    ] = found[..]
    else {
        panic!("{found:?}")
    };
    assert!(from > to && to > end && end > 1.8, "{found:?}");
    assert_eq!(
        Course::planned(50).steps(400, slow).found(),
        [],
        "the run is long enough"
    );
}

#[test]
fn a_warm_up_is_no_slow_fall_and_counts_for_none() {
    let slow = |step: usize| 2.3 - step as f32 * 1e-3;
    let warm_up = |step: usize| 0.001 * (step as f32 / 300.0).min(1.0);
    for (steps, said) in [(250, 0), (310, 0), (498, 0), (499, 1)] {
        let found = Course::planned(5).at(warm_up).steps(steps, slow).found();
        assert_eq!(found.len(), said, "{steps} steps: {found:?}");
    }
    let epochs = |run: Course| {
        (0..4)
            .fold(run, |run, _| run.epoch(metrics(0.8, 0.7), metrics(0.8, 0.7), None))
            .found()
    };
    assert_eq!(epochs(Course::planned(9).at(warm_up).steps(299, |_| 0.8)), []);
    let found = epochs(Course::planned(9).at(warm_up).steps(600, |_| 0.8));
    assert!(matches!(found[..], [Finding::UnderFitting { .. }]), "{found:?}");
}

#[test]
fn the_rate_that_is_named_is_the_one_in_force() {
    let up = |step: usize| if step < 200 { falling(step) } else { 4.0 };
    let run = Course::planned(5).steps(199, up).at(|_| 0.25).steps(101, up);
    let found = run.found();
    assert!(
        matches!(found[..], [Finding::LossRises { rate: 0.25, .. }]),
        "{found:?}"
    );
    let not_begun = Course::default();
    let before_the_first_step = Evidence {
        stopped: true,
        ..not_begun.evidence()
    };
    let found = Coach::default().judge(&before_the_first_step);
    assert!(
        matches!(found[..], [Finding::NotFinite { step: 1, rate: 0.5, .. }]),
        "{found:?}"
    );
}

#[test]
fn a_loss_with_penalties_is_not_measured_by_guessing() {
    let with = Course {
        penalties: true,
        ..Course::planned(5)
    };
    let decays = |step: usize| 2.0 + 100.0 * (-(step as f32) / 60.0).exp();
    assert_eq!(with.steps(400, decays).found(), []);
    let with = || Course {
        penalties: true,
        ..Course::planned(5)
    };
    assert_eq!(with().steps(400, |step| 120.0 - step as f32 * 1e-2).found(), []);
    assert_eq!(with().gradients(140, 1e-6, 2.3).found(), []);
    let up = |step: usize| if step < 200 { 50.0 } else { 120.0 };
    let found = with().steps(300, up).found();
    assert!(matches!(found[..], [Finding::LossRises { .. }]), "{found:?}");
}

#[test]
fn gradients_that_grow_or_vanish_are_told() {
    let grown = Course::planned(9)
        .gradients(100, 0.9, 2.3)
        .gradients(40, 200.0, 2.3)
        .found();
    assert!(
        matches!(grown[..], [Finding::Exploding { from: 0.9, to: 200.0 }]),
        "{grown:?}"
    );
    let gone = Course::planned(9).gradients(140, 1e-6, 2.3).found();
    assert!(matches!(gone[..], [Finding::Vanishing { norm: 1e-6, .. }]), "{gone:?}");
    let solved = Course::planned(9).gradients(140, 1e-6, 0.001).found();
    assert_eq!(solved, [], "a small gradient at a small loss is the aim");
}

#[test]
fn dead_units_come_and_go_with_two_thresholds() {
    let mut coach = Coach::default();
    let mut course = Course::planned(9).steps(200, falling);
    let said = [0.39, 0.41, 0.35, 0.29, 0.35].map(|dead| {
        let epoch = std::mem::take(&mut course).epoch(metrics(0.1, 0.97), metrics(0.1, 0.97), Some(dead));
        course = epoch;
        coach.judge(&course.evidence()).len()
    });
    assert_eq!(said, [0, 1, 1, 0, 0]);
}

#[test]
fn over_fitting_is_told_with_its_epoch() {
    let course = [
        (0.9, 0.8),
        (0.4, 0.5),
        (0.2, 0.45),
        (0.1, 0.5),
        (0.05, 0.6),
        (0.02, 0.7),
    ];
    let mut run = Course::planned(9).steps(100, falling);
    let mut said = vec![];
    for (train, validation) in course {
        run = run.epoch(metrics(train, 0.9), metrics(validation, 0.88), None);
        said.push(run.found().len());
    }
    assert_eq!(said, [0, 0, 0, 0, 0, 1]);
    let found = run.found();
    assert!(
        matches!(
            found[..],
            [Finding::OverFitting {
                best: 3,
                lowest: 0.45,
                validation: 0.7,
                training: 0.02
            }]
        ),
        "{found:?}"
    );
}

#[test]
fn a_lasting_gap_is_over_fitting_and_a_closing_one_is_not() {
    let run = |gaps: &[(f32, f32)]| {
        let start = Course::planned(9).steps(100, falling);
        let run = gaps.iter().fold(start, |run, &(train, validation)| {
            run.epoch(metrics(0.1, train), metrics(0.4, validation), None)
        });
        run.found()
    };
    let lasting = run(&[(0.6, 0.7), (0.9, 0.84), (0.97, 0.85), (1.0, 0.86)]);
    assert!(
        matches!(
            lasting[..],
            [Finding::Gap {
                since: 2,
                training: 1.0,
                validation: 0.86
            }]
        ),
        "{lasting:?}"
    );
    assert_eq!(run(&[(0.9, 0.3), (0.95, 0.6), (0.97, 0.85)]), [], "it closes");
}

#[test]
fn a_low_plateau_is_under_fitting() {
    let run = |accuracies: [f32; 4], validation| {
        let start = Course::planned(9).steps(400, |_| 0.8);
        let run = accuracies.into_iter().fold(start, |run, accuracy| {
            run.epoch(metrics(0.8, accuracy), metrics(0.8, validation), None)
        });
        run.found()
    };
    let found = run([0.701, 0.703, 0.7, 0.702], 0.7);
    assert!(
        matches!(found[..], [Finding::UnderFitting { epochs: [1, 4], .. }]),
        "{found:?}"
    );
    assert_eq!(run([0.6, 0.65, 0.69, 0.72], 0.7), [], "it still learns");
    assert_eq!(
        run([0.7; 4], 0.9),
        [],
        "augmented images are harder than those of validation"
    );
}

#[test]
fn no_course_makes_it_panic_or_write_what_is_no_number() {
    let rng = &mut generator(4, Stream::Weights);
    for _ in 0..1000 {
        let mut coach = Coach::default();
        let mut course = Course::planned(rng.random_range(0..9));
        for _ in 0..rng.random_range(0..4) {
            let [base, change] = [wild(rng), wild(rng)];
            course = course.steps(rng.random_range(0..200), |step| base + change * step as f32);
            course = course.gradients(rng.random_range(0..60), wild(rng), wild(rng));
            let epoch = [wild(rng), wild(rng), wild(rng), wild(rng)];
            course = course.epoch(
                metrics(epoch[0], epoch[1]),
                metrics(epoch[2], epoch[3]),
                Some(wild(rng)),
            );
            let evidence = Evidence {
                rate: wild(rng),
                classes: rng.random_range(0..30),
                penalties: rng.random_range(0..2) == 0,
                stopped: rng.random_range(0..2) == 0,
                ..course.evidence()
            };
            for finding in coach.judge(&evidence) {
                plain(&t().coach.finding(&finding));
            }
        }
        course.history.smooth(0.9);
        plain(&csv(&course.history));
        for quantity in Quantity::ALL {
            let value = wild(rng);
            [quantity.show(value), fixed(value, 3), short(value), precise(value)]
                .iter()
                .for_each(|text| plain(text));
            assert!(
                course
                    .history
                    .points(quantity, Along::Time)
                    .iter()
                    .all(|(_, value)| value.is_finite())
            );
        }
    }
}

/// Any number at all, finite or not.
fn wild(rng: &mut impl Rng) -> f32 {
    match rng.random_range(0..4) {
        0 => f32::from_bits(rng.next_u32()),
        1 => [f32::NAN, f32::INFINITY, 0.0, f32::MAX, f32::MIN_POSITIVE][rng.random_range(0..5)],
        _ => rng.random_range(0..2000) as f32 / 1000.0,
    }
}

fn plain(text: &str) {
    assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
}

/// The first images of MNIST: so many to train on, 1,000 to validate.
fn digits(train: usize) -> DataSet {
    let all = MNIST
        .load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data/mnist"))
        .unwrap();
    let first = |set: ImageSet, count: usize| ImageSet {
        images: set.images[..count * 784].to_vec(),
        labels: set.labels[..count].to_vec(),
        ..set
    };
    DataSet {
        train: first(all.train, train),
        test: first(all.test, 1000),
    }
}

/// A real run, to its end: all that the coach says on the way, as the page would show it.
fn train(model: ModelSpec, config: TrainConfig, images: usize) -> Vec<Finding> {
    let mut session = Session::new(clock);
    session.provide_data(DataSource::Mnist, digits(images));
    let (rate, epochs, penalties) = (config.learning_rate, config.epochs, model.has_penalties());
    session.handle(Command::Reset { run: 1, model, config });
    session.handle(Command::Train);
    let (mut history, mut coach, mut said, mut stopped) = (History::default(), Coach::default(), vec![], false);
    while session.is_busy() {
        for event in session.tick() {
            match event {
                Event::Batch {
                    report,
                    elapsed_seconds,
                    ..
                } => history.push(&report, elapsed_seconds, 0.0),
                Event::Epoch { report, .. } => history.epochs.push(report),
                Event::Failed(Failure {
                    kind: FailureKind::Run, ..
                }) => stopped = true,
                _ => {}
            }
        }
        let evidence = Evidence {
            history: &history,
            epochs,
            rate,
            classes: 10,
            penalties,
            stopped,
        };
        for finding in coach.judge(&evidence) {
            plain(&t().coach.finding(&finding));
            said.retain(|old| std::mem::discriminant(old) != std::mem::discriminant(&finding));
            said.push(finding);
        }
    }
    said
}

fn dense(units: usize) -> ModelSpec {
    ModelSpec {
        input_shape: vec![28, 28, 1],
        layers: vec![
            LayerSpec::Flatten,
            LayerSpec::dense(units, Activation::Relu),
            LayerSpec::dense(units, Activation::Relu),
            LayerSpec::dense(10, Activation::Softmax),
        ],
    }
}

#[test]
fn the_seed_recipe_is_left_in_peace() {
    let config = TrainConfig {
        epochs: 2,
        ..TrainConfig::default()
    };
    assert_eq!(train(ModelSpec::keras_recipe(), config, 12_000), []);
}

#[test]
fn two_hundred_images_are_learned_by_heart() {
    let config = TrainConfig {
        epochs: 30,
        batch_size: 32,
        ..TrainConfig::default()
    };
    let said = train(dense(128), config, 200);
    let is_over_fitting = |finding: &Finding| matches!(finding, Finding::OverFitting { .. } | Finding::Gap { .. });
    assert!(!said.is_empty() && said.iter().all(is_over_fitting), "{said:?}");
}

#[test]
fn a_rate_of_a_few_millionths_is_too_low() {
    let config = TrainConfig {
        epochs: 2,
        learning_rate: 3e-6,
        ..TrainConfig::default()
    };
    let said = train(dense(64), config, 12_000);
    assert!(matches!(said[..], [Finding::SlowFall { .. }]), "{said:?}");
}

#[test]
fn a_rate_of_one_is_too_high() {
    let config = TrainConfig {
        epochs: 2,
        learning_rate: 1.0,
        ..TrainConfig::default()
    };
    let said = train(dense(64), config, 6000);
    let by_rate = |finding: &Finding| {
        matches!(
            finding,
            Finding::LossRises { .. } | Finding::ThrownOff { .. } | Finding::DeadUnits { .. }
        )
    };
    assert!(
        said.iter().any(|finding| !matches!(finding, Finding::DeadUnits { .. })) && said.iter().all(by_rate),
        "{said:?}"
    );
}

#[test]
fn a_run_that_leaves_the_finite_numbers_is_stopped_with_a_reason() {
    let config = TrainConfig {
        learning_rate: 10.0,
        optimizer: OptimizerSpec::SGD,
        ..TrainConfig::default()
    };
    let linear = |units| LayerSpec::dense(units, Activation::Linear);
    let mut model = dense(64);
    model.layers.splice(1..3, [linear(64), linear(64)]);
    let said = train(model, config, 6000);
    let stopped = said.iter().find_map(|finding| match finding {
        Finding::NotFinite { step, rate: 10.0, .. } => Some(*step),
        _ => None,
    });
    assert!(stopped.is_some_and(|step| step > 1 && step < 95), "{said:?}");
}

#[test]
fn a_rate_that_was_changed_on_the_way_is_named_as_it_is() {
    let config = TrainConfig {
        learning_rate: 1e-3,
        optimizer: OptimizerSpec::SGD,
        changes: vec![LiveChange {
            global_step: 20,
            change: Change::LearningRate(10.0),
        }],
        ..TrainConfig::default()
    };
    let linear = |units| LayerSpec::dense(units, Activation::Linear);
    let mut model = dense(64);
    model.layers.splice(1..3, [linear(64), linear(64)]);
    let said = train(model, config, 6000);
    let named = |finding: &Finding| {
        matches!(
            finding,
            Finding::NotFinite {
                step: 21..,
                rate: 10.0,
                ..
            }
        )
    };
    assert!(said.iter().any(named), "{said:?}");
}

#[test]
fn penalties_are_not_taken_for_a_wrong_rate() {
    for l2 in ["0.1", "1"] {
        let mut model = dense(64);
        model.layers[1].set_argument("l2", l2).unwrap();
        let config = TrainConfig {
            epochs: 2,
            ..TrainConfig::default()
        };
        assert_eq!(train(model, config, 6000), [], "l2 = {l2}");
    }
}

#[test]
fn units_that_die_are_counted() {
    let config = TrainConfig {
        epochs: 1,
        learning_rate: 0.3,
        ..TrainConfig::default()
    };
    let said = train(dense(64), config, 6000);
    assert!(
        said.iter()
            .any(|finding| matches!(finding, Finding::DeadUnits { share, .. } if *share >= 0.4)),
        "{said:?}"
    );
}
