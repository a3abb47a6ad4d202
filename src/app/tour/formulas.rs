//! What is computed at each stop, as the engine does it, with the numbers of the settings.

use super::Stop;
use crate::{
    app::{
        format::{short, thousands},
        settings::Settings,
    },
    spec::{Activation, Clipping, Initializer, LayerSpec, ModelSpec, OptimizerSpec},
};

impl Stop {
    /// What is computed, with the numbers of these settings.
    pub fn formulas(self, settings: &Settings) -> Vec<String> {
        match self {
            Self::Data => vec![
                "x = pixel / 255".into(),
                format!(
                    "steps an epoch = \u{2308}images / {}\u{2309}",
                    settings.config.batch_size
                ),
            ],
            Self::Model => weighted(&settings.model).map(|layer| layer.parameters()).collect(),
            Self::Initialisation => weighted(&settings.model).filter_map(|layer| layer.start()).collect(),
            Self::Forward => forward(&settings.model),
            Self::Backward => backward(settings),
            Self::Optimisation => optimisation(settings),
            Self::Evaluation => vec![
                "accuracy = right / all".into(),
                format!(
                    "loss = mean of ln \u{2211} exp(z) \u{2212} z[label]{}",
                    penalty(&settings.model)
                ),
            ],
        }
    }
}

/// A layer of weights whose sizes can be written in a line.
struct Weighted {
    name: String,
    /// Of the kernel: height and width; of a dense layer none.
    area: Vec<usize>,
    inputs: usize,
    outputs: usize,
    initializer: Initializer,
    has_bias: bool,
}

/// The first convolution and the last dense layer, as far as the model has them.
fn weighted(model: &ModelSpec) -> impl Iterator<Item = Weighted> {
    let shapes = model.shapes().unwrap_or_default();
    let inputs = std::iter::once(&model.input_shape).chain(&shapes);
    let names = model.layer_names();
    let layers = model.layers.iter().zip(inputs).zip(&names);
    let all: Vec<_> = layers
        .filter_map(|((layer, input), name)| Weighted::of(layer, input, name))
        .collect();
    let first_kernel = all.iter().position(|layer| !layer.area.is_empty());
    let last_dense = all.iter().rposition(|layer| layer.area.is_empty());
    let shown = move |index: usize| Some(index) == first_kernel || Some(index) == last_dense;
    all.into_iter()
        .enumerate()
        .filter(move |(index, _)| shown(*index))
        .map(|(_, layer)| layer)
}

impl Weighted {
    fn of(layer: &LayerSpec, input: &[usize], name: &str) -> Option<Self> {
        let (area, outputs, initializer, has_bias) = match layer {
            LayerSpec::Conv2D(conv) => (
                conv.kernel_size.to_vec(),
                conv.filters,
                conv.kernel_initializer,
                conv.use_bias,
            ),
            LayerSpec::Dense(dense) => (vec![], dense.units, dense.kernel_initializer, dense.use_bias),
            _ => return None,
        };
        Some(Self {
            name: name.into(),
            area,
            inputs: *input.last()?,
            outputs,
            initializer,
            has_bias,
        })
    }

    /// Its weight and, where it has one, its bias: `conv2d: 3 · 3 · 1 · 32 + 32 = 320`.
    fn parameters(&self) -> String {
        let sizes = self.area.iter().chain([&self.inputs, &self.outputs]);
        let weights: usize = sizes.clone().product();
        let sizes: Vec<_> = sizes.map(usize::to_string).collect();
        let product = sizes.join(" \u{b7} ");
        match self.has_bias {
            true => {
                let all = thousands(weights + self.outputs);
                format!("{}: {product} + {} = {all}", self.name, self.outputs)
            }
            false => format!("{}: {product} = {}", self.name, thousands(weights)),
        }
    }

