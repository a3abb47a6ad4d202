//! The gradients of a convolution number by number, where most of what comes from above is zero: behind a max pool at
//! most one gradient in four is not, behind a ReLU fewer still. Reads the windows in the image, without a copy.

use super::{
    im2col::{Overlap, Windows},
    pointwise::add_scaled,
};
use crate::nn::Scalar;

/// Whether leaving out the zeros of `grad` pays: shorter windows than this are better multiplied as matrices.
pub fn pays<T: Scalar>(windows: &Windows, grad: &[T]) -> bool {
    let filled = grad.iter().filter(|g| !g.is_zero()).count();
    windows.window_len() >= 64 && filled * 4 <= grad.len()
}

/// `grad_weight_t += grad^T windows(image)`.
///
/// # Shapes
/// `image`: `[height, width, in]`; `grad`: `[M, N]`; `grad_weight_t`: `[N, K]`.
pub fn add_weight_gradient<T: Scalar>(windows: &Windows, image: &[T], grad: &[T], grad_weight_t: &mut [T]) {
    for_each(windows, grad, |channel, g, overlap| {
        let weights = &mut grad_weight_t[channel * windows.window_len()..][..windows.window_len()];
        for (column, pixel) in overlap.rows() {
            add_scaled(&mut weights[column], g, &image[pixel]);
        }
    });
}

/// `grad_image += grad weight_t`, each row added where its window is.
///
/// # Shapes
/// `weight_t`: `[N, K]`; `grad`: `[M, N]`; `grad_image`: `[height, width, in]`.
pub fn add_input_gradient<T: Scalar>(windows: &Windows, weight_t: &[T], grad: &[T], grad_image: &mut [T]) {
    for_each(windows, grad, |channel, g, overlap| {
        let weights = &weight_t[channel * windows.window_len()..][..windows.window_len()];
        for (column, pixel) in overlap.rows() {
            add_scaled(&mut grad_image[pixel], g, &weights[column]);
        }
    });
}

/// Visits the numbers of `grad` that are not zero, with their channel and their window.
fn for_each<T: Scalar>(windows: &Windows, grad: &[T], mut visit: impl FnMut(usize, T, &Overlap)) {
    let channels = grad.len() / windows.count();
    for (overlap, row) in windows.overlaps().zip(grad.chunks_exact(channels)) {
        for (channel, &g) in row.iter().enumerate() {
            if !g.is_zero() {
                visit(channel, g, &overlap);
            }
        }
    }
}
