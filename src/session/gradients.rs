//! Whether the gradients are right: every layer's against central differences in `f64`, and what trains, in `f32`,
//! against that.

use std::collections::VecDeque;

use super::{Clock, Workers, measure::Job};
use crate::{
    data::DataSet,
    nn::{Sequential, init::glorot_uniform, layers::Mode, loss::softmax_cross_entropy},
    protocol::{Event, GradientError},
    random::{Stream, generator},
    train::{self, scaled, share_gradient},
};

/// Images of the loss that is differentiated.
const IMAGES: usize = 2;

/// So many numbers of a weight are looked at, and of a bias, spread evenly.
const SAMPLES: [usize; 2] = [16, 4];

/// The steps of the central differences, tried in this order until the error is well below its limit. Where a sum
/// passes 0 at a ReLU within the step, or a pool changes its pick, the difference is wrong: a smaller step passes by it.
const STEPS: [f64; 3] = [1e-6, 1e-7, 1e-5];

/// A check under way, on a copy of the run's model in `f64`.
pub(super) struct Gradients {
    model: Sequential<f64>,
    images: Vec<f64>,
    labels: Vec<u8>,
    gradient: Vec<f64>,
    /// One a layer with parameters.
    layers: Vec<Checked>,
    /// What is left to look at.
    samples: VecDeque<Sample>,
    total: usize,
}

struct Checked {
    /// What was found out so far.
    error: GradientError,
    /// The largest gradient.
    largest: f64,
}

struct Sample {
    /// Among those with parameters.
    layer: usize,
    /// Among the model's parameters.
    param: usize,
    /// Within it.
    index: usize,
    /// Within the gradient of all.
    flat: usize,
}

impl Gradients {
    pub(super) fn new(model: &Sequential, data: &DataSet) -> Self {
        let count = IMAGES.min(data.train.len());
        let images = blurred(&data.train.images[..count * data.train.image_size()]);
        // The next class, not the right one: a network that knows its answers has hardly a gradient left.
        let classes = model.classes() as u8;
        let labels: Vec<u8> = data.train.labels[..count]
            .iter()
            .map(|&label| (label + 1) % classes)
            .collect();
        let mut single = model.converted::<f32>();
        let mut model = model.converted::<f64>();
        let mut gradient = vec![0.0; model.param_count()];
        share_gradient(&mut model, train::Part::whole(&images, &labels), &mut gradient);
        let mut single_gradient = vec![0.0; model.param_count()];
        let single_images: Vec<f32> = images.iter().map(|&x| x as f32).collect();
        share_gradient(
            &mut single,
            train::Part::whole(&single_images, &labels),
            &mut single_gradient,
        );
        let (layers, samples) = plan(&model, &gradient, &single_gradient);
        Self {
            total: samples.len(),
            model,
            images,
            labels,
            gradient,
            layers,
            samples,
        }
    }

    fn loss(&mut self) -> f64 {
        let logits = self.model.forward(&self.images, Mode::TRAIN);
        let mut grad = vec![0.0; logits.len()];
        softmax_cross_entropy(logits, &self.labels, &mut grad) / self.labels.len() as f64
    }

    /// `(f(x + h) - f(x - h)) / 2h` for one parameter.
    fn central_difference(&mut self, sample: &Sample, step: f64) -> f64 {
        let x = self.at(sample, |x| *x);
        let mut loss_at = |value: f64| {
            self.at(sample, |x| *x = value);
            self.loss()
        };
        let difference = (loss_at(x + step) - loss_at(x - step)) / (2.0 * step);
        self.at(sample, |number| *number = x);
        difference
    }

    fn at<R>(&mut self, sample: &Sample, act: impl FnOnce(&mut f64) -> R) -> R {
        let param = self.model.params_mut().nth(sample.param);
        act(&mut param.expect("it was planned for this model").value[sample.index])
    }

    fn check(&mut self, sample: &Sample) {
        let largest = self.layers[sample.layer].largest;
        let mut error = f64::INFINITY;
        for step in STEPS {
            if error < GradientError::DOUBLE_LIMIT / 10.0 {
                break;
            }
            let difference = self.central_difference(sample, step);
            error = error.min(share(difference - self.gradient[sample.flat], largest));
        }
        let found = &mut self.layers[sample.layer].error;
        found.samples += 1;
        found.double = found.double.max(error);
    }
}

/// Pixels between black and white with a little noise, the same at every check: no sum is exactly 0, where ReLU bends
/// and central differences mean nothing.
fn blurred(pixels: &[u8]) -> Vec<f64> {
    let noise = glorot_uniform::<f64>(&mut generator(0, Stream::Weights), pixels.len(), 3, 3);
    let pixels = scaled::<f64>(pixels).zip(noise);
    pixels.map(|(pixel, noise)| 0.1 + 0.8 * pixel + 0.05 * noise).collect()
}

/// The error in `f32` of every layer with parameters, and what is to be looked at for that in `f64`.
fn plan(model: &Sequential<f64>, gradient: &[f64], single: &[f32]) -> (Vec<Checked>, VecDeque<Sample>) {
    let (mut layers, mut samples) = (vec![], VecDeque::new());
    let mut start = 0;
    for (layer, summary) in model.summary().iter().enumerate() {
        let (first, prefix) = (start, format!("{}.", summary.name));
        let params = model.params().enumerate();
        for (param, tensor) in params.filter(|(_, tensor)| tensor.name.starts_with(&prefix)) {
            let place = |index| Sample {
                layer: layers.len(),
                param,
                index,
                flat: start + index,
            };
            let (len, is_bias) = (tensor.value.len(), tensor.name.ends_with(".bias"));
            let count = SAMPLES[usize::from(is_bias)];
            samples.extend((0..len).step_by(len.div_ceil(count)).map(place));
            start += len;
        }
        if start > first {
            layers.push(checked(
                layer,
                &summary.name,
                &gradient[first..start],
                &single[first..start],
            ));
        }
    }
    (layers, samples)
}

fn checked(layer: usize, name: &str, double: &[f64], single: &[f32]) -> Checked {
    let largest = double.iter().fold(0.0, |largest: f64, g| largest.max(g.abs()));
    let errors = double
        .iter()
        .zip(single)
        .map(|(d, &s)| share(d - f64::from(s), largest));
    Checked {
        error: GradientError {
            layer,
            name: name.into(),
            samples: 0,
            double: 0.0,
            single: errors.fold(0.0, f64::max),
        },
        largest,
    }
}

/// An error as a share of the largest gradient; of a layer without any gradient, as it is.
fn share(error: f64, largest: f64) -> f64 {
    match error.abs() / if largest > 0.0 { largest } else { 1.0 } {
        share if share.is_nan() => f64::INFINITY,
        share => share,
    }
}

impl Job for Gradients {
    fn turn(&mut self, _: &DataSet, _: &mut Workers, _: Clock, events: &mut Vec<Event>) -> Result<bool, String> {
        if let Some(sample) = self.samples.pop_front() {
            self.check(&sample);
        }
        let done = self.samples.is_empty();
        if done {
            let errors = self.layers.iter().map(|layer| layer.error.clone()).collect();
            events.push(Event::Gradients(errors));
        }
        Ok(done)
    }

    fn share(&self) -> f32 {
        1.0 - self.samples.len() as f32 / self.total.max(1) as f32
    }
}
