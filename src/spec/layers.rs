//! The layers, with the arguments that Keras gives them: one file a family, each layer's arguments, shape, parameters
//! and cost together.

mod convolution;
mod dense;
mod normalization;
mod pooling;
mod recurrent;
mod shaping;

use serde::{Deserialize, Serialize};

use super::{
    Activation, Argument, Padding, Shape,
    arguments::{Arguments, Grown, no_argument},
    show_shape,
};

pub use convolution::{Conv2D, DepthwiseConv2D};
pub use dense::{ActivationLayer, Dense, Dropout, ReLU};
pub use normalization::{BatchNormalization, LayerNormalization};
pub use pooling::{AveragePooling2D, GlobalAveragePooling2D, MaxPooling2D};
pub use recurrent::{GRU, LSTM, SimpleRNN};
pub use shaping::{Flatten, Reshape, ZeroPadding2D};

/// What a layer does to the shape of a sample, and at what cost.
trait Describe {
    /// The shape of one output sample for one input sample of shape `input`, or why there is none. The arguments are
    /// within their bounds.
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String>;

    /// Numbers that training changes, for one input sample of shape `input`, which must fit.
    fn trainable_params(&self, _input: &[usize]) -> usize {
        0
    }

    /// Numbers that are kept and saved, but follow no gradient.
    fn non_trainable_params(&self, _input: &[usize]) -> usize {
        0
    }

    /// Multiply-adds of a forward pass for one sample: every weight with everything in the input that it is multiplied
    /// with, and with everything in the layer's own earlier outputs.
    fn multiply_adds(&self, _input: &[usize], _output: &[usize]) -> [u64; 2] {
        [0, 0]
    }

    /// The function applied to the output, for the layers that have one.
    fn activation(&self) -> Option<Activation> {
        None
    }
}

