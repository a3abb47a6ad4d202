//! Which classes are taken for which.

/// How often images of one class were taken for another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    /// `[label, predicted]`, row-major.
    counts: Vec<usize>,
}

/// How well one class is told from the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Of the images taken for the class, the share that is of it: `TP / (TP + FP)`. None when there are none.
    pub precision: Option<f64>,
    /// Of the images of the class, the share taken for it: `TP / (TP + FN)`. None when there are none.
    pub recall: Option<f64>,
    /// `2 TP / (2 TP + FP + FN)`, the harmonic mean of both. None when there are neither.
    pub f1: Option<f64>,
    /// Images of the class.
    pub support: usize,
}

impl Confusion {
    /// Counts the answers. There are as many classes as the largest number of the three says.
    pub fn of(labels: &[u8], predicted: &[u8], classes: usize) -> Self {
        let largest = labels.iter().chain(predicted).max();
        let classes = classes.max(largest.map_or(0, |&class| usize::from(class) + 1));
        let mut counts = vec![0; classes * classes];
        for (&label, &predicted) in labels.iter().zip(predicted) {
            counts[usize::from(label) * classes + usize::from(predicted)] += 1;
        }
        Self { classes, counts }
    }

    /// How many classes there are.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// How many images of a class were taken for another, or for what they are.
    ///
    /// # Panics
    /// When there is no such class.
    pub fn count(&self, label: usize, predicted: usize) -> usize {
        self.counts[label * self.classes..][..self.classes][predicted]
    }

    /// [`Self::count`] as a share of the images of the class; none when there are none.
    ///
    /// # Panics
    /// As [`Self::count`].
    pub fn rate(&self, label: usize, predicted: usize) -> Option<f64> {
        share(self.count(label, predicted), self.of_class(label))
    }

    /// All images.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Those taken for what they are.
    pub fn right(&self) -> usize {
        (0..self.classes).map(|class| self.count(class, class)).sum()
    }

    /// How well a class is told from the others.
    ///
    /// # Panics
    /// As [`Self::count`].
    pub fn scores(&self, class: usize) -> Scores {
        let right = self.count(class, class);
        let support = self.of_class(class);
        let taken: usize = (0..self.classes).map(|label| self.count(label, class)).sum();
        Scores {
            precision: share(right, taken),
            recall: share(right, support),
            f1: share(2 * right, taken + support),
            support,
        }
    }

    /// Images of a class.
    fn of_class(&self, label: usize) -> usize {
        self.counts[label * self.classes..][..self.classes].iter().sum()
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_is_counted_once_where_it_belongs() {
        let confusion = Confusion::of(&[0, 0, 1, 1, 1, 2], &[0, 1, 1, 1, 0, 1], 4);
        assert_eq!([confusion.classes(), confusion.total(), confusion.right()], [4, 6, 3]);
        assert_eq!(
            [confusion.count(0, 1), confusion.count(1, 0), confusion.count(2, 2)],
            [1, 1, 0]
        );
        assert_eq!(confusion.rate(1, 1), Some(2.0 / 3.0));
        assert_eq!(confusion.rate(3, 3), None);
    }

    #[test]
    fn scores_are_shares_and_missing_where_nothing_is_to_share() {
        let confusion = Confusion::of(&[0, 0, 1, 1, 1, 2], &[0, 1, 1, 1, 0, 1], 4);
        let one = confusion.scores(1);
        assert_eq!(one.precision, Some(0.5));
        assert_eq!(one.recall, Some(2.0 / 3.0));
        assert_eq!((one.f1, one.support), (Some(4.0 / 7.0), 3));
        assert_eq!(confusion.scores(2).precision, None);
        assert_eq!(confusion.scores(2).f1, Some(0.0));
        assert_eq!(confusion.scores(3).f1, None);
    }

    #[test]
    fn no_answer_at_all_is_no_class() {
        assert_eq!(Confusion::of(&[], &[], 0).total(), 0);
    }
}
