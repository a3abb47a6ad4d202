//! Products with a matrix that is mostly zeros: behind a max pool at most one gradient in four is not.

use crate::nn::Scalar;

/// Whether to multiply number by number: at most one in four of `grad` is not zero.
pub fn is_sparse<T: Scalar>(grad: &[T]) -> bool {
    let filled = grad.iter().filter(|g| !g.is_zero()).count();
    filled * 4 <= grad.len()
}

fn add_scaled<T: Scalar>(sum: &mut [T], scale: T, x: &[T]) {
    for (s, &x) in sum.iter_mut().zip(x) {
        *s += scale * x;
    }
}

/// Every number of a row that is not zero, with its index.
fn filled<T: Scalar>(row: &[T]) -> impl Iterator<Item = (usize, T)> {
    row.iter().copied().enumerate().filter(|(_, g)| !g.is_zero())
}

/// `product += grad^T columns`.
///
/// # Shapes
/// `grad`: `[M, N]`, mostly zeros; `columns`: `[M, K]`; `product`: `[N, K]`.
pub fn add_sparse_at<T: Scalar>(k: usize, grad: &[T], columns: &[T], product: &mut [T]) {
    let n = product.len() / k;
    for (grad, column) in grad.chunks_exact(n).zip(columns.chunks_exact(k)) {
        for (i, g) in filled(grad) {
            add_scaled(&mut product[i * k..][..k], g, column);
        }
    }
}

/// `product = grad weight`.
///
/// # Shapes
/// `grad`: `[M, N]`, mostly zeros; `weight`: `[N, K]`; `product`: `[M, K]`.
pub fn sparse_matmul<T: Scalar>(k: usize, grad: &[T], weight: &[T], product: &mut [T]) {
    let n = weight.len() / k;
    product.fill(T::zero());
    for (grad, product) in grad.chunks_exact(n).zip(product.chunks_exact_mut(k)) {
        for (i, g) in filled(grad) {
            add_scaled(product, g, &weight[i * k..][..k]);
        }
    }
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
