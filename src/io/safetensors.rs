//! Weights in the safetensors format.
//!
//! Tensors are named by layer and role, `conv2d_1.weight`, `dense.bias`, `batch_normalization.running_mean`, with Keras's automatic layer names and
//! Keras's layout; they are written as `F32`, the shipped models as `F16`, and both are read. What built and trained them is one JSON text in the metadata, under `digit-lab`.

use std::collections::HashMap;

use half::f16;
use safetensors::{
    SafeTensors,
    tensor::{Dtype, SafeTensorError, TensorView},
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    nn::{Param, Sequential},
    report::Metrics,
    spec::{ModelSpec, TrainConfig, show_shape},
};

/// The metadata's key.
pub(super) const KEY: &str = "digit-lab";

/// The longest header that is looked at, in bytes: 64 layers take about 20,000.
const MAX_HEADER: u64 = 1_000_000;

/// What is known of the weights in a file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The model.
    pub model: ModelSpec,
    /// How it was trained.
    pub config: TrainConfig,
    /// Steps trained.
    pub global_step: usize,
    /// Measured on the test images, if it was.
    pub test: Option<Metrics>,
    /// [`Sequential::weights_hash`] of the weights; empty in files of before it was noted.
    #[serde(default)]
    pub weights_hash: String,
}

/// Why weights cannot be read.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The bytes are no such file.
    #[error("this is no safetensors file: {0}")]
    Format(#[from] SafeTensorError),
    /// What comes before the weights is too long to be believed.
    #[error("this is no safetensors file of a model: its header has {0} bytes, expected at most {MAX_HEADER}")]
    Header(u64),
    /// Some tensor is not of 32-bit or 16-bit numbers.
    #[error("tensor {name}: expected F32 or F16, got {got:?}")]
    Type {
        /// The tensor.
        name: String,
        /// The type of its numbers.
        got: Dtype,
    },
    /// The tensors are not those of the model.
    #[error("the weights do not fit the model: expected {expected}; found {found}")]
    Mismatch {
        /// Names and shapes that the model has.
        expected: String,
        /// Names and shapes in the file.
        found: String,
    },
}

/// A model's weights as a file. The same weights and facts give the same bytes.
pub fn save(model: &Sequential, facts: &Facts) -> Vec<u8> {
    write(model, facts, Dtype::F32, |numbers| {
        bytemuck::cast_slice(numbers).to_vec()
    })
}

/// As [`save`], in half the size: numbers of 16 bits. Nothing is lost of weights that went through [`round`].
pub fn save_halves(model: &Sequential, facts: &Facts) -> Vec<u8> {
    let halves = |numbers: &[f32]| {
        let halves = numbers.iter().map(|&number| f16::from_f32(number).to_le_bytes());
        halves.flatten().collect()
    };
    write(model, facts, Dtype::F16, halves)
}

/// The last bits of 16 that are 0 after [`round`]: with 6 bits of fraction a weight is within 1 % of what it was, and a
/// compressed file is a fifth smaller.
const DROPPED_BITS: u32 = 4;

/// Makes each weight the nearest number of 12 bits, which are the first of 16.
pub fn round(model: &mut Sequential) {
    let numbers = model.tensors_mut().flat_map(|param| &mut param.value);
    numbers.for_each(|number| *number = rounded(*number));
}

/// A carry out of the fraction makes the exponent one more, as it should.
fn rounded(number: f32) -> f32 {
    let bits = f16::from_f32(number).to_bits() + (1 << (DROPPED_BITS - 1));
    f16::from_bits(bits >> DROPPED_BITS << DROPPED_BITS).to_f32()
}

fn write(model: &Sequential, facts: &Facts, dtype: Dtype, bytes: impl Fn(&[f32]) -> Vec<u8>) -> Vec<u8> {
    let data: Vec<_> = model.tensors().map(|param| (param, bytes(&param.value))).collect();
    let views = data.iter().map(|(param, bytes)| {
        let view = TensorView::new(dtype, param.shape.clone(), bytes);
        (
            &param.name,
            view.expect("a parameter has as many numbers as its shape says"),
        )
    });
    let facts = serde_json::to_string(facts).expect("plain data can be written as JSON");
    let metadata = HashMap::from([(KEY.to_string(), facts)]);
    safetensors::serialize(views, Some(metadata)).expect("a model's header is small and well formed")
}

/// What the file says of its weights, if this program wrote it.
///
/// # Errors
/// When the bytes are no safetensors file.
pub fn facts(bytes: &[u8]) -> Result<Option<Facts>, LoadError> {
    check_header(bytes)?;
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let text = header.metadata().as_ref().and_then(|metadata| metadata.get(KEY));
    Ok(text.and_then(|text| serde_json::from_str(text).ok()))
}

