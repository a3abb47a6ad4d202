//! Learning from the user's drawings: they are kept as examples, and a copy of the answering model learns from them
//! among images of the data set, so that it does not forget the others.
//!
//! The copy answers from then on, as long as the model that it was made from would; that one stays as it is, so the
//! lesson can be taken back.

use std::rc::Rc;

use super::{Session, failed};
use crate::{
    data::{DataSet, ImageSet, strokes},
    nn::{Sequential, metrics::Sums},
    protocol::{Answering, Drawing, Event, FailureKind, HandCommand, HandEvent, Lesson, RunState},
    spec::{Augmentation, ModelSpec, OptimizerSpec, Preset, TrainConfig},
    train::{Trainer, check_images, evaluate},
};

/// Examples that are kept; the oldest give way.
const MOST_EXAMPLES: usize = 200;

/// Lessons that can be taken back; the oldest give way.
const MOST_LESSONS: usize = 8;

/// Images of the data set that are seen again in a lesson, spread evenly over it.
const REHEARSED: usize = 1920;

/// Places for drawings among them: each drawing is there several times, bent each time in another way.
const DRAWN: usize = 128;

/// Passes over them: one, and further ones as long as a drawing is not read as it was said to be.
const MOST_EPOCHS: usize = 3;

/// Images measured in one tick.
const SLICE: usize = 200;

/// The user's examples and what was learned from them.
#[derive(Default)]
pub(super) struct Lessons {
    examples: Vec<(Vec<u8>, u8)>,
    learned: Vec<Learned>,
    under_way: Option<Learning>,
}

/// A model that has learned.
struct Learned {
    /// Who answered before.
    before: Answering,
    /// Drawings that it learned from.
    examples: usize,
    model: Sequential,
}

impl Learned {
    fn answering(&self) -> Answering {
        Answering::Learned {
            examples: self.examples,
        }
    }
}

impl Lessons {
    /// The model that has learned last, where `base` would answer.
    pub(super) fn of(&mut self, base: Answering) -> Option<(&mut Sequential, Answering)> {
        let learned = self.learned.last_mut().filter(|learned| learned.before == base)?;
        let answering = learned.answering();
        Some((&mut learned.model, answering))
    }

    fn keep(&mut self, drawing: &Drawing, label: u8) -> Result<(), String> {
        let image = strokes::rasterize(drawing).ok_or("There is nothing on the pad to keep.")?;
        if self.examples.len() == MOST_EXAMPLES {
            self.examples.remove(0);
        }
        self.examples
            .push((image.map(|ink| (255.0 * ink).round() as u8).to_vec(), label));
        Ok(())
    }

    /// Each of the examples as often as `count` says, one after the other.
    fn images(&self, count: usize) -> ImageSet {
        let examples = || self.examples.iter().cycle().take(count);
        ImageSet {
            images: examples().flat_map(|(image, _)| image).copied().collect(),
            labels: examples().map(|(_, label)| *label).collect(),
            image_shape: [strokes::SIDE; 2],
        }
    }
}

/// A lesson under way: measure, train, measure again.
struct Learning {
    before: Answering,
    trainer: Trainer,
    /// What it learns from.
    lesson: ImageSet,
    drawings: ImageSet,
    /// Whether all of them are read right after a pass.
    is_taught: bool,
    /// Whose test images are measured.
    data: Rc<DataSet>,
    /// Share of the drawings read right, and the sums over the test images: before and, from then on, after.
    measured: Vec<(f32, Sums)>,
    started: f64,
}

impl Learning {
    fn new(
        before: Answering,
        model: &Sequential,
        lessons: &Lessons,
        data: Rc<DataSet>,
        now: f64,
    ) -> Result<Self, String> {
        let drawings = lessons.images(lessons.examples.len());
        for images in [&drawings, &data.train, &data.test] {
            check_images(model, images).map_err(|error| format!("Nothing was learned: {error}."))?;
        }
        let mut lesson = spread(&data.train, REHEARSED);
        let added = lesson.append(&lessons.images(DRAWN));
        added.map_err(|error| format!("Nothing was learned: {error}."))?;
        Ok(Self {
            before,
            trainer: copied(model)?,
            lesson,
            drawings,
            is_taught: false,
            data,
            measured: vec![],
            started: now,
        })
    }

    /// Does one bounded piece of it; whether that was the last one.
    fn turn(&mut self) -> Result<bool, String> {
        let total = self.data.test.len();
        let trained = self.is_taught || self.trainer.is_finished();
        match self.measured.last_mut() {
            Some((_, sums)) if sums.images < total => {
                let range = sums.images..total.min(sums.images + SLICE);
                *sums += evaluate(self.trainer.model_mut(), &self.data.test, range);
                Ok(self.measured.len() == 2 && self.measured[1].1.images == total)
            }
            Some(_) if !trained => {
                let report = self.trainer.train_batch(&self.lesson);
                report.map_err(|error| format!("Nothing was learned: {error}."))?;
                self.is_taught = self.trainer.global_step().is_multiple_of(self.steps()) && self.read_right() == 1.0;
                Ok(false)
            }
            _ => {
                let right = self.read_right();
                self.measured.push((right, Sums::default()));
                Ok(false)
            }
        }
    }

    /// Steps of a pass.
    fn steps(&self) -> usize {
        self.lesson.len().div_ceil(self.trainer.config().batch_size)
    }

    /// Share of the drawings.
    fn read_right(&mut self) -> f32 {
        let drawn = self.drawings.len();
        evaluate(self.trainer.model_mut(), &self.drawings, 0..drawn)
            .metrics()
            .accuracy
    }

