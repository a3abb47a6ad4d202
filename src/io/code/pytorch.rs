//! A script for PyTorch. Its tensors have the channels first: images are turned on the way in and before what counts on
//! Keras's order, weights on the way in.

use super::python::{DATA, left_out, main, rate};
use crate::{
    io::safetensors::Facts,
    spec::{Activation, Clipping, LayerSpec, OptimizerSpec, Padding, Shape, TrainConfig},
};

/// A script that builds the model, reads `weights` and measures it; with `--train` it trains anew.
pub fn pytorch(facts: &Facts, weights: &str) -> String {
    let (model, config) = (&facts.model, &facts.config);
    let mut module = Module::default();
    let shapes = model.shapes().unwrap_or_default();
    let inputs = std::iter::once(&model.input_shape).chain(&shapes);
    for (((spec, name), input), output) in model.layers.iter().zip(model.layer_names()).zip(inputs).zip(&shapes) {
        module.write(spec, &name, input, output);
    }
    let Module {
        init, forward, load, ..
    } = module;
    let head = r#""""Builds a model of Digit Lab's in PyTorch, reads its weights and measures it on MNIST's test images.

pip install torch safetensors numpy
"""

import argparse
import gzip
import math
import struct
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file
from torch import nn
from torch.nn import functional as F
"#;
    let build = format!(
        r#"

class Model(nn.Module):
    """Scores of classes, before the softmax, for images [N, height, width, channels]."""

    def __init__(self):
        super().__init__()
{init}
    def forward(self, x):
{forward}        return x


def tensor(array, *order):
    """Keras's axes in PyTorch's order."""
    return torch.from_numpy(np.ascontiguousarray(array.transpose(order) if order else array))


def gates(array, count, order):
    """The columns of each gate in PyTorch's order."""
    parts = np.split(array, count, axis=-1)
    return np.concatenate([parts[gate] for gate in order], axis=-1)


@torch.no_grad()
def load(weights):
    """The model with the weights of the file."""
    model, w = Model(), load_file(weights)
{load}    return model


@torch.no_grad()
def measure(model, folder):
    """Loss and accuracy on the test images."""
    model.eval()
    images, labels = map(torch.from_numpy, images_and_labels(folder, "t10k"))
    scores = torch.cat([model(part) for part in images.split(500)])
    return F.cross_entropy(scores, labels).item(), (scores.argmax(1) == labels).float().mean().item()
"#
    );
    [head, DATA, &rate(config), &build, &train(config), &main(weights)].concat()
}

/// A bias as it is in the file.
const BIAS: (&str, &str) = ("bias", "tensor(w[\"{}.bias\"])");

/// The lines of the class, and of what reads its weights.
#[derive(Default)]
struct Module {
    init: String,
    forward: String,
    load: String,
    channels_first: bool,
}

