//! 3x3 convolutions whose outputs come in squares of 3x3: 36 multiplications a square where 81 were, in all three passes.
//!
//! In one direction, three outputs of a kernel `g` over five inputs `d`, weighted by `y`, are the sum of
//! `y[i] g[k] d[i + k]` over `i` and `k`. Karatsuba's way to multiply polynomials of three terms (Weimerskirch and Paar,
//! IACR 2006/224) has 6 products where 9 were: with the `sums` `S` and the `differences` `D` it is the sum of the six
//! `S y * S g * D d`. Each pass is that sum seen from one of the three:
//!
//! - forward: `y = S^T (S g * D d)`,
//! - input gradient: `dd = D^T (S g * S dy)`,
//! - weight gradient: `dg = S^T (D d * S dy)`,
//!
//! down and across, where `*` is a product of matrices over channels (or over squares), one for each of the 36 points.
//! All that `S` and `D` multiply by is 1 and -1, and the sums over channels are a ninth as long as the direct kernel's:
//! the error against f64 is about the same (`tests/kernels.rs`). Winograd's F(3x3, 3x3) has 25 products and more than twice
//! the error.

use std::ops::Range;

use super::{
    aligned::Aligned,
    convolution::{Convolution, Packed},
    gather::multiply_rows,
    lanes::{F32x4, LANES},
    panel::{MR, NR, columns, interleave, load_padded, store_columns},
    windows::Windows,
};

/// Outputs of a square, down and across, as many as a kernel has taps.
const SIDE: usize = 3;
/// Inputs that a square sees, down and across.
const SEEN: usize = SIDE + SIDE - 1;
/// Products in one direction.
const LINE: usize = 6;
/// Products of a square.
const POINTS: usize = LINE * LINE;
/// Squares that are worked on together: enough to fill register tiles of four, few enough for the cache.
const GROUP: usize = 16;
/// Floats between one point's and the next one's: a cache line, so that points a power of two apart do not all share a few
/// lines of the cache.
const GAP: usize = 16;

/// [`Convolution`] in `f32`, where [`Karatsuba::suits`].
#[derive(Debug)]
pub struct Karatsuba {
    windows: Windows,
    filters: usize,
    packed: Packed,
    packed_for_input: Packed,
    /// The kernel with channels and filters exchanged, while it is packed.
    transposed: Vec<f32>,
    /// `D d` of the input's squares.
    seen: Points,
    /// `S dy` of the gradient's squares.
    grad: Points,
    /// Products of eight columns, `[36][GROUP][8]` or `[36][4][8]`.
    products: Aligned,
}

impl Karatsuba {
    /// Whether this kernel computes such a convolution, and faster than the direct one.
    pub fn suits(windows: &Windows, filters: usize) -> bool {
        let axes = [windows.rows(), windows.cols()];
        windows.size == [SIDE; 2]
            && windows.strides == [1, 1]
            && axes.iter().all(|axis| axis.is_inside() && axis.is_dense())
            && windows.output.iter().all(|outputs| outputs.is_multiple_of(SIDE))
            && windows.input[2] >= NR
            && filters >= NR
    }

    fn channels(&self) -> usize {
        self.windows.input[2]
    }

    /// Where the squares' pixels lie in the input, and in its gradient.
    fn input_squares(&self) -> Squares {
        let [_, width, channels] = self.windows.input;
        self.squares(width, channels, self.windows.input_len())
    }

    /// Where the squares lie in the output, and in its gradient.
    fn output_squares(&self) -> Squares {
        let len = self.windows.count() * self.filters;
        self.squares(self.windows.output[1], self.filters, len)
    }

    fn squares(&self, width: usize, channels: usize, image: usize) -> Squares {
        Squares {
            grid: self.windows.output.map(|outputs| outputs / SIDE),
            width,
            channels,
            image,
        }
    }
}

