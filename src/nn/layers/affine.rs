//! A weight, a bias, an activation: what a convolution and a dense layer have in common.

use rand::Rng;

use super::{InputGradient, Layer, Mode};
use crate::{
    nn::{
        Param, Scalar,
        init::glorot_uniform,
        kernels::{
            convolution::Convolution,
            pointwise::{relu_backward, sum_rows},
            windows::Windows,
        },
    },
    spec::{Activation, Shape},
};

/// `activation(input * weight + bias)`, where `*` multiplies every window of the input, one row of numbers, with the
/// weight. Softmax is left to the loss: the model gives logits.
#[derive(Debug)]
pub struct Affine<T: Scalar = f32> {
    name: String,
    windows: Windows,
    relu: bool,
    params: [Param<T>; 2],
    kernels: T::Convolution,
    input: Vec<T>,
    output: Vec<T>,
    grad_input: Vec<T>,
}

impl<T: Scalar> Affine<T> {
    /// Glorot-uniform weights, bias 0. The weight's shape ends in the windows' numbers and the outputs a window.
    pub(super) fn new(
        name: &str,
        windows: Windows,
        weight_shape: Shape,
        activation: Activation,
        rng: &mut impl Rng,
    ) -> Self {
        let filters = weight_shape[weight_shape.len() - 1];
        let (fan_in, area) = (windows.window_len(), windows.size[0] * windows.size[1]);
        let weight = glorot_uniform(rng, fan_in * filters, fan_in, area * filters);
        Self {
            name: name.into(),
            windows,
            relu: activation == Activation::Relu,
            params: [
                Param::new(format!("{name}.weight"), weight_shape, weight),
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
        self.kernels
            .forward(input, &weight.value, &bias.value, self.relu, output);
        if mode == Mode::Train {
            self.input.clear();
            self.input.extend_from_slice(input);
        }
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], wanted: InputGradient, gradient: &mut [T]) -> Option<&'a mut [T]> {
        let [weight, _] = &self.params;
        let (grad_weight, grad_bias) = gradient.split_at_mut(weight.value.len());
        if self.relu {
            relu_backward(&self.output, grad);
        }
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