/// Whether a file is of this kind, by its first bytes: a length, then JSON.
pub fn is_safetensors(bytes: &[u8]) -> bool {
    bytes.get(8) == Some(&b'{')
}

/// How many numbers the tensors of a file have together.
///
/// # Errors
/// When the bytes are no safetensors file.
pub fn count(bytes: &[u8]) -> Result<usize, LoadError> {
    check_header(bytes)?;
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let sizes = header
        .tensors()
        .into_values()
        .map(|info| info.shape.iter().product::<usize>());
    Ok(sizes.sum())
}

/// Looks at the length of the header before it is read.
fn check_header(bytes: &[u8]) -> Result<(), LoadError> {
    match bytes.first_chunk().map(|length| u64::from_le_bytes(*length)) {
        Some(length) if length > MAX_HEADER => Err(LoadError::Header(length)),
        _ => Ok(()),
    }
}

/// Gives the model the weights of a file: by name where all names are the model's, otherwise by order, provided that
/// all shapes fit.
///
/// # Errors
/// When the file is broken or does not fit; then the model is as before.
pub fn load(model: &mut Sequential, bytes: &[u8]) -> Result<(), LoadError> {
    check_header(bytes)?;
    let file = SafeTensors::deserialize(bytes)?;
    let mut tensors = file.tensors();
    let known = |view: &TensorView| matches!(view.dtype(), Dtype::F32 | Dtype::F16);
    if let Some((name, view)) = tensors.iter().find(|(_, view)| !known(view)) {
        return Err(LoadError::Type {
            name: name.clone(),
            got: view.dtype(),
        });
    }
    let mut params: Vec<_> = model.tensors_mut().collect();
    sort(&mut tensors, &params);
    if !fit(&params, &tensors) {
        return Err(mismatch(&params, &tensors));
    }
    for (param, (_, view)) in params.iter_mut().zip(&tensors) {
        param.value = numbers(view);
    }
    Ok(())
}

/// The numbers of a tensor of `F32` or `F16`.
fn numbers(view: &TensorView) -> Vec<f32> {
    match view.dtype() {
        Dtype::F16 => {
            let (halves, _) = view.data().as_chunks();
            halves.iter().map(|&half| f16::from_le_bytes(half).to_f32()).collect()
        }
        _ => bytemuck::allocation::pod_collect_to_vec(view.data()),
    }
}

/// Puts the tensors into the order of the parameters, if they have the same names; otherwise by layer name, numbers
/// counted as numbers, and the bias of a layer last.
fn sort(tensors: &mut [(String, TensorView)], params: &[&mut Param]) {
    let position = |name: &str| params.iter().position(|param| param.name == name);
    if tensors.iter().all(|(name, _)| position(name).is_some()) {
        tensors.sort_by_key(|(name, _)| position(name));
    } else {
        tensors.sort_by_cached_key(|(name, _)| {
            let (layer, role) = name.rsplit_once('.').unwrap_or((name, ""));
            (natural(layer), role_order(role))
        });
    }
}

/// The order of a layer's tensors.
fn role_order(role: &str) -> usize {
    let roles = ["bias", "running_mean", "running_variance"];
    roles
        .iter()
        .position(|&other| other == role)
        .map_or(0, |place| 1 + place)
}

/// A name cut where digits begin or end, so that `conv10` comes after `conv2`: `(text, number)` pairs.
fn natural(name: &str) -> Vec<(String, u64)> {
    let mut parts = vec![(String::new(), 0u64)];
    let mut in_number = false;
    for c in name.chars() {
        let digit = c.to_digit(10);
        if digit.is_none() && in_number {
            parts.push((String::new(), 0));
        }
        let (text, number) = parts.last_mut().expect("it starts with one");
        match digit {
            Some(digit) => *number = number.saturating_mul(10).saturating_add(digit.into()),
            None => text.push(c),
        }
        in_number = digit.is_some();
    }
    parts
}

fn fit(params: &[&mut Param], tensors: &[(String, TensorView)]) -> bool {
    params.len() == tensors.len()
        && params
            .iter()
            .zip(tensors)
            .all(|(param, (_, view))| param.shape == view.shape())
}

