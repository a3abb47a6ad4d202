//! Depthwise convolution: every channel by itself, all channels of a pixel side by side.
//!
//! `D` is the output channels an input channel. A kernel is `[height, width, in, D]`, an output pixel `[in, D]`.

use super::windows::Windows;
use crate::nn::Scalar;

/// Calls `visit(input, tap, output)` for every pixel that meets a tap of an output pixel: where their channels start, in
/// images, kernel and outputs.
fn meetings(windows: &Windows, depth: usize, images: usize, mut visit: impl FnMut(usize, usize, usize)) {
    let ([_, width, channels], [rows, cols]) = (windows.input, windows.output);
    for image in 0..images {
        for (oy, ox) in (0..rows).flat_map(|oy| (0..cols).map(move |ox| (oy, ox))) {
            let output = ((image * rows + oy) * cols + ox) * channels * depth;
            for (ky, iy) in windows.rows().taps(oy) {
                for (kx, ix) in windows.cols().taps(ox) {
                    let input = image * windows.input_len() + (iy * width + ix) * channels;
                    visit(input, (ky * windows.size[1] + kx) * channels * depth, output);
                }
            }
        }
    }
}

/// `output = input * weight + bias`.
///
/// # Shapes
/// `input`: `[n, height, width, in]`; `weight`: `[height, width, in, D]`; `bias`: `[in D]`; `output`:
/// `[n, rows, cols, in D]`.
pub fn forward<T: Scalar>(windows: &Windows, input: &[T], weight: &[T], bias: &[T], output: &mut [T]) {
    let channels = windows.input[2];
    let depth = bias.len() / channels;
    output
        .chunks_exact_mut(bias.len())
        .for_each(|row| row.copy_from_slice(bias));
    meetings(windows, depth, input.len() / windows.input_len(), |i, w, o| {
        let (x, output) = (&input[i..i + channels], &mut output[o..o + bias.len()]);
        let weight = &weight[w..w + bias.len()];
        if depth == 1 {
            // One loop over all channels: one of vectors.
            for ((y, &x), &w) in output.iter_mut().zip(x).zip(weight) {
                *y += x * w;
            }
            return;
        }
        let each = output.chunks_exact_mut(depth).zip(weight.chunks_exact(depth));
        for ((y, w), &x) in each.zip(x) {
            y.iter_mut().zip(w).for_each(|(y, &w)| *y += x * w);
        }
    });
}

/// Overwrites `grad_weight` with the gradient of the kernel.
///
/// # Shapes
/// As in [`forward`]; `grad` is that of the output.
pub fn weight_gradient<T: Scalar>(windows: &Windows, input: &[T], grad: &[T], grad_weight: &mut [T]) {
    let channels = windows.input[2];
    let outputs = grad_weight.len() / (windows.size[0] * windows.size[1]);
    let depth = outputs / channels;
    grad_weight.fill(T::zero());
    meetings(windows, depth, input.len() / windows.input_len(), |i, w, o| {
        let (x, grad) = (&input[i..i + channels], &grad[o..o + outputs]);
        let grad_weight = &mut grad_weight[w..w + outputs];
        if depth == 1 {
            for ((dw, &x), &g) in grad_weight.iter_mut().zip(x).zip(grad) {
                *dw += x * g;
            }
            return;
        }
        let each = grad_weight.chunks_exact_mut(depth).zip(grad.chunks_exact(depth));
        for ((dw, g), &x) in each.zip(x) {
            dw.iter_mut().zip(g).for_each(|(dw, &g)| *dw += x * g);
        }
    });
}

/// Overwrites `grad_input` with the gradient of the input.
///
/// # Shapes
/// As in [`forward`]; `grad` is that of the output.
pub fn input_gradient<T: Scalar>(windows: &Windows, weight: &[T], grad: &[T], grad_input: &mut [T]) {
    let channels = windows.input[2];
    let outputs = weight.len() / (windows.size[0] * windows.size[1]);
    let depth = outputs / channels;
    grad_input.fill(T::zero());
    meetings(windows, depth, grad_input.len() / windows.input_len(), |i, w, o| {
        let (dx, grad) = (&mut grad_input[i..i + channels], &grad[o..o + outputs]);
        let weight = &weight[w..w + outputs];
        if depth == 1 {
            for ((dx, &g), &w) in dx.iter_mut().zip(grad).zip(weight) {
                *dx += g * w;
            }
            return;
        }
        let each = grad.chunks_exact(depth).zip(weight.chunks_exact(depth));
        for ((g, w), dx) in each.zip(dx) {
            g.iter().zip(w).for_each(|(&g, &w)| *dx += g * w);
        }
    });
}
