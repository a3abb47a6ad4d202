//! The numbers that a network is made of.

use bytemuck::Pod;
use ndarray::NdFloat;

use super::{
    kernels::{
        convolution::{Convolution, fastest},
        reference::PlainConvolution,
        windows::Windows,
    },
    layers::{Affine, ConvBlock, Layer, MaxPooling2D},
};

/// `f32`, which trains, or `f64`, which checks it: one implementation of every layer, two of the kernels under it.
pub trait Scalar: NdFloat + Pod + Default {
    /// The kernels of convolutions and dense layers.
    fn convolution(windows: &Windows, filters: usize) -> Box<dyn Convolution<Self>>;

    /// The layers that compute a convolution without padding, of stride 1, with ReLU, and the pool of 2x2, of stride 2,
    /// behind it: one, where there are kernels for that.
    fn conv_and_pool(conv: Affine<Self>, pool: MaxPooling2D<Self>) -> Vec<Box<dyn Layer<Self>>> {
        vec![Box::new(conv), Box::new(pool)]
    }

    /// The nearest number of this type.
    fn of(value: f64) -> Self;

    /// The same number, exactly.
    fn as_f64(self) -> f64;

    /// The error function, `2 / sqrt(pi)` times the integral of `exp(-t^2)` from 0 to it.
    fn erf(self) -> Self;
}

impl Scalar for f32 {
    fn convolution(windows: &Windows, filters: usize) -> Box<dyn Convolution<Self>> {
        fastest(windows, filters)
    }

    fn conv_and_pool(conv: Affine, _: MaxPooling2D) -> Vec<Box<dyn Layer<Self>>> {
        vec![Box::new(ConvBlock::new(conv))]
    }

    fn of(value: f64) -> Self {
        value as Self
    }

    fn as_f64(self) -> f64 {
        self.into()
    }

    fn erf(self) -> Self {
        libm::erff(self)
    }
}

impl Scalar for f64 {
    fn convolution(windows: &Windows, filters: usize) -> Box<dyn Convolution<Self>> {
        Box::new(<PlainConvolution as Convolution<Self>>::new(windows, filters))
    }

    fn of(value: f64) -> Self {
        value
    }

    fn as_f64(self) -> f64 {
        self
    }

    fn erf(self) -> Self {
        libm::erf(self)
    }
}
