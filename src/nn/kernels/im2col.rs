//! Where the windows of a convolution or a pool lie, and an image rewritten as one row a window.

use std::ops::Range;

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

    /// What every window shares with the image, row by row.
    pub fn overlaps(&self) -> impl Iterator<Item = Overlap> {
        let [rows, cols] = self.output;
        (0..rows).flat_map(move |row| (0..cols).map(move |col| self.overlap(row, col)))
    }

    fn overlap(&self, row: usize, col: usize) -> Overlap {
        let [height, width, channels] = self.input;
        let ([top, left], [rows, cols]) = (self.padding, self.size);
        let (y0, x0) = (row * self.strides[0], col * self.strides[1]);
        let (first_row, first_col) = (top.saturating_sub(y0), left.saturating_sub(x0));
        let (last_row, last_col) = ((top + height - y0).min(rows), (left + width - x0).min(cols));
        Overlap {
            column: (first_row * cols + first_col) * channels,
            column_stride: cols * channels,
            pixel: ((y0 + first_row - top) * width + x0 + first_col - left) * channels,
            pixel_stride: width * channels,
            rows: last_row - first_row,
            len: (last_col - first_col) * channels,
        }
    }
}

/// What a window shares with the image: some rows of one length in both.
#[derive(Debug, Clone, Copy)]
pub struct Overlap {
    column: usize,
    column_stride: usize,
    pixel: usize,
    pixel_stride: usize,
    rows: usize,
    len: usize,
}

impl Overlap {
    /// Every row: where it is in the window, and where in the image.
    pub fn rows(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        (0..self.rows).map(|row| {
            let (column, pixel) = (
                self.column + row * self.column_stride,
                self.pixel + row * self.pixel_stride,
            );
            (column..column + self.len, pixel..pixel + self.len)
        })
    }
}

/// Writes every window of an image as one row.
///
/// # Shapes
/// `image`: `[height, width, in]`; `columns`: `[M, K]`.
pub fn im2col<T: Scalar>(windows: &Windows, image: &[T], columns: &mut [T]) {
    if windows.reaches_outside() {
        columns.fill(T::zero());
    }
    for (overlap, window) in windows.overlaps().zip(columns.chunks_exact_mut(windows.window_len())) {
        for (column, pixel) in overlap.rows() {
            window[column].copy_from_slice(&image[pixel]);
        }
    }
}

/// Adds every row to the window it came from: the gradient of [`im2col`].
///
/// # Shapes
/// `columns`: `[M, K]`; `image`: `[height, width, in]`.
pub fn add_col2im<T: Scalar>(windows: &Windows, columns: &[T], image: &mut [T]) {
    for (overlap, window) in windows.overlaps().zip(columns.chunks_exact(windows.window_len())) {
        for (column, pixel) in overlap.rows() {
            for (x, &c) in image[pixel].iter_mut().zip(&window[column]) {
                *x += c;
            }
        }
    }
}
