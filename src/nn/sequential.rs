//! Layers in a row.

mod traced;
mod watched;

use ndarray::ArrayD;
use rand::Rng;
use sha2::{Digest, Sha256};

use super::{
    Param, Scalar,
    layers::{Draws, Layer, MaxPooling2D, Mode, Place, build, conv2d},
    loss::softmax,
};
use crate::spec::{
    Activation, LayerSpec, LayerSummary, ModelSpec, Padding, SpecError,
    layers::{Conv2D, MaxPooling2D as Pool},
};

pub use traced::Trace;
pub use watched::Done;

/// A model that was checked when it was built: after that, nothing in it can fail.
///
/// It gives logits: a softmax on the last layer belongs to the loss, and to those who show probabilities.
pub struct Sequential<T: Scalar = f32> {
    spec: ModelSpec,
    summary: Vec<LayerSummary>,
    layers: Vec<Box<dyn Layer<T>>>,
    grad_logits: Vec<T>,
}

impl<T: Scalar> Sequential<T> {
    /// New weights, drawn layer by layer.
    ///
    /// # Errors
    /// As [`ModelSpec::shapes`].
    pub fn build(spec: &ModelSpec, rng: &mut impl Rng) -> Result<Self, SpecError> {
        let summary = spec.summary()?;
        let layers = build_layers(spec, &summary, true, rng);
        Ok(Self {
            spec: spec.clone(),
            summary,
            layers,
            grad_logits: vec![],
        })
    }

    /// What it was built from.
    pub fn spec(&self) -> &ModelSpec {
        &self.spec
    }

    /// Name, output shape and parameters of every layer.
    pub fn summary(&self) -> &[LayerSummary] {
        &self.summary
    }

    /// Numbers of one input sample.
    pub fn input_len(&self) -> usize {
        self.spec.input_shape.iter().product()
    }

    /// The number of classes.
    pub fn classes(&self) -> usize {
        self.summary[self.summary.len() - 1].output_shape[0]
    }

    /// The logits of a batch.
    ///
    /// # Shapes
    /// `images`: `[batch, ...input_shape]`; the logits: `[batch, classes]`.
    pub fn forward<'a>(&'a mut self, images: &'a [T], mode: Mode) -> &'a [T] {
        self.forward_watched(images, mode, |_| ())
    }

    /// Every layer's output after its activation, for the views; probabilities where the last layer is a softmax.
    ///
    /// # Shapes
    /// `images`: `[batch, ...input_shape]`; the outputs: `[batch, ...output_shape]`.
    pub fn forward_all(&mut self, images: &[T]) -> Vec<ArrayD<T>> {
        let batch = images.len() / self.input_len();
        let mut outputs = Vec::with_capacity(self.summary.len());
        let layers = self.layers.iter_mut();
        layers.fold(images, |input, layer| layer.inspect(input, &mut outputs));
        let layers = self.summary.iter().zip(&self.spec.layers);
        let tensors = outputs.into_iter().zip(layers).map(|(mut output, (summary, spec))| {
            if spec.activation() == Some(Activation::Softmax) {
                softmax(&mut output, summary.output_shape[0]);
            }
            let shape = [&[batch][..], &summary.output_shape].concat();
            ArrayD::from_shape_vec(shape, output).expect("a layer gives what its shape says")
        });
        tensors.collect()
    }

    /// Overwrites `gradient` with that of every parameter, from that of the logits of the last [`Mode::Train`] forward
    /// pass.
    ///
    /// # Shapes
    /// `grad_logits`: `[batch, classes]`; it is overwritten. `gradient`: [`Self::param_count`] numbers, in the order of
    /// [`Self::params`].
    pub fn backward(&mut self, grad_logits: &mut [T], gradient: &mut [T]) {
        self.backward_watched(grad_logits, gradient, |_| ());
    }

    /// A forward and a backward pass: `loss` is given the logits, writes their gradient, and gives what it likes.
    /// Overwrites `gradient` as [`Self::backward`] does.
    pub fn differentiate<R>(
        &mut self,
        images: &[T],
        draws: Draws,
        gradient: &mut [T],
        loss: impl FnOnce(&[T], &mut [T]) -> R,
    ) -> R {
        self.differentiate_watched(images, draws, gradient, loss, |_| ())
    }

    /// Numbers of all parameters.
    pub fn param_count(&self) -> usize {
        self.layers.iter().map(|layer| layer.param_count()).sum()
    }

