//! A block's weight gradient from lists, one for each output channel: the vectors are input pixels (four channels, or,
//! for an input of one channel, four neighbouring pixels).

use super::{
    aligned::Aligned,
    block::{BlockShape, DEAD},
    lanes::{F32x4, LANES},
    panel::copy_padded,
    sparse::{Entry, accumulate, pieces},
};

/// Entries of one list that a pass over some images may make: bounds the scratch to what the cache holds.
const LIST: usize = 256;

/// A window that takes part in the kernel gradient: its first pixel in the blocked input, its output's first channel.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    at: u32,
    output: u32,
}

/// Plan and scratch of a block's weight gradient.
#[derive(Clone, Debug)]
pub struct SparseWeightGradient {
    shape: BlockShape,
    /// Images of one pass.
    group: usize,
    /// Vectors of a kernel row: its taps, or for one input channel a fourth of them.
    row: usize,
    /// Input, four channels at a time: `[ci / 4][images][h][w][4]`; for one channel as it is.
    input: Aligned,
    windows: Vec<Window>,
    /// Each channel's list, which starts at a multiple of the lists' capacity.
    entries: Vec<Entry>,
    /// Each list's length.
    lengths: Vec<u32>,
}

impl SparseWeightGradient {
    /// Plans for `shape`.
    pub fn new(shape: BlockShape) -> Self {
        let group = (LIST / shape.windows().max(1)).clamp(1, 16);
        let (pixels, blocks) = (shape.h * shape.w, shape.ci.div_ceil(LANES));
        let row = match shape.ci {
            1 => shape.kw.div_ceil(LANES),
            _ => shape.kw,
        };
        Self {
            shape,
            group,
            row,
            input: Aligned::zeros(blocks * group * pixels * LANES + LANES),
            windows: Vec::with_capacity(group * shape.windows()),
            entries: vec![Entry::default(); group * shape.image_out()],
            lengths: vec![0; shape.co],
        }
    }

    /// Overwrites `dk` and `db` with the gradients of the kernel and the bias, from the input, the forward pass's picks
    /// and the gradient of the pooled output.
    ///
    /// # Shapes
    /// `x`: `[n, h, w, ci]`; `picks` and `g`: `[n, ph, pw, co]`; `dk`: `[kh, kw, ci, co]`; `db`: `[co]`.
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    pub fn apply(&mut self, x: &[f32], picks: &[u8], g: &[f32], dk: &mut [f32], db: &mut [f32]) {
        let s = self.shape;
        let n = x.len() / s.image_in();
        assert_eq!(
            (x.len(), g.len(), picks.len()),
            (n * s.image_in(), n * s.image_out(), n * s.image_out())
        );
        assert_eq!((dk.len(), db.len()), (s.kernel_rows() * s.co, s.co));
        dk.fill(0.0);
        bias_gradient(picks, g, db);
        let outputs = picks
            .chunks(self.group * s.image_out())
            .zip(g.chunks(self.group * s.image_out()));
        for (x, (picks, g)) in x.chunks(self.group * s.image_in()).zip(outputs) {
            self.block_input(x);
            self.list_by_channel(x, picks, g);
            self.sum_lists(x.len() / s.image_in(), dk);
        }
    }

    /// Copies the images to the blocked layout.
    fn block_input(&mut self, x: &[f32]) {
        let ci = self.shape.ci;
        if ci == 1 {
            return self.input[..x.len()].copy_from_slice(x);
        }
        let block_len = x.len() / ci * LANES;
        for (block, out) in self
            .input
            .chunks_exact_mut(block_len)
            .take(ci.div_ceil(LANES))
            .enumerate()
        {
            let (first, width) = (block * LANES, LANES.min(ci - block * LANES));
            for (pixel, out) in x.chunks_exact(ci).zip(out.chunks_exact_mut(LANES)) {
                copy_padded(&pixel[first..first + width], out);
            }
        }
    }

    /// A list for each output channel: where in the blocked input its live windows start.
    fn list_by_channel(&mut self, x: &[f32], picks: &[u8], g: &[f32]) {
        let s = self.shape;
        let unit = if s.ci == 1 { 1 } else { LANES };
        self.windows.clear();
        for image in 0..x.len() / s.image_in() {
            for (window, origin) in s.window_origins().enumerate() {
                let origin = image * s.image_in() + origin;
                if s.ci > 1 || !s.is_blank(&x[origin..]) {
                    let output = (image * s.windows() + window) * s.co;
                    self.windows.push(Window {
                        at: (origin / s.ci * unit) as u32,
                        output: output as u32,
                    });
                }
            }
        }
        let [a, b, c, d] = s.positions().map(|p| (p / s.ci * unit) as u32);
        let position = [a, b, c, d, 0, 0, 0, 0];
        let whole = s.co / LANES * LANES;
        // SAFETY: the windows' outputs lie inside `picks` and `g`; a list has room for all of them.
        unsafe {
            for first in (0..whole).step_by(LANES) {
                self.list_channels::<LANES>(first, picks, g, position);
            }
            for first in whole..s.co {
                self.list_channels::<1>(first, picks, g, position);
            }
        }
    }

