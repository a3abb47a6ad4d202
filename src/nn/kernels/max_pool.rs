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
    let offsets: Vec<_> = offsets(windows).collect();
    let rows = output.chunks_exact_mut(channels).zip(argmax.chunks_exact_mut(channels));
    for (corner, (best, argmax)) in corners(windows).zip(rows) {
        best.copy_from_slice(&image[corner..corner + channels]);
        argmax.fill(0);
        for (index, offset) in (1..).zip(&offsets[1..]) {
            keep_larger(&image[corner + offset..][..channels], index, best, argmax);
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
    for (corner, (grad, argmax)) in corners(windows).zip(rows) {
        let image = &mut image[corner..];
        for (channel, (&g, &index)) in grad.iter().zip(argmax).enumerate() {
            image[offsets[index as usize] + channel] += g;
        }
    }
}

/// Where the windows start in the image.
fn corners(windows: &Windows) -> impl Iterator<Item = usize> {
    let ([_, width, channels], [down, across]) = (windows.input, windows.strides);
    let [rows, cols] = windows.output;
    (0..rows).flat_map(move |row| (0..cols).map(move |col| (row * down * width + col * across) * channels))
}

/// Where a window's pixels are, seen from where it starts.
fn offsets(windows: &Windows) -> impl Iterator<Item = usize> {
    let [_, width, channels] = windows.input;
    let [rows, cols] = windows.size;
    (0..rows * cols).map(move |i| (i / cols * width + i % cols) * channels)
}
