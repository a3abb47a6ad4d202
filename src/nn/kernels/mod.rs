//! The arithmetic of the layers, as plain functions over slices: what a faster kernel replaces.
//!
//! Letters for sizes: a convolution reads `M` windows of `K = height * width * in` numbers each and gives `N = out`
//! numbers a window.

pub mod conv2d;
pub mod direct;
pub mod im2col;
pub mod matmul;
pub mod max_pool;
pub mod pointwise;
pub mod sparse;