impl Convolution<f32> for Karatsuba {
    fn new(windows: &Windows, filters: usize) -> Self {
        let channels = windows.input[2];
        Self {
            windows: *windows,
            filters,
            packed: Packed::new(filters.div_ceil(NR) * POINTS * point_len(channels)),
            packed_for_input: Packed::new(channels.div_ceil(NR) * POINTS * point_len(filters)),
            transposed: vec![],
            seen: Points::new(channels),
            grad: Points::new(filters),
            products: Aligned::default(),
        }
    }

    fn weight_changed(&mut self) {
        self.packed.invalidate();
        self.packed_for_input.invalidate();
    }

    fn pack(&mut self, weight: &[f32], input_gradient: bool) {
        let shape = [self.channels(), self.filters];
        self.packed.get(|out| pack(weight, shape, out));
        if input_gradient {
            self.packed_for_input
                .get(|out| pack_transposed(weight, shape, &mut self.transposed, out));
        }
    }

    fn forward(&mut self, input: &[f32], weight: &[f32], bias: &[f32], relu: bool, output: &mut [f32]) {
        let shape = [self.channels(), self.filters];
        let (from, to) = (self.input_squares(), self.output_squares());
        let packed = self.packed.get(|out| pack(weight, shape, out));
        self.products.resize(POINTS * GROUP * NR);
        for group in from.groups(input.len()) {
            self.seen.fill(&from, group.clone(), input, differences);
            for (panel, u) in packed.chunks_exact(POINTS * point_len(self.seen.channels)).enumerate() {
                self.seen.multiply(u, &mut self.products);
                add_bias(&self.products, panel, (&to, group.clone()), bias, relu, output);
            }
        }
    }

    fn weight_gradient(&mut self, input: &[f32], grad: &[f32], grad_weight: &mut [f32]) {
        let (from, to) = (self.input_squares(), self.output_squares());
        self.products.resize(POINTS * GROUP * NR);
        grad_weight.fill(0.0);
        for group in from.groups(input.len()) {
            self.seen.fill(&from, group.clone(), input, differences);
            self.grad.fill(&to, group, grad, sums);
            for first in (0..self.seen.channels).step_by(MR) {
                for panel in 0..self.filters.div_ceil(NR) {
                    outer_products(&self.seen, first, &self.grad, panel * NR, &mut self.products);
                    add_taps(
                        &self.products,
                        first,
                        panel,
                        [self.seen.channels, self.filters],
                        grad_weight,
                    );
                }
            }
        }
    }

    fn input_gradient(&mut self, grad: &[f32], weight: &[f32], grad_input: &mut [f32]) {
        let shape = [self.channels(), self.filters];
        let (from, to) = (self.output_squares(), self.input_squares());
        let packed = self
            .packed_for_input
            .get(|out| pack_transposed(weight, shape, &mut self.transposed, out));
        self.products.resize(POINTS * GROUP * NR);
        grad_input.fill(0.0);
        for group in from.groups(grad.len()) {
            self.grad.fill(&from, group.clone(), grad, sums);
            for (panel, u) in packed.chunks_exact(POINTS * point_len(self.filters)).enumerate() {
                self.grad.multiply(u, &mut self.products);
                add_seen(&self.products, panel, (&to, group.clone()), grad_input);
            }
        }
    }
}

/// Eight columns of the outputs: the products' sums, the bias, ReLU.
#[inline(never)]
fn add_bias(
    products: &[f32],
    panel: usize,
    (to, group): (&Squares, Range<usize>),
    bias: &[f32],
    relu: bool,
    output: &mut [f32],
) {
    let (first, width) = columns(panel, to.channels);
    let bias = load_padded(bias, first);
    for (row, square) in group.enumerate() {
        let origin = to.origin(square) + first;
        pixels(&products[row * NR..], GROUP * NR, sums_back, |y, x, sum| {
            let sum = [sum[0] + bias[0], sum[1] + bias[1]];
            let sum = if relu { sum.map(F32x4::relu) } else { sum };
            let at = origin + (y * to.width + x) * to.channels;
            store_columns(sum, &mut output[at..at + width]);
        });
    }
}

