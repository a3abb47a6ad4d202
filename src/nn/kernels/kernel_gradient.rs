//! The gradient of a convolution's kernel, or of a dense layer's weight: `dK = windows(X)^T * G`.

use super::{
    lanes::F32x4,
    panel::{MR, NR, columns, pack, packed_len, store_columns},
    windows::Windows,
};

/// Which inputs meet which gradients: planned once per shape.
#[derive(Clone, Debug)]
pub struct KernelGradient {
    blocks: Vec<Block>,
    image_in: usize,
    pixels: usize,
    columns: usize,
    k: usize,
}

/// `rows` rows of the kernel matrix from `k` on: row `i` sums input `at + i` times gradient `pixel` over the pairs.
#[derive(Clone, Debug)]
struct Block {
    k: usize,
    rows: usize,
    pairs: Vec<Pair>,
}

/// An input offset and the output pixel that it meets.
#[derive(Clone, Copy, Debug)]
struct Pair {
    at: u32,
    pixel: u32,
}

impl KernelGradient {
    /// Plans for kernels `[height, width, in, out]` of those windows.
    pub fn new(windows: &Windows, filters: usize) -> Self {
        let [kh, kw] = windows.size;
        let channels = windows.input[2];
        // Without padding every tap meets every output: a kernel row's floats are one block.
        let cols = windows.cols();
        let width = if cols.is_inside() && cols.is_dense() { kw } else { 1 };
        let blocks = (0..kh).flat_map(|ky| (0..kw).step_by(width).map(move |kx| (ky, kx)));
        let blocks = blocks.map(|(ky, kx)| Block {
            k: (ky * kw + kx) * channels,
            rows: width * channels,
            pairs: pairs(windows, ky, kx),
        });
        Self {
            blocks: blocks.collect(),
            image_in: windows.input_len(),
            pixels: windows.count(),
            columns: filters,
            k: windows.window_len(),
        }
    }

    /// Floats of scratch that `apply` takes for `n` images.
    pub fn scratch_len(&self, n: usize) -> usize {
        packed_len(n * self.pixels, self.columns)
    }

    /// Overwrites `dk` with the gradient summed over the images of `x` and `g`.
    ///
    /// # Shapes
    /// `x`: `[n, height, width, in]`; `g`: `[n, rows, cols, out]`; `scratch`: [`Self::scratch_len`] floats or more;
    /// `dk`: `[K, N]`.
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    pub fn apply(&self, x: &[f32], g: &[f32], scratch: &mut [f32], dk: &mut [f32]) {
        let n = x.len() / self.image_in;
        assert_eq!((x.len(), g.len()), (n * self.image_in, n * self.pixels * self.columns));
        assert_eq!(dk.len(), self.k * self.columns);
        let packed = &mut scratch[..self.scratch_len(n)];
        pack(g, self.columns, packed);
        for block in &self.blocks {
            let mut row = 0;
            while row < block.rows {
                let (rows, x) = (MR.min(block.rows - row), &x[row..]);
                let out = &mut dk[(block.k + row) * self.columns..];
                // SAFETY: the plan's pairs lie inside an image, with `block.rows` floats; lengths were checked.
                unsafe {
                    match rows {
                        1 => self.tiles::<1>(&block.pairs, x, packed, out),
                        2 => self.tiles::<2>(&block.pairs, x, packed, out),
                        3 => self.tiles::<3>(&block.pairs, x, packed, out),
                        _ => self.tiles::<MR>(&block.pairs, x, packed, out),
                    }
                }
                row += rows;
            }
        }
    }

    /// `R` rows of the kernel times all columns, summed over images and pairs in registers, eight columns at a time:
    /// the rows' inputs and the whole gradient stay in the nearest cache.
    ///
    /// # Safety
    /// Each pair's `R` floats lie inside its image of `x`, its pixel inside the packed gradient `g`.
    #[inline(never)]
    #[cfg_attr(relaxed_simd, target_feature(enable = "relaxed-simd"))]
    unsafe fn tiles<const R: usize>(&self, pairs: &[Pair], x: &[f32], packed: &[f32], out: &mut [f32]) {
        let panels = self.columns.div_ceil(NR);
        for (panel, g) in packed.chunks_exact(packed.len() / panels).enumerate() {
            let mut sums = [[F32x4::zero(); 2]; R];
            for (image, g) in g.chunks_exact(self.pixels * NR).enumerate() {
                for pair in pairs {
                    // SAFETY: the caller's promise.
                    unsafe {
                        let x = x.as_ptr().add(image * self.image_in + pair.at as usize);
                        let g = g.as_ptr().add(pair.pixel as usize * NR);
                        let g = [F32x4::load(g), F32x4::load(g.add(4))];
                        for (r, sum) in sums.iter_mut().enumerate() {
                            let a = F32x4::load_splat(x.add(r));
                            *sum = [a.mul_add(g[0], sum[0]), a.mul_add(g[1], sum[1])];
                        }
                    }
                }
            }
            let (first, width) = columns(panel, self.columns);
            for (row, out) in sums.into_iter().zip(out.chunks_mut(self.columns)) {
                store_columns(row, &mut out[first..first + width]);
            }
        }
    }
}

/// Where tap `(ky, kx)` lands inside the input, for each output pixel that it does.
fn pairs(windows: &Windows, ky: usize, kx: usize) -> Vec<Pair> {
    let [_, width, channels] = windows.input;
    let down = windows.rows().meetings(ky);
    let pairs = down.flat_map(|(oy, iy)| windows.cols().meetings(kx).map(move |(ox, ix)| (oy, iy, ox, ix)));
    let pairs = pairs.map(|(oy, iy, ox, ix)| Pair {
        at: ((iy * width + ix) * channels) as u32,
        pixel: (oy * windows.output[1] + ox) as u32,
    });
    pairs.collect()
}
