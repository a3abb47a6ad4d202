//! Four `f32` lanes: the one place that knows the SIMD tier.
//!
//! | tier | build | `mul_add` |
//! | --- | --- | --- |
//! | relaxed | wasm32, feature `relaxed` | `f32x4.relaxed_madd`: one rounding where the CPU has FMA |
//! | simd128 | wasm32 | multiply, then add: two roundings |
//! | plain | anything else | multiply, then add, on arrays that LLVM turns into vectors |
//!
//! Nothing here carries a target feature. A kernel does: `#[cfg_attr(relaxed_simd, target_feature(enable =
//! "relaxed-simd"))]` on the function that holds the loop lets LLVM inline the instruction there. Without it every
//! `mul_add` is a call.

/// Lanes of a vector, in every tier: packed layouts depend on it.
pub const LANES: usize = 4;

#[cfg(not(target_arch = "wasm32"))]
pub use plain::{F32x4, Picks};
#[cfg(target_arch = "wasm32")]
pub use wasm::{F32x4, Picks};

impl F32x4 {
    /// All lanes zero.
    #[inline(always)]
    pub fn zero() -> Self {
        Self::splat(0.0)
    }

    /// The lanes' sum, pairwise.
    #[inline(always)]
    pub fn sum(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        (a + b) + (c + d)
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use core::arch::wasm32::*;

    /// Four lanes of `f32`.
    #[derive(Clone, Copy)]
    pub struct F32x4(v128);

    /// Per lane, which of four candidates was the largest: 0 to 3, or 4 where none was above zero.
    #[derive(Clone, Copy)]
    pub struct Picks(v128);

    impl F32x4 {
        /// `x` in every lane.
        #[inline(always)]
        pub fn splat(x: f32) -> Self {
            Self(f32x4_splat(x))
        }

        /// Lane 0 first.
        #[inline(always)]
        pub fn to_array(self) -> [f32; 4] {
            let mut out = [0.0; 4];
            // SAFETY: `out` holds four floats.
            unsafe { self.store(out.as_mut_ptr()) };
            out
        }

        /// # Safety
        /// Four floats are readable at `p`, aligned or not.
        #[inline(always)]
        pub unsafe fn load(p: *const f32) -> Self {
            Self(unsafe { v128_load(p.cast()) })
        }

        /// The float at `p` in every lane.
        ///
        /// # Safety
        /// One float is readable at `p`.
        #[inline(always)]
        pub unsafe fn load_splat(p: *const f32) -> Self {
            Self(unsafe { v128_load32_splat(p.cast()) })
        }

        /// # Safety
        /// Four floats are writable at `p`, aligned or not.
        #[inline(always)]
        pub unsafe fn store(self, p: *mut f32) {
            unsafe { v128_store(p.cast(), self.0) }
        }

        /// `self * b + c`, rounded once or twice: see the module's table.
        #[inline(always)]
        pub fn mul_add(self, b: Self, c: Self) -> Self {
            #[cfg(relaxed_simd)]
            return Self(f32x4_relaxed_madd(self.0, b.0, c.0));
            #[cfg(not(relaxed_simd))]
            return Self(f32x4_add(f32x4_mul(self.0, b.0), c.0));
        }

        /// Four rows to four columns.
        #[inline(always)]
        pub fn transpose([a, b, c, d]: [Self; 4]) -> [Self; 4] {
            let low = |a: v128, b: v128| i32x4_shuffle::<0, 4, 1, 5>(a, b);
            let high = |a: v128, b: v128| i32x4_shuffle::<2, 6, 3, 7>(a, b);
            let [ac, bd] = [low(a.0, c.0), low(b.0, d.0)];
            let [ac_right, bd_right] = [high(a.0, c.0), high(b.0, d.0)];
            [
                low(ac, bd),
                high(ac, bd),
                low(ac_right, bd_right),
                high(ac_right, bd_right),
            ]
            .map(Self)
        }

        /// `max(self, 0)` per lane; NaN stays.
        #[inline(always)]
        pub fn relu(self) -> Self {
            Self(f32x4_pmax(self.0, f32x4_splat(0.0)))
        }

        /// Correctly rounded square root per lane.
        #[inline(always)]
        pub fn sqrt(self) -> Self {
            Self(f32x4_sqrt(self.0))
        }

        /// `self` where `gate` is above zero (or NaN), else zero.
        #[inline(always)]
        pub fn keep_where_positive(self, gate: Self) -> Self {
            Self(v128_andnot(self.0, f32x4_le(gate.0, f32x4_splat(0.0))))
        }

        /// Per lane the largest of `c` (ties: the first) and which it was; zero and 4 where it is not above zero.
        #[inline(always)]
        pub fn relu_pick([a, b, c, d]: [Self; 4]) -> (Self, Picks) {
            let (right, lower_right) = (f32x4_gt(b.0, a.0), f32x4_gt(d.0, c.0));
            let (top, bottom) = (v128_bitselect(b.0, a.0, right), v128_bitselect(d.0, c.0, lower_right));
            let lower = f32x4_gt(bottom, top);
            let best = v128_bitselect(bottom, top, lower);
            // A true mask is -1: subtracting it counts one.
            let top_index = i32x4_sub(i32x4_splat(0), right);
            let bottom_index = i32x4_sub(i32x4_splat(2), lower_right);
            let index = v128_bitselect(bottom_index, top_index, lower);
            let dead = f32x4_le(best, f32x4_splat(0.0));
            (
                Self(v128_andnot(best, dead)),
                Picks(v128_bitselect(i32x4_splat(4), index, dead)),
            )
        }
    }

    impl Picks {
        /// One byte a lane, `low` first.
        #[inline(always)]
        pub fn to_bytes(low: Self, high: Self) -> [u8; 8] {
            let words = i16x8_narrow_i32x4(low.0, high.0);
            u64x2_extract_lane::<0>(u8x16_narrow_i16x8(words, words)).to_le_bytes()
        }
    }

    macro_rules! operators {
        ($($trait:ident $method:ident $instruction:ident)*) => {$(
            impl core::ops::$trait for F32x4 {
                type Output = Self;
                #[inline(always)]
                fn $method(self, b: Self) -> Self {
                    Self($instruction(self.0, b.0))
                }
            }
        )*};
    }
    operators!(Add add f32x4_add  Sub sub f32x4_sub  Mul mul f32x4_mul  Div div f32x4_div);
}

#[cfg(not(target_arch = "wasm32"))]
mod plain {
    use core::array::from_fn;

