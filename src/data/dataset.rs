//! Labelled images in memory, and what can be wrong with the files they come from.

use std::{io, ops::Range, path::Path};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Why data cannot be used: always which file or part, what was expected there, and what was found.
#[derive(Debug, Error)]
pub enum DataError {
    /// The file cannot be read or written.
    #[error("{what}: {source}")]
    Io {
        /// The file.
        what: String,
        /// The system's reason.
        source: io::Error,
    },
    /// The content is not what it must be.
    #[error("{what}: expected {expected}, got {got}")]
    Wrong {
        /// The file or the part of it.
        what: String,
        /// What should be there.
        expected: String,
        /// What is there.
        got: String,
    },
}

impl DataError {
    /// Content that is not what it must be.
    pub fn wrong(what: impl Into<String>, expected: impl ToString, got: impl ToString) -> Self {
        Self::Wrong {
            what: what.into(),
            expected: expected.to_string(),
            got: got.to_string(),
        }
    }

    /// The same error, with the file it happened in put before it.
    #[must_use]
    pub fn in_file(mut self, file: &str) -> Self {
        let (Self::Io { what, .. } | Self::Wrong { what, .. }) = &mut self;
        *what = format!("{file}: {what}");
        self
    }
}

/// Names the file that an error of the system is about.
pub(super) fn in_file(path: &Path) -> impl Fn(io::Error) -> DataError {
    move |source| DataError::Io {
        what: path.display().to_string(),
        source,
    }
}

/// Labelled grey images of one size.
///
/// `images` holds `labels.len() * image_shape[0] * image_shape[1]` bytes; the readers of this module see to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageSet {
    /// Pixels, row-major, one image after the other: 0 is paper, 255 is ink.
    pub images: Vec<u8>,
    /// The class of each image, from 0.
    pub labels: Vec<u8>,
    /// `[height, width]` of one image.
    pub image_shape: [usize; 2],
}

impl ImageSet {
    /// How many images there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The pixels of one image, `[height, width]`.
    ///
    /// # Panics
    /// When there is no image `index`.
    pub fn image(&self, index: usize) -> &[u8] {
        let size = self.image_size();
        &self.images[index * size..][..size]
    }

    /// Pixels an image.
    pub fn image_size(&self) -> usize {
        self.image_shape[0] * self.image_shape[1]
    }

    /// The number of classes: the largest label plus one.
    pub fn classes(&self) -> usize {
        self.labels.iter().max().map_or(0, |&label| usize::from(label) + 1)
    }

    /// The images at these places, in that order.
    ///
    /// # Panics
    /// When there is no image at one of them.
    pub fn pick(&self, places: &[u32]) -> Self {
        let places = || places.iter().map(|&place| place as usize);
        Self {
            images: places().flat_map(|place| self.image(place)).copied().collect(),
            labels: places().map(|place| self.labels[place]).collect(),
            image_shape: self.image_shape,
        }
    }

    /// Those of a range of places.
    pub fn slice(&self, range: Range<usize>) -> Self {
        let size = self.image_size();
        Self {
            images: self.images[range.start * size..range.end * size].to_vec(),
            labels: self.labels[range].to_vec(),
            image_shape: self.image_shape,
        }
    }

    /// Adds the images of another set behind its own.
    ///
    /// # Errors
    /// When the images of the two differ in size; then nothing changes.
    pub fn append(&mut self, other: &Self) -> Result<(), DataError> {
        if other.image_shape != self.image_shape {
            let [expected, got] = [self, other].map(|set| format!("{}x{}", set.image_shape[0], set.image_shape[1]));
            return Err(DataError::wrong("size of the images", expected, got));
        }
        self.images.extend_from_slice(&other.images);
        self.labels.extend_from_slice(&other.labels);
        Ok(())
    }
}

/// Images to learn from and images to measure on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataSet {
    /// To learn from.
    pub train: ImageSet,
    /// To measure on.
    pub test: ImageSet,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(labels: &[u8], image_shape: [usize; 2]) -> ImageSet {
        let size = image_shape[0] * image_shape[1];
        ImageSet {
            images: labels.iter().flat_map(|&label| vec![label; size]).collect(),
            labels: labels.to_vec(),
            image_shape,
        }
    }

    #[test]
    fn images_are_found_by_index_and_appended_in_order() {
        let mut all = set(&[3, 1], [2, 3]);
        all.append(&set(&[7], [2, 3])).unwrap();
        assert_eq!((all.len(), all.classes(), all.is_empty()), (3, 8, false));
        assert_eq!(all.image(1), [1; 6]);
        assert_eq!(all.image(2), [7; 6]);
        assert_eq!(all.pick(&[2, 0]), set(&[7, 3], [2, 3]));
    }

    #[test]
    fn images_of_another_size_are_not_appended() {
        let mut all = set(&[3], [2, 3]);
        let message = all.append(&set(&[1], [3, 2])).unwrap_err().to_string();
        assert_eq!(message, "size of the images: expected 2x3, got 3x2");
        assert_eq!(all, set(&[3], [2, 3]));
    }
}
