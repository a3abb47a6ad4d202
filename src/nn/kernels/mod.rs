//! The arithmetic of the layers, over slices.
//!
//! Letters for sizes: a convolution reads `M` windows of `K = height * width * in` numbers each and gives `N = out`
//! numbers a window. A dense layer is a convolution of one pixel.
//!
//! | what | `f32` | `f64`, plain loops |
//! | --- | --- | --- |
//! | convolution and dense: forward, input gradient | [`gather`] | [`mod@reference`] |
//! | convolution and dense: weight gradient | [`kernel_gradient`] | [`mod@reference`] |
//! | 3x3 convolution, outputs in squares of 3x3: all three | [`karatsuba`] | [`mod@reference`] |
//! | convolution, ReLU and 2x2 max pool in one: forward | [`winograd`], [`block`] | the layers one by one |
//! | the same: backward | [`sparse_weight`], [`sparse_input`] | the layers one by one |
//! | depthwise convolution, pools, activations, bias gradients | [`depthwise`], [`max_pool`], [`average_pool`], [`pointwise`] | the same |
//!
//! [`peak`] belongs to no layer: it is what the others are measured against.
//!
//! The `f32` kernels are written over four [`lanes`], of which the build chooses the instructions; what they pack and scratch
//! lies in [`aligned`] memory.

pub mod aligned;
pub mod average_pool;
pub mod block;
pub mod convolution;
pub mod depthwise;
pub mod gather;
pub mod karatsuba;
pub mod kernel_gradient;
pub mod lanes;
pub mod max_pool;
pub mod panel;
pub mod peak;
pub mod pointwise;
pub mod reference;
mod sparse;
pub mod sparse_input;
pub mod sparse_weight;
pub mod windows;
pub mod winograd;
