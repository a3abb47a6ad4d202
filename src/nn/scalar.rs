//! The numbers that a network is made of.

use bytemuck::Pod;
use ndarray::NdFloat;

/// `f32`, which trains, or `f64`, which checks it.
pub trait Scalar: NdFloat + Pod + Default {
    /// The nearest number of this type.
    fn of(value: f64) -> Self;

    /// The same number, exactly.
    fn as_f64(self) -> f64;
}

impl Scalar for f32 {
    fn of(value: f64) -> Self {
        value as Self
    }

    fn as_f64(self) -> f64 {
        self.into()
    }
}

impl Scalar for f64 {
    fn of(value: f64) -> Self {
        value
    }

    fn as_f64(self) -> f64 {
        self
    }
}
