//! How wrong the class scores are.

use super::Scalar;

/// `exp(x_i) / sum_j exp(x_j)` of every row, in place.
///
/// # Shapes
/// `scores`: `[rows, classes]`.
pub fn softmax<T: Scalar>(scores: &mut [T], classes: usize) {
    for row in scores.chunks_exact_mut(classes) {
        softmax_row(row);
    }
}

/// Gives the logarithm of the sum that was divided by, too: `ln(sum_j exp(x_j))`.
fn softmax_row<T: Scalar>(row: &mut [T]) -> T {
    // Without the largest score taken off, exp overflows from 89 on.
    let largest = row.iter().copied().fold(T::neg_infinity(), T::max);
    let mut sum = T::zero();
    for score in row.iter_mut() {
        *score = (*score - largest).exp();
        sum += *score;
    }
    for score in row.iter_mut() {
        *score /= sum;
    }
    largest + sum.ln()
}

/// Categorical cross-entropy of the softmax of `logits`, summed over the rows, and its gradient:
/// `-ln(softmax(logits)[label])` and `softmax(logits) - one_hot(label)`.
///
/// A sum, not a mean: a batch is computed in shares, and only the whole knows what to divide by. The gradient is
/// written to `grad`.
///
/// # Shapes
/// `logits` and `grad`: `[labels.len(), classes]`.
///
/// # Panics
/// When a label is not below the number of classes.
pub fn softmax_cross_entropy<T: Scalar>(logits: &[T], labels: &[u8], grad: &mut [T]) -> f64 {
    grad.copy_from_slice(logits);
    let mut loss = 0.0;
    let classes = (logits.len() / labels.len().max(1)).max(1);
    let rows = logits.chunks_exact(classes).zip(grad.chunks_exact_mut(classes));
    for ((scores, grad), &label) in rows.zip(labels) {
        let label = usize::from(label);
        loss += (softmax_row(grad) - scores[label]).as_f64();
        grad[label] -= T::one();
    }
    loss
}

/// Makes the gradient of [`softmax_cross_entropy`] that of smoothed targets, which are
/// `(1 - smoothing) one_hot(label) + smoothing / classes` (Szegedy et al., 2016, arXiv:1512.00567).
///
/// # Shapes
/// `grad`: `[labels.len(), classes]`.
pub fn smooth_labels<T: Scalar>(grad: &mut [T], labels: &[u8], smoothing: T) {
    let classes = (grad.len() / labels.len().max(1)).max(1);
    let each = smoothing / T::of(classes as f64);
    for (grad, &label) in grad.chunks_exact_mut(classes).zip(labels) {
        grad.iter_mut().for_each(|g| *g -= each);
        grad[usize::from(label)] += smoothing;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_are_uncertain_by_the_logarithm_of_the_classes() {
        let mut grad = [0.0; 8];
        let loss = softmax_cross_entropy(&[0.5f64; 8], &[1, 3], &mut grad);
        assert!((loss - 2.0 * 4f64.ln()).abs() < 1e-12);
        assert_eq!(grad, [0.25, -0.75, 0.25, 0.25, 0.25, 0.25, 0.25, -0.75]);
    }

    #[test]
    fn huge_scores_stay_finite() {
        let mut grad = [0.0; 2];
        let loss = softmax_cross_entropy(&[1000f32, -1000.0], &[1], &mut grad);
        assert_eq!((loss, grad), (2000.0, [1.0, -1.0]));
    }

    #[test]
    fn a_score_that_is_no_number_gives_a_loss_that_is_none() {
        let loss = |logits: [f32; 2]| softmax_cross_entropy(&logits, &[1], &mut [0.0; 2]);
        assert!(loss([f32::NAN, 1.0]).is_nan());
        assert!(!loss([f32::INFINITY, 1.0]).is_finite());
    }
}