/// Adds eight columns to the gradients of the pixels that the squares see; neighbours see the same ones.
#[inline(never)]
fn add_seen(products: &[f32], panel: usize, (to, group): (&Squares, Range<usize>), grad_input: &mut [f32]) {
    let (first, width) = columns(panel, to.channels);
    for (row, square) in group.enumerate() {
        let origin = to.origin(square) + first;
        pixels(&products[row * NR..], GROUP * NR, differences_back, |y, x, sum| {
            let at = origin + (y * to.width + x) * to.channels;
            add_columns(sum, &mut grad_input[at..at + width]);
        });
    }
}

/// Adds eight columns to the gradients of the kernel `[3, 3, k, n]`, for four channels.
#[inline(never)]
fn add_taps(products: &[f32], channel: usize, panel: usize, [k, n]: [usize; 2], grad_weight: &mut [f32]) {
    let (first, width) = columns(panel, n);
    for row in 0..MR.min(k - channel) {
        pixels(&products[row * NR..], MR * NR, sums_back, |y, x, sum| {
            let at = ((y * SIDE + x) * k + channel + row) * n + first;
            add_columns(sum, &mut grad_weight[at..at + width]);
        });
    }
}

/// Where the squares lie in a batch `[n, height, width, channels]`: image by image, row by row.
#[derive(Clone, Copy)]
struct Squares {
    /// Squares of an image, down and across.
    grid: [usize; 2],
    /// Pixels of a row.
    width: usize,
    channels: usize,
    /// Floats of an image.
    image: usize,
}

impl Squares {
    /// All squares of so many floats, a group at a time.
    fn groups(self, len: usize) -> impl Iterator<Item = Range<usize>> {
        let count = len / self.image * self.grid[0] * self.grid[1];
        (0..count)
            .step_by(GROUP)
            .map(move |first| first..count.min(first + GROUP))
    }

    /// The first float of a square.
    fn origin(&self, square: usize) -> usize {
        let [down, across] = self.grid;
        let (image, place) = (square / (down * across), square % (down * across));
        image * self.image + (place / across * self.width + place % across) * SIDE * self.channels
    }
}

/// The 36 points of a group of squares: `[36][squares][channels]`.
#[derive(Debug)]
struct Points {
    channels: usize,
    /// From one square to the next: whole panels.
    width: usize,
    /// From one point to the next.
    step: usize,
    /// Squares of the group.
    squares: usize,
    floats: Aligned,
}

impl Points {
    fn new(channels: usize) -> Self {
        let width = channels.next_multiple_of(NR);
        Self {
            channels,
            width,
            step: GROUP * width + GAP,
            squares: 0,
            floats: Aligned::default(),
        }
    }

    /// Transforms a group of squares of `A` times `A` pixels of `x`.
    #[inline(always)]
    fn fill<const A: usize>(
        &mut self,
        place: &Squares,
        group: Range<usize>,
        x: &[f32],
        line: impl Fn([F32x4; A]) -> [F32x4; LINE],
    ) {
        self.squares = group.len();
        // At the first use only: a model that is read from a file may never be used.
        self.floats.resize(POINTS * self.step);
        let floats: &mut [f32] = &mut self.floats;
        for (square, origin) in group.map(|square| place.origin(square)).enumerate() {
            for (c, h) in (0..self.channels).step_by(NR).flat_map(|c| [(c, 0), (c, 1)]) {
                let pixel = |row: usize, col: usize| {
                    let at = origin + (row * place.width + col) * self.channels;
                    load_padded(&x[..at + self.channels], at + c)[h]
                };
                let points = nested(&line, pixel);
                let at = square * self.width + c + h * LANES;
                for (point, value) in points.as_flattened().iter().enumerate() {
                    floats[point * self.step + at..][..LANES].copy_from_slice(&value.to_array());
                }
            }
        }
    }