    /// Every parameter, first layer to last, in a layer the bias last.
    pub fn params(&self) -> impl Iterator<Item = &Param<T>> + Clone {
        self.layers.iter().flat_map(|layer| layer.params())
    }

    /// Every parameter, to change it.
    pub fn params_mut(&mut self) -> impl Iterator<Item = &mut Param<T>> {
        self.layers.iter_mut().flat_map(|layer| layer.params_mut())
    }

    /// All that a copy of the model needs: of every layer its parameters, then what it remembers of the data.
    pub fn tensors(&self) -> impl Iterator<Item = &Param<T>> {
        let layers = self.layers.iter();
        layers.flat_map(|layer| layer.params().iter().chain(layer.memory()))
    }

    /// [`Self::tensors`], to change them.
    pub fn tensors_mut(&mut self) -> impl Iterator<Item = &mut Param<T>> {
        self.layers.iter_mut().flat_map(|layer| {
            let (params, memory) = layer.tensors_mut();
            params.iter_mut().chain(memory)
        })
    }

    /// What the layers remember of the data, to change it.
    pub fn memory_mut(&mut self) -> impl Iterator<Item = &mut Param<T>> {
        self.layers.iter_mut().flat_map(|layer| layer.tensors_mut().1)
    }

    /// What the layers remember of the data.
    pub fn memory(&self) -> impl Iterator<Item = &Param<T>> {
        self.layers.iter().flat_map(|layer| layer.memory())
    }

    /// The step is taken: what layers saw of its batch goes into their memory.
    pub fn settle(&mut self) {
        self.layers.iter_mut().for_each(|layer| layer.settle());
    }

    /// What the parameters' penalties add to the loss.
    pub fn penalty(&self) -> f64 {
        self.params().map(Param::penalty).sum()
    }

    /// Adds the gradient of [`Self::penalty`].
    ///
    /// # Shapes
    /// `gradient`: as in [`Self::backward`].
    pub fn add_penalty_gradient(&self, mut gradient: &mut [T]) {
        for param in self.params() {
            let own = gradient.split_off_mut(..param.value.len());
            param.add_penalty_gradient(own.expect("the gradient has a number for every weight"));
        }
    }

    /// A fingerprint of the model: the first 16 hexadecimal digits of the SHA-256 of the little-endian bytes of all
    /// [`Self::tensors`], in order.
    pub fn weights_hash(&self) -> String {
        let mut hasher = Sha256::new();
        for param in self.tensors() {
            hasher.update(bytemuck::cast_slice::<T, u8>(&param.value));
        }
        hasher.finalize()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// The layers of a model that was checked, their weights drawn in order; some of them computed together, if `joined`.
fn build_layers<T: Scalar>(
    spec: &ModelSpec,
    summary: &[LayerSummary],
    joined: bool,
    rng: &mut impl Rng,
) -> Vec<Box<dyn Layer<T>>> {
    let mut layers: Vec<Box<dyn Layer<T>>> = vec![];
    let mut rows = spec.layers.iter().zip(summary).enumerate().peekable();
    let mut input = &spec.input_shape[..];
    while let Some((place, (layer, summary))) = rows.next() {
        let own = Place {
            index: place,
            name: &summary.name,
            input,
            output: &summary.output_shape,
        };
        input = &summary.output_shape;
        match (layer, rows.peek()) {
            (LayerSpec::Conv2D(conv), Some((_, (LayerSpec::MaxPooling2D(pool), pool_summary))))
                if joined && are_block(conv, pool) =>
            {
                let conv = conv2d(own.name, own.convolution(conv), conv, rng);
                let own = Place {
                    index: place + 1,
                    name: &pool_summary.name,
                    input,
                    output: &pool_summary.output_shape,
                };
                let windows = own.windows(pool.pool_size, pool.steps(), pool.padding);
                layers.extend(T::conv_and_pool(conv, MaxPooling2D::new(own.name, windows)));
                input = own.output;
                rows.next();
            }
            _ => layers.push(build(layer, own, rng)),
        }
    }
    layers
}

/// Whether [`Scalar::conv_and_pool`] takes the two.
fn are_block(conv: &Conv2D, pool: &Pool) -> bool {
    (conv.strides, conv.dilation_rate, conv.padding, conv.activation)
        == ([1, 1], [1, 1], Padding::Valid, Activation::Relu)
        && (pool.pool_size, pool.steps(), pool.padding) == ([2, 2], [2, 2], Padding::Valid)
}
