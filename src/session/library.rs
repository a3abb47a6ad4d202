//! The data sets that have arrived, the one that the page shows, and the user's files on their way to become one.

use std::rc::Rc;

use super::{Session, failed};
use crate::{
    data::{
        DataError, DataSet,
        own::{Import, OwnData, OwnFile},
    },
    protocol::{DataFacts, Event, FailureKind, RunState},
    spec::DataSource,
};

/// The data sets.
#[derive(Default)]
pub(super) struct Library {
    /// At most one of each kind: new files of the user's take the place of the old ones.
    sets: Vec<(DataFacts, Rc<DataSet>)>,
    /// What the page shows, or waits for.
    wanted: DataSource,
    import: Option<Import>,
}

impl Library {
    fn find(&self, source: DataSource) -> Option<&(DataFacts, Rc<DataSet>)> {
        self.sets.iter().find(|(facts, _)| source.accepts(facts.source))
    }

    /// A data set, if it has arrived.
    pub(super) fn get(&self, source: DataSource) -> Option<Rc<DataSet>> {
        self.find(source).map(|(_, data)| Rc::clone(data))
    }

    /// The data set that the page shows.
    pub(super) fn shown(&self) -> Option<&(DataFacts, Rc<DataSet>)> {
        self.find(self.wanted)
    }

    /// Whether files are being read.
    pub(super) fn is_importing(&self) -> bool {
        self.import.is_some()
    }

    fn put(&mut self, facts: DataFacts, data: DataSet) {
        self.sets.retain(|(old, _)| old.source.id() != facts.source.id());
        self.sets.push((facts, Rc::new(data)));
    }
}

impl Session {
    /// Whether a data set is still missing; the user's own can only come from the user.
    pub fn needs_data(&self, source: DataSource) -> bool {
        self.library.find(source).is_none() && !matches!(source, DataSource::Own(_))
    }

    /// A data set has arrived; a run that waits for it starts.
    pub fn provide_data(&mut self, source: DataSource, data: DataSet) -> Vec<Event> {
        self.library.put(facts(source, source.label().into(), &data), data);
        self.show(source)
    }

    /// A data set did not arrive; the message says why. No event if it is no longer wanted.
    pub fn data_failed(&mut self, source: DataSource, message: String) -> Option<Event> {
        (self.library.wanted == source).then(|| failed(FailureKind::Data, message))
    }

    /// The page wants to see a data set.
    pub(super) fn load_data(&mut self, source: DataSource) -> Vec<Event> {
        self.library.wanted = source;
        match self.library.find(source) {
            Some(_) => self.show(source),
            None if self.needs_data(source) => vec![],
            None => vec![Event::DataAwaited],
        }
    }

    /// Tells of a data set, if it is the one wanted, and gives it to a run that waits for it.
    fn show(&mut self, source: DataSource) -> Vec<Event> {
        let mut events = vec![];
        if let Some((facts, _)) = self.library.shown().filter(|(facts, _)| source.accepts(facts.source)) {
            events.push(Event::DataReady(facts.clone()));
        }
        events.extend(self.gather());
        let Some(run) = &mut self.run else { return events };
        if run.data.is_none() {
            run.data = self.library.get(run.trainer.config().data.source);
        }
        if run.state == RunState::Loading && run.data.is_some() {
            match run.check_data() {
                Ok(()) => events.push(run.enter(RunState::Training)),
                Err(error) => events.extend([run.enter(RunState::Idle), failed(FailureKind::Settings, error)]),
            }
        }
        events
    }

    /// Begins to read the user's files, in place of those being read.
    pub(super) fn import(&mut self, files: Vec<OwnFile>) -> Vec<Event> {
        self.library.import = None;
        match Import::new(files) {
            Ok(import) => vec![importing(self.library.import.insert(import))],
            Err(error) => refused(&error).into(),
        }
    }

    /// Reads no further.
    pub(super) fn stop_importing(&mut self) -> Vec<Event> {
        let import = self.library.import.take();
        import.map(|_| Event::ImportEnded).into_iter().collect()
    }

    /// Reads a piece of the user's files.
    pub(super) fn go_on_importing(&mut self) -> Vec<Event> {
        let Some(import) = &mut self.library.import else {
            return vec![];
        };
        match import.go_on() {
            Ok(None) => vec![importing(import)],
            Ok(Some(own)) => self.imported(own),
            Err(error) => {
                self.library.import = None;
                refused(&error).into()
            }
        }
    }

    fn imported(&mut self, own: OwnData) -> Vec<Event> {
        self.library.import = None;
        let facts = DataFacts {
            held_out: own.held_out,
            ..facts(own.source, own.name, &own.data)
        };
        self.library.wanted = own.source;
        self.library.put(facts, own.data);
        let mut events = self.show(own.source);
        events.push(Event::ImportEnded);
        events
    }
}

fn facts(source: DataSource, name: String, data: &DataSet) -> DataFacts {
    let classes = data.train.classes().max(data.test.classes());
    let mut counts = vec![0; classes];
    data.train
        .labels
        .iter()
        .for_each(|&label| counts[usize::from(label)] += 1);
    DataFacts {
        source,
        name,
        train: data.train.len(),
        test: data.test.len(),
        counts,
        held_out: false,
    }
}

fn importing(import: &Import) -> Event {
    let (read, total) = import.progress();
    Event::Importing { read, total }
}

fn refused(error: &DataError) -> [Event; 2] {
    let message = format!(
        "Your files were not taken: {error}. Nothing has changed. Choose IDX files of 28x28 images and of their labels, \
         raw or gzipped."
    );
    [Event::ImportEnded, failed(FailureKind::Import, message)]
}
