//! Windows of convolutions and pools: ONNX's zeros around an image, and Keras's two ways of having them.

use crate::spec::{Padding, layers::ZeroPadding2D};

/// Windows along one axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slide {
    /// Places along the axis.
    pub input: usize,
    /// Places of a window.
    pub size: usize,
    /// From window to window.
    pub stride: usize,
    /// From one place of a window to the next.
    pub dilation: usize,
    /// Zeros before the first place.
    pub begin: usize,
    /// How many windows.
    pub count: usize,
}

/// How ONNX says where the zeros are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zeros {
    /// So many before and after; and whether a last window that is not whole counts.
    Given([usize; 2], bool),
    /// As many windows as strides fit, an odd zero at the end or at the beginning.
    Same {
        /// It is at the beginning.
        lower: bool,
    },
}

impl Slide {
    /// The windows that the zeros leave; none where none fits.
    pub fn new(input: usize, [size, stride, dilation]: [usize; 3], zeros: Zeros) -> Option<Self> {
        if [input, size, stride, dilation].contains(&0) || [input, size, stride, dilation].iter().any(|&n| n > 1 << 20)
        {
            return None;
        }
        let plan = |begin, count| Self {
            input,
            size,
            stride,
            dilation,
            begin,
            count,
        };
        let reach = plan(0, 0).reach();
        match zeros {
            Zeros::Same { lower } => {
                let count = input.div_ceil(stride);
                let total = ((count - 1) * stride + reach).saturating_sub(input);
                Some(plan((total + usize::from(lower)) / 2, count))
            }
            Zeros::Given([begin, end], partial) => {
                let room = begin.checked_add(end)?.checked_add(input)?.checked_sub(reach)?;
                let mut count = if partial { room.div_ceil(stride) } else { room / stride } + 1;
                if partial && (count - 1) * stride >= input + begin {
                    // A window that begins among the zeros at the end does not count.
                    count -= 1;
                }
                Some(plan(begin, count))
            }
        }
    }

    /// As [`Self::new`], where something else is already around the axis, before and after.
    pub fn within([before, after]: [usize; 2], input: usize, sizes: [usize; 3], zeros: Zeros) -> Option<Self> {
        let whole = before.checked_add(after)?.checked_add(input)?;
        let slide = Self::new(whole, sizes, zeros)?;
        let begin = slide.begin + before;
        Some(Self { input, begin, ..slide })
    }

    fn reach(&self) -> usize {
        (self.size - 1) * self.dilation + 1
    }

    fn is_valid(&self) -> bool {
        self.begin == 0 && self.input >= self.reach() && self.count == (self.input - self.reach()) / self.stride + 1
    }

    fn is_same(&self) -> bool {
        Self::new(
            self.input,
            [self.size, self.stride, self.dilation],
            Zeros::Same { lower: false },
        ) == Some(*self)
    }

    /// Whether every window has a place of the axis itself.
    pub fn sees_image(&self) -> bool {
        self.begin < self.reach() && (self.count - 1) * self.stride < self.begin + self.input
    }

    /// The zeros before and after the axis that its windows see.
    fn zeros(&self) -> [usize; 2] {
        let end = (self.count - 1) * self.stride + self.reach();
        [self.begin, end.saturating_sub(self.begin + self.input)]
    }
}

/// The zeros as Keras has them, for both axes.
pub fn padding(slides: &[Slide; 2]) -> Option<Padding> {
    match slides {
        _ if slides.iter().all(Slide::is_valid) => Some(Padding::Valid),
        _ if slides.iter().all(Slide::is_same) => Some(Padding::Same),
        _ => None,
    }
}

/// The zeros as a layer before, whose windows are then 'valid'.
pub fn zeros(slides: &[Slide; 2]) -> ZeroPadding2D {
    ZeroPadding2D {
        padding: slides.map(|slide| slide.zeros()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(input: usize, sizes: [usize; 3], zeros: Zeros) -> [Slide; 2] {
        [Slide::new(input, sizes, zeros).unwrap(); 2]
    }

    #[test]
    fn zeros_are_kept_where_keras_has_them() {
        let given = |zeros: usize| Zeros::Given([zeros; 2], false);
        assert_eq!(padding(&square(28, [3, 1, 1], given(0))), Some(Padding::Valid));
        assert_eq!(padding(&square(28, [5, 1, 1], given(2))), Some(Padding::Same));
        assert_eq!(padding(&square(28, [5, 1, 1], given(1))), None);
        let partial = Zeros::Given([0, 0], true);
        assert_eq!(padding(&square(13, [2, 2, 1], partial)), Some(Padding::Same));
        assert_eq!(padding(&square(28, [2, 1, 1], Zeros::Same { lower: true })), None);
        assert_eq!(Slide::new(3, [5, 1, 1], given(0)), None);
    }

    #[test]
    fn other_zeros_are_those_that_windows_see() {
        // PyTorch's Conv2d(kernel_size=3, stride=2, padding=1): windows begin at -1, 1, ... 25; the zero behind 27 is seen by none.
        let slides = square(28, [3, 2, 1], Zeros::Given([1, 1], false));
        assert_eq!(padding(&slides), None);
        assert_eq!(zeros(&slides).padding, [[1, 0]; 2]);
        let wide = square(28, [3, 1, 1], Zeros::Given([5, 5], false));
        assert_eq!(zeros(&wide).padding, [[5, 5]; 2]);
        // Half a window at the end counts.
        let partial = square(8, [3, 2, 1], Zeros::Given([0, 0], true));
        assert_eq!((partial[0].count, zeros(&partial).padding[0]), (4, [0, 1]));
    }
}
