//! Constants of a graph: checked, with their numbers as numbers.

use prost::bytes::Bytes;

use super::proto::TensorProto;

/// `onnx.TensorProto.DataType`.
pub const FLOAT: i32 = 1;
const INT32: i32 = 6;
pub const INT64: i32 = 7;
const BOOL: i32 = 9;
pub const FLOAT16: i32 = 10;
pub const DOUBLE: i32 = 11;

/// The most numbers of a constant: more than any model here has.
const MAX_NUMBERS: usize = 20_000_000;

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Of `data`.
    pub shape: Vec<usize>,
    /// Row-major.
    pub data: Data,
}

/// Numbers of a kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Weights.
    Floats(Vec<f32>),
    /// Sizes and places.
    Ints(Vec<i64>),
}

impl Tensor {
    /// A list of whole numbers.
    pub fn ints(ints: Vec<i64>) -> Self {
        Self {
            shape: vec![ints.len()],
            data: Data::Ints(ints),
        }
    }

    /// One number without axes, or a list.
    pub fn floats(shape: Vec<usize>, floats: Vec<f32>) -> Self {
        Self {
            shape,
            data: Data::Floats(floats),
        }
    }

    /// Reads a constant.
    ///
    /// # Errors
    /// Why it cannot be: a kind of number that is not known, or not as many numbers as its shape says.
    pub fn read(proto: &TensorProto) -> Result<Self, String> {
        if proto.data_location != 0 {
            return Err("its weights are in another file; save the model as one file".into());
        }
        let shape: Option<Vec<usize>> = proto.dims.iter().map(|&size| usize::try_from(size).ok()).collect();
        let shape = shape.ok_or("a constant has a negative size")?;
        let count = shape.iter().try_fold(1usize, |count, &size| count.checked_mul(size));
        let count = count
            .filter(|&count| count <= MAX_NUMBERS)
            .ok_or(format!("a constant of more than {MAX_NUMBERS} numbers"))?;
        let data = read_data(proto)?;
        match data.len() {
            len if len == count => Ok(Self { shape, data }),
            len => Err(format!("a constant of {count} numbers has {len}")),
        }
    }

    /// For a file.
    pub fn write(&self, name: String) -> TensorProto {
        let (data_type, raw) = match &self.data {
            Data::Floats(floats) => (FLOAT, bytemuck::cast_slice(floats).to_vec()),
            Data::Ints(ints) => (INT64, bytemuck::cast_slice(ints).to_vec()),
        };
        TensorProto {
            dims: self.shape.iter().map(|&size| size as i64).collect(),
            data_type,
            name,
            raw_data: Some(Bytes::from(raw)),
            ..TensorProto::default()
        }
    }

    /// The same numbers in other axes, which have as many.
    pub fn reshaped(self, shape: Vec<usize>) -> Self {
        Self { shape, ..self }
    }

    /// As floats, or as whole numbers, cut towards 0.
    pub fn cast(self, to_floats: bool) -> Self {
        let data = match self.data {
            Data::Ints(ints) if to_floats => Data::Floats(ints.into_iter().map(|int| int as f32).collect()),
            Data::Floats(floats) if !to_floats => Data::Ints(floats.into_iter().map(|float| float as i64).collect()),
            data => data,
        };
        Self { data, ..self }
    }

    /// With other axes: those of `self` in that order.
    ///
    /// # Panics
    /// When `order` is none of all axes.
    pub fn permuted(&self, order: &[usize]) -> Self {
        let shape: Vec<usize> = order.iter().map(|&axis| self.shape[axis]).collect();
        let places = places(&self.shape, order);
        let data = match &self.data {
            Data::Floats(data) => Data::Floats(places.map(|place| data[place]).collect()),
            Data::Ints(data) => Data::Ints(places.map(|place| data[place]).collect()),
        };
        Self { shape, data }
    }
}

impl Data {
    /// How many numbers.
    pub fn len(&self) -> usize {
        match self {
            Self::Floats(floats) => floats.len(),
            Self::Ints(ints) => ints.len(),
        }
    }

