//! What is done number by number, or row by row.

use crate::nn::Scalar;

/// Adds `bias` `[n]` to every row of `output` `[m, n]`.
pub fn add_bias<T: Scalar>(output: &mut [T], bias: &[T]) {
    for row in output.chunks_exact_mut(bias.len()) {
        for (x, &b) in row.iter_mut().zip(bias) {
            *x += b;
        }
    }
}

/// `max(x + bias, 0)` in every row of `output` `[m, n]`; what is no number stays so, to be noticed in the loss.
pub fn add_bias_relu<T: Scalar>(output: &mut [T], bias: &[T]) {
    for row in output.chunks_exact_mut(bias.len()) {
        for (x, &b) in row.iter_mut().zip(bias) {
            let sum = *x + b;
            *x = if sum < T::zero() { T::zero() } else { sum };
        }
    }
}

/// The gradient of ReLU: 0 wherever its output is 0.
pub fn relu_backward<T: Scalar>(output: &[T], grad: &mut [T]) {
    for (g, &x) in grad.iter_mut().zip(output) {
        *g = if x > T::zero() { *g } else { T::zero() };
    }
}

/// The gradient of a bias `[n]`: the sum over the rows of `grad` `[m, n]`.
pub fn sum_rows<T: Scalar>(grad: &[T], sum: &mut [T]) {
    sum.fill(T::zero());
    for row in grad.chunks_exact(sum.len()) {
        for (s, &g) in sum.iter_mut().zip(row) {
            *s += g;
        }
    }
}

/// `sum += scale x`.
pub fn add_scaled<T: Scalar>(sum: &mut [T], scale: T, x: &[T]) {
    for (s, &x) in sum.iter_mut().zip(x) {
        *s += scale * x;
    }
}
