//! From one number of the network back to all that it comes from: what explains an answer.

use super::{Sequential, build_layers};
use crate::{
    nn::{
        Scalar,
        layers::{InputGradient, Mode},
    },
    random::{Stream, generator},
};

/// What one image makes of a network, and what one unit's answer owes to each of its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace<T> {
    /// What the unit gives: the mean over its places, where it has several.
    pub value: T,
    /// Every layer's output, first to last; of the last, the logits.
    pub outputs: Vec<Vec<T>>,
    /// The gradient of `value` by the image, then by the output of every layer up to the unit's own.
    pub gradients: Vec<Vec<T>>,
}

impl<T: Scalar> Sequential<T> {
    /// A copy in which each layer is computed by itself: slower, but nothing between two layers is left out.
    pub fn apart<U: Scalar>(&self) -> Sequential<U> {
        let mut copy = Sequential {
            layers: build_layers(&self.spec, &self.summary, false, &mut generator(0, Stream::Weights)),
            spec: self.spec.clone(),
            summary: self.summary.clone(),
            grad_logits: vec![],
        };
        self.copy_into(&mut copy);
        copy
    }

    /// The layers before the last one with parameters: what they give is what the classes are told apart by. None are
    /// left where there is only one such layer; then that is the image.
    pub fn hidden_layers(&self) -> usize {
        let with_params = self.summary.iter().rposition(|layer| layer.params > 0);
        with_params.unwrap_or(0)
    }

    /// The output of the last of the [`Self::hidden_layers`] for every image of a batch, and the logits.
    ///
    /// # Shapes
    /// `images`: `[batch, ...input_shape]`; the features: `[batch, numbers]`, the logits `[batch, classes]`.
    pub fn features<'a>(&'a mut self, images: &'a [T]) -> (Vec<T>, &'a [T]) {
        let place = self.hidden_layers();
        let last = self.engine_layers().iter().rposition(|layers| layers.start <= place);
        let mut features = images.to_vec();
        let logits = self.forward_seen(images, |layer, output| {
            if Some(layer + 1) == last {
                features.clear();
                features.extend_from_slice(output);
            }
        });
        (features, logits)
    }

    /// One image through the network and, from a unit of a layer, all the way back; as in prediction, nothing is dropped
    /// out. A unit is a channel of an image or of a sequence, or a feature; of the last layer, a class before the
    /// softmax.
    ///
    /// # Panics
    /// When the model is not [`Self::apart`], or has no such unit.
    pub fn trace(&mut self, image: &[T], layer: usize, unit: usize) -> Trace<T> {
        assert_eq!(self.layers.len(), self.summary.len(), "layers are computed together");
        let mut outputs = Vec::with_capacity(self.layers.len());
        self.layers.iter_mut().fold(image, |input, layer| {
            let output = layer.forward(input, Mode::Explain);
            outputs.push(output.to_vec());
            output
        });
        let of_unit = self.unit(layer, unit);
        let share = T::of(1.0 / of_unit.clone().count() as f64);
        let value = of_unit
            .clone()
            .fold(T::zero(), |sum, i| sum + outputs[layer][i] * share);
        let mut grad = vec![T::zero(); outputs[layer].len()];
        of_unit.for_each(|i| grad[i] = share);
        Trace {
            value,
            outputs,
            gradients: self.back(layer, grad),
        }
    }

    /// Where a unit's numbers are in its layer's output.
    fn unit(&self, layer: usize, unit: usize) -> impl Iterator<Item = usize> + Clone + use<T> {
        let shape = &self.summary[layer].output_shape;
        let units = shape[shape.len() - 1];
        assert!(unit < units, "there is no unit {unit} of {units}");
        (unit..shape.iter().product()).step_by(units)
    }

    fn back(&mut self, layer: usize, mut grad: Vec<T>) -> Vec<Vec<T>> {
        let mut gradients = Vec::with_capacity(layer + 2);
        // Layers compute the gradients of their parameters too; nobody reads them here.
        let mut unread = vec![];
        for layer in self.layers[..=layer].iter_mut().rev() {
            gradients.push(grad.clone());
            unread.resize(layer.param_count(), T::zero());
            let below = layer.backward(&mut grad, InputGradient::Wanted, &mut unread);
            grad = below.expect("it was asked for").to_vec();
        }
        gradients.push(grad);
        gradients.reverse();
        gradients
    }
}