impl Module {
    fn write(&mut self, spec: &LayerSpec, name: &str, input: &Shape, output: &Shape) {
        match spec {
            LayerSpec::Conv2D(conv) => {
                let windows = [conv.kernel_size, conv.strides, conv.dilation_rate];
                self.convolution(name, conv.padding, windows, input, output, bias_argument(conv.use_bias));
                self.read_weights(name, "tensor(w[\"{}.weight\"], 3, 2, 0, 1)", conv.use_bias);
                self.activation(conv.activation);
            }
            LayerSpec::DepthwiseConv2D(conv) => {
                let windows = [conv.kernel_size, conv.strides, conv.dilation_rate];
                let further = format!(", groups={}{}", input[2], bias_argument(conv.use_bias));
                self.convolution(name, conv.padding, windows, input, output, &further);
                let weight = "tensor(w[\"{}.weight\"], 2, 3, 0, 1).reshape(model.{}.weight.shape)";
                self.read_weights(name, weight, conv.use_bias);
                self.activation(conv.activation);
            }
            LayerSpec::MaxPooling2D(pool) => {
                self.bring_first(input.len());
                self.pad(
                    pool.padding,
                    [pool.pool_size, pool.steps(), [1, 1]],
                    input,
                    output,
                    "-math.inf",
                );
                let [size, steps] = [pool.pool_size, pool.steps()].map(pair);
                self.apply(&format!("F.max_pool2d(x, {size}, {steps})"));
            }
            LayerSpec::AveragePooling2D(pool) => {
                self.bring_first(input.len());
                let [size, steps] = [pool.pool_size, pool.steps()].map(pair);
                let mean = format!("F.avg_pool2d(x, {size}, {steps})");
                if pool.padding == Padding::Same {
                    // PyTorch's zeros are the same on both sides.
                    self.line("ones = torch.ones_like(x)");
                    let pads = pads([pool.pool_size, pool.steps(), [1, 1]], input, output);
                    self.line(&format!("x, ones = F.pad(x, {pads}), F.pad(ones, {pads})"));
                    self.apply(&format!("{mean} / {}", mean.replace("(x", "(ones")));
                } else {
                    self.apply(&mean);
                }
            }
            LayerSpec::GlobalAveragePooling2D => {
                self.bring_first(input.len());
                self.apply("x.mean((2, 3))");
                self.channels_first = false;
            }
            LayerSpec::Dense(dense) => {
                let bias = bias_argument(dense.use_bias);
                self.init(name, &format!("nn.Linear({}, {}{bias})", input[0], dense.units));
                self.apply(&format!("self.{name}(x)"));
                self.read_weights(name, "tensor(w[\"{}.weight\"], 1, 0)", dense.use_bias);
                self.activation(dense.activation);
            }
            LayerSpec::Activation(layer) => self.activation(layer.activation),
            LayerSpec::ReLU(layer) => {
                self.apply(&format!("F.leaky_relu(x, {})", layer.negative_slope));
                if let Some(most) = layer.max_value {
                    self.apply(&format!("x.clamp(max={most})"));
                }
            }
            LayerSpec::Dropout(dropout) => {
                self.init(name, &format!("nn.Dropout({})", dropout.rate));
                self.apply(&format!("self.{name}(x)"));
            }
            LayerSpec::BatchNormalization(layer) => {
                self.bring_first(input.len());
                let axes = if input.len() == 3 { 2 } else { 1 };
                let channels = input[input.len() - 1];
                let momentum = 1.0 - f64::from(layer.momentum);
                self.init(
                    name,
                    &format!(
                        "nn.BatchNorm{axes}d({channels}, eps={}, momentum={momentum:.6})",
                        layer.epsilon
                    ),
                );
                self.apply(&format!("self.{name}(x)"));
                let roles = [
                    ("weight", "tensor(w[\"{}.weight\"])"),
                    BIAS,
                    ("running_mean", "tensor(w[\"{}.running_mean\"])"),
                    ("running_var", "tensor(w[\"{}.running_variance\"])"),
                ];
                self.read(name, &roles);
            }
            LayerSpec::LayerNormalization(layer) => {
                self.bring_last(input.len());
                let channels = input[input.len() - 1];
                self.init(name, &format!("nn.LayerNorm({channels}, eps={})", layer.epsilon));
                self.apply(&format!("self.{name}(x)"));
                self.read(name, &[("weight", "tensor(w[\"{}.weight\"])"), BIAS]);
            }
            LayerSpec::ZeroPadding2D(layer) => {
                self.bring_first(input.len());
                let [[top, bottom], [left, right]] = layer.padding;
                self.apply(&format!("F.pad(x, ({left}, {right}, {top}, {bottom}))"));
            }
            LayerSpec::Flatten => {
                self.bring_last(input.len());
                self.apply("x.flatten(1)");
            }
            LayerSpec::Reshape(layer) => {
                self.bring_last(input.len());
                let sizes: Vec<_> = layer.target_shape.iter().map(usize::to_string).collect();
                self.apply(&format!("x.reshape(-1, {})", sizes.join(", ")));
            }
            LayerSpec::SimpleRNN(layer) => {
                self.recurrent(
                    "RNN",
                    name,
                    input,
                    [layer.return_sequences, layer.use_bias],
                    layer.units,
                );
            }
            LayerSpec::LSTM(layer) => {
                self.recurrent(
                    "LSTM",
                    name,
                    input,
                    [layer.return_sequences, layer.use_bias],
                    layer.units,
                );
            }
            LayerSpec::GRU(layer) => {
                self.recurrent(
                    "GRU",
                    name,
                    input,
                    [layer.return_sequences, layer.use_bias],
                    layer.units,
                );
            }
        }
    }

