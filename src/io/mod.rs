//! Models as files (safetensors and ONNX both ways, and scripts for other programs), and runs.

pub mod checkpoint;
pub mod code;
pub mod model;
pub mod onnx;
pub mod safetensors;
