//! What a layer with weights asks of its kernels, and the fast ones.

use std::fmt::Debug;

use super::{
    aligned::Aligned,
    gather::{Epilogue, Gather, pack_flipped},
    karatsuba::Karatsuba,
    kernel_gradient::KernelGradient,
    panel::pack,
    windows::Windows,
};

/// The three passes of a convolution over any number of images: what is planned, packed and scratched is its own.
///
/// # Shapes
/// `input` and `grad_input`: `[n, height, width, in]`; `output` and `grad`: `[n, rows, cols, out]`; `weight` and
/// `grad_weight`: `[K, N]`; `bias`: `[N]`. All that is written is overwritten.
pub trait Convolution<T>: Debug + Send {
    /// Plans for those windows and so many filters.
    fn new(windows: &Windows, filters: usize) -> Self
    where
        Self: Sized;

    /// The weight is another one from now on: what was made of it is stale.
    fn weight_changed(&mut self);

    /// Makes now what is made of the weight, for the input gradient too if it is wanted.
    fn pack(&mut self, _weight: &[T], _input_gradient: bool) {}

    /// `output = input * weight + bias`, or with `relu` the larger of that and 0; what is no number stays so, to be
    /// noticed in the loss.
    fn forward(&mut self, input: &[T], weight: &[T], bias: &[T], relu: bool, output: &mut [T]);

    /// `grad_weight = windows(input)^T grad`.
    fn weight_gradient(&mut self, input: &[T], grad: &[T], grad_weight: &mut [T]);

    /// `grad_input = grad weight^T`, each row added where its window is.
    fn input_gradient(&mut self, grad: &[T], weight: &[T], grad_input: &mut [T]);
}

/// A weight in the order that a kernel reads it in, made again only after the weight has changed.
#[derive(Debug)]
pub struct Packed {
    floats: Aligned,
    len: usize,
    stale: bool,
}

impl Packed {
    /// Room for so many floats, nothing in it yet.
    pub fn new(len: usize) -> Self {
        Self {
            floats: Aligned::default(),
            len,
            stale: true,
        }
    }

    /// The weight has changed.
    pub fn invalidate(&mut self) {
        self.stale = true;
    }

    /// The packed weight; `pack` writes it if the last one is stale.
    pub fn get(&mut self, pack: impl FnOnce(&mut [f32])) -> &[f32] {
        if self.stale {
            // Memory at the first use only: a model that is read from a file may never be used.
            self.floats.resize(self.len);
            pack(&mut self.floats);
            self.stale = false;
        }
        &self.floats
    }
}

/// The fastest kernels in `f32` for that shape.
pub fn fastest(windows: &Windows, filters: usize) -> Box<dyn Convolution<f32>> {
    if Karatsuba::suits(windows, filters) {
        Box::new(Karatsuba::new(windows, filters))
    } else {
        Box::new(DirectConvolution::new(windows, filters))
    }
}

/// [`Convolution`] in `f32` for any shape, by [`Gather`] and [`KernelGradient`].
#[derive(Debug)]
pub struct DirectConvolution {
    windows: Windows,
    filters: usize,
    forward: Gather,
    backward: Gather,
    to_weight: KernelGradient,
    packed: Packed,
    packed_flipped: Packed,
    scratch: Aligned,
}

impl Convolution<f32> for DirectConvolution {
    fn new(windows: &Windows, filters: usize) -> Self {
        let forward = Gather::forward(windows, filters);
        let backward = Gather::input_gradient(windows, filters);
        Self {
            windows: *windows,
            filters,
            to_weight: KernelGradient::new(windows, filters),
            packed: Packed::new(forward.packed_len()),
            packed_flipped: Packed::new(backward.packed_len()),
            forward,
            backward,
            scratch: Aligned::default(),
        }
    }

    fn weight_changed(&mut self) {
        self.packed.invalidate();
        self.packed_flipped.invalidate();
    }

    fn pack(&mut self, weight: &[f32], input_gradient: bool) {
        self.packed.get(|out| pack(weight, self.filters, out));
        if input_gradient {
            self.packed_flipped.get(|out| pack_flipped(&self.windows, weight, out));
        }
    }

    fn forward(&mut self, input: &[f32], weight: &[f32], bias: &[f32], relu: bool, output: &mut [f32]) {
        let packed = self.packed.get(|out| pack(weight, self.filters, out));
        self.forward.apply(input, packed, Epilogue { bias, relu }, output);
    }

    fn weight_gradient(&mut self, input: &[f32], grad: &[f32], grad_weight: &mut [f32]) {
        let len = self.to_weight.scratch_len(input.len() / self.windows.input_len());
        self.scratch.resize(len.max(self.scratch.len()));
        self.to_weight.apply(input, grad, &mut self.scratch, grad_weight);
    }

    fn input_gradient(&mut self, grad: &[f32], weight: &[f32], grad_input: &mut [f32]) {
        let packed = self.packed_flipped.get(|out| pack_flipped(&self.windows, weight, out));
        self.backward.apply(grad, packed, Epilogue::default(), grad_input);
    }
}