    /// How its weight starts; none for zeros.
    fn start(&self) -> Option<String> {
        let area: usize = self.area.iter().product();
        let [fan_in, fan_out] = [self.inputs, self.outputs].map(|size| size * area);
        let both = format!("({fan_in} + {fan_out})");
        let (spread, scale, fan, of) = match self.initializer {
            Initializer::GlorotUniform => ("|W| < ", 6.0, fan_in + fan_out, both),
            Initializer::HeUniform => ("|W| < ", 6.0, fan_in, fan_in.to_string()),
            Initializer::LecunUniform => ("|W| < ", 3.0, fan_in, fan_in.to_string()),
            Initializer::GlorotNormal => ("\u{3c3}(W) = ", 2.0, fan_in + fan_out, both),
            Initializer::HeNormal => ("\u{3c3}(W) = ", 2.0, fan_in, fan_in.to_string()),
            Initializer::LecunNormal => ("\u{3c3}(W) = ", 1.0, fan_in, fan_in.to_string()),
            Initializer::Zeros => return None,
        };
        let value = short((scale / fan as f64).sqrt() as f32);
        Some(format!("{}: {spread}\u{221a}({scale} / {of}) = {value}", self.name))
    }
}

/// Each formula once, in the order of the layers.
fn forward(model: &ModelSpec) -> Vec<String> {
    let mut lines = vec![];
    for layer in &model.layers {
        for line in [arithmetic(layer), layer.activation().and_then(function)]
            .into_iter()
            .flatten()
        {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    lines.push("p = exp(z \u{2212} max z) / \u{2211} exp(z \u{2212} max z)");
    lines.into_iter().map(String::from).collect()
}

/// What a layer computes but its activation, with the names of its arguments; none of one that leaves the numbers as they
/// are.
fn arithmetic(layer: &LayerSpec) -> Option<&'static str> {
    Some(match layer {
        LayerSpec::Conv2D(_) => "Conv2D: z = b + \u{2211} x \u{b7} W over the window",
        LayerSpec::DepthwiseConv2D(_) => "DepthwiseConv2D: z = b + \u{2211} x \u{b7} W over the window, by channel",
        LayerSpec::Dense(_) => "Dense: z = x W + b",
        LayerSpec::MaxPooling2D(_) => "MaxPooling2D: z = max x over the window",
        LayerSpec::AveragePooling2D(_) => "AveragePooling2D: z = mean x over the window",
        LayerSpec::GlobalAveragePooling2D => "GlobalAveragePooling2D: z = mean x of the channel",
        LayerSpec::BatchNormalization(_) => {
            "BatchNormalization: z = \u{3b3} (x \u{2212} mean) / \u{221a}(variance + epsilon) + \u{3b2} over the batch"
        }
        LayerSpec::LayerNormalization(_) => {
            "LayerNormalization: z = \u{3b3} (x \u{2212} mean) / \u{221a}(variance + epsilon) + \u{3b2} over the channels"
        }
        LayerSpec::Dropout(_) => "Dropout: z = x / (1 \u{2212} rate), or 0 with p = rate, in training",
        LayerSpec::ZeroPadding2D(_) => "ZeroPadding2D: z = x within the image, 0 around it",
        LayerSpec::ReLU(_) => "ReLU: z = x above 0, negative_slope x below, at most max_value",
        LayerSpec::SimpleRNN(_) => "SimpleRNN: z = tanh(x W + z\u{2032} U + b)",
        LayerSpec::LSTM(_) => {
            "LSTM: z = o tanh(c), c = f c\u{2032} + i g; g = tanh, i, f, o = sigmoid of x W + z\u{2032} U + b"
        }
        LayerSpec::GRU(_) => {
            "GRU: z = u z\u{2032} + (1 \u{2212} u) tanh(x W + b + r (z\u{2032} U + c)); u, r = sigmoid of x W + b + z\u{2032} U + c"
        }
        LayerSpec::Activation(_) | LayerSpec::Flatten | LayerSpec::Reshape(_) => return None,
    })
}

/// The function that a hidden layer applies.
fn function(activation: Activation) -> Option<&'static str> {
    Some(match activation {
        Activation::Linear | Activation::Softmax => return None,
        Activation::Relu => "relu(z) = max(z, 0)",
        Activation::LeakyRelu => "leaky_relu(z) = z above 0, 0.2 z below",
        Activation::Elu => "elu(z) = z above 0, exp(z) \u{2212} 1 below",
        Activation::Gelu => "gelu(z) = z (1 + erf(z / \u{221a}2)) / 2",
        Activation::Silu => "silu(z) = z / (1 + exp(\u{2212}z))",
        Activation::Tanh => "tanh(z)",
        Activation::Sigmoid => "sigmoid(z) = 1 / (1 + exp(\u{2212}z))",
    })
}