    /// One of them.
    pub fn number(&self, place: usize) -> f64 {
        match self {
            Self::Floats(floats) => floats[place].into(),
            Self::Ints(ints) => ints[place] as f64,
        }
    }
}

/// For every place of an array whose axes are those of `shape` in another order: its place in the original, row-major.
pub fn places(shape: &[usize], order: &[usize]) -> impl Iterator<Item = usize> {
    let step = |axis: usize| shape[axis + 1..].iter().product::<usize>();
    // Of the new axes: size, and from place to place in the original.
    let axes: Vec<[usize; 2]> = order.iter().map(|&axis| [shape[axis], step(axis)]).collect();
    let count = axes.iter().map(|[size, _]| size).product();
    let (mut at, mut place) = (vec![0; axes.len()], 0);
    (0..count).map(move |_| {
        let here = place;
        for (i, [size, step]) in at.iter_mut().zip(&axes).rev() {
            *i += 1;
            place += step;
            if *i < *size {
                break;
            }
            place -= step * size;
            *i = 0;
        }
        here
    })
}

fn read_data(proto: &TensorProto) -> Result<Data, String> {
    let raw = proto.raw_data.as_ref();
    Ok(match proto.data_type {
        FLOAT => Data::Floats(match raw {
            Some(raw) => numbers(raw)?.map(f32::from_le_bytes).collect(),
            None => proto.float_data.clone(),
        }),
        DOUBLE => Data::Floats(match raw {
            Some(raw) => numbers(raw)?.map(|bytes| f64::from_le_bytes(bytes) as f32).collect(),
            None => proto.double_data.iter().map(|&number| number as f32).collect(),
        }),
        INT64 => Data::Ints(match raw {
            Some(raw) => numbers(raw)?.map(i64::from_le_bytes).collect(),
            None => proto.int64_data.clone(),
        }),
        INT32 => Data::Ints(match raw {
            Some(raw) => numbers(raw)?.map(|bytes| i32::from_le_bytes(bytes).into()).collect(),
            None => proto.int32_data.iter().map(|&number| number.into()).collect(),
        }),
        BOOL => Data::Ints(match raw {
            Some(raw) => raw.iter().map(|&byte| byte.into()).collect(),
            None => proto.int32_data.iter().map(|&number| number.into()).collect(),
        }),
        other => {
            return Err(format!(
                "a constant of data type {other}; expected float, double, int32, int64 or bool"
            ));
        }
    })
}

/// The bytes of each number.
fn numbers<const BYTES: usize>(raw: &[u8]) -> Result<impl Iterator<Item = [u8; BYTES]>, String> {
    let (numbers, rest) = raw.as_chunks();
    match rest {
        [] => Ok(numbers.iter().copied()),
        _ => Err("a constant breaks off".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_change_places() {
        let tensor = Tensor::ints((0..6).collect());
        let tensor = Tensor {
            shape: vec![1, 2, 3],
            ..tensor
        };
        let turned = tensor.permuted(&[2, 0, 1]);
        assert_eq!(turned.shape, [3, 1, 2]);
        assert_eq!(turned.data, Data::Ints(vec![0, 3, 1, 4, 2, 5]));
        assert_eq!(turned.permuted(&[1, 2, 0]), tensor);
    }

    #[test]
    fn a_constant_is_believed_only_when_its_size_is_right() {
        let tensor = Tensor::floats(vec![2, 2], vec![1.0, 2.0, 3.0, 4.0]);
        let proto = tensor.write("w".into());
        assert_eq!(Tensor::read(&proto).unwrap(), tensor);
        let with = |dims: &[i64]| {
            let proto = TensorProto {
                dims: dims.to_vec(),
                ..proto.clone()
            };
            Tensor::read(&proto).unwrap_err()
        };
        assert_eq!(with(&[5]), "a constant of 5 numbers has 4");
        assert_eq!(with(&[-4]), "a constant has a negative size");
        assert_eq!(with(&[1 << 40, 1 << 40]), "a constant of more than 20000000 numbers");
    }
}
