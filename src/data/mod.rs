//! From files and pen strokes to batches of images.

mod curve;
mod dataset;
pub mod idx;
pub mod own;
pub mod published;
pub mod segment;
mod selection;
pub mod shards;
pub mod strokes;
pub mod verdict;

use dataset::in_file;
pub use dataset::{DataError, DataSet, ImageSet};
pub use selection::Selection;
