//! Convolution as a product of matrices: the windows, one a row, times the kernel.

use super::{
    im2col::{Windows, add_col2im, im2col},
    matmul::{add_matmul_at, matmul},
    sparse::{add_sparse_at, is_sparse, sparse_matmul, transpose},
};
use crate::nn::Scalar;

/// The most numbers of a block of windows, unless one image has more: 1 MB of `f32` stays in a core's second cache.
const BLOCK: usize = 1 << 18;

/// Memory that a convolution writes to before it reads it; grows to what is needed and stays.
#[derive(Debug, Default)]
pub struct Scratch<T> {
    columns: Vec<T>,
    grad_columns: Vec<T>,
    weight_t: Vec<T>,
    grad_weight_t: Vec<T>,
}

/// `output = windows(input) weight`.
///
/// # Shapes
/// `input`: `[batch, height, width, in]`; `weight`: `[K, N]`; `output`: `[batch * M, N]`.
pub fn forward<T: Scalar>(windows: &Windows, input: &[T], weight: &[T], output: &mut [T], scratch: &mut Scratch<T>) {
    let k = windows.window_len();
    let n = weight.len() / k;
    let images = images_per_block(windows);
    let outputs = output.chunks_mut(images * windows.count() * n);
    for (input, output) in input.chunks(images * windows.input_len()).zip(outputs) {
        write_columns(windows, input, &mut scratch.columns);
        matmul([scratch.columns.len() / k, k, n], &scratch.columns, weight, output);
    }
}

/// The gradient of [`forward`] by the weights: `grad_weight = windows(input)^T grad`.
///
/// # Shapes
/// `input`: `[batch, height, width, in]`; `grad`: `[batch * M, N]`; `grad_weight`: `[K, N]`.
pub fn backward_weight<T: Scalar>(
    windows: &Windows,
    input: &[T],
    grad: &[T],
    grad_weight: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let k = windows.window_len();
    let n = grad_weight.len() / k;
    let images = images_per_block(windows);
    let sparse = is_sparse(grad);
    scratch.grad_weight_t.clear();
    scratch.grad_weight_t.resize(n * k, T::zero());
    grad_weight.fill(T::zero());
    let grads = grad.chunks(images * windows.count() * n);
    for (input, grad) in input.chunks(images * windows.input_len()).zip(grads) {
        write_columns(windows, input, &mut scratch.columns);
        if sparse {
            add_sparse_at(k, grad, &scratch.columns, &mut scratch.grad_weight_t);
        } else {
            add_matmul_at([k, grad.len() / n, n], &scratch.columns, grad, grad_weight);
        }
    }
    if sparse {
        transpose(k, &scratch.grad_weight_t, grad_weight);
    }
}

/// The gradient of [`forward`] by the input: `grad weight^T`, each row added where its window is.
///
/// # Shapes
/// `weight`: `[K, N]`; `grad`: `[batch * M, N]`; `grad_input`: `[batch, height, width, in]`.
pub fn backward_input<T: Scalar>(
    windows: &Windows,
    weight: &[T],
    grad: &[T],
    grad_input: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let k = windows.window_len();
    let n = weight.len() / k;
    let images = images_per_block(windows);
    let sparse = is_sparse(grad);
    scratch.weight_t.resize(n * k, T::zero());
    transpose(n, weight, &mut scratch.weight_t);
    grad_input.fill(T::zero());
    let grad_inputs = grad_input.chunks_mut(images * windows.input_len());
    for (grad, grad_input) in grad.chunks(images * windows.count() * n).zip(grad_inputs) {
        let m = grad.len() / n;
        scratch.grad_columns.resize(m * k, T::zero());
        if sparse {
            sparse_matmul(k, grad, &scratch.weight_t, &mut scratch.grad_columns);
        } else {
            matmul([m, n, k], grad, &scratch.weight_t, &mut scratch.grad_columns);
        }
        let columns = scratch.grad_columns.chunks_exact(windows.count() * k);
        for (image, columns) in grad_input.chunks_exact_mut(windows.input_len()).zip(columns) {
            add_col2im(windows, columns, image);
        }
    }
}

/// How a batch is cut into blocks of whole images.
fn images_per_block(windows: &Windows) -> usize {
    (BLOCK / (windows.count() * windows.window_len())).max(1)
}

/// Writes the windows of some images, `[images * M, K]`.
fn write_columns<T: Scalar>(windows: &Windows, images: &[T], columns: &mut Vec<T>) {
    let len = windows.count() * windows.window_len();
    columns.resize(images.len() / windows.input_len() * len, T::zero());
    for (image, columns) in images
        .chunks_exact(windows.input_len())
        .zip(columns.chunks_exact_mut(len))
    {
        im2col(windows, image, columns);
    }
}
