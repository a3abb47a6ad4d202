//! Training images by what the last hidden layer makes of them.

use std::rc::Rc;

use super::SLICE;
use crate::{
    data::DataSet,
    nn::Sequential,
    protocol::{Answering, Event, Neighbour, StudyEvent},
    session::{Clock, Workers, measure::Job},
    train::scaled,
};

/// The most images that are looked through, and the most numbers that are kept of them: 16 MB.
const MOST_IMAGES: usize = 10_000;
const MOST_NUMBERS: usize = 4_000_000;

/// How many are told.
const NEAREST: usize = 8;

/// What the last hidden layer of a model makes of the first training images. It has the model's weights of that moment:
/// the model may learn on.
pub(in crate::session) struct Index {
    model: Answering,
    network: Sequential,
    data: Rc<DataSet>,
    /// `[images, numbers]`.
    features: Vec<f32>,
}

impl Index {
    /// The nearest to an image, of all classes and of one; none to an image of another size.
    pub(super) fn nearest(&mut self, image: &[f32], class: usize) -> [Vec<Neighbour>; 2] {
        if image.len() != self.network.input_len() {
            return [vec![], vec![]];
        }
        let features = self.network.features(image).0;
        [None, Some(class)].map(|class| self.nearest_to(&features, class))
    }

    /// By Euclidean distance; of equals, the first.
    fn nearest_to(&self, features: &[f32], class: Option<usize>) -> Vec<Neighbour> {
        let train = &self.data.train;
        let of_class = |place: usize| class.is_none_or(|class| usize::from(train.labels[place]) == class);
        let rows = self.features.chunks_exact(features.len()).enumerate();
        let mut found: Vec<(f32, usize)> = rows
            .filter(|(place, _)| of_class(*place))
            .map(|(place, row)| (squared_distance(row, features), place))
            .collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found.truncate(NEAREST);
        let neighbour = |(squared, place): (f32, usize)| Neighbour {
            place: place as u32,
            label: train.labels[place],
            distance: squared.sqrt(),
            pixels: train.image(place).to_vec(),
        };
        found.into_iter().map(neighbour).collect()
    }
}

fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// Makes an index, slice by slice.
pub(in crate::session) struct Indexing {
    /// Until it is complete.
    index: Option<Index>,
    done: usize,
    total: usize,
}

impl Indexing {
    /// # Errors
    /// When not even a thousand images can be kept.
    pub(in crate::session) fn new(
        (mut network, model): (Sequential, Answering),
        data: &Rc<DataSet>,
    ) -> Result<Self, String> {
        let numbers = network.features(&vec![0.0; network.input_len()]).0.len();
        let total = MOST_IMAGES.min(MOST_NUMBERS / numbers.max(1));
        if total < 1000 {
            return Err(format!(
                "The last hidden layer has {numbers} numbers: too many to keep of training images. Make it smaller."
            ));
        }
        Ok(Self {
            total: total.min(data.train.len()),
            done: 0,
            index: Some(Index {
                model,
                network,
                data: Rc::clone(data),
                features: Vec::with_capacity(total.min(data.train.len()) * numbers),
            }),
        })
    }
}

impl Job for Indexing {
    fn turn(&mut self, data: &DataSet, _: &mut Workers, _: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        let end = self.total.min(self.done + SLICE);
        let size = data.train.image_size();
        let images: Vec<f32> = scaled(&data.train.images[self.done * size..end * size]).collect();
        self.done = end;
        if let Some(index) = &mut self.index {
            index.features.extend(index.network.features(&images).0);
        }
        if self.done < self.total {
            return Ok(false);
        }
        if let Some(index) = &self.index {
            let (model, images) = (index.model, self.total);
            events.push(Event::Study(StudyEvent::Indexed { model, images }));
        }
        Ok(true)
    }

    fn share(&self) -> f32 {
        self.done as f32 / self.total.max(1) as f32
    }

    fn index(&mut self) -> Option<Index> {
        self.index.take()
    }
}
