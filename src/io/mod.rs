//! Models as files.

pub mod safetensors;
