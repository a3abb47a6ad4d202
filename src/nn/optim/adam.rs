//! Adam.

use super::flushed;
use crate::nn::Scalar;

/// Keras's `Adam`.
#[derive(Debug)]
pub(super) struct Adam<T> {
    pub beta_1: T,
    pub beta_2: T,
    pub epsilon: T,
}

impl<T: Scalar> Adam<T> {
    /// `m += (1 - beta_1) (g - m)`; `s += (1 - beta_2) (g^2 - s)`; `w -= alpha m / (sqrt(s) + epsilon)`, where
    /// `alpha = rate sqrt(1 - beta_2^t) / (1 - beta_1^t)` corrects for the start at 0 (`t` is 1 at the first step):
    /// Keras 3 has epsilon beside the root, after the correction.
    pub fn update(&self, weights: &mut [T], gradient: &[T], [mean, mean_square]: [&mut [T]; 2], t: u64, rate: T) {
        let one = T::one();
        let correction = |beta: T| one - beta.powi(t.try_into().unwrap_or(i32::MAX));
        let alpha = rate * correction(self.beta_2).sqrt() / correction(self.beta_1);
        let slots = mean.iter_mut().zip(mean_square);
        for ((w, &g), (m, s)) in weights.iter_mut().zip(gradient).zip(slots) {
            *m = flushed(*m + (one - self.beta_1) * (g - *m));
            *s = flushed(*s + (one - self.beta_2) * (g * g - *s));
            *w -= alpha * *m / (s.sqrt() + self.epsilon);
        }
    }
}
