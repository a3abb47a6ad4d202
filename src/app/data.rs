//! The data set that the page shows: asked for, given as files, taken in.

use leptos::prelude::*;

use super::{
    state::{DataState, Lab, Notice, Place, Remedy, Source},
    text::t,
};
use crate::{
    protocol::{Answering, Command, DataFacts, Event, Split},
    spec::DataSource,
};

/// Files that the user gave.
#[derive(Default)]
pub struct OwnFiles {
    /// Those being read, or read last.
    chosen: Vec<web_sys::File>,
    /// Those that a data set was made of, and which one.
    taken: Option<(DataSource, Vec<web_sys::File>)>,
}

impl OwnFiles {
    fn take_in(&mut self, source: DataSource) {
        self.taken = Some((source, self.chosen.clone()));
    }
}

impl Lab {
    /// Asks for the data set of the settings.
    pub fn load_data(&self) {
        self.dismiss("data");
        self.data.set(DataState::Loading(0, 0));
        let source = self.settings.with_untracked(|settings| settings.config.data.source);
        self.send(Command::LoadData { source });
    }

    /// Makes a data set of the user's files, unless an assignment holds the data.
    pub fn import(&self, files: Vec<web_sys::File>) {
        if untrack(|| self.is_held("data")) {
            return;
        }
        self.dismiss("import");
        self.read(files);
    }

