//! Stochastic gradient descent.

use super::{Optimizer, Slots};
use crate::nn::{Param, Scalar};

/// Keras's `SGD`.
#[derive(Debug)]
pub struct Sgd<T> {
    momentum: T,
    nesterov: bool,
    velocity: Slots<T>,
}

impl<T: Scalar> Sgd<T> {
    /// At rest.
    pub fn new(momentum: T, nesterov: bool) -> Self {
        Self {
            momentum,
            nesterov,
            velocity: Slots(vec![]),
        }
    }
}

impl<T: Scalar> Optimizer<T> for Sgd<T> {
    /// `v = momentum v - rate g`; then `w += v`, with Nesterov `w += momentum v - rate g`.
    fn step(&mut self, params: &mut [&mut Param<T>], learning_rate: T) {
        let velocity = self.velocity.of(params);
        for (param, velocity) in params.iter_mut().zip(velocity) {
            let weights = param.value.iter_mut().zip(&param.grad).zip(velocity);
            for ((w, &g), v) in weights {
                let step = learning_rate * g;
                *v = self.momentum * *v - step;
                *w += if self.nesterov { self.momentum * *v - step } else { *v };
            }
        }
    }
}
