//! Models and runs as files.

pub mod checkpoint;
pub mod safetensors;
