//! Layer normalization (Ba, Kiros and Hinton, 2016, arXiv:1607.06450).

use super::{InputGradient, Layer, Mode, batch_normalization::normalized_sums};
use crate::nn::{Param, Scalar};

/// `weight (x - mean) / sqrt(variance + epsilon) + bias`, with mean and variance over the channels of every place.
#[derive(Debug)]
pub struct LayerNormalization<T: Scalar = f32> {
    name: String,
    epsilon: T,
    /// Weight and bias, `[channels]` each.
    params: [Param<T>; 2],
    /// `1 / sqrt(variance + epsilon)`, one a place.
    inverse: Vec<T>,
    /// The input before weight and bias.
    normalized: Vec<T>,
    output: Vec<T>,
}

impl<T: Scalar> LayerNormalization<T> {
    /// Weight 1, bias 0.
    pub fn new(name: &str, channels: usize, epsilon: f32) -> Self {
        let constant =
            |role: &str, value: T| Param::new(format!("{name}.{role}"), vec![channels], vec![value; channels]);
        Self {
            name: name.into(),
            epsilon: T::of(epsilon.into()),
            params: [constant("weight", T::one()), constant("bias", T::zero())],
            inverse: vec![],
            normalized: vec![],
            output: vec![],
        }
    }
}

/// The mean of some numbers.
fn mean<T: Scalar>(numbers: impl ExactSizeIterator<Item = T>) -> T {
    let count = T::of(numbers.len() as f64);
    numbers.fold(T::zero(), |sum, x| sum + x) / count
}

impl<T: Scalar> Layer<T> for LayerNormalization<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, .., channels]`; the output has the input's.
    fn forward<'a>(&'a mut self, input: &'a [T], _: Mode) -> &'a [T] {
        let [weight, bias] = &self.params;
        self.inverse.clear();
        self.normalized.clear();
        self.output.clear();
        for row in input.chunks_exact(weight.value.len()) {
            let centre = mean(row.iter().copied());
            let variance = mean(row.iter().map(|&x| (x - centre) * (x - centre)));
            let inverse = (variance + self.epsilon).sqrt().recip();
            self.inverse.push(inverse);
            let normalized = row.iter().map(|&x| (x - centre) * inverse);
            self.normalized.extend(normalized.clone());
            let channels = normalized.zip(&weight.value).zip(&bias.value);
            self.output.extend(channels.map(|((x, &w), &b)| x * w + b));
        }
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], _: InputGradient, gradient: &mut [T]) -> Option<&'a mut [T]> {
        let weight = &self.params[0].value;
        let (grad_weight, grad_bias) = gradient.split_at_mut(weight.len());
        normalized_sums(grad, &self.normalized, grad_weight, grad_bias);
        let rows = grad
            .chunks_exact_mut(weight.len())
            .zip(self.normalized.chunks_exact(weight.len()));
        for ((grad, normalized), &inverse) in rows.zip(&self.inverse) {
            grad.iter_mut().zip(weight).for_each(|(g, &w)| *g *= w);
            let along = mean(grad.iter().zip(normalized).map(|(&g, &x)| g * x));
            let centre = mean(grad.iter().copied());
            for (g, &x) in grad.iter_mut().zip(normalized) {
                *g = inverse * (*g - centre - x * along);
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
}
