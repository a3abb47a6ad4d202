//! The whole behaviour of the app without a browser: [`Command`]s in, [`Event`]s out.
//!
//! Nothing here waits: [`Session::handle`] answers at once, and [`Session::tick`] does one bounded piece of the work
//! that is under way (a mini-batch, or a slice of an evaluation). The host calls `tick` while it returns
//! [`Session::is_busy`], and looks for commands in between.

mod gradients;
mod measure;
mod profile;
mod scaling;

use std::rc::Rc;

use crate::data::{DataSet, strokes};
use crate::io::safetensors;
use crate::nn::{Sequential, metrics::Sums};
use crate::protocol::{
    Answering, BatchReport, Command, EpochReport, Event, Failure, FailureKind, PredictInput, Prediction, RunId,
    RunState, Tensor,
};
use crate::random::{self, Stream};
use crate::spec::{ModelSpec, TrainConfig};
use crate::team::{self, Inbox, Join, Member, Order, Solo, Team, shares_of};
use crate::train::{self, TrainError, Trainer};

/// Milliseconds since any fixed moment: the session's only view of time.
pub type Clock = fn() -> f64;

/// Images measured in one tick of an evaluation: about as long as a training step.
const EVALUATION_SLICE: usize = 200;

/// How long another member may keep a step waiting, in milliseconds, and through how many of the page's pings: a frozen
/// tab's clock goes on while nothing of it does.
const SILENCE_MS: f64 = 3_000.0;
const SILENT_PINGS: usize = 4;

