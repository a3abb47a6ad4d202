//! Models in and out, as files; the worker reads and writes them.

use leptos::prelude::*;
use web_sys::File;

use super::{
    browser::download,
    settings::Settings,
    state::{Lab, Notice, Remedy, WorkerState},
    text::t,
};
use crate::protocol::{Command, FileCommand, FileEvent, FileFormat, LoadedModel};

/// The topic of messages about them.
const TOPIC: &str = "model-file";

/// What the page knows of model files.
#[derive(Debug, Clone, Copy)]
pub struct ModelFile {
    /// The one that was read last: runs can begin with its weights.
    pub loaded: RwSignal<Option<LoadedModel>>,
    /// Whether one is being read.
    pub reading: RwSignal<bool>,
}

impl Default for ModelFile {
    fn default() -> Self {
        Self {
            loaded: RwSignal::new(None),
            reading: RwSignal::new(false),
        }
    }
}

impl Lab {
    /// Reads a model, unless an assignment holds the model.
    pub fn import_model(&self, file: File) {
        if untrack(|| self.is_held("model")) {
            return self.tell_of_model_file(t().files.held.into());
        }
        self.dismiss(TOPIC);
        self.model_file
            .reading
            .set(self.worker.get_untracked() != WorkerState::Stopped);
        let model = self.settings.with_untracked(|settings| settings.model.clone());
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.send_model(file, model);
            }
        });
    }

    /// Saves the run's model, where the browser puts downloads.
    pub fn save_model(&self, format: FileFormat) {
        self.send(Command::File(FileCommand::Save { format }));
    }

    /// What the worker tells of files.
    pub(super) fn take_in_file(&self, event: FileEvent) {
        match event {
            FileEvent::Loaded(loaded) => self.model_loaded(*loaded),
            FileEvent::Refused { message } => {
                self.model_file.reading.set(false);
                self.tell_of_model_file(message);
            }
            FileEvent::Saved { name, bytes } => download(&name, "application/octet-stream", &bytes),
        }
    }

    /// A run that begins with the file's weights takes the place of the one before.
    fn model_loaded(&self, loaded: LoadedModel) {
        let mut settings = self.settings.get_untracked();
        settings.set_model(loaded.model.clone());
        settings.config.initial_weights = Some(loaded.weights_hash.clone());
        self.model_file.reading.set(false);
        self.model_file.loaded.set(Some(loaded));
        self.builder.show(&settings.model);
        let next = self.next_run();
        self.adopt(settings);
        // One of the same settings may have been refused, as these weights were not there.
        if self.next_run() == next {
            self.new_run();
        }
    }

    /// Runs begin with weights from the seed again.
    pub fn begin_from_seed(&self) {
        // Nothing forbids it.
        let _ = self.set("weights", "");
        self.dismiss("settings");
        // Where none could begin, one can now.
        if self.weights_hash.with_untracked(Option::is_none) {
            self.new_run();
        }
    }

    /// Whether the weights that a run is to begin with are there.
    pub(super) fn has_weights(&self, settings: &Settings) -> bool {
        let Some(wanted) = &settings.config.initial_weights else {
            return true;
        };
        let loaded = self.model_file.loaded.read_untracked();
        let loaded = loaded.as_ref();
        loaded.is_some_and(|loaded| loaded.weights_hash == *wanted && loaded.model == settings.model)
    }

    /// What can be done about settings that cannot be used, if it is that their weights are not there.
    pub(super) fn weights_remedy(&self) -> Option<Remedy> {
        let there = self.requested.with_value(|(_, settings)| self.has_weights(settings));
        (!there).then_some(Remedy::BeginFromSeed)
    }

    pub(super) fn tell_of_missing_weights(&self) {
        self.tell_of_model_file(t().files.missing.into());
    }

    fn tell_of_model_file(&self, message: String) {
        self.notify(Notice {
            topic: TOPIC,
            message,
            remedy: None,
        });
    }
}
