//! Where the windows of a convolution or a pool lie, and an image rewritten as one row a window.

use crate::{nn::Scalar, spec::Padding};

/// The windows of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// `[height, width, channels]` of the image.
    pub input: [usize; 3],
    /// How many windows down and across.
    pub output: [usize; 2],
    /// Height and width of a window.
    pub size: [usize; 2],
    /// Steps down and across.
    pub strides: [usize; 2],
    /// Rows of zeros above the image and columns of zeros to its left.
    pub padding: [usize; 2],
}

impl Windows {
    /// The windows that give `output` positions; with [`Padding::Same`] the odd zero goes to the end, as in Keras.
    pub fn new(input: [usize; 3], output: [usize; 2], size: [usize; 2], strides: [usize; 2], padding: Padding) -> Self {
        let zeros = |i: usize| match padding {
            Padding::Valid => 0,
            Padding::Same => ((output[i] - 1) * strides[i] + size[i]).saturating_sub(input[i]) / 2,
        };
        Self {
            input,
            output,
            size,
            strides,
            padding: [0, 1].map(zeros),
        }
    }

    /// Windows an image: `M`.
    pub fn count(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Numbers a window: `K`.
    pub fn window_len(&self) -> usize {
        self.size[0] * self.size[1] * self.input[2]
    }

    /// Numbers an image.
    pub fn input_len(&self) -> usize {
        self.input.iter().product()
    }

    fn reaches_outside(&self) -> bool {
        let end = |i: usize| (self.output[i] - 1) * self.strides[i] + self.size[i];
        (0..2).any(|i| self.padding[i] > 0 || end(i) > self.input[i])
    }

    /// Every stretch that the windows share with the image in memory, one a window's row:
    /// `visit(start in the columns, start in the image, length)`.
    fn overlaps(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let [height, width, channels] = self.input;
        let [top, left] = self.padding;
        for window in 0..self.count() {
            let (row, col) = (window / self.output[1], window % self.output[1]);
            let (y0, x0) = (row * self.strides[0], col * self.strides[1]);
            let first = left.saturating_sub(x0);
            let last = (left + width - x0).min(self.size[1]);
            let inside = top.saturating_sub(y0)..(top + height - y0).min(self.size[0]);
            for ky in inside {
                let column = (window * self.size[0] + ky) * self.size[1] + first;
                let pixel = (y0 + ky - top) * width + x0 + first - left;
                visit(column * channels, pixel * channels, (last - first) * channels);
            }
        }
    }
}

/// Writes every window of an image as one row.
///
/// # Shapes
/// `image`: `[height, width, channels]`; `columns`: `[M, K]`.
pub fn im2col<T: Scalar>(windows: &Windows, image: &[T], columns: &mut [T]) {
    if windows.reaches_outside() {
        columns.fill(T::zero());
    }
    windows.overlaps(|column, pixel, len| {
        columns[column..column + len].copy_from_slice(&image[pixel..pixel + len]);
    });
}

/// Adds every row to the window it came from: the gradient of [`im2col`].
///
/// # Shapes
/// `columns`: `[M, K]`; `image`: `[height, width, channels]`.
pub fn add_col2im<T: Scalar>(windows: &Windows, columns: &[T], image: &mut [T]) {
    windows.overlaps(|column, pixel, len| {
        let columns = &columns[column..column + len];
        for (x, &c) in image[pixel..pixel + len].iter_mut().zip(columns) {
            *x += c;
        }
    });
}
