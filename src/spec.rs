//! What to build and how to train it, as plain data: Keras's names, Keras's defaults.
//!
//! Everything here is checked before it is used: [`ModelSpec::shapes`] and [`TrainConfig::validate`] are the border,
//! and the page calls them as the user edits.

mod augmentation;
mod change;
mod clipping;
mod cost;
mod optimizer;
mod presets;
mod schedule;
mod stopping;
mod summary;
mod training;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use augmentation::Augmentation;
pub use change::{Change, LiveChange};
pub use clipping::Clipping;
pub use optimizer::OptimizerSpec;
pub use presets::{Measured, Preset};
pub use schedule::{Decay, Schedule};
pub use stopping::{EarlyStopping, Monitor};
pub use summary::{LayerSummary, summary_table};
pub use training::{ConfigError, TrainConfig};

/// The shape of one sample, without the batch dimension: `[height, width, channels]` or `[features]`.
pub type Shape = Vec<usize>;

/// The most numbers one layer may give for one sample; larger models do not fit a tab.
const MAX_LAYER_SIZE: usize = 1 << 20;

/// The most parameters a model may have.
const MAX_PARAMS: usize = 16_000_000;

/// How a convolution treats the border, as in Keras.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Padding {
    /// No padding: `(input - kernel) / stride + 1`, rounded down.
    Valid,
    /// Zeros around, so that the output is `input / stride`, rounded up; an odd zero goes to the end.
    Same,
}

/// The function applied to a layer's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// The identity.
    Linear,
    /// `max(x, 0)`.
    Relu,
    /// `exp(x_i) / sum_j exp(x_j)`; on the last layer only, where it is fused with the cross-entropy.
    Softmax,
}

/// One layer, with the arguments that Keras gives it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum LayerSpec {
    /// 2-D convolution over `[height, width, channels]`.
    Conv2D {
        /// Output channels.
        filters: usize,
        /// Kernel height and width.
        kernel_size: [usize; 2],
        /// Steps down and across.
        strides: [usize; 2],
        /// What happens at the border.
        padding: Padding,
        /// Applied to the output.
        activation: Activation,
    },
    /// The largest value in each window; windows that do not fit are dropped ('valid').
    MaxPooling2D {
        /// Window height and width.
        pool_size: [usize; 2],
        /// Steps down and across; Keras's default is the window.
        strides: [usize; 2],
    },
    /// `[height, width, channels]` as one row of features.
    Flatten,
    /// Fully connected: `activation(x W + b)`.
    Dense {
        /// Output features.
        units: usize,
        /// Applied to the output.
        activation: Activation,
    },
}

impl LayerSpec {
    /// A convolution with Keras's defaults: stride 1, 'valid'.
    pub fn conv2d(filters: usize, kernel: usize, activation: Activation) -> Self {
        Self::Conv2D {
            filters,
            kernel_size: [kernel; 2],
            strides: [1; 2],
            padding: Padding::Valid,
            activation,
        }
    }

    /// A pooling whose windows do not overlap.
    pub fn max_pooling2d(pool: usize) -> Self {
        Self::MaxPooling2D {
            pool_size: [pool; 2],
            strides: [pool; 2],
        }
    }

    /// A fully connected layer.
    pub fn dense(units: usize, activation: Activation) -> Self {
        Self::Dense { units, activation }
    }

    /// Keras's class name.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Conv2D { .. } => "Conv2D",
            Self::MaxPooling2D { .. } => "MaxPooling2D",
            Self::Flatten => "Flatten",
            Self::Dense { .. } => "Dense",
        }
    }

    /// The activation, for the layers that have one.
    pub fn activation(&self) -> Option<Activation> {
        match self {
            Self::Conv2D { activation, .. } | Self::Dense { activation, .. } => Some(*activation),
            Self::MaxPooling2D { .. } | Self::Flatten => None,
        }
    }

    /// The shape of one output sample for one input sample of shape `input`, or why there is none.
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        match self {
            Self::Conv2D {
                filters,
                kernel_size,
                strides,
                padding,
                ..
            } => {
                let [height, width, _] = image(input)?;
                positive("filters", &[*filters])?;
                let [rows, cols] = windows([height, width], *kernel_size, *strides, *padding)?;
                Ok(vec![rows, cols, *filters])
            }
            Self::MaxPooling2D { pool_size, strides } => {
                let [height, width, channels] = image(input)?;
                let [rows, cols] = windows([height, width], *pool_size, *strides, Padding::Valid)?;
                Ok(vec![rows, cols, channels])
            }
            Self::Flatten => Ok(vec![input.iter().product()]),
            Self::Dense { units, .. } => {
                positive("units", &[*units])?;
                match input {
                    [_] => Ok(vec![*units]),
                    _ => Err(format!(
                        "expected one row of features, got {}; put a Flatten before it",
                        show_shape(input)
                    )),
                }
            }
        }
    }

    /// The number of trainable parameters for one input sample of shape `input`, which must fit.
    fn param_count(&self, input: &[usize]) -> usize {
        match self {
            Self::Conv2D {
                filters,
                kernel_size: [height, width],
                ..
            } => (height * width * input[2] + 1).saturating_mul(*filters),
            Self::Dense { units, .. } => (input[0] + 1).saturating_mul(*units),
            Self::MaxPooling2D { .. } | Self::Flatten => 0,
        }
    }
}

fn image(input: &[usize]) -> Result<[usize; 3], String> {
    input
        .try_into()
        .map_err(|_| format!("expected height x width x channels, got {}", show_shape(input)))
}