    fn share(&self) -> f32 {
        let measured: usize = self.measured.iter().map(|(_, sums)| sums.images).sum();
        let steps = if self.is_taught {
            self.trainer.global_step()
        } else {
            MOST_EPOCHS * self.steps()
        };
        let of = |done: usize, total: usize| done as f32 / total.max(1) as f32;
        (of(measured, 2 * self.data.test.len()) + of(self.trainer.global_step(), steps)) / 2.0
    }

    fn lesson(&self, examples: usize, now: f64) -> Lesson {
        let [before, after] = [0, 1].map(|time: usize| self.measured[time]);
        Lesson {
            examples,
            drawings: [before.0, after.0],
            images: [before.1, after.1].map(|sums| sums.metrics().accuracy),
            milliseconds: now - self.started,
        }
    }
}

/// At most so many images, spread evenly over all.
fn spread(images: &ImageSet, most: usize) -> ImageSet {
    let step = images.len().div_ceil(most).max(1);
    let places: Vec<u32> = (0..images.len() as u32).step_by(step).collect();
    images.pick(&places)
}

/// A trainer with a copy of the model, for one lesson.
fn copied(model: &Sequential) -> Result<Trainer, String> {
    let spec: &ModelSpec = model.spec();
    let mut trainer = Trainer::new(spec, &config()).map_err(|error| format!("Nothing was learned: {error}."))?;
    let copies = trainer.model_mut().tensors_mut().zip(model.tensors());
    copies.for_each(|(to, from)| to.value.clone_from(&from.value));
    Ok(trainer)
}

/// Short and gentle, with the images bent as in the recipe for the best accuracy.
fn config() -> TrainConfig {
    let augmentation: Augmentation = Preset::Best.recipe().1.augmentation;
    TrainConfig {
        epochs: MOST_EPOCHS,
        batch_size: 64,
        learning_rate: 0.001,
        optimizer: OptimizerSpec::ADAM,
        augmentation,
        ..TrainConfig::default()
    }
}

impl Session {
    /// Carries out what the page asks about the user's own drawings.
    pub(super) fn hand(&mut self, command: &HandCommand) -> Vec<Event> {
        match command {
            HandCommand::Keep { drawing, label } => match self.lessons.keep(drawing, *label) {
                Ok(()) => vec![self.kept()],
                Err(message) => vec![failed(FailureKind::Request, message)],
            },
            HandCommand::Forget => {
                self.lessons.examples.clear();
                vec![self.kept()]
            }
            HandCommand::Learn => match self.learn() {
                Ok(()) => vec![Event::Hand(HandEvent::Learning { share: 0.0 })],
                Err(message) => vec![Event::Hand(HandEvent::Ended), failed(FailureKind::Request, message)],
            },
            HandCommand::Unlearn => {
                self.lessons.learned.pop();
                let left = self.lessons.learned.len();
                vec![Event::Hand(HandEvent::Unlearned { left })]
            }
        }
    }

    fn kept(&self) -> Event {
        let examples = self.lessons.examples.len();
        Event::Hand(HandEvent::Kept { examples })
    }

    fn learn(&mut self) -> Result<(), String> {
        if self.lessons.under_way.is_some() {
            return Err("A lesson is under way already.".into());
        }
        if self.lessons.examples.is_empty() {
            return Err("There is no drawing to learn from: say what one is, and keep it.".into());
        }
        let busy = |run: &super::Run| matches!(run.state, RunState::Training | RunState::Loading);
        if self.run.as_ref().is_some_and(busy) {
            return Err("The model is training. Pause first, then let it learn from your drawings.".into());
        }
        let (_, data) = self.library.shown().ok_or("The training images are still loading.")?;
        let now = (self.clock)();
        let base = self.base().ok_or("No model is loaded yet.")?;
        let model: &Sequential = match (self.lessons.learned.last(), &self.pretrained, &self.run) {
            (Some(learned), ..) if learned.before == base => &learned.model,
            (_, Some(model), _) if base == Answering::Pretrained => model,
            (_, _, Some(run)) => run.trainer.evaluated(),
            _ => return Err("No model is loaded yet.".into()),
        };
        let learning = Learning::new(base, model, &self.lessons, Rc::clone(data), now)?;
        self.lessons.under_way = Some(learning);
        Ok(())
    }

    /// Whether a lesson is under way.
    pub(super) fn is_learning(&self) -> bool {
        self.lessons.under_way.is_some()
    }

    /// One piece of the lesson under way.
    pub(super) fn go_on_learning(&mut self) -> Vec<Event> {
        let Some(mut learning) = self.lessons.under_way.take() else {
            return vec![];
        };
        match learning.turn() {
            Ok(false) => {
                let share = learning.share();
                self.lessons.under_way = Some(learning);
                vec![Event::Hand(HandEvent::Learning { share })]
            }
            Ok(true) => {
                let examples = learning.drawings.len();
                let lesson = learning.lesson(examples, (self.clock)());
                self.lessons.add(learning);
                vec![Event::Hand(HandEvent::Learned(lesson))]
            }
            Err(message) => vec![Event::Hand(HandEvent::Ended), failed(FailureKind::Request, message)],
        }
    }
}

impl Lessons {
    fn add(&mut self, learning: Learning) {
        if self.learned.len() == MOST_LESSONS {
            self.learned.remove(0);
        }
        self.learned.push(Learned {
            before: learning.before,
            examples: learning.drawings.len(),
            model: learning.trainer.into_model(),
        });
    }
}
