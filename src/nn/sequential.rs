//! Layers in a row.

mod watched;

use ndarray::ArrayD;
use rand::Rng;
use sha2::{Digest, Sha256};

use super::{
    Param, Scalar,
    kernels::windows::Windows,
    layers::{Flatten, Layer, MaxPooling2D, Mode, conv2d, dense},
    loss::softmax,
};
use crate::spec::{Activation, LayerSpec, LayerSummary, ModelSpec, Padding, SpecError};

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
    /// New weights: Glorot-uniform, biases 0, drawn layer by layer.
    ///
    /// # Errors
    /// As [`ModelSpec::shapes`].
    pub fn build(spec: &ModelSpec, rng: &mut impl Rng) -> Result<Self, SpecError> {
        let summary = spec.summary()?;
        let layers = build_layers(spec, &summary, rng);
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
    pub fn differentiate<R>(&mut self, images: &[T], gradient: &mut [T], loss: impl FnOnce(&[T], &mut [T]) -> R) -> R {
        self.differentiate_watched(images, gradient, loss, |_| ())
    }

    /// Numbers of all parameters.
    pub fn param_count(&self) -> usize {
        self.layers.iter().map(|layer| layer.param_count()).sum()
    }

    /// Every parameter, first layer to last, the weight before the bias.
    pub fn params(&self) -> impl Iterator<Item = &Param<T>> {
        self.layers.iter().flat_map(|layer| layer.params())
    }

    /// Every parameter, to change it.
    pub fn params_mut(&mut self) -> impl Iterator<Item = &mut Param<T>> {
        self.layers.iter_mut().flat_map(|layer| layer.params_mut())
    }

    /// A fingerprint of the weights: the first 16 hexadecimal digits of the SHA-256 of every parameter's little-endian
    /// bytes, in order.
    pub fn weights_hash(&self) -> String {
        let mut hasher = Sha256::new();
        for param in self.params() {
            hasher.update(bytemuck::cast_slice::<T, u8>(&param.value));
        }
        hasher.finalize()[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

/// The engine's layers of a model that was checked.
fn build_layers<T: Scalar>(spec: &ModelSpec, summary: &[LayerSummary], rng: &mut impl Rng) -> Vec<Box<dyn Layer<T>>> {
    let mut layers: Vec<Box<dyn Layer<T>>> = vec![];
    let mut rows = spec.layers.iter().zip(summary).peekable();
    let mut input = &spec.input_shape;
    while let Some((layer, summary)) = rows.next() {
        let (name, output) = (&summary.name, &summary.output_shape);
        match layer {
            LayerSpec::Conv2D(own) => {
                let conv = conv2d(name, windows(layer, input, output), own.filters, own.activation, rng);
                match rows.next_if(|(next, _)| are_block(layer, next)) {
                    Some((pool, summary)) => {
                        let windows = windows(pool, output, &summary.output_shape);
                        layers.extend(T::conv_and_pool(conv, MaxPooling2D::new(&summary.name, windows)));
                        input = &summary.output_shape;
                        continue;
                    }
                    None => layers.push(Box::new(conv)),
                }
            }
            LayerSpec::MaxPooling2D(_) => {
                layers.push(Box::new(MaxPooling2D::new(name, windows(layer, input, output))));
            }
            LayerSpec::Flatten => layers.push(Box::new(Flatten::new(name))),
            LayerSpec::Dense(own) => {
                layers.push(Box::new(dense(name, input[0], own.units, own.activation, rng)));
            }
            _ => unimplemented!("step 2"),
        }
        input = output;
    }
    layers
}

/// The windows of a convolution or a pool.
fn windows(layer: &LayerSpec, input: &[usize], output: &[usize]) -> Windows {
    let (size, strides, padding) = match layer {
        LayerSpec::Conv2D(l) => (l.kernel_size, l.strides, l.padding),
        LayerSpec::MaxPooling2D(l) => (l.pool_size, l.steps(), l.padding),
        _ => unreachable!("it has no windows"),
    };
    Windows::new(
        [input[0], input[1], input[2]],
        [output[0], output[1]],
        size,
        strides,
        padding,
    )
}

/// Whether [`Scalar::conv_and_pool`] takes the two.
fn are_block(conv: &LayerSpec, pool: &LayerSpec) -> bool {
    let (LayerSpec::Conv2D(conv), LayerSpec::MaxPooling2D(pool)) = (conv, pool) else {
        return false;
    };
    (conv.strides, conv.dilation_rate, conv.padding, conv.activation)
        == ([1, 1], [1, 1], Padding::Valid, Activation::Relu)
        && (pool.pool_size, pool.steps(), pool.padding) == ([2, 2], [2, 2], Padding::Valid)
}
