//! 2-D convolution.

use rand::Rng;

use super::Affine;
use crate::{
    nn::{Scalar, kernels::windows::Windows},
    spec::Activation,
};

/// `activation(input * weight + bias)`, where `*` is Keras's convolution: the kernel is not flipped.
///
/// The weight is `[height, width, in, out]`, the bias `[out]`; Glorot-uniform and 0.
pub fn conv2d<T: Scalar>(
    name: &str,
    windows: Windows,
    filters: usize,
    activation: Activation,
    rng: &mut impl Rng,
) -> Affine<T> {
    let ([height, width], [_, _, channels]) = (windows.size, windows.input);
    Affine::new(name, windows, vec![height, width, channels, filters], activation, rng)
}
