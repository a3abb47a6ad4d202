//! A batch's gradient in [`SHARES`] fixed shares, summed in one fixed binary tree.

use std::ops::Range;

use crate::nn::{
    Done, Scalar, Sequential,
    loss::softmax_cross_entropy,
    metrics::{Sums, count_correct},
};

/// Into how many parts every batch is cut: the most workers that can share a batch.
pub const SHARES: usize = 8;

/// The images of a share of a batch.
pub fn share_range(share: usize, batch: usize) -> Range<usize> {
    share * batch / SHARES..(share + 1) * batch / SHARES
}

/// Overwrites `gradient` with a share's part of the gradient of the mean loss over a batch of `batch` images, and gives
/// the share's sums.
///
/// # Shapes
/// `inputs`: `[labels.len(), ...input_shape]`, the share's images alone; `gradient`: [`Sequential::param_count`]
/// numbers.
pub fn share_gradient<T: Scalar>(
    model: &mut Sequential<T>,
    inputs: &[T],
    labels: &[u8],
    batch: usize,
    gradient: &mut [T],
) -> Sums {
    share_gradient_watched(model, inputs, labels, batch, gradient, |_| ())
}

/// As [`share_gradient`]; `watch` is told of everything as soon as it is done.
pub fn share_gradient_watched<T: Scalar>(
    model: &mut Sequential<T>,
    inputs: &[T],
    labels: &[u8],
    batch: usize,
    gradient: &mut [T],
    watch: impl FnMut(Done),
) -> Sums {
    if labels.is_empty() {
        gradient.fill(T::zero());
        return Sums::default();
    }
    let scale = T::one() / T::of(batch as f64);
    let loss = |logits: &[T], grad: &mut [T]| {
        let loss = softmax_cross_entropy(logits, labels, grad);
        grad.iter_mut().for_each(|g| *g *= scale);
        Sums {
            loss,
            correct: count_correct(logits, labels),
            images: labels.len(),
        }
    };
    model.differentiate_watched(inputs, gradient, loss, watch)
}

/// Overwrites `gradient` with the sum of some shares' gradients, a subtree of the whole sum, and `sums` with the sums of
/// each of these shares, in order. `batch` is the size of the whole batch.
///
/// # Shapes
/// `inputs`: `[labels.len(), ...input_shape]`, the images of these shares alone; `gradient`:
/// [`Sequential::param_count`] numbers; `sums`: one a share.
///
/// # Panics
/// When the shares are no subtree: see [`TreeSum::sum`].
#[expect(clippy::too_many_arguments, reason = "a model, its input, and what is written")]
pub fn shares_gradient<T: Scalar>(
    model: &mut Sequential<T>,
    tree: &mut TreeSum<T>,
    inputs: &[T],
    labels: &[u8],
    shares: Range<usize>,
    batch: usize,
    gradient: &mut [T],
    sums: &mut [Sums],
) {
    let len = model.input_len();
    let (first_share, first_image) = (shares.start, share_range(shares.start, batch).start);
    tree.sum(shares, gradient, |share, gradient| {
        let images = share_range(share, batch);
        let images = images.start - first_image..images.end - first_image;
        let inputs = &inputs[images.start * len..images.end * len];
        sums[share - first_share] = share_gradient(model, inputs, &labels[images], batch, gradient);
    });
}

/// Overwrites `gradient` with that of the mean loss over a batch: all shares, one after the other.
///
/// # Shapes
/// `inputs`: `[labels.len(), ...input_shape]`; `gradient`: [`Sequential::param_count`] numbers.
pub fn batch_gradient<T: Scalar>(
    model: &mut Sequential<T>,
    tree: &mut TreeSum<T>,
    inputs: &[T],
    labels: &[u8],
    gradient: &mut [T],
) -> Sums {
    let mut sums = [Sums::default(); SHARES];
    let batch = labels.len();
    shares_gradient(model, tree, inputs, labels, 0..SHARES, batch, gradient, &mut sums);
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
