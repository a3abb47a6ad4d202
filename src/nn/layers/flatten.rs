//! The same numbers in another shape: `Flatten` and `Reshape`.

use super::{InputGradient, Layer, Mode};
use crate::nn::Scalar;

/// Nothing moves: `[batch, height, width, channels]` is `[batch, features]` in memory, or `[batch, height, width channels]`.
#[derive(Debug)]
pub struct Flatten {
    name: String,
}

impl Flatten {
    /// A layer of that name.
    pub fn new(name: &str) -> Self {
        Self { name: name.into() }
    }
}

impl<T: Scalar> Layer<T> for Flatten {
    fn name(&self) -> &str {
        &self.name
    }

    fn forward<'a>(&'a mut self, input: &'a [T], _: Mode) -> &'a [T] {
        input
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], _: InputGradient, _: &mut [T]) -> Option<&'a mut [T]> {
        Some(grad)
    }
}
