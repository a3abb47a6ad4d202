//! The passes through a model with somebody watching: what a profiler needs, at no cost where nobody does.

use std::ops::Range;

use super::Sequential;
use crate::{
    nn::{
        Scalar,
        layers::{Draws, InputGradient, Mode},
    },
    random::{Stream, generator},
};

/// What has just been done; the number is the engine's layer: see [`Sequential::engine_layers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// A layer's forward pass.
    Forward(usize),
    /// The loss and the gradient of the logits.
    Loss,
    /// A layer's backward pass.
    Backward(usize),
}

impl<T: Scalar> Sequential<T> {
    /// The layers of the model that each layer of the engine computes, by index.
    pub fn engine_layers(&self) -> Vec<Range<usize>> {
        let place = |name: &str| self.summary.iter().position(|layer| layer.name == name);
        let mut starts: Vec<usize> = self.layers.iter().filter_map(|layer| place(layer.name())).collect();
        starts.push(self.summary.len());
        starts.windows(2).map(|ends| ends[0]..ends[1]).collect()
    }

    /// The same model, its weights the nearest numbers of another type.
    pub fn converted<U: Scalar>(&self) -> Sequential<U> {
        let mut other =
            Sequential::build(&self.spec, &mut generator(0, Stream::Weights)).expect("it was built of this before");
        self.copy_into(&mut other);
        other
    }

    /// Gives another model of the same layers its weights, as the nearest numbers of that type.
    pub(super) fn copy_into<U: Scalar>(&self, other: &mut Sequential<U>) {
        for (to, from) in other.tensors_mut().zip(self.tensors()) {
            to.value = from.value.iter().map(|&x| U::of(x.as_f64())).collect();
        }
    }

    /// Makes now what the kernels make of the weights; otherwise the first passes after a change do.
    pub fn pack(&mut self) {
        let mut wanted = InputGradient::Unread;
        for layer in self.layers.iter_mut().skip_while(|layer| layer.params().is_empty()) {
            layer.pack(wanted);
            wanted = InputGradient::Wanted;
        }
    }

    /// As [`Sequential::forward`] for [`Mode::Predict`]; `see` is given the output of every layer of the engine.
    ///
    /// # Shapes
    /// The outputs: `[batch, ...output_shape]` of the last layer of the model in each of [`Self::engine_layers`].
    pub fn forward_seen<'a>(&'a mut self, images: &'a [T], mut see: impl FnMut(usize, &[T])) -> &'a [T] {
        let layers = self.layers.iter_mut().enumerate();
        layers.fold(images, |input, (i, layer)| {
            let output = layer.forward(input, Mode::Predict);
            see(i, output);
            output
        })
    }

    pub(super) fn forward_watched<'a>(
        &'a mut self,
        images: &'a [T],
        mode: Mode,
        mut watch: impl FnMut(Done),
    ) -> &'a [T] {
        let layers = self.layers.iter_mut().enumerate();
        layers.fold(images, |input, (i, layer)| {
            let output = layer.forward(input, mode);
            watch(Done::Forward(i));
            output
        })
    }

    pub(super) fn backward_watched(&mut self, grad_logits: &mut [T], gradient: &mut [T], mut watch: impl FnMut(Done)) {
        let Some(start) = self.layers.iter().position(|layer| !layer.params().is_empty()) else {
            return;
        };
        let (mut grad, mut gradient) = (grad_logits, gradient);
        let (first, rest) = self.layers[start..].split_first_mut().expect("it starts at a layer");
        for (i, layer) in rest.iter_mut().enumerate().rev() {
            let (before, own) = gradient.split_at_mut(gradient.len() - layer.param_count());
            let below = layer.backward(grad, InputGradient::Wanted, own);
            (grad, gradient) = (below.expect("it was asked for"), before);
            watch(Done::Backward(start + 1 + i));
        }
        first.backward(grad, InputGradient::Unread, gradient);
        watch(Done::Backward(start));
    }

    /// As [`Self::differentiate`]; `watch` is told of everything as soon as it is done.
    pub fn differentiate_watched<R>(
        &mut self,
        images: &[T],
        draws: Draws,
        gradient: &mut [T],
        loss: impl FnOnce(&[T], &mut [T]) -> R,
        mut watch: impl FnMut(Done),
    ) -> R {
        let mut grad_logits = std::mem::take(&mut self.grad_logits);
        let logits = self.forward_watched(images, Mode::Train(draws), &mut watch);
        grad_logits.resize(logits.len(), T::zero());
        let result = loss(logits, &mut grad_logits);
        watch(Done::Loss);
        self.backward_watched(&mut grad_logits, gradient, watch);
        self.grad_logits = grad_logits;
        result
    }
}
