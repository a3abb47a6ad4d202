//! Where the windows of a convolution or a pool lie.

use crate::spec::Padding;

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

    /// The one window of an image of one pixel: a convolution of it is a dense layer.
    pub fn pixel(channels: usize) -> Self {
        Self::new([1, 1, channels], [1, 1], [1, 1], [1, 1], Padding::Valid)
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

    /// The rows of the image under the windows.
    pub(super) fn rows(&self) -> Axis {
        self.axis(0)
    }

    /// The columns of the image under the windows.
    pub(super) fn cols(&self) -> Axis {
        self.axis(1)
    }

    fn axis(&self, i: usize) -> Axis {
        Axis {
            size: self.input[i],
            window: self.size[i],
            stride: self.strides[i],
            padding: self.padding[i],
            outputs: self.output[i],
        }
    }
}

/// One direction of [`Windows`]: a tap is a place in a window.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    size: usize,
    window: usize,
    stride: usize,
    padding: usize,
    outputs: usize,
}

impl Axis {
    /// Where the image meets a tap of an output's window; not within the image where the tap is on the padding.
    fn input(self, output: usize, tap: usize) -> usize {
        (output * self.stride + tap).wrapping_sub(self.padding)
    }

    /// The `(tap, input)` pairs of an output that lie inside the image, taps ascending.
    pub fn taps(self, output: usize) -> impl Iterator<Item = (usize, usize)> {
        let pairs = (0..self.window).map(move |tap| (tap, self.input(output, tap)));
        pairs.filter(move |&(_, input)| input < self.size)
    }

    /// The `(output, tap)` pairs that read an input, outputs ascending.
    pub fn outputs(self, input: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..self.outputs).filter_map(move |output| {
            let tap = (input + self.padding).checked_sub(output * self.stride)?;
            (tap < self.window).then_some((output, tap))
        })
    }

    /// The `(output, input)` pairs that meet in a tap, outputs ascending.
    pub fn meetings(self, tap: usize) -> impl Iterator<Item = (usize, usize)> {
        let pairs = (0..self.outputs).map(move |output| (output, self.input(output, tap)));
        pairs.filter(move |&(_, input)| input < self.size)
    }

    /// Whether no window reaches outside the image.
    pub fn is_inside(self) -> bool {
        self.padding == 0 && (self.outputs - 1) * self.stride + self.window <= self.size
    }
}
