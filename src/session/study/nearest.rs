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

/// The most numbers that are kept of the images: 64 MB. Of a layer of 256 units those of all 60,000 are.
const MOST_NUMBERS: usize = 16_000_000;

/// How many are told.
const NEAREST: usize = 8;

/// Numbers that are compared in a turn: a few milliseconds.
const TURN: usize = 1_000_000;

/// What the last hidden layer of a model makes of the first training images. It has the model's weights of that moment:
/// the model may learn on.
pub(in crate::session) struct Index {
    model: Answering,
    network: Sequential,
    data: Rc<DataSet>,
    /// `[images, numbers]`.
    features: Rc<Vec<f32>>,
}

impl Index {
    /// Begins to look for the nearest to an image, of all classes and of one; there are none to an image of another size.
    pub(super) fn search(&mut self, image: &[f32], class: usize) -> Option<Search> {
        let fits = image.len() == self.network.input_len();
        fits.then(|| Search {
            data: Rc::clone(&self.data),
            features: Rc::clone(&self.features),
            wanted: self.network.features(image).0,
            class,
            done: 0,
            found: [vec![], vec![]],
        })
    }
}

/// A search under way.
pub(super) struct Search {
    data: Rc<DataSet>,
    features: Rc<Vec<f32>>,
    /// What the layer makes of the image.
    wanted: Vec<f32>,
    class: usize,
    /// Images looked at.
    done: usize,
    /// The squares of the distances, and where: of all classes, and of one.
    found: [Vec<(f32, usize)>; 2],
}

impl Search {
    /// Looks at some more images; whether they were the last.
    pub(super) fn go_on(&mut self) -> bool {
        let len = self.wanted.len();
        let rows = self.features.chunks_exact(len).enumerate().skip(self.done);
        for (place, row) in rows.take(TURN / len + 1) {
            let squared = squared_distance(row, &self.wanted);
            let is_of_class = usize::from(self.data.train.labels[place]) == self.class;
            let lists = self.found.iter_mut().take(1 + usize::from(is_of_class));
            lists.for_each(|list| insert(list, (squared, place)));
        }
        self.done += TURN / len + 1;
        self.done * len >= self.features.len()
    }

    /// What was found, the nearest first.
    pub(super) fn neighbours(self) -> [Vec<Neighbour>; 2] {
        let train = &self.data.train;
        let neighbour = |(squared, place): (f32, usize)| Neighbour {
            place: place as u32,
            label: train.labels[place],
            distance: squared.sqrt(),
            pixels: train.image(place).to_vec(),
        };
        self.found.map(|found| found.into_iter().map(neighbour).collect())
    }
}

/// Keeps the nearest; of equals, the first.
fn insert(list: &mut Vec<(f32, usize)>, new: (f32, usize)) {
    let at = list.partition_point(|(squared, _)| *squared <= new.0);
    if at < NEAREST {
        list.insert(at, new);
        list.truncate(NEAREST);
    }
}

/// By four sums, which go on side by side.
fn squared_distance(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; 4];
    for (a, b) in a.chunks(4).zip(b.chunks(4)) {
        let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
        sums.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square);
    }
    sums.iter().sum()
}

/// Makes an index, slice by slice.
pub(in crate::session) struct Indexing {
    /// Until it is complete.
    index: Option<Index>,
    done: usize,
    total: usize,
}

impl Indexing {
    /// Of all training images, or of as many of the first ones as can be kept.
    pub(in crate::session) fn new((mut network, model): (Sequential, Answering), data: &Rc<DataSet>) -> Self {
        let numbers = network.features(&vec![0.0; network.input_len()]).0.len();
        let total = data.train.len().min((MOST_NUMBERS / numbers.max(1)).max(NEAREST));
        Self {
            total,
            done: 0,
            index: Some(Index {
                model,
                network,
                data: Rc::clone(data),
                features: Rc::new(Vec::with_capacity(total * numbers)),
            }),
        }
    }
}

impl Job for Indexing {
    fn turn(&mut self, data: &DataSet, _: &mut Workers, _: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        let end = self.total.min(self.done + SLICE);
        let size = data.train.image_size();
        let images: Vec<f32> = scaled(&data.train.images[self.done * size..end * size]).collect();
        self.done = end;
        if let Some(index) = &mut self.index {
            Rc::make_mut(&mut index.features).extend(index.network.features(&images).0);
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
