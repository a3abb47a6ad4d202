//! One file a layer, its forward beside its backward.

mod activation;
mod affine;
mod average_pooling2d;
mod batch_normalization;
mod build;
mod conv2d;
mod conv_block;
mod dense;
mod depthwise_conv2d;
mod dropout;
mod flatten;
mod gru;
mod layer_normalization;
mod lstm;
mod max_pooling2d;
mod recurrent;
mod simple_rnn;
mod zero_padding2d;

pub use activation::{Activated, Rectified};
pub use affine::Affine;
pub use average_pooling2d::AveragePooling2D;
pub use batch_normalization::BatchNormalization;
pub use build::{Place, build};
pub use conv_block::ConvBlock;
pub use conv2d::conv2d;
pub use dense::dense;
pub use depthwise_conv2d::DepthwiseConv2D;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use gru::GruCell;
pub use layer_normalization::LayerNormalization;
pub use lstm::LstmCell;
pub use max_pooling2d::MaxPooling2D;
pub use recurrent::{Cell, Recurrent, RecurrentSpec, State};
pub use simple_rnn::SimpleCell;
pub use zero_padding2d::ZeroPadding2D;

use rand_chacha::ChaCha8Rng;

use super::{Param, Scalar};
use crate::random::{Stream, generator};

/// What a forward pass is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode<'a> {
    /// A backward pass follows: layers keep what it needs, and drop out what they draw.
    Train(Draws<'a>),
    /// Only the output counts.
    Predict,
    /// A backward pass follows, of what [`Self::Predict`] computes: nothing is dropped out, and what layers remember of
    /// the data is used.
    Explain,
}

impl Mode<'_> {
    /// A training pass over images that are numbered as they come.
    pub const TRAIN: Self = Mode::Train(Draws {
        seed: 0,
        epoch: 0,
        images: &[],
    });

    /// Whether a backward pass follows.
    pub fn is_kept(self) -> bool {
        self != Mode::Predict
    }

    /// Whether the model learns from it.
    pub fn is_train(self) -> bool {
        matches!(self, Mode::Train(_))
    }
}

/// What a training pass draws its random numbers by: they are an image's own, whoever computes it, and beside which
/// others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Draws<'a> {
    /// Of the run.
    pub seed: u64,
    /// From 0.
    pub epoch: usize,
    /// The images of the batch, by their place in the set; where there are none, their place in the batch.
    pub images: &'a [u32],
}

impl Draws<'_> {
    /// The random numbers of a layer of the model for an image of the batch.
    fn generator(&self, layer: usize, image: usize) -> ChaCha8Rng {
        let stream = Stream::Dropout {
            layer,
            epoch: self.epoch,
            image: self.images.get(image).copied().unwrap_or(image as u32),
        };
        generator(self.seed, stream)
    }
}

/// Whether a backward pass has to go on below a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputGradient {
    /// Some layer below has parameters.
    Wanted,
    /// Nobody reads it: it is not computed.
    Unread,
}

/// One step of a network: a layer of the model, or two that are computed together. Its buffers grow to the largest batch
/// seen and are used again.
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
    /// of the last forward pass that keeps what it needs ([`Mode::is_kept`]). `grad_output` is the layer's to overwrite.
    ///
    /// # Shapes
    /// `grad_output` and the input's gradient as in [`Self::forward`]; `gradient`: the numbers of all
    /// [`Self::params`], one after the other.
    fn backward<'a>(
        &'a mut self,
        grad_output: &'a mut [T],
        wanted: InputGradient,
        gradient: &mut [T],
    ) -> Option<&'a mut [T]>;

    /// Makes now what is made of the parameters, and otherwise is by the first passes after they have changed.
    fn pack(&mut self, _: InputGradient) {}

    /// The parameters: the weights first, the bias last.
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

    /// What it remembers of the data: kept and saved with the parameters, but without a gradient.
    fn memory(&self) -> &[Param<T>] {
        &[]
    }

    /// [`Self::params_mut`], and [`Self::memory`] to change it.
    fn tensors_mut(&mut self) -> (&mut [Param<T>], &mut [Param<T>]) {
        (self.params_mut(), &mut [])
    }

    /// The step is taken: what the last [`Mode::Train`] pass saw goes into [`Self::memory`].
    fn settle(&mut self) {}
}
