//! A block's backward pass. Behind a 2x2 max pool at most one position in four carries a gradient, fewer behind
//! ReLU: the gradient is kept as lists of (where, how much) and never spread out into zeros.
//!
//! Both gradients are one loop: for each entry of a list, `sum[tap] += gradient * vector[entry + tap]`, with all taps
//! of four channels in registers: one load and no store a multiply-add.

use super::lanes::{F32x4, LANES};

/// A gradient and the offset of the vectors that it scales.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Entry {
    pub at: u32,
    pub gradient: f32,
}

/// A kernel of `rows` rows of `cols` vectors in pieces of one row and up to three: `(row, column, columns)`.
pub(super) fn pieces(rows: usize, cols: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..rows).flat_map(move |y| (0..cols).step_by(3).map(move |x| (y, x, 3.min(cols - x))))
}

/// `ROWS` rows (`step` floats apart) of `COLS` vectors: each the list's sum of gradient * vector. `U` entries at a time
/// go into sums of their own, so that few vectors still make eight independent chains.
///
/// # Safety
/// The vectors of each entry are readable from `base` on.
#[inline(always)]
pub(super) unsafe fn accumulate<const ROWS: usize, const COLS: usize, const U: usize>(
    list: &[Entry],
    base: *const f32,
    step: usize,
) -> [[F32x4; COLS]; ROWS] {
    let mut sums = [[[F32x4::zero(); COLS]; ROWS]; U];
    let (groups, rest) = list.as_chunks::<U>();
    for group in groups {
        for (sums, entry) in sums.iter_mut().zip(group) {
            // SAFETY: the caller's promise.
            unsafe { add_entry(entry, base, step, sums) };
        }
    }
    for entry in rest {
        // SAFETY: the caller's promise.
        unsafe { add_entry(entry, base, step, &mut sums[0]) };
    }
    let mut total = sums[0];
    for other in &sums[1..] {
        for (total, x) in total.as_flattened_mut().iter_mut().zip(other.as_flattened()) {
            *total = *total + *x;
        }
    }
    total
}

/// # Safety
/// As `accumulate`.
#[inline(always)]
unsafe fn add_entry<const ROWS: usize, const COLS: usize>(
    entry: &Entry,
    base: *const f32,
    step: usize,
    sums: &mut [[F32x4; COLS]; ROWS],
) {
    // SAFETY: the caller's promise.
    unsafe {
        let g = F32x4::load_splat(&entry.gradient);
        let mut row = base.add(entry.at as usize);
        for sums in sums {
            for (x, sum) in sums.iter_mut().enumerate() {
                *sum = F32x4::load(row.add(x * LANES)).mul_add(g, *sum);
            }
            row = row.add(step);
        }
    }
}
