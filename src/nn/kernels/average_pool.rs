//! Average pooling.

use super::windows::Windows;
use crate::nn::Scalar;

/// Calls `visit(output, pixels)` for every window: where its channels start in the output, and where those of its pixels
/// within the image do.
fn each_window(windows: &Windows, mut visit: impl FnMut(usize, &mut dyn Iterator<Item = usize>, usize)) {
    let ([_, width, channels], [rows, cols]) = (windows.input, windows.output);
    for (oy, ox) in (0..rows).flat_map(|oy| (0..cols).map(move |ox| (oy, ox))) {
        let count = windows.rows().taps(oy).count() * windows.cols().taps(ox).count();
        let down = windows.rows().taps(oy);
        let mut pixels = down.flat_map(|(_, iy)| {
            let across = windows.cols().taps(ox);
            across.map(move |(_, ix)| (iy * width + ix) * channels)
        });
        visit((oy * cols + ox) * channels, &mut pixels, count);
    }
}

/// The mean of every window and channel; of what lies outside the image, nothing counts.
///
/// # Shapes
/// `image`: `[height, width, channels]`; `output`: `[M, channels]`.
pub fn forward<T: Scalar>(windows: &Windows, image: &[T], output: &mut [T]) {
    let channels = windows.input[2];
    each_window(windows, |at, pixels, count| {
        let output = &mut output[at..at + channels];
        output.fill(T::zero());
        for pixel in pixels {
            output.iter_mut().zip(&image[pixel..]).for_each(|(y, &x)| *y += x);
        }
        let share = T::one() / T::of(count as f64);
        output.iter_mut().for_each(|y| *y *= share);
    });
}

/// Adds every gradient, in equal parts, to the pixels that the mean was taken of.
///
/// # Shapes
/// `grad`: `[M, channels]`; `image`: `[height, width, channels]`.
pub fn backward<T: Scalar>(windows: &Windows, grad: &[T], image: &mut [T]) {
    let channels = windows.input[2];
    each_window(windows, |at, pixels, count| {
        let share = T::one() / T::of(count as f64);
        for pixel in pixels {
            let grad = &grad[at..at + channels];
            image[pixel..].iter_mut().zip(grad).for_each(|(x, &g)| *x += g * share);
        }
    });
}