fn backward(settings: &Settings) -> Vec<String> {
    let smoothing = settings.config.label_smoothing;
    let whole = settings.model.needs_whole_batches();
    let gradient = match smoothing > 0.0 {
        true => format!(
            "\u{2202}loss/\u{2202}z = p \u{2212} (1 \u{2212} {0}) one_hot(label) \u{2212} {0} / classes",
            exact(smoothing)
        ),
        false => "\u{2202}loss/\u{2202}z = p \u{2212} one_hot(label)".into(),
    };
    let sum = "g = ((g\u{2080}+g\u{2081}) + (g\u{2082}+g\u{2083})) + ((g\u{2084}+g\u{2085}) + (g\u{2086}+g\u{2087}))";
    let penalty = penalty(&settings.model);
    let lines = [
        Some(format!("loss = ln \u{2211} exp(z) \u{2212} z[label]{penalty}")),
        Some(gradient),
        (!penalty.is_empty()).then(|| "\u{2202}penalty/\u{2202}W = l1 sign(W) + 2 l2 W".into()),
        (!whole).then(|| sum.into()),
    ];
    lines.into_iter().flatten().collect()
}

/// What the weights add to the loss, of training and of evaluation.
fn penalty(model: &ModelSpec) -> &'static str {
    match model.has_penalties() {
        true => " + \u{2211} (l1 |W| + l2 W\u{b2})",
        false => "",
    }
}

fn optimisation(settings: &Settings) -> Vec<String> {
    let config = &settings.config;
    let decay = config.weight_decay();
    let decayed = (decay > 0.0).then(|| format!("w = w \u{2212} lr \u{b7} {} w", exact(decay)));
    clipped(config.clipping)
        .into_iter()
        .chain(decayed)
        .chain(rule(&config.optimizer))
        .collect()
}

fn clipped(clipping: Clipping) -> Option<String> {
    match clipping {
        Clipping::Off => None,
        Clipping::GlobalNorm(limit) => Some(format!("\u{2016}g\u{2016} at most {}", exact(limit))),
        Clipping::Norm(limit) => Some(format!("\u{2016}g\u{2016} of each parameter at most {}", exact(limit))),
        Clipping::Value(limit) => Some(format!("g within \u{b1}{}", exact(limit))),
    }
}

fn rule(optimizer: &OptimizerSpec) -> Vec<String> {
    match *optimizer {
        OptimizerSpec::Sgd { momentum, nesterov } => {
            let momentum = exact(momentum);
            let step = match nesterov {
                true => format!("w = w + {momentum} v \u{2212} lr g"),
                false => "w = w + v".into(),
            };
            vec![format!("v = {momentum} v \u{2212} lr g"), step]
        }
        OptimizerSpec::RmsProp { rho, epsilon } => vec![
            format!("s = {0} s + (1 \u{2212} {0}) g\u{b2}", exact(rho)),
            format!("w = w \u{2212} lr g / \u{221a}(s + {})", short(epsilon)),
        ],
        OptimizerSpec::Adam {
            beta_1,
            beta_2,
            epsilon,
        }
        | OptimizerSpec::AdamW {
            beta_1,
            beta_2,
            epsilon,
        } => {
            let [beta_1, beta_2] = [beta_1, beta_2].map(exact);
            vec![
                format!("m = m + (1 \u{2212} {beta_1}) (g \u{2212} m)"),
                format!("s = s + (1 \u{2212} {beta_2}) (g\u{b2} \u{2212} s)"),
                format!("\u{3b1} = lr \u{221a}(1 \u{2212} {beta_2}\u{1d57}) / (1 \u{2212} {beta_1}\u{1d57})"),
                format!("w = w \u{2212} \u{3b1} m / (\u{221a}s + {})", short(epsilon)),
            ]
        }
    }
}

