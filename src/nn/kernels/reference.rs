//! Plain loops over everything that is multiplied: what checks the layers in `f64`, and the fast kernels in the tests.

use super::{convolution::Convolution, windows::Windows};
use crate::nn::Scalar;

/// [`Convolution`] as its definition says it.
#[derive(Debug)]
pub struct PlainConvolution {
    windows: Windows,
    filters: usize,
}

impl PlainConvolution {
    /// Calls `visit(input, weight, output)` with the places of the two factors and the sum of every product of `n`
    /// images.
    fn products(&self, n: usize, mut visit: impl FnMut(usize, usize, usize)) {
        let ([_, width, channels], filters) = (self.windows.input, self.filters);
        for image in 0..n {
            for (oy, ox) in grid(self.windows.output) {
                let output = image * self.windows.count() + oy * self.windows.output[1] + ox;
                for (ky, iy) in self.windows.rows().taps(oy) {
                    for (kx, ix) in self.windows.cols().taps(ox) {
                        let input = image * self.windows.input_len() + (iy * width + ix) * channels;
                        let tap = (ky * self.windows.size[1] + kx) * channels;
                        for (c, f) in grid([channels, filters]) {
                            visit(input + c, (tap + c) * filters + f, output * filters + f);
                        }
                    }
                }
            }
        }
    }

    fn images(&self, input_len: usize) -> usize {
        input_len / self.windows.input_len()
    }
}

fn grid([rows, cols]: [usize; 2]) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |row| (0..cols).map(move |col| (row, col)))
}

impl<T: Scalar> Convolution<T> for PlainConvolution {
    fn new(windows: &Windows, filters: usize) -> Self {
        Self {
            windows: *windows,
            filters,
        }
    }

    fn weight_changed(&mut self) {}

    fn forward(&mut self, input: &[T], weight: &[T], bias: &[T], relu: bool, output: &mut [T]) {
        for row in output.chunks_exact_mut(self.filters) {
            row.copy_from_slice(bias);
        }
        self.products(self.images(input.len()), |i, w, o| output[o] += input[i] * weight[w]);
        for x in output.iter_mut().filter(|x| relu && **x < T::zero()) {
            *x = T::zero();
        }
    }

    fn weight_gradient(&mut self, input: &[T], grad: &[T], grad_weight: &mut [T]) {
        grad_weight.fill(T::zero());
        self.products(self.images(input.len()), |i, w, o| grad_weight[w] += input[i] * grad[o]);
    }

    fn input_gradient(&mut self, grad: &[T], weight: &[T], grad_input: &mut [T]) {
        grad_input.fill(T::zero());
        self.products(self.images(grad_input.len()), |i, w, o| {
            grad_input[i] += weight[w] * grad[o]
        });
    }
}
