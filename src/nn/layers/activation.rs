//! The function applied to the output of a convolution or a dense layer, in place.

use crate::{
    nn::{
        Scalar,
        kernels::pointwise::{add_bias, add_bias_relu, relu_backward},
    },
    spec::Activation,
};

/// `activation(output + bias)`. Softmax is left to the loss: the model gives logits.
///
/// # Shapes
/// `output`: `[rows, n]`; `bias`: `[n]`.
pub(super) fn forward<T: Scalar>(activation: Activation, output: &mut [T], bias: &[T]) {
    match activation {
        Activation::Relu => add_bias_relu(output, bias),
        Activation::Linear | Activation::Softmax => add_bias(output, bias),
    }
}

/// Turns the gradient of the output of [`forward`] into that of its input.
///
/// # Shapes
/// `output` and `grad`: `[rows, n]`.
pub(super) fn backward<T: Scalar>(activation: Activation, output: &[T], grad: &mut [T]) {
    match activation {
        Activation::Relu => relu_backward(output, grad),
        Activation::Linear | Activation::Softmax => {}
    }
}
