//! Follows a graph from its input to its output, and makes layers of what it does.

use std::{cell::Cell, collections::HashMap, rc::Rc};

use super::{
    OnnxError,
    function::Function,
    operators,
    parts::Parts,
    proto::{self, GraphProto, NodeProto, TensorProto, ValueInfo},
    tensor::{Data, Tensor},
    view::View,
};
use crate::{nn::Sequential, spec::show_shape};

/// The oldest operator set: before it, constants spread out by other rules.
const OLDEST: i64 = 7;

/// Where a size stands for the number of images, in what a graph computes of its shapes.
pub const BATCH: i64 = -1 << 40;

/// Height and width where the graph leaves them open.
const OPEN_SIZE: usize = 28;

/// Numbers that a graph may have read or computed of constants beside those that its file has room for.
const FREE_NUMBERS: usize = 1 << 20;

/// What a name stands for.
#[derive(Clone)]
pub enum Value {
    /// Known.
    Constant(Rc<Tensor>),
    /// Made of the image.
    Flow(Flow),
}

/// What is kept of a name: constants of the file stay in the file's bytes until a node reads them.
enum Kept {
    InFile(TensorProto),
    Value(Value),
}

/// What has become of the image.
#[derive(Clone)]
pub struct Flow {
    /// After so many changes: only the latest can be gone on with.
    pub age: usize,
    /// What is to be applied to every number yet.
    pub function: Function,
    /// The node that applied the last of it.
    pub by: String,
    /// The graph's axes.
    pub view: View,
    /// What a Pad has put around the image, for the next layer to take.
    pub frame: Option<Frame>,
}

/// Why a graph cannot be gone on with.
const BRANCHES: &str = "the graph branches here; expected one layer after the other";

/// Numbers around an image that are not part of what the layers give.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Rows above, columns to the left.
    pub before: [usize; 2],
    /// Rows below, columns to the right.
    pub after: [usize; 2],
    /// All of them.
    pub value: f32,
    /// The node that has put them there.
    pub by: String,
}

/// A graph on its way to a model.
pub struct Walk {
    pub parts: Parts,
    /// What the names stand for.
    values: HashMap<String, Kept>,
    /// How many numbers of constants may be read yet, and how many computed ones kept.
    to_read: Cell<usize>,
    to_keep: usize,
    /// The number of images that the graph is for, if it is for one alone.
    pub batch: Option<i64>,
    /// For a graph's feature its place in ours, where the last layer is a Flatten and the order differs.
    pub order: Option<Vec<usize>>,
    age: usize,
}

/// A node, and the walk that has come to it.
pub struct At<'a> {
    pub walk: &'a mut Walk,
    pub node: &'a NodeProto,
}

/// The model in an ONNX file.
///
/// # Errors
/// What of it cannot be read.
pub fn load(bytes: Vec<u8>) -> Result<Sequential, OnnxError> {
    let size = bytes.len();
    let file = proto::read(bytes)?;
    let ours = file
        .opset_import
        .iter()
        .find(|set| ["", "ai.onnx"].contains(&&*set.domain));
    let version = ours.map_or(0, |set| set.version);
    if version < OLDEST {
        let message = format!("its operator set is {version}; expected {OLDEST} or later");
        return Err(OnnxError::Graph(message));
    }
    let graph = file.graph.ok_or_else(|| OnnxError::Graph("it has no graph".into()))?;
    let parts = follow(graph, size)?;
    parts.finish()
}

/// The layers of a graph in a file of so many bytes, which are free again afterwards.
fn follow(mut graph: GraphProto, size: usize) -> Result<Parts, OnnxError> {
    let mut walk = Walk::new(&mut graph, size)?;
    for node in &graph.node {
        let mut at = At { walk: &mut walk, node };
        let done = operators::apply(&mut at);
        done.map_err(|reason| unsupported(node, reason))?;
    }
    walk.finish(&graph)
}

