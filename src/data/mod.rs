//! From files and pen strokes to batches of images.

mod dataset;
pub mod idx;
pub mod mnist;
pub mod shards;

use dataset::in_file;
pub use dataset::{DataError, ImageSet};
