//! A closer look at answers: all of them to the test images, why one was given, what would make another.

mod ascent;
mod explain;
mod nearest;
mod points;
mod recount;
mod robustness;

pub(super) use nearest::{Index, Indexing};
pub(super) use points::Points;
pub(super) use recount::Recount;
pub(super) use robustness::Robustness;

use super::{Session, failed};
use crate::{
    nn::{Sequential, metrics::argmax},
    protocol::{Answering, Answers, Event, FailureKind, StudyCommand, StudyEvent},
};
use explain::Explaining;

/// The most images that one answer has.
const MOST_IMAGES: usize = 256;

/// Images that go through a network at once, a few milliseconds.
const SLICE: usize = 32;

/// What is remembered for it.
#[derive(Default)]
pub(super) struct Study {
    /// The image that was last classified; none of a blank pad.
    pub(super) seen: Option<Vec<f32>>,
    explaining: Option<Box<Explaining>>,
    index: Option<Index>,
}

impl Study {
    /// Whether there is an explanation to go on with.
    pub(super) fn is_explaining(&self) -> bool {
        self.explaining.is_some()
    }

    /// The training images as the last hidden layer has them, from now on, if a measurement has found that out.
    pub(super) fn keep(&mut self, index: Option<Index>) {
        self.index = index.or(self.index.take());
    }

    /// A run begins: its data may be others.
    pub(super) fn forget(&mut self) {
        self.index = None;
    }
}

impl Session {
    /// Carries out a command.
    pub(super) fn study(&mut self, command: StudyCommand) -> Vec<Event> {
        let events = match command {
            StudyCommand::Images { request, places } => self.test_images(request, &places),
            StudyCommand::Explain { request, class } => self.begin_explaining(request, class),
        };
        events.unwrap_or_else(|message| vec![failed(FailureKind::Request, message)])
    }

    fn test_images(&self, request: u32, places: &[u32]) -> Result<Vec<Event>, String> {
        let data = self.run.as_ref().and_then(|run| run.data.as_ref());
        let test = &data
            .ok_or("There are no images to show yet: the data are still loading.")?
            .test;
        let places: Vec<u32> = places
            .iter()
            .copied()
            .filter(|&place| (place as usize) < test.len())
            .collect();
        let places = &places[..places.len().min(MOST_IMAGES)];
        Ok(vec![Event::Study(StudyEvent::Images {
            request,
            places: places.to_vec(),
            pixels: test.pick(places).images,
        })])
    }
}

/// The answers that a model gives, image by image.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The engine's last layer.
    last: usize,
    classes: usize,
    predicted: Vec<u8>,
    confidence: Vec<f32>,
}

impl Given {
    /// None yet.
    pub(super) fn by(model: &Sequential) -> Self {
        Self {
            last: model.engine_layers().len() - 1,
            classes: model.classes(),
            ..Self::default()
        }
    }

    /// Looks at the output of a layer of the engine: of the last, `[images, classes]` logits.
    pub(super) fn see(&mut self, layer: usize, output: &[f32]) {
        if layer == self.last {
            self.add_all(output);
        }
    }

    /// The answers of some images, `[images, classes]` logits.
    pub(super) fn add_all(&mut self, logits: &[f32]) {
        logits.chunks_exact(self.classes).for_each(|logits| self.add(logits));
    }

    /// The most probable class and its probability: the largest term of the softmax.
    fn add(&mut self, logits: &[f32]) {
        let best = argmax(logits);
        let sum: f32 = logits.iter().map(|logit| (logit - logits[best]).exp()).sum();
        self.predicted.push(best as u8);
        self.confidence.push(1.0 / sum);
    }

    /// As they are told: answers to all test images.
    pub(super) fn into_answers(self, model: Answering, labels: &[u8], loss: f32) -> Answers {
        Answers {
            model,
            classes: self.classes,
            predicted: self.predicted,
            confidence: self.confidence,
            labels: labels.to_vec(),
            loss,
        }
    }

    /// The classes alone.
    pub(super) fn predicted(&self) -> &[u8] {
        &self.predicted
    }
}

/// Numbers that a page can show: an error for the user where there are others.
fn check_finite<'a>(numbers: impl IntoIterator<Item = &'a f32>) -> Result<(), String> {
    match numbers.into_iter().all(|number| number.is_finite()) {
        true => Ok(()),
        false => Err(super::predict::NO_NUMBERS.into()),
    }
}
