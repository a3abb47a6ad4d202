//! What training changes.

use super::Scalar;
use crate::spec::Shape;

/// One trainable tensor and the gradient of the loss with respect to it, both row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Param<T = f32> {
    /// The layer's name and the role: `conv2d_1.weight`, `dense.bias`.
    pub name: String,
    /// Kernels `[height, width, in, out]`, dense weights `[in, out]`, biases `[out]`.
    pub shape: Shape,
    /// As many numbers as the shape says.
    pub value: Vec<T>,
    /// As many again; of the last backward pass alone.
    pub grad: Vec<T>,
}

impl<T: Scalar> Param<T> {
    /// A tensor with those values and gradient 0.
    ///
    /// # Panics
    /// When the values are not as many as the shape says.
    pub fn new(name: String, shape: Shape, value: Vec<T>) -> Self {
        assert_eq!(
            shape.iter().product::<usize>(),
            value.len(),
            "{name} has the shape {shape:?}"
        );
        let grad = vec![T::zero(); value.len()];
        Self {
            name,
            shape,
            value,
            grad,
        }
    }
}

/// The gradients of every parameter of a model, in the model's order, apart from the model.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Gradients<T = f32>(Vec<Vec<T>>);

impl<T: Scalar> Gradients<T> {
    /// Puts the gradients of `params` here and those that were here there; what was never set is 0.
    pub fn swap(&mut self, params: &mut [&mut Param<T>]) {
        self.0.resize(params.len(), Vec::new());
        for (mine, param) in self.0.iter_mut().zip(params) {
            mine.resize(param.grad.len(), T::zero());
            std::mem::swap(mine, &mut param.grad);
        }
    }

    /// Adds these to the gradients of `params`.
    pub fn add_to(&self, params: &mut [&mut Param<T>]) {
        for (mine, param) in self.0.iter().zip(params) {
            for (sum, &grad) in param.grad.iter_mut().zip(mine) {
                *sum += grad;
            }
        }
    }
}
