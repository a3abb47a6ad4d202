//! RMSprop.

use super::flushed;
use crate::nn::Scalar;

/// Keras's `RMSprop`, not centred, without momentum.
#[derive(Debug)]
pub(super) struct RmsProp<T> {
    pub rho: T,
    pub epsilon: T,
}

impl<T: Scalar> RmsProp<T> {
    /// `s = rho s + (1 - rho) g^2`; `w -= rate g / sqrt(s + epsilon)`: Keras 3 has epsilon under the root.
    pub fn update(&self, weights: &mut [T], gradient: &[T], mean_square: &mut [T], rate: T) {
        for ((w, &g), s) in weights.iter_mut().zip(gradient).zip(mean_square) {
            *s = flushed(self.rho * *s + (T::one() - self.rho) * g * g);
            *w -= rate * g / (*s + self.epsilon).sqrt();
        }
    }
}
