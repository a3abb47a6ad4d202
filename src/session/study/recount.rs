//! Every answer to the test images, of whichever model answers.

use super::{Given, SLICE, check_finite};
use crate::{
    data::DataSet,
    nn::{Sequential, layers::Mode},
    protocol::{Answering, Event, StudyEvent},
    session::{Clock, Workers, measure::Job},
    train::scaled,
};

/// A recount under way, on a copy of the model.
pub(in crate::session) struct Recount {
    network: Sequential,
    model: Answering,
    given: Given,
    total: usize,
}

impl Recount {
    pub(in crate::session) fn new((network, model): (Sequential, Answering)) -> Self {
        Self {
            given: Given::by(&network),
            network,
            model,
            total: 0,
        }
    }
}

impl Job for Recount {
    fn turn(&mut self, data: &DataSet, _: &mut Workers, _: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        let (start, size) = (self.given.predicted().len(), data.test.image_size());
        self.total = data.test.len();
        let end = self.total.min(start + SLICE);
        let images: Vec<f32> = scaled(&data.test.images[start * size..end * size]).collect();
        let logits = self.network.forward(&images, Mode::Predict);
        check_finite(logits)?;
        self.given.add_all(logits);
        if end < self.total {
            return Ok(false);
        }
        let answers = std::mem::take(&mut self.given).into_answers(self.model, &data.test.labels);
        events.push(Event::Study(StudyEvent::Answers(Box::new(answers))));
        Ok(true)
    }

    fn share(&self) -> f32 {
        self.given.predicted().len() as f32 / self.total.max(1) as f32
    }
}