/// One user's session: a data set, the shipped model, and at most one run.
pub struct Session {
    clock: Clock,
    data: Option<Rc<DataSet>>,
    pretrained: Option<Sequential>,
    run: Option<Run>,
    workers: Workers,
    measurement: Option<Box<dyn measure::Job>>,
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

/// One run: a model in training.
struct Run {
    id: RunId,
    trainer: Trainer,
    state: RunState,
    /// What Train or Step asked for.
    until: Until,
    evaluation: Option<Evaluation>,
    elapsed_ms: f64,
    /// Of these, without anything to do.
    waited_ms: f64,
    member: Member,
    /// A step that waits for other members.
    waiting: Option<Waiting>,
    /// The last step that the other members have their images for.
    handed_over: usize,
}

/// Since when a step waits, and through how many pings.
struct Waiting {
    since: f64,
    pings: usize,
}

/// When a training run stops by itself.
#[derive(Clone, Copy, PartialEq)]
enum Until {
    /// After the last epoch.
    Finished,
    /// After this step, and the epoch's validation where the step ends one.
    NextStep,
}

/// An evaluation on the test images under way, and who waits for it.
#[derive(Default)]
struct Evaluation {
    /// Of the images measured so far.
    sums: Sums,
    /// The last batch of the epoch that it validates.
    epoch: Option<BatchReport>,
    /// The user asked for it.
    asked: bool,
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
            data: None,
            pretrained: None,
            run: None,
            workers: Workers {
                team,
                inbox: Inbox::default(),
                wanted: 1,
                told: 1,
                generation: 0,
            },
            measurement: None,
            memory: vec![],
        }
    }

    /// Whether the data set is still missing.
    pub fn needs_data(&self) -> bool {
        self.data.is_none()
    }

    /// Whether [`Self::tick`] has something to do.
    pub fn is_busy(&self) -> bool {
        self.data.is_some() && (self.is_run_busy() || self.can_measure())
    }

    fn is_run_busy(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.is_busy(&self.workers.inbox))
    }

    /// The step that waits for other workers, if one does.
    pub fn awaits(&self) -> Option<usize> {
        let run = self.run.as_ref().filter(|run| run.state == RunState::Training)?;
        run.waiting.as_ref().map(|_| run.trainer.global_step())
    }

    /// A packet from the member of that rank has arrived.
    pub fn receive(&mut self, rank: usize, packet: Vec<u32>) {
        self.workers.inbox.put(rank, packet);
    }

    /// Another worker has ended: the step under way is begun again without it, and others are started in its place.
    pub fn worker_ended(&mut self, reason: &str) -> Vec<Event> {
        self.workers.team.restart();
        if let Some(run) = &mut self.run {
            run.go_alone(&mut self.workers);
        }
        let mut events = self.stop_measuring();
        let outcome = match events.is_empty() {
            true => "Training goes on; nothing is lost.",
            false => "The measurement was stopped; your run is as it was.",
        };
        let message = format!("One of the workers that train has ended: {reason}. {outcome}");
        events.extend(self.workers.tell(1));
        events.push(failed(FailureKind::Replica, message));
        events
    }

    /// The data set has arrived; a run that waits for it starts.
    pub fn provide_data(&mut self, data: DataSet) -> Vec<Event> {
        let mut events = vec![data_ready(&data)];
        self.data = Some(Rc::new(data));
        events.extend(self.gather());
        if let Some(run) = self.run.as_mut().filter(|run| run.state == RunState::Loading) {
            events.push(run.enter(RunState::Training));
        }
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

    /// Carries out one command.
    pub fn handle(&mut self, command: Command) -> Vec<Event> {
        let mut events = match command {
            // The run goes first.
            Command::Reset { .. } | Command::Train | Command::Step | Command::Workers { .. } => self.stop_measuring(),
            _ => vec![],
        };
        events.extend(self.carry_out(command));
        events
    }

    fn carry_out(&mut self, command: Command) -> Vec<Event> {
        match command {
            Command::LoadData => self.data.as_deref().map(data_ready).into_iter().collect(),
            Command::Reset { run, model, config } => self.reset(run, &model, &config),
            Command::Train => self.start(Until::Finished),
            Command::Step => self.start(Until::NextStep),
            Command::Pause => self.pause(),
            Command::Predict { request, input } => vec![self.predict(request, &input)],
            Command::Evaluate => self.evaluate(),
            Command::Workers { count } => self.resize(count),
            Command::Measure(what) => self.measure(what),
            Command::StopMeasuring => self.stop_measuring(),
            Command::Ping { nonce } => self.pong(nonce),
            Command::Crash { rank: 0 } => panic!("the page asked for a crash"),
            Command::Crash { rank } => {
                self.workers.team.order(rank, &Order::Crash);
                vec![]
            }
        }
    }

    /// Does one bounded piece of the work under way.
    pub fn tick(&mut self) -> Vec<Event> {
        if !self.is_run_busy() {
            return self.go_on_measuring();
        }
        let (Some(data), Some(run)) = (&self.data, &mut self.run) else {
            return vec![];
        };
        let start = (self.clock)();
        let mut events = match run.evaluation.take() {
            Some(pending) => run.evaluate_slice(pending, data),
            None if run.state == RunState::Training => run.train_batch(data, &mut self.workers, self.clock),
            None => vec![],
        };
        run.elapsed_ms += (self.clock)() - start;
        stamp(&mut events, run);
        events
    }

    fn reset(&mut self, id: RunId, model: &ModelSpec, config: &TrainConfig) -> Vec<Event> {
        let trainer = match Trainer::new(model, config) {
            Ok(trainer) => trainer,
            Err(error) => {
                return vec![failed(
                    FailureKind::Settings,
                    format!("These settings cannot be used: {error}"),
                )];
            }
        };
        let mut run = Run::new(id, trainer);
        let reset = Event::RunReset {
            run: id,
            layers: run.trainer.model().summary().to_vec(),
            weights_hash: run.trainer.evaluated().weights_hash(),
        };
        let state = run.enter(RunState::Idle);
        self.run = Some(run);
        vec![reset, state]
    }

    fn start(&mut self, until: Until) -> Vec<Event> {
        let (has_data, now) = (self.data.is_some(), (self.clock)());
        let Some(run) = &mut self.run else {
            return vec![failed(FailureKind::Request, "There is no model to train yet.".into())];
        };
        match run.state {
            RunState::Finished | RunState::Failed => {
                vec![failed(
                    FailureKind::Request,
                    "This run is over. Reset starts a new one.".into(),
                )]
            }
            _ => {
                let mut events = vec![];
                events.extend(run.resize(&mut self.workers));
                run.until = until;
                if let Some(waiting) = &mut run.waiting {
                    // Not since before the pause.
                    waiting.since = now;
                }
                events.push(run.enter(if has_data {
                    RunState::Training
                } else {
                    RunState::Loading
                }));
                events
            }
        }
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
            _ if self.data.is_none() => None,
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
        let (Some(data), Some(run)) = (&self.data, &mut self.run) else {
            return vec![failed(
                FailureKind::Request,
                "There is nothing to evaluate yet: the data are still loading.".into(),
            )];
        };
        if let Err(error) = train::check_images(run.trainer.model(), &data.test) {
            return vec![failed(
                FailureKind::Data,
                format!("The test images cannot be used: {error}"),
            )];
        }
        run.evaluation.get_or_insert_default().asked = true;
        vec![]
    }

    fn predict(&mut self, request: u32, input: &PredictInput) -> Event {
        let (image, label) = match self.input_image(input) {
            Ok(input) => input,
            Err(message) => return failed(FailureKind::Request, message),
        };
        let trained = self.run.as_ref().is_some_and(|run| run.trainer.global_step() > 0);
        let (model, answering) = match (&mut self.pretrained, &mut self.run) {
            (Some(model), _) if !trained => (model, Answering::Pretrained),
            (_, Some(run)) => {
                let answering = Answering::Run {
                    run: run.id,
                    global_step: run.trainer.global_step(),
                };
                (run.trainer.evaluated_mut(), answering)
            }
            (Some(model), None) => (model, Answering::Pretrained),
            (None, None) => return failed(FailureKind::Request, "No model is loaded yet.".into()),
        };
        Event::Prediction(Box::new(classify(model, request, answering, image, label)))
    }

    /// The 28x28 image to classify, none for a blank pad, and its label where it is known.
    fn input_image(&self, input: &PredictInput) -> Result<(Option<Vec<f32>>, Option<u8>), String> {
        match input {
            PredictInput::Drawing(drawing) => Ok((strokes::rasterize(drawing).map(Vec::from), None)),
            PredictInput::TestImage(index) => {
                let test = &self.data.as_ref().ok_or("The test images are still loading.")?.test;
                if *index >= test.len() {
                    return Err(format!("There is no test image {index}: there are {}.", test.len()));
                }
                let pixels = test.image(*index).iter().map(|&byte| f32::from(byte) / 255.0).collect();
                Ok((Some(pixels), Some(test.labels[*index])))
            }
        }
    }
}

