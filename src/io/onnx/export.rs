//! A model as a graph. Images come with their channels last, as ours; the graph turns them only where an operator of ONNX
//! wants channels first.

use super::{
    OPSET,
    proto::{
        AttributeProto, Dimension, Entry, GraphProto, ModelProto, NodeProto, OperatorSetId, TensorProto, TensorShape,
        TensorType, TypeProto, ValueInfo,
    },
    tensor::{Data, FLOAT, Tensor},
};
use crate::{
    io::safetensors::{Facts, KEY},
    nn::Sequential,
    spec::{
        Activation, LayerSpec, Padding,
        layers::{BatchNormalization, ReLU},
    },
};
use prost::Message;

/// Of ONNX's format.
const IR_VERSION: i64 = 8;

/// A model as an ONNX file: input `images`, output `probabilities`. The facts are in the metadata, as in a safetensors file.
///
/// # Shapes
/// `images`: `[N, ...input_shape]`, `probabilities`: `[N, classes]`.
pub fn save(model: &Sequential, facts: &Facts) -> Vec<u8> {
    let writer = Writer::new(model);
    let file = ModelProto {
        ir_version: IR_VERSION,
        producer_name: "Digit Lab".into(),
        graph: Some(writer.graph()),
        opset_import: vec![OperatorSetId {
            domain: String::new(),
            version: OPSET,
        }],
        metadata_props: vec![Entry {
            key: KEY.into(),
            value: serde_json::to_string(facts).expect("plain data can be written as JSON"),
        }],
    };
    file.encode_to_vec()
}

/// Where the windows of a convolution or a pool lie.
struct Windows {
    size: [usize; 2],
    strides: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
}

struct Writer<'a> {
    model: &'a Sequential,
    nodes: Vec<NodeProto>,
    constants: Vec<TensorProto>,
    /// The value that the next node takes.
    at: String,
    /// The layer that is being written.
    layer: String,
    /// Axes of a sample of `at`.
    rank: usize,
    channels_first: bool,
}

impl<'a> Writer<'a> {
    fn new(model: &'a Sequential) -> Self {
        Self {
            model,
            nodes: vec![],
            constants: vec![],
            at: "images".into(),
            layer: String::new(),
            rank: model.spec().input_shape.len(),
            channels_first: false,
        }
    }

    fn graph(mut self) -> GraphProto {
        let mut input = self.model.spec().input_shape.clone();
        for (spec, summary) in self.model.spec().layers.iter().zip(self.model.summary()) {
            self.layer.clone_from(&summary.name);
            self.write(spec, &input, &summary.output_shape);
            input.clone_from(&summary.output_shape);
            self.rank = input.len();
            self.channels_first &= self.rank > 1;
        }
        self.layer = "probabilities".into();
        self.node("Softmax", &[], vec![int("axis", -1)]);
        self.rename("probabilities");
        GraphProto {
            name: "digit-lab".into(),
            input: vec![value("images", &self.model.spec().input_shape)],
            output: vec![value("probabilities", &[self.model.classes()])],
            node: self.nodes,
            initializer: self.constants,
        }
    }

    /// The last value under another name.
    fn rename(&mut self, name: &str) {
        if let Some(last) = self.nodes.last_mut() {
            last.output = vec![name.into()];
        }
        self.at = name.into();
    }

