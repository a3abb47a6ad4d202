//! Models from files and to files, and runs that begin with what was read.

use super::{Session, failed, run::Run};
use crate::{
    io::{
        code,
        model::{self, Loaded},
        onnx,
        safetensors::{self, Facts},
    },
    nn::Sequential,
    protocol::{Event, FailureKind, FileCommand, FileEvent, FileFormat, LoadedModel, OwnFile},
    spec::{ModelSpec, TrainConfig, show_shape},
    train::Trainer,
};

impl Session {
    pub(super) fn file(&mut self, command: FileCommand) -> Event {
        match command {
            FileCommand::Load { file, model } => Event::File(self.load_model(file, &model)),
            FileCommand::Save { format } => match &self.run {
                Some(run) => Event::File(save(run, format)),
                None => failed(FailureKind::Request, "There is no model to save yet.".into()),
            },
        }
    }

    fn load_model(&mut self, file: OwnFile, otherwise: &ModelSpec) -> FileEvent {
        let OwnFile { name, bytes } = file;
        match read(bytes, otherwise) {
            Ok(Loaded { model, facts }) => {
                let weights_hash = model.weights_hash();
                let altered = facts
                    .as_ref()
                    .is_some_and(|facts| !facts.weights_hash.is_empty() && facts.weights_hash != weights_hash);
                let spec = model.spec().clone();
                self.loaded = Some(model);
                FileEvent::Loaded(Box::new(LoadedModel {
                    name,
                    model: spec,
                    weights_hash,
                    trained: facts.map(|facts| (facts.global_step, facts.test)),
                    altered,
                }))
            }
            Err(reason) => FileEvent::Refused {
                message: format!("{name} was not loaded: {reason}. Nothing has changed."),
            },
        }
    }

    /// A new run's trainer: with the weights of the user's file where the settings name them.
    pub(super) fn trainer(&self, model: &ModelSpec, config: &TrainConfig) -> Result<Trainer, String> {
        let trainer = match &config.initial_weights {
            None => Trainer::new(model, config),
            Some(wanted) => {
                let named = |loaded: &&Sequential| loaded_is(loaded, model, wanted);
                let loaded = self.loaded.as_ref().filter(named).ok_or_else(|| missing(wanted))?;
                Trainer::with_weights(model, config, loaded)
            }
        };
        trainer.map_err(|error| error.to_string())
    }
}

fn loaded_is(loaded: &Sequential, model: &ModelSpec, fingerprint: &str) -> bool {
    loaded.spec() == model && loaded.weights_hash() == fingerprint
}

fn missing(fingerprint: &str) -> String {
    format!(
        "the run is to begin with the weights {fingerprint} of a file. Choose that file again, or let the run begin with weights \
         from the seed"
    )
}

/// A model that looks at the images that the page's model looks at.
fn read(bytes: Vec<u8>, otherwise: &ModelSpec) -> Result<Loaded, String> {
    let loaded = model::read(bytes, otherwise).map_err(|error| error.to_string())?;
    let (expected, got) = (&otherwise.input_shape, &loaded.model.spec().input_shape);
    if got != expected {
        let (expected, got) = (show_shape(expected), show_shape(got));
        return Err(format!("its images are {got}; expected {expected}"));
    }
    Ok(loaded)
}

fn save(run: &Run, format: FileFormat) -> FileEvent {
    let model = run.trainer.evaluated();
    let facts = Facts {
        model: model.spec().clone(),
        config: run.trainer.config().clone(),
        global_step: run.trainer.global_step(),
        test: run.tested,
        weights_hash: model.weights_hash(),
    };
    let stem = format!("digit-lab-{}", &facts.weights_hash[..8]);
    let weights = format!("{stem}{}", FileFormat::Safetensors.ending());
    let bytes = match format {
        FileFormat::Safetensors => safetensors::save(model, &facts),
        FileFormat::Onnx => onnx::save(model, &facts),
        FileFormat::Keras => code::keras(&facts, &weights).into_bytes(),
        FileFormat::PyTorch => code::pytorch(&facts, &weights).into_bytes(),
        FileFormat::Rust => code::rust(&facts, &weights).into_bytes(),
    };
    FileEvent::Saved {
        name: format!("{stem}{}", format.ending()),
        bytes,
    }
}
