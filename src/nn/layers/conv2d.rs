//! 2-D convolution.

use rand::Rng;

use super::{Affine, affine::WeightSpec};
use crate::{
    nn::{Penalty, Scalar, kernels::windows::Windows},
    spec::layers::Conv2D,
};

/// `activation(input * weight + bias)`, where `*` is Keras's convolution: the kernel is not flipped.
///
/// The weight is `[height, width, in, out]`, the bias `[out]`.
pub fn conv2d<T: Scalar>(name: &str, windows: Windows, spec: &Conv2D, rng: &mut impl Rng) -> Affine<T> {
    let ([height, width], [_, _, channels]) = (windows.size, windows.input);
    let shape = vec![height, width, channels, spec.filters];
    let weight = WeightSpec {
        initializer: spec.kernel_initializer,
        penalty: Penalty {
            l1: spec.l1,
            l2: spec.l2,
        },
        use_bias: spec.use_bias,
    };
    Affine::new(name, windows, spec.activation, shape, weight, rng)
}
