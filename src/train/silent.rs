//! Which units with ReLU are dead.

use serde::{Deserialize, Serialize};

use crate::{
    nn::Sequential,
    spec::{Activation, LayerSpec},
};

/// The units with ReLU that have given 0 for every image so far.
///
/// A unit is a filter of a convolution, at every position, or a unit of a dense layer. Behind a max pool it is looked
/// at where the pool picked: what the pool drops is 0 when the pick is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Silent {
    layers: Vec<Layer>,
    units: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Layer {
    /// Of the engine.
    index: usize,
    units: usize,
    silent: Vec<usize>,
}

impl Silent {
    /// All units of a model, before the first image.
    pub fn of(model: &Sequential) -> Self {
        let engine_layers = model.engine_layers().into_iter().enumerate();
        let with_relu = engine_layers.filter(|(_, layers)| {
            let mut specs = model.spec().layers[layers.clone()].iter();
            specs.any(is_relu)
        });
        let layers: Vec<_> = with_relu
            .map(|(index, layers)| {
                let shape = &model.summary()[layers.end - 1].output_shape;
                let units = shape[shape.len() - 1];
                Layer {
                    index,
                    units,
                    silent: (0..units).collect(),
                }
            })
            .collect();
        Self {
            units: layers.iter().map(|layer| layer.units).sum(),
            layers,
        }
    }

    /// Looks at the output of a layer of the engine.
    pub fn see(&mut self, index: usize, output: &[f32]) {
        let Some(layer) = self.layers.iter_mut().find(|layer| layer.index == index) else {
            return;
        };
        for row in output.chunks_exact(layer.units) {
            if layer.silent.is_empty() {
                return;
            }
            layer.silent.retain(|&unit| row[unit] <= 0.0);
        }
    }

    /// Adds what others of the same model have given for other images.
    pub fn join(&mut self, other: &Self) {
        for (layer, other) in self.layers.iter_mut().zip(&other.layers) {
            layer.silent.retain(|unit| other.silent.contains(unit));
        }
    }

    /// The share of all units that has been silent, 0 to 1; none of a model without ReLU.
    pub fn share(&self) -> Option<f32> {
        let silent: usize = self.layers.iter().map(|layer| layer.silent.len()).sum();
        (self.units > 0).then(|| silent as f32 / self.units as f32)
    }
}

/// A slope below 0 lets every unit answer.
fn is_relu(layer: &LayerSpec) -> bool {
    match layer {
        LayerSpec::ReLU(relu) => relu.negative_slope == 0.0,
        _ => layer.activation() == Some(Activation::Relu),
    }
}
