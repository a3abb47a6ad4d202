//! What the page knows, as signals. Widgets read it from the context; [`super::actions`] and [`super::events`] change it.

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;

use super::{
    browser,
    builder::Builder,
    client::Client,
    coach::Finding,
    coaching::Coaching,
    curves::Curves,
    data::OwnFiles,
    engine::Engine,
    hand::Hand,
    history::History,
    images::Images,
    inside::{Inside, Moments},
    model_file::ModelFile,
    offline::Offline,
    preview::Preview,
    question::Question,
    race::Race,
    recovery::Recovery,
    runs::Runs,
    settings::Settings,
    speed::Rate,
    study::Study,
    touring::Touring,
};
use crate::protocol::{
    BatchReport, DataFacts, Drawing, LayerSummary, Metrics, Prediction, RunId, RunState, SimdTier, Split,
};

/// How much of the running mean is kept a step, until the user moves the slider.
pub const SMOOTHING: f32 = 0.9;

/// The worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerState {
    /// Not yet heard of.
    Starting,
    /// Listens, and uses these instructions.
    Ready(SimdTier),
    /// Ended.
    Stopped,
}

/// The data set.
#[derive(Debug, Clone, PartialEq)]
pub enum DataState {
    /// Bytes so far and in all; 0 of 0 before the first.
    Loading(u64, u64),
    /// Shown.
    Ready(DataFacts),
    /// The user's own files, which are not chosen yet.
    Awaited,
    /// In words.
    Failed(String),
}

/// What the network looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The pad.
    Drawing,
    /// An image of the data set that is shown, by its index in its part.
    Image(Split, usize),
    /// An image of the run's data set, where that is another.
    RunImage(Split, usize),
}

impl Source {
    /// The image's part and index; none for the pad.
    pub fn image(self) -> Option<(Split, usize)> {
        match self {
            Self::Drawing => None,
            Self::Image(split, index) | Self::RunImage(split, index) => Some((split, index)),
        }
    }
}

/// The latest batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latest {
    /// As reported.
    pub report: BatchReport,
    /// Training time in seconds.
    pub elapsed: f64,
    /// Speed, once it can be measured.
    pub rate: Option<Rate>,
}

/// What the user can do about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Load the data again.
    RetryData,
    /// Give the model's last layer so many units.
    SetUnits(usize),
    /// Let the run begin with weights from the seed.
    BeginFromSeed,
    /// Start a new worker.
    RestartWorker,
    /// Load the page again.
    Reload,
    /// Let this tab be the one that saves.
    SaveHere,
    /// Download the run.
    DownloadRun,
}

/// A message to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What it is about: a new message takes the place of an old one about the same.
    pub topic: &'static str,
    /// What happened, what is safe, what to do.
    pub message: String,
    /// What the user can do about it here.
    pub remedy: Option<Remedy>,
}

/// The places of the page, which are tabs on a phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The pad.
    Draw,
    /// The settings.
    Train,
    /// The layers.
    Network,
    /// The curves.
    Results,
}

impl Place {
    /// In the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Draw, Self::Train, Self::Network, Self::Results];

    /// As the style sheets know it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Draw => "draw",
            Self::Train => "train",
            Self::Network => "network",
            Self::Results => "results",
        }
    }
}

/// What came of the run since the last frame; its figures change at most once a frame.
#[derive(Default)]
pub struct Pending {
    /// Set for the next frame.
    pub scheduled: bool,
    /// Set for the next change of a run's figures.
    pub figures_wait: bool,
    /// When they last changed.
    pub figures_at: f64,
    /// How long the page takes for a frame with new figures, averaged.
    pub frame_ms: f64,
    /// The last batch and the training time.
    pub batch: Option<(BatchReport, f64)>,
    /// The run's moments, where there is one more.
    pub moments: Option<Moments>,
}