impl Workers {
    /// So many train from now on; an event if that is news.
    fn tell(&mut self, count: usize) -> Option<Event> {
        (std::mem::replace(&mut self.told, count) != count).then_some(Event::Workers { count })
    }
}

impl Run {
    fn new(id: RunId, trainer: Trainer) -> Self {
        Self {
            id,
            trainer,
            state: RunState::Idle,
            until: Until::Finished,
            evaluation: None,
            elapsed_ms: 0.0,
            waited_ms: 0.0,
            member: Member::solo(),
            waiting: None,
            handed_over: 0,
        }
    }

    fn is_busy(&self, inbox: &Inbox) -> bool {
        let can_train = || self.waiting.is_none() || inbox.has(&self.member);
        self.evaluation.is_some() || self.state == RunState::Training && can_train()
    }

    /// At every ping: whether another member is silent.
    fn waits_in_vain(&mut self, inbox: &Inbox, now: f64) -> bool {
        match &mut self.waiting {
            Some(waiting) if !inbox.has(&self.member) => {
                waiting.pings += 1;
                waiting.pings >= SILENT_PINGS && now - waiting.since > SILENCE_MS
            }
            _ => false,
        }
    }

    /// As many workers as are wanted; alone until they have started.
    fn resize(&mut self, workers: &mut Workers) -> Option<Event> {
        if !workers.team.resize(workers.wanted) {
            return None;
        }
        self.go_alone(workers);
        workers.tell(1)
    }

