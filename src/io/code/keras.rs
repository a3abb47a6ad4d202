//! A script for Keras: the layers have Keras's names and arguments already.

use super::python::{DATA, left_out, main, rate, value};
use crate::{
    io::safetensors::Facts,
    spec::{Activation, LayerSpec, OptimizerSpec, TrainConfig},
};

/// A script that builds the model, reads `weights` and measures it; with `--train` it trains anew.
pub fn keras(facts: &Facts, weights: &str) -> String {
    let (model, config) = (&facts.model, &facts.config);
    let names = model.layer_names();
    let layers: String = model
        .layers
        .iter()
        .zip(&names)
        .map(|(spec, name)| layer(spec, name))
        .collect();
    let shape: Vec<String> = model.input_shape.iter().map(usize::to_string).collect();
    let is_softmax = model.layers.last().and_then(LayerSpec::activation) == Some(Activation::Softmax);
    let from_logits = if is_softmax { "False" } else { "True" };
    let head = r#""""Builds a model of Digit Lab's in Keras, reads its weights and measures it on MNIST's test images.

pip install keras tensorflow safetensors
"""

import argparse
import gzip
import math
import struct
from pathlib import Path

import keras
import numpy as np
from keras import layers
from safetensors.numpy import load_file
"#;
    let build = format!(
        r#"
# Keras's order of a layer's tensors, by the names that they have in the file.
ROLES = ["weight", "recurrent_weight", "bias", "running_mean", "running_variance"]


def build():
    """The model with new weights."""
    return keras.Sequential([
        keras.Input(({},)),
{layers}    ])


def load(weights):
    """The model with the weights of the file."""
    model, tensors = build(), load_file(weights)
    for layer in model.layers:
        names = [f"{{layer.name}}.{{role}}" for role in ROLES]
        layer.set_weights([tensors[name] for name in names if name in tensors])
    compile(model)
    return model


def compile(model):
    """With the run's loss and optimizer."""
    loss = keras.losses.CategoricalCrossentropy(from_logits={from_logits}, label_smoothing={})
    model.compile(optimizer={}, loss=loss, metrics=["accuracy"])


def one_hot(labels):
    return keras.utils.to_categorical(labels, {})


def measure(model, folder):
    """Loss, without label smoothing, and accuracy on the test images."""
    images, labels = images_and_labels(folder, "t10k")
    model.compile(loss=keras.losses.CategoricalCrossentropy(from_logits={from_logits}), metrics=["accuracy"])
    return model.evaluate(images, one_hot(labels), batch_size=500, verbose=0)
"#,
        shape.join(", "),
        config.label_smoothing,
        optimizer(config),
        model.classes().unwrap_or_default(),
    );
    [head, DATA, &rate(config), &build, &train(config), &main(weights)].concat()
}

fn layer(spec: &LayerSpec, name: &str) -> String {
    let arguments = spec.arguments();
    let is = |name: &str| {
        arguments
            .iter()
            .find(|argument| argument.name == name && !argument.is_default())
    };
    let told = arguments
        .iter()
        .filter(|argument| !["l1", "l2"].contains(&argument.name) && !argument.is_default());
    let mut parts: Vec<String> = told
        .map(|argument| match argument.default {
            None => value(argument),
            Some(_) => format!("{}={}", argument.name, value(argument)),
        })
        .collect();
    let penalties = ["l1", "l2"].map(|name| is(name).map(|argument| format!("{name}={}", argument.value)));
    let penalties: Vec<_> = penalties.into_iter().flatten().collect();
    if !penalties.is_empty() {
        let weight = if matches!(spec, LayerSpec::DepthwiseConv2D(_)) {
            "depthwise"
        } else {
            "kernel"
        };
        parts.push(format!(
            "{weight}_regularizer=keras.regularizers.L1L2({})",
            penalties.join(", ")
        ));
    }
    parts.push(format!("name={name:?}"));
    format!("        layers.{}({}),\n", spec.kind(), parts.join(", "))
}

fn optimizer(config: &TrainConfig) -> String {
    let (class, own) = match config.optimizer {
        OptimizerSpec::Sgd { momentum, nesterov } => {
            let nesterov = if nesterov { "True" } else { "False" };
            ("SGD", format!("momentum={momentum}, nesterov={nesterov}"))
        }
        OptimizerSpec::RmsProp { rho, epsilon } => ("RMSprop", format!("rho={rho}, epsilon={epsilon}")),
        OptimizerSpec::Adam {
            beta_1,
            beta_2,
            epsilon,
        } => ("Adam", format!("beta_1={beta_1}, beta_2={beta_2}, epsilon={epsilon}")),
        OptimizerSpec::AdamW {
            beta_1,
            beta_2,
            epsilon,
        } => ("AdamW", format!("beta_1={beta_1}, beta_2={beta_2}, epsilon={epsilon}")),
    };
    let mut parts = vec![format!("learning_rate={}", config.learning_rate), own];
    if config.weight_decay() > 0.0 {
        parts.push(format!("weight_decay={}", config.weight_decay()));
    }
    if let (clipping, Some(limit)) = (config.clipping, config.clipping.limit()) {
        parts.push(format!("{}={limit}", clipping.id()));
    }
    if let Some(momentum) = config.weight_averaging {
        parts.push(format!("use_ema=True, ema_momentum={momentum}"));
    }
    format!("keras.optimizers.{class}({})", parts.join(", "))
}

fn train(config: &TrainConfig) -> String {
    let stopping = config.early_stopping.map_or(String::new(), |rule| {
        let restore = if rule.restore_best_weights { "True" } else { "False" };
        format!(
            "    callbacks.append(keras.callbacks.EarlyStopping({:?}, patience={}, min_delta={}, restore_best_weights={restore}))\n",
            rule.monitor.id(),
            rule.patience,
            rule.min_delta
        )
    });
    let validation = match config.validation_split > 0.0 {
        true => format!("validation_split={}", config.validation_split),
        false => "validation_data=(test_images, one_hot(test_labels))".into(),
    };
    let averaged = match config.weight_averaging {
        Some(_) => "    model.optimizer.finalize_variable_values(model.trainable_variables)\n",
        None => "",
    };
    format!(
        r#"

class Rates(keras.callbacks.Callback):
    """Sets the learning rate of every step."""

    def on_train_begin(self, logs=None):
        self.step = 0

    def on_train_batch_begin(self, batch, logs=None):
        self.model.optimizer.learning_rate = rate(self.step, self.params["epochs"] * self.params["steps"])
        self.step += 1


{left_out}def train(folder):
    """New weights, trained with the run's settings; another program draws other random numbers."""
    keras.utils.set_random_seed({seed})
    model = build()
    compile(model)
    images, labels = images_and_labels(folder, "train")
    test_images, test_labels = images_and_labels(folder, "t10k")
    callbacks = [Rates()]
{stopping}    model.fit(images, one_hot(labels), batch_size={batch}, epochs={epochs}, callbacks=callbacks, {validation})
{averaged}    return model
"#,
        left_out = left_out(config),
        seed = config.seed,
        batch = config.batch_size,
        epochs = config.epochs,
    )
}