fn positive(what: &str, values: &[usize]) -> Result<(), String> {
    const MAX: usize = 4096;
    if values.iter().all(|v| (1..=MAX).contains(v)) {
        return Ok(());
    }
    Err(format!("{what} must be from 1 to {MAX}, got {}", show_shape(values)))
}

/// How many windows fit, down and across.
fn windows(size: [usize; 2], window: [usize; 2], strides: [usize; 2], padding: Padding) -> Result<[usize; 2], String> {
    positive("the window", &window)?;
    positive("strides", &strides)?;
    match padding {
        Padding::Same => Ok([0, 1].map(|i| size[i].div_ceil(strides[i]))),
        Padding::Valid if window[0] > size[0] || window[1] > size[1] => Err(format!(
            "a window of {} does not fit into {}",
            show_shape(&window),
            show_shape(&size)
        )),
        Padding::Valid => Ok([0, 1].map(|i| (size[i] - window[i]) / strides[i] + 1)),
    }
}

/// A shape as people write it: `28x28x1`.
pub fn show_shape(shape: &[usize]) -> String {
    shape.iter().map(usize::to_string).collect::<Vec<_>>().join("x")
}

/// A sequential model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// The shape of one input sample: `[28, 28, 1]`.
    pub input_shape: Shape,
    /// The layers, first to last. The last gives the class scores.
    pub layers: Vec<LayerSpec>,
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
        let mut shapes: Vec<Shape> = Vec::with_capacity(self.layers.len());
        let mut params = 0usize;
        for (i, layer) in self.layers.iter().enumerate() {
            let err = |reason| SpecError::Layer {
                number: i + 1,
                kind: layer.kind(),
                reason,
            };
            let input = shapes.last().unwrap_or(&self.input_shape);
            let output = layer.output_shape(input).map_err(err)?;
            if output.iter().product::<usize>() > MAX_LAYER_SIZE {
                return Err(err(format!("its output of {} is too large", show_shape(&output))));
            }
            if layer.activation() == Some(Activation::Softmax) && i + 1 < self.layers.len() {
                return Err(err("softmax is for the last layer only".into()));
            }
            params = params.saturating_add(layer.param_count(input));
            shapes.push(output);
        }
        match shapes.last().map(Vec::as_slice) {
            Some([(2..)]) if params <= MAX_PARAMS => Ok(shapes),
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

    /// The number of trainable parameters of every layer.
    ///
    /// # Errors
    /// As [`Self::shapes`].
    pub fn param_counts(&self) -> Result<Vec<usize>, SpecError> {
        let shapes = self.shapes()?;
        let inputs = std::iter::once(&self.input_shape).chain(&shapes);
        Ok(self
            .layers
            .iter()
            .zip(inputs)
            .map(|(layer, input)| layer.param_count(input))
            .collect())
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
mod tests {
    use super::*;

    #[test]
    fn the_recipe_has_keras_shapes_and_parameters() {
        let spec = ModelSpec::keras_recipe();
        let shapes: Vec<_> = spec.shapes().unwrap().iter().map(|s| show_shape(s)).collect();
        assert_eq!(
            shapes,
            [
                "26x26x32", "13x13x32", "11x11x64", "5x5x64", "3x3x64", "576", "64", "10"
            ]
        );
        assert_eq!(
            spec.param_counts().unwrap(),
            [320, 0, 18_496, 0, 36_928, 0, 36_928, 650]
        );
    }

    #[test]
    fn a_layer_that_does_not_fit_is_named_with_what_it_got() {
        let mut spec = ModelSpec::keras_recipe();
        spec.layers.remove(5);
        let message = spec.shapes().unwrap_err().to_string();
        assert_eq!(
            message,
            "layer 6 (Dense): expected one row of features, got 3x3x64; put a Flatten before it"
        );

        let spec = ModelSpec {
            input_shape: vec![4, 4, 1],
            layers: vec![LayerSpec::conv2d(2, 5, Activation::Relu)],
        };
        let message = spec.shapes().unwrap_err().to_string();
        assert_eq!(message, "layer 1 (Conv2D): a window of 5x5 does not fit into 4x4");
    }

    #[test]
    fn models_without_class_scores_or_with_too_much_of_anything_are_refused() {
        let spec = |layers| ModelSpec {
            input_shape: vec![28, 28, 1],
            layers,
        };
        for layers in [
            vec![],
            vec![LayerSpec::Flatten, LayerSpec::dense(1, Activation::Softmax)],
            vec![LayerSpec::conv2d(4, 3, Activation::Relu)],
            vec![LayerSpec::Flatten, LayerSpec::dense(0, Activation::Softmax)],
            vec![LayerSpec::Flatten, LayerSpec::dense(usize::MAX, Activation::Softmax)],
            vec![
                LayerSpec::Flatten,
                LayerSpec::dense(10, Activation::Softmax),
                LayerSpec::dense(10, Activation::Softmax),
            ],
            vec![LayerSpec::conv2d(4096, 1, Activation::Relu), LayerSpec::Flatten],
        ] {
            assert!(spec(layers.clone()).shapes().is_err(), "{layers:?}");
        }
    }

    #[test]
    fn same_padding_and_strides_follow_keras() {
        let layer = LayerSpec::Conv2D {
            filters: 3,
            kernel_size: [5, 3],
            strides: [2, 3],
            padding: Padding::Same,
            activation: Activation::Relu,
        };
        assert_eq!(layer.output_shape(&[7, 7, 2]).unwrap(), [4, 3, 3]);
    }
}