    /// From `input` channels to `output` channels; `further` are arguments that not every one has.
    fn convolution(
        &mut self,
        name: &str,
        padding: Padding,
        windows: [[usize; 2]; 3],
        input: &Shape,
        output: &Shape,
        further: &str,
    ) {
        self.bring_first(input.len());
        self.pad(padding, windows, input, output, "0.0");
        let [kernel, strides, dilation] = windows.map(pair);
        let [channels, filters] = [input[2], output[2]];
        self.init(
            name,
            &format!("nn.Conv2d({channels}, {filters}, {kernel}, stride={strides}, dilation={dilation}{further})"),
        );
        self.apply(&format!("self.{name}(x)"));
    }

    fn recurrent(&mut self, class: &str, name: &str, input: &Shape, [sequences, bias]: [bool; 2], units: usize) {
        self.bring_last(input.len());
        let (count, order) = match class {
            "GRU" => (3, "[1, 0, 2]"),
            "LSTM" => (4, "[0, 1, 2, 3]"),
            _ => (1, "[0]"),
        };
        let no_bias = bias_argument(bias);
        self.init(
            name,
            &format!("nn.{class}({}, {units}, batch_first=True{no_bias})", input[1]),
        );
        self.apply(&format!("self.{name}(x)[0]"));
        if !sequences {
            self.apply("x[:, -1]");
        }
        let turned = |role: &str| format!("tensor(gates(w[\"{name}.{role}\"], {count}, {order}), 1, 0)");
        let mut roles = vec![
            ("weight_ih_l0", turned("weight")),
            ("weight_hh_l0", turned("recurrent_weight")),
        ];
        let numbers = format!("gates(w[\"{name}.bias\"], {count}, {order})");
        let [by_input, by_memory] = match class {
            "GRU" => [format!("tensor({numbers}[0])"), format!("tensor({numbers}[1])")],
            // PyTorch has a second bias, which Keras has not; it is 0 until it is trained.
            _ => [format!("tensor({numbers})"), format!("torch.zeros({})", count * units)],
        };
        if bias {
            roles.extend([("bias_ih_l0", by_input), ("bias_hh_l0", by_memory)]);
        }
        let roles: Vec<_> = roles.iter().map(|(role, value)| (*role, &value[..])).collect();
        self.read(name, &roles);
    }

    /// A weight, and the bias where there is one.
    fn read_weights(&mut self, name: &str, weight: &str, bias: bool) {
        let bias = bias.then_some(BIAS);
        let roles: Vec<_> = [("weight", weight)].into_iter().chain(bias).collect();
        self.read(name, &roles);
    }

    /// Channels to the first axis of a sample with so many.
    fn bring_first(&mut self, rank: usize) {
        if !self.channels_first && rank > 1 {
            self.apply("x.movedim(-1, 1)");
            self.channels_first = true;
        }
    }

    /// Channels to the last axis.
    fn bring_last(&mut self, rank: usize) {
        if std::mem::take(&mut self.channels_first) && rank > 1 {
            self.apply("x.movedim(1, -1)");
        }
    }

    /// 'same' may have one zero more at the end, which PyTorch's layers have not: written out.
    fn pad(&mut self, padding: Padding, windows: [[usize; 2]; 3], input: &Shape, output: &Shape, with: &str) {
        if padding == Padding::Same {
            self.apply(&format!("F.pad(x, {}, value={with})", pads(windows, input, output)));
        }
    }

    fn activation(&mut self, function: Activation) {
        let call = match function {
            // The softmax is part of the loss.
            Activation::Linear | Activation::Softmax => return,
            Activation::Relu => "F.relu(x)",
            Activation::LeakyRelu => "F.leaky_relu(x, 0.2)",
            Activation::Elu => "F.elu(x)",
            Activation::Gelu => "F.gelu(x)",
            Activation::Silu => "F.silu(x)",
            Activation::Tanh => "torch.tanh(x)",
            Activation::Sigmoid => "torch.sigmoid(x)",
        };
        self.apply(call);
    }

    fn init(&mut self, name: &str, value: &str) {
        self.init += &format!("        self.{name} = {value}\n");
    }

    fn apply(&mut self, value: &str) {
        self.line(&format!("x = {value}"));
    }

    fn line(&mut self, line: &str) {
        self.forward += &format!("        {line}\n");
    }

