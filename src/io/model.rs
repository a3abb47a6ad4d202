//! A model from a file, whichever kind it is: nothing about it is believed before it is checked.

use thiserror::Error;

use super::{
    onnx::{self, OnnxError},
    safetensors::{self, Facts, LoadError},
};
use crate::{
    nn::Sequential,
    random::{Stream, generator},
    spec::{MAX_MODEL_BYTES, ModelSpec, SpecError},
};

/// A model that was read, and what its file says of it.
pub struct Loaded {
    /// The model with the file's weights.
    pub model: Sequential,
    /// How it was trained, if this program wrote the file.
    pub facts: Option<Facts>,
}

/// Why there is no model in a file.
#[derive(Debug, Error)]
pub enum ModelFileError {
    /// It is too large.
    #[error("it has {0} bytes; at most {MAX_MODEL_BYTES} are read")]
    Size(usize),
    /// A safetensors file that cannot be read or does not fit.
    #[error(transparent)]
    Safetensors(#[from] LoadError),
    /// An ONNX file that cannot be read.
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    /// The model that it says it holds cannot be built.
    #[error(transparent)]
    Model(#[from] SpecError),
    /// It says that it holds another model than it does.
    #[error("it says that its model has {expected} parameters; found {found}")]
    Count {
        /// By the model in its metadata.
        expected: usize,
        /// In its tensors.
        found: usize,
    },
    /// Some weight is no number.
    #[error("some of {0} are not finite numbers")]
    NotFinite(String),
}

/// Reads a model. Weights that come without a model are those of `otherwise`.
///
/// # Errors
/// When the file is broken, too large, or holds what cannot be used.
pub fn read(bytes: Vec<u8>, otherwise: &ModelSpec) -> Result<Loaded, ModelFileError> {
    if bytes.len() > MAX_MODEL_BYTES {
        return Err(ModelFileError::Size(bytes.len()));
    }
    let loaded = match safetensors::is_safetensors(&bytes) {
        true => read_safetensors(&bytes, otherwise)?,
        false => Loaded {
            model: onnx::load(bytes)?,
            facts: None,
        },
    };
    let is_finite = |values: &[f32]| values.iter().all(|value| value.is_finite());
    let spoiled = loaded.model.tensors().find(|param| !is_finite(&param.value));
    match spoiled.map(|param| param.name.clone()) {
        Some(name) => Err(ModelFileError::NotFinite(name)),
        None => Ok(loaded),
    }
}

fn read_safetensors(bytes: &[u8], otherwise: &ModelSpec) -> Result<Loaded, ModelFileError> {
    let facts = safetensors::facts(bytes)?;
    let spec = facts.as_ref().map_or(otherwise, |facts| &facts.model);
    if facts.is_some() {
        // Before the model takes memory that the file does not have.
        let expected = spec.param_counts()?.iter().flatten().sum();
        let found = safetensors::count(bytes)?;
        if expected != found {
            return Err(ModelFileError::Count { expected, found });
        }
    }
    let mut model = Sequential::build(spec, &mut generator(0, Stream::Weights))?;
    safetensors::load(&mut model, bytes)?;
    Ok(Loaded { model, facts })
}
