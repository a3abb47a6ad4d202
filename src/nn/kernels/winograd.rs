//! The block's forward pass for 3x3 kernels by Winograd's F(2x2, 3x3): 16 multiplications a window where 36 were.
//!
//! A tile's four outputs are a pool window's four positions, so bias, ReLU, pool and pick fuse into the output
//! transform. With `d` a 4x4 input tile and `g` a 3x3 kernel (Lavin and Gray, arXiv 1509.09308):
//! `Y = A^T [(G g G^T) * (B^T d B)] A`, where `*` is a product of matrices over channels, one for each of the 16.
//!
//! `B^T d B` is made of differences, but for one place of the 16: around a drawn digit, where all pixels are those of blank
//! paper, they are zero, and so is the product. A sixth of MNIST's rows are left out so.

use super::{
    aligned::Aligned,
    block::{BlockShape, store_window},
    gather::multiply_rows,
    lanes::{F32x4, LANES},
    panel::{MR, NR, columns, load_padded, packed_len},
};

/// Places of a transformed tile.
const POINTS: usize = 16;
/// Images whose tiles are transformed together: enough to fill register tiles of four, few enough for the cache.
const GROUP: usize = 4;

/// Plan and scratch of a block's Winograd forward pass.
#[derive(Clone, Debug)]
pub struct WinogradBlock {
    shape: BlockShape,
    /// Transformed input `[16][tiles][ci]`.
    input: Aligned,
    /// Which of an image's pixels are blank paper.
    paper: Vec<bool>,
    /// The tiles of each of the 16 that are not zero, whole register tiles of them.
    rows: Vec<Vec<u32>>,
    /// Products of one panel `[16][tiles][8]`.
    products: Aligned,
}

impl WinogradBlock {
    /// Plans for `shape`, whose kernel must be 3x3.
    pub fn new(shape: BlockShape) -> Self {
        assert_eq!((shape.kh, shape.kw), (3, 3));
        let tiles = GROUP * shape.windows();
        Self {
            shape,
            input: Aligned::zeros(POINTS * tiles * shape.ci),
            paper: vec![false; shape.h * shape.w],
            rows: vec![vec![]; POINTS],
            products: Aligned::zeros(POINTS * tiles * NR),
        }
    }

    /// Floats of the kernel as `pack_kernel` packs it.
    pub fn packed_len(&self) -> usize {
        POINTS * packed_len(self.shape.ci, self.shape.co)
    }

    /// Transforms and packs a kernel HWIO: panels of eight output channels, `[co / 8][16][ci][8]`.
    pub fn pack_kernel(&self, kernel: &[f32], out: &mut [f32]) {
        let (ci, co) = (self.shape.ci, self.shape.co);
        assert_eq!((kernel.len(), out.len()), (9 * ci * co, self.packed_len()));
        for (panel, out) in out.chunks_exact_mut(POINTS * ci * NR).enumerate() {
            let (first, _) = columns(panel, co);
            for i in 0..ci {
                let row = |t: usize| load_padded(&kernel[..(t * ci + i + 1) * co], (t * ci + i) * co + first);
                let taps: [_; 9] = std::array::from_fn(row);
                for h in 0..2 {
                    let u = kernel_tile(taps.map(|t| t[h]));
                    for (point, u) in u.into_iter().enumerate() {
                        let at = (point * ci + i) * NR + h * LANES;
                        out[at..at + LANES].copy_from_slice(&u.to_array());
                    }
                }
            }
        }
    }

    /// As [`DirectBlock::forward`](super::block::DirectBlock::forward).
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    pub fn forward(&mut self, x: &[f32], kernel: &[f32], bias: &[f32], y: &mut [f32], picks: &mut [u8]) {
        let (image_in, image_out) = (self.shape.image_in(), self.shape.image_out());
        let n = x.len() / image_in;
        assert_eq!((x.len(), kernel.len()), (n * image_in, self.packed_len()));
        assert_eq!((y.len(), picks.len()), (n * image_out, n * image_out));
        let groups = x.chunks(GROUP * image_in).zip(y.chunks_mut(GROUP * image_out));
        for ((x, y), picks) in groups.zip(picks.chunks_mut(GROUP * image_out)) {
            let tiles = x.len() / image_in * self.shape.windows();
            self.transform_input(x, tiles);
            self.list_rows(x, tiles);
            for (panel, u) in kernel.chunks_exact(POINTS * self.shape.ci * NR).enumerate() {
                self.multiply(u, tiles);
                self.transform_output(panel, tiles, bias, y, picks);
            }
        }
    }

