//! Fully connected.

use rand::Rng;

use super::{Affine, affine::WeightSpec};
use crate::{
    nn::{Penalty, Scalar, kernels::windows::Windows},
    spec::layers::Dense,
};

/// `activation(input weight + bias)`.
///
/// The weight is `[in, out]`, the bias `[out]`.
pub fn dense<T: Scalar>(name: &str, features: usize, spec: &Dense, rng: &mut impl Rng) -> Affine<T> {
    let (windows, shape) = (Windows::pixel(features), vec![features, spec.units]);
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
