//! Where the time of a step goes, on one core: layer by layer, against the most that the core can do.

use std::ops::Range;

use super::{Clock, Workers, measure::Job, predict::activations};
use crate::{
    data::DataSet,
    nn::{Done, Sequential, kernels::peak, optim::Optimizer},
    protocol::{Event, Part, Profile, ProfileRow},
    train::{self, SHARES, Trainer, TreeSum, scaled, share_gradient_watched, share_range},
};

/// Images of the step that is measured, or as many as there are.
const BATCH: usize = 64;

/// The peak is the best of so many tries that take at least so many milliseconds: shorter ones a coarse clock would
/// make too much of.
const PEAK_TRIES: usize = 24;
const PEAK_MS: f64 = 4.0;
/// Where the search for the length of a try begins and ends: fast cores double it some times.
const PEAK_ROUNDS: [u32; 2] = [1 << 17, 1 << 26];

/// Steps are repeated for so long, in milliseconds, and at least so often. Browsers round their clocks to 0.1 ms and
/// more, at random: only many repetitions tell how long a layer takes.
const STEPS_MS: f64 = 2_500.0;
const STEPS: usize = 8;
/// Steps until the engine is compiled and the caches are warm; they are not counted.
const WARM_UP: usize = 4;

/// Predictions: the first are to warm up.
const PREDICTIONS: usize = 20;
const PREDICTIONS_WARM_UP: usize = 5;

/// A profile under way, on a copy of the run's model.
pub(super) struct Profiling {
    model: Sequential,
    optimizer: Optimizer,
    layers: Vec<Range<usize>>,
    images: Vec<f32>,
    labels: Vec<u8>,
    gradient: Vec<f32>,
    tree: TreeSum,
    tries: usize,
    rounds: u32,
    peak: f64,
    steps: Vec<Times>,
    stepped_ms: f64,
    predictions: Vec<f64>,
}

/// Milliseconds of one step.
#[derive(Default)]
struct Times {
    layers: Vec<[f64; 2]>,
    packing: f64,
    loss: f64,
    optimizer: f64,
}

impl Times {
    fn total(&self) -> f64 {
        self.layers.iter().flatten().sum::<f64>() + self.packing + self.loss + self.optimizer
    }
}

/// Says how long it is since it was last asked.
struct Laps {
    clock: Clock,
    last: f64,
}

impl Laps {
    fn new(clock: Clock) -> Self {
        Self { clock, last: clock() }
    }

    fn lap(&mut self) -> f64 {
        let now = (self.clock)();
        now - std::mem::replace(&mut self.last, now)
    }
}

impl Profiling {
    pub(super) fn new(trainer: &Trainer, data: &DataSet) -> Self {
        let model = trainer.model().converted::<f32>();
        let batch = BATCH.min(data.train.len());
        Self {
            optimizer: {
                let config = trainer.config();
                Optimizer::new(&config.optimizer, config.weight_decay(), model.param_count())
            },
            layers: model.engine_layers(),
            images: scaled(&data.train.images[..batch * data.train.image_size()]).collect(),
            labels: data.train.labels[..batch].to_vec(),
            gradient: vec![0.0; model.param_count()],
            tree: TreeSum::default(),
            model,
            tries: 0,
            rounds: PEAK_ROUNDS[0],
            peak: 0.0,
            steps: vec![],
            stepped_ms: 0.0,
            predictions: vec![],
        }
    }

    fn try_peak(&mut self, clock: Clock) {
        let mut laps = Laps::new(clock);
        std::hint::black_box(peak::multiply_adds(std::hint::black_box(self.rounds)));
        let ms = laps.lap();
        if ms < PEAK_MS && self.rounds < PEAK_ROUNDS[1] {
            self.rounds *= 2;
        } else {
            self.peak = self.peak.max(peak::operations(self.rounds) as f64 / ms / 1e6);
            self.tries += 1;
        }
    }

