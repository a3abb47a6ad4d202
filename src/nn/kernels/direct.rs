//! Convolution over short windows, those of a first layer, without a copy of the windows. Zeros of the image are left
//! out: most of a digit's image is paper.

use super::{
    im2col::{Overlap, Windows},
    pointwise::add_scaled,
    sparse::{Terms, add_terms},
};
use crate::nn::Scalar;

/// Whether windows are so short that a product of matrices would mostly copy.
pub fn pays(windows: &Windows) -> bool {
    windows.window_len() <= 32
}

/// `output = windows(image) weight`.
///
/// # Shapes
/// `image`: `[height, width, in]`; `weight`: `[K, N]`; `output`: `[M, N]`.
pub fn forward<T: Scalar>(windows: &Windows, image: &[T], weight: &[T], output: &mut [T], terms: &mut Terms<T>) {
    let n = weight.len() / windows.window_len();
    output.fill(T::zero());
    for (overlap, output) in windows.overlaps().zip(output.chunks_exact_mut(n)) {
        terms.clear();
        terms.extend(filled(&overlap, image).map(|(tap, x)| (tap * n, x)));
        add_terms(terms, weight, output);
    }
}

/// `grad_weight += windows(image)^T grad`.
///
/// # Shapes
/// `image`: `[height, width, in]`; `grad`: `[M, N]`; `grad_weight`: `[K, N]`.
pub fn add_weight_gradient<T: Scalar>(windows: &Windows, image: &[T], grad: &[T], grad_weight: &mut [T]) {
    let n = grad_weight.len() / windows.window_len();
    for (overlap, grad) in windows.overlaps().zip(grad.chunks_exact(n)) {
        for (tap, x) in filled(&overlap, image) {
            add_scaled(&mut grad_weight[tap * n..][..n], x, grad);
        }
    }
}

/// The numbers of a window that are not zero, with their place in it.
fn filled<T: Scalar>(overlap: &Overlap, image: &[T]) -> impl Iterator<Item = (usize, T)> {
    let numbers = overlap
        .rows()
        .flat_map(|(column, pixel)| column.zip(image[pixel].iter().copied()));
    numbers.filter(|(_, x)| !x.is_zero())
}
