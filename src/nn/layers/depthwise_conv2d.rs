//! 2-D convolution of every channel by itself.

use rand::Rng;

use super::{
    InputGradient, Layer, Mode,
    activation::Ending,
    affine::{WeightSpec, Weights},
};
use crate::{
    nn::{
        Param, Penalty, Scalar,
        kernels::{depthwise, pointwise::sum_rows, windows::Windows},
    },
    spec::layers::DepthwiseConv2D as Spec,
};

/// `activation(input * weight + bias)`, where `*` gives every channel as many outputs as `depth_multiplier` says.
///
/// The weight is `[height, width, in, depth_multiplier]`, the bias `[in depth_multiplier]`.
#[derive(Debug)]
pub struct DepthwiseConv2D<T: Scalar = f32> {
    name: String,
    windows: Windows,
    ending: Ending<T>,
    weights: Weights<T>,
    input: Vec<T>,
    output: Vec<T>,
    grad_input: Vec<T>,
}

impl<T: Scalar> DepthwiseConv2D<T> {
    /// A layer over those windows; bias 0.
    pub fn new(name: &str, windows: Windows, spec: &Spec, rng: &mut impl Rng) -> Self {
        let ([height, width], [_, _, channels]) = (windows.size, windows.input);
        let weight = WeightSpec {
            initializer: spec.depthwise_initializer,
            penalty: Penalty {
                l1: spec.l1,
                l2: spec.l2,
            },
            use_bias: spec.use_bias,
        };
        let outputs = channels * spec.depth_multiplier;
        let shape = vec![height, width, channels, spec.depth_multiplier];
        Self {
            name: name.into(),
            windows,
            ending: Ending::new(spec.activation),
            weights: Weights::new(name, shape, outputs, weight, rng),
            input: vec![],
            output: vec![],
            grad_input: vec![],
        }
    }
}

impl<T: Scalar> Layer<T> for DepthwiseConv2D<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, height, width, in]` to `[batch, rows, cols, in depth_multiplier]`.
    fn forward<'a>(&'a mut self, input: &'a [T], mode: Mode) -> &'a [T] {
        let (weight, bias) = (self.weights.weight(), self.weights.bias());
        let batch = input.len() / self.windows.input_len();
        self.output.resize(batch * self.windows.count() * bias.len(), T::zero());
        depthwise::forward(&self.windows, input, weight, bias, &mut self.output);
        self.ending.forward(&mut self.output, mode);
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
        depthwise::weight_gradient(&self.windows, &self.input, grad, grad_weight);
        if wanted == InputGradient::Unread {
            return None;
        }
        self.grad_input.resize(self.input.len(), T::zero());
        depthwise::input_gradient(&self.windows, self.weights.weight(), grad, &mut self.grad_input);
        Some(&mut self.grad_input)
    }

    fn params(&self) -> &[Param<T>] {
        self.weights.params()
    }

    fn params_mut(&mut self) -> &mut [Param<T>] {
        self.weights.params_mut()
    }
}
