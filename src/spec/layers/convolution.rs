//! Convolutions.

use super::{Describe, Sliding, count, image, product};
use crate::spec::{Activation, Initializer, Padding, Shape, arguments::layer, show_shape};

layer! {
    /// 2-D convolution over `[height, width, channels]`.
    Conv2D {
        required {
            /// Output channels.
            filters: usize = 32,
            /// Kernel height and width.
            kernel_size: [usize; 2] = [3, 3],
        }
        optional {
            /// Steps down and across.
            strides: [usize; 2] = [1, 1],
            /// What happens at the border.
            padding: Padding = Padding::Valid,
            /// From one of the kernel's pixels to the next, in pixels of the image.
            dilation_rate: [usize; 2] = [1, 1],
            /// Applied to the output.
            activation: Activation = Activation::Linear,
            /// How the kernel starts.
            kernel_initializer: Initializer = Initializer::GlorotUniform,
            /// Adds this times the kernel's absolute numbers to the loss.
            l1: f32 = 0.0,
            /// Adds this times the squares of the kernel's numbers to the loss.
            l2: f32 = 0.0,
        }
        later {
            /// Adds a learned number to every output channel.
            use_bias: bool = true,
        }
    }
}

layer! {
    /// 2-D convolution over `[height, width, channels]` that mixes no channels: each has kernels of its own.
    DepthwiseConv2D {
        required {
            /// Kernel height and width.
            kernel_size: [usize; 2] = [3, 3],
        }
        optional {
            /// Steps down and across.
            strides: [usize; 2] = [1, 1],
            /// What happens at the border.
            padding: Padding = Padding::Valid,
            /// Output channels an input channel.
            depth_multiplier: usize = 1,
            /// From one of the kernel's pixels to the next, in pixels of the image.
            dilation_rate: [usize; 2] = [1, 1],
            /// Applied to the output.
            activation: Activation = Activation::Linear,
            /// How the kernel starts.
            depthwise_initializer: Initializer = Initializer::GlorotUniform,
            /// Adds this times the kernel's absolute numbers to the loss.
            l1: f32 = 0.0,
            /// Adds this times the squares of the kernel's numbers to the loss.
            l2: f32 = 0.0,
        }
        later {
            /// Adds a learned number to every output channel.
            use_bias: bool = true,
        }
    }
}

impl Conv2D {
    /// A square kernel, with Keras's defaults for the rest.
    pub fn new(filters: usize, kernel: usize, activation: Activation) -> Self {
        Self {
            filters,
            kernel_size: [kernel; 2],
            activation,
            ..Self::default()
        }
    }
}

/// Keras's rule.
fn strides_or_dilation(strides: [usize; 2], dilation: [usize; 2]) -> Result<(), String> {
    if strides == [1, 1] || dilation == [1, 1] {
        return Ok(());
    }
    Err(format!(
        "strides of {} and a dilation_rate of {}: one of them must be 1x1",
        show_shape(&strides),
        show_shape(&dilation)
    ))
}

impl Describe for Conv2D {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        let [height, width, _] = image(input)?;
        strides_or_dilation(self.strides, self.dilation_rate)?;
        let windows = Sliding {
            size: self.kernel_size,
            strides: self.strides,
            dilation: self.dilation_rate,
            padding: self.padding,
        };
        let [rows, cols] = windows.count([height, width])?;
        Ok(vec![rows, cols, self.filters])
    }

    fn trainable_params(&self, input: &[usize]) -> usize {
        count(&self.kernel_size)
            .saturating_mul(input[2])
            .saturating_add(self.use_bias.into())
            .saturating_mul(self.filters)
    }

    fn multiply_adds(&self, input: &[usize], output: &[usize]) -> [u64; 2] {
        [product(output) * product(&self.kernel_size) * input[2] as u64, 0]
    }

    fn activation(&self) -> Option<Activation> {
        Some(self.activation)
    }
}

impl Describe for DepthwiseConv2D {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        let [height, width, channels] = image(input)?;
        strides_or_dilation(self.strides, self.dilation_rate)?;
        let windows = Sliding {
            size: self.kernel_size,
            strides: self.strides,
            dilation: self.dilation_rate,
            padding: self.padding,
        };
        let [rows, cols] = windows.count([height, width])?;
        Ok(vec![rows, cols, count(&[channels, self.depth_multiplier])])
    }

    fn trainable_params(&self, input: &[usize]) -> usize {
        let taps = count(&self.kernel_size) + usize::from(self.use_bias);
        count(&[taps, input[2], self.depth_multiplier])
    }

    fn multiply_adds(&self, _: &[usize], output: &[usize]) -> [u64; 2] {
        [product(output) * product(&self.kernel_size), 0]
    }

    fn activation(&self) -> Option<Activation> {
        Some(self.activation)
    }
}
