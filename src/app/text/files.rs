//! The words of what goes in and out as files.

use crate::{
    app::format::{fixed, thousands},
    protocol::{FileFormat, LoadedModel},
};

words! {
    /// The words of what goes in and out as files.
    FileText {
        title: "Model file",
        load: "Load",
        save: "Save",
        hint: "A safetensors or ONNX file becomes the model, with its weights, and a new run begins with them.",
        reading: "Reading\u{2026}",
        drop_here: "Drop a .safetensors or .onnx file here",
        from_seed: "Begin with weights from the seed",
        held: "The assignment keeps the model as it is: no other can be loaded. Nothing has changed.",
        missing: "That run began with the weights of a file that is not loaded. Choose the file first, then train again. Nothing has \
            changed.",
    }
}

impl FileText {
    /// What a file's button is called.
    pub fn format(&self, format: FileFormat) -> &'static str {
        match format {
            FileFormat::Safetensors => "safetensors",
            FileFormat::Onnx => "ONNX",
            FileFormat::Keras => "Keras",
            FileFormat::PyTorch => "PyTorch",
            FileFormat::Rust => "Rust",
        }
    }

    /// What the file holds.
    pub fn format_help(&self, format: FileFormat) -> &'static str {
        match format {
            FileFormat::Safetensors => "Weights, model and settings: can be loaded here again",
            FileFormat::Onnx => "For ONNX Runtime and others: images NxHxWxC in, probabilities out",
            FileFormat::Keras => "A script that reads the safetensors file in Keras",
            FileFormat::PyTorch => "A script that reads the safetensors file in PyTorch",
            FileFormat::Rust => "A program that reads the safetensors file with this engine",
        }
    }

    /// What was loaded.
    pub fn loaded(&self, loaded: &LoadedModel) -> String {
        let mut parts = vec![format!("{}: weights {}", loaded.name, loaded.weights_hash)];
        if let Some((steps, test)) = loaded.trained {
            parts.push(format!("trained for {} steps", thousands(steps)));
            parts.extend(test.map(|test| format!("test accuracy {}", fixed(test.accuracy, 4))));
        }
        if loaded.altered {
            parts.push("changed since they were saved".into());
        }
        parts.join(", ")
    }
}