    fn write(&mut self, layer: &LayerSpec, input: &[usize], output: &[usize]) {
        match layer {
            LayerSpec::Conv2D(conv) => {
                let windows = Windows {
                    size: conv.kernel_size,
                    strides: conv.strides,
                    dilation: conv.dilation_rate,
                    padding: conv.padding,
                };
                let kernel = self.weight("weight").permuted(&[3, 2, 0, 1]);
                self.convolution(kernel, &windows, 1, input, output);
                self.activation(conv.activation);
            }
            LayerSpec::DepthwiseConv2D(conv) => {
                let windows = Windows {
                    size: conv.kernel_size,
                    strides: conv.strides,
                    dilation: conv.dilation_rate,
                    padding: conv.padding,
                };
                let mut kernel = self.weight("weight").permuted(&[2, 3, 0, 1]);
                kernel.shape = vec![output[2], 1, conv.kernel_size[0], conv.kernel_size[1]];
                self.convolution(kernel, &windows, input[2], input, output);
                self.activation(conv.activation);
            }
            LayerSpec::MaxPooling2D(pool) => {
                self.pool("MaxPool", [pool.pool_size, pool.steps()], pool.padding, input, output);
            }
            LayerSpec::AveragePooling2D(pool) => {
                self.pool(
                    "AveragePool",
                    [pool.pool_size, pool.steps()],
                    pool.padding,
                    input,
                    output,
                );
            }
            LayerSpec::GlobalAveragePooling2D => {
                self.channels_to_first();
                self.node("GlobalAveragePool", &[], vec![]);
                self.node("Flatten", &[], vec![int("axis", 1)]);
            }
            LayerSpec::Dense(dense) => {
                let weight = self.own("weight");
                let inputs = self.with_bias(weight);
                self.node("Gemm", &inputs, vec![]);
                self.activation(dense.activation);
            }
            LayerSpec::Activation(layer) => self.activation(layer.activation),
            LayerSpec::ReLU(layer) => self.rectifier(layer),
            LayerSpec::Dropout(dropout) => {
                let rate = self.number("rate", dropout.rate);
                self.node("Dropout", &[rate], vec![]);
            }
            LayerSpec::BatchNormalization(layer) => self.batch_normalization(layer),
            LayerSpec::LayerNormalization(layer) => {
                self.channels_to_last();
                let inputs = [self.own("weight"), self.own("bias")];
                let attributes = vec![int("axis", -1), float("epsilon", layer.epsilon)];
                self.node("LayerNormalization", &inputs, attributes);
            }
            LayerSpec::ZeroPadding2D(layer) => {
                let [[top, bottom], [left, right]] = layer.padding.map(|sides| sides.map(|zeros| zeros as i64));
                let pads = match self.channels_first {
                    true => vec![0, 0, top, left, 0, 0, bottom, right],
                    false => vec![0, top, left, 0, 0, bottom, right, 0],
                };
                let pads = self.constant("pads", &Tensor::ints(pads));
                self.node("Pad", &[pads], vec![]);
            }
            LayerSpec::Flatten => {
                self.channels_to_last();
                self.node("Flatten", &[], vec![int("axis", 1)]);
            }
            LayerSpec::Reshape(layer) => {
                self.channels_to_last();
                let sizes = layer.target_shape.iter().map(|&size| size as i64);
                let shape = Tensor::ints([0].into_iter().chain(sizes).collect());
                let shape = self.constant("shape", &shape);
                self.node("Reshape", &[shape], vec![]);
            }
            LayerSpec::SimpleRNN(layer) => self.recurrent("RNN", &[0], layer.units, layer.return_sequences),
            LayerSpec::LSTM(layer) => self.recurrent("LSTM", &[0, 3, 1, 2], layer.units, layer.return_sequences),
            LayerSpec::GRU(layer) => self.recurrent("GRU", &[0, 1, 2], layer.units, layer.return_sequences),
        }
    }

    /// Channels from the last axis of a sample to the first.
    fn channels_to_first(&mut self) {
        if !self.channels_first && self.rank > 1 {
            let last = self.rank as i64;
            let perm: Vec<i64> = [0, last].into_iter().chain(1..last).collect();
            self.node("Transpose", &[], vec![ints("perm", perm)]);
            self.channels_first = true;
        }
    }

    /// Channels from the first axis of a sample to the last.
    fn channels_to_last(&mut self) {
        if std::mem::take(&mut self.channels_first) {
            let perm: Vec<i64> = [0].into_iter().chain(2..=self.rank as i64).chain([1]).collect();
            self.node("Transpose", &[], vec![ints("perm", perm)]);
        }
    }

    fn convolution(&mut self, kernel: Tensor, windows: &Windows, groups: usize, input: &[usize], output: &[usize]) {
        self.channels_to_first();
        let kernel = self.constant("weight", &kernel);
        let inputs = self.with_bias(kernel);
        let mut attributes = sliding(windows, input, output);
        attributes.extend([ints("dilations", sizes(windows.dilation)), int("group", groups as i64)]);
        self.node("Conv", &inputs, attributes);
    }

    fn pool(
        &mut self,
        operator: &str,
        [size, strides]: [[usize; 2]; 2],
        padding: Padding,
        input: &[usize],
        output: &[usize],
    ) {
        self.channels_to_first();
        let windows = Windows {
            size,
            strides,
            dilation: [1, 1],
            padding,
        };
        self.node(operator, &[], sliding(&windows, input, output));
    }