/// A setting as it was typed.
fn exact(value: f32) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(stop: Stop, hash: &str) -> Vec<String> {
        let (settings, problems) = Settings::parse(hash);
        assert!(problems.is_empty(), "{problems:?}");
        stop.formulas(&settings)
    }

    #[test]
    fn the_numbers_are_those_of_the_model() {
        assert_eq!(
            lines(Stop::Model, ""),
            [
                "conv2d: 3 \u{b7} 3 \u{b7} 1 \u{b7} 32 + 32 = 320",
                "dense_1: 64 \u{b7} 10 + 10 = 650"
            ]
        );
        let start = lines(Stop::Initialisation, "");
        assert_eq!(start[0], "conv2d: |W| < \u{221a}(6 / (9 + 288)) = 0.142");
        let normal = "model=Flatten/Dense:10,activation=softmax,kernel_initializer=he_normal";
        assert_eq!(
            lines(Stop::Initialisation, normal),
            ["dense: \u{3c3}(W) = \u{221a}(2 / 784) = 0.0505"]
        );
        assert_eq!(lines(Stop::Model, normal), ["dense: 784 \u{b7} 10 + 10 = 7,850"]);
    }

    #[test]
    fn the_rule_is_that_of_the_optimizer_with_its_numbers() {
        assert_eq!(
            lines(Stop::Optimisation, ""),
            [
                "s = 0.9 s + (1 \u{2212} 0.9) g\u{b2}",
                "w = w \u{2212} lr g / \u{221a}(s + 1e-7)"
            ]
        );
        assert_eq!(
            lines(Stop::Optimisation, "optimizer=sgd"),
            ["v = 0.9 v \u{2212} lr g", "w = w + v"]
        );
        let bounded = lines(Stop::Optimisation, "clip=clipvalue&clip_at=0.5&weight_decay=0.01");
        assert_eq!(bounded[..2], ["g within \u{b1}0.5", "w = w \u{2212} lr \u{b7} 0.01 w"]);
        let adam = lines(Stop::Optimisation, "optimizer=adam");
        assert_eq!(adam[1], "s = s + (1 \u{2212} 0.999) (g\u{b2} \u{2212} s)");
        assert_eq!(adam.len(), 4);
    }

    #[test]
    fn every_layer_that_computes_has_its_formula() {
        for kind in LayerSpec::KINDS {
            let layer = LayerSpec::default_of(kind).unwrap();
            let line = arithmetic(&layer);
            assert_eq!(
                line.is_none(),
                ["Activation", "Flatten", "Reshape"].contains(kind),
                "{kind}"
            );
            assert!(
                line.is_none_or(|line| line.starts_with(&format!("{kind}: z = "))),
                "{kind}"
            );
        }
        let some = "model=Conv2D:4,3x3,activation=relu/ReLU:max_value=6/LayerNormalization/Dropout:0.4/Flatten\
                    /Dense:9,activation=relu/Dense:10,activation=softmax";
        assert_eq!(
            lines(Stop::Forward, some),
            [
                "Conv2D: z = b + \u{2211} x \u{b7} W over the window",
                "relu(z) = max(z, 0)",
                "ReLU: z = x above 0, negative_slope x below, at most max_value",
                "LayerNormalization: z = \u{3b3} (x \u{2212} mean) / \u{221a}(variance + epsilon) + \u{3b2} over the channels",
                "Dropout: z = x / (1 \u{2212} rate), or 0 with p = rate, in training",
                "Dense: z = x W + b",
                "p = exp(z \u{2212} max z) / \u{2211} exp(z \u{2212} max z)",
            ]
        );
    }

    #[test]
    fn the_penalty_is_in_the_loss_where_there_is_one() {
        let with = lines(Stop::Backward, "model=Flatten/Dense:10,activation=softmax,l2=0.01");
        assert_eq!(
            [&with[0], &with[2]],
            [
                "loss = ln \u{2211} exp(z) \u{2212} z[label] + \u{2211} (l1 |W| + l2 W\u{b2})",
                "\u{2202}penalty/\u{2202}W = l1 sign(W) + 2 l2 W"
            ]
        );
        let measured = lines(Stop::Evaluation, "model=Flatten/Dense:10,activation=softmax,l1=0.01");
        assert!(measured[1].ends_with("z[label] + \u{2211} (l1 |W| + l2 W\u{b2})"));
        for stop in [Stop::Backward, Stop::Evaluation] {
            assert!(!lines(stop, "").concat().contains("l2"));
        }
    }

    #[test]
    fn the_shares_are_summed_in_a_tree_unless_a_layer_needs_whole_batches() {
        assert_eq!(lines(Stop::Backward, "").len(), 3);
        let whole = "model=BatchNormalization/Flatten/Dense:10,activation=softmax";
        assert_eq!(lines(Stop::Backward, whole).len(), 2);
    }
}
