//! The data set that is shown, and pages of its images.

use serde::{Deserialize, Serialize};

use crate::spec::{DataRecipe, DataSource};

/// What there is to know of a data set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFacts {
    /// Which it is; of own files with the fingerprint.
    pub source: DataSource,
    /// For people: of own files, the name of the file of training images.
    pub name: String,
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Training images of each class, of as many classes as there are.
    pub counts: Vec<usize>,
    /// The test images were taken out of the training images.
    pub held_out: bool,
}

impl DataFacts {
    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.counts.len()
    }

    /// How many images a recipe trains on.
    pub fn used(&self, recipe: &DataRecipe) -> usize {
        let left = (0..)
            .zip(&self.counts)
            .filter(|(class, _)| !recipe.without.contains(*class));
        let left = left.map(|(_, count)| count).sum();
        recipe.limit.unwrap_or(left).min(left)
    }
}

/// The two parts of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Split {
    /// To learn from.
    Train,
    /// To measure on.
    Test,
}

/// Which images of the data set to show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ImageQuery {
    /// Of which part.
    pub split: Split,
    /// Only those training images that a recipe trains on.
    pub recipe: DataRecipe,
    /// The run's, for the label noise.
    pub seed: u64,
    /// Only images of this class.
    pub class: Option<u8>,
    /// Only images whose labels the recipe changes.
    pub changed: bool,
}

/// Images of the data set, with what there is to know of each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImagePage {
    /// As asked.
    pub request: u32,
    /// All images that the query finds.
    pub total: usize,
    /// The place of the page's first among them.
    pub first: usize,
    /// Their places in their part of the data set.
    pub places: Vec<u32>,
    /// The classes that they are of.
    #[serde(with = "serde_bytes")]
    pub labels: Vec<u8>,
    /// The classes that training takes them for.
    #[serde(with = "serde_bytes")]
    pub trained_as: Vec<u8>,
    /// 28 rows of 28 bytes each: 0 is paper, 255 is ink.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
}
