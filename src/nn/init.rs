//! Weights before training: Keras's initializers.
//!
//! Random numbers are made of `u32`s by the functions of `libm`, so that `f32` and `f64` models of one seed start alike
//! on every machine.

use rand::Rng;

use super::Scalar;
use crate::spec::Initializer;

/// A weight of that shape, `[.., in, out]`: what comes before is the area of a kernel, which every input and every
/// output meets.
pub fn initialize<T: Scalar>(initializer: Initializer, shape: &[usize], rng: &mut impl Rng) -> Vec<T> {
    let count = shape.iter().product();
    let (area, [fan_in, fan_out]) = match shape {
        [area @ .., fan_in, fan_out] => (area.iter().product::<usize>(), [*fan_in, *fan_out]),
        _ => unreachable!("a weight has inputs and outputs"),
    };
    let [fan_in, fan_out] = [fan_in, fan_out].map(|fan| fan * area);
    let variance = |scale: f64, fan: usize| scale / fan as f64;
    match initializer {
        Initializer::GlorotUniform => glorot_uniform(rng, count, fan_in, fan_out),
        Initializer::GlorotNormal => normal(rng, count, variance(2.0, fan_in + fan_out)),
        Initializer::HeUniform => uniform(rng, count, variance(2.0, fan_in)),
        Initializer::HeNormal => normal(rng, count, variance(2.0, fan_in)),
        Initializer::LecunUniform => uniform(rng, count, variance(1.0, fan_in)),
        Initializer::LecunNormal => normal(rng, count, variance(1.0, fan_in)),
        Initializer::Zeros => vec![T::zero(); count],
    }
}

/// Glorot and Bengio's uniform distribution, Keras's default: between plus and minus
/// `sqrt(6 / (fan_in + fan_out))`.
pub fn glorot_uniform<T: Scalar>(rng: &mut impl Rng, count: usize, fan_in: usize, fan_out: usize) -> Vec<T> {
    uniform(rng, count, 2.0 / (fan_in + fan_out) as f64)
}

/// Between plus and minus `sqrt(3 variance)`; one `u32` a number.
fn uniform<T: Scalar>(rng: &mut impl Rng, count: usize, variance: f64) -> Vec<T> {
    let limit = (3.0 * variance).sqrt();
    (0..count).map(|_| T::of(limit * even(rng))).collect()
}

/// Evenly from -1 to 1: the middle of one of 2^24 equal parts, never 0, never a limit.
fn even(rng: &mut impl Rng) -> f64 {
    (f64::from(rng.next_u32() >> 8) + 0.5) / f64::from(1 << 23) - 1.0
}

/// A normal distribution without what is beyond two standard deviations, of that variance: before the cut it is wider.
fn normal<T: Scalar>(rng: &mut impl Rng, count: usize, variance: f64) -> Vec<T> {
    /// The standard deviation of a standard normal distribution that is cut off at 2.
    const CUT: f64 = 0.879_625_661_034_239_8;
    let deviation = variance.sqrt() / CUT;
    let numbers = std::iter::repeat_with(|| standard_normal(rng)).filter(|x| x.abs() <= 2.0);
    numbers.take(count).map(|x| T::of(deviation * x)).collect()
}

/// Marsaglia's polar method (1964, doi:10.1137/1006063).
fn standard_normal(rng: &mut impl Rng) -> f64 {
    loop {
        let (x, y) = (even(rng), even(rng));
        let square = x * x + y * y;
        if square < 1.0 {
            return x * (-2.0 * libm::log(square) / square).sqrt();
        }
    }
}

