//! Fully connected.

use rand::Rng;

use super::{InputGradient, Layer, Mode, activation};
use crate::{
    nn::{
        Param, Scalar,
        init::glorot_uniform,
        kernels::{
            matmul::{add_matmul_at, matmul, matmul_bt},
            pointwise::sum_rows,
        },
    },
    spec::Activation,
};

/// `activation(input weight + bias)`.
///
/// The weight is `[in, out]`, the bias `[out]`.
#[derive(Debug)]
pub struct Dense<T: Scalar = f32> {
    name: String,
    features: usize,
    units: usize,
    activation: Activation,
    params: [Param<T>; 2],
    input: Vec<T>,
    output: Vec<T>,
    grad_input: Vec<T>,
}

impl<T: Scalar> Dense<T> {
    /// Glorot-uniform weights, bias 0.
    pub fn new(name: &str, features: usize, units: usize, activation: Activation, rng: &mut impl Rng) -> Self {
        let weight = glorot_uniform(rng, features * units, features, units);
        Self {
            name: name.into(),
            features,
            units,
            activation,
            params: [
                Param::new(format!("{name}.weight"), vec![features, units], weight),
                Param::new(format!("{name}.bias"), vec![units], vec![T::zero(); units]),
            ],
            input: vec![],
            output: vec![],
            grad_input: vec![],
        }
    }
}

impl<T: Scalar> Layer<T> for Dense<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, in]` to `[batch, out]`.
    fn forward<'a>(&'a mut self, input: &'a [T], mode: Mode) -> &'a [T] {
        let [weight, bias] = &self.params;
        let batch = input.len() / self.features;
        self.output.resize(batch * self.units, T::zero());
        // [batch, in] [in, out]
        matmul(
            [batch, self.features, self.units],
            input,
            &weight.value,
            &mut self.output,
        );
        activation::forward(self.activation, &mut self.output, &bias.value);
        if mode == Mode::Train {
            self.input.clear();
            self.input.extend_from_slice(input);
        }
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], wanted: InputGradient, gradient: &mut [T]) -> Option<&'a mut [T]> {
        let [weight, _] = &self.params;
        let (grad_weight, grad_bias) = gradient.split_at_mut(weight.value.len());
        let (batch, features, units) = (grad.len() / self.units, self.features, self.units);
        activation::backward(self.activation, &self.output, grad);
        sum_rows(grad, grad_bias);
        grad_weight.fill(T::zero());
        // [batch, in]^T [batch, out]
        add_matmul_at([features, batch, units], &self.input, grad, grad_weight);
        if wanted == InputGradient::Unread {
            return None;
        }
        self.grad_input.resize(self.input.len(), T::zero());
        // [batch, out] [in, out]^T
        matmul_bt([batch, units, features], grad, &weight.value, &mut self.grad_input);
        Some(&mut self.grad_input)
    }

    fn params(&self) -> &[Param<T>] {
        &self.params
    }

    fn params_mut(&mut self) -> &mut [Param<T>] {
        &mut self.params
    }
}
