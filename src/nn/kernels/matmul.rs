//! Products of row-major matrices, by the `matrixmultiply` crate under ndarray.

use ndarray::{ArrayView2, ArrayViewMut2, linalg::general_mat_mul};

use crate::nn::Scalar;

/// A slice as a matrix.
fn matrix<T>(data: &[T], rows: usize, cols: usize) -> ArrayView2<'_, T> {
    ArrayView2::from_shape((rows, cols), data).expect("a matrix has as many numbers as its shape says")
}

fn matrix_mut<T>(data: &mut [T], rows: usize, cols: usize) -> ArrayViewMut2<'_, T> {
    ArrayViewMut2::from_shape((rows, cols), data).expect("a matrix has as many numbers as its shape says")
}

/// `c = a b`, where `a` is `[m, k]`, `b` is `[k, n]` and `c` is `[m, n]`.
pub fn matmul<T: Scalar>([m, k, n]: [usize; 3], a: &[T], b: &[T], c: &mut [T]) {
    let (a, b) = (matrix(a, m, k), matrix(b, k, n));
    general_mat_mul(T::one(), &a, &b, T::zero(), &mut matrix_mut(c, m, n));
}

/// `c = a b^T`, where `a` is `[m, k]`, `b` is `[n, k]` and `c` is `[m, n]`.
pub fn matmul_bt<T: Scalar>([m, k, n]: [usize; 3], a: &[T], b: &[T], c: &mut [T]) {
    let (a, b) = (matrix(a, m, k), matrix(b, n, k));
    general_mat_mul(T::one(), &a, &b.t(), T::zero(), &mut matrix_mut(c, m, n));
}

/// `c += a^T b`, where `a` is `[k, m]`, `b` is `[k, n]` and `c` is `[m, n]`.
pub fn add_matmul_at<T: Scalar>([m, k, n]: [usize; 3], a: &[T], b: &[T], c: &mut [T]) {
    let (a, b) = (matrix(a, k, m), matrix(b, k, n));
    general_mat_mul(T::one(), &a.t(), &b, T::one(), &mut matrix_mut(c, m, n));
}

/// `to = from^T`, where `from` is `[rows, cols]`.
pub fn transpose<T: Scalar>(cols: usize, from: &[T], to: &mut [T]) {
    let rows = from.len() / cols;
    for (r, row) in from.chunks_exact(cols).enumerate() {
        for (c, &x) in row.iter().enumerate() {
            to[c * rows + r] = x;
        }
    }
}