fn unsupported(node: &NodeProto, reason: String) -> OnnxError {
    let output = node.output.first();
    let name = Some(&node.name).filter(|name| !name.is_empty()).or(output);
    OnnxError::Unsupported {
        operator: short(&node.op_type),
        node: name.map(|name| short(name)).unwrap_or_default(),
        reason,
    }
}

/// A name from outside, short enough for a sentence.
pub fn short(name: &str) -> String {
    name.chars().take(60).collect()
}

impl Flow {
    /// What a layer gives, seen like that.
    fn new(age: usize, view: View) -> Self {
        Self {
            age,
            function: Function::identity(),
            by: String::new(),
            view,
            frame: None,
        }
    }
}

impl Walk {
    fn new(graph: &mut GraphProto, size: usize) -> Result<Self, OnnxError> {
        let initializers = std::mem::take(&mut graph.initializer).into_iter();
        let mut values: HashMap<String, Kept> = initializers
            .map(|tensor| (tensor.name.clone(), Kept::InFile(tensor)))
            .collect();
        let mut inputs = graph.input.iter().filter(|input| !values.contains_key(&input.name));
        let (Some(input), None) = (inputs.next(), inputs.next()) else {
            return Err(OnnxError::Graph("expected one input, an image".into()));
        };
        let (shape, view, batch) = image(input)?;
        let flow = Flow::new(0, view);
        values.insert(input.name.clone(), Kept::Value(Value::Flow(flow)));
        Ok(Self {
            parts: Parts::new(shape),
            values,
            to_read: Cell::new(size + FREE_NUMBERS),
            to_keep: size / size_of::<f32>() + FREE_NUMBERS,
            batch,
            order: None,
            age: 0,
        })
    }

    fn finish(mut self, graph: &GraphProto) -> Result<Parts, OnnxError> {
        let output = graph
            .output
            .first()
            .map(|output| output.name.clone())
            .unwrap_or_default();
        let end = NodeProto {
            op_type: "the output".into(),
            name: output.clone(),
            input: vec![output],
            ..NodeProto::default()
        };
        let mut at = At {
            walk: &mut self,
            node: &end,
        };
        let flat = at.features();
        flat.map_err(|reason| OnnxError::Graph(format!("its output: {reason}")))?;
        if self.order.is_some() {
            return Err(OnnxError::Graph("its output is an image, not scores of classes".into()));
        }
        Ok(self.parts)
    }
}

/// The shape of an image, the graph's view of it, and the number of images if it is one.
fn image(input: &ValueInfo) -> Result<(Vec<usize>, View, Option<i64>), OnnxError> {
    let shape = input
        .r#type
        .as_ref()
        .and_then(|of| of.tensor_type.as_ref()?.shape.as_ref());
    let sizes: Vec<Option<i64>> = shape
        .map(|shape| shape.dim.iter().map(|dim| dim.dim_value).collect())
        .unwrap_or_default();
    let size = |at: usize| sizes[at].map_or(OPEN_SIZE, |size| usize::try_from(size).unwrap_or(0));
    let (shape, view) = match sizes.len() {
        4 if matches!(sizes[3], Some(1..=4)) => {
            let shape = vec![size(1), size(2), size(3)];
            let view = View::of(&shape, &[0, 1, 2]);
            (shape, view)
        }
        4 if matches!(sizes[1], Some(1..=4)) => {
            let shape = [size(2), size(3), size(1)];
            (shape.to_vec(), View::channels_first(&shape))
        }
        3 => {
            let shape = vec![size(1), size(2), 1];
            let view = View::of(&shape, &[0, 1]);
            (shape, view)
        }
        2 if sizes[1] == Some(784) => {
            let shape = vec![28, 28, 1];
            let flat = View::of(&shape, &[0, 1, 2]).reshaped(&shape, &[784]);
            (shape, flat.expect("28 times 28 is 784"))
        }
        _ => {
            let name = short(&input.name);
            let message = format!("its input {name} is no batch of images, such as Nx1x28x28, Nx28x28x1 or Nx784");
            return Err(OnnxError::Graph(message));
        }
    };
    Ok((shape, view, sizes[0].filter(|&batch| batch > 0)))
}

