//! What a model costs to compute, as plain dense arithmetic: the common measure for engines that leave work out.

use super::{LayerSpec, ModelSpec, SpecError};

impl LayerSpec {
    /// Multiply-adds of a forward pass for one sample: every weight with everything that it is multiplied with.
    fn multiply_adds(&self, input: &[usize], output: &[usize]) -> u64 {
        let product = |numbers: &[usize]| numbers.iter().map(|&n| n as u64).product::<u64>();
        match self {
            Self::Conv2D { kernel_size, .. } => product(output) * product(kernel_size) * input[2] as u64,
            Self::Dense { .. } => product(input) * product(output),
            Self::MaxPooling2D { .. } | Self::Flatten => 0,
        }
    }
}

impl ModelSpec {
    /// Multiply-adds of every layer for one image: forward, and backward. A backward pass is two products of the same
    /// size, one for the gradient of the weights and one for that of the input; nobody reads the input gradient of the
    /// first layer that has weights.
    ///
    /// # Errors
    /// As [`Self::shapes`].
    pub fn multiply_adds(&self) -> Result<Vec<[u64; 2]>, SpecError> {
        let shapes = self.shapes()?;
        let inputs = std::iter::once(&self.input_shape).chain(&shapes);
        let layers = self.layers.iter().zip(inputs).zip(&shapes);
        let mut products = 1;
        let cost = layers.map(|((layer, input), output)| {
            let forward = layer.multiply_adds(input, output);
            let backward = products * forward;
            if forward > 0 {
                products = 2;
            }
            [forward, backward]
        });
        Ok(cost.collect())
    }

    /// Floating-point operations to train on one image: a multiply-add is two.
    ///
    /// # Errors
    /// As [`Self::shapes`].
    pub fn training_flops(&self) -> Result<u64, SpecError> {
        Ok(self.multiply_adds()?.iter().flatten().sum::<u64>() * 2)
    }
}

#[cfg(test)]
mod tests {
    use crate::spec::{Activation, LayerSpec, ModelSpec, Padding};

    #[test]
    fn the_recipe_takes_sixteen_million_operations_an_image() {
        let spec = ModelSpec::keras_recipe();
        assert_eq!(
            spec.multiply_adds().unwrap(),
            [
                [26 * 26 * 32 * 9, 26 * 26 * 32 * 9],
                [0, 0],
                [11 * 11 * 64 * 288, 2 * 11 * 11 * 64 * 288],
                [0, 0],
                [9 * 64 * 576, 2 * 9 * 64 * 576],
                [0, 0],
                [576 * 64, 2 * 576 * 64],
                [640, 2 * 640],
            ]
        );
        assert_eq!(spec.training_flops().unwrap(), 16_376_064);
    }

    #[test]
    fn strides_and_padding_count_by_the_output() {
        let spec = ModelSpec {
            input_shape: vec![7, 7, 2],
            layers: vec![
                LayerSpec::Conv2D {
                    filters: 3,
                    kernel_size: [5, 3],
                    strides: [2, 3],
                    padding: Padding::Same,
                    activation: Activation::Relu,
                },
                LayerSpec::Flatten,
                LayerSpec::dense(2, Activation::Softmax),
            ],
        };
        assert_eq!(
            spec.multiply_adds().unwrap(),
            [[4 * 3 * 3 * 5 * 3 * 2; 2], [0, 0], [36 * 2, 36 * 4]]
        );
    }
}