    /// Leaves the team: a step under way is begun again.
    fn go_alone(&mut self, workers: &mut Workers) {
        workers.generation += 1;
        self.member = Member::new(0, 1, workers.generation);
        self.waiting = None;
    }

    fn enter(&mut self, state: RunState) -> Event {
        self.state = state;
        Event::State { run: self.id, state }
    }

    fn pause(&mut self) -> Vec<Event> {
        vec![self.enter(RunState::Paused), self.fingerprint()]
    }

    fn fingerprint(&self) -> Event {
        Event::Fingerprint {
            run: self.id,
            weights_hash: self.trainer.evaluated().weights_hash(),
        }
    }

    /// Trains a batch, or as much of it as can be done without the other members' sums.
    fn train_batch(&mut self, data: &DataSet, workers: &mut Workers, clock: Clock) -> Vec<Event> {
        let mut events = vec![];
        if let Some(waiting) = &self.waiting {
            self.waited_ms += clock() - waiting.since;
        } else {
            let checked = train::check_images(self.trainer.model(), &data.test);
            if let Err(error) = checked.and_then(|()| self.trainer.begin(&data.train)) {
                return self.fail(&error);
            }
            events.extend(self.enlist(workers));
            self.begin_step(data, workers);
        }
        while self.member.partner().is_some() {
            let Some(packet) = workers.inbox.take(&self.member) else {
                let since = clock();
                self.waiting.get_or_insert(Waiting { since, pings: 0 }).since = since;
                return events;
            };
            self.member.merge(&packet);
            self.send(workers);
        }
        self.waiting = None;
        events.extend(self.end_step());
        events
    }

    /// Goes on with as many members as are there by now: all learn where the run stands.
    fn enlist(&mut self, workers: &mut Workers) -> Option<Event> {
        let size = workers.team.size();
        if size == self.member.size() {
            return workers.tell(size);
        }
        workers.generation += 1;
        self.member = Member::new(0, size, workers.generation);
        self.handed_over = self.trainer.global_step();
        let mut join = Join {
            generation: workers.generation,
            rank: 0,
            size,
            model: self.trainer.model().spec().clone(),
            config: self.trainer.config().clone(),
            state: self.trainer.state(),
        };
        for rank in 1..size {
            join.rank = rank;
            workers.team.order(rank, &Order::Join(Box::new(join.clone())));
        }
        workers.tell(size)
    }

    /// Hands the other members this step's images and the next one's, so that they need not wait for them; then
    /// computes this member's part.
    fn begin_step(&mut self, data: &DataSet, workers: &mut Workers) {
        let (size, trainer) = (self.member.size(), &mut self.trainer);
        for ahead in 0..2 {
            let step = trainer.global_step() + ahead + 1;
            if step <= self.handed_over {
                continue;
            }
            for rank in 1..size {
                if let Some(task) = trainer.task(&data.train, ahead, shares_of(rank, size)) {
                    workers.team.order(rank, &Order::Step(task));
                    self.handed_over = step;
                }
            }
        }
        if let Some(task) = trainer.task(&data.train, 0, shares_of(0, size)) {
            self.member.compute(trainer, &task);
            self.send(workers);
        }
    }

    fn send(&self, workers: &mut Workers) {
        if let Some(partner) = self.member.partner() {
            workers.team.send(partner, self.member.packet());
        }
    }

    /// Applies the sum of all members.
    fn end_step(&mut self) -> Vec<Event> {
        let (gradient, sums) = self.member.result();
        let report = match self.trainer.apply(gradient, sums) {
            Ok(report) => report,
            Err(error) => return self.fail(&error),
        };
        let mut events = vec![Event::Batch {
            run: self.id,
            report,
            elapsed_seconds: 0.0,
            waited_seconds: 0.0,
        }];
        if report.step == report.steps_per_epoch {
            self.evaluation.get_or_insert_default().epoch = Some(report);
        } else if self.until == Until::NextStep {
            events.extend(self.pause());
        }
        events
    }

