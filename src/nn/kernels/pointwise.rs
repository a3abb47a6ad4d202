//! What is done number by number, or row by row.

use crate::nn::Scalar;

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