    /// Four lanes of `f32`.
    #[derive(Clone, Copy)]
    #[repr(align(16))]
    pub struct F32x4([f32; 4]);

    /// Per lane, which of four candidates was the largest: 0 to 3, or 4 where none was above zero.
    #[derive(Clone, Copy)]
    pub struct Picks([u8; 4]);

    impl F32x4 {
        /// `x` in every lane.
        #[inline(always)]
        pub fn splat(x: f32) -> Self {
            Self([x; 4])
        }

        /// Lane 0 first.
        #[inline(always)]
        pub fn to_array(self) -> [f32; 4] {
            self.0
        }

        /// # Safety
        /// Four floats are readable at `p`, aligned or not.
        #[inline(always)]
        pub unsafe fn load(p: *const f32) -> Self {
            Self(unsafe { p.cast::<[f32; 4]>().read_unaligned() })
        }

        /// The float at `p` in every lane.
        ///
        /// # Safety
        /// One float is readable at `p`.
        #[inline(always)]
        pub unsafe fn load_splat(p: *const f32) -> Self {
            Self::splat(unsafe { *p })
        }

        /// # Safety
        /// Four floats are writable at `p`, aligned or not.
        #[inline(always)]
        pub unsafe fn store(self, p: *mut f32) {
            unsafe { p.cast::<[f32; 4]>().write_unaligned(self.0) }
        }

        /// `self * b + c`, rounded twice.
        #[inline(always)]
        pub fn mul_add(self, b: Self, c: Self) -> Self {
            Self(from_fn(|i| self.0[i] * b.0[i] + c.0[i]))
        }

        /// Four rows to four columns.
        #[inline(always)]
        pub fn transpose(rows: [Self; 4]) -> [Self; 4] {
            from_fn(|column| Self(rows.map(|row| row.0[column])))
        }

        /// `max(self, 0)` per lane; NaN stays.
        #[inline(always)]
        pub fn relu(self) -> Self {
            self.keep_where_positive(self)
        }

        /// Correctly rounded square root per lane.
        #[inline(always)]
        pub fn sqrt(self) -> Self {
            Self(self.0.map(f32::sqrt))
        }

        /// `self` where `gate` is above zero (or NaN), else zero.
        #[inline(always)]
        pub fn keep_where_positive(self, gate: Self) -> Self {
            Self(from_fn(|i| if gate.0[i] <= 0.0 { 0.0 } else { self.0[i] }))
        }

        /// Per lane the largest of `c` (ties: the first) and which it was; zero and 4 where it is not above zero.
        #[inline(always)]
        pub fn relu_pick(c: [Self; 4]) -> (Self, Picks) {
            let (mut best, mut index) = (c[0].0, [0; 4]);
            for (k, candidate) in c.iter().enumerate().skip(1) {
                for i in 0..4 {
                    if candidate.0[i] > best[i] {
                        (best[i], index[i]) = (candidate.0[i], k as u8);
                    }
                }
            }
            let dead = best.map(|x| x <= 0.0);
            (
                Self(from_fn(|i| if dead[i] { 0.0 } else { best[i] })),
                Picks(from_fn(|i| if dead[i] { 4 } else { index[i] })),
            )
        }
    }

    impl Picks {
        /// One byte a lane, `low` first.
        #[inline(always)]
        pub fn to_bytes(low: Self, high: Self) -> [u8; 8] {
            from_fn(|i| if i < 4 { low.0[i] } else { high.0[i - 4] })
        }
    }

    macro_rules! operators {
        ($($trait:ident $method:ident)*) => {$(
            impl core::ops::$trait for F32x4 {
                type Output = Self;
                #[inline(always)]
                fn $method(self, b: Self) -> Self {
                    Self(from_fn(|i| core::ops::$trait::$method(self.0[i], b.0[i])))
                }
            }
        )*};
    }
    operators!(Add add  Sub sub  Mul mul  Div div);
}
