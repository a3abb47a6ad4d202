//! Adam.

use super::{Optimizer, Slots};
use crate::nn::{Param, Scalar};

/// Keras's `Adam`.
#[derive(Debug)]
pub struct Adam<T> {
    beta_1: T,
    beta_2: T,
    epsilon: T,
    steps: i32,
    mean: Slots<T>,
    mean_square: Slots<T>,
}

impl<T: Scalar> Adam<T> {
    /// With no gradient seen.
    pub fn new(beta_1: T, beta_2: T, epsilon: T) -> Self {
        Self {
            beta_1,
            beta_2,
            epsilon,
            steps: 0,
            mean: Slots(vec![]),
            mean_square: Slots(vec![]),
        }
    }
}

impl<T: Scalar> Optimizer<T> for Adam<T> {
    /// `m += (1 - beta_1) (g - m)`; `s += (1 - beta_2) (g^2 - s)`; `w -= alpha m / (sqrt(s) + epsilon)`, where
    /// `alpha = rate sqrt(1 - beta_2^t) / (1 - beta_1^t)` corrects for the start at 0: Keras 3 has epsilon beside the
    /// root, after the correction.
    fn step(&mut self, params: &mut [&mut Param<T>], learning_rate: T) {
        let one = T::one();
        self.steps = self.steps.saturating_add(1);
        let correction = |beta: T| one - beta.powi(self.steps);
        let alpha = learning_rate * correction(self.beta_2).sqrt() / correction(self.beta_1);
        let slots = self.mean.of(params).zip(self.mean_square.of(params));
        for (param, (mean, mean_square)) in params.iter_mut().zip(slots) {
            let weights = param
                .value
                .iter_mut()
                .zip(&param.grad)
                .zip(mean.iter_mut().zip(mean_square));
            for ((w, &g), (m, s)) in weights {
                *m += (one - self.beta_1) * (g - *m);
                *s += (one - self.beta_2) * (g * g - *s);
                *w -= alpha * *m / (s.sqrt() + self.epsilon);
            }
        }
    }
}