fn mismatch(params: &[&mut Param], tensors: &[(String, TensorView)]) -> LoadError {
    let list = |rows: Vec<(&str, &[usize])>| {
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, shape)| format!("{name} {}", show_shape(shape)))
            .collect();
        if rows.is_empty() {
            "nothing".into()
        } else {
            rows.join(", ")
        }
    };
    LoadError::Mismatch {
        expected: list(params.iter().map(|param| (&*param.name, &*param.shape)).collect()),
        found: list(tensors.iter().map(|(name, view)| (&**name, view.shape())).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        random::{Stream, generator},
        spec::{Activation, LayerSpec},
    };

    fn spec() -> ModelSpec {
        ModelSpec {
            input_shape: vec![4, 4, 1],
            layers: vec![
                LayerSpec::conv2d(2, 3, Activation::Relu),
                LayerSpec::Flatten,
                LayerSpec::dense(4, Activation::Relu),
                LayerSpec::dense(2, Activation::Softmax),
            ],
        }
    }

    fn model(seed: u64) -> Sequential {
        Sequential::build(&spec(), &mut generator(seed, Stream::Weights)).unwrap()
    }

    fn some_facts() -> Facts {
        Facts {
            model: spec(),
            config: TrainConfig::default(),
            global_step: 7,
            test: None,
            weights_hash: String::new(),
        }
    }

    fn file(tensors: &[(&str, &[usize])]) -> Vec<u8> {
        let data = vec![0; 4 * 1000];
        let views = tensors.iter().map(|(name, shape)| {
            let len = 4 * shape.iter().product::<usize>();
            (name, TensorView::new(Dtype::F32, shape.to_vec(), &data[..len]).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    #[test]
    fn weights_and_facts_survive_the_way() {
        let (first, mut second) = (model(1), model(2));
        let bytes = save(&first, &some_facts());
        assert_ne!(first.weights_hash(), second.weights_hash());
        load(&mut second, &bytes).unwrap();
        assert_eq!(first.weights_hash(), second.weights_hash());
        assert_eq!(facts(&bytes).unwrap(), Some(some_facts()));
        assert_eq!(save(&second, &some_facts()), bytes);
    }

    #[test]
    fn rounding_keeps_six_bits_of_the_fraction() {
        for number in [1.0, -0.3, 1.9999, 0.062, -3.3, 0.0] {
            let near = rounded(number);
            assert!((near - number).abs() <= number.abs() / 128.0, "{number} became {near}");
            assert_eq!(
                (near, f16::from_f32(near).to_bits() % 16),
                (rounded(near), 0),
                "{number}"
            );
        }
    }

    #[test]
    fn halves_take_half_the_room_and_are_read_as_what_was_rounded() {
        let (mut first, mut second) = (model(1), model(2));
        let exact = first.weights_hash();
        let whole = save(&first, &some_facts());
        round(&mut first);
        assert_ne!(first.weights_hash(), exact);
        let bytes = save_halves(&first, &some_facts());
        let count = first.tensors().map(|param| param.value.len()).sum::<usize>();
        // The header is padded to a multiple of 8 bytes.
        assert!(
            whole.len() - bytes.len() >= 2 * count - 8,
            "{} {}",
            whole.len(),
            bytes.len()
        );
        load(&mut second, &bytes).unwrap();
        assert_eq!(second.weights_hash(), first.weights_hash());
        assert_eq!(facts(&bytes).unwrap(), Some(some_facts()));
    }

    #[test]
    fn foreign_names_are_taken_in_order_and_have_no_facts() {
        let shapes: [&[usize]; 6] = [&[2], &[3, 3, 1, 2], &[4], &[8, 4], &[2], &[4, 2]];
        let names = [
            "a.bias",
            "a.kernel",
            "fc2.bias",
            "fc2.kernel",
            "fc10.bias",
            "fc10.kernel",
        ];
        let tensors: Vec<_> = names.into_iter().zip(shapes).collect();
        let bytes = file(&tensors);
        let mut model = model(1);
        load(&mut model, &bytes).unwrap();
        assert!(model.params().all(|param| param.value.iter().all(|&x| x == 0.0)));
        assert_eq!(facts(&bytes).unwrap(), None);
    }

    #[test]
    fn a_file_that_does_not_fit_says_what_was_expected_and_found_and_changes_nothing() {
        let mut model = model(1);
        let before = model.weights_hash();
        let message = load(&mut model, &file(&[("a.weight", &[3, 2])]))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("expected conv2d.weight 3x3x1x2, conv2d.bias 2, dense.weight 8x4"),
            "{message}"
        );
        assert!(message.ends_with("found a.weight 3x2"), "{message}");
        assert!(matches!(load(&mut model, b"nonsense"), Err(LoadError::Header(_))));

        let doubles = TensorView::new(Dtype::F64, vec![1], &[0; 8]).unwrap();
        let bytes = safetensors::serialize([("x", doubles)], None).unwrap();
        let message = load(&mut model, &bytes).unwrap_err().to_string();
        assert_eq!(message, "tensor x: expected F32 or F16, got F64");
        assert_eq!(model.weights_hash(), before);
    }
}
