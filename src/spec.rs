//! What to build and how to train it, as plain data: Keras's names, Keras's defaults.
//!
//! Everything here is checked before it is used: [`ModelSpec::shapes`] and [`TrainConfig::validate`] are the border,
//! and the page calls them as the user edits.

mod arguments;
mod augmentation;
mod change;
mod choices;
mod clipping;
mod cost;
mod data;
pub mod layers;
mod optimizer;
mod presets;
mod schedule;
mod stopping;
mod summary;
mod text;
mod training;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use arguments::{Argument, ArgumentKind, MAX_BOUND};
pub use augmentation::Augmentation;
pub use change::{Change, LiveChange};
pub use choices::{Activation, Initializer, Padding};
pub use clipping::Clipping;
pub use data::{ClassSet, DataRecipe, DataSource, MAX_CLASSES};
pub use layers::LayerSpec;
pub use optimizer::OptimizerSpec;
pub use presets::{Measured, Preset};
pub use schedule::{Decay, Schedule};
pub use stopping::{EarlyStopping, Monitor};
pub use summary::{LayerSummary, summary_table};
pub use text::{parse_layers, print_layers};
pub use training::{ConfigError, TrainConfig};

/// The shape of one sample, without the batch dimension: `[height, width, channels]` or `[features]`.
pub type Shape = Vec<usize>;

/// The most layers of a model.
const MAX_LAYERS: usize = 64;

/// The most numbers one layer may give for one sample; larger models do not fit a tab.
const MAX_LAYER_SIZE: usize = 1 << 20;

/// The most parameters a model may have.
const MAX_PARAMS: usize = 16_000_000;

/// The most bytes that a model's file may have: a little more than the largest model's weights take.
pub const MAX_MODEL_BYTES: usize = 80_000_000;

/// A shape as people write it: `28x28x1`.
pub fn show_shape(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}

/// The numbers of a sample of that shape, if they are not too many.
fn size(shape: &[usize]) -> Option<usize> {
    let size = shape.iter().try_fold(1usize, |size, &n| size.checked_mul(n))?;
    (1..=MAX_LAYER_SIZE).contains(&size).then_some(size)
}

/// A sequential model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// The shape of one input sample: `[28, 28, 1]`.
    pub input_shape: Shape,
    /// The layers, first to last. The last gives the class scores.
    pub layers: Vec<LayerSpec>,
}

/// A model as checkpoints of the first version have it.
#[derive(Deserialize)]
pub(crate) struct FirstModelSpec {
    input_shape: Shape,
    layers: Vec<layers::FirstLayerSpec>,
}

impl From<FirstModelSpec> for ModelSpec {
    fn from(first: FirstModelSpec) -> Self {
        Self {
            input_shape: first.input_shape,
            layers: first.layers.into_iter().map(LayerSpec::from).collect(),
        }
    }
}

/// Why a model cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpecError {
    /// A layer does not fit what comes before it.
    #[error("layer {number} ({kind}): {reason}")]
    Layer {
        /// Counted from 1, as on the page.
        number: usize,
        /// Keras's class name.
        kind: &'static str,
        /// What it expected and what it got.
        reason: String,
    },
    /// The model as a whole cannot be used.
    #[error("{0}")]
    Model(String),
}

impl ModelSpec {
    /// The seed recipe: 93,322 parameters, test accuracy 0.9904 after 5 epochs in Keras.
    pub fn keras_recipe() -> Self {
        use Activation::{Relu, Softmax};
        Self {
            input_shape: vec![28, 28, 1],
            layers: vec![
                LayerSpec::conv2d(32, 3, Relu),
                LayerSpec::max_pooling2d(2),
                LayerSpec::conv2d(64, 3, Relu),
                LayerSpec::max_pooling2d(2),
                LayerSpec::conv2d(64, 3, Relu),
                LayerSpec::Flatten,
                LayerSpec::dense(64, Relu),
                LayerSpec::dense(10, Softmax),
            ],
        }
    }

    /// The shape of every layer's output, first to last.
    ///
    /// # Errors
    /// Names the first layer that does not fit, what it expected and what it got.
    pub fn shapes(&self) -> Result<Vec<Shape>, SpecError> {
        let mut shapes = Vec::with_capacity(self.layers.len());
        self.trace(&mut shapes)?;
        Ok(shapes)
    }

    /// As [`Self::shapes`]: adds those of the layers before the first that does not fit.
    fn trace(&self, shapes: &mut Vec<Shape>) -> Result<(), SpecError> {
        if !matches!(self.input_shape.len(), 1..=3) || size(&self.input_shape).is_none() {
            let shape = show_shape(&self.input_shape);
            return Err(SpecError::Model(format!("images of {shape} cannot be used")));
        }
        let count = self.layers.len();
        if count > MAX_LAYERS {
            return Err(SpecError::Model(format!(
                "{count} layers; at most {MAX_LAYERS} fit a tab"
            )));
        }
        let mut params = 0usize;
        for (i, layer) in self.layers.iter().enumerate() {
            let err = |reason| SpecError::Layer {
                number: i + 1,
                kind: layer.kind(),
                reason,
            };
            let input = shapes.last().unwrap_or(&self.input_shape);
            let output = layer.output_shape(input).map_err(err)?;
            if size(&output).is_none() {
                return Err(err(format!("its output of {} is too large", show_shape(&output))));
            }
            if layer.activation() == Some(Activation::Softmax) && i + 1 < self.layers.len() {
                return Err(err("softmax is for the last layer only".into()));
            }
            let [trainable, non_trainable] = layer.param_counts(input);
            params = params.saturating_add(trainable).saturating_add(non_trainable);
            shapes.push(output);
        }
        match shapes.last().map(Vec::as_slice) {
            Some([(2..)]) if params <= MAX_PARAMS => Ok(()),
            Some([(2..)]) => Err(SpecError::Model(format!(
                "{params} parameters; at most {MAX_PARAMS} fit a tab"
            ))),
            Some(shape) => Err(SpecError::Model(format!(
                "the last layer must give at least two class scores, it gives {}",
                show_shape(shape)
            ))),
            None => Err(SpecError::Model("the model has no layer".into())),
        }
    }

    /// The numbers of parameters of every layer: those that training changes, and the others.
    ///
    /// # Errors
    /// As [`Self::shapes`].
    pub fn param_counts(&self) -> Result<Vec<[usize; 2]>, SpecError> {
        let shapes = self.shapes()?;
        let inputs = std::iter::once(&self.input_shape).chain(&shapes);
        Ok(self
            .layers
            .iter()
            .zip(inputs)
            .map(|(layer, input)| layer.param_counts(input))
            .collect())
    }

    /// Whether a step needs all images of its batch at once, so that workers cannot share it: some layer looks at the
    /// batch as a whole.
    pub fn needs_whole_batches(&self) -> bool {
        self.layers.iter().any(LayerSpec::needs_whole_batches)
    }

    /// Whether the loss of training holds more than that of the answers: the penalties of some layer's weights.
    pub fn has_penalties(&self) -> bool {
        let penalty = |argument: &Argument| ["l1", "l2"].contains(&argument.name) && !argument.is_default();
        self.layers.iter().any(|layer| layer.arguments().iter().any(penalty))
    }

    /// The number of classes.
    ///
    /// # Errors
    /// As [`Self::shapes`].
    pub fn classes(&self) -> Result<usize, SpecError> {
        Ok(self.shapes()?[self.layers.len() - 1][0])
    }
}

#[cfg(test)]
mod tests;
