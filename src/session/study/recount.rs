//! Every answer to the test images, of whichever model answers.

use super::{Given, SLICE, check_finite};
use crate::{
    data::DataSet,
    nn::{Sequential, metrics::Sums},
    protocol::{Answering, Event, StudyEvent},
    session::{Clock, Workers, measure::Job},
    train::evaluate_seen,
};

/// A recount under way, on a copy of the model.
pub(in crate::session) struct Recount {
    network: Sequential,
    model: Answering,
    given: Given,
    sums: Sums,
    total: usize,
}

impl Recount {
    pub(in crate::session) fn new((network, model): (Sequential, Answering)) -> Self {
        Self {
            given: Given::by(&network),
            network,
            model,
            sums: Sums::default(),
            total: 0,
        }
    }
}

impl Job for Recount {
    fn turn(&mut self, data: &DataSet, _: &mut Workers, _: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        self.total = data.test.len();
        let slice = self.sums.images..self.total.min(self.sums.images + SLICE);
        let given = &mut self.given;
        self.sums += evaluate_seen(&mut self.network, &data.test, slice, |layer, output| {
            given.see(layer, output)
        });
        let loss = self.sums.metrics().loss;
        check_finite(&[loss])?;
        if self.sums.images < self.total {
            return Ok(false);
        }
        let answers = std::mem::take(&mut self.given).into_answers(self.model, &data.test.labels, loss);
        events.push(Event::Study(StudyEvent::Answers(Box::new(answers))));
        Ok(true)
    }

    fn share(&self) -> f32 {
        self.sums.images as f32 / self.total.max(1) as f32
    }
}