    fn fail(&mut self, error: &TrainError) -> Vec<Event> {
        let message = format!("Training stopped: {error}");
        vec![
            self.enter(RunState::Failed),
            self.fingerprint(),
            failed(FailureKind::Run, message),
        ]
    }

    fn evaluate_slice(&mut self, mut evaluation: Evaluation, data: &DataSet) -> Vec<Event> {
        let (done, total) = (evaluation.sums.images, data.test.len());
        let slice = done..total.min(done + EVALUATION_SLICE);
        evaluation.sums += train::evaluate(self.trainer.evaluated_mut(), &data.test, slice);
        let done = evaluation.sums.images;
        if done == total {
            return self.evaluated(&evaluation);
        }
        self.evaluation = Some(evaluation);
        vec![Event::EvaluationProgress {
            run: self.id,
            done,
            total,
        }]
    }

    fn evaluated(&mut self, evaluation: &Evaluation) -> Vec<Event> {
        let (run, metrics) = (self.id, evaluation.sums.metrics());
        let finished = evaluation.epoch.is_some() && self.trainer.is_finished();
        let mut events = vec![];
        if let Some(batch) = &evaluation.epoch {
            events.push(Event::Epoch {
                run,
                report: EpochReport {
                    epoch: batch.epoch,
                    global_step: batch.global_step,
                    train: batch.running,
                    validation: metrics,
                },
                weights_hash: self.trainer.evaluated().weights_hash(),
            });
        }
        if evaluation.asked || finished {
            events.push(Event::Evaluated { run, metrics });
        }
        if finished {
            events.push(self.enter(RunState::Finished));
        } else if evaluation.epoch.is_some() && self.until == Until::NextStep && self.state == RunState::Training {
            events.extend(self.pause());
        }
        events
    }
}

/// The model in a safetensors file that says what it is.
fn read_model(file: &[u8]) -> Result<Sequential, String> {
    let facts = safetensors::facts(file).map_err(|error| error.to_string())?;
    let spec = facts.ok_or("the file does not say which model it holds")?.model;
    let rng = &mut random::generator(0, Stream::Weights);
    let mut model = Sequential::build(&spec, rng).map_err(|error| error.to_string())?;
    safetensors::load(&mut model, file).map_err(|error| error.to_string())?;
    Ok(model)
}

/// Classifies `image`; a blank one (`None`) has no answer.
fn classify(
    model: &mut Sequential,
    request: u32,
    answering: Answering,
    image: Option<Vec<f32>>,
    label: Option<u8>,
) -> Prediction {
    let shape = model.spec().input_shape.clone();
    let activations = image
        .as_deref()
        .map(|image| activations(model, image))
        .unwrap_or_default();
    let probabilities = activations.last().map(|last| last.data.clone()).unwrap_or_default();
    Prediction {
        request,
        model: answering,
        image: Tensor {
            data: image.unwrap_or_else(|| vec![0.0; shape.iter().product()]),
            shape,
        },
        label,
        probabilities,
        activations,
        layers: model.summary().to_vec(),
    }
}

/// Every layer's output for one image, without the batch dimension.
fn activations(model: &mut Sequential, image: &[f32]) -> Vec<Tensor> {
    let outputs = model.forward_all(image);
    let tensor = |output: ndarray::ArrayD<f32>| Tensor {
        shape: output.shape()[1..].to_vec(),
        data: output.iter().copied().collect(),
    };
    outputs.into_iter().map(tensor).collect()
}

fn data_ready(data: &DataSet) -> Event {
    Event::DataReady {
        train: data.train.len(),
        test: data.test.len(),
    }
}

fn failed(kind: FailureKind, message: String) -> Event {
    Event::Failed(Failure { kind, message })
}

/// Puts the time that the run has trained into its batch events: known only after the batch.
fn stamp(events: &mut [Event], run: &Run) {
    for event in events {
        if let Event::Batch {
            elapsed_seconds,
            waited_seconds,
            ..
        } = event
        {
            *elapsed_seconds = (run.elapsed_ms + run.waited_ms) / 1000.0;
            *waited_seconds = run.waited_ms / 1000.0;
        }
    }
}
