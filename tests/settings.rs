//! A thousand random settings, trained for a few steps: whatever becomes of them, no number that is none reaches the page.
#![cfg(not(target_arch = "wasm32"))]

mod common;

use std::thread;

use common::{
    models::Draws,
    played::clock,
    sessions::{self, blocks},
};
use digit_lab::{
    app::{
        coach::{Coach, Evidence},
        csv::csv,
        format::{fixed, precise, short},
        history::History,
        quantity::{Along, Quantity},
        settings::Settings,
        text::t,
    },
    data::DataSet,
    protocol::{BatchReport, Command, EpochReport, Event, Failure, FailureKind, PredictInput, RunState},
    session::Session,
    spec::{
        Augmentation, Change, Clipping, DataRecipe, DataSource, Decay, EarlyStopping, LiveChange, ModelSpec, Monitor,
        OptimizerSpec, Schedule, TrainConfig,
    },
};

const SETTINGS: u64 = 1000;

/// Steps of a run that gets so far.
const STEPS: usize = 40;

/// Threads that share them.
const SHARES: u64 = 4;

/// Numbers of a model at most: a step of it takes milliseconds.
const MAX_PARAMS: usize = 20_000;

/// The largest learning rate that there is, and the smallest.
const RATES: [f32; 7] = [10.0, 10.0, 1.0, 0.1, 1e-3, 1e-6, f32::MIN_POSITIVE];

