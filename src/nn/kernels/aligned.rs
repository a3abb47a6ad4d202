//! Memory that vectors do not straddle.

use std::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable};

use super::lanes::LANES;

/// Floats of which the first lies at a multiple of 16 bytes, as a kernel's packed weights and scratch do.
///
/// WebAssembly's allocator promises 8: where a `Vec` begins between two multiples of 16, every fourth vector of it lies across
/// two cache lines, which costs 2 to 3 % of a step (`docs/performance.md`).
#[derive(Clone, Debug, Default)]
pub struct Aligned {
    vectors: Vec<Vector>,
    len: usize,
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, align(16))]
struct Vector([f32; LANES]);

impl Aligned {
    /// So many zeros.
    pub fn zeros(len: usize) -> Self {
        let mut floats = Self::default();
        floats.resize(len);
        floats
    }

    /// Makes them so many; those that are new are zeros.
    pub fn resize(&mut self, len: usize) {
        self.vectors.resize(len.div_ceil(LANES), Vector::zeroed());
        self.len = len;
    }
}

impl Deref for Aligned {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &bytemuck::cast_slice(&self.vectors)[..self.len]
    }
}

impl DerefMut for Aligned {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut bytemuck::cast_slice_mut(&mut self.vectors)[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_lie_at_multiples_of_their_size() {
        for len in [0, 1, 4, 7, 1000] {
            let floats = Aligned::zeros(len);
            assert_eq!(*floats, vec![0.0; len]);
            assert!(floats.as_ptr().addr().is_multiple_of(size_of::<Vector>()));
        }
    }

    #[test]
    fn what_was_there_stays() {
        let mut floats = Aligned::zeros(3);
        floats.copy_from_slice(&[1.0, 2.0, 3.0]);
        floats.resize(6);
        assert_eq!(*floats, [1.0, 2.0, 3.0, 0.0, 0.0, 0.0]);
        floats.resize(2);
        assert_eq!(*floats, [1.0, 2.0]);
    }
}
