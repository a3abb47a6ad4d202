//! Conv2D (valid, stride 1) + bias + ReLU + MaxPooling2D(2) as one kernel: only what the pool keeps leaves the registers.
//!
//! The forward pass leaves the pooled output and one byte a value: which of the window's four positions was largest
//! (ties: the first, as in Keras's kernel), or 4 where ReLU left nothing. The byte is all that the backward pass needs.
//! Convolution outputs that the pool drops (an odd last row or column) are never computed.

use super::{
    aligned::Aligned,
    gather::multiply_rows,
    lanes::{F32x4, Picks},
    panel::{NR, columns, load_padded, packed_len, store_columns},
    windows::Windows,
};

/// A pick that carries no gradient: no position of the window was above zero.
pub const DEAD: u8 = 4;

/// The shape of a block for one image; every kernel takes any number of images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockShape {
    /// Input height.
    pub h: usize,
    /// Input width.
    pub w: usize,
    /// Input channels.
    pub ci: usize,
    /// Output channels.
    pub co: usize,
    /// Kernel height.
    pub kh: usize,
    /// Kernel width.
    pub kw: usize,
}

impl BlockShape {
    /// The shape of a convolution behind which a 2x2 pool comes.
    pub fn new(windows: &Windows, filters: usize) -> Self {
        let ([h, w, ci], [kh, kw]) = (windows.input, windows.size);
        Self {
            h,
            w,
            ci,
            co: filters,
            kh,
            kw,
        }
    }

    /// Rows of pool windows.
    pub fn ph(&self) -> usize {
        // Outputs of the convolution, whole pairs of them.
        (self.h + 1 - self.kh) / 2
    }

    /// Columns of pool windows.
    pub fn pw(&self) -> usize {
        (self.w + 1 - self.kw) / 2
    }

    /// Pool windows of an image.
    pub fn windows(&self) -> usize {
        self.ph() * self.pw()
    }

    /// Floats of an input image.
    pub fn image_in(&self) -> usize {
        self.h * self.w * self.ci
    }

    /// Floats (and picks) of an output image.
    pub fn image_out(&self) -> usize {
        self.windows() * self.co
    }

    /// Rows of the kernel as a matrix.
    pub fn kernel_rows(&self) -> usize {
        self.kh * self.kw * self.ci
    }

    /// Input offset of each window's first pixel, row by row.
    pub(super) fn window_origins(self) -> impl Iterator<Item = usize> {
        (0..self.ph()).flat_map(move |y| (0..self.pw()).map(move |x| (2 * y * self.w + 2 * x) * self.ci))
    }

    /// Input offset of the window's four positions.
    pub(super) fn positions(&self) -> [usize; 4] {
        let row = self.w * self.ci;
        [0, self.ci, row, row + self.ci]
    }

    /// What each of a window's four positions sees: four rows of `kh * kw * ci`.
    #[inline(always)]
    fn unfold(&self, x: &[f32], patch: &mut [f32]) {
        let (row, width) = (self.w * self.ci, self.kw * self.ci);
        for (position, patch) in self
            .positions()
            .into_iter()
            .zip(patch.chunks_exact_mut(self.kernel_rows()))
        {
            for (ky, patch) in patch.chunks_exact_mut(width).enumerate() {
                let x = &x[position + ky * row..][..width];
                match (<&mut [f32; 3]>::try_from(&mut *patch), x) {
                    // Three floats as such: a copy of unknown length is a call, which costs more than the copy.
                    (Ok(patch), &[a, b, c]) => *patch = [a, b, c],
                    _ => patch.copy_from_slice(x),
                }
            }
        }
    }

    /// Whether all pixels that a window of a one-channel image sees are zero: then its sums are the bias, and it adds
    /// nothing to the kernel's gradient. Most of a drawn digit's windows are.
    #[inline(always)]
    pub(super) fn is_blank(&self, x: &[f32]) -> bool {
        match (self.kh, self.kw) {
            (3, 3) => is_zero::<4>((0..4).map(|y| &x[y * self.w..])),
            (kh, kw) => (0..kh + 1).all(|y| x[y * self.w..][..kw + 1].iter().all(|&x| x == 0.0)),
        }
    }
}

/// A block's forward pass, window by window.
#[derive(Clone, Debug)]
pub struct DirectBlock {
    shape: BlockShape,
    /// What a window's four positions see: four rows of `K`.
    patch: Aligned,
    /// The output and picks of a window on blank paper.
    blank: (Vec<f32>, Vec<u8>),
}

