//! The messages of ONNX that are needed, with the field numbers of `onnx.proto`; fields that are not listed are skipped.

use prost::{
    Message,
    bytes::{Buf, Bytes},
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};

use super::OnnxError;

/// How many fields a file may have, each number of a shape counted as one: a message can be two bytes in the file and some
/// hundred in memory.
const MAX_FIELDS: usize = 50_000;

/// The whole file.
#[derive(Clone, PartialEq, Message)]
pub struct ModelProto {
    #[prost(int64, tag = "1")]
    pub ir_version: i64,
    #[prost(string, tag = "2")]
    pub producer_name: String,
    #[prost(message, optional, tag = "7")]
    pub graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    pub opset_import: Vec<OperatorSetId>,
    #[prost(message, repeated, tag = "14")]
    pub metadata_props: Vec<Entry>,
}

/// Which operators are meant.
#[derive(Clone, PartialEq, Message)]
pub struct OperatorSetId {
    #[prost(string, tag = "1")]
    pub domain: String,
    #[prost(int64, tag = "2")]
    pub version: i64,
}

/// Anything that is noted beside the graph.
#[derive(Clone, PartialEq, Message)]
pub struct Entry {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

/// Nodes in the order in which they can be computed, and the constants.
#[derive(Clone, PartialEq, Message)]
pub struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    pub node: Vec<NodeProto>,
    #[prost(string, tag = "2")]
    pub name: String,
    #[prost(message, repeated, tag = "5")]
    pub initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    pub input: Vec<ValueInfo>,
    #[prost(message, repeated, tag = "12")]
    pub output: Vec<ValueInfo>,
}

/// One operation.
#[derive(Clone, PartialEq, Message)]
pub struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    pub input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub output: Vec<String>,
    #[prost(string, tag = "3")]
    pub name: String,
    #[prost(string, tag = "4")]
    pub op_type: String,
    #[prost(message, repeated, tag = "5")]
    pub attribute: Vec<AttributeProto>,
    #[prost(string, tag = "7")]
    pub domain: String,
}

/// An argument that is no value of the graph.
#[derive(Clone, PartialEq, Message)]
pub struct AttributeProto {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(float, optional, tag = "2")]
    pub f: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    pub i: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub s: Option<Vec<u8>>,
    #[prost(message, optional, tag = "5")]
    pub t: Option<TensorProto>,
    #[prost(float, repeated, packed = "false", tag = "7")]
    pub floats: Vec<f32>,
    #[prost(int64, repeated, packed = "false", tag = "8")]
    pub ints: Vec<i64>,
    #[prost(int32, tag = "20")]
    pub r#type: i32,
}

/// A constant; its numbers are in one of the `data` fields.
#[derive(Clone, PartialEq, Message)]
pub struct TensorProto {
    #[prost(int64, repeated, packed = "false", tag = "1")]
    pub dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub data_type: i32,
    #[prost(float, repeated, tag = "4")]
    pub float_data: Vec<f32>,
    #[prost(int32, repeated, tag = "5")]
    pub int32_data: Vec<i32>,
    #[prost(int64, repeated, tag = "7")]
    pub int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    pub name: String,
    #[prost(bytes = "bytes", optional, tag = "9")]
    pub raw_data: Option<Bytes>,
    #[prost(double, repeated, tag = "10")]
    pub double_data: Vec<f64>,
    #[prost(int32, tag = "14")]
    pub data_location: i32,
}

/// The name and the type of an input or an output.
#[derive(Clone, PartialEq, Message)]
pub struct ValueInfo {
    #[prost(string, tag = "1")]
    pub name: String,
    #[prost(message, optional, tag = "2")]
    pub r#type: Option<TypeProto>,
}

/// A type; here, always a tensor's.
#[derive(Clone, PartialEq, Message)]
pub struct TypeProto {
    #[prost(message, optional, tag = "1")]
    pub tensor_type: Option<TensorType>,
}

/// A tensor's type.
#[derive(Clone, PartialEq, Message)]
pub struct TensorType {
    #[prost(int32, tag = "1")]
    pub elem_type: i32,
    #[prost(message, optional, tag = "2")]
    pub shape: Option<TensorShape>,
}

/// A tensor's shape.
#[derive(Clone, PartialEq, Message)]
pub struct TensorShape {
    #[prost(message, repeated, tag = "1")]
    pub dim: Vec<Dimension>,
}

/// A size, or the name of one that is open.
#[derive(Clone, PartialEq, Message)]
pub struct Dimension {
    #[prost(int64, optional, tag = "1")]
    pub dim_value: Option<i64>,
    #[prost(string, optional, tag = "2")]
    pub dim_param: Option<String>,
}

/// Reads a file, after a look at how many messages it holds.
///
/// # Errors
/// When it is broken, or holds more than [`MAX_FIELDS`].
pub fn read(bytes: Vec<u8>) -> Result<ModelProto, OnnxError> {
    if bytes.is_empty() {
        return Err(OnnxError::Format("it is empty".into()));
    }
    let mut left = MAX_FIELDS;
    count(&bytes, &MODEL, &mut left)?;
    ModelProto::decode(Bytes::from(bytes)).map_err(|error| OnnxError::Format(error.to_string()))
}

/// What to look at in a message: the messages in it, and the lists of packed numbers, by field.
struct Look {
    messages: &'static [(u32, &'static Look)],
    numbers: &'static [u32],
}

const fn look(messages: &'static [(u32, &'static Look)], numbers: &'static [u32]) -> Look {
    Look { messages, numbers }
}

static LEAF: Look = look(&[], &[]);
static TENSOR: Look = look(&[], &[1, 5, 7]);
static ATTRIBUTE: Look = look(&[(5, &TENSOR)], &[7, 8]);
static NODE: Look = look(&[(5, &ATTRIBUTE)], &[]);
static SHAPE: Look = look(&[(1, &LEAF)], &[]);
static TYPE: Look = look(&[(1, &look(&[(2, &SHAPE)], &[]))], &[]);
static VALUE: Look = look(&[(2, &TYPE)], &[]);
static GRAPH: Look = look(&[(1, &NODE), (5, &TENSOR), (11, &VALUE), (12, &VALUE)], &[]);
static MODEL: Look = look(&[(7, &GRAPH), (8, &LEAF), (14, &LEAF)], &[]);

/// Counts fields down, without keeping any.
fn count(mut bytes: &[u8], at: &Look, left: &mut usize) -> Result<(), OnnxError> {
    let broken = |error: prost::DecodeError| OnnxError::Format(error.to_string());
    while bytes.has_remaining() {
        let (tag, wire) = decode_key(&mut bytes).map_err(broken)?;
        take(left, 1)?;
        if wire != WireType::LengthDelimited {
            skip_field(wire, tag, &mut bytes, DecodeContext::default()).map_err(broken)?;
            continue;
        }
        let len = decode_varint(&mut bytes).map_err(broken)?;
        let inner = usize::try_from(len).ok().and_then(|len| bytes.split_at_checked(len));
        let (inner, rest) = inner.ok_or_else(|| OnnxError::Format("it breaks off".into()))?;
        bytes = rest;
        if at.numbers.contains(&tag) {
            take(left, inner.len())?;
        }
        if let Some((_, look)) = at.messages.iter().find(|(field, _)| *field == tag) {
            count(inner, look, left)?;
        }
    }
    Ok(())
}

fn take(left: &mut usize, number: usize) -> Result<(), OnnxError> {
    let rest = left.checked_sub(number);
    *left = rest.ok_or_else(|| OnnxError::Graph(format!("it has more than {MAX_FIELDS} fields beside its weights")))?;
    Ok(())
}
