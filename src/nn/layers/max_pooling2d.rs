//! 2-D max pooling.

use super::{InputGradient, Layer, Mode};
use crate::nn::{
    Scalar,
    kernels::{max_pool, windows::Windows},
};

/// The largest number of every window, channel by channel; of equals, the first takes the gradient, as in Keras.
#[derive(Debug)]
pub struct MaxPooling2D<T: Scalar = f32> {
    name: String,
    windows: Windows,
    offsets: Vec<usize>,
    output: Vec<T>,
    argmax: Vec<u32>,
    grad_input: Vec<T>,
}

impl<T: Scalar> MaxPooling2D<T> {
    /// A layer over those windows.
    pub fn new(name: &str, windows: Windows) -> Self {
        Self {
            name: name.into(),
            windows,
            offsets: max_pool::offsets(&windows),
            output: vec![],
            argmax: vec![],
            grad_input: vec![],
        }
    }

    /// Numbers of one output sample.
    fn output_len(&self) -> usize {
        self.windows.count() * self.windows.input[2]
    }
}

impl<T: Scalar> Layer<T> for MaxPooling2D<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, height, width, channels]` to `[batch, rows, cols, channels]`.
    fn forward<'a>(&'a mut self, input: &'a [T], _: Mode) -> &'a [T] {
        let (input_len, output_len) = (self.windows.input_len(), self.output_len());
        let len = input.len() / input_len * output_len;
        self.output.resize(len, T::zero());
        self.argmax.resize(len, 0);
        let outputs = self
            .output
            .chunks_exact_mut(output_len)
            .zip(self.argmax.chunks_exact_mut(output_len));
        for (image, (output, argmax)) in input.chunks_exact(input_len).zip(outputs) {
            max_pool::forward(&self.windows, &self.offsets, image, output, argmax);
        }
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], wanted: InputGradient, _: &mut [T]) -> Option<&'a mut [T]> {
        if wanted == InputGradient::Unread {
            return None;
        }
        let (input_len, output_len) = (self.windows.input_len(), self.output_len());
        self.grad_input.clear();
        self.grad_input.resize(grad.len() / output_len * input_len, T::zero());
        let grads = grad.chunks_exact(output_len).zip(self.argmax.chunks_exact(output_len));
        for (image, (grad, argmax)) in self.grad_input.chunks_exact_mut(input_len).zip(grads) {
            max_pool::backward(&self.windows, &self.offsets, grad, argmax, image);
        }
        Some(&mut self.grad_input)
    }
}
