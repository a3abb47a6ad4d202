//! Models as files: what the page asks for and gets.

use serde::{Deserialize, Serialize};

use super::{Metrics, OwnFile};
use crate::spec::ModelSpec;

/// What the page asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FileCommand {
    /// Read a model. Answered by [`FileEvent::Loaded`], after which a run can begin with its weights
    /// ([`TrainConfig::initial_weights`](crate::spec::TrainConfig::initial_weights)), or by [`FileEvent::Refused`]: then
    /// everything is as it was before.
    Load {
        /// A safetensors or ONNX file.
        file: OwnFile,
        /// What it is the weights of, where it does not say so itself.
        model: ModelSpec,
    },
    /// Write the run's model. Answered by [`FileEvent::Saved`].
    Save {
        /// As what.
        format: FileFormat,
    },
}

/// What a model can be written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileFormat {
    /// Weights, with model and training in the metadata.
    Safetensors,
    /// A graph for other programs.
    Onnx,
    /// A script for Keras that reads the weights from the safetensors file.
    Keras,
    /// The same for PyTorch.
    PyTorch,
    /// The same for this engine.
    Rust,
}

impl FileFormat {
    /// In the order of the page.
    pub const ALL: [Self; 5] = [Self::Safetensors, Self::Onnx, Self::Keras, Self::PyTorch, Self::Rust];

    /// In names of buttons.
    pub fn id(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Keras => "keras",
            Self::PyTorch => "pytorch",
            Self::Rust => "rust",
        }
    }

    /// What its files' names end in.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Safetensors => ".safetensors",
            Self::Onnx => ".onnx",
            Self::Keras => "_keras.py",
            Self::PyTorch => "_pytorch.py",
            Self::Rust => ".rs",
        }
    }
}

/// What the page gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FileEvent {
    /// A model was read.
    Loaded(Box<LoadedModel>),
    /// The file cannot be used.
    Refused {
        /// Why, and what to do.
        message: String,
    },
    /// A model was written.
    Saved {
        /// What the file is to be called.
        name: String,
        /// The file.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
}

/// A model that was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadedModel {
    /// The file's name.
    pub name: String,
    /// The model.
    pub model: ModelSpec,
    /// Fingerprint of its weights.
    pub weights_hash: String,
    /// What the file says of its training: steps, and what it reached on the test images.
    pub trained: Option<(usize, Option<Metrics>)>,
    /// The file has a fingerprint, and the weights have another.
    pub altered: bool,
}
