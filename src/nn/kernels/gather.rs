//! `Y = gather(X) * B`: one kernel for a dense layer, a convolution and a convolution's input gradient.
//!
//! An output pixel is a sum over *segments*: runs of consecutive input floats that meet consecutive rows of the packed
//! matrix B. A dense layer has one segment, a valid convolution one per kernel row (a row's `kw * ci` floats lie side
//! by side in NHWC; with dilation, a pixel's do); at a padded border the segments are shorter, so that no work is spent
//! on padding. Pixels with
//! the same segments form a run; a register tile takes four of a run's pixels, across the images of the batch.

use std::ops::Range;

use super::{
    lanes::{F32x4, LANES},
    panel::{MR, NR, columns, interleave, load_padded, packed_len, store_columns},
    windows::Windows,
};

/// `len` floats from `x` on (relative to the pixel) meet rows `k..k + len` of B.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    x: usize,
    k: usize,
    len: usize,
}

/// `len` neighbouring output pixels with the same segments; each next one reads `Gather::step` floats further on.
#[derive(Clone, Debug)]
struct Run {
    x: usize,
    y: usize,
    len: usize,
    segments: Vec<Segment>,
}

/// Which inputs make up each output pixel of one image: planned once per shape.
#[derive(Clone, Debug)]
pub struct Gather {
    runs: Vec<Run>,
    step: usize,
    image_in: usize,
    image_out: usize,
    k: usize,
    columns: usize,
}

/// What happens to a sum before it is stored.
#[derive(Clone, Copy, Default)]
pub struct Epilogue<'a> {
    /// One value a column to start from; empty: zeros.
    pub bias: &'a [f32],
    /// Store `max(sum, 0)`.
    pub relu: bool,
}

impl Gather {
    /// A convolution: images `[height, width, in]`, B `[K, N]` as [`pack`](super::panel::pack) packs it, outputs
    /// `[rows, cols, out]`.
    pub fn forward(windows: &Windows, filters: usize) -> Self {
        let [_, width, channels] = windows.input;
        let (rows, cols) = (windows.rows(), windows.cols());
        let step = windows.strides[1] * channels;
        let runs = plan(windows.output, filters, step, |oy, ox| {
            let mut segments = Vec::new();
            for (ky, iy) in rows.taps(oy) {
                for (kx, ix) in cols.taps(ox) {
                    let next = Segment {
                        x: (iy * width + ix) * channels,
                        k: (ky * windows.size[1] + kx) * channels,
                        len: channels,
                    };
                    push_joined(&mut segments, next);
                }
            }
            segments
        });
        Self {
            runs,
            step,
            image_in: windows.input_len(),
            image_out: windows.count() * filters,
            k: windows.window_len(),
            columns: filters,
        }
    }

    /// Its input gradient: gradients `[rows, cols, out]`, B as [`pack_flipped`] makes it, outputs
    /// `[height, width, in]`.
    pub fn input_gradient(windows: &Windows, filters: usize) -> Self {
        let [height, width, channels] = windows.input;
        let ([kh, kw], columns) = (windows.size, windows.output[1]);
        let runs = plan([height, width], channels, filters, |iy, ix| {
            let mut segments = Vec::new();
            for (oy, ky) in windows.rows().outputs(iy) {
                for (ox, kx) in windows.cols().outputs(ix) {
                    // Flipped taps: the nearest output pixel on the left comes first, as it lies in memory.
                    let next = Segment {
                        x: (oy * columns + ox) * filters,
                        k: (ky * kw + kw - 1 - kx) * filters,
                        len: filters,
                    };
                    push_joined(&mut segments, next);
                }
            }
            segments
        });
        Self {
            runs,
            step: filters,
            image_in: windows.count() * filters,
            image_out: windows.input_len(),
            k: kh * kw * filters,
            columns: channels,
        }
    }

    /// Floats of the packed matrix that `apply` expects.
    pub fn packed_len(&self) -> usize {
        packed_len(self.k, self.columns)
    }

    /// `y = gather(x) * b + bias`.
    ///
    /// # Shapes
    /// `x`: whole images; `y`: as many outputs; `b`: [`Self::packed_len`] floats, packed.
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    pub fn apply(&self, x: &[f32], b: &[f32], epilogue: Epilogue, y: &mut [f32]) {
        let n = x.len() / self.image_in;
        assert_eq!((x.len(), y.len()), (n * self.image_in, n * self.image_out));
        assert_eq!(b.len(), self.packed_len());
        for (panel, b) in b.chunks_exact(self.k * NR).enumerate() {
            let (first, width) = columns(panel, self.columns);
            let start = load_padded(epilogue.bias, first);
            for run in &self.runs {
                let job = Job {
                    run,
                    x,
                    b,
                    start,
                    relu: epilogue.relu,
                    first,
                    width,
                };
                let whole = n * run.len / MR * MR;
                // SAFETY: the plan's offsets lie inside one image and one panel; all lengths were checked.
                unsafe {
                    self.tiles::<MR>(&job, 0..whole, y);
                    match n * run.len - whole {
                        1 => self.tiles::<1>(&job, whole..whole + 1, y),
                        2 => self.tiles::<2>(&job, whole..whole + 2, y),
                        3 => self.tiles::<3>(&job, whole..whole + 3, y),
                        _ => (),
                    }
                }
            }
        }
    }

