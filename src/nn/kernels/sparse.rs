//! Sums of scaled rows, the zeros left out: products with a matrix that is mostly zeros.

use crate::nn::Scalar;

/// What is not zero of one row of a matrix: a factor, and where the row that it scales starts.
pub type Terms<T> = Vec<(usize, T)>;

/// Whether leaving out the zeros of a matrix pays.
pub fn pays<T: Scalar>(matrix: &[T]) -> bool {
    let filled = matrix.iter().filter(|x| !x.is_zero()).count();
    filled * 4 <= matrix.len()
}

/// Collects what is not zero among `factors`, whose rows have the length `len` and follow each other.
pub fn collect<T: Scalar>(terms: &mut Terms<T>, len: usize, factors: impl Iterator<Item = T>) {
    terms.clear();
    let filled = factors.enumerate().filter(|(_, factor)| !factor.is_zero());
    terms.extend(filled.map(|(row, factor)| (row * len, factor)));
}

/// `sum += factor * row` for all terms; a row is as long as `sum` and starts in `rows` where its term says.
///
/// The sum of a few columns at a time stays in registers: one load for each multiplication, no store.
pub fn add_terms<T: Scalar>(terms: &[(usize, T)], rows: &[T], sum: &mut [T]) {
    let (wide, rest) = sum.as_chunks_mut::<32>();
    let (narrow, single) = rest.as_chunks_mut::<4>();
    let mut start = 0;
    wide.iter_mut().for_each(|sum| add_tile(terms, rows, &mut start, sum));
    narrow.iter_mut().for_each(|sum| add_tile(terms, rows, &mut start, sum));
    let (single, _) = single.as_chunks_mut::<1>();
    single.iter_mut().for_each(|sum| add_tile(terms, rows, &mut start, sum));
}

/// The columns from `start` on; moves `start` behind them.
fn add_tile<T: Scalar, const N: usize>(terms: &[(usize, T)], rows: &[T], start: &mut usize, sum: &mut [T; N]) {
    let mut tile = *sum;
    for &(row, factor) in terms {
        let row: &[T; N] = rows[row + *start..].first_chunk().expect("a row is as long as the sum");
        for i in 0..N {
            tile[i] += factor * row[i];
        }
    }
    *sum = tile;
    *start += N;
}
