//! What each operator does to the image, and to what a graph knows of its shapes.

mod elementwise;
mod layers;
mod shapes;

use super::import::At;

/// Carries out a node.
///
/// # Errors
/// Why it cannot be read.
pub fn apply(at: &mut At) -> Result<(), String> {
    if !["", "ai.onnx"].contains(&&*at.node.domain) {
        return Err(format!("its domain is {}", super::import::short(&at.node.domain)));
    }
    if !["Conv", "MaxPool", "AveragePool"].contains(&&*at.node.op_type) {
        at.settle_frames()?;
    }
    match &*at.node.op_type {
        "Conv" => layers::convolution(at),
        "Gemm" => layers::gemm(at),
        "MatMul" => layers::mat_mul(at),
        "LayerNormalization" => layers::layer_normalization(at),
        "BatchNormalization" => layers::batch_normalization(at),
        "MaxPool" => layers::pool(at, true),
        "AveragePool" => layers::pool(at, false),
        "GlobalAveragePool" => layers::global_average_pool(at),
        "ReduceMean" => layers::reduce_mean(at),
        "Dropout" => layers::dropout(at),
        "Softmax" | "LogSoftmax" => layers::softmax(at),
        "Constant" => shapes::constant(at),
        "ConstantOfShape" => shapes::constant_of_shape(at),
        "Identity" => shapes::identity(at),
        "Cast" => shapes::cast(at),
        "Pad" => shapes::pad(at),
        "Flatten" => shapes::flatten(at),
        "Reshape" => shapes::reshape(at),
        "Transpose" => shapes::transpose(at),
        "Squeeze" => shapes::squeeze(at),
        "Unsqueeze" => shapes::unsqueeze(at),
        "Shape" => shapes::shape(at),
        "Gather" => shapes::gather(at),
        "Slice" => shapes::slice(at),
        "Concat" => shapes::concat(at),
        _ => elementwise::apply(at),
    }
}
