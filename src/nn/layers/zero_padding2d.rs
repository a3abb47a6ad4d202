//! Zeros around an image.

use std::ops::Range;

use super::{InputGradient, Layer, Mode};
use crate::{nn::Scalar, spec::layers};

/// `[batch, height, width, channels]` to `[batch, above + height + below, left + width + right, channels]`.
#[derive(Debug)]
pub struct ZeroPadding2D<T> {
    name: String,
    /// Rows of an image.
    height: usize,
    /// Numbers in a row of the image, and in one of the output.
    row: usize,
    wide_row: usize,
    /// Rows above and numbers to the left.
    above: usize,
    left: usize,
    /// Numbers of an image of the output.
    output_len: usize,
    output: Vec<T>,
    /// Of the input, and beside it.
    grad: Vec<T>,
}

impl<T: Scalar> ZeroPadding2D<T> {
    /// A layer of that name for images of `[height, width, channels]`.
    pub fn new(name: &str, [height, width, channels]: [usize; 3], spec: &layers::ZeroPadding2D) -> Self {
        let [[above, below], [left, right]] = spec.padding;
        let wide_row = (left + width + right) * channels;
        Self {
            name: name.into(),
            height,
            row: width * channels,
            wide_row,
            above,
            left: left * channels,
            output_len: (above + height + below) * wide_row,
            output: vec![],
            grad: vec![],
        }
    }

    /// Where the image's rows lie in so many images of the output.
    fn rows(&self, images: usize) -> impl Iterator<Item = Range<usize>> + use<T> {
        let (len, wide, start, row) = (self.output_len, self.wide_row, self.left, self.row);
        let rows = self.above..self.above + self.height;
        (0..images)
            .flat_map(move |image| rows.clone().map(move |y| image * len + y * wide + start))
            .map(move |start| start..start + row)
    }
}

impl<T: Scalar> Layer<T> for ZeroPadding2D<T> {
    fn name(&self) -> &str {
        &self.name
    }

    fn forward<'a>(&'a mut self, input: &'a [T], _: Mode) -> &'a [T] {
        let images = input.len() / (self.height * self.row);
        // What is around the images stays 0.
        self.output.resize(images * self.output_len, T::zero());
        let rows = self.rows(images);
        for (range, row) in rows.zip(input.chunks_exact(self.row)) {
            self.output[range].copy_from_slice(row);
        }
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], _: InputGradient, _: &mut [T]) -> Option<&'a mut [T]> {
        let images = grad.len() / self.output_len;
        self.grad.resize(images * self.height * self.row, T::zero());
        let rows = self.rows(images);
        for (range, row) in rows.zip(self.grad.chunks_exact_mut(self.row)) {
            row.copy_from_slice(&grad[range]);
        }
        Some(&mut self.grad)
    }
}