    fn read(&self, files: Vec<web_sys::File>) {
        self.importing.set(Some((0, 0)));
        self.own_files.update_value(|own| own.chosen.clone_from(&files));
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.send_files(files);
            }
        });
    }

    /// The user's files that a data set was made of, if it is the one that is wanted.
    pub(super) fn files_of(&self, wanted: DataSource) -> Option<Vec<web_sys::File>> {
        self.own_files.with_value(|own| {
            let (source, files) = own.taken.as_ref()?;
            wanted.accepts(*source).then(|| files.clone())
        })
    }

    /// Reads the user's files no further.
    pub fn stop_import(&self) {
        self.importing.set(None);
        self.send(Command::StopImport);
    }

    /// What the worker tells of data sets.
    pub(super) fn take_in_data(&self, event: Event) {
        let wanted = self.settings.with_untracked(|settings| settings.config.data.source);
        match event {
            Event::DataProgress { source, loaded, total } if source == wanted => {
                self.data.set(DataState::Loading(loaded, total));
            }
            Event::DataReady(facts) => self.show_data(facts, wanted),
            Event::DataAwaited => {
                self.data.set(DataState::Awaited);
                // A new worker has not read them yet.
                if let Some(files) = self.files_of(wanted) {
                    self.read(files);
                }
            }
            // None: it was stopped here, and the worker does not know yet.
            Event::Importing { read, total } => self.importing.update(|importing| {
                if let Some(importing) = importing {
                    *importing = (read, total);
                }
            }),
            Event::ImportEnded => self.importing.set(None),
            _ => {}
        }
    }

    fn show_data(&self, facts: DataFacts, wanted: DataSource) {
        let source = facts.source;
        let imported = self.importing.with_untracked(Option::is_some) && matches!(source, DataSource::Own(_));
        if imported {
            self.own_files.update_value(|own| own.take_in(source));
        } else if !wanted.accepts(source) {
            // The user has changed his mind since.
            return;
        }
        self.tell_of_other_files(source, wanted);
        self.tell_of_units(facts.classes());
        self.data.set(DataState::Ready(facts));
        self.dismiss("data");
        self.dismiss("import");
        if source != wanted {
            // Own files were given, or have their fingerprint now.
            self.settings.update(|settings| settings.config.data.source = source);
            self.write_link();
            self.reset_if_untouched();
        }
        match self.source.get_untracked() {
            // That image may not be there any more.
            Source::Image(split, _) => self.show(Source::Image(split, 0)),
            Source::Drawing | Source::RunImage(..) => self.look(),
        }
    }

    /// A link names its files by their fingerprint.
    fn tell_of_other_files(&self, source: DataSource, wanted: DataSource) {
        let awaited = self.data.with_untracked(|data| *data == DataState::Awaited);
        if awaited && matches!(wanted, DataSource::Own(_)) && !wanted.accepts(source) {
            self.notify(Notice {
                topic: "files",
                message: t().data.other_files(&wanted.to_string(), &source.to_string()),
                remedy: None,
            });
        } else {
            self.dismiss("files");
        }
    }

    /// The model must have a unit for each class.
    fn tell_of_units(&self, classes: usize) {
        let units = self.settings.with_untracked(|settings| settings.model.classes().ok());
        match units {
            Some(units) if units < classes => self.notify(Notice {
                topic: "units",
                message: t().data.too_few_units(units, classes),
                remedy: Some(Remedy::SetUnits(classes)),
            }),
            _ => self.dismiss("units"),
        }
    }

    /// Gives the model's last layer so many units.
    pub(super) fn set_units(&self, units: usize) {
        let mut settings = self.settings.get_untracked();
        settings.set_model(settings.model.with_classes(units));
        self.dismiss("units");
        self.take_over(settings);
    }

    /// How many images there are of a part of the data set.
    pub fn image_count(&self, split: Split) -> usize {
        self.data.with(|data| match (data, split) {
            (DataState::Ready(facts), Split::Train) => facts.train,
            (DataState::Ready(facts), Split::Test) => facts.test,
            _ => 0,
        })
    }

    /// The classes of the model that answers, or would: of which data set, and how many.
    pub fn answered_classes(&self) -> (DataSource, usize) {
        let shipped = (DataSource::Mnist, 10);
        let model = self.prediction.with(|prediction| Some(prediction.as_ref()?.model));
        match model {
            Some(Answering::Pretrained) => shipped,
            Some(Answering::Learned { .. }) | None if self.pretrained.get() && self.latest.with(Option::is_none) => {
                shipped
            }
            _ => {
                let source = self.in_force.with(|settings| settings.config.data.source);
                let units = self.layers.with(|layers| Some(layers.last()?.output_shape[0]));
                (source, units.unwrap_or(shipped.1))
            }
        }
    }

    /// What a class of the data set that is shown is called.
    pub fn class_name(&self, class: usize) -> String {
        self.data.with(|data| match data {
            DataState::Ready(facts) => self.class_name_in(facts.source, facts.classes(), class),
            _ => class.to_string(),
        })
    }

    /// What a class of the run's data set is called.
    pub fn run_class_name(&self, class: usize) -> String {
        let source = self.in_force.with(|settings| settings.config.data.source);
        let units = self
            .layers
            .with(|layers| layers.last().map(|layer| layer.output_shape[0]));
        self.class_name_in(source, units.unwrap_or_default(), class)
    }

    /// What a class of the model that answers is called.
    pub fn answered_class_name(&self, class: usize) -> String {
        let (source, classes) = self.answered_classes();
        self.class_name_in(source, classes, class)
    }

    /// What a class of the answers that were counted is called.
    pub fn answer_class_name(&self, class: usize) -> String {
        let shipped = self.study.answers.with(|answers| {
            let model = answers.as_ref().map(|answers| answers.model);
            model == Some(Answering::Pretrained)
        });
        match shipped {
            true => class.to_string(),
            false => self.run_class_name(class),
        }
    }

    /// Whether the data set that is shown is not the run's.
    pub fn shows_other_data(&self) -> bool {
        let own = self.in_force.with(|settings| settings.config.data.source);
        self.data.with(|data| match data {
            DataState::Ready(facts) => !own.accepts(facts.source),
            _ => true,
        })
    }

    /// The network looks at an image of the run's data set, and the closer look gives way to it.
    pub fn open_run_image(&self, split: Split, index: usize) {
        self.study.view.set(None);
        self.place.set(Place::Draw);
        self.show(match untrack(|| self.shows_other_data()) {
            true => Source::RunImage(split, index),
            false => Source::Image(split, index),
        });
    }

    /// What a class of a data set of so many classes is called: the user's files have the names that he gave.
    pub fn class_name_in(&self, source: DataSource, classes: usize, class: usize) -> String {
        let own = matches!(source, DataSource::Own(_));
        let given = self.settings.with(|settings| {
            let given = settings.class_names.get(class).filter(|_| own);
            given.map(String::from)
        });
        given.unwrap_or_else(|| t().data.class_name(source, classes, class))
    }

    /// Whether the classes of a data set are called by words rather than by a sign.
    pub fn has_words(&self, source: DataSource) -> bool {
        match source {
            DataSource::Mnist => false,
            DataSource::Fashion => true,
            DataSource::Own(_) => self.settings.with(|settings| !settings.class_names.is_empty()),
        }
    }
}
