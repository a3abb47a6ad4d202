//! What would make it something else: an image of which a unit gives more and more.

use super::check_finite;
use crate::{
    data::DataSet,
    nn::{Sequential, init::glorot_uniform, loss::softmax},
    protocol::{Answering, Ascended, Event, Goal, Start, StudyEvent, Tensor},
    random::{Stream, generator},
    session::{Clock, Session, Workers, measure::Job, predict::NO_MODEL},
};

/// Steps of an ascent.
const STEPS: usize = 500;

/// How far a step moves the image along the gradient, as a Euclidean length: an image of a digit is about 9 long.
const LENGTH: f32 = 0.15;

/// What each step takes off every pixel, as a share: ink that does not help fades.
const DECAY: f32 = 0.01;

/// After so many steps each pixel is mixed with its four neighbours, at this share: single pixels do not stand out.
const BLUR_EVERY: usize = 4;
const BLUR: f32 = 0.1;

/// The largest number of the noise that it begins with.
const NOISE: f32 = 0.2;

/// How often the image is told, in milliseconds between.
const TELL_MS: f64 = 50.0;

/// An ascent under way, on a copy of the model that answers.
struct Ascent {
    /// Layer by layer.
    network: Sequential,
    model: Answering,
    goal: Goal,
    image: Vec<f32>,
    step: usize,
    told: f64,
}

impl Session {
    /// Begins an ascent.
    pub(in crate::session) fn ascent(&mut self, goal: Goal) -> Result<Box<dyn Job>, String> {
        let seen = self.study.seen.clone();
        let (model, answering) = self.answering().ok_or(NO_MODEL)?;
        let layer = model.summary().get(goal.layer).ok_or("The model has no such layer.")?;
        let units = layer.output_shape.last().copied().unwrap_or(0);
        if goal.unit >= units {
            return Err(format!(
                "{} has {units} units: there is no unit {}.",
                layer.name, goal.unit
            ));
        }
        let image = match goal.from {
            Start::Seen => seen.ok_or("There is nothing to begin with: draw a digit, or begin with noise.")?,
            Start::Noise(seed) => noise(seed, model.input_len()),
        };
        Ok(Box::new(Ascent {
            network: model.apart(),
            model: answering,
            goal,
            image,
            step: 0,
            told: f64::NEG_INFINITY,
        }))
    }
}

/// Even between 0 and [`NOISE`].
fn noise(seed: u32, len: usize) -> Vec<f32> {
    let draws = glorot_uniform::<f32>(&mut generator(seed.into(), Stream::Weights), len, 3, 3);
    draws.into_iter().map(|draw| NOISE * (0.5 + draw / 2.0)).collect()
}

impl Job for Ascent {
    fn turn(&mut self, _: &DataSet, _: &mut Workers, clock: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        let trace = self.network.trace(&self.image, self.goal.layer, self.goal.unit);
        let gradient = &trace.gradients[0];
        check_finite(gradient.iter().chain([&trace.value]))?;
        let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
        let is_over = self.step == STEPS || length == 0.0;
        let now = clock();
        if is_over || now - self.told >= TELL_MS {
            self.told = now;
            let mut probabilities = trace.outputs[trace.outputs.len() - 1].clone();
            let classes = probabilities.len();
            softmax(&mut probabilities, classes);
            events.push(Event::Study(StudyEvent::Ascended(Box::new(Ascended {
                model: self.model,
                goal: self.goal,
                step: self.step,
                image: self.tensor(),
                value: trace.value,
                probabilities,
            }))));
        }
        if !is_over {
            climb(&mut self.image, gradient, LENGTH / length);
            self.step += 1;
            if self.step.is_multiple_of(BLUR_EVERY) {
                self.image = blurred(&self.image, self.width());
            }
        }
        Ok(is_over)
    }

    fn share(&self) -> f32 {
        self.step as f32 / STEPS as f32
    }
}

impl Ascent {
    fn width(&self) -> usize {
        match self.network.spec().input_shape[..] {
            [_, width, ..] => width,
            _ => 28,
        }
    }

    fn tensor(&self) -> Tensor {
        let width = self.width();
        Tensor {
            shape: vec![self.image.len() / width, width, 1],
            data: self.image.clone(),
        }
    }
}

/// `x = (1 - decay) x + rate g`, kept between paper and ink.
fn climb(image: &mut [f32], gradient: &[f32], rate: f32) {
    for (x, g) in image.iter_mut().zip(gradient) {
        *x = ((1.0 - DECAY) * *x + rate * g).clamp(0.0, 1.0);
    }
}

/// Every pixel mixed with the mean of its four neighbours; beyond the edge is paper.
fn blurred(image: &[f32], width: usize) -> Vec<f32> {
    let height = image.len() / width;
    let at = |y: usize, x: usize| {
        if y < height && x < width {
            image[y * width + x]
        } else {
            0.0
        }
    };
    let mix = |place: usize| {
        let (y, x) = (place / width, place % width);
        let around = at(y.wrapping_sub(1), x) + at(y + 1, x) + at(y, x.wrapping_sub(1)) + at(y, x + 1);
        (1.0 - BLUR) * image[place] + BLUR * around / 4.0
    };
    (0..image.len()).map(mix).collect()
}
