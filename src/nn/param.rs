//! What training changes.

use crate::spec::Shape;

/// One trainable tensor, row-major. Gradients are apart: one flat slice for all parameters of a model, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Param<T = f32> {
    /// The layer's name and the role: `conv2d_1.weight`, `dense.bias`.
    pub name: String,
    /// Kernels `[height, width, in, out]`, dense weights `[in, out]`, biases `[out]`.
    pub shape: Shape,
    /// As many numbers as the shape says.
    pub value: Vec<T>,
}

impl<T> Param<T> {
    /// A tensor with those values.
    ///
    /// # Panics
    /// When the values are not as many as the shape says.
    pub fn new(name: String, shape: Shape, value: Vec<T>) -> Self {
        assert_eq!(
            shape.iter().product::<usize>(),
            value.len(),
            "{name} has the shape {shape:?}"
        );
        Self { name, shape, value }
    }
}
