//! The whole behaviour of the app without a browser: [`Command`]s in, [`Event`]s out.
//!
//! Nothing here waits: [`Session::handle`] answers at once, and [`Session::tick`] does one bounded piece of the work
//! that is under way (a mini-batch, or a slice of an evaluation). The host calls `tick` while it returns
//! [`Session::is_busy`], and looks for commands in between.

mod browse;
mod evaluation;
mod explain;
mod files;
mod gradients;
mod inside;
mod learn;
mod library;
mod measure;
mod moments;
mod predict;
mod preview;
mod profile;
mod recovery;
mod run;
mod scaling;
mod study;

use browse::Browsed;
use inside::Look;
use learn::Lessons;
use library::Library;
use predict::read_model;
use run::{Run, Until};
use study::Study;

use crate::{
    nn::Sequential,
    protocol::{Command, Event, Failure, FailureKind, RecoveryCommand, RunId, RunState},
    spec::{Change, ModelSpec, TrainConfig},
    team::{self, Inbox, Measured, Order, Solo, Team},
};

/// Milliseconds since any fixed moment: the session's only view of time.
pub type Clock = fn() -> f64;

const OVER: &str = "This run is over. Reset starts a new one.";

/// One user's session: data sets, the shipped model, and at most one run.
pub struct Session {
    clock: Clock,
    library: Library,
    browsed: Browsed,
    /// Into a layer, asked for and not yet answered.
    look: Option<Look>,
    pretrained: Option<Sequential>,
    /// Tells digits from other drawings.
    gate: Option<Sequential>,
    lessons: Lessons,
    /// The model of the user's file that was read last.
    loaded: Option<Sequential>,
    run: Option<Run>,
    workers: Workers,
    measurement: Option<measure::UnderWay>,
    study: Study,
    /// As the page knows it.
    memory: Vec<u64>,
}

/// Those who train.
struct Workers {
    team: Box<dyn Team>,
    inbox: Inbox,
    /// How many the page asks for.
    wanted: usize,
    /// How many train, as the page knows it.
    told: usize,
    /// Counts the teams up.
    generation: u32,
}

impl Session {
    /// A session without data, model or run, that trains by itself.
    pub fn new(clock: Clock) -> Self {
        Self::with_team(clock, Box::new(Solo))
    }

    /// A session without data, model or run, that can have others take part.
    pub fn with_team(clock: Clock, team: Box<dyn Team>) -> Self {
        Self {
            clock,
            library: Library::default(),
            browsed: Browsed::default(),
            look: None,
            pretrained: None,
            gate: None,
            lessons: Lessons::default(),
            loaded: None,
            run: None,
            workers: Workers {
                team,
                inbox: Inbox::default(),
                wanted: 1,
                told: 1,
                generation: 0,
            },
            measurement: None,
            study: Study::default(),
            memory: vec![],
        }
    }

    /// Whether [`Self::tick`] has something to do.
    pub fn is_busy(&self) -> bool {
        self.library.is_importing()
            || self.is_learning()
            || self.study.is_explaining()
            || self.is_run_busy()
            || self.can_measure(false)
    }

