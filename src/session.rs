//! The whole behaviour of the app without a browser: [`Command`]s in, [`Event`]s out.
//!
//! Nothing here waits: [`Session::handle`] answers at once, and [`Session::tick`] does one bounded piece of the work
//! that is under way (a mini-batch, or a slice of an evaluation). The host calls `tick` while it returns
//! [`Session::is_busy`], and looks for commands in between.

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
use crate::train::{self, Trainer};

/// Milliseconds since any fixed moment: the session's only view of time.
pub type Clock = fn() -> f64;

/// Images measured in one tick of an evaluation: about as long as a training step.
const EVALUATION_SLICE: usize = 200;

/// One user's session: a data set, the shipped model, and at most one run.
pub struct Session {
    clock: Clock,
    data: Option<Rc<DataSet>>,
    pretrained: Option<Sequential>,
    run: Option<Run>,
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
    /// A session without data, model or run.
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            data: None,
            pretrained: None,
            run: None,
        }
    }

    /// Whether the data set is still missing.
    pub fn needs_data(&self) -> bool {
        self.data.is_none()
    }

    /// Whether [`Self::tick`] has something to do.
    pub fn is_busy(&self) -> bool {
        self.data.is_some() && self.run.as_ref().is_some_and(Run::is_busy)
    }

    /// The data set has arrived; a run that waits for it starts.
    pub fn provide_data(&mut self, data: DataSet) -> Vec<Event> {
        let mut events = vec![data_ready(&data)];
        self.data = Some(Rc::new(data));
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
        match command {
            Command::LoadData => self.data.as_deref().map(data_ready).into_iter().collect(),
            Command::Reset { run, model, config } => self.reset(run, &model, &config),
            Command::Train => self.start(Until::Finished),
            Command::Step => self.start(Until::NextStep),
            Command::Pause => self.pause(),
            Command::Predict { request, input } => vec![self.predict(request, &input)],
            Command::Evaluate => self.evaluate(),
            Command::Ping { nonce } => vec![Event::Pong { nonce }],
            Command::Crash => panic!("the page asked for a crash"),
        }
    }

    /// Does one bounded piece of the work under way.
    pub fn tick(&mut self) -> Vec<Event> {
        let (Some(data), Some(run)) = (&self.data, &mut self.run) else {
            return vec![];
        };
        let start = (self.clock)();
        let mut events = match run.evaluation.take() {
            Some(pending) => run.evaluate_slice(pending, data),
            None if run.state == RunState::Training => run.train_batch(data),
            None => vec![],
        };
        run.elapsed_ms += (self.clock)() - start;
        stamp(&mut events, run.elapsed_ms / 1000.0);
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
        let mut run = Run {
            id,
            trainer,
            state: RunState::Idle,
            until: Until::Finished,
            evaluation: None,
            elapsed_ms: 0.0,
        };
        let reset = Event::RunReset {
            run: id,
            layers: run.trainer.model().summary().to_vec(),
            weights_hash: run.trainer.model().weights_hash(),
        };
        let state = run.enter(RunState::Idle);
        self.run = Some(run);
        vec![reset, state]
    }

    fn start(&mut self, until: Until) -> Vec<Event> {
        let has_data = self.data.is_some();
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
                run.until = until;
                vec![run.enter(if has_data {
                    RunState::Training
                } else {
                    RunState::Loading
                })]
            }
        }
    }

    fn pause(&mut self) -> Vec<Event> {
        match &mut self.run {
            Some(run) if matches!(run.state, RunState::Training | RunState::Loading) => run.pause(),
            _ => vec![],
        }
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
                (run.trainer.model_mut(), answering)
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

impl Run {
    fn is_busy(&self) -> bool {
        self.state == RunState::Training || self.evaluation.is_some()
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
            weights_hash: self.trainer.model().weights_hash(),
        }
    }

    fn train_batch(&mut self, data: &DataSet) -> Vec<Event> {
        let checked = train::check_images(self.trainer.model(), &data.test);
        let report = match checked.and_then(|()| self.trainer.train_batch(&data.train)) {
            Ok(report) => report,
            Err(error) => {
                let message = format!("Training stopped: {error}");
                return vec![
                    self.enter(RunState::Failed),
                    self.fingerprint(),
                    failed(FailureKind::Run, message),
                ];
            }
        };
        let mut events = vec![Event::Batch {
            run: self.id,
            report,
            elapsed_seconds: 0.0,
        }];
        if report.step == report.steps_per_epoch {
            self.evaluation.get_or_insert_default().epoch = Some(report);
        } else if self.until == Until::NextStep {
            events.extend(self.pause());
        }
        events
    }

    fn evaluate_slice(&mut self, mut evaluation: Evaluation, data: &DataSet) -> Vec<Event> {
        let (done, total) = (evaluation.sums.images, data.test.len());
        let slice = done..total.min(done + EVALUATION_SLICE);
        evaluation.sums += train::evaluate(self.trainer.model_mut(), &data.test, slice);
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
                weights_hash: self.trainer.model().weights_hash(),
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
fn stamp(events: &mut [Event], seconds: f64) {
    for event in events {
        if let Event::Batch { elapsed_seconds, .. } = event {
            *elapsed_seconds = seconds;
        }
    }
}