    fn batch_normalization(&mut self, layer: &BatchNormalization) {
        self.channels_to_first();
        let inputs = ["weight", "bias", "running_mean", "running_variance"].map(|role| self.own(role));
        let attributes = vec![float("epsilon", layer.epsilon), float("momentum", layer.momentum)];
        self.node("BatchNormalization", &inputs, attributes);
    }

    /// Sequences go in with their steps first; `gates` are ours in ONNX's order.
    fn recurrent(&mut self, operator: &str, gates: &[usize], units: usize, sequences: bool) {
        self.channels_to_last();
        self.node("Transpose", &[], vec![ints("perm", vec![1, 0, 2])]);
        let [weight, memory] =
            ["weight", "recurrent_weight"].map(|role| by_gates(&self.weight(role), gates).permuted(&[1, 0]));
        let bias = self.has("bias").then(|| by_gates(&self.weight("bias"), gates));
        let both = bias.map(|bias| match bias.shape.len() {
            2 => bias,
            _ => self.with_no_memory_bias(bias),
        });
        let both = both.map(|both| ("bias", both));
        let tensors = [("weight", weight), ("recurrent_weight", memory)]
            .into_iter()
            .chain(both);
        let inputs: Vec<_> = tensors
            .map(|(role, mut tensor)| {
                tensor.shape = match role {
                    "bias" => vec![1, tensor.data.len()],
                    _ => [&[1], &tensor.shape[..]].concat(),
                };
                self.constant(role, &tensor)
            })
            .collect();
        let mut attributes = vec![int("hidden_size", units as i64)];
        if operator == "GRU" {
            attributes.push(int("linear_before_reset", 1));
        }
        self.node(operator, &inputs, attributes);
        let axes = self.constant("direction", &Tensor::ints(vec![i64::from(sequences)]));
        if let Some(node) = self.nodes.last_mut().filter(|_| !sequences) {
            // The first output is every step's, the second the last step's alone.
            node.output.insert(0, String::new());
        }
        self.node("Squeeze", &[axes], vec![]);
        if sequences {
            self.node("Transpose", &[], vec![ints("perm", vec![1, 0, 2])]);
        }
    }

    fn with_no_memory_bias(&self, bias: Tensor) -> Tensor {
        let Data::Floats(mut floats) = bias.data else {
            unreachable!("weights are floats");
        };
        floats.resize(2 * floats.len(), 0.0);
        Tensor::floats(vec![floats.len()], floats)
    }

    fn activation(&mut self, function: Activation) {
        let x = self.at.clone();
        match function {
            // The graph ends in a softmax whatever the model does.
            Activation::Linear | Activation::Softmax => {}
            Activation::Relu => self.node("Relu", &[], vec![]),
            Activation::LeakyRelu => self.node("LeakyRelu", &[], vec![float("alpha", 0.2)]),
            Activation::Elu => self.node("Elu", &[], vec![float("alpha", 1.0)]),
            Activation::Tanh => self.node("Tanh", &[], vec![]),
            Activation::Sigmoid => self.node("Sigmoid", &[], vec![]),
            Activation::Silu => {
                self.node("Sigmoid", &[], vec![]);
                self.node("Mul", &[x], vec![]);
            }
            Activation::Gelu => {
                let root = self.number("root", std::f32::consts::FRAC_1_SQRT_2);
                let [one, half] = [self.number("one", 1.0), self.number("half", 0.5)];
                self.node("Mul", &[root], vec![]);
                self.node("Erf", &[], vec![]);
                self.node("Add", &[one], vec![]);
                self.node("Mul", &[x], vec![]);
                self.node("Mul", &[half], vec![]);
            }
        }
    }

    fn rectifier(&mut self, layer: &ReLU) {
        match layer.negative_slope {
            0.0 => self.node("Relu", &[], vec![]),
            slope => self.node("LeakyRelu", &[], vec![float("alpha", slope)]),
        }
        if let Some(most) = layer.max_value {
            let most = self.number("most", most);
            self.node("Clip", &[String::new(), most], vec![]);
        }
    }

