//! Batch normalization (Ioffe and Szegedy, 2015, arXiv:1502.03167).

use super::{InputGradient, Layer, Mode};
use crate::{
    nn::{Param, Scalar},
    spec::layers::BatchNormalization as Spec,
};

/// `weight (x - mean) / sqrt(variance + epsilon) + bias`, channel by channel: in training with the mean and the variance
/// of the whole batch, afterwards with running means of both.
#[derive(Debug)]
pub struct BatchNormalization<T: Scalar = f32> {
    name: String,
    momentum: T,
    epsilon: T,
    /// Weight and bias, `[channels]` each.
    params: [Param<T>; 2],
    /// Running mean and running variance, `[channels]` each.
    memory: [Param<T>; 2],
    /// Of the last training pass: mean and variance.
    batch: [Vec<T>; 2],
    /// `1 / sqrt(variance + epsilon)`, of the pass under way.
    inverse: Vec<T>,
    /// The input before weight and bias.
    normalized: Vec<T>,
    /// Whether that was by the batch's own mean and variance, which depend on the input.
    by_batch: bool,
    output: Vec<T>,
}

impl<T: Scalar> BatchNormalization<T> {
    /// Weight 1, bias 0; running mean 0, running variance 1.
    pub fn new(name: &str, channels: usize, spec: &Spec) -> Self {
        let constant =
            |role: &str, value: T| Param::new(format!("{name}.{role}"), vec![channels], vec![value; channels]);
        Self {
            name: name.into(),
            momentum: T::of(spec.momentum.into()),
            epsilon: T::of(spec.epsilon.into()),
            params: [constant("weight", T::one()), constant("bias", T::zero())],
            memory: [
                constant("running_mean", T::zero()),
                constant("running_variance", T::one()),
            ],
            batch: [vec![], vec![]],
            inverse: vec![],
            normalized: vec![],
            by_batch: false,
            output: vec![],
        }
    }

    fn channels(&self) -> usize {
        self.params[0].value.len()
    }

    /// Mean and variance of every channel.
    fn measure(&mut self, input: &[T]) {
        let channels = self.channels();
        let rows = T::of((input.len() / channels) as f64);
        let [mean, variance] = &mut self.batch;
        for sums in [&mut *mean, &mut *variance] {
            sums.clear();
            sums.resize(channels, T::zero());
        }
        for row in input.chunks_exact(channels) {
            mean.iter_mut().zip(row).for_each(|(mean, &x)| *mean += x);
        }
        mean.iter_mut().for_each(|mean| *mean /= rows);
        for row in input.chunks_exact(channels) {
            for ((variance, &mean), &x) in variance.iter_mut().zip(&*mean).zip(row) {
                *variance += (x - mean) * (x - mean);
            }
        }
        variance.iter_mut().for_each(|variance| *variance /= rows);
    }
}

impl<T: Scalar> Layer<T> for BatchNormalization<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, .., channels]`; the output has the input's.
    fn forward<'a>(&'a mut self, input: &'a [T], mode: Mode) -> &'a [T] {
        self.by_batch = mode.is_train();
        if self.by_batch {
            self.measure(input);
        }
        let [running_mean, running_variance] = &self.memory;
        let (mean, variance) = match self.by_batch {
            true => (&self.batch[0], &self.batch[1]),
            false => (&running_mean.value, &running_variance.value),
        };
        let epsilon = self.epsilon;
        self.inverse.clear();
        let inverse = variance.iter().map(|&variance| (variance + epsilon).sqrt().recip());
        self.inverse.extend(inverse);
        self.normalized.clear();
        for row in input.chunks_exact(mean.len()) {
            let channels = row.iter().zip(mean).zip(&self.inverse);
            self.normalized
                .extend(channels.map(|((&x, &mean), &inverse)| (x - mean) * inverse));
        }
        let [weight, bias] = &self.params;
        self.output.clear();
        for row in self.normalized.chunks_exact(mean.len()) {
            let channels = row.iter().zip(&weight.value).zip(&bias.value);
            self.output.extend(channels.map(|((&x, &w), &b)| x * w + b));
        }
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], _: InputGradient, gradient: &mut [T]) -> Option<&'a mut [T]> {
        let channels = self.channels();
        let rows = T::of((grad.len() / channels) as f64);
        let (grad_weight, grad_bias) = gradient.split_at_mut(channels);
        normalized_sums(grad, &self.normalized, grad_weight, grad_bias);
        let weight = &self.params[0].value;
        if !self.by_batch {
            for row in grad.chunks_exact_mut(channels) {
                (0..channels).for_each(|c| row[c] *= weight[c] * self.inverse[c]);
            }
            return Some(grad);
        }
        for (grad, normalized) in grad
            .chunks_exact_mut(channels)
            .zip(self.normalized.chunks_exact(channels))
        {
            for c in 0..channels {
                let centred = grad[c] - (grad_bias[c] + normalized[c] * grad_weight[c]) / rows;
                grad[c] = weight[c] * self.inverse[c] * centred;
            }
        }
        Some(grad)
    }

    fn params(&self) -> &[Param<T>] {
        &self.params
    }

    fn params_mut(&mut self) -> &mut [Param<T>] {
        &mut self.params
    }

    fn memory(&self) -> &[Param<T>] {
        &self.memory
    }

    fn tensors_mut(&mut self) -> (&mut [Param<T>], &mut [Param<T>]) {
        (&mut self.params, &mut self.memory)
    }

    /// `running = momentum running + (1 - momentum) batch`.
    fn settle(&mut self) {
        let momentum = self.momentum;
        for (running, batch) in self.memory.iter_mut().zip(&self.batch) {
            for (running, &batch) in running.value.iter_mut().zip(batch) {
                *running = momentum * *running + (T::one() - momentum) * batch;
            }
        }
    }
}

/// Overwrites `grad_weight` with the sums over the rows of `grad normalized`, and `grad_bias` with those of `grad`.
///
/// # Shapes
/// `grad` and `normalized`: `[rows, channels]`; the others: `[channels]`.
pub(super) fn normalized_sums<T: Scalar>(grad: &[T], normalized: &[T], grad_weight: &mut [T], grad_bias: &mut [T]) {
    let channels = grad_bias.len();
    grad_weight.fill(T::zero());
    grad_bias.fill(T::zero());
    for (grad, normalized) in grad.chunks_exact(channels).zip(normalized.chunks_exact(channels)) {
        for c in 0..channels {
            grad_weight[c] += grad[c] * normalized[c];
            grad_bias[c] += grad[c];
        }
    }
}
