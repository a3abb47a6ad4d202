//! Fully connected, and what is done number by number.

use super::{Describe, product};
use crate::spec::{Activation, Initializer, Shape, arguments::layer, show_shape};

layer! {
    /// Fully connected: `activation(x W + b)`.
    Dense {
        required {
            /// Output features.
            units: usize = 64,
        }
        optional {
            /// Applied to the output.
            activation: Activation = Activation::Linear,
            /// How the weight starts.
            kernel_initializer: Initializer = Initializer::GlorotUniform,
            /// Adds this times the weight's absolute numbers to the loss.
            l1: f32 = 0.0,
            /// Adds this times the squares of the weight's numbers to the loss.
            l2: f32 = 0.0,
        }
        later {
            /// Adds a learned number to every output.
            use_bias: bool = true,
        }
    }
}

layer! {
    /// A function of every number: Keras's `Activation`.
    ActivationLayer {
        required {
            /// The function.
            activation: Activation = Activation::Relu,
        }
    }
}

layer! {
    /// `x`, but `negative_slope x` below 0 and at most `max_value`: Keras's `ReLU`, and with it `LeakyReLU` and ReLU6.
    ReLU {
        optional {
            /// The largest output, if there is one.
            max_value: Option<f32> = None,
            /// The slope below 0.
            negative_slope: f32 = 0.0,
        }
    }
}

layer! {
    /// In training, each number is 0 with probability `rate`, and the others are divided by `1 - rate`.
    Dropout {
        required {
            /// The share that is left out.
            rate: f32 = 0.5,
        }
    }
}

impl Dense {
    /// Keras's defaults for the rest.
    pub fn new(units: usize, activation: Activation) -> Self {
        Self {
            units,
            activation,
            ..Self::default()
        }
    }
}

impl Describe for Dense {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        match input {
            [_] => Ok(vec![self.units]),
            _ => Err(format!(
                "expected one row of features, got {}; put a Flatten before it",
                show_shape(input)
            )),
        }
    }

    fn trainable_params(&self, input: &[usize]) -> usize {
        (input[0] + usize::from(self.use_bias)).saturating_mul(self.units)
    }

    fn multiply_adds(&self, input: &[usize], output: &[usize]) -> [u64; 2] {
        [product(input) * product(output), 0]
    }

    fn activation(&self) -> Option<Activation> {
        Some(self.activation)
    }
}

impl Describe for ActivationLayer {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        Ok(input.to_vec())
    }

    fn activation(&self) -> Option<Activation> {
        Some(self.activation)
    }
}

impl Describe for ReLU {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        Ok(input.to_vec())
    }
}

impl Describe for Dropout {
    fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
        Ok(input.to_vec())
    }
}
