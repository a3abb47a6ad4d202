//! From files and pen strokes to batches of images.

mod dataset;
pub mod idx;

pub use dataset::{DataError, ImageSet};
