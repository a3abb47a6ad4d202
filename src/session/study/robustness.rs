//! How a model reads spoiled images.

use super::SLICE;
use crate::{
    data::DataSet,
    nn::{Sequential, layers::Mode, metrics::count_correct},
    protocol::{Answering, Event, Perturbation, RobustnessPoint, StudyEvent},
    session::{Clock, Workers, measure::Job},
    train::perturb,
};

/// The most test images of a point: it is right to about a percent.
const MOST_IMAGES: usize = 1_000;

/// A measurement under way, on a copy of the model.
pub(in crate::session) struct Robustness {
    network: Sequential,
    model: Answering,
    /// What is left to measure, the next last.
    left: Vec<(Perturbation, f32)>,
    points: usize,
    /// Of the point under way: images, and those read right.
    done: usize,
    right: usize,
}

impl Robustness {
    pub(in crate::session) fn new((network, model): (Sequential, Answering)) -> Self {
        let strengths = |way: Perturbation| way.strengths().iter().map(move |&strength| (way, strength));
        let mut left: Vec<_> = Perturbation::ALL.into_iter().flat_map(strengths).collect();
        left.reverse();
        Self {
            network,
            model,
            points: left.len(),
            left,
            done: 0,
            right: 0,
        }
    }
}

impl Job for Robustness {
    fn turn(&mut self, data: &DataSet, _: &mut Workers, _: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        let Some(&(perturbation, strength)) = self.left.last() else {
            return Ok(true);
        };
        let test = &data.test;
        let images = test.len().min(MOST_IMAGES);
        let slice = self.done..images.min(self.done + SLICE);
        let mut inputs = vec![];
        for place in slice.clone() {
            let image = test.image(place);
            perturb(
                perturbation,
                strength,
                place as u32,
                image,
                test.image_shape,
                &mut inputs,
            );
        }
        let logits = self.network.forward(&inputs, Mode::Predict);
        self.right += count_correct(logits, &test.labels[slice.clone()]);
        self.done = slice.end;
        if self.done == images {
            events.push(Event::Study(StudyEvent::Robustness(RobustnessPoint {
                model: self.model,
                perturbation,
                strength,
                right: self.right,
                images,
            })));
            (self.done, self.right) = (0, 0);
            self.left.pop();
        }
        Ok(self.left.is_empty())
    }

    fn share(&self) -> f32 {
        1.0 - self.left.len() as f32 / self.points as f32
    }
}
