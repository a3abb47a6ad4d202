//! A weight, a bias, an activation: what a convolution and a dense layer have in common.

use rand::Rng;

use super::{InputGradient, Layer, Mode, activation::Ending};
use crate::{
    nn::{
        Param, Penalty, Scalar,
        init::initialize,
        kernels::{convolution::Convolution, pointwise::sum_rows, windows::Windows},
    },
    spec::{Activation, Initializer, Shape},
};

/// `activation(input * weight + bias)`, where `*` multiplies every window of the input, one row of numbers, with the
/// weight. Softmax is left to the loss: the model gives logits.
#[derive(Debug)]
pub struct Affine<T: Scalar = f32> {
    name: String,
    windows: Windows,
    ending: Ending<T>,
    params: [Param<T>; 2],
    kernels: T::Convolution,
    input: Vec<T>,
    output: Vec<T>,
    grad_input: Vec<T>,
}

/// How a weight starts, and how it is kept small.
#[derive(Debug, Clone, Copy)]
pub(super) struct WeightSpec {
    pub initializer: Initializer,
    pub penalty: Penalty,
}

impl WeightSpec {
    /// A weight of that shape.
    pub fn build<T: Scalar>(self, name: String, shape: Shape, rng: &mut impl Rng) -> Param<T> {
        let value = initialize(self.initializer, &shape, rng);
        Param {
            penalty: self.penalty,
            ..Param::new(name, shape, value)
        }
    }
}

impl<T: Scalar> Affine<T> {
    /// Bias 0. The weight's shape ends in the windows' numbers and the outputs a window.
    pub(super) fn new(
        name: &str,
        windows: Windows,
        activation: Activation,
        weight_shape: Shape,
        weight: WeightSpec,
        rng: &mut impl Rng,
    ) -> Self {
        let filters = weight_shape[weight_shape.len() - 1];
        Self {
            name: name.into(),
            windows,
            ending: Ending::new(activation),
            params: [
                weight.build(format!("{name}.weight"), weight_shape, rng),
                Param::new(format!("{name}.bias"), vec![filters], vec![T::zero(); filters]),
            ],
            kernels: T::Convolution::new(&windows, filters),
            input: vec![],
            output: vec![],
            grad_input: vec![],
        }
    }

    /// Where its windows lie.
    pub(super) fn windows(&self) -> &Windows {
        &self.windows
    }
}

impl<T: Scalar> Layer<T> for Affine<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, height, width, in]` to `[batch, rows, cols, out]`; a dense layer's `[batch, in]` to `[batch, out]`.
    fn forward<'a>(&'a mut self, input: &'a [T], mode: Mode) -> &'a [T] {
        let [weight, bias] = &self.params;
        let batch = input.len() / self.windows.input_len();
        self.output
            .resize(batch * self.windows.count() * bias.value.len(), T::zero());
        let output = &mut self.output;
        let relu = self.ending.function() == Activation::Relu;
        self.kernels.forward(input, &weight.value, &bias.value, relu, output);
        if !relu {
            self.ending.forward(output, mode);
        }
        if mode.is_kept() {
            self.input.clear();
            self.input.extend_from_slice(input);
        }
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], wanted: InputGradient, gradient: &mut [T]) -> Option<&'a mut [T]> {
        let [weight, _] = &self.params;
        let (grad_weight, grad_bias) = gradient.split_at_mut(weight.value.len());
        self.ending.backward(&self.output, grad);
        sum_rows(grad, grad_bias);
        self.kernels.weight_gradient(&self.input, grad, grad_weight);
        if wanted == InputGradient::Unread {
            return None;
        }
        self.grad_input.resize(self.input.len(), T::zero());
        self.kernels.input_gradient(grad, &weight.value, &mut self.grad_input);
        Some(&mut self.grad_input)
    }

    fn pack(&mut self, wanted: InputGradient) {
        self.kernels
            .pack(&self.params[0].value, wanted == InputGradient::Wanted);
    }

    fn params(&self) -> &[Param<T>] {
        &self.params
    }

    fn params_mut(&mut self) -> &mut [Param<T>] {
        self.kernels.weight_changed();
        &mut self.params
    }
}
