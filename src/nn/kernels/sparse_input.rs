//! A block's input gradient from lists, one for each position: the vectors are kernel taps, the sums are added to the
//! pixels around.

use super::{
    aligned::Aligned,
    block::BlockShape,
    lanes::{F32x4, LANES},
    panel::{copy_padded, interleave},
    sparse::{Entry, accumulate, pieces},
};

/// Plan and scratch of a block's input gradient.
#[derive(Clone, Debug)]
pub struct SparseInputGradient {
    shape: BlockShape,
    /// An image's gradient, four channels at a time: `[ci / 4][h][w][4]`.
    blocked: Aligned,
    entries: Vec<Entry>,
    /// The end of each position's list, which starts where the last one ends.
    ends: Vec<u32>,
}

impl SparseInputGradient {
    /// Plans for `shape`.
    pub fn new(shape: BlockShape) -> Self {
        Self {
            shape,
            blocked: Aligned::zeros(shape.ci.div_ceil(LANES) * shape.h * shape.w * LANES),
            entries: vec![Entry::default(); shape.image_out()],
            ends: vec![0; 4 * shape.windows()],
        }
    }

    /// Floats of the kernel as `pack_kernel` packs it.
    pub fn packed_len(&self) -> usize {
        let s = self.shape;
        s.ci.div_ceil(LANES) * s.co * s.kh * s.kw * LANES
    }

    /// Packs a kernel HWIO for [`Self::apply`]: `[ci / 4][co][kh * kw][4]`.
    pub fn pack_kernel(&self, kernel: &[f32], out: &mut [f32]) {
        let (s, taps) = (self.shape, self.shape.kh * self.shape.kw);
        assert_eq!((kernel.len(), out.len()), (s.kernel_rows() * s.co, self.packed_len()));
        for (block, out) in out.chunks_exact_mut(s.co * taps * LANES).enumerate() {
            for tap in 0..taps {
                let row = |c: usize| &kernel[(tap * s.ci + c) * s.co..][..s.co];
                let rows = std::array::from_fn(|lane| block * LANES + lane).map(|c| (c < s.ci).then(|| row(c)));
                interleave(rows, s.co, taps * LANES, &mut out[tap * LANES..]);
            }
        }
    }

    /// Overwrites `dx` with the gradient of the input, from the packed kernel, the forward pass's picks and the gradient
    /// of the pooled output.
    ///
    /// # Shapes
    /// `picks` and `g`: `[n, ph, pw, co]`; `dx`: `[n, h, w, ci]`.
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    pub fn apply(&mut self, kernel: &[f32], picks: &[u8], g: &[f32], dx: &mut [f32]) {
        let s = self.shape;
        let n = dx.len() / s.image_in();
        assert_eq!((dx.len(), kernel.len()), (n * s.image_in(), self.packed_len()));
        assert_eq!((g.len(), picks.len()), (n * s.image_out(), n * s.image_out()));
        let block_len = s.h * s.w * LANES;
        let outputs = picks.chunks_exact(s.image_out()).zip(g.chunks_exact(s.image_out()));
        for (dx, (picks, g)) in dx.chunks_exact_mut(s.image_in()).zip(outputs) {
            self.list_by_position(picks, g);
            let mut blocked = std::mem::take(&mut self.blocked);
            blocked.fill(0.0);
            let kernels = kernel.chunks_exact(s.co * s.kh * s.kw * LANES);
            for (kernel, out) in kernels.zip(blocked.chunks_exact_mut(block_len)) {
                // SAFETY: entries are kernels of the pack, positions' taps lie inside the image.
                unsafe {
                    match (s.kh, s.kw) {
                        (3, 3) => self.spread::<3, 3, 1>(kernel, 0, 0, out),
                        (kh, kw) => pieces(kh, kw).for_each(|(ky, kx, cols)| match cols {
                            1 => self.spread::<1, 1, 4>(kernel, ky, kx, out),
                            2 => self.spread::<1, 2, 4>(kernel, ky, kx, out),
                            _ => self.spread::<1, 3, 3>(kernel, ky, kx, out),
                        }),
                    }
                }
            }
            unblock(&blocked, s.ci, dx);
            self.blocked = blocked;
        }
    }

    /// A list for each position of each window of an image: which output channels picked it.
    fn list_by_position(&mut self, picks: &[u8], g: &[f32]) {
        let s = self.shape;
        let kernel_len = (s.kh * s.kw * LANES) as u32;
        let windows = picks.chunks_exact(s.co).zip(g.chunks_exact(s.co));
        let mut next = [0; 8];
        for ((picks, g), ends) in windows.zip(self.ends.chunks_exact_mut(4)) {
            // Where each list starts; the dead go behind the last one, where the next window writes over them.
            for p in 0..4 {
                next[p + 1] = next[p] + picks.iter().map(|&pick| u32::from(pick == p as u8)).sum::<u32>();
            }
            let (total, mut at) = (next[4], 0);
            for (&pick, &gradient) in picks.iter().zip(g) {
                let place = &mut next[usize::from(pick & 7)];
                self.entries[*place as usize] = Entry { at, gradient };
                *place += 1;
                at += kernel_len;
            }
            ends.copy_from_slice(&next[..4]);
            next[0] = total;
        }
    }

    /// Adds every position's list, weighted by `ROWS` kernel rows of `COLS` taps from `(ky, kx)` on, to the pixels
    /// around it.
    ///
    /// # Safety
    /// Entries lie inside `kernel`, the positions' taps inside `out`.
    #[inline(never)]
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    unsafe fn spread<const ROWS: usize, const COLS: usize, const U: usize>(
        &self,
        kernel: &[f32],
        ky: usize,
        kx: usize,
        out: &mut [f32],
    ) {
        let s = self.shape;
        let base = kernel[(ky * s.kw + kx) * LANES..].as_ptr();
        let mut start = 0;
        for (window, ends) in self.ends.chunks_exact(4).take(s.windows()).enumerate() {
            let origin = 2 * (window / s.pw()) * s.w + 2 * (window % s.pw());
            for (p, &end) in ends.iter().enumerate() {
                let list = &self.entries[start..end as usize];
                start = end as usize;
                if list.is_empty() {
                    continue;
                }
                // SAFETY: the caller's promise.
                unsafe {
                    let sums = accumulate::<ROWS, COLS, U>(list, base, s.kw * LANES);
                    let mut pixel = out.as_mut_ptr().add((origin + (p / 2 + ky) * s.w + p % 2 + kx) * LANES);
                    for row in sums {
                        for (x, sum) in row.into_iter().enumerate() {
                            let pixel = pixel.add(x * LANES);
                            (F32x4::load(pixel) + sum).store(pixel);
                        }
                        pixel = pixel.add(s.w * LANES);
                    }
                }
            }
        }
    }
}

/// From four channels at a time back to NHWC.
fn unblock(blocked: &[f32], ci: usize, out: &mut [f32]) {
    let block_len = out.len() / ci * LANES;
    for (block, blocked) in blocked.chunks_exact(block_len).enumerate() {
        let (first, width) = (block * LANES, LANES.min(ci - block * LANES));
        for (pixel, blocked) in out.chunks_exact_mut(ci).zip(blocked.chunks_exact(LANES)) {
            copy_padded(&blocked[..width], &mut pixel[first..first + width]);
        }
    }
}
