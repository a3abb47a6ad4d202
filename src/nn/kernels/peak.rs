//! How fast a core can multiply and add at all: what the kernels are measured against.

use super::lanes::{F32x4, LANES};

/// Sums that do not wait for each other: more than a core has multiply-adds under way (4 to 5 cycles, 2 at a time), and
/// with a factor and a spare fewer than the 16 registers.
const SUMS: usize = 12;

/// Floating-point operations of so many rounds.
pub const fn operations(rounds: u32) -> u64 {
    rounds as u64 * (2 * SUMS * LANES) as u64
}

/// Multiplies and adds, in registers alone; what comes out must be used, or the compiler leaves all of it out.
#[inline(never)]
#[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
pub fn multiply_adds(rounds: u32) -> f32 {
    // So small that the sums stay what they are for hours. From memory: V8 makes a constant anew at every use, which took
    // half of the time.
    let factor = std::hint::black_box(1e-12);
    // SAFETY: it is one float.
    let factor = unsafe { F32x4::load_splat(&factor) };
    let mut sums: [F32x4; SUMS] = core::array::from_fn(|i| F32x4::splat(1.0 + i as f32));
    for _ in 0..rounds {
        // Each sum takes in its neighbour's of the round before: no product is the same twice, so none can be left out.
        let first = sums[0];
        for i in 0..SUMS - 1 {
            sums[i] = factor.mul_add(sums[i + 1], sums[i]);
        }
        sums[SUMS - 1] = factor.mul_add(first, sums[SUMS - 1]);
    }
    sums.into_iter().map(F32x4::sum).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_stay_finite_and_near_where_they_began() {
        assert_eq!(operations(10), 960);
        let start = 4.0 * (1..=SUMS).sum::<usize>() as f32;
        assert!((multiply_adds(1000) / start - 1.0).abs() < 1e-3);
    }
}
