//! Stochastic gradient descent.

use super::flushed;
use crate::nn::Scalar;

/// Keras's `SGD`.
#[derive(Debug)]
pub(super) struct Sgd<T> {
    pub momentum: T,
    pub nesterov: bool,
}

impl<T: Scalar> Sgd<T> {
    /// `v = momentum v - rate g`; then `w += v`, with Nesterov `w += momentum v - rate g`.
    pub fn update(&self, weights: &mut [T], gradient: &[T], velocity: &mut [T], rate: T) {
        for ((w, &g), v) in weights.iter_mut().zip(gradient).zip(velocity) {
            let step = rate * g;
            *v = flushed(self.momentum * *v - step);
            *w += if self.nesterov { self.momentum * *v - step } else { *v };
        }
    }
}
