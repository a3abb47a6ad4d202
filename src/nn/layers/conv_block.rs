//! A convolution with ReLU and the 2x2 max pool behind it, as one layer: what the pool drops is never stored, and half
//! of it, in the backward pass, never computed.

use super::{Affine, InputGradient, Layer, Mode};
use crate::nn::{
    Param,
    kernels::{
        block::{BlockShape, DirectBlock},
        convolution::Packed,
        panel::pack,
        sparse_input::SparseInputGradient,
        sparse_weight::SparseWeightGradient,
        winograd::WinogradBlock,
    },
};

/// Two layers of the model in one of the engine, in `f32`.
#[derive(Debug)]
pub struct ConvBlock {
    conv: Affine<f32>,
    shape: BlockShape,
    forward: Forward,
    to_weight: SparseWeightGradient,
    to_input: SparseInputGradient,
    packed: Packed,
    packed_for_input: Packed,
    input: Vec<f32>,
    output: Vec<f32>,
    /// Which of a pool's four numbers each output is.
    picks: Vec<u8>,
    grad_input: Vec<f32>,
    /// Where a bias's gradient goes that nobody reads, since there is no bias.
    grad_no_bias: Vec<f32>,
}

#[derive(Debug)]
enum Forward {
    Direct(DirectBlock),
    Winograd(WinogradBlock),
}

impl ConvBlock {
    /// A convolution without padding, of stride 1, with ReLU, and a pool of 2x2, of stride 2, behind it.
    pub fn new(conv: Affine<f32>) -> Self {
        let filters = conv.weights().bias().len();
        let shape = BlockShape::new(conv.windows(), filters);
        let forward = Forward::new(shape);
        let to_input = SparseInputGradient::new(shape);
        Self {
            packed: Packed::new(forward.packed_len()),
            packed_for_input: Packed::new(to_input.packed_len()),
            to_weight: SparseWeightGradient::new(shape),
            conv,
            shape,
            forward,
            to_input,
            input: vec![],
            output: vec![],
            picks: vec![],
            grad_input: vec![],
            grad_no_bias: vec![0.0; filters],
        }
    }
}

impl Layer<f32> for ConvBlock {
    fn name(&self) -> &str {
        self.conv.name()
    }

    /// # Shapes
    /// `[batch, height, width, in]` to `[batch, rows / 2, cols / 2, out]`.
    fn forward<'a>(&'a mut self, input: &'a [f32], mode: Mode) -> &'a [f32] {
        let (weight, bias) = (self.conv.weights().weight(), self.conv.weights().bias());
        let len = input.len() / self.shape.image_in() * self.shape.image_out();
        self.output.resize(len, 0.0);
        self.picks.resize(len, 0);
        let (forward, (output, picks)) = (&mut self.forward, (&mut self.output, &mut self.picks));
        let packed = self.packed.get(|out| forward.pack(weight, bias.len(), out));
        match forward {
            Forward::Direct(kernel) => kernel.forward(input, packed, bias, output, picks),
            Forward::Winograd(kernel) => kernel.forward(input, packed, bias, output, picks),
        }
        if mode.is_kept() {
            self.input.clear();
            self.input.extend_from_slice(input);
        }
        &self.output
    }

    /// What the convolution gives, and what is left of it behind the pool.
    fn inspect<'a>(&'a mut self, input: &'a [f32], seen: &mut Vec<Vec<f32>>) -> &'a [f32] {
        seen.push(self.conv.forward(input, Mode::Predict).to_vec());
        let output = self.forward(input, Mode::Predict);
        seen.push(output.to_vec());
        output
    }

    fn backward<'a>(
        &'a mut self,
        grad: &'a mut [f32],
        wanted: InputGradient,
        gradient: &mut [f32],
    ) -> Option<&'a mut [f32]> {
        let weight = self.conv.weights().weight();
        let (grad_weight, mut grad_bias) = self.conv.weights().split(gradient);
        if grad_bias.is_empty() {
            grad_bias = &mut self.grad_no_bias;
        }
        self.to_weight
            .apply(&self.input, &self.picks, grad, grad_weight, grad_bias);
        if wanted == InputGradient::Unread {
            return None;
        }
        self.grad_input.resize(self.input.len(), 0.0);
        let packed = self.packed_for_input.get(|out| self.to_input.pack_kernel(weight, out));
        self.to_input.apply(packed, &self.picks, grad, &mut self.grad_input);
        Some(&mut self.grad_input)
    }

    fn pack(&mut self, wanted: InputGradient) {
        let (weight, bias) = (self.conv.weights().weight(), self.conv.weights().bias());
        self.packed.get(|out| self.forward.pack(weight, bias.len(), out));
        if wanted == InputGradient::Wanted {
            self.packed_for_input.get(|out| self.to_input.pack_kernel(weight, out));
        }
    }

    fn params(&self) -> &[Param] {
        self.conv.params()
    }

    fn params_mut(&mut self) -> &mut [Param] {
        self.packed.invalidate();
        self.packed_for_input.invalidate();
        self.conv.params_mut()
    }
}

impl Forward {
    /// Winograd's needs several channels: its products are sums over them.
    fn new(shape: BlockShape) -> Self {
        match (shape.kh, shape.kw, shape.ci) {
            (3, 3, 2..) => Self::Winograd(WinogradBlock::new(shape)),
            _ => Self::Direct(DirectBlock::new(shape)),
        }
    }

    fn packed_len(&self) -> usize {
        match self {
            Self::Direct(kernel) => kernel.packed_len(),
            Self::Winograd(kernel) => kernel.packed_len(),
        }
    }

    fn pack(&self, weight: &[f32], filters: usize, out: &mut [f32]) {
        match self {
            Self::Direct(_) => pack(weight, filters, out),
            Self::Winograd(kernel) => kernel.pack_kernel(weight, out),
        }
    }
}