/// Everything that the page knows.
#[derive(Clone, Copy)]
pub struct Lab {
    /// As edited; the link has them. They can always be run.
    pub settings: RwSignal<Settings>,
    /// The model's editor, which may hold what cannot be built.
    pub builder: Builder,
    /// Those of the run.
    pub in_force: RwSignal<Settings>,
    /// What is typed into fields and cannot be used: the settings' names, and why.
    pub complaints: RwSignal<Vec<(&'static str, String)>>,
    /// What early stopping did at the end of the run.
    pub ending: RwSignal<Option<String>>,
    /// What augmentation makes of an image.
    pub preview: Preview,
    /// Models in and out.
    pub model_file: ModelFile,
    /// The worker.
    pub worker: RwSignal<WorkerState>,
    /// How many workers train.
    pub workers: RwSignal<usize>,
    /// The data set.
    pub data: RwSignal<DataState>,
    /// Bytes of the user's files read, and in all, while they are.
    pub importing: RwSignal<Option<(u64, u64)>>,
    /// The browser of images.
    pub images: Images,
    /// True once the shipped model can answer.
    pub pretrained: RwSignal<bool>,
    /// The run.
    pub run: RwSignal<RunId>,
    /// What the run does.
    pub state: RwSignal<RunState>,
    /// The run's layers.
    pub layers: RwSignal<Vec<LayerSummary>>,
    /// The last known fingerprint of the run's weights.
    pub weights_hash: RwSignal<Option<String>>,
    /// The latest batch.
    pub latest: RwSignal<Option<Latest>>,
    /// On the validation images, after the last epoch.
    pub validation: RwSignal<Option<Metrics>>,
    /// On the test images.
    pub test: RwSignal<Option<Metrics>>,
    /// Images measured, and in all, while a measurement runs.
    pub evaluation: RwSignal<Option<(usize, usize)>>,
    /// The run's course.
    pub history: StoredValue<History>,
    /// Counts the changes of `history`.
    pub history_version: RwSignal<u32>,
    /// How the curves are looked at.
    pub curves: Curves,
    /// The runs that are kept.
    pub runs: Runs,
    /// Runs that are saved to be gone on with.
    pub recovery: Recovery,
    /// Two runs at once.
    pub race: Race,
    /// What the figures of the run show, the gravest first.
    pub findings: RwSignal<Vec<Finding>>,
    /// Speed, memory, measurements.
    pub engine: Engine,
    /// Messages that wait to be dismissed.
    pub notices: RwSignal<Vec<Notice>>,
    /// What the network looks at.
    pub source: RwSignal<Source>,
    /// The pad.
    pub drawing: RwSignal<Drawing>,
    /// Earlier states of the pad, for undo.
    pub drawings: RwSignal<Vec<Drawing>>,
    /// The user's own drawings.
    pub hand: Hand,
    /// The last answer.
    pub prediction: RwSignal<Option<Arc<Prediction>>>,
    /// The layer that is enlarged: 0 is the input, then the layers.
    pub opened: RwSignal<Option<usize>>,
    /// What is inside the network.
    pub inside: Inside,
    /// The closer look at answers.
    pub study: Study,
    /// The place that a phone shows.
    pub place: RwSignal<Place>,
    /// True for dark colours.
    pub dark: Memo<bool>,
    /// Whether single keys act.
    pub shortcuts: RwSignal<bool>,
    /// Whether the help is open.
    pub help: RwSignal<bool>,
    /// Whether the dialog that makes an assignment is open.
    pub assigning: RwSignal<bool>,
    /// The guided tour.
    pub tour: Touring,
    /// The app as it is kept in this browser.
    pub offline: Offline,
    pub(super) predictor: StoredValue<Question>,
    pub(super) coaching: StoredValue<Coaching>,
    pub(super) pending: StoredValue<Pending>,
    /// The user's files: a rival and the next worker read them, too.
    pub(super) own_files: StoredValue<OwnFiles, LocalStorage>,
    pub(super) client: StoredValue<Option<Rc<Client>>, LocalStorage>,
    /// The run that was asked for last, and its settings.
    pub(super) requested: StoredValue<(RunId, Settings)>,
    /// The run that could not begin, as its settings cannot be used.
    pub(super) refused: StoredValue<RunId>,
}

impl Lab {
    /// At the start of the page.
    pub fn new(settings: Settings, dark: Memo<bool>) -> Self {
        let mut history = History::default();
        history.smooth(SMOOTHING);
        // A phone shows an assignment first.
        let place = match settings.assignment.is_empty() {
            true => Place::Draw,
            false => Place::Train,
        };
        Self {
            in_force: RwSignal::new(settings.clone()),
            builder: Builder::new(&settings.model),
            requested: StoredValue::new((0, settings.clone())),
            refused: StoredValue::default(),
            complaints: RwSignal::new(vec![]),
            ending: RwSignal::new(None),
            preview: Preview::default(),
            model_file: ModelFile::default(),
            layers: RwSignal::new(settings.model.summary().unwrap_or_default()),
            settings: RwSignal::new(settings),
            worker: RwSignal::new(WorkerState::Starting),
            workers: RwSignal::new(0),
            data: RwSignal::new(DataState::Loading(0, 0)),
            importing: RwSignal::new(None),
            images: Images::default(),
            pretrained: RwSignal::new(false),
            run: RwSignal::new(0),
            state: RwSignal::new(RunState::Idle),
            weights_hash: RwSignal::new(None),
            latest: RwSignal::new(None),
            validation: RwSignal::new(None),
            test: RwSignal::new(None),
            evaluation: RwSignal::new(None),
            history: StoredValue::new(history),
            history_version: RwSignal::new(0),
            curves: Curves::stored(),
            runs: Runs::default(),
            recovery: Recovery::default(),
            race: Race::default(),
            findings: RwSignal::new(Vec::new()),
            engine: Engine::default(),
            notices: RwSignal::new(Vec::new()),
            source: RwSignal::new(Source::Drawing),
            drawing: RwSignal::new(Drawing::default()),
            drawings: RwSignal::new(Vec::new()),
            hand: Hand::default(),
            prediction: RwSignal::new(None),
            opened: RwSignal::new(None),
            inside: Inside::default(),
            study: Study::default(),
            place: RwSignal::new(place),
            dark,
            shortcuts: RwSignal::new(browser::stored("shortcuts").as_deref() != Some("off")),
            help: RwSignal::new(false),
            assigning: RwSignal::new(false),
            tour: Touring::default(),
            offline: Offline::default(),
            predictor: StoredValue::new(Question::default()),
            coaching: StoredValue::new(Coaching::default()),
            pending: StoredValue::new(Pending::default()),
            own_files: StoredValue::new_local(OwnFiles::default()),
            client: StoredValue::new_local(None),
        }
    }

