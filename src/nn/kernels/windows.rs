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
    /// From one of a window's pixels to the next, down and across.
    pub dilation: [usize; 2],
    /// Rows of zeros above the image and columns of zeros to its left.
    pub padding: [usize; 2],
}

impl Windows {
    /// The windows that give `output` positions; with [`Padding::Same`] the odd zero goes to the end, as in Keras.
    pub fn new(input: [usize; 3], output: [usize; 2], size: [usize; 2], strides: [usize; 2], padding: Padding) -> Self {
        let windows = Self {
            input,
            output,
            size,
            strides,
            dilation: [1, 1],
            padding: [0, 0],
        };
        windows.padded(padding)
    }

    /// The same with holes between a window's pixels.
    pub fn dilated(self, dilation: [usize; 2], padding: Padding) -> Self {
        Self { dilation, ..self }.padded(padding)
    }

    fn padded(self, padding: Padding) -> Self {
        let zeros = |i: usize| match padding {
            Padding::Valid => 0,
            Padding::Same => {
                let reach = (self.size[i] - 1) * self.dilation[i] + 1;
                ((self.output[i] - 1) * self.strides[i] + reach).saturating_sub(self.input[i]) / 2
            }
        };
        Self {
            padding: [0, 1].map(zeros),
            ..self
        }
    }

    /// The one window as large as the image.
    pub fn whole(input: [usize; 3]) -> Self {
        Self::new(input, [1, 1], [input[0], input[1]], [1, 1], Padding::Valid)
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
            dilation: self.dilation[i],
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
    dilation: usize,
    padding: usize,
    outputs: usize,
}

impl Axis {
    /// Where the image meets a tap of an output's window; not within the image where the tap is on the padding.
    fn input(self, output: usize, tap: usize) -> usize {
        (output * self.stride + tap * self.dilation).wrapping_sub(self.padding)
    }

    /// The `(tap, input)` pairs of an output that lie inside the image, taps ascending.
    pub fn taps(self, output: usize) -> impl Iterator<Item = (usize, usize)> {
        let pairs = (0..self.window).map(move |tap| (tap, self.input(output, tap)));
        pairs.filter(move |&(_, input)| input < self.size)
    }

    /// The `(output, tap)` pairs that read an input, outputs ascending.
    pub fn outputs(self, input: usize) -> impl Iterator<Item = (usize, usize)> {
        (0..self.outputs).filter_map(move |output| {
            let place = (input + self.padding).checked_sub(output * self.stride)?;
            let tap = place / self.dilation;
            (place.is_multiple_of(self.dilation) && tap < self.window).then_some((output, tap))
        })
    }

    /// The `(output, input)` pairs that meet in a tap, outputs ascending.
    pub fn meetings(self, tap: usize) -> impl Iterator<Item = (usize, usize)> {
        let pairs = (0..self.outputs).map(move |output| (output, self.input(output, tap)));
        pairs.filter(move |&(_, input)| input < self.size)
    }

    /// Whether no window reaches outside the image.
    pub fn is_inside(self) -> bool {
        let reach = (self.window - 1) * self.dilation + 1;
        self.padding == 0 && (self.outputs - 1) * self.stride + reach <= self.size
    }

    /// Whether a window's pixels are neighbours.
    pub fn is_dense(self) -> bool {
        self.dilation == 1
    }
}
