//! How long gradients and weights are.

/// Numbers whose squares are summed in `f32`; the sums of such blocks are summed in `f64`.
const BLOCK: usize = 1024;

/// Sums that do not wait for each other: four vectors.
const SUMS: usize = 16;

/// The L2 norm of all numbers of some slices. It is finite exactly when they all are, unless they are so many and so
/// large that it passes the largest `f32`.
pub fn norm<'a>(slices: impl Iterator<Item = &'a [f32]> + Clone) -> f32 {
    let mut squares: f64 = slices.clone().map(sum_of_squares).sum();
    if !squares.is_finite() {
        // Of numbers above 1e18 the squares are no `f32`.
        squares = slices.flatten().map(|&x| f64::from(x).powi(2)).sum();
    }
    squares.sqrt() as f32
}

/// Not finite where a square, or the sum of a block, is not.
fn sum_of_squares(numbers: &[f32]) -> f64 {
    let block = |block: &[f32]| {
        let mut sums = [0f32; SUMS];
        let (chunks, rest) = block.as_chunks::<SUMS>();
        for chunk in chunks.iter().map(|chunk| &chunk[..]).chain([rest]) {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *sum += x * x;
            }
        }
        f64::from(sums.iter().sum::<f32>())
    };
    numbers.chunks(BLOCK).map(block).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[f32]) -> f32 {
        norm(std::iter::once(numbers))
    }

    #[test]
    fn a_norm_is_the_root_of_all_squares_whatever_the_slices() {
        assert_eq!(of(&[3.0, -4.0]), 5.0);
        assert_eq!(of(&[]), 0.0);
        let numbers: Vec<f32> = (0..3000).map(|i| (i % 17) as f32 - 8.0).collect();
        let exact: f64 = numbers.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        assert!((f64::from(of(&numbers)) / exact - 1.0).abs() < 1e-6);
        let parts = norm(numbers.chunks(700));
        assert!((f64::from(parts) / exact - 1.0).abs() < 1e-6);
    }

    #[test]
    fn it_is_finite_where_the_numbers_are() {
        assert_eq!(of(&[3e30, 4e30]), 5e30);
        for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut numbers = vec![1.0; 2000];
            numbers[1500] = wrong;
            assert!(!of(&numbers).is_finite());
        }
    }
}