// Saved runs know a layer by its place in this list: what comes later comes at the end.
macro_rules! layer_specs {
    (
        with arguments { $($(#[$about:meta])* $kind:ident($layer:ident),)* }
        without { $($(#[$plain_about:meta])* $plain:ident,)* }
        later { $($(#[$later_about:meta])* $later:ident($later_layer:ident),)* }
    ) => {
        /// One layer, with the arguments that Keras gives it.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub enum LayerSpec {
            $($(#[$about])* $kind($layer),)*
            $($(#[$plain_about])* $plain,)*
            $($(#[$later_about])* $later($later_layer),)*
        }

        impl LayerSpec {
            /// Keras's class names of all layers.
            pub const KINDS: &[&str] = &[$(stringify!($kind),)* $(stringify!($plain),)* $(stringify!($later),)*];

            /// A layer of that [kind](Self::kind) with Keras's defaults, and something usual where Keras has none.
            pub fn default_of(kind: &str) -> Option<Self> {
                match kind {
                    $(stringify!($kind) => Some(Self::$kind($layer::default())),)*
                    $(stringify!($plain) => Some(Self::$plain),)*
                    $(stringify!($later) => Some(Self::$later($later_layer::default())),)*
                    _ => None,
                }
            }

            /// Keras's class name.
            pub fn kind(&self) -> &'static str {
                match self {
                    $(Self::$kind(_) => stringify!($kind),)*
                    $(Self::$plain => stringify!($plain),)*
                    $(Self::$later(_) => stringify!($later),)*
                }
            }

            /// The arguments, in Keras's order, but that `use_bias` stands last.
            pub fn arguments(&self) -> Vec<Argument> {
                match self {
                    $(Self::$kind(layer) => layer.arguments(),)*
                    $(Self::$later(layer) => layer.arguments(),)*
                    $(Self::$plain)|* => vec![],
                }
            }

            /// Sets an argument from its text.
            ///
            /// # Errors
            /// The reason why it cannot have that value; then nothing has changed.
            pub fn set_argument(&mut self, name: &str, text: &str) -> Result<(), String> {
                match self {
                    $(Self::$kind(layer) => layer.set_argument(name, text),)*
                    $(Self::$later(layer) => layer.set_argument(name, text),)*
                    $(Self::$plain)|* => no_argument(name),
                }
            }

            /// The first argument that is out of its bounds.
            pub(super) fn check_arguments(&self) -> Result<(), String> {
                match self {
                    $(Self::$kind(layer) => layer.check_arguments(),)*
                    $(Self::$later(layer) => layer.check_arguments(),)*
                    $(Self::$plain)|* => Ok(()),
                }
            }

            fn describe(&self) -> &dyn Describe {
                match self {
                    $(Self::$kind(layer) => layer,)*
                    $(Self::$later(layer) => layer,)*
                    $(Self::$plain => &$plain,)*
                }
            }
        }

        /// A layer as checkpoints of the first version have it.
        #[derive(Deserialize)]
        #[allow(clippy::upper_case_acronyms, reason = "they are Keras's names")]
        pub(crate) enum FirstLayerSpec {
            $($kind(<$layer as Grown>::First),)*
            $($plain,)*
        }

        impl From<FirstLayerSpec> for LayerSpec {
            fn from(first: FirstLayerSpec) -> Self {
                match first {
                    $(FirstLayerSpec::$kind(layer) => Self::$kind(layer.into()),)*
                    $(FirstLayerSpec::$plain => Self::$plain,)*
                }
            }
        }

        $(impl From<$layer> for LayerSpec {
            fn from(layer: $layer) -> Self {
                Self::$kind(layer)
            }
        })*

        $(impl From<$later_layer> for LayerSpec {
            fn from(layer: $later_layer) -> Self {
                Self::$later(layer)
            }
        })*
    };
}

layer_specs! {
    with arguments {
        /// 2-D convolution.
        Conv2D(Conv2D),
        /// 2-D convolution of every channel by itself.
        DepthwiseConv2D(DepthwiseConv2D),
        /// The largest number of each window.
        MaxPooling2D(MaxPooling2D),
        /// The mean of each window.
        AveragePooling2D(AveragePooling2D),
        /// Fully connected.
        Dense(Dense),
        /// A function of every number.
        Activation(ActivationLayer),
        /// Leaves numbers out at random, in training.
        Dropout(Dropout),
        /// Mean 0 and variance 1 over the batch.
        BatchNormalization(BatchNormalization),
        /// Mean 0 and variance 1 over the channels.
        LayerNormalization(LayerNormalization),
        /// The same numbers in another shape.
        Reshape(Reshape),
        /// Goes through a sequence, with its last output as its memory.
        SimpleRNN(SimpleRNN),
        /// Goes through a sequence, with a memory behind gates.
        LSTM(LSTM),
        /// Goes through a sequence, with its last output, behind gates, as its memory.
        GRU(GRU),
    }
    without {
        /// All numbers of a sample as one row of features.
        Flatten,
        /// The mean of every channel.
        GlobalAveragePooling2D,
    }
    later {
        /// A function of every number: 0 or a slope below 0, and perhaps a bound.
        ReLU(ReLU),
        /// Zeros around an image.
        ZeroPadding2D(ZeroPadding2D),
    }
}

impl LayerSpec {
    /// A convolution with Keras's defaults: stride 1, 'valid'.
    pub fn conv2d(filters: usize, kernel: usize, activation: Activation) -> Self {
        Self::from(Conv2D::new(filters, kernel, activation))
    }

    /// A pooling whose windows do not overlap.
    pub fn max_pooling2d(pool: usize) -> Self {
        Self::from(MaxPooling2D {
            pool_size: [pool; 2],
            ..MaxPooling2D::default()
        })
    }

    /// A fully connected layer.
    pub fn dense(units: usize, activation: Activation) -> Self {
        Self::from(Dense::new(units, activation))
    }

    /// A layer that leaves out that share of the numbers.
    pub fn dropout(rate: f32) -> Self {
        Self::from(Dropout { rate })
    }

    /// The function applied to the output, for the layers that have one.
    pub fn activation(&self) -> Option<Activation> {
        self.describe().activation()
    }

    /// Whether its output for an image depends on the other images of the batch, in training.
    pub fn needs_whole_batches(&self) -> bool {
        matches!(self, Self::BatchNormalization(_))
    }

    /// The shape of one output sample for one input sample of shape `input`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        self.check_arguments()?;
        self.describe().output_shape(input)
    }

    /// Parameters for one input sample of shape `input`, which must fit: those that training changes, and the others.
    pub(super) fn param_counts(&self, input: &[usize]) -> [usize; 2] {
        let layer = self.describe();
        [layer.trainable_params(input), layer.non_trainable_params(input)]
    }

    /// Multiply-adds of a forward pass for one sample: with the input, and with the layer's own earlier outputs.
    pub(super) fn multiply_adds(&self, input: &[usize], output: &[usize]) -> [u64; 2] {
        self.describe().multiply_adds(input, output)
    }
}

fn image(input: &[usize]) -> Result<[usize; 3], String> {
    input
        .try_into()
        .map_err(|_| format!("expected height x width x channels, got {}", show_shape(input)))
}

/// Their product, or the largest number there is.
fn count(sizes: &[usize]) -> usize {
    sizes.iter().fold(1, |product, &size| product.saturating_mul(size))
}

/// As wide a number as a cost needs.
fn product(sizes: &[usize]) -> u64 {
    sizes.iter().map(|&size| size as u64).product()
}

/// How the windows of a convolution or a pool lie.
struct Sliding {
    size: [usize; 2],
    strides: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
}

impl Sliding {
    /// How many windows there are, down and across.
    fn count(&self, input: [usize; 2]) -> Result<[usize; 2], String> {
        let reach = [0, 1].map(|i| (self.size[i] - 1) * self.dilation[i] + 1);
        match self.padding {
            Padding::Same => Ok([0, 1].map(|i| input[i].div_ceil(self.strides[i]))),
            Padding::Valid if reach[0] > input[0] || reach[1] > input[1] => Err(format!(
                "a window of {} does not fit into {}",
                show_shape(&reach),
                show_shape(&input)
            )),
            Padding::Valid => Ok([0, 1].map(|i| (input[i] - reach[i]) / self.strides[i] + 1)),
        }
    }
}
