//! RMSprop.

use super::{Optimizer, Slots};
use crate::nn::{Param, Scalar};

/// Keras's `RMSprop`, not centred, without momentum.
#[derive(Debug)]
pub struct RmsProp<T> {
    rho: T,
    epsilon: T,
    mean_square: Slots<T>,
}

impl<T: Scalar> RmsProp<T> {
    /// With no gradient seen.
    pub fn new(rho: T, epsilon: T) -> Self {
        Self {
            rho,
            epsilon,
            mean_square: Slots(vec![]),
        }
    }
}

impl<T: Scalar> Optimizer<T> for RmsProp<T> {
    /// `s = rho s + (1 - rho) g^2`; `w -= rate g / sqrt(s + epsilon)`: Keras 3 has epsilon under the root.
    fn step(&mut self, params: &mut [&mut Param<T>], learning_rate: T) {
        let (rho, epsilon) = (self.rho, self.epsilon);
        let mean_square = self.mean_square.of(params);
        for (param, mean_square) in params.iter_mut().zip(mean_square) {
            let weights = param.value.iter_mut().zip(&param.grad).zip(mean_square);
            for ((w, &g), s) in weights {
                *s = rho * *s + (T::one() - rho) * g * g;
                *w -= learning_rate * g / (*s + epsilon).sqrt();
            }
        }
    }
}