    /// A node that takes the last value, then `inputs`.
    fn node(&mut self, operator: &str, inputs: &[String], attribute: Vec<AttributeProto>) {
        let base = format!("{}/{operator}", self.layer);
        let same = self.nodes.iter().filter(|node| node.name.starts_with(&base)).count();
        let name = if same == 0 { base } else { format!("{base}_{same}") };
        let first = std::mem::replace(&mut self.at, name.clone());
        self.nodes.push(NodeProto {
            input: [&[first], inputs].concat(),
            output: vec![name.clone()],
            name,
            op_type: operator.into(),
            attribute,
            domain: String::new(),
        });
    }

    /// A tensor of the layer's.
    fn weight(&self, role: &str) -> Tensor {
        let name = format!("{}.{role}", self.layer);
        let param = self.model.tensors().find(|param| param.name == name);
        let param = param.expect("a layer has the tensors of its kind");
        Tensor::floats(param.shape.clone(), param.value.clone())
    }

    /// Whether the layer has a tensor of that role.
    fn has(&self, role: &str) -> bool {
        let name = format!("{}.{role}", self.layer);
        self.model.tensors().any(|param| param.name == name)
    }

    /// The weight's name, and the bias's where there is one.
    fn with_bias(&mut self, weight: String) -> Vec<String> {
        let bias = self.has("bias").then(|| self.own("bias"));
        [weight].into_iter().chain(bias).collect()
    }

    /// A tensor of the layer's, as it is.
    fn own(&mut self, role: &str) -> String {
        let tensor = self.weight(role);
        self.constant(role, &tensor)
    }

    fn number(&mut self, role: &str, number: f32) -> String {
        self.constant(role, &Tensor::floats(vec![], vec![number]))
    }

    fn constant(&mut self, role: &str, tensor: &Tensor) -> String {
        let name = format!("{}.{role}", self.layer);
        self.constants.push(tensor.write(name.clone()));
        name
    }
}

/// Columns `[.., gates units]` with the gates in that order.
fn by_gates(tensor: &Tensor, gates: &[usize]) -> Tensor {
    let Data::Floats(floats) = &tensor.data else {
        unreachable!("weights are floats");
    };
    let units = tensor.shape[tensor.shape.len() - 1] / gates.len();
    let rows = floats.chunks_exact(units * gates.len());
    let turned = rows.flat_map(|row| {
        gates
            .iter()
            .flat_map(move |&gate| &row[gate * units..(gate + 1) * units])
    });
    Tensor::floats(tensor.shape.clone(), turned.copied().collect())
}

/// The attributes that all sliding windows have.
fn sliding(windows: &Windows, input: &[usize], output: &[usize]) -> Vec<AttributeProto> {
    let along = |axis: usize| {
        let sizes = [windows.size[axis], windows.strides[axis], windows.dilation[axis]];
        windows.padding.zeros(input[axis], output[axis], sizes)
    };
    let ([top, bottom], [left, right]) = (along(0), along(1));
    vec![
        ints("kernel_shape", sizes(windows.size)),
        ints("strides", sizes(windows.strides)),
        ints("pads", [top, left, bottom, right].map(|zeros| zeros as i64).into()),
    ]
}

fn sizes(pair: [usize; 2]) -> Vec<i64> {
    pair.map(|size| size as i64).into()
}

/// `onnx.AttributeProto.AttributeType`.
const IS_FLOAT: i32 = 1;
const IS_INT: i32 = 2;
const IS_INTS: i32 = 7;

fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        i: Some(value),
        r#type: IS_INT,
        ..AttributeProto::default()
    }
}

fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        f: Some(value),
        r#type: IS_FLOAT,
        ..AttributeProto::default()
    }
}

fn ints(name: &str, values: Vec<i64>) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        ints: values,
        r#type: IS_INTS,
        ..AttributeProto::default()
    }
}

/// An input or output of any number of samples.
fn value(name: &str, shape: &[usize]) -> ValueInfo {
    let images = Dimension {
        dim_param: Some("N".into()),
        ..Dimension::default()
    };
    let sizes = shape.iter().map(|&size| Dimension {
        dim_value: Some(size as i64),
        ..Dimension::default()
    });
    ValueInfo {
        name: name.into(),
        r#type: Some(TypeProto {
            tensor_type: Some(TensorType {
                elem_type: FLOAT,
                shape: Some(TensorShape {
                    dim: [images].into_iter().chain(sizes).collect(),
                }),
            }),
        }),
    }
}
