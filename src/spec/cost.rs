//! What a model costs to compute, as plain dense arithmetic: the common measure for engines that leave work out.

use super::{ModelSpec, SpecError};

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
            let [with_input, with_memory] = layer.multiply_adds(input, output);
            let backward = products * with_input + 2 * with_memory;
            if layer.param_counts(input)[0] > 0 {
                products = 2;
            }
            [with_input + with_memory, backward]
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
    use crate::spec::{
        Activation, LayerSpec, ModelSpec, Padding,
        layers::{Conv2D, LSTM},
    };

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
                LayerSpec::from(Conv2D {
                    filters: 3,
                    kernel_size: [5, 3],
                    strides: [2, 3],
                    padding: Padding::Same,
                    ..Conv2D::default()
                }),
                LayerSpec::Flatten,
                LayerSpec::dense(2, Activation::Softmax),
            ],
        };
        assert_eq!(
            spec.multiply_adds().unwrap(),
            [[4 * 3 * 3 * 5 * 3 * 2; 2], [0, 0], [36 * 2, 36 * 4]]
        );
    }

    #[test]
    fn a_memory_is_multiplied_at_every_step() {
        let spec = ModelSpec {
            input_shape: vec![5, 3],
            layers: vec![
                LayerSpec::from(LSTM {
                    units: 2,
                    ..LSTM::default()
                }),
                LayerSpec::dense(2, Activation::Softmax),
            ],
        };
        let (with_input, with_memory) = (5 * 3 * 8, 5 * 2 * 8);
        assert_eq!(
            spec.multiply_adds().unwrap(),
            [[with_input + with_memory, with_input + 2 * with_memory], [4, 8]]
        );
    }
}
