//! Weights before training.

use rand::Rng;

use super::Scalar;

/// Glorot and Bengio's uniform distribution, Keras's default: between plus and minus
/// `sqrt(6 / (fan_in + fan_out))`.
///
/// Takes one `u32` a number, so that `f32` and `f64` models of one seed start alike on every machine.
pub fn glorot_uniform<T: Scalar>(rng: &mut impl Rng, count: usize, fan_in: usize, fan_out: usize) -> Vec<T> {
    let limit = (6.0 / (fan_in + fan_out) as f64).sqrt();
    // The middle of one of 2^24 equal parts: never 0, never a limit, even in distribution.
    let uniform = |bits: u32| (f64::from(bits >> 8) + 0.5) / f64::from(1 << 23) - 1.0;
    (0..count).map(|_| T::of(limit * uniform(rng.next_u32()))).collect()
}

#[cfg(test)]
mod tests {
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    use super::*;

    #[test]
    fn numbers_fill_the_interval_evenly() {
        let numbers: Vec<f64> = glorot_uniform(&mut ChaCha8Rng::seed_from_u64(1), 40_000, 10, 14);
        let limit = 0.5;
        let mean = numbers.iter().sum::<f64>() / 40_000.0;
        let variance = numbers.iter().map(|x| x * x).sum::<f64>() / 40_000.0;
        assert!(numbers.iter().all(|x| x.abs() < limit));
        assert!(mean.abs() < 0.005, "{mean}");
        assert!((variance / (limit * limit / 3.0) - 1.0).abs() < 0.02, "{variance}");
    }
}
