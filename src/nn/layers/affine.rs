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
    weights: Weights<T>,
    kernels: Box<dyn Convolution<T>>,
    input: Vec<T>,
    output: Vec<T>,
    grad_input: Vec<T>,
}

/// A weight, and the bias where the layer has one.
#[derive(Debug)]
pub(super) struct Weights<T: Scalar> {
    /// The weight, then the bias.
    params: Vec<Param<T>>,
    /// `[out]`: what the kernels are given where there is no bias.
    no_bias: Vec<T>,
}

impl<T: Scalar> Weights<T> {
    /// Bias 0; `outputs` are those that have one each.
    pub fn new(name: &str, shape: Shape, outputs: usize, spec: WeightSpec, rng: &mut impl Rng) -> Self {
        let mut params = vec![spec.build(format!("{name}.weight"), shape, rng)];
        let zeros = vec![T::zero(); outputs];
        if spec.use_bias {
            params.push(Param::new(format!("{name}.bias"), vec![outputs], zeros.clone()));
        }
        Self { params, no_bias: zeros }
    }

    /// The weight's numbers.
    pub fn weight(&self) -> &[T] {
        &self.params[0].value
    }

    /// The bias's numbers, 0 where there is none.
    pub fn bias(&self) -> &[T] {
        self.params.get(1).map_or(&self.no_bias, |bias| &bias.value)
    }

    /// A gradient cut into the weight's and the bias's; the latter is empty where there is none.
    pub fn split<'a>(&self, gradient: &'a mut [T]) -> (&'a mut [T], &'a mut [T]) {
        gradient.split_at_mut(self.weight().len())
    }

    pub fn params(&self) -> &[Param<T>] {
        &self.params
    }

    pub fn params_mut(&mut self) -> &mut [Param<T>] {
        &mut self.params
    }
}

/// How a weight starts, how it is kept small, and whether a bias goes with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct WeightSpec {
    pub initializer: Initializer,
    pub penalty: Penalty,
    pub use_bias: bool,
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
            weights: Weights::new(name, weight_shape, filters, weight, rng),
            kernels: T::convolution(&windows, filters),
            input: vec![],
            output: vec![],
            grad_input: vec![],
        }
    }

    /// Where its windows lie.
    pub(super) fn windows(&self) -> &Windows {
        &self.windows
    }

    /// Its weight and bias.
    pub(super) fn weights(&self) -> &Weights<T> {
        &self.weights
    }
}

impl<T: Scalar> Layer<T> for Affine<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, height, width, in]` to `[batch, rows, cols, out]`; a dense layer's `[batch, in]` to `[batch, out]`.
    fn forward<'a>(&'a mut self, input: &'a [T], mode: Mode) -> &'a [T] {
        let (weight, bias) = (self.weights.weight(), self.weights.bias());
        let batch = input.len() / self.windows.input_len();
        self.output.resize(batch * self.windows.count() * bias.len(), T::zero());
        let output = &mut self.output;
        let relu = self.ending.function() == Activation::Relu;
        self.kernels.forward(input, weight, bias, relu, output);
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
        let (grad_weight, grad_bias) = self.weights.split(gradient);
        self.ending.backward(&self.output, grad);
        if !grad_bias.is_empty() {
            sum_rows(grad, grad_bias);
        }
        self.kernels.weight_gradient(&self.input, grad, grad_weight);
        if wanted == InputGradient::Unread {
            return None;
        }
        self.grad_input.resize(self.input.len(), T::zero());
        self.kernels
            .input_gradient(grad, self.weights.weight(), &mut self.grad_input);
        Some(&mut self.grad_input)
    }

    fn pack(&mut self, wanted: InputGradient) {
        self.kernels
            .pack(self.weights.weight(), wanted == InputGradient::Wanted);
    }

    fn params(&self) -> &[Param<T>] {
        self.weights.params()
    }

    fn params_mut(&mut self) -> &mut [Param<T>] {
        self.kernels.weight_changed();
        self.weights.params_mut()
    }
}
