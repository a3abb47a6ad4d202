//! The same numbers in another shape, or with zeros around them.

use super::{Describe, image, product};
use crate::spec::{
    Shape,
    arguments::{Margins, layer},
    show_shape,
};

/// All numbers of a sample as one row of features.
pub struct Flatten;

layer! {
    /// The same numbers, in the same order, in another shape: an image `28x28x1` as `28x28` is 28 rows of 28 features.
    Reshape {
        required {
            /// The shape of an output sample.
            target_shape: Shape = vec![28, 28],
        }
    }
}

layer! {
    /// Rows and columns of zeros around an image.
    ZeroPadding2D {
        optional {
            /// `[[above, below], [left, right]]`.
            padding: Margins = [[1, 1], [1, 1]],
        }
    }
}

impl Describe for ZeroPadding2D {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        let [height, width, channels] = image(input)?;
        let [rows, cols] = self.padding.map(|[before, after]| before + after);
        Ok(vec![height + rows, width + cols, channels])
    }
}

impl Describe for Flatten {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        Ok(vec![input.iter().product()])
    }
}

impl Describe for Reshape {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        let (numbers, got) = (product(&self.target_shape), product(input));
        if numbers == got {
            return Ok(self.target_shape.clone());
        }
        Err(format!(
            "expected {numbers} numbers, as {} has, got {got} in {}",
            show_shape(&self.target_shape),
            show_shape(input)
        ))
    }
}