impl DirectBlock {
    /// Plans for `shape`.
    pub fn new(shape: BlockShape) -> Self {
        Self {
            shape,
            patch: Aligned::zeros(4 * shape.kernel_rows()),
            blank: (vec![0.0; shape.co], vec![DEAD; shape.co]),
        }
    }

    /// Floats of the kernel as [`pack`](super::panel::pack) packs it.
    pub fn packed_len(&self) -> usize {
        packed_len(self.shape.kernel_rows(), self.shape.co)
    }

    /// The pooled output and its picks.
    ///
    /// # Shapes
    /// `x`: `[n, h, w, ci]`; `kernel`: packed; `bias`: `[co]`; `y` and `picks`: `[n, ph, pw, co]`.
    pub fn forward(&mut self, x: &[f32], kernel: &[f32], bias: &[f32], y: &mut [f32], picks: &mut [u8]) {
        let (s, patch, (blank_y, blank_picks)) = (self.shape, &mut self.patch, &mut self.blank);
        let n = x.len() / s.image_in();
        assert_eq!(
            (x.len(), kernel.len()),
            (n * s.image_in(), packed_len(s.kernel_rows(), s.co))
        );
        assert_eq!((y.len(), picks.len()), (n * s.image_out(), n * s.image_out()));
        blank_window(bias, blank_y, blank_picks);
        let outputs = y
            .chunks_exact_mut(s.image_out())
            .zip(picks.chunks_exact_mut(s.image_out()));
        for (x, (y, picks)) in x.chunks_exact(s.image_in()).zip(outputs) {
            let windows = y.chunks_exact_mut(s.co).zip(picks.chunks_exact_mut(s.co));
            for (origin, (y, picks)) in s.window_origins().zip(windows) {
                if s.ci == 1 && s.is_blank(&x[origin..]) {
                    copy_by_eight(blank_y, y);
                    copy_by_eight(blank_picks, picks);
                } else {
                    s.unfold(&x[origin..], patch);
                    window(patch, kernel, bias, y, picks);
                }
            }
        }
    }
}

/// Whether the first `W` floats of all rows are zero.
#[inline(always)]
fn is_zero<'a, const W: usize>(rows: impl Iterator<Item = &'a [f32]>) -> bool {
    // The sign's bit is shifted out.
    let mut bits = 0;
    for row in rows {
        for x in &row[..W] {
            bits |= x.to_bits() << 1;
        }
    }
    bits == 0
}

/// The unfolded window times the packed kernel, pooled.
#[inline(never)]
#[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
fn window(patch: &[f32], kernel: &[f32], bias: &[f32], y: &mut [f32], picks: &mut [u8]) {
    let k = patch.len() / 4;
    for (panel, kernel) in kernel.chunks_exact(k * NR).enumerate() {
        let (first, width) = columns(panel, y.len());
        let start = load_padded(bias, first);
        // SAFETY: `patch` holds four rows of `k`, the panel `k` of eight.
        let sums = unsafe {
            let rows = [0, 1, 2, 3].map(|p| patch.as_ptr().add(p * k));
            multiply_rows(rows, kernel.as_ptr(), k, [start; 4])
        };
        store_window(sums, &mut y[first..first + width], &mut picks[first..first + width]);
    }
}

/// The outputs of a window whose four sums are the bias.
fn blank_window(bias: &[f32], y: &mut [f32], picks: &mut [u8]) {
    for ((&b, y), pick) in bias.iter().zip(y).zip(picks) {
        (*y, *pick) = if b <= 0.0 { (0.0, DEAD) } else { (b, 0) };
    }
}

/// Copies eight at a time: a copy of a length that is known only at run time is a call, which costs more than the copy.
#[inline(always)]
fn copy_by_eight<T: Copy>(from: &[T], to: &mut [T]) {
    let ((from, from_rest), (to, to_rest)) = (from.as_chunks::<NR>(), to.as_chunks_mut::<NR>());
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    to_rest.iter_mut().zip(from_rest).for_each(|(to, from)| *to = *from);
}

/// Pools eight channels of a window's four sums and stores value and pick.
#[inline(always)]
pub(super) fn store_window(sums: [[F32x4; 2]; 4], y: &mut [f32], picks: &mut [u8]) {
    let (low, low_picks) = F32x4::relu_pick(sums.map(|s| s[0]));
    let (high, high_picks) = F32x4::relu_pick(sums.map(|s| s[1]));
    store_columns([low, high], y);
    let bytes = Picks::to_bytes(low_picks, high_picks);
    match <&mut [u8; NR]>::try_from(&mut *picks) {
        Ok(picks) => *picks = bytes,
        Err(_) => picks.copy_from_slice(&bytes[..picks.len()]),
    }
}