    /// `[squares, channels] * [channels, 8]`, one product a point.
    #[inline(never)]
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    fn multiply(&self, u: &[f32], products: &mut [f32]) {
        let points = u
            .chunks_exact(point_len(self.channels))
            .zip(self.floats.chunks_exact(self.step));
        for ((u, x), out) in points.zip(products.chunks_exact_mut(GROUP * NR)) {
            let whole = self.squares / MR * MR;
            // SAFETY: `x` and `out` hold the group's squares, `u` a row for each channel.
            unsafe {
                self.rows::<MR>(0..whole, x, u, out);
                self.rows::<1>(whole..self.squares, x, u, out);
            }
        }
    }

    /// `R` squares at a time.
    ///
    /// # Safety
    /// `x` and `out` hold the squares, of which there are whole groups of `R`; `u` a row of eight for each channel.
    #[inline(never)]
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    unsafe fn rows<const R: usize>(&self, squares: Range<usize>, x: &[f32], u: &[f32], out: &mut [f32]) {
        for first in squares.step_by(R) {
            // SAFETY: the caller's promise.
            unsafe {
                let rows = std::array::from_fn(|r| x.as_ptr().add((first + r) * self.width));
                let sums = multiply_rows::<R>(rows, u.as_ptr(), self.channels, [[F32x4::zero(); 2]; R]);
                store_rows(sums, out.as_mut_ptr().add(first * NR));
            }
        }
    }
}

/// One channel's products with eight filters, summed over the group's squares, for four channels: `[36][4][8]`.
#[inline(never)]
#[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
fn outer_products(seen: &Points, channel: usize, grad: &Points, filter: usize, products: &mut [f32]) {
    let points = seen
        .floats
        .chunks_exact(seen.step)
        .zip(grad.floats.chunks_exact(grad.step));
    for ((seen_at, grad_at), out) in points.zip(products.chunks_exact_mut(MR * NR)) {
        let mut sums = [[F32x4::zero(); 2]; MR];
        for square in 0..seen.squares {
            // SAFETY: a square holds whole panels of channels, or of filters; `out` four rows of eight.
            unsafe {
                let x = seen_at.as_ptr().add(square * seen.width + channel);
                let g = grad_at.as_ptr().add(square * grad.width + filter);
                let g = [F32x4::load(g), F32x4::load(g.add(LANES))];
                for (r, sum) in sums.iter_mut().enumerate() {
                    let x = F32x4::load_splat(x.add(r));
                    *sum = [x.mul_add(g[0], sum[0]), x.mul_add(g[1], sum[1])];
                }
            }
        }
        // SAFETY: `out` holds four rows of eight.
        unsafe { store_rows(sums, out.as_mut_ptr()) };
    }
}

/// # Safety
/// `R` rows of eight are writable at `out`.
#[inline(always)]
unsafe fn store_rows<const R: usize>(rows: [[F32x4; 2]; R], out: *mut f32) {
    for (r, row) in rows.into_iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe {
            row[0].store(out.add(r * NR));
            row[1].store(out.add(r * NR + LANES));
        }
    }
}

/// Calls `write` with row, column and eight columns of each of the `B` times `B` pixels that 36 products make, which lie
/// `step` floats apart.
#[inline(always)]
fn pixels<const B: usize>(
    products: &[f32],
    step: usize,
    line: impl Fn([F32x4; LINE]) -> [F32x4; B],
    mut write: impl FnMut(usize, usize, [F32x4; 2]),
) {
    assert!(products.len() >= (POINTS - 1) * step + NR);
    // SAFETY: the assertion.
    let load = |at: usize| unsafe { F32x4::load(products.as_ptr().add(at)) };
    let low = nested(&line, |row, col| load((row * LINE + col) * step));
    let high = nested(&line, |row, col| load((row * LINE + col) * step + LANES));
    for row in 0..B {
        for col in 0..B {
            write(row, col, [low[row][col], high[row][col]]);
        }
    }
}

