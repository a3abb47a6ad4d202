//! Max pooling.

use super::im2col::Windows;
use crate::nn::Scalar;

/// The largest number of every window and channel, and which of the window's pixels it came from, counted row by
/// row; of equals, the first.
///
/// # Shapes
/// `image`: `[height, width, channels]`; `output` and `argmax`: `[M, channels]`.
pub fn forward<T: Scalar>(windows: &Windows, image: &[T], output: &mut [T], argmax: &mut [u32]) {
    let channels = windows.input[2];
    let rows = output.chunks_exact_mut(channels).zip(argmax.chunks_exact_mut(channels));
    for (window, (best, argmax)) in rows.enumerate() {
        let corner = corner(windows, window);
        best.copy_from_slice(&image[corner..corner + channels]);
        argmax.fill(0);
        for (i, offset) in offsets(windows).enumerate().skip(1) {
            let pixel = &image[corner + offset..][..channels];
            keep_larger(pixel, i as u32, best, argmax);
        }
    }
}

fn keep_larger<T: Scalar>(pixel: &[T], index: u32, best: &mut [T], argmax: &mut [u32]) {
    for ((&x, best), argmax) in pixel.iter().zip(best).zip(argmax) {
        let larger = x > *best;
        *best = if larger { x } else { *best };
        *argmax = if larger { index } else { *argmax };
    }
}

/// Adds every gradient to the pixel that the largest number came from.
///
/// # Shapes
/// `grad` and `argmax`: `[M, channels]`; `image`: `[height, width, channels]`.
pub fn backward<T: Scalar>(windows: &Windows, grad: &[T], argmax: &[u32], image: &mut [T]) {
    let channels = windows.input[2];
    let offsets: Vec<_> = offsets(windows).collect();
    let rows = grad.chunks_exact(channels).zip(argmax.chunks_exact(channels));
    for (window, (grad, argmax)) in rows.enumerate() {
        let image = &mut image[corner(windows, window)..];
        for (channel, (&g, &i)) in grad.iter().zip(argmax).enumerate() {
            image[offsets[i as usize] + channel] += g;
        }
    }
}

/// Where a window starts in the image.
fn corner(windows: &Windows, window: usize) -> usize {
    let (row, col) = (window / windows.output[1], window % windows.output[1]);
    let [_, width, channels] = windows.input;
    (row * windows.strides[0] * width + col * windows.strides[1]) * channels
}

/// Where a window's pixels are, seen from where it starts.
fn offsets(windows: &Windows) -> impl Iterator<Item = usize> {
    let [_, width, channels] = windows.input;
    let [rows, cols] = windows.size;
    (0..rows * cols).map(move |i| (i / cols * width + i % cols) * channels)
}
