//! 2-D convolution.

use rand::Rng;

use super::{InputGradient, Layer, Mode, activation};
use crate::{
    nn::{
        Param, Scalar,
        init::glorot_uniform,
        kernels::{
            conv2d::{self, Scratch},
            im2col::Windows,
            pointwise::sum_rows,
        },
    },
    spec::Activation,
};

/// `activation(input * weight + bias)`, where `*` is Keras's convolution: the kernel is not flipped.
///
/// The weight is `[height, width, in, out]`, the bias `[out]`.
#[derive(Debug)]
pub struct Conv2D<T: Scalar = f32> {
    name: String,
    windows: Windows,
    activation: Activation,
    params: [Param<T>; 2],
    input: Vec<T>,
    output: Vec<T>,
    grad_input: Vec<T>,
    scratch: Scratch<T>,
}

impl<T: Scalar> Conv2D<T> {
    /// Glorot-uniform weights, bias 0.
    pub fn new(name: &str, windows: Windows, filters: usize, activation: Activation, rng: &mut impl Rng) -> Self {
        let [height, width] = windows.size;
        let channels = windows.input[2];
        let area = height * width;
        let weight = glorot_uniform(rng, area * channels * filters, area * channels, area * filters);
        let shape = vec![height, width, channels, filters];
        Self {
            name: name.into(),
            windows,
            activation,
            params: [
                Param::new(format!("{name}.weight"), shape, weight),
                Param::new(format!("{name}.bias"), vec![filters], vec![T::zero(); filters]),
            ],
            input: vec![],
            output: vec![],
            grad_input: vec![],
            scratch: Scratch::default(),
        }
    }
}

impl<T: Scalar> Layer<T> for Conv2D<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, height, width, in]` to `[batch, rows, cols, out]`.
    fn forward<'a>(&'a mut self, input: &'a [T], mode: Mode) -> &'a [T] {
        let [weight, bias] = &self.params;
        let batch = input.len() / self.windows.input_len();
        self.output
            .resize(batch * self.windows.count() * bias.value.len(), T::zero());
        conv2d::forward(&self.windows, input, &weight.value, &mut self.output, &mut self.scratch);
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
        activation::backward(self.activation, &self.output, grad);
        sum_rows(grad, grad_bias);
        let grad_input = (wanted == InputGradient::Wanted).then(|| {
            self.grad_input.resize(self.input.len(), T::zero());
            &mut self.grad_input[..]
        });
        let (windows, input, scratch) = (&self.windows, &self.input, &mut self.scratch);
        conv2d::backward(windows, input, &weight.value, grad, grad_weight, grad_input, scratch);
        (wanted == InputGradient::Wanted).then_some(&mut self.grad_input)
    }

    fn params(&self) -> &[Param<T>] {
        &self.params
    }

    fn params_mut(&mut self) -> &mut [Param<T>] {
        &mut self.params
    }
}
