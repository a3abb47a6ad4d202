//! A model and its training as a script for another program, which reads the weights from the safetensors file.

mod keras;
mod python;
mod pytorch;
mod rust;

pub use keras::keras;
pub use pytorch::pytorch;
pub use rust::rust;