    /// `B^T d B` of every tile and channel.
    #[inline(never)]
    fn transform_input(&mut self, x: &[f32], tiles: usize) {
        let (s, ci) = (self.shape, self.shape.ci);
        let images = x.chunks_exact(s.image_in());
        let origins = images.flat_map(|x| s.window_origins().map(move |at| &x[at..]));
        for (tile, x) in origins.enumerate() {
            let mut c = 0;
            while c + LANES <= ci {
                // SAFETY: a tile's 4x4 pixels lie inside the image, `c + 4 <= ci`.
                unsafe {
                    let d = |y: usize, x_: usize| F32x4::load(x.as_ptr().add((y * s.w + x_) * ci + c));
                    let out = self.input.as_mut_ptr().add(tile * ci + c);
                    for (p, v) in input_tile(d).into_iter().enumerate() {
                        v.store(out.add(p * tiles * ci));
                    }
                }
                c += LANES;
            }
            for c in c..ci {
                let d = |y: usize, x_: usize| F32x4::splat(x[(y * s.w + x_) * ci + c]);
                for (p, v) in input_tile(d).into_iter().enumerate() {
                    self.input[(p * tiles + tile) * ci + c] = v.to_array()[0];
                }
            }
        }
    }

    /// Lists the rows that are not known to be zero; the products of the others are, for all panels.
    #[inline(never)]
    fn list_rows(&mut self, x: &[f32], tiles: usize) {
        self.rows.iter_mut().for_each(Vec::clear);
        let mut tile = 0;
        for x in x.chunks_exact(self.shape.image_in()) {
            self.find_paper(x);
            for origin in self.shape.window_origins() {
                let at = origin / self.shape.ci;
                let mut paper = 0;
                for row in (0..4).rev() {
                    for col in (0..4).rev() {
                        paper = 2 * paper + u16::from(self.paper[at + row * self.shape.w + col]);
                    }
                }
                for (point, rows) in self.rows.iter_mut().enumerate() {
                    if point != SUM && paper & OPERANDS[point] == OPERANDS[point] {
                        self.products[(point * tiles + tile) * NR..][..NR].fill(0.0);
                    } else {
                        rows.push(tile as u32);
                    }
                }
                tile += 1;
            }
        }
        // The last four rows are whole: the last one, which comes twice then, costs less than one alone would.
        for rows in &mut self.rows {
            let last = rows.last().copied();
            rows.extend(std::iter::repeat_n(last, rows.len().next_multiple_of(MR) - rows.len()).flatten());
        }
    }

    /// Which pixels are equal to the first, in all channels: where it is blank paper, all that is.
    fn find_paper(&mut self, x: &[f32]) {
        let pixels = x.chunks_exact(self.shape.ci);
        let first = &x[..self.shape.ci];
        for (pixel, paper) in pixels.zip(&mut self.paper) {
            let bits = pixel
                .iter()
                .zip(first)
                .fold(0, |bits, (a, b)| bits | (a.to_bits() ^ b.to_bits()));
            *paper = bits == 0;
        }
    }

    /// Sixteen products `[tiles, ci] * [ci, 8]`.
    #[inline(never)]
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    fn multiply(&mut self, u: &[f32], tiles: usize) {
        let ci = self.shape.ci;
        for (point, u) in u.chunks_exact(ci * NR).enumerate() {
            let input = &self.input[point * tiles * ci..][..tiles * ci];
            let out = &mut self.products[point * tiles * NR..][..tiles * NR];
            // SAFETY: `input` and `out` hold `tiles` rows, of which the lists name some.
            unsafe { products(self.rows[point].as_chunks::<MR>().0, input, ci, u, out) };
        }
    }

