//! What the tests of the layers share.

use digit_lab::{
    nn::{Scalar, init::glorot_uniform, kernels::im2col::Windows},
    random::{Stream, generator},
    spec::{Activation, LayerSpec, ModelSpec, Padding},
};

/// Random numbers between -1 and 1, the same for the same seed; none of them 0.
pub fn random<T: Scalar>(len: usize, seed: u64) -> Vec<T> {
    glorot_uniform(&mut generator(seed, Stream::Weights), len, 3, 3)
}

/// Where the windows of a convolution or a pool lie in an image of that shape.
#[derive(Debug, Clone, Copy)]
pub struct Case {
    pub input: [usize; 3],
    pub size: [usize; 2],
    pub strides: [usize; 2],
    pub padding: Padding,
}

impl Case {
    /// The output's height and width are those of the model's specification.
    pub fn windows(&self) -> Windows {
        let spec = ModelSpec {
            input_shape: self.input.to_vec(),
            layers: vec![
                LayerSpec::Conv2D {
                    filters: 2,
                    kernel_size: self.size,
                    strides: self.strides,
                    padding: self.padding,
                    activation: Activation::Linear,
                },
                LayerSpec::Flatten,
            ],
        };
        let output = &spec.shapes().unwrap()[0];
        Windows::new(
            self.input,
            [output[0], output[1]],
            self.size,
            self.strides,
            self.padding,
        )
    }
}