    /// The lists of `C` channels, whose picks and gradients lie side by side. No branch: a dead entry is written, and the
    /// next one written over it.
    ///
    /// # Safety
    /// Each window's outputs lie inside `picks` and `g`.
    #[inline(never)]
    unsafe fn list_channels<const C: usize>(&mut self, first: usize, picks: &[u8], g: &[f32], position: [u32; 8]) {
        let room = self.group * self.shape.windows();
        let lists = &mut self.entries[first * room..][..C * room];
        let mut counts = [0; C];
        for window in &self.windows {
            let output = window.output as usize + first;
            for (c, count) in counts.iter_mut().enumerate() {
                // SAFETY: the caller's promise; a list is never longer than the windows before this one.
                unsafe {
                    let (pick, gradient) = (*picks.get_unchecked(output + c), *g.get_unchecked(output + c));
                    let at = window.at + position[usize::from(pick & 7)];
                    *lists.get_unchecked_mut(c * room + *count as usize) = Entry { at, gradient };
                    *count += u32::from(pick < DEAD);
                }
            }
        }
        self.lengths[first..first + C].copy_from_slice(&counts);
    }

    /// Adds each channel's list to its kernel.
    fn sum_lists(&mut self, images: usize, dk: &mut [f32]) {
        let s = self.shape;
        let block_len = images * s.h * s.w * LANES;
        for block in 0..s.ci.div_ceil(LANES) {
            let input = &self.input[block * block_len..];
            // SAFETY: entries are window positions, whose taps lie inside the input (and its padding).
            unsafe {
                match (s.kh, self.row) {
                    (3, 3) => self.sum_rows::<3, 3, 1>(block, input, 0, 0, dk),
                    (3, 1) => self.sum_rows::<3, 1, 3>(block, input, 0, 0, dk),
                    (kh, row) => pieces(kh, row).for_each(|(ky, kx, cols)| match cols {
                        1 => self.sum_rows::<1, 1, 4>(block, input, ky, kx, dk),
                        2 => self.sum_rows::<1, 2, 4>(block, input, ky, kx, dk),
                        _ => self.sum_rows::<1, 3, 3>(block, input, ky, kx, dk),
                    }),
                }
            }
        }
    }

    /// Every channel's list against `ROWS` kernel rows of `COLS` vectors, from `(ky, kx)` on.
    ///
    /// # Safety
    /// The entries' vectors lie inside `input`.
    #[inline(never)]
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    unsafe fn sum_rows<const ROWS: usize, const COLS: usize, const U: usize>(
        &self,
        block: usize,
        input: &[f32],
        ky: usize,
        kx: usize,
        dk: &mut [f32],
    ) {
        let s = self.shape;
        let step = s.w * if s.ci == 1 { 1 } else { LANES };
        let base = input[ky * step + kx * LANES..].as_ptr();
        for (o, list) in self
            .entries
            .chunks_exact(self.group * s.windows())
            .take(s.co)
            .enumerate()
        {
            let list = &list[..self.lengths[o] as usize];
            // SAFETY: the caller's promise.
            let sums = unsafe { accumulate::<ROWS, COLS, U>(list, base, step) };
            for (y, row) in sums.into_iter().enumerate() {
                for (x, sum) in row.into_iter().enumerate() {
                    self.add_to_kernel(dk, block, ky + y, kx + x, o, sum);
                }
            }
        }
    }

    /// Adds the lanes of a vector's sum where they belong in HWIO.
    #[inline(always)]
    fn add_to_kernel(&self, dk: &mut [f32], block: usize, ky: usize, x: usize, o: usize, sum: F32x4) {
        let s = self.shape;
        // For one input channel the lanes are taps side by side, else input channels.
        let (row, lanes) = match s.ci {
            1 => (ky * s.kw + x * LANES, s.kw - x * LANES),
            ci => ((ky * s.kw + x) * ci + block * LANES, ci - block * LANES),
        };
        for (lane, x) in sum.to_array().into_iter().take(lanes).enumerate() {
            dk[(row + lane) * s.co + o] += x;
        }
    }
}

/// Overwrites `db` with the sums of the live gradients.
fn bias_gradient(picks: &[u8], g: &[f32], db: &mut [f32]) {
    db.fill(0.0);
    for (picks, g) in picks.chunks_exact(db.len()).zip(g.chunks_exact(db.len())) {
        for ((sum, &pick), &g) in db.iter_mut().zip(picks).zip(g) {
            // All ones where the pick is below DEAD: a mask, not a branch.
            let live = (i32::from(pick) - i32::from(DEAD)) >> 31;
            *sum += f32::from_bits(g.to_bits() & live as u32);
        }
    }
}
