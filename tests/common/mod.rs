//! What the tests of the engine share.
#![allow(dead_code, reason = "no test uses all of it")]

pub mod models;
pub mod played;
pub mod sessions;

use digit_lab::{
    nn::{Scalar, Sequential, init::glorot_uniform, kernels::windows::Windows, metrics::Sums},
    random::{Stream, generator},
    spec::{LayerSpec, ModelSpec, Padding, layers::Conv2D},
    train::{Part, TreeSum, batch_gradient},
};

/// Random numbers between -1 and 1, the same for the same seed; none of them 0.
pub fn random<T: Scalar>(len: usize, seed: u64) -> Vec<T> {
    glorot_uniform(&mut generator(seed, Stream::Weights), len, 3, 3)
}

/// The sums of a batch and its gradient; what was left in the memory by another call must not matter.
pub fn gradient_of<T: Scalar>(model: &mut Sequential<T>, inputs: &[T], labels: &[u8]) -> (Sums, Vec<T>) {
    let mut gradient = vec![T::nan(); model.param_count()];
    let sums = batch_gradient(model, &mut TreeSum::default(), whole(inputs, labels), &mut gradient);
    (sums, gradient)
}

/// A whole batch.
pub fn whole<'a, T: Scalar>(inputs: &'a [T], labels: &'a [u8]) -> Part<'a, T> {
    Part::whole(inputs, labels)
}

/// A flat gradient cut into the parameters', with their names.
pub fn by_param<T: Scalar>(model: &Sequential<T>, mut gradient: &[T]) -> Vec<(String, Vec<T>)> {
    let mut own = |len| gradient.split_off(..len).unwrap().to_vec();
    let lengths = model.params().map(|param| (param.name.clone(), param.value.len()));
    lengths.map(|(name, len)| (name, own(len))).collect()
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
                LayerSpec::from(Conv2D {
                    filters: 2,
                    kernel_size: self.size,
                    strides: self.strides,
                    padding: self.padding,
                    ..Conv2D::default()
                }),
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
