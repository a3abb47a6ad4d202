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
/// A sum, not a mean: a batch is computed in shares, and only the whole knows what to divide by.
///
/// # Shapes
/// `logits` and the gradient: `[labels.len(), classes]`.
///
/// # Panics
/// When a label is not below the number of classes.
pub fn softmax_cross_entropy<T: Scalar>(logits: &[T], labels: &[u8]) -> (f64, Vec<T>) {
    let mut grad = logits.to_vec();
    let mut loss = 0.0;
    if labels.is_empty() {
        return (loss, grad);
    }
    let classes = logits.len() / labels.len();
    let rows = logits.chunks_exact(classes).zip(grad.chunks_exact_mut(classes));
    for ((scores, grad), &label) in rows.zip(labels) {
        let label = usize::from(label);
        loss += (softmax_row(grad) - scores[label]).as_f64();
        grad[label] -= T::one();
    }
    (loss, grad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_are_uncertain_by_the_logarithm_of_the_classes() {
        let (loss, grad) = softmax_cross_entropy(&[0.5f64; 8], &[1, 3]);
        assert!((loss - 2.0 * 4f64.ln()).abs() < 1e-12);
        assert_eq!(grad, [0.25, -0.75, 0.25, 0.25, 0.25, 0.25, 0.25, -0.75]);
    }

    #[test]
    fn huge_scores_stay_finite() {
        let (loss, grad) = softmax_cross_entropy(&[1000f32, -1000.0], &[1]);
        assert_eq!((loss, grad), (2000.0, vec![1.0, -1.0]));
    }

    #[test]
    fn a_score_that_is_no_number_gives_a_loss_that_is_none() {
        assert!(softmax_cross_entropy(&[f32::NAN, 1.0], &[1]).0.is_nan());
        assert!(!softmax_cross_entropy(&[f32::INFINITY, 1.0], &[1]).0.is_finite());
    }
}
