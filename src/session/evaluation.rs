//! Measuring a run's model, slice by slice: after every epoch, at the end, and when the user asks.

use std::{borrow::Cow, ops::Range};

use super::{
    failed,
    run::{Run, Until},
    study::Given,
};
use crate::{
    data::{DataSet, ImageSet},
    nn::metrics::Sums,
    protocol::{BatchReport, EpochReport, Event, FailureKind, Metrics, RunState, StudyEvent},
    train::{self, Silent, TrainError},
};

/// Images measured in one tick of an evaluation: about as long as a training step.
const SLICE: usize = 200;

/// An evaluation under way.
pub(super) struct Evaluation {
    what: What,
    /// Of the images measured so far.
    sums: Sums,
    /// The units that none of them has made answer.
    silent: Silent,
    answers: Given,
}

/// What an evaluation is for.
#[derive(Clone, Copy)]
enum What {
    /// Validates the epoch that this batch ended: on the images held out, or else on the test images.
    Epoch(BatchReport),
    /// The figures of the test images.
    Test,
}

impl Evaluation {
    fn new(what: What) -> Self {
        Self {
            what,
            sums: Sums::default(),
            silent: Silent::default(),
            answers: Given::default(),
        }
    }

    /// Validates the epoch that a batch ended.
    pub(super) fn of_epoch(batch: BatchReport) -> Self {
        Self::new(What::Epoch(batch))
    }

    /// Gives the figures of the test images.
    pub(super) fn of_test() -> Self {
        Self::new(What::Test)
    }

    /// Whether it validates an epoch.
    pub(super) fn is_of_epoch(&self) -> bool {
        matches!(self.what, What::Epoch(_))
    }
}

impl Run {
    /// The user wants its model measured on the test images.
    pub(super) fn evaluate(&mut self) {
        self.asked = true;
        self.evaluation.get_or_insert_with(Evaluation::of_test);
    }

    /// How many images are held out, or else how many test images there are.
    fn count(&self, what: What, data: &DataSet) -> usize {
        match what {
            What::Epoch(_) if self.holds_out() => self.trainer.held_out().len(),
            _ => data.test.len(),
        }
    }

    /// Some of these images, with the labels that the data set gives them.
    fn images<'a>(&self, what: What, data: &'a DataSet, range: Range<usize>) -> (Cow<'a, ImageSet>, Range<usize>) {
        match what {
            What::Epoch(_) if self.holds_out() => {
                let images = data.train.pick(&self.trainer.held_out()[range.clone()]);
                (Cow::Owned(images), 0..range.len())
            }
            _ => (Cow::Borrowed(&data.test), range),
        }
    }

    fn holds_out(&self) -> bool {
        self.trainer.config().validation_split > 0.0
    }

    /// Measures some more images.
    pub(super) fn evaluate_slice(&mut self, mut evaluation: Evaluation, data: &DataSet) -> Vec<Event> {
        let (start, total) = (evaluation.sums.images, self.count(evaluation.what, data));
        let (images, slice) = self.images(evaluation.what, data, start..total.min(start + SLICE));
        let model = self.trainer.evaluated_mut();
        let (silent, answers) = (&mut evaluation.silent, &mut evaluation.answers);
        if start == 0 {
            *silent = Silent::of(model);
            *answers = Given::by(model);
        }
        evaluation.sums += train::evaluate_seen(model, &images, slice, |layer, output| {
            silent.see(layer, output);
            answers.see(layer, output);
        });
        let done = evaluation.sums.images;
        if done < total {
            self.evaluation = Some(evaluation);
            let run = self.id;
            return vec![Event::EvaluationProgress { run, done, total }];
        }
        let metrics = evaluation.sums.metrics();
        let mut events = match evaluation.what {
            what if !metrics.loss.is_finite() => return self.measured_nothing(what),
            What::Epoch(batch) => self.validated(&batch, metrics, evaluation.silent.share()),
            What::Test => self.tested(metrics),
        };
        if matches!(evaluation.what, What::Test) || !self.holds_out() {
            let answers = evaluation
                .answers
                .into_answers(self.current(), &data.test.labels, metrics.loss);
            events.insert(0, Event::Study(StudyEvent::Answers(Box::new(answers))));
        }
        events
    }

    /// The weights are finite, but what they make of some image is not.
    fn measured_nothing(&mut self, what: What) -> Vec<Event> {
        self.asked = false;
        let error = TrainError::NotFinite {
            what: match what {
                What::Epoch(_) => "validation loss",
                What::Test => "test loss",
            },
            global_step: self.trainer.global_step(),
        };
        match what {
            What::Test if !self.is_ending() => {
                vec![failed(FailureKind::Request, format!("Nothing was measured: {error}"))]
            }
            _ => self.fail(&error),
        }
    }

    /// Whether only the last figures are missing.
    fn is_ending(&self) -> bool {
        self.trainer.is_finished() && !matches!(self.state, RunState::Finished | RunState::Failed)
    }

    fn validated(&mut self, batch: &BatchReport, validation: Metrics, dead_units: Option<f32>) -> Vec<Event> {
        self.trainer.validated(validation);
        let mut events = vec![Event::Epoch {
            run: self.id,
            report: EpochReport {
                epoch: batch.epoch,
                global_step: batch.global_step,
                train: batch.running,
                validation,
                dead_units,
            },
            weights_hash: self.trainer.evaluated().weights_hash(),
        }];
        let ending = self.is_ending();
        let restored = ending && self.trainer.restore_best();
        if ending {
            events.extend(self.stopped(restored));
        }
        if self.asked || ending {
            // These are the figures of the test images, unless they are of others or of other weights.
            match self.holds_out() || restored {
                true => self.evaluation = Some(Evaluation::of_test()),
                false => events.extend(self.tested(validation)),
            }
        }
        if !ending && self.until != Until::Finished && self.state == RunState::Training {
            events.extend(self.pause());
        }
        events
    }

    /// What early stopping did at the end of the run, if it did anything.
    fn stopped(&self, restored: bool) -> Option<Event> {
        let stopping = self.trainer.stopping();
        let best = stopping.best.as_ref().filter(|_| stopping.stopped || restored)?;
        Some(Event::EarlyStopping {
            run: self.id,
            stopped: stopping.stopped,
            best_epoch: best.epoch,
            restored,
            weights_hash: self.trainer.evaluated().weights_hash(),
        })
    }

    fn tested(&mut self, metrics: Metrics) -> Vec<Event> {
        self.asked = false;
        self.tested = Some(metrics);
        let mut events = vec![Event::Evaluated { run: self.id, metrics }];
        if self.is_ending() {
            events.push(self.enter(RunState::Finished));
        }
        events
    }
}
