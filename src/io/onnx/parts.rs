//! A model under construction: its layers, and the tensors of each.

use super::{OnnxError, import::Frame, view::View};
use crate::{
    nn::Sequential,
    random::{Stream, generator},
    spec::{
        Activation, LayerSpec, ModelSpec, Shape,
        layers::{ActivationLayer, BatchNormalization, ZeroPadding2D},
    },
};

/// The layers so far.
pub struct Parts {
    input_shape: Shape,
    layers: Vec<LayerSpec>,
    /// Of every layer, as [`Sequential::tensors`] has them.
    tensors: Vec<Vec<(Shape, Vec<f32>)>>,
    shape: Shape,
}

impl Parts {
    /// No layer yet.
    pub fn new(input_shape: Shape) -> Self {
        Self {
            shape: input_shape.clone(),
            input_shape,
            layers: vec![],
            tensors: vec![],
        }
    }

    /// What the last layer gives.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whether there is none yet.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    /// Whether nothing that the layers give can be below 0: the pixels never are.
    pub fn is_never_negative(&self) -> bool {
        for layer in self.layers.iter().rev() {
            match layer {
                LayerSpec::MaxPooling2D(_)
                | LayerSpec::AveragePooling2D(_)
                | LayerSpec::ZeroPadding2D(_)
                | LayerSpec::Dropout(_) => {}
                LayerSpec::ReLU(layer) => return layer.negative_slope == 0.0,
                _ => return matches!(layer.activation(), Some(Activation::Relu | Activation::Sigmoid)),
            }
        }
        true
    }

    /// Adds a layer.
    ///
    /// # Errors
    /// Why it does not fit.
    pub fn push(&mut self, layer: impl Into<LayerSpec>, tensors: Vec<(Shape, Vec<f32>)>) -> Result<(), String> {
        let layer = layer.into();
        self.shape = layer.output_shape(&self.shape)?;
        self.layers.push(layer);
        self.tensors.push(tensors);
        Ok(())
    }

    /// Zeros around the image that the graph sees like that, and how it sees the result.
    ///
    /// # Errors
    /// Why they cannot be there.
    pub fn pad(&mut self, frame: &Frame, view: &View) -> Result<View, String> {
        let Frame {
            before,
            after,
            value,
            by,
        } = frame;
        if *value != 0.0 {
            return Err(format!("{by} adds {value} around the image; expected zeros"));
        }
        let orders: [[usize; 3]; 2] = [[2, 0, 1], [0, 1, 2]];
        let seen = |order: &&[usize; 3]| self.shape.len() == 3 && *view == View::of(&self.shape, *order);
        let order = orders.iter().find(seen);
        let order = order.ok_or_else(|| format!("{by} adds to what is no image"))?;
        let padding = [0, 1].map(|axis| [before[axis], after[axis]]);
        self.push(ZeroPadding2D { padding }, vec![])?;
        Ok(View::of(&self.shape, order))
    }

    /// A function of every number, at the end of the last layer, if that has none.
    ///
    /// # Errors
    /// Why it does not fit.
    pub fn activate(&mut self, function: Activation) -> Result<(), String> {
        let end = match self.layers.last_mut() {
            Some(LayerSpec::Conv2D(layer)) => Some(&mut layer.activation),
            Some(LayerSpec::DepthwiseConv2D(layer)) => Some(&mut layer.activation),
            Some(LayerSpec::Dense(layer)) => Some(&mut layer.activation),
            _ => None,
        };
        match end.filter(|end| **end == Activation::Linear) {
            Some(end) => *end = function,
            None => self.push(ActivationLayer { activation: function }, vec![])?,
        }
        Ok(())
    }

    /// `scale x + offset`, channel by channel: a part of the last layer where that is linear, or else, as normalizations
    /// are often written, a batch normalization.
    ///
    /// # Errors
    /// Why it does not fit.
    pub fn scale(&mut self, scale: &[f32], offset: &[f32]) -> Result<(), String> {
        let linear = self.layers.last().is_some_and(|layer| match layer {
            LayerSpec::BatchNormalization(_) => true,
            LayerSpec::Conv2D(_) | LayerSpec::DepthwiseConv2D(_) | LayerSpec::Dense(_) => {
                layer.activation() == Some(Activation::Linear)
            }
            _ => false,
        });
        if !linear {
            self.normalize(scale.len())?;
        }
        if offset.iter().any(|&offset| offset != 0.0) {
            self.add_bias(offset.len());
        }
        let Some([(_, weight), rest @ ..]) = self.tensors.last_mut().map(Vec::as_mut_slice) else {
            unreachable!("a linear layer has a weight");
        };
        for row in weight.chunks_exact_mut(scale.len()) {
            row.iter_mut().zip(scale).for_each(|(w, s)| *w *= s);
        }
        let bias = rest.first_mut().map(|(_, bias)| bias).into_iter().flatten();
        for ((b, s), o) in bias.zip(scale).zip(offset) {
            *b = *b * s + o;
        }
        Ok(())
    }

    /// The last layer has a bias from now on, 0 if it had none.
    fn add_bias(&mut self, outputs: usize) {
        let use_bias = match self.layers.last_mut() {
            Some(LayerSpec::Conv2D(layer)) => &mut layer.use_bias,
            Some(LayerSpec::DepthwiseConv2D(layer)) => &mut layer.use_bias,
            Some(LayerSpec::Dense(layer)) => &mut layer.use_bias,
            _ => return,
        };
        if !std::mem::replace(use_bias, true)
            && let Some(tensors) = self.tensors.last_mut()
        {
            tensors.push((vec![outputs], vec![0.0; outputs]));
        }
    }

    /// A batch normalization that changes nothing.
    fn normalize(&mut self, channels: usize) -> Result<(), String> {
        let layer = BatchNormalization::default();
        let variance = 1.0 - layer.epsilon;
        let values = [1.0, 0.0, 0.0, variance].map(|value| (vec![channels], vec![value; channels]));
        self.push(layer, values.into())
    }

    /// The model.
    ///
    /// # Errors
    /// When it is too large or makes no scores.
    pub fn finish(self) -> Result<Sequential, OnnxError> {
        let spec = ModelSpec {
            input_shape: self.input_shape,
            layers: self.layers,
        };
        let mut model = Sequential::build(&spec, &mut generator(0, Stream::Weights))?;
        let read = self.tensors.into_iter().flatten();
        for (param, (shape, value)) in model.tensors_mut().zip(read) {
            if param.shape != shape {
                let message = format!("{} has the shape {shape:?}, expected {:?}", param.name, param.shape);
                return Err(OnnxError::Graph(message));
            }
            param.value = value;
        }
        Ok(model)
    }
}
