//! A function of every number.

use super::{InputGradient, Layer, Mode};
use crate::{
    nn::{
        Scalar,
        kernels::pointwise::{activate, activation_backward, reads_input, rectify, rectify_backward},
    },
    spec::{Activation, layers::ReLU},
};

/// A function at a layer's end, and what its gradient needs.
#[derive(Debug)]
pub(super) struct Ending<T> {
    function: Activation,
    /// What the function was given, where its gradient reads that.
    input: Vec<T>,
}

impl<T: Scalar> Ending<T> {
    pub fn new(function: Activation) -> Self {
        Self {
            function,
            input: vec![],
        }
    }

    pub fn function(&self) -> Activation {
        self.function
    }

    /// `x = f(x)` for every number.
    pub fn forward(&mut self, values: &mut [T], mode: Mode) {
        if mode.is_kept() && reads_input(self.function) {
            self.input.clear();
            self.input.extend_from_slice(values);
        }
        activate(self.function, values);
    }

    /// Makes the gradient of what [`Self::forward`] gave, `output`, that of what it was given.
    pub fn backward(&self, output: &[T], grad: &mut [T]) {
        let seen = if reads_input(self.function) {
            &self.input
        } else {
            output
        };
        activation_backward(self.function, seen, grad);
    }
}

/// A function as a layer of its own: Keras's `Activation`.
#[derive(Debug)]
pub struct Activated<T: Scalar = f32> {
    name: String,
    ending: Ending<T>,
    output: Vec<T>,
}

impl<T: Scalar> Activated<T> {
    /// A layer of that name.
    pub fn new(name: &str, function: Activation) -> Self {
        Self {
            name: name.into(),
            ending: Ending::new(function),
            output: vec![],
        }
    }
}

impl<T: Scalar> Layer<T> for Activated<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// Any; the output has the input's.
    fn forward<'a>(&'a mut self, input: &'a [T], mode: Mode) -> &'a [T] {
        self.output.clear();
        self.output.extend_from_slice(input);
        self.ending.forward(&mut self.output, mode);
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], _: InputGradient, _: &mut [T]) -> Option<&'a mut [T]> {
        self.ending.backward(&self.output, grad);
        Some(grad)
    }
}

/// A bounded or leaky ReLU: Keras's `ReLU`.
#[derive(Debug)]
pub struct Rectified<T: Scalar = f32> {
    name: String,
    function: ReLU,
    output: Vec<T>,
}

impl<T: Scalar> Rectified<T> {
    /// A layer of that name.
    pub fn new(name: &str, function: &ReLU) -> Self {
        Self {
            name: name.into(),
            function: function.clone(),
            output: vec![],
        }
    }
}

impl<T: Scalar> Layer<T> for Rectified<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// Any; the output has the input's.
    fn forward<'a>(&'a mut self, input: &'a [T], _: Mode) -> &'a [T] {
        self.output.clear();
        self.output.extend_from_slice(input);
        rectify(&self.function, &mut self.output);
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], _: InputGradient, _: &mut [T]) -> Option<&'a mut [T]> {
        rectify_backward(&self.function, &self.output, grad);
        Some(grad)
    }
}