/// A matrix `[rows, columns]` whose rows stand at right angles and have length 1, or its columns, where they are fewer
/// (Saxe et al., 2014, arXiv:1312.6120).
pub fn orthogonal<T: Scalar>(rng: &mut impl Rng, rows: usize, columns: usize) -> Vec<T> {
    let (few, many) = (rows.min(columns), rows.max(columns));
    let mut vectors: Vec<Vec<f64>> = Vec::with_capacity(few);
    for _ in 0..few {
        let mut vector: Vec<f64> = (0..many).map(|_| standard_normal(rng)).collect();
        // Gram and Schmidt; twice, because the first time leaves rounding behind.
        for _ in 0..2 {
            for other in &vectors {
                let along = dot(&vector, other);
                vector.iter_mut().zip(other).for_each(|(x, y)| *x -= along * y);
            }
        }
        let length = dot(&vector, &vector).sqrt();
        vector.iter_mut().for_each(|x| *x /= length);
        vectors.push(vector);
    }
    let at = |row: usize, column: usize| match rows <= columns {
        true => vectors[row][column],
        false => vectors[column][row],
    };
    (0..rows * columns)
        .map(|i| T::of(at(i / columns, i % columns)))
        .collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    use super::*;

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(1)
    }

    fn variance(numbers: &[f64]) -> f64 {
        numbers.iter().map(|x| x * x).sum::<f64>() / numbers.len() as f64
    }

    #[test]
    fn numbers_fill_the_interval_evenly() {
        let numbers: Vec<f64> = glorot_uniform(&mut rng(), 40_000, 10, 14);
        let limit = 0.5;
        let mean = numbers.iter().sum::<f64>() / 40_000.0;
        assert!(numbers.iter().all(|x| x.abs() < limit));
        assert!(mean.abs() < 0.005, "{mean}");
        assert!((variance(&numbers) / (limit * limit / 3.0) - 1.0).abs() < 0.02);
    }

    /// The bounds are those of Keras: `sqrt(3 scale / n)`, and twice `sqrt(scale / n) / 0.87962566103423978`.
    #[test]
    fn every_initializer_has_its_variance_and_its_bound() {
        let shape = [3, 5, 40, 60];
        let [fan_in, fan_out] = [15.0 * 40.0, 15.0 * 60.0_f64];
        for (initializer, expected) in [
            (Initializer::GlorotUniform, 2.0 / (fan_in + fan_out)),
            (Initializer::GlorotNormal, 2.0 / (fan_in + fan_out)),
            (Initializer::HeUniform, 2.0 / fan_in),
            (Initializer::HeNormal, 2.0 / fan_in),
            (Initializer::LecunUniform, 1.0 / fan_in),
            (Initializer::LecunNormal, 1.0 / fan_in),
        ] {
            let numbers: Vec<f64> = initialize(initializer, &shape, &mut rng());
            assert_eq!(numbers.len(), 36_000);
            let mean = numbers.iter().sum::<f64>() / 36_000.0;
            assert!(mean.abs() < 0.02 * expected.sqrt(), "{initializer:?}: {mean}");
            let ratio = variance(&numbers) / expected;
            assert!((ratio - 1.0).abs() < 0.02, "{initializer:?}: {ratio}");
            let bound = match initializer.id().ends_with("uniform") {
                true => (3.0 * expected).sqrt(),
                false => 2.0 * expected.sqrt() / 0.879_625_661_034_239_8,
            };
            let largest = numbers.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
            assert!((0.995..=1.0).contains(&(largest / bound)), "{initializer:?}: {largest}");
        }
        let zeros: Vec<f32> = initialize(Initializer::Zeros, &[2, 3], &mut rng());
        assert_eq!(zeros, [0.0; 6]);
    }

    #[test]
    fn an_orthogonal_matrix_times_itself_is_one() {
        for (rows, columns) in [(1, 1), (4, 4), (7, 28), (9, 3)] {
            let matrix: Vec<f64> = orthogonal(&mut rng(), rows, columns);
            let few = rows.min(columns);
            let at = |vector: usize, i: usize| match rows <= columns {
                true => matrix[vector * columns + i],
                false => matrix[i * columns + vector],
            };
            for (a, b) in (0..few).flat_map(|a| (0..few).map(move |b| (a, b))) {
                let product: f64 = (0..rows.max(columns)).map(|i| at(a, i) * at(b, i)).sum();
                let expected = f64::from(u8::from(a == b));
                assert!((product - expected).abs() < 1e-12, "{rows}x{columns}: {product}");
            }
        }
    }
}
