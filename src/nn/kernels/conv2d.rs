//! Convolution as a product of matrices, the windows, one a row, times the kernel; with the zeros left out, where there
//! are many.

use super::{
    direct,
    im2col::{Windows, add_col2im, im2col},
    matmul::{add_matmul_at, matmul, transpose},
    sparse::{self, Terms, add_terms},
};
use crate::nn::Scalar;

/// The most numbers of a block of windows, unless one image has more: 1 MB of `f32` stays in a core's second cache.
const BLOCK: usize = 1 << 18;

/// Memory that a convolution writes to before it reads it; grows to what is needed and stays.
#[derive(Debug, Default)]
pub struct Scratch<T> {
    columns: Vec<T>,
    weight_t: Vec<T>,
    grad_weight_t: Vec<T>,
    terms: Terms<T>,
}

/// `output = windows(input) weight`.
///
/// # Shapes
/// `input`: `[batch, height, width, in]`; `weight`: `[K, N]`; `output`: `[batch * M, N]`.
pub fn forward<T: Scalar>(windows: &Windows, input: &[T], weight: &[T], output: &mut [T], scratch: &mut Scratch<T>) {
    let Blocks { k, n, images } = Blocks::new(windows, weight);
    let outputs = output.chunks_mut(images * windows.count() * n);
    for (input, output) in input.chunks(images * windows.input_len()).zip(outputs) {
        if direct::pays(windows) {
            direct::forward(windows, input, weight, output, &mut scratch.terms);
        } else {
            write_columns(windows, input, &mut scratch.columns);
            matmul([output.len() / n, k, n], &scratch.columns, weight, output);
        }
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
    if direct::pays(windows) {
        direct_weight_gradient(windows, input, grad, grad_weight);
    } else {
        weight_gradient(windows, input, grad, grad_weight, scratch);
    }
    if let Some(grad_input) = grad_input {
        input_gradient(windows, weight, grad, grad_input, scratch);
    }
}

fn direct_weight_gradient<T: Scalar>(windows: &Windows, input: &[T], grad: &[T], grad_weight: &mut [T]) {
    let Blocks { n, .. } = Blocks::new(windows, grad_weight);
    grad_weight.fill(T::zero());
    for (image, grad) in input
        .chunks_exact(windows.input_len())
        .zip(grad.chunks_exact(windows.count() * n))
    {
        direct::add_weight_gradient(windows, image, grad, grad_weight);
    }
}

/// `[M, K]^T [M, N]`, or `[M, N]^T [M, K]` without the zeros and transposed at the end.
fn weight_gradient<T: Scalar>(
    windows: &Windows,
    input: &[T],
    grad: &[T],
    grad_weight: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let Blocks { k, n, images } = Blocks::new(windows, grad_weight);
    let sparse = sparse::pays(grad);
    let Scratch {
        columns,
        grad_weight_t,
        terms,
        ..
    } = scratch;
    grad_weight.fill(T::zero());
    grad_weight_t.clear();
    grad_weight_t.resize(n * k, T::zero());
    let grads = grad.chunks(images * windows.count() * n);
    for (input, grad) in input.chunks(images * windows.input_len()).zip(grads) {
        write_columns(windows, input, columns);
        if !sparse {
            add_matmul_at([k, grad.len() / n, n], columns, grad, grad_weight);
            continue;
        }
        for (channel, sum) in grad_weight_t.chunks_exact_mut(k).enumerate() {
            sparse::collect(terms, k, grad[channel..].iter().step_by(n).copied());
            add_terms(terms, columns, sum);
        }
    }
    if sparse {
        transpose(k, grad_weight_t, grad_weight);
    }
}

/// `[M, N] [N, K]`, then every row added where its window is.
fn input_gradient<T: Scalar>(
    windows: &Windows,
    weight: &[T],
    grad: &[T],
    grad_input: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let Blocks { k, n, images } = Blocks::new(windows, weight);
    let sparse = sparse::pays(grad);
    let Scratch {
        columns,
        weight_t,
        terms,
        ..
    } = scratch;
    weight_t.resize(weight.len(), T::zero());
    transpose(n, weight, weight_t);
    grad_input.fill(T::zero());
    let blocks = grad_input.chunks_mut(images * windows.input_len());
    for (grad, block) in grad.chunks(images * windows.count() * n).zip(blocks) {
        columns.clear();
        columns.resize(grad.len() / n * k, T::zero());
        if sparse {
            for (grad, sum) in grad.chunks_exact(n).zip(columns.chunks_exact_mut(k)) {
                sparse::collect(terms, k, grad.iter().copied());
                add_terms(terms, weight_t, sum);
            }
        } else {
            matmul([grad.len() / n, n, k], grad, weight_t, columns);
        }
        let columns = columns.chunks_exact(windows.count() * k);
        for (image, columns) in block.chunks_exact_mut(windows.input_len()).zip(columns) {
            add_col2im(windows, columns, image);
        }
    }
}

/// `K`, `N`, and how many images at a time.
struct Blocks {
    k: usize,
    n: usize,
    images: usize,
}

impl Blocks {
    fn new<T>(windows: &Windows, weight: &[T]) -> Self {
        let k = windows.window_len();
        let images = match direct::pays(windows) {
            true => 1,
            false => (BLOCK / (windows.count() * k)).max(1),
        };
        Self {
            k,
            n: weight.len() / k,
            images,
        }
    }
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
