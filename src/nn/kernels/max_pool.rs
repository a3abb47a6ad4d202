//! Max pooling.

use super::windows::Windows;
use crate::nn::Scalar;

/// The largest number of every window and channel, and which of the window's pixels it came from, counted row by
/// row; of equals, the first.
///
/// # Shapes
/// `offsets`: as [`offsets`] gives them; `image`: `[height, width, channels]`; `output` and `argmax`: `[M, channels]`.
pub fn forward<T: Scalar>(windows: &Windows, offsets: &[usize], image: &[T], output: &mut [T], argmax: &mut [u32]) {
    let channels = windows.input[2];
    if !(windows.rows().is_inside() && windows.cols().is_inside()) {
        return forward_padded(windows, image, output, argmax);
    }
    let rows = output.chunks_exact_mut(channels).zip(argmax.chunks_exact_mut(channels));
    for (corner, (output, argmax)) in corners(windows).zip(rows) {
        let image = &image[corner..];
        let (wide, single) = output.as_chunks_mut::<16>();
        let (wide_argmax, single_argmax) = argmax.as_chunks_mut::<16>();
        let done = wide.len() * 16;
        for (i, (output, argmax)) in wide.iter_mut().zip(wide_argmax).enumerate() {
            (*output, *argmax) = largest(&image[i * 16..], offsets);
        }
        for (i, (output, argmax)) in single.iter_mut().zip(single_argmax).enumerate() {
            ([*output], [*argmax]) = largest(&image[done + i..], offsets);
        }
    }
}

/// The largest number of a window in `N` channels, and its index in the window; in registers, window by window.
fn largest<T: Scalar, const N: usize>(image: &[T], offsets: &[usize]) -> ([T; N], [u32; N]) {
    let pixel = |offset: usize| -> &[T; N] { image[offset..].first_chunk().expect("the window is in the image") };
    let mut best = *pixel(0);
    let mut argmax = [0; N];
    for (index, &offset) in (1..).zip(&offsets[1..]) {
        let pixel = pixel(offset);
        for i in 0..N {
            let larger = pixel[i] > best[i];
            best[i] = if larger { pixel[i] } else { best[i] };
            argmax[i] = if larger { index } else { argmax[i] };
        }
    }
    (best, argmax)
}

/// As [`forward`] where windows reach outside the image: nothing counts there.
fn forward_padded<T: Scalar>(windows: &Windows, image: &[T], output: &mut [T], argmax: &mut [u32]) {
    let ([_, width, channels], [rows, cols]) = (windows.input, windows.output);
    for (oy, ox) in (0..rows).flat_map(|oy| (0..cols).map(move |ox| (oy, ox))) {
        let at = (oy * cols + ox) * channels;
        let (output, argmax) = (&mut output[at..at + channels], &mut argmax[at..at + channels]);
        let mut first = true;
        for (ky, iy) in windows.rows().taps(oy) {
            for (kx, ix) in windows.cols().taps(ox) {
                let pixel = &image[(iy * width + ix) * channels..];
                for ((best, argmax), &x) in output.iter_mut().zip(&mut *argmax).zip(pixel) {
                    if first || x > *best {
                        (*best, *argmax) = (x, (ky * windows.size[1] + kx) as u32);
                    }
                }
                first = false;
            }
        }
    }
}

/// Adds every gradient to the pixel that the largest number came from.
///
/// # Shapes
/// `offsets`: as [`offsets`] gives them; `grad` and `argmax`: `[M, channels]`; `image`: `[height, width, channels]`.
pub fn backward<T: Scalar>(windows: &Windows, offsets: &[usize], grad: &[T], argmax: &[u32], image: &mut [T]) {
    let channels = windows.input[2];
    let rows = grad.chunks_exact(channels).zip(argmax.chunks_exact(channels));
    for (corner, (grad, argmax)) in corners(windows).zip(rows) {
        for (channel, (&g, &index)) in grad.iter().zip(argmax).enumerate() {
            image[corner.wrapping_add(offsets[index as usize]) + channel] += g;
        }
    }
}

/// Where the windows start in the image; those that start outside it do so below 0, by wrapping.
fn corners(windows: &Windows) -> impl Iterator<Item = usize> {
    let ([_, width, channels], [down, across]) = (windows.input, windows.strides);
    let ([rows, cols], [above, left]) = (windows.output, windows.padding);
    let outside = (above * width + left) * channels;
    let corner = move |row: usize, col: usize| ((row * down * width + col * across) * channels).wrapping_sub(outside);
    (0..rows).flat_map(move |row| (0..cols).map(move |col| corner(row, col)))
}

/// Where a window's pixels are, seen from where it starts.
pub fn offsets(windows: &Windows) -> Vec<usize> {
    let [_, width, channels] = windows.input;
    let [rows, cols] = windows.size;
    (0..rows * cols)
        .map(|i| (i / cols * width + i % cols) * channels)
        .collect()
}