/// Adds eight columns to those of `out`.
#[inline(always)]
fn add_columns(sum: [F32x4; 2], out: &mut [f32]) {
    let old = load_padded(out, 0);
    store_columns([old[0] + sum[0], old[1] + sum[1]], out);
}

/// Floats from one point of a packed panel to the next.
const fn point_len(k: usize) -> usize {
    k * NR + GAP
}

/// `S g` of a kernel `[3, 3, k, n]`, in panels of eight columns: `[n / 8][36][k][8]`, with a gap behind each point.
fn pack(kernel: &[f32], [k, n]: [usize; 2], out: &mut [f32]) {
    for (panel, out) in out.chunks_exact_mut(POINTS * point_len(k)).enumerate() {
        let (first, _) = columns(panel, n);
        for row in 0..k {
            let taps: [_; SIDE * SIDE] = std::array::from_fn(|tap| {
                let at = (tap * k + row) * n;
                load_padded(&kernel[..at + n], at + first)
            });
            for (h, half) in [taps.map(|tap| tap[0]), taps.map(|tap| tap[1])].iter().enumerate() {
                let points = nested(sums, |y, x| half[y * SIDE + x]);
                for (point, value) in points.as_flattened().iter().enumerate() {
                    let at = point * point_len(k) + row * NR + h * LANES;
                    out[at..at + LANES].copy_from_slice(&value.to_array());
                }
            }
        }
    }
}

/// The same of the kernel with its channels and filters exchanged.
fn pack_transposed(kernel: &[f32], [k, n]: [usize; 2], transposed: &mut Vec<f32>, out: &mut [f32]) {
    // Whole vectors of channels, those that do not exist are zeros.
    let width = k.next_multiple_of(LANES);
    transposed.resize(kernel.len() / k * width, 0.0);
    for (tap, out) in kernel.chunks_exact(k * n).zip(transposed.chunks_exact_mut(width * n)) {
        for first in (0..k).step_by(LANES) {
            let row = |i: usize| &tap[i * n..][..n];
            let rows = std::array::from_fn(|lane| (first + lane < k).then(|| row(first + lane)));
            interleave(rows, n, width, &mut out[first..]);
        }
    }
    pack(transposed, [n, width], out);
}

/// A transform down, then across.
#[inline(always)]
fn nested<const A: usize, const B: usize>(
    line: impl Fn([F32x4; A]) -> [F32x4; B],
    at: impl Fn(usize, usize) -> F32x4,
) -> [[F32x4; B]; B] {
    // Plain loops: the compiler calls `array::from_fn` for so many vectors.
    let mut down = [[F32x4::zero(); B]; A];
    for (col, down) in down.iter_mut().enumerate() {
        let mut pixels = [F32x4::zero(); A];
        for (row, pixel) in pixels.iter_mut().enumerate() {
            *pixel = at(row, col);
        }
        *down = line(pixels);
    }
    let mut out = [[F32x4::zero(); B]; B];
    for (row, out) in out.iter_mut().enumerate() {
        let mut across = [F32x4::zero(); A];
        for (x, down) in across.iter_mut().zip(&down) {
            *x = down[row];
        }
        *out = line(across);
    }
    out
}

/// `S`.
#[inline(always)]
fn sums([a, b, c]: [F32x4; SIDE]) -> [F32x4; LINE] {
    [a, b, c, a + b, a + c, b + c]
}

/// `S^T`.
#[inline(always)]
fn sums_back([a, b, c, ab, ac, bc]: [F32x4; LINE]) -> [F32x4; SIDE] {
    [a + ab + ac, b + ab + bc, c + ac + bc]
}

/// `D`.
#[inline(always)]
fn differences([a, b, c, d, e]: [F32x4; SEEN]) -> [F32x4; LINE] {
    [a - b - c, c - b - d, e - c - d, b, c, d]
}

/// `D^T`.
#[inline(always)]
fn differences_back([a, b, c, ab, ac, bc]: [F32x4; LINE]) -> [F32x4; SEEN] {
    [a, ab - a - b, ac - a - c + b, bc - b - c, c]
}
