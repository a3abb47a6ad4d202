//! A batch's gradient in [`SHARES`] fixed shares, summed in one fixed binary tree.

use std::ops::Range;

use crate::nn::{
    Done, Scalar, Sequential,
    layers::Draws,
    loss::{smooth_labels, softmax_cross_entropy},
    metrics::{Sums, count_correct},
};

/// Into how many parts every batch is cut: the most workers that can share a batch.
pub const SHARES: usize = 8;

/// The images of a share of a batch.
pub fn share_range(share: usize, batch: usize) -> Range<usize> {
    share * batch / SHARES..(share + 1) * batch / SHARES
}

/// Some of a batch's images.
///
/// # Shapes
/// `inputs`: `[labels.len(), ...input_shape]`.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a, T = f32> {
    /// Images of the whole batch.
    pub batch: usize,
    /// The images of this part.
    pub inputs: &'a [T],
    /// Their classes.
    pub labels: &'a [u8],
    /// As [`TrainConfig::label_smoothing`](crate::spec::TrainConfig::label_smoothing).
    pub label_smoothing: T,
    /// What random numbers are drawn by.
    pub draws: Draws<'a>,
}

impl<'a, T: Scalar> Part<'a, T> {
    /// A whole batch, with its labels as they are.
    pub fn whole(inputs: &'a [T], labels: &'a [u8]) -> Self {
        Self {
            batch: labels.len(),
            inputs,
            labels,
            label_smoothing: T::zero(),
            draws: Draws::default(),
        }
    }

    /// Some of its images, which begin at the image `first` of the batch.
    fn of(self, images: Range<usize>, first: usize, len: usize) -> Self {
        let images = images.start - first..images.end - first;
        Self {
            inputs: &self.inputs[images.start * len..images.end * len],
            labels: &self.labels[images.clone()],
            draws: Draws {
                images: self.draws.images.get(images).unwrap_or_default(),
                ..self.draws
            },
            ..self
        }
    }
}

/// Overwrites `gradient` with a share's part of the gradient of the mean loss over a batch, and gives the share's sums:
/// the loss in them is that of the labels as they are, not smoothed.
///
/// # Shapes
/// `part`: the share's images alone; `gradient`: [`Sequential::param_count`] numbers.
pub fn share_gradient<T: Scalar>(model: &mut Sequential<T>, part: Part<'_, T>, gradient: &mut [T]) -> Sums {
    share_gradient_watched(model, part, gradient, |_| ())
}

/// As [`share_gradient`]; `watch` is told of everything as soon as it is done.
pub fn share_gradient_watched<T: Scalar>(
    model: &mut Sequential<T>,
    part: Part<'_, T>,
    gradient: &mut [T],
    watch: impl FnMut(Done),
) -> Sums {
    let labels = part.labels;
    if labels.is_empty() {
        gradient.fill(T::zero());
        return Sums::default();
    }
    let scale = T::one() / T::of(part.batch as f64);
    let loss = |logits: &[T], grad: &mut [T]| {
        let loss = softmax_cross_entropy(logits, labels, grad);
        if part.label_smoothing > T::zero() {
            smooth_labels(grad, labels, part.label_smoothing);
        }
        grad.iter_mut().for_each(|g| *g *= scale);
        Sums {
            loss,
            correct: count_correct(logits, labels),
            images: labels.len(),
        }
    };
    model.differentiate_watched(part.inputs, part.draws, gradient, loss, watch)
}

/// Overwrites `gradient` with the sum of some shares' gradients, a subtree of the whole sum, and `sums` with the sums of
/// each of these shares, in order. What the weights' penalties add comes with the first share of a batch.
///
/// A model that [needs whole batches](crate::spec::ModelSpec::needs_whole_batches) has all images in the first share.
///
/// # Shapes
/// `part`: the images of these shares alone; `gradient`: [`Sequential::param_count`] numbers; `sums`: one a share.
///
/// # Panics
/// When the shares are no subtree: see [`TreeSum::sum`]; or not all, where the model needs whole batches.
pub fn shares_gradient<T: Scalar>(
    model: &mut Sequential<T>,
    tree: &mut TreeSum<T>,
    part: Part<'_, T>,
    shares: Range<usize>,
    gradient: &mut [T],
    sums: &mut [Sums],
) {
    if model.spec().needs_whole_batches() {
        assert_eq!(shares, 0..SHARES, "this model needs whole batches");
        sums.fill(Sums::default());
        sums[0] = share_gradient(model, part, gradient);
        model.add_penalty_gradient(gradient);
    } else {
        let len = model.input_len();
        let (first_share, first_image) = (shares.start, share_range(shares.start, part.batch).start);
        tree.sum(shares.clone(), gradient, |share, gradient| {
            let own = part.of(share_range(share, part.batch), first_image, len);
            sums[share - first_share] = share_gradient(model, own, gradient);
            if share == 0 {
                model.add_penalty_gradient(gradient);
            }
        });
    }
    if shares.start == 0 {
        sums[0].loss += model.penalty() * part.batch as f64;
    }
}

/// Overwrites `gradient` with that of the mean loss over a whole batch: all shares, one after the other.
///
/// # Shapes
/// `gradient`: [`Sequential::param_count`] numbers.
pub fn batch_gradient<T: Scalar>(
    model: &mut Sequential<T>,
    tree: &mut TreeSum<T>,
    batch: Part<'_, T>,
    gradient: &mut [T],
) -> Sums {
    let mut sums = [Sums::default(); SHARES];
    shares_gradient(model, tree, batch, 0..SHARES, gradient, &mut sums);
    sums.into_iter().sum()
}

/// Sums the gradients of the shares as `((0 + 1) + (2 + 3)) + ((4 + 5) + (6 + 7))`: the same bits, whoever computes
/// which subtree.
///
/// Holds one gradient for each level below the root.
#[derive(Debug, Default)]
pub struct TreeSum<T = f32> {
    right: [Vec<T>; SHARES.ilog2() as usize],
}

impl<T: Scalar> TreeSum<T> {
    /// Overwrites `gradient` with the sum over the shares of a subtree: 1, 2, 4 or 8 shares, of which the first is a
    /// multiple of their number. `share` overwrites what it is given with the gradient of the share of that index, or,
    /// where sums of subtrees are summed, of the subtree of that index.
    ///
    /// # Panics
    /// When the range is no subtree.
    pub fn sum(&mut self, shares: Range<usize>, gradient: &mut [T], mut share: impl FnMut(usize, &mut [T])) {
        let count = shares.len();
        assert!(
            count.is_power_of_two() && shares.start.is_multiple_of(count) && shares.end <= SHARES,
            "the shares {shares:?} are no subtree"
        );
        for right in &mut self.right[..count.ilog2() as usize] {
            right.resize(gradient.len(), T::zero());
        }
        sum_subtree(shares, gradient, &mut self.right, &mut share);
    }
}

fn sum_subtree<T: Scalar>(
    shares: Range<usize>,
    sum: &mut [T],
    memory: &mut [Vec<T>],
    share: &mut impl FnMut(usize, &mut [T]),
) {
    if shares.len() == 1 {
        return share(shares.start, sum);
    }
    let middle = usize::midpoint(shares.start, shares.end);
    sum_subtree(shares.start..middle, sum, memory, share);
    let (right, memory) = memory.split_first_mut().expect("one a level");
    sum_subtree(middle..shares.end, right, memory, share);
    for (sum, &x) in sum.iter_mut().zip(&*right) {
        *sum += x;
    }
}
