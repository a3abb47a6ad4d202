//! Fully connected.

use rand::Rng;

use super::Affine;
use crate::{
    nn::{Scalar, kernels::windows::Windows},
    spec::Activation,
};

/// `activation(input weight + bias)`.
///
/// The weight is `[in, out]`, the bias `[out]`; Glorot-uniform and 0.
pub fn dense<T: Scalar>(
    name: &str,
    features: usize,
    units: usize,
    activation: Activation,
    rng: &mut impl Rng,
) -> Affine<T> {
    Affine::new(name, Windows::pixel(features), vec![features, units], activation, rng)
}