    /// `A^T m A` of every tile, then bias, ReLU, pool.
    #[inline(never)]
    fn transform_output(&self, panel: usize, tiles: usize, bias: &[f32], y: &mut [f32], picks: &mut [u8]) {
        let (first, width) = columns(panel, self.shape.co);
        let bias = load_padded(bias, first);
        let outputs = y
            .chunks_exact_mut(self.shape.co)
            .zip(picks.chunks_exact_mut(self.shape.co));
        for (tile, (y, picks)) in outputs.enumerate() {
            let half = |h: usize| {
                // SAFETY: `products` holds `[16][tiles][8]`.
                let m = |p: usize| unsafe { F32x4::load(self.products.as_ptr().add((p * tiles + tile) * NR + 4 * h)) };
                output_tile(m).map(|sum| sum + bias[h])
            };
            let (low, high) = (half(0), half(1));
            let sums = std::array::from_fn(|i| [low[i], high[i]]);
            store_window(sums, &mut y[first..first + width], &mut picks[first..first + width]);
        }
    }
}

/// The one place of the 16 that is a sum of pixels, both down and across. It is in all four outputs of a tile: what is no
/// finite number shows there.
const SUM: usize = 5;
/// The four pixels of a tile that each of the 16 is made of, a bit each, row by row.
const OPERANDS: [u16; POINTS] = {
    // The two rows (or columns) that a line of `B^T` takes.
    let lines = [0b0101, 0b0110, 0b0110, 0b1010];
    let mut masks = [0; POINTS];
    let mut point = 0;
    while point < POINTS {
        let (rows, cols): (u16, u16) = (lines[point / 4], lines[point % 4]);
        let mut row = 0;
        while row < 4 {
            masks[point] |= ((rows >> row & 1) * cols) << (4 * row);
            row += 1;
        }
        point += 1;
    }
    masks
};

/// Some rows of `[tiles, ci]` times a `[ci, 8]` panel, four at a time, to the same rows of `[tiles, 8]`.
///
/// # Safety
/// `x` and `out` hold the rows, `u` holds `ci` rows of eight.
#[inline(never)]
#[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
unsafe fn products(rows: &[[u32; MR]], x: &[f32], ci: usize, u: &[f32], out: &mut [f32]) {
    for rows in rows {
        // SAFETY: the caller's promise.
        unsafe {
            let from = rows.map(|row| x.as_ptr().add(row as usize * ci));
            let sums = multiply_rows(from, u.as_ptr(), ci, [[F32x4::zero(); 2]; MR]);
            for (row, sum) in rows.iter().zip(sums) {
                let out = out.as_mut_ptr().add(*row as usize * NR);
                sum[0].store(out);
                sum[1].store(out.add(LANES));
            }
        }
    }
}

/// `G g G^T` for four output channels.
#[inline(always)]
fn kernel_tile(g: [F32x4; 9]) -> [F32x4; POINTS] {
    let half = F32x4::splat(0.5);
    let line = |a: F32x4, b: F32x4, c: F32x4| [a, (a + c + b) * half, (a + c - b) * half, c];
    let columns: [[F32x4; 4]; 3] = std::array::from_fn(|x| line(g[x], g[3 + x], g[6 + x]));
    let mut u = [F32x4::zero(); POINTS];
    for y in 0..4 {
        u[4 * y..4 * y + 4].copy_from_slice(&line(columns[0][y], columns[1][y], columns[2][y]));
    }
    u
}

/// `B^T d B` for four channels.
#[inline(always)]
fn input_tile(d: impl Fn(usize, usize) -> F32x4) -> [F32x4; POINTS] {
    let line = |a: F32x4, b: F32x4, c: F32x4, e: F32x4| [a - c, b + c, c - b, b - e];
    let columns: [[F32x4; 4]; 4] = std::array::from_fn(|x| line(d(0, x), d(1, x), d(2, x), d(3, x)));
    let mut v = [F32x4::zero(); POINTS];
    for y in 0..4 {
        let row = line(columns[0][y], columns[1][y], columns[2][y], columns[3][y]);
        v[4 * y..4 * y + 4].copy_from_slice(&row);
    }
    v
}

/// `A^T m A` for four channels: the window's positions row by row.
#[inline(always)]
fn output_tile(m: impl Fn(usize) -> F32x4) -> [F32x4; 4] {
    let line = |a: F32x4, b: F32x4, c: F32x4, e: F32x4| [a + b + c, b - c - e];
    let columns: [[F32x4; 2]; 4] = std::array::from_fn(|x| line(m(x), m(4 + x), m(8 + x), m(12 + x)));
    let row = |y: usize| line(columns[0][y], columns[1][y], columns[2][y], columns[3][y]);
    let ([a, b], [c, d]) = (row(0), row(1));
    [a, b, c, d]
}
