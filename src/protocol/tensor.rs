//! Numbers on their way.

use serde::{Deserialize, Serialize};

use crate::spec::Shape;

/// Numbers with a shape, row-major, without the batch dimension.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tensor {
    /// Of `data`.
    pub shape: Shape,
    /// Row-major.
    #[serde(with = "f32_bytes")]
    pub data: Vec<f32>,
}

/// `Vec<f32>` as one run of little-endian bytes: one copy instead of one call a number.
pub(super) mod f32_bytes {
    use serde::{Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(data: &[f32], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytemuck::cast_slice(data))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f32>, D::Error> {
        let bytes: &[u8] = serde_bytes::deserialize(deserializer)?;
        if !bytes.len().is_multiple_of(4) {
            return Err(D::Error::custom("a tensor's bytes must come in fours"));
        }
        Ok(bytemuck::allocation::pod_collect_to_vec(bytes))
    }
}
