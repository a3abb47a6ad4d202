//! One file a layer, its forward beside its backward.

mod affine;
mod conv2d;
mod conv_block;
mod dense;
mod flatten;
mod max_pooling2d;

pub use affine::Affine;
pub use conv_block::ConvBlock;
pub use conv2d::conv2d;
pub use dense::dense;
pub use flatten::Flatten;
pub use max_pooling2d::MaxPooling2D;

use super::{Param, Scalar};

/// What a forward pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A backward pass follows: layers keep what it needs.
    Train,
    /// Only the output counts.
    Predict,
}

/// Whether a backward pass has to go on below a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputGradient {
    /// Some layer below has parameters.
    Wanted,
    /// Nobody reads it: it is not computed.
    Unread,
}

/// One step of a network: a layer of the model, or two that are computed together. Its buffers grow to the largest batch seen and are used again.
pub trait Layer<T: Scalar>: Send {
    /// Keras's automatic name: `conv2d_1`.
    fn name(&self) -> &str;

    /// The output for a batch.
    ///
    /// # Shapes
    /// `input`: `[batch, ...input]`; the output: `[batch, ...output]`, by the shapes that the layer was made for.
    fn forward<'a>(&'a mut self, input: &'a [T], mode: Mode) -> &'a [T];

    /// As [`Self::forward`] for [`Mode::Predict`], and appends to `seen` the output of every layer of the model that
    /// this one computes.
    fn inspect<'a>(&'a mut self, input: &'a [T], seen: &mut Vec<Vec<T>>) -> &'a [T] {
        let output = self.forward(input, Mode::Predict);
        seen.push(output.to_vec());
        output
    }

    /// Overwrites `gradient` with that of the parameters and gives that of the input, from the gradient of the output
    /// of the last [`Mode::Train`] forward pass. `grad_output` is the layer's to overwrite.
    ///
    /// # Shapes
    /// `grad_output` and the input's gradient as in [`Self::forward`]; `gradient`: the numbers of the weight, then
    /// those of the bias.
    fn backward<'a>(
        &'a mut self,
        grad_output: &'a mut [T],
        wanted: InputGradient,
        gradient: &mut [T],
    ) -> Option<&'a mut [T]>;

    /// Makes now what is made of the parameters, and otherwise is by the first passes after they have changed.
    fn pack(&mut self, _: InputGradient) {}

    /// The parameters: first the weight, then the bias.
    fn params(&self) -> &[Param<T>] {
        &[]
    }

    /// How many numbers the parameters have.
    fn param_count(&self) -> usize {
        self.params().iter().map(|param| param.value.len()).sum()
    }

    /// The parameters, to change them: what was made of their values is made anew.
    fn params_mut(&mut self) -> &mut [Param<T>] {
        &mut []
    }
}
