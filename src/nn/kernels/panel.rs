//! The right-hand matrix of a product, packed: panels of eight columns, so that a register tile reads it in order.

use super::lanes::{F32x4, LANES};

/// Rows of a register tile. 4x8 needs 8 accumulators, 2 vectors of B and a splat of A, and fits the 16 registers.
pub const MR: usize = 4;
/// Columns of a register tile and of a panel.
pub const NR: usize = 8;

/// Floats that a packed `[k, n]` matrix takes: `[n / 8 rounded up][k][8]`.
pub const fn packed_len(k: usize, n: usize) -> usize {
    n.div_ceil(NR) * NR * k
}

/// Packs `b` `[k, n]`; missing columns become zeros.
pub fn pack(b: &[f32], n: usize, out: &mut [f32]) {
    let k = b.len() / n;
    assert_eq!(out.len(), packed_len(k, n));
    for (panel, out) in out.chunks_exact_mut(k * NR).enumerate() {
        let (first, width) = columns(panel, n);
        for (row, out) in b.chunks_exact(n).zip(out.chunks_exact_mut(NR)) {
            copy_padded(&row[first..first + width], out);
        }
    }
}

/// The first column of a panel and how many of its eight exist in `n` columns.
#[inline(always)]
pub(super) fn columns(panel: usize, n: usize) -> (usize, usize) {
    (panel * NR, NR.min(n - panel * NR))
}

/// Copies `from` to the start of `to` and fills the rest with zeros. Four and eight floats, the usual lengths, go as
/// vectors: a copy whose length is only known at run time is a call, which costs more than the copy.
#[inline(always)]
pub(super) fn copy_padded(from: &[f32], to: &mut [f32]) {
    match (from.len(), to.len()) {
        (LANES, LANES) => to[..LANES].copy_from_slice(&from[..LANES]),
        (NR, NR) => to[..NR].copy_from_slice(&from[..NR]),
        (len, _) => {
            to[..len].iter_mut().zip(from).for_each(|(to, from)| *to = *from);
            to[len..].iter_mut().for_each(|to| *to = 0.0);
        }
    }
}

/// Writes the `len` floats of four rows side by side: those of each place as one vector, `step` floats after the last one's;
/// zeros where there is no row. Packing goes along the rows of the weights, so that they are read in order.
pub(super) fn interleave(rows: [Option<&[f32]>; LANES], len: usize, step: usize, out: &mut [f32]) {
    assert!(rows.iter().flatten().all(|row| row.len() == len) && (len == 0 || out.len() >= (len - 1) * step + LANES));
    for first in (0..len).step_by(LANES) {
        let columns = F32x4::transpose(rows.map(|row| row.map_or(F32x4::zero(), |row| load_four(&row[first..]))));
        for (at, column) in (first..len).zip(columns) {
            // SAFETY: the assertion.
            unsafe { column.store(out.as_mut_ptr().add(at * step)) };
        }
    }
}

/// The first four floats, zeros beyond the end.
#[inline(always)]
fn load_four(values: &[f32]) -> F32x4 {
    let mut four = [0.0; LANES];
    match values.first_chunk::<LANES>() {
        Some(values) => four = *values,
        None => four.iter_mut().zip(values).for_each(|(to, from)| *to = *from),
    }
    // SAFETY: `four` holds four floats.
    unsafe { F32x4::load(four.as_ptr()) }
}

/// Eight columns from `at` on, zeros beyond the end.
#[inline(always)]
pub(super) fn load_padded(values: &[f32], at: usize) -> [F32x4; 2] {
    if let Some(row) = values.get(at..at + NR) {
        // SAFETY: `row` holds eight floats.
        return unsafe { [F32x4::load(row.as_ptr()), F32x4::load(row.as_ptr().add(4))] };
    }
    let mut row = [0.0; NR];
    if let Some(rest) = values.get(at..) {
        row.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    }
    // SAFETY: `row` holds eight floats.
    unsafe { [F32x4::load(row.as_ptr()), F32x4::load(row.as_ptr().add(4))] }
}

/// Writes the first `out.len()` (at most eight) columns.
#[inline(always)]
pub(super) fn store_columns(row: [F32x4; 2], out: &mut [f32]) {
    if out.len() == NR {
        // SAFETY: `out` holds eight floats.
        unsafe {
            row[0].store(out.as_mut_ptr());
            row[1].store(out.as_mut_ptr().add(4));
        }
    } else {
        let [a, b] = row.map(F32x4::to_array);
        for (out, x) in out.iter_mut().zip(a.into_iter().chain(b)) {
            *out = x;
        }
    }
}