impl At<'_> {
    /// Operator and node.
    pub fn called(&self) -> String {
        format!("{} (node {})", self.node.op_type, short(&self.node.name))
    }

    /// The name of an input, if it has one.
    fn name(&self, place: usize) -> Option<&str> {
        let name = self.node.input.get(place).filter(|name| !name.is_empty());
        name.map(String::as_str)
    }

    /// Whether there is such an input.
    pub fn has(&self, place: usize) -> bool {
        self.name(place).is_some()
    }

    /// What an input stands for.
    pub fn value(&self, place: usize) -> Result<Value, String> {
        let name = self.name(place).ok_or(format!("input {place} is missing"))?;
        match self.walk.values.get(name) {
            Some(Kept::Value(value)) => Ok(value.clone()),
            Some(Kept::InFile(tensor)) => {
                let tensor = Tensor::read(tensor).map_err(|why| format!("{}: {why}", short(name)))?;
                let left = self.walk.to_read.get().checked_sub(tensor.data.len());
                self.walk
                    .to_read
                    .set(left.ok_or("the graph reads its constants again and again")?);
                Ok(Value::Constant(Rc::new(tensor)))
            }
            None => Err(format!("there is no {} before it", short(name))),
        }
    }

    /// An input that is known.
    pub fn constant(&self, place: usize) -> Result<Rc<Tensor>, String> {
        match self.value(place)? {
            Value::Constant(tensor) => Ok(tensor),
            Value::Flow(_) => Err(format!("input {place} must be a constant")),
        }
    }

    /// A known input of weights.
    pub fn floats(&self, place: usize) -> Result<Vec<f32>, String> {
        match Rc::unwrap_or_clone(self.constant(place)?).data {
            Data::Floats(floats) => Ok(floats),
            Data::Ints(_) => Err(format!("input {place} must be of floats")),
        }
    }

    /// A known input of whole numbers.
    pub fn ints(&self, place: usize) -> Result<Vec<i64>, String> {
        match Rc::unwrap_or_clone(self.constant(place)?).data {
            Data::Ints(ints) => Ok(ints),
            Data::Floats(_) => Err(format!("input {place} must be of whole numbers")),
        }
    }

    /// What has become of the image, with all functions applied.
    pub fn flow(&mut self, place: usize) -> Result<View, String> {
        let Value::Flow(flow) = self.value(place)? else {
            return Err("it computes with constants only".into());
        };
        let Flow {
            age,
            function,
            by,
            view,
            ..
        } = flow;
        if age != self.walk.age {
            return Err(BRANCHES.into());
        }
        if function.is_identity() {
            return Ok(view);
        }
        self.walk.age += 1;
        let parts = &mut self.walk.parts;
        match (function.activation(), function.line()) {
            (Some(function), _) => parts.activate(function)?,
            (None, None) => match function.rectifier() {
                Some(layer) => parts.push(layer, vec![])?,
                None => {
                    return Err(format!(
                        "the function that {by} ends is no activation that there is here"
                    ));
                }
            },
            // Pixels of 0 to 255 become pixels of 0 to 1, which ours are.
            (_, Some([a, b])) if parts.is_empty() && (a * 255.0 - 1.0).abs() < 1e-3 && b.abs() < 1e-6 => {}
            (_, Some([a, b])) => {
                let channels = parts.shape().last().copied().unwrap_or_default();
                parts.scale(&vec![a as f32; channels], &vec![b as f32; channels])?;
            }
        }
        Ok(view)
    }

    /// As [`Self::flow`], as a row of features, which it is made where it is none.
    pub fn features(&mut self) -> Result<usize, String> {
        let view = self.flow(0)?;
        let walk = &mut *self.walk;
        if view.sizes(walk.parts.shape()).iter().filter(|&&size| size > 1).count() > 1 {
            return Err("expected one row of features; put a Flatten before it".into());
        }
        if walk.parts.shape().len() > 1 {
            walk.order = view.order(walk.parts.shape());
            walk.parts.push(crate::spec::LayerSpec::Flatten, vec![])?;
        }
        Ok(walk.parts.shape()[0])
    }

    /// As [`Self::flow`], as an image whose channels are first: its height, width and channels.
    pub fn image(&mut self) -> Result<[usize; 3], String> {
        let view = self.flow(0)?;
        let shape = self.walk.parts.shape();
        let image: Result<[usize; 3], _> = shape.try_into();
        match image {
            Ok(image) if view == View::channels_first(&image) => Ok(image),
            _ => Err(format!(
                "expected an image with its channels first, got {}",
                show_shape(&view.sizes(shape))
            )),
        }
    }

    /// What is around the first input; after that it is gone.
    pub fn take_frame(&mut self) -> Option<Frame> {
        let name = self.node.input.first()?;
        match self.walk.values.get_mut(name) {
            Some(Kept::Value(Value::Flow(flow))) => flow.frame.take(),
            _ => None,
        }
    }

    /// What is around an input becomes a layer: the node does not take it.
    pub fn settle_frames(&mut self) -> Result<(), String> {
        for name in &self.node.input {
            let Some(Kept::Value(Value::Flow(flow))) = self.walk.values.get_mut(name) else {
                continue;
            };
            let Some(frame) = flow.frame.take() else { continue };
            if flow.age != self.walk.age {
                return Err(BRANCHES.into());
            }
            self.walk.age += 1;
            flow.age = self.walk.age;
            flow.view = self.walk.parts.pad(&frame, &flow.view)?;
        }
        Ok(())
    }

    /// The output is what a layer gives, seen like that.
    pub fn advance(&mut self, view: View) {
        self.advance_framed(view, None);
    }

    /// As [`Self::advance`], with something around it.
    pub fn advance_framed(&mut self, view: View, frame: Option<Frame>) {
        self.walk.age += 1;
        let flow = Flow::new(self.walk.age, view);
        self.give_flow(Flow { frame, ..flow });
    }

    /// The output is an image whose channels are first.
    pub fn advance_image(&mut self) -> Result<(), String> {
        let shape: [usize; 3] = self.walk.parts.shape().try_into().map_err(|_| "it gives no image")?;
        self.advance(View::channels_first(&shape));
        Ok(())
    }

    /// The output is a row of features in our order.
    pub fn advance_features(&mut self) {
        self.walk.order = None;
        self.advance(View::of(self.walk.parts.shape(), &[0]));
    }

    /// The output is this.
    pub fn give_flow(&mut self, flow: Flow) {
        self.give(Value::Flow(flow));
    }

    /// The output is this, computed of constants.
    pub fn give_constant(&mut self, tensor: Tensor) -> Result<(), String> {
        let left = self.walk.to_keep.checked_sub(tensor.data.len());
        self.walk.to_keep = left.ok_or("the graph computes more constants than it holds")?;
        self.give(Value::Constant(Rc::new(tensor)));
        Ok(())
    }

    /// The output is what an input is.
    pub fn give(&mut self, value: Value) {
        if let Some(name) = self.node.output.first() {
            self.walk.values.insert(name.clone(), Kept::Value(value));
        }
    }

    /// An attribute that is a whole number.
    pub fn int(&self, name: &str, default: i64) -> i64 {
        self.attribute(name)
            .and_then(|attribute| attribute.i)
            .unwrap_or(default)
    }

    /// An attribute that is a number.
    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.attribute(name)
            .and_then(|attribute| attribute.f)
            .unwrap_or(default)
    }

    /// An attribute that is a text.
    pub fn text(&self, name: &str) -> String {
        let text = self.attribute(name).and_then(|attribute| attribute.s.as_ref());
        text.map(|text| String::from_utf8_lossy(text).into_owned())
            .unwrap_or_default()
    }

    /// An attribute that is a list of whole numbers; none where it is not there.
    pub fn list(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name)
            .map(|attribute| &attribute.ints[..])
            .filter(|ints| !ints.is_empty())
    }

    /// An attribute.
    pub fn attribute(&self, name: &str) -> Option<&proto::AttributeProto> {
        self.node.attribute.iter().find(|attribute| attribute.name == name)
    }
}
