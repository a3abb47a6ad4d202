//! What training changes, and what it remembers.

use super::Scalar;
use crate::spec::Shape;

/// One tensor of a layer, row-major. Gradients are apart: one flat slice for all parameters of a model, in its order.
#[derive(Debug, Clone, PartialEq)]
pub struct Param<T = f32> {
    /// The layer's name and the role: `conv2d_1.weight`, `dense.bias`.
    pub name: String,
    /// Kernels `[height, width, in, out]`, dense weights `[in, out]`, biases `[out]`.
    pub shape: Shape,
    /// As many numbers as the shape says.
    pub value: Vec<T>,
    /// What is added to the loss, so that the numbers stay small.
    pub penalty: Penalty,
}

/// `l1 sum |w| + l2 sum w^2`: Keras's `L1L2`.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Penalty {
    /// Of the absolute numbers.
    pub l1: f32,
    /// Of the squares.
    pub l2: f32,
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
        Self {
            name,
            shape,
            value,
            penalty: Penalty::default(),
        }
    }
}

impl<T: Scalar> Param<T> {
    /// What its numbers add to the loss.
    pub fn penalty(&self) -> f64 {
        let Penalty { l1, l2 } = self.penalty;
        let sum = |of: fn(f64) -> f64| self.value.iter().map(|w| of(w.as_f64())).sum::<f64>();
        let part = |factor: f32, of| if factor > 0.0 { f64::from(factor) * sum(of) } else { 0.0 };
        part(l1, f64::abs) + part(l2, |w| w * w)
    }

    /// Adds the gradient of [`Self::penalty`]: `l1 sign(w) + 2 l2 w`, where the sign of 0 is 0.
    pub fn add_penalty_gradient(&self, gradient: &mut [T]) {
        let Penalty { l1, l2 } = self.penalty;
        if (l1, l2) == (0.0, 0.0) {
            return;
        }
        let (l1, l2) = (T::of(l1.into()), T::of(2.0 * f64::from(l2)));
        for (g, &w) in gradient.iter_mut().zip(&self.value) {
            let sign = if w == T::zero() { w } else { w.signum() };
            *g += l1 * sign + l2 * w;
        }
    }
}