    fn is_run_busy(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.is_busy(&self.workers.inbox))
    }

    /// The step that waits for other workers, if one does, and how many workers there are.
    pub fn awaits(&self) -> Option<(usize, usize)> {
        self.run.as_ref().and_then(Run::awaits)
    }

    /// A packet from the member of that rank has arrived.
    pub fn receive(&mut self, rank: usize, packet: Vec<u32>) {
        self.workers.inbox.put(rank, packet);
    }

    /// Another member has measured some images.
    pub fn take_measured(&mut self, measured: Measured) {
        if let Some(run) = &mut self.run
            && measured.generation == self.workers.generation
        {
            run.take_measured(measured);
        }
    }

    /// Another worker has ended: the step under way is begun again without it, and others are started in its place.
    pub fn worker_ended(&mut self, reason: &str) -> Vec<Event> {
        self.workers.team.restart();
        if let Some(run) = &mut self.run {
            run.go_alone(&mut self.workers);
        }
        let mut events = self.free_the_machine();
        let outcome = match events.is_empty() {
            true => "Training goes on; nothing is lost.",
            false => "The measurement was stopped; your run is as it was.",
        };
        let message = format!("One of the workers that train has ended: {reason}. {outcome}");
        events.extend(self.workers.tell(1));
        events.push(failed(FailureKind::Replica, message));
        events
    }

    /// The shipped model has arrived, as a safetensors file.
    pub fn provide_pretrained(&mut self, file: &[u8]) -> Vec<Event> {
        match read_model(file) {
            Ok(model) => {
                self.pretrained = Some(model);
                vec![Event::PretrainedReady]
            }
            Err(reason) => vec![failed(
                FailureKind::Pretrained,
                format!("The shipped model cannot be read: {reason}"),
            )],
        }
    }

    /// The network that tells digits from other drawings has arrived, as a safetensors file.
    pub fn provide_gate(&mut self, file: &[u8]) -> Vec<Event> {
        match read_model(file) {
            Ok(model) => {
                self.gate = Some(model);
                vec![]
            }
            Err(reason) => vec![failed(
                FailureKind::Pretrained,
                format!("The network that tells digits from other drawings cannot be read: {reason}"),
            )],
        }
    }

    /// Carries out one command.
    pub fn handle(&mut self, command: Command) -> Vec<Event> {
        let mut events = match command {
            // Another run, perhaps of other data.
            Command::Reset { .. } | Command::Recovery(RecoveryCommand::Resume { .. }) => self.stop_measuring(),
            // The run goes first.
            Command::Train | Command::Step | Command::StepEpoch | Command::Change(_) | Command::Workers { .. } => {
                self.free_the_machine()
            }
            _ => vec![],
        };
        events.extend(self.carry_out(command));
        events.extend(self.look());
        events
    }

    fn carry_out(&mut self, command: Command) -> Vec<Event> {
        match command {
            Command::LoadData { source } => self.load_data(source),
            Command::Import { files } => self.import(files),
            Command::StopImport => self.stop_importing(),
            Command::Browse {
                request,
                query,
                first,
                count,
            } => vec![self.browse(request, &query, first, count)],
            Command::Reset { run, model, config } => self.reset(run, &model, &config),
            Command::Train => self.start(Until::Finished),
            Command::Step => self.start(Until::NextStep),
            Command::StepEpoch => self.start(Until::NextEpoch),
            Command::Change(change) => self.change(change),
            Command::Pause => self.pause(),
            Command::Predict { request, input } => vec![self.predict(request, &input)],
            Command::Inside(command) => self.look_inside(command),
            Command::Augment {
                request,
                augmentation,
                seed,
                image,
                draws,
            } => vec![self.augment(request, &augmentation, seed, image, draws)],
            Command::Evaluate => self.evaluate(),
            Command::Workers { count } => self.resize(count),
            Command::Measure(what) => self.measure(what),
            Command::StopMeasuring => self.stop_measuring(),
            Command::Hand(command) => self.hand(&command),
            Command::Study(command) => self.study(command),
            Command::File(command) => vec![self.file(command)],
            Command::Ping { nonce } => self.pong(nonce),
            Command::Recovery(command) => self.recover(command),
            Command::Crash { rank: 0, fault } => fault.strike(),
            Command::Crash { rank, fault } => {
                self.workers.team.order(rank, &Order::Crash(fault));
                vec![]
            }
        }
    }

    /// Does one bounded piece of the work under way.
    pub fn tick(&mut self) -> Vec<Event> {
        let mut events = self.go_on_importing();
        events.extend(self.go_on_learning());
        events.extend(self.go_on_explaining());
        let run_ticks = self.is_run_busy();
        if let Some(run) = self.run.as_mut().filter(|_| run_ticks) {
            events.extend(run.tick(&mut self.workers, self.clock));
        }
        if self.can_measure(run_ticks) {
            events.extend(self.go_on_measuring());
        }
        events.extend(self.look());
        events
    }

    fn reset(&mut self, id: RunId, model: &ModelSpec, config: &TrainConfig) -> Vec<Event> {
        let trainer = match self.trainer(model, config) {
            Ok(trainer) => trainer,
            Err(reason) => {
                return vec![failed(
                    FailureKind::Settings,
                    format!("These settings cannot be used: {reason}"),
                )];
            }
        };
        let mut run = Run::new(id, trainer);
        let reset = Event::RunReset {
            run: id,
            layers: run.trainer.model().summary().to_vec(),
            weights_hash: run.trainer.evaluated().weights_hash(),
        };
        let (state, moments) = (run.enter(RunState::Idle), run.tell_moments());
        run.data = self.library.get(config.data.source);
        self.run = Some(run);
        self.study.forget();
        vec![reset, state, moments]
    }

    fn start(&mut self, until: Until) -> Vec<Event> {
        let now = (self.clock)();
        let Some(run) = &mut self.run else {
            return vec![failed(FailureKind::Request, "There is no model to train yet.".into())];
        };
        match run.state {
            RunState::Finished | RunState::Failed => vec![failed(FailureKind::Request, OVER.into())],
            _ => {
                if let Err(error) = run.check_data() {
                    return vec![failed(FailureKind::Settings, error)];
                }
                let mut events = vec![];
                events.extend(run.resize(&mut self.workers));
                events.push(run.start(until, now));
                events
            }
        }
    }

    fn change(&mut self, change: Change) -> Vec<Event> {
        let changed = match &mut self.run {
            None => Err("There is no run to change yet.".into()),
            Some(run) if matches!(run.state, RunState::Finished | RunState::Failed) => Err(OVER.into()),
            Some(run) => run
                .change(change, &mut self.workers)
                .map_err(|error| format!("Nothing was changed: {error}.")),
        };
        vec![changed.unwrap_or_else(|message| failed(FailureKind::Request, message))]
    }

    fn pause(&mut self) -> Vec<Event> {
        match &mut self.run {
            Some(run) if matches!(run.state, RunState::Training | RunState::Loading) => run.pause(),
            _ => vec![],
        }
    }

    fn resize(&mut self, count: usize) -> Vec<Event> {
        self.workers.wanted = team::members(count);
        self.gather().into_iter().collect()
    }

    /// As many workers as are wanted, as soon as there is something to train on: started while the first worker trains,
    /// they would be slow to come.
    fn gather(&mut self) -> Option<Event> {
        match &mut self.run {
            _ if self.library.shown().is_none() => None,
            Some(run) => run.resize(&mut self.workers),
            None => {
                self.workers.team.resize(self.workers.wanted);
                None
            }
        }
    }

    /// The page's pings are the clock by which a silent member is noticed.
    fn pong(&mut self, nonce: u32) -> Vec<Event> {
        let mut events = vec![Event::Pong { nonce }];
        let now = (self.clock)();
        events.extend(self.tell_memory());
        events.extend(self.check_measurement(now));
        if self
            .run
            .as_mut()
            .is_some_and(|run| run.waits_in_vain(&self.workers.inbox, now))
        {
            events.extend(self.worker_ended("it gives no answer"));
        }
        events
    }

    /// The pings are also when the page learns of the memory.
    fn tell_memory(&mut self) -> Option<Event> {
        let bytes = self.workers.team.memory();
        let changed = bytes != self.memory;
        self.memory.clone_from(&bytes);
        changed.then_some(Event::Memory { bytes })
    }

    fn evaluate(&mut self) -> Vec<Event> {
        let Some(run) = self.run.as_mut().filter(|run| run.data.is_some()) else {
            return vec![failed(
                FailureKind::Request,
                "There is nothing to evaluate yet: the data are still loading.".into(),
            )];
        };
        if let Err(error) = run.check_data() {
            return vec![failed(FailureKind::Settings, error)];
        }
        run.evaluate();
        vec![]
    }
}

impl Workers {
    /// So many train from now on; an event if that is news.
    fn tell(&mut self, count: usize) -> Option<Event> {
        (std::mem::replace(&mut self.told, count) != count).then_some(Event::Workers { count })
    }
}

fn failed(kind: FailureKind, message: String) -> Event {
    Event::Failed(Failure { kind, message })
}
