//! The engine: layers, their kernels, losses and optimizers. It knows nothing of the browser.
//!
//! Activations are plain slices, row-major `[batch, height, width, channels]` or `[batch, features]`; a layer knows
//! the shape of one sample from its making, so that a slice's length gives the batch. The gradient of all parameters
//! of a model is one flat slice, in the order of the parameters. Convolution kernels are
//! `[height, width, in, out]` and dense weights `[in, out]`: Keras's layout, so weights move both ways as they are.
//!
//! Every formula is written once, for `f32` and `f64` ([`Scalar`]): what trains is what the gradient checks check.

pub mod init;
pub mod kernels;
pub mod layers;
pub mod loss;
pub mod metrics;
pub mod optim;
mod param;
pub mod pca;
mod scalar;
mod sequential;

pub use param::{Param, Penalty};
pub use scalar::Scalar;
pub use sequential::{Done, Sequential, Trace};
