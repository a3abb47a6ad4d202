//! Layers that go through a sequence `[steps, features]`, such as the rows of an image, with Keras's defaults: tanh
//! outputs, sigmoid gates, orthogonal weights of the memory.

use super::{Describe, count, product};
use crate::spec::{Initializer, Shape, arguments::layer, show_shape};

/// Declares a layer: `gates` is how many products a step makes of its input, and as many of its memory; `biases` how many
/// biases each of them has.
macro_rules! recurrent {
    ($(#[$about:meta])* $layer:ident, $gates:literal gates, $biases:literal biases) => {
        layer! {
            $(#[$about])*
            $layer {
                required {
                    /// Output features.
                    units: usize = 64,
                }
                optional {
                    /// How the input's weight starts.
                    kernel_initializer: Initializer = Initializer::GlorotUniform,
                    /// Adds this times the input weight's absolute numbers to the loss.
                    l1: f32 = 0.0,
                    /// Adds this times the squares of the input weight's numbers to the loss.
                    l2: f32 = 0.0,
                    /// Gives the output of every step, not of the last one only.
                    return_sequences: bool = false,
                }
                later {
                    /// Adds learned numbers to the products.
                    use_bias: bool = true,
                }
            }
        }

        impl Describe for $layer {
            fn output_shape(&self, input: &[usize]) -> Result<Shape, String> {
                let [steps, _] = sequence(input)?;
                check_units(self.units)?;
                Ok(match self.return_sequences {
                    true => vec![steps, self.units],
                    false => vec![self.units],
                })
            }

            fn trainable_params(&self, input: &[usize]) -> usize {
                let biases = if self.use_bias { $biases } else { 0 };
                count(&[input[1] + self.units + biases, $gates, self.units])
            }

            fn multiply_adds(&self, input: &[usize], _: &[usize]) -> [u64; 2] {
                let columns = $gates * self.units;
                [product(input) * columns as u64, product(&[input[0], self.units, columns])]
            }
        }
    };
}

recurrent! {
    /// `h = tanh(x W + h' U + b)`, where `h'` is the output of the step before.
    SimpleRNN, 1 gates, 1 biases
}

recurrent! {
    /// A long short-term memory (Hochreiter and Schmidhuber, 1997), with gates for what comes in, what stays, what goes
    /// out; the bias of what stays starts at 1.
    LSTM, 4 gates, 1 biases
}

recurrent! {
    /// A gated recurrent unit (Cho et al., 2014, arXiv:1406.1078), with gates for what stays and what counts of the
    /// memory; the latter after the product, as Keras's default has it.
    GRU, 3 gates, 2 biases
}

/// `[steps, features]`.
fn sequence(input: &[usize]) -> Result<[usize; 2], String> {
    let hint = match input {
        [steps, features, 1] => format!("; put a Reshape to {steps}x{features} before it"),
        _ => String::new(),
    };
    input
        .try_into()
        .map_err(|_| format!("expected steps x features, got {}{hint}", show_shape(input)))
}

/// To make many orthogonal weights takes long.
fn check_units(units: usize) -> Result<(), String> {
    const MOST: usize = 512;
    if units <= MOST {
        return Ok(());
    }
    Err(format!("units must be from 1 to {MOST}, got {units}"))
}
