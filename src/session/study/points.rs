//! The test images in two dimensions.

use super::{Given, SLICE, check_finite};
use crate::{
    data::DataSet,
    nn::{
        Sequential,
        pca::{Components, Moments},
    },
    protocol::{Answering, Event, Projection, StudyEvent},
    session::{Clock, Workers, measure::Job},
    train::scaled,
};

/// The most numbers of the last hidden layer: their covariance grows with the square.
const MOST_FEATURES: usize = 1_024;

/// Multiplications of a turn of the power iteration: a few milliseconds.
const TURN: usize = 4_000_000;

/// What makes the points: the images through the network first, then the directions, then the points along them.
pub(in crate::session) struct Points {
    network: Sequential,
    model: Answering,
    given: Given,
    /// Numbers of the last hidden layer.
    len: usize,
    /// `[images, len]`.
    features: Vec<f32>,
    moments: Moments,
    /// Once all images are through.
    components: Option<Components>,
    total: usize,
}

impl Points {
    /// # Errors
    /// When the last hidden layer has too many numbers.
    pub(in crate::session) fn new((mut network, model): (Sequential, Answering)) -> Result<Self, String> {
        let len = network.features(&vec![0.0; network.input_len()]).0.len();
        if len > MOST_FEATURES {
            return Err(format!(
                "The last hidden layer has {len} numbers: too many to find directions in. {MOST_FEATURES} are the most."
            ));
        }
        Ok(Self {
            given: Given::by(&network),
            network,
            model,
            len,
            features: vec![],
            moments: Moments::new(len),
            components: None,
            total: 0,
        })
    }

    fn done(&self) -> usize {
        self.features.len() / self.len
    }

    fn see(&mut self, data: &DataSet) -> Result<(), String> {
        let (start, size) = (self.done(), data.test.image_size());
        self.total = data.test.len();
        let end = self.total.min(start + SLICE);
        let images: Vec<f32> = scaled(&data.test.images[start * size..end * size]).collect();
        let (features, logits) = self.network.features(&images);
        self.given.add_all(logits);
        check_finite(&features)?;
        self.moments.add(&features);
        self.features.extend(features);
        if end == self.total {
            self.components = Some(Components::new(self.moments.covariance(), self.len, 2));
        }
        Ok(())
    }

    fn projection(&self, components: &Components, data: &DataSet) -> Projection {
        let mean = self.moments.mean();
        let covariance = self.moments.covariance();
        let all: f64 = (0..self.len).map(|i| covariance[i * self.len + i]).sum();
        let along = |row: &[f32], axis: &[f64]| {
            let centred = row.iter().zip(&mean).map(|(&x, mean)| f64::from(x) - mean);
            centred.zip(axis).map(|(x, a)| x * a).sum::<f64>() as f32
        };
        let found = |axis: usize| components.found().get(axis);
        let points = self.features.chunks_exact(self.len);
        Projection {
            model: self.model,
            points: points
                .flat_map(|row| [0, 1].map(|axis| found(axis).map_or(0.0, |found| along(row, &found.axis))))
                .collect(),
            predicted: self.given.predicted().to_vec(),
            labels: data.test.labels.clone(),
            shares: [0, 1].map(|axis| found(axis).map_or(0.0, |found| (found.variance / all.max(1e-30)) as f32)),
            features: self.len,
        }
    }
}

impl Job for Points {
    fn turn(&mut self, data: &DataSet, _: &mut Workers, _: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        let Some(components) = &mut self.components else {
            return self.see(data).map(|()| false);
        };
        let found = components.go_on(TURN / (self.len * self.len).max(1) + 1);
        if let (true, Some(components)) = (found, &self.components) {
            let projection = self.projection(components, data);
            events.push(Event::Study(StudyEvent::Projected(Box::new(projection))));
        }
        Ok(found)
    }

    fn share(&self) -> f32 {
        0.95 * self.done() as f32 / self.total.max(1) as f32
    }
}