    /// A step as [`Trainer::train_batch`] takes it, but for the learning rate: the weights stay what they are, so that
    /// every step has the same to do.
    fn step(&mut self, clock: Clock) {
        let mut times = Times {
            layers: vec![[0.0; 2]; self.layers.len()],
            ..Times::default()
        };
        let Self {
            model,
            images: inputs,
            labels,
            ..
        } = self;
        let (len, batch) = (model.input_len(), labels.len());
        let mut laps = Laps::new(clock);
        model.pack();
        times.packing = laps.lap();
        let whole = model.spec().needs_whole_batches();
        let mut compute = |images: Range<usize>, gradient: &mut [f32]| {
            times.loss += laps.lap();
            let own = train::Part {
                batch,
                ..train::Part::whole(&inputs[images.start * len..images.end * len], &labels[images])
            };
            share_gradient_watched(model, own, gradient, |done| match done {
                Done::Forward(layer) => times.layers[layer][0] += laps.lap(),
                Done::Loss => times.loss += laps.lap(),
                Done::Backward(layer) => times.layers[layer][1] += laps.lap(),
            });
        };
        match whole {
            true => compute(0..batch, &mut self.gradient),
            false => self.tree.sum(0..SHARES, &mut self.gradient, |share, gradient| {
                compute(share_range(share, batch), gradient);
            }),
        }
        times.loss += laps.lap();
        self.optimizer.step(model.params_mut(), &self.gradient, 0.0);
        times.optimizer = laps.lap();
        self.stepped_ms += times.total();
        self.steps.push(times);
    }

    fn predict(&mut self, clock: Clock) {
        let image = &self.images[..self.model.input_len()];
        let mut laps = Laps::new(clock);
        std::hint::black_box(activations(&mut self.model, image));
        self.predictions.push(laps.lap());
    }

    fn has_stepped(&self) -> bool {
        self.steps.len() >= WARM_UP + STEPS && self.stepped_ms >= STEPS_MS
    }

    /// The mean over the steps, without the slowest quarter: in these something else had the core.
    fn profile(&mut self) -> Profile {
        let mut steps: Vec<_> = self.steps.drain(..).skip(WARM_UP).collect();
        steps.sort_by(|a, b| a.total().total_cmp(&b.total()));
        steps.truncate(steps.len() - steps.len() / 4);
        let mean = |of: &dyn Fn(&Times) -> f64| steps.iter().map(of).sum::<f64>() / steps.len() as f64;
        let batch = self.labels.len();
        let costs = self.model.spec().multiply_adds().unwrap_or_default();
        let layers = self.layers.iter().enumerate().map(|(i, range)| ProfileRow {
            part: Part::Layers(names(&self.model, range)),
            ms: [0, 1].map(|way| mean(&|times| times.layers[i][way])),
            flops: 2 * batch as u64 * costs[range.clone()].iter().flatten().sum::<u64>(),
        });
        let other = |part, of: &dyn Fn(&Times) -> f64| ProfileRow {
            part,
            ms: [mean(of), 0.0],
            flops: 0,
        };
        let mut rows: Vec<_> = layers.collect();
        rows.push(other(Part::Packing, &|times| times.packing));
        rows.push(other(Part::Loss, &|times| times.loss));
        rows.push(other(Part::Optimizer, &|times| times.optimizer));
        Profile {
            peak_gflops: self.peak,
            batch,
            rows,
            predict_ms: median(&mut self.predictions[PREDICTIONS_WARM_UP..]),
        }
    }
}

impl Job for Profiling {
    fn turn(&mut self, _: &DataSet, _: &mut Workers, clock: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        if self.tries < PEAK_TRIES {
            self.try_peak(clock);
        } else if !self.has_stepped() {
            self.step(clock);
        } else if self.predictions.len() < PREDICTIONS_WARM_UP + PREDICTIONS {
            self.predict(clock);
        } else {
            events.push(Event::Profile(Box::new(self.profile())));
            return Ok(true);
        }
        Ok(false)
    }

    fn share(&self) -> f32 {
        let peak = self.tries as f32 / PEAK_TRIES as f32;
        let steps = (self.stepped_ms / STEPS_MS).min(1.0) as f32;
        0.1 * peak + 0.9 * steps
    }
}

fn names(model: &Sequential, layers: &Range<usize>) -> Vec<String> {
    let layers = &model.summary()[layers.clone()];
    layers.iter().map(|layer| layer.name.clone()).collect()
}

/// Of an even number, the mean of the two in the middle.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    (values[(values.len() - 1) / 2] + values[middle]) / 2.0
}
