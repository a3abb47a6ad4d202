//! 2-D average pooling.

use super::{InputGradient, Layer, Mode};
use crate::nn::{
    Scalar,
    kernels::{average_pool, windows::Windows},
};

/// The mean of every window, channel by channel; of one window as large as the image, it is Keras's
/// `GlobalAveragePooling2D`.
#[derive(Debug)]
pub struct AveragePooling2D<T: Scalar = f32> {
    name: String,
    windows: Windows,
    output: Vec<T>,
    grad_input: Vec<T>,
}

impl<T: Scalar> AveragePooling2D<T> {
    /// A layer over those windows.
    pub fn new(name: &str, windows: Windows) -> Self {
        Self {
            name: name.into(),
            windows,
            output: vec![],
            grad_input: vec![],
        }
    }

    /// Numbers of one output sample.
    fn output_len(&self) -> usize {
        self.windows.count() * self.windows.input[2]
    }
}

impl<T: Scalar> Layer<T> for AveragePooling2D<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, height, width, channels]` to `[batch, rows, cols, channels]`.
    fn forward<'a>(&'a mut self, input: &'a [T], _: Mode) -> &'a [T] {
        let (input_len, output_len) = (self.windows.input_len(), self.output_len());
        self.output.resize(input.len() / input_len * output_len, T::zero());
        let outputs = self.output.chunks_exact_mut(output_len);
        for (image, output) in input.chunks_exact(input_len).zip(outputs) {
            average_pool::forward(&self.windows, image, output);
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
        let images = self.grad_input.chunks_exact_mut(input_len);
        for (image, grad) in images.zip(grad.chunks_exact(output_len)) {
            average_pool::backward(&self.windows, grad, image);
        }
        Some(&mut self.grad_input)
    }
}