    /// From the context.
    pub fn get() -> Self {
        expect_context()
    }

    /// True while the run trains or waits to.
    pub fn is_training(&self) -> bool {
        matches!(self.state.get(), RunState::Training | RunState::Loading)
    }

    /// True when the run takes no more steps: only a reset goes on from here.
    pub fn is_over(&self) -> bool {
        matches!(self.state.get(), RunState::Finished | RunState::Failed)
    }

    /// True when there is a run to lose: at least one step.
    pub fn has_started(&self) -> bool {
        self.state.get() != RunState::Idle
    }

    /// True when the settings are not those of the run.
    pub fn is_stale(&self) -> bool {
        self.settings.with(|settings| {
            self.in_force
                .with(|in_force| !settings.same_run(in_force) && !in_force.has_become(settings))
        })
    }

    /// Why a field's text cannot be used, if it cannot.
    pub fn complaint(&self, name: &str) -> Option<String> {
        let complaints = self.complaints.read();
        complaints
            .iter()
            .find(|(of, _)| *of == name)
            .map(|(_, why)| why.clone())
    }

    /// Why no run can be started from these settings: the model does not fit, or a field's text cannot be used.
    pub fn blocked(&self) -> Option<String> {
        let problem = self.builder.problem.get().map(|problem| problem.message);
        problem.or_else(|| self.complaints.read().first().map(|(_, why)| why.clone()))
    }

    /// True when an assignment keeps a setting as it is.
    pub fn is_held(&self, name: &str) -> bool {
        let group = Settings::group(name);
        self.settings
            .with(|settings| group.is_some_and(|group| settings.assignment.holds(group)))
    }

    /// True when an assignment does not show a setting.
    pub fn is_hidden(&self, name: &str) -> bool {
        let group = Settings::group(name);
        self.settings
            .with(|settings| group.is_some_and(|group| settings.assignment.hidden.has(group)))
    }

    /// True once the worker listens.
    pub fn is_ready(&self) -> bool {
        matches!(self.worker.get(), WorkerState::Ready(_))
    }

    /// True when there is nothing on the pad.
    pub fn is_blank(&self) -> bool {
        self.drawing.with(|drawing| drawing.strokes.is_empty())
    }

    /// Shows a message, in place of an older one about the same.
    pub fn notify(&self, notice: Notice) {
        self.notices.update(|notices| {
            notices.retain(|old| old.topic != notice.topic);
            notices.push(notice);
        });
    }

    /// True while there is a message about a topic.
    pub fn is_told(&self, topic: &str) -> bool {
        self.notices
            .with(|notices| notices.iter().any(|notice| notice.topic == topic))
    }

    /// Takes away the message about a topic.
    pub fn dismiss(&self, topic: &str) {
        if untrack(|| self.is_told(topic)) {
            self.notices
                .update(|notices| notices.retain(|notice| notice.topic != topic));
        }
    }
}
