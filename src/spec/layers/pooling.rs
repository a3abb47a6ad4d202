//! Pools.

use super::{Describe, Sliding, image};
use crate::spec::{Padding, Shape, arguments::layer};

/// Declares a pool.
macro_rules! pool {
    ($(#[$about:meta])* $layer:ident) => {
        layer! {
            $(#[$about])*
            $layer {
                optional {
                    /// Window height and width.
                    pool_size: [usize; 2] = [2, 2],
                    /// Steps down and across; none is the window.
                    strides: Option<[usize; 2]> = None,
                    /// What happens at the border; 'valid' drops windows that do not fit.
                    padding: Padding = Padding::Valid,
                }
            }
        }

        impl $layer {
            /// Steps down and across.
            pub fn steps(&self) -> [usize; 2] {
                self.strides.unwrap_or(self.pool_size)
            }
        }

        impl Describe for $layer {
            fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
                let [height, width, channels] = image(input)?;
                let windows = Sliding {
                    size: self.pool_size,
                    strides: self.steps(),
                    dilation: [1, 1],
                    padding: self.padding,
                };
                let [rows, cols] = windows.count([height, width])?;
                Ok(vec![rows, cols, channels])
            }
        }
    };
}

pool! {
    /// The largest number in each window, channel by channel.
    MaxPooling2D
}

pool! {
    /// The mean of each window, channel by channel.
    AveragePooling2D
}

/// The mean of every channel.
pub struct GlobalAveragePooling2D;

impl Describe for GlobalAveragePooling2D {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        image(input).map(|[_, _, channels]| vec![channels])
    }
}
