//! Loss and accuracy, summed image by image.

use std::{iter::Sum, ops::AddAssign};

use serde::{Deserialize, Serialize};

use super::Scalar;
use crate::report::Metrics;

/// Sums over some images. They add up, so that a batch or a test set can be measured in parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Sums {
    /// Of the cross-entropy, in nats.
    pub loss: f64,
    /// Images classified right.
    pub correct: usize,
    /// Images.
    pub images: usize,
}

impl Sums {
    /// The means; of no image at all, 0.
    pub fn metrics(&self) -> Metrics {
        let images = self.images.max(1) as f64;
        Metrics {
            loss: (self.loss / images) as f32,
            accuracy: (self.correct as f64 / images) as f32,
        }
    }
}

impl Sum for Sums {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |mut sum, part| {
            sum += part;
            sum
        })
    }
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.loss += other.loss;
        self.correct += other.correct;
        self.images += other.images;
    }
}

/// How many rows have their largest score at their label; of equals, the first counts.
///
/// # Shapes
/// `logits`: `[labels.len(), classes]`.
pub fn count_correct<T: Scalar>(logits: &[T], labels: &[u8]) -> usize {
    let classes = logits.len() / labels.len().max(1);
    let rows = logits.chunks_exact(classes.max(1));
    rows.zip(labels)
        .filter(|(row, label)| argmax(row) == usize::from(**label))
        .count()
}

/// Where the largest number is; of equals, the first.
pub fn argmax<T: Scalar>(row: &[T]) -> usize {
    (1..row.len()).fold(0, |best, i| if row[i] > row[best] { i } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_answers_are_counted_and_parts_add_up() {
        let logits = [0.1f32, 0.7, 0.2, 0.5, 0.5, 0.1];
        assert_eq!(count_correct(&logits, &[1, 0]), 2);
        assert_eq!(count_correct(&logits, &[2, 1]), 0);
        assert_eq!(count_correct::<f32>(&[], &[]), 0);

        let mut sums = Sums {
            loss: 1.0,
            correct: 1,
            images: 2,
        };
        sums += Sums {
            loss: 2.0,
            correct: 2,
            images: 2,
        };
        assert_eq!(
            sums.metrics(),
            Metrics {
                loss: 0.75,
                accuracy: 0.75
            }
        );
        assert_eq!(Sums::default().metrics(), Metrics::default());
    }
}
