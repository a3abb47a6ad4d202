//! The test images in two dimensions.

use super::{Given, SLICE, check_finite};
use crate::{
    data::DataSet,
    nn::{Sequential, pca::Components},
    protocol::{Answering, Event, Projection, StudyEvent},
    session::{Clock, Workers, measure::Job},
    train::scaled,
};

/// The most numbers of the last hidden layer that are kept of every image, 41 MB. Of a larger one they are computed again
/// at every pass: a model may be as wide as it likes.
const MOST_KEPT: usize = 1_024;

/// Multiplications of a turn: a few milliseconds.
const TURN: usize = 4_000_000;

/// Passes that a model takes whose numbers are not kept, more or less.
const USUAL_PASSES: f32 = 20.0;

/// What makes the points: the images go through the network, and the directions nearer to where they are widest, again
/// and again.
pub(in crate::session) struct Points {
    network: Sequential,
    model: Answering,
    given: Given,
    /// Numbers of the last hidden layer.
    len: usize,
    /// `[images, len]`, where they are kept.
    features: Vec<f32>,
    components: Components,
    /// Images of this pass.
    done: usize,
    total: usize,
}

impl Points {
    pub(in crate::session) fn new((mut network, model): (Sequential, Answering)) -> Self {
        let len = network.features(&vec![0.0; network.input_len()]).0.len();
        Self {
            given: Given::by(&network),
            network,
            model,
            len,
            features: vec![],
            components: Components::new(len),
            done: 0,
            total: 0,
        }
    }

    fn is_kept(&self) -> bool {
        self.len <= MOST_KEPT
    }

    /// The next images of a pass; whether they were the last.
    fn see(&mut self, data: &DataSet) -> Result<bool, String> {
        self.total = data.test.len();
        let most = (TURN / (16 * self.len.max(1))).max(1);
        let is_there = self.is_kept() && self.components.passes() > 0;
        let end = self
            .total
            .min(self.done + if is_there { most } else { most.min(SLICE) });
        if is_there {
            self.components
                .see(&self.features[self.done * self.len..end * self.len]);
        } else {
            let size = data.test.image_size();
            let images: Vec<f32> = scaled(&data.test.images[self.done * size..end * size]).collect();
            let (features, logits) = self.network.features(&images);
            if self.components.passes() == 0 {
                self.given.add_all(logits);
            }
            check_finite(&features)?;
            self.components.see(&features);
            if self.is_kept() {
                self.features.extend(features);
            }
        }
        self.done = end % self.total.max(1);
        Ok(end == self.total)
    }

    fn projection(&self, data: &DataSet) -> Projection {
        Projection {
            model: self.model,
            points: self.components.places().flatten().collect(),
            predicted: self.given.predicted().to_vec(),
            labels: data.test.labels.clone(),
            shares: self.components.shares(),
            features: self.len,
        }
    }
}

impl Job for Points {
    fn turn(&mut self, data: &DataSet, _: &mut Workers, _: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        let found = self.see(data)? && self.components.end_pass();
        if found {
            events.push(Event::Study(StudyEvent::Projected(Box::new(self.projection(data)))));
        }
        Ok(found)
    }

    fn share(&self) -> f32 {
        let passes = self.components.passes() as f32 + self.done as f32 / self.total.max(1) as f32;
        let usual = if self.is_kept() { 1.0 } else { USUAL_PASSES };
        0.95 * (passes / usual).min(1.0)
    }
}