#[test]
fn a_thousand_random_settings_never_show_what_is_no_number() {
    let share = |first: u64| {
        let seeds = (first..SETTINGS).step_by(SHARES as usize);
        seeds.map(|seed| Shown::of(seed).unwrap_or_else(|why| panic!("settings {seed}: {why}")))
    };
    let shown: Vec<_> = thread::scope(|scope| {
        let threads = [0, 1, 2, 3].map(|first| scope.spawn(move || share(first).collect::<Vec<_>>()));
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    // What is drawn is worth something: most runs go on, some explode.
    let count = |of: fn(&Shown) -> bool| shown.iter().filter(|shown| of(shown)).count();
    let [whole, failed] = [count(|shown| shown.steps == STEPS), count(|shown| shown.failed)];
    assert_eq!(shown.len() as u64, SETTINGS);
    assert!(whole > 400 && failed > 10, "{whole} whole, {failed} failed");
}

/// What became of a run.
#[derive(Default)]
struct Shown {
    history: History,
    steps: usize,
    failed: bool,
}

impl Shown {
    /// Draws settings, trains a few steps, asks for an answer, and looks at all that the page would write.
    ///
    /// # Errors
    /// What is no number.
    fn of(seed: u64) -> Result<Self, String> {
        let settings = draw(&mut Draws::new(seed));
        let hash = settings.to_hash();
        assert_eq!(Settings::parse(&hash), (settings.clone(), vec![]), "{hash}");
        let mut session = Session::new(clock);
        session.provide_data(
            DataSource::Mnist,
            DataSet {
                train: blocks(24, 10),
                test: blocks(4, 10),
            },
        );
        let mut shown = Self::default();
        let reset = sessions::reset(1, &settings.model, &settings.config);
        let predict = Command::Predict {
            request: 1,
            input: PredictInput::TestImage(0),
        };
        let steps = std::iter::repeat_n(Command::Step, STEPS);
        for command in std::iter::once(reset).chain(steps).chain([predict]) {
            if shown.failed {
                break;
            }
            for event in sessions::run(&mut session, command) {
                shown.take(&event).map_err(|why| format!("{why} of {hash}"))?;
            }
        }
        shown.look(&settings).map_err(|why| format!("{why} of {hash}"))?;
        Ok(shown)
    }

    /// Numbers that the page draws are finite; those that it writes it may write as "-".
    fn take(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::Batch {
                report,
                elapsed_seconds,
                ..
            } => {
                self.steps += 1;
                finite("batch", &numbers(report))?;
                self.history.push(report, *elapsed_seconds, 0.0);
            }
            Event::Epoch { report, .. } => self.history.epochs.push(*report),
            Event::Evaluated { metrics, .. } => {
                plain(&fixed(metrics.loss, 4))?;
                finite("accuracy", &[metrics.accuracy])?;
            }
            Event::Prediction(answer) => {
                finite("probabilities", &answer.probabilities)?;
                finite("image", &answer.image.data)?;
                for output in &answer.activations {
                    finite("activations", &output.data)?;
                }
            }
            Event::State { state, .. } => self.failed |= *state == RunState::Failed,
            Event::Failed(Failure { kind, message }) => {
                self.failed |= *kind != FailureKind::Request;
                plain(message)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The charts, the table and the coach.
    fn look(&mut self, settings: &Settings) -> Result<(), String> {
        let evidence = Evidence {
            history: &self.history,
            epochs: settings.config.epochs,
            rate: settings.config.learning_rate,
            classes: 10,
            penalties: settings.model.has_penalties(),
            stopped: self.failed,
        };
        for finding in Coach::default().judge(&evidence) {
            plain(&t().coach.finding(&finding))?;
        }
        plain(&csv(&self.history))?;
        self.history.smooth(0.9);
        for quantity in Quantity::ALL {
            let series = self.history.series(quantity);
            finite(quantity.id(), series.smooth())?;
            let points = self.history.points(quantity, Along::Step);
            finite(quantity.id(), &points.iter().map(|point| point.1).collect::<Vec<_>>())?;
            for &value in series.raw() {
                [quantity.show(value), short(value), precise(value)]
                    .iter()
                    .try_for_each(|text| plain(text))?;
            }
            for value in self.history.epochs.iter().filter_map(|epoch| quantity.of_epoch(epoch)) {
                plain(&quantity.show(value))?;
            }
        }
        self.history.epochs.iter().try_for_each(epoch_is_plain)
    }
}

/// But the length of the weights, which can be too large for a number while each of them is not: it is written as "-".
fn numbers(report: &BatchReport) -> [f32; 6] {
    let BatchReport { batch, running, .. } = report;
    [
        batch.loss,
        batch.accuracy,
        running.loss,
        running.accuracy,
        report.learning_rate,
        report.gradient_norm,
    ]
}

/// Weights that are finite can still give images that they never saw scores that are not: the loss is written as "-".
fn epoch_is_plain(report: &EpochReport) -> Result<(), String> {
    let EpochReport { train, validation, .. } = report;
    finite("epoch", &[train.loss, train.accuracy, validation.accuracy])?;
    finite("dead units", &[report.dead_units.unwrap_or_default()])?;
    plain(&fixed(validation.loss, 4))
}

fn finite(what: &str, numbers: &[f32]) -> Result<(), String> {
    match numbers.iter().find(|number| !number.is_finite()) {
        Some(number) => Err(format!("{what}: {number}")),
        None => Ok(()),
    }
}

fn plain(text: &str) -> Result<(), String> {
    match text.contains("NaN") || text.contains("inf") {
        true => Err(text.into()),
        false => Ok(()),
    }
}

/// Settings that can be run.
fn draw(draws: &mut Draws) -> Settings {
    let settings = Settings {
        model: small_model(draws),
        config: config(draws),
        ..Settings::default()
    };
    settings.config.validate().unwrap();
    settings
}

fn small_model(draws: &mut Draws) -> ModelSpec {
    loop {
        let model = draws.model();
        let params = model.param_counts().unwrap().concat().into_iter().sum::<usize>();
        if params <= MAX_PARAMS {
            return model;
        }
    }
}

fn config(draws: &mut Draws) -> TrainConfig {
    let share = |draws: &mut Draws| draws.one_of(&[0.0, 0.0, 0.1, 0.5, 0.99]);
    let decay = draws.one_of(&Decay::ALL);
    let stopping = EarlyStopping {
        monitor: draws.one_of(&Monitor::ALL),
        patience: draws.below(2),
        min_delta: share(draws),
        restore_best_weights: draws.below(2) == 0,
    };
    let change = LiveChange {
        global_step: 1,
        change: draws.one_of(&[Change::LearningRate(10.0), Change::BatchSize(1)]),
    };
    TrainConfig {
        epochs: 60,
        batch_size: 1 + draws.below(9),
        learning_rate: draws.one_of(&RATES),
        schedule: Schedule {
            warmup_steps: draws.below(3),
            decay,
        },
        optimizer: draws.one_of(&OptimizerSpec::ALL),
        seed: draws.below(1000) as u64,
        initial_weights: None,
        data: DataRecipe {
            without: draws.one_of(&["", "", "7", "0,7"]).parse().unwrap(),
            limit: draws.one_of(&[None, Some(8)]),
            label_noise: draws.one_of(&[0.0, 0.5, 1.0]),
            ..DataRecipe::default()
        },
        augmentation: augmentation(draws),
        label_smoothing: share(draws),
        weight_decay: draws.one_of(&[None, Some(0.01), Some(1.0)]),
        weight_averaging: draws.one_of(&[None, Some(0.99)]),
        clipping: clipping(draws),
        validation_split: draws.one_of(&[0.0, 0.3]),
        early_stopping: draws.one_of(&[None, Some(stopping)]),
        changes: draws.one_of(&[None, None, Some(change)]).into_iter().collect(),
    }
}

/// Any way, with any limit.
fn clipping(draws: &mut Draws) -> Clipping {
    let mut clipping = draws.one_of(&Clipping::ALL);
    if let Some(limit) = clipping.limit_mut() {
        *limit = draws.one_of(&[*limit, 1e-6, 100.0]);
    }
    clipping
}

/// None, a little, or as much as there is.
fn augmentation(draws: &mut Draws) -> Augmentation {
    let mut amount = |most: f32| draws.one_of(&[0.0, 0.05 * most, most]);
    let some = Augmentation {
        shift: amount(28.0),
        rotation: amount(180.0),
        zoom: amount(0.9),
        shear: amount(2.0),
        elastic: amount(10.0),
        noise: amount(1.0),
    };
    draws.one_of(&[Augmentation::NONE, some])
}