    /// PyTorch's tensors from the file's; `{}` is the layer's name.
    fn read(&mut self, name: &str, roles: &[(&str, &str)]) {
        for (role, value) in roles {
            let value = value.replace("{}", name);
            self.load += &format!("    model.{name}.{role}.copy_({value})\n");
        }
    }
}

/// Python's default is a bias.
fn bias_argument(bias: bool) -> &'static str {
    if bias { "" } else { ", bias=False" }
}

fn pair(sizes: [usize; 2]) -> String {
    format!("({}, {})", sizes[0], sizes[1])
}

/// `(left, right, top, bottom)`.
fn pads([size, strides, dilation]: [[usize; 2]; 3], input: &Shape, output: &Shape) -> String {
    let along =
        |axis: usize| Padding::Same.zeros(input[axis], output[axis], [size[axis], strides[axis], dilation[axis]]);
    let ([top, bottom], [left, right]) = (along(0), along(1));
    format!("({left}, {right}, {top}, {bottom})")
}

fn optimizer(config: &TrainConfig) -> String {
    let rate = config.learning_rate;
    match config.optimizer {
        OptimizerSpec::Sgd { momentum, nesterov } => {
            let nesterov = if nesterov { "True" } else { "False" };
            format!("torch.optim.SGD(model.parameters(), lr={rate}, momentum={momentum}, nesterov={nesterov})")
        }
        OptimizerSpec::RmsProp { rho, epsilon } => {
            format!("torch.optim.RMSprop(model.parameters(), lr={rate}, alpha={rho}, eps={epsilon})")
        }
        OptimizerSpec::Adam {
            beta_1,
            beta_2,
            epsilon,
        }
        | OptimizerSpec::AdamW {
            beta_1,
            beta_2,
            epsilon,
        } => format!("torch.optim.Adam(model.parameters(), lr={rate}, betas=({beta_1}, {beta_2}), eps={epsilon})"),
    }
}

fn train(config: &TrainConfig) -> String {
    let clip = match config.clipping {
        Clipping::Off => String::new(),
        Clipping::Norm(limit) => {
            format!("            for p in model.parameters():\n                nn.utils.clip_grad_norm_(p, {limit})\n")
        }
        Clipping::GlobalNorm(limit) => {
            format!("            nn.utils.clip_grad_norm_(model.parameters(), {limit})\n")
        }
        Clipping::Value(limit) => {
            format!("            nn.utils.clip_grad_value_(model.parameters(), {limit})\n")
        }
    };
    let decay = match config.weight_decay() {
        decay if decay > 0.0 => format!(
            "            with torch.no_grad():\n                for p in model.parameters():\n                    p -= lr * {decay} * p\n"
        ),
        _ => String::new(),
    };
    let further = [
        (config.validation_split > 0.0).then_some("validation_split"),
        config.early_stopping.map(|_| "early stopping"),
        config.weight_averaging.map(|_| "averaged weights"),
    ];
    let further: String = further
        .into_iter()
        .flatten()
        .map(|what| format!("# Not done here: {what}.\n"))
        .collect();
    format!(
        r#"

# Penalties of weights (l1, l2) and initializers are not done here; PyTorch's optimizers add epsilon elsewhere than Keras's.
{left_out}{further}def train(folder):
    """New weights, trained with the run's settings; another program draws other random numbers."""
    torch.manual_seed({seed})
    model = Model()
    optimizer = {optimizer}
    images, labels = map(torch.from_numpy, images_and_labels(folder, "train"))
    step, steps = 0, math.ceil(len(images) / {batch})
    for epoch in range({epochs}):
        model.train()
        for part in torch.randperm(len(images)).split({batch}):
            lr = rate(step, {epochs} * steps)
            for group in optimizer.param_groups:
                group["lr"] = lr
            optimizer.zero_grad()
            F.cross_entropy(model(images[part]), labels[part], label_smoothing={smoothing}).backward()
{clip}{decay}            optimizer.step()
            step += 1
        loss, accuracy = measure(model, folder)
        print(f"epoch {{epoch + 1}}: val_accuracy {{accuracy:.4f}}, val_loss {{loss:.4f}}")
    return model
"#,
        left_out = left_out(config),
        seed = config.seed,
        optimizer = optimizer(config),
        batch = config.batch_size,
        epochs = config.epochs,
        smoothing = config.label_smoothing,
    )
}
