//! Models as ONNX files, both ways; `docs/files.md` has the mapping.
//!
//! Written files are of opset [`OPSET`] and take images as `[N, height, width, channels]`, 0 to 1. Read are sequential image
//! classifiers, whatever order of axes they use inside: `view.rs` follows how the graph looks at what we keep as height,
//! width, channels, so that only weights are turned and no layer is.

mod export;
mod function;
mod import;
mod operators;
mod parts;
mod proto;
mod sliding;
mod tensor;
mod view;

use thiserror::Error;

use crate::spec::SpecError;

pub use export::save;
pub use import::load;

/// The operator set that is written.
pub const OPSET: i64 = 17;

/// Why an ONNX file cannot be read.
#[derive(Debug, Error)]
pub enum OnnxError {
    /// The bytes are no such file.
    #[error("this is no ONNX file: {0}")]
    Format(String),
    /// An operator, or what it is to do, has no counterpart here.
    #[error("{operator} (node {node}) cannot be read: {reason}")]
    Unsupported {
        /// The operator's name.
        operator: String,
        /// The node's name, or its output's.
        node: String,
        /// What is missing.
        reason: String,
    },
    /// The graph as a whole is none that could be used.
    #[error("this ONNX model cannot be used: {0}")]
    Graph(String),
    /// The layers do not fit.
    #[error("this ONNX model cannot be used: {0}")]
    Model(#[from] SpecError),
}
