//! From files and pen strokes to batches of images.

mod curve;
mod dataset;
pub mod idx;
pub mod mnist;
pub mod shards;
pub mod strokes;

use dataset::in_file;
pub use dataset::{DataError, DataSet, ImageSet};
