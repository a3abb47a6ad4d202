//! Convolution as a product of matrices, the windows, one a row, times the kernel; or number by number, where that
//! leaves out more than it loses.

use super::{
    direct,
    im2col::{Windows, add_col2im, im2col},
    matmul::{add_matmul_at, matmul, transpose},
    sparse,
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
    if direct::pays(windows) {
        let outputs = output.chunks_exact_mut(windows.count() * n);
        for (image, output) in input.chunks_exact(windows.input_len()).zip(outputs) {
            direct::forward(windows, image, weight, output);
        }
        return;
    }
    let images = images_per_block(windows);
    let outputs = output.chunks_mut(images * windows.count() * n);
    for (input, output) in input.chunks(images * windows.input_len()).zip(outputs) {
        write_columns(windows, input, &mut scratch.columns);
        matmul([scratch.columns.len() / k, k, n], &scratch.columns, weight, output);
    }
}

/// The gradients of [`forward`]: `grad_weight = windows(input)^T grad` and, where wanted,
/// `grad_input = grad weight^T`, each row added where its window is.
///
/// # Shapes
/// `input` and `grad_input`: `[batch, height, width, in]`; `weight` and `grad_weight`: `[K, N]`; `grad`:
/// `[batch * M, N]`.
pub fn backward<T: Scalar>(
    windows: &Windows,
    input: &[T],
    weight: &[T],
    grad: &[T],
    grad_weight: &mut [T],
    grad_input: Option<&mut [T]>,
    scratch: &mut Scratch<T>,
) {
    let sparse = sparse::pays(windows, grad);
    if direct::pays(windows) {
        direct_weight_gradient(windows, input, grad, grad_weight);
    } else if sparse {
        sparse_weight_gradient(windows, input, grad, grad_weight, scratch);
    } else {
        weight_gradient(windows, input, grad, grad_weight, scratch);
    }
    let Some(grad_input) = grad_input else { return };
    let n = weight.len() / windows.window_len();
    scratch.weight_t.resize(weight.len(), T::zero());
    transpose(n, weight, &mut scratch.weight_t);
    grad_input.fill(T::zero());
    if sparse {
        let images = grad_input.chunks_exact_mut(windows.input_len());
        for (image, grad) in images.zip(grad.chunks_exact(windows.count() * n)) {
            sparse::add_input_gradient(windows, &scratch.weight_t, grad, image);
        }
    } else {
        add_input_gradient(windows, grad, grad_input, scratch);
    }
}

fn direct_weight_gradient<T: Scalar>(windows: &Windows, input: &[T], grad: &[T], grad_weight: &mut [T]) {
    let n = grad_weight.len() / windows.window_len();
    grad_weight.fill(T::zero());
    for (image, grad) in input
        .chunks_exact(windows.input_len())
        .zip(grad.chunks_exact(windows.count() * n))
    {
        direct::add_weight_gradient(windows, image, grad, grad_weight);
    }
}

fn sparse_weight_gradient<T: Scalar>(
    windows: &Windows,
    input: &[T],
    grad: &[T],
    grad_weight: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let k = windows.window_len();
    let n = grad_weight.len() / k;
    scratch.grad_weight_t.clear();
    scratch.grad_weight_t.resize(n * k, T::zero());
    let grads = grad.chunks_exact(windows.count() * n);
    for (image, grad) in input.chunks_exact(windows.input_len()).zip(grads) {
        sparse::add_weight_gradient(windows, image, grad, &mut scratch.grad_weight_t);
    }
    transpose(k, &scratch.grad_weight_t, grad_weight);
}

/// `[M, K]^T [M, N]`, block by block.
fn weight_gradient<T: Scalar>(
    windows: &Windows,
    input: &[T],
    grad: &[T],
    grad_weight: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let k = windows.window_len();
    let n = grad_weight.len() / k;
    let images = images_per_block(windows);
    grad_weight.fill(T::zero());
    let grads = grad.chunks(images * windows.count() * n);
    for (input, grad) in input.chunks(images * windows.input_len()).zip(grads) {
        write_columns(windows, input, &mut scratch.columns);
        add_matmul_at([k, grad.len() / n, n], &scratch.columns, grad, grad_weight);
    }
}

/// `[M, N] [N, K]`, block by block.
fn add_input_gradient<T: Scalar>(windows: &Windows, grad: &[T], grad_input: &mut [T], scratch: &mut Scratch<T>) {
    let k = windows.window_len();
    let n = scratch.weight_t.len() / k;
    let images = images_per_block(windows);
    let blocks = grad_input.chunks_mut(images * windows.input_len());
    for (grad, block) in grad.chunks(images * windows.count() * n).zip(blocks) {
        let m = grad.len() / n;
        scratch.grad_columns.resize(m * k, T::zero());
        matmul([m, n, k], grad, &scratch.weight_t, &mut scratch.grad_columns);
        let columns = scratch.grad_columns.chunks_exact(windows.count() * k);
        for (image, columns) in block.chunks_exact_mut(windows.input_len()).zip(columns) {
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
