//! Measuring a run's model, slice by slice: after every epoch, at the end, and when the user asks.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use super::{
    Workers, failed,
    run::{Run, Until},
    study::Given,
};
use crate::{
    data::{DataSet, ImageSet},
    nn::metrics::Sums,
    protocol::{BatchReport, EpochReport, Event, FailureKind, Metrics, RunState, StudyEvent},
    team::{Measured, Member, Order, Slice},
    train::{Evaluated, Silent, TrainError},
};

/// Images measured in one tick of an evaluation: about as long as a training step.
const SLICE: usize = 200;

/// Slices that another member has at once: one that it measures, and one to go on with.
const HANDED: usize = 2;

/// An evaluation under way.
pub(super) struct Evaluation {
    what: What,
    /// Of the run's: what belongs to an earlier one is not heard.
    number: u32,
    /// Of the images measured so far, from the first on without a gap.
    sums: Sums,
    /// The units that none of them has made answer.
    silent: Option<Silent>,
    answers: Given,
    /// The first image that nobody was given.
    next: usize,
    /// What others were given and have not measured: the first images, and whose they are.
    handed: BTreeMap<usize, usize>,
    /// What was measured behind a gap, by the first images.
    ahead: BTreeMap<usize, Evaluated>,
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
            number: 0,
            sums: Sums::default(),
            silent: None,
            answers: Given::default(),
            next: 0,
            handed: BTreeMap::new(),
            ahead: BTreeMap::new(),
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

    /// What this member measures next of so many: what nobody was given, and then what the others would come to last, as
    /// one of them may never do it. None when all is there.
    fn take(&mut self, total: usize) -> Option<usize> {
        if self.next >= total {
            return self.handed.keys().next_back().copied();
        }
        self.next += SLICE;
        Some(self.next - SLICE)
    }

    /// Adds what some images gave, in their order: so the sums are the same bits, whoever measured first.
    fn add(&mut self, first: usize, evaluated: Evaluated) {
        self.handed.remove(&first);
        if first >= self.sums.images {
            self.ahead.insert(first, evaluated);
        }
        while let Some(evaluated) = self.ahead.remove(&self.sums.images) {
            self.sums += evaluated.sums;
            self.answers.add_all(&evaluated.logits);
            match &mut self.silent {
                Some(silent) => silent.join(&evaluated.silent),
                None => self.silent = Some(evaluated.silent),
            }
        }
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

    /// Another member has measured some images.
    pub(super) fn take_measured(&mut self, measured: Measured) {
        let Measured {
            number,
            first,
            evaluated,
            ..
        } = measured;
        if let Some(evaluation) = &mut self.evaluation
            && evaluation.number == number
        {
            evaluation.add(first, evaluated);
        }
    }

    /// Gives the other members images to measure, so that they are never without.
    fn hand_slices(&self, evaluation: &mut Evaluation, data: &DataSet, workers: &mut Workers, total: usize) {
        for _ in 0..HANDED {
            for rank in 1..self.member.size() {
                let first = evaluation.next;
                let has = evaluation.handed.values().filter(|&&whose| whose == rank).count();
                // The last ones are for who is here.
                if has >= HANDED || first + SLICE >= total {
                    continue;
                }
                let (images, range) = self.images(evaluation.what, data, first..first + SLICE);
                let images = match images {
                    Cow::Owned(images) => images,
                    Cow::Borrowed(images) => images.slice(range),
                };
                let slice = Slice {
                    number: evaluation.number,
                    global_step: self.trainer.global_step(),
                    first,
                    images,
                };
                workers.team.order(rank, &Order::Measure(Box::new(slice)));
                evaluation.handed.insert(first, rank);
                evaluation.next += SLICE;
            }
        }
    }

    /// Measures some more images.
    pub(super) fn evaluate_slice(
        &mut self,
        mut evaluation: Evaluation,
        data: &DataSet,
        workers: &mut Workers,
    ) -> Vec<Event> {
        let total = self.count(evaluation.what, data);
        if evaluation.next == 0 {
            self.evaluations += 1;
            evaluation.number = self.evaluations;
            evaluation.answers = Given::by(self.trainer.evaluated());
        }
        self.hand_slices(&mut evaluation, data, workers, total);
        if let Some(first) = evaluation.take(total) {
            let (images, slice) = self.images(evaluation.what, data, first..total.min(first + SLICE));
            let evaluated = Evaluated::of(self.trainer.evaluated_mut(), &images, slice);
            evaluation.add(first, evaluated);
        }
        let done = evaluation.sums.images;
        if done < total {
            self.evaluation = Some(evaluation);
            let run = self.id;
            return vec![Event::EvaluationProgress { run, done, total }];
        }
        let metrics = evaluation.sums.metrics();
        let mut events = match evaluation.what {
            what if !metrics.loss.is_finite() => return self.measured_nothing(what),
            What::Epoch(batch) => self.validated(&batch, metrics, evaluation.silent.as_ref().and_then(Silent::share)),
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
        if restored {
            // The other members have the last weights.
            self.member = Member::new(0, 1, self.member.generation());
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