    /// `R` pixels at a time times eight columns, in registers. A function of its own, so that the engine's compiler has
    /// one small loop to find registers for.
    ///
    /// # Safety
    /// The job's pixels exist in `x` and `y`, its segments' rows in the panel; there are whole groups of `R`.
    #[inline(never)]
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    unsafe fn tiles<const R: usize>(&self, job: &Job, pixels: Range<usize>, y: &mut [f32]) {
        let run = job.run;
        for pixel in pixels.step_by(R) {
            let mut place = [(pixel / run.len, pixel % run.len); R];
            for r in 1..R {
                let (image, i) = place[r - 1];
                place[r] = if i + 1 < run.len {
                    (image, i + 1)
                } else {
                    (image + 1, 0)
                };
            }
            let from = place.map(|(image, i)| image * self.image_in + run.x + i * self.step);
            let mut sums = [job.start; R];
            for s in &run.segments {
                // SAFETY: the caller's promise.
                unsafe {
                    let rows = from.map(|f| job.x.as_ptr().add(f + s.x));
                    sums = multiply_rows(rows, job.b.as_ptr().add(s.k * NR), s.len, sums);
                }
            }
            for ((image, i), row) in place.into_iter().zip(sums) {
                let at = image * self.image_out + run.y + i * self.columns + job.first;
                let row = if job.relu { row.map(F32x4::relu) } else { row };
                store_columns(row, &mut y[at..at + job.width]);
            }
        }
    }
}

/// What register tiles compute: pixels of a run, `width` columns from `first` on.
struct Job<'a> {
    run: &'a Run,
    x: &'a [f32],
    b: &'a [f32],
    start: [F32x4; 2],
    relu: bool,
    first: usize,
    width: usize,
}

/// Packs a kernel `[height, width, in, out]` for [`Gather::input_gradient`]: B `[(ky, kw - 1 - kx, out), in]`.
pub fn pack_flipped(windows: &Windows, kernel: &[f32], out: &mut [f32]) {
    let ([_, kw], channels) = (windows.size, windows.input[2]);
    let filters = kernel.len() / windows.window_len();
    let k = kernel.len() / channels;
    assert_eq!(out.len(), packed_len(k, channels));
    for (panel, out) in out.chunks_exact_mut(k * NR).enumerate() {
        let (first, width) = columns(panel, channels);
        for (tap, out) in out.chunks_exact_mut(filters * NR).enumerate() {
            let source = (tap / kw * kw + kw - 1 - tap % kw) * channels + first;
            for first in (0..NR).step_by(LANES) {
                let row = |j: usize| &kernel[(source + j) * filters..][..filters];
                let rows = std::array::from_fn(|lane| (first + lane < width).then(|| row(first + lane)));
                interleave(rows, filters, NR, &mut out[first..]);
            }
        }
    }
}

/// Runs of each output row: neighbours whose segments, relative to their own place, are equal.
fn plan(
    [height, width]: [usize; 2],
    channels: usize,
    step: usize,
    at: impl Fn(usize, usize) -> Vec<Segment>,
) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let mut segments = at(y, x);
            let base = segments.first().map_or(0, |s| s.x);
            segments.iter_mut().for_each(|s| s.x -= base);
            match runs.last_mut() {
                Some(run) if x > 0 && run.segments == segments && base == run.x + run.len * step => run.len += 1,
                _ => runs.push(Run {
                    x: base,
                    y: (y * width + x) * channels,
                    len: 1,
                    segments,
                }),
            }
        }
    }
    runs
}

/// Appends a segment, or lengthens the last one if this continues it.
fn push_joined(segments: &mut Vec<Segment>, next: Segment) {
    match segments.last_mut() {
        Some(s) if s.x + s.len == next.x && s.k + s.len == next.k => s.len += next.len,
        _ => segments.push(next),
    }
}

/// `sums[r] += rows[r][0..k] * b[0..k][0..8]`: the inner loop of every product here.
///
/// # Safety
/// `k` floats are readable at each row, `8 k` at `b`.
#[inline(always)]
pub(super) unsafe fn multiply_rows<const R: usize>(
    rows: [*const f32; R],
    b: *const f32,
    k: usize,
    mut sums: [[F32x4; 2]; R],
) -> [[F32x4; 2]; R] {
    for i in 0..k {
        // SAFETY: `i < k`.
        unsafe {
            let b = [F32x4::load(b.add(i * NR)), F32x4::load(b.add(i * NR + 4))];
            for r in 0..R {
                let a = F32x4::load_splat(rows[r].add(i));
                sums[r] = [a.mul_add(b[0], sums[r][0]), a.mul_add(b[1], sums[r][1])];
            }
        }
    }
    sums
}
