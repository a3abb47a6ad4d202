//! What the page and the worker say to each other: [`Command`]s in, [`Event`]s out.
//!
//! A message is one postcard-encoded enum in one transferred `ArrayBuffer`. The page and the worker are two programs
//! that a cache can mix up, so the first event, [`Event::Ready`], carries the [`BUILD`] that the page compares.

mod failure;
mod files;
mod hand;
mod images;
mod inside;
mod measure;
mod predict;
mod recovery;
mod study;
mod tensor;

use serde::{Deserialize, Serialize};

pub use failure::{Failure, FailureKind};
pub use files::{FileCommand, FileEvent, FileFormat, LoadedModel};
pub use hand::{HandCommand, HandEvent, Lesson};
pub use images::{DataFacts, ImagePage, ImageQuery, Split};
pub use inside::{Account, Ending, Explanation, Histogram, InsideCommand, InsideEvent, Inspection, Term, Window};
pub use measure::{GradientError, Measurement, Part, Profile, ProfileRow, ScalingPoint};
pub use predict::{Answering, PredictInput, Prediction};
pub use recovery::{RecoveryCommand, RecoveryEvent};
pub use study::{
    Answers, Ascended, Goal, Neighbour, OCCLUSION_SQUARE, OCCLUSION_STRIDE, Perturbation, Projection, Reasons,
    RobustnessPoint, Start, StudyCommand, StudyEvent,
};
pub use tensor::Tensor;

pub use crate::data::{
    own::{MAX_FILE_BYTES, OwnFile},
    strokes::{Drawing, Stroke},
    verdict::Verdict,
};
use crate::spec::{Augmentation, Change, DataSource, LiveChange, ModelSpec, TrainConfig};
pub use crate::{
    fault::Fault,
    report::{BatchReport, EpochReport, Metrics},
    spec::LayerSummary,
};

/// Names the sources that this program was built from; the page and the worker must agree on it.
pub const BUILD: &str = env!("DIGIT_LAB_BUILD");

/// A run: everything from one [`Command::Reset`] to the next. The page counts them up.
pub type RunId = u32;

/// What the page asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// Show a data set, and fetch it if it is not there; again after a failure. Answered by [`Event::DataReady`], and by
    /// [`Event::DataProgress`] before it; by [`Event::DataAwaited`] where only the user can give it.
    LoadData {
        /// Which.
        source: DataSource,
    },
    /// Make a data set of the user's own files and show it. Answered by [`Event::Importing`] and, at the end, by
    /// [`Event::ImportEnded`], with [`Event::DataReady`] before it or [`Event::Failed`] after it: then everything is as
    /// it was before.
    Import {
        /// Images and labels, and perhaps a test pair.
        files: Vec<OwnFile>,
    },
    /// Stop reading the files.
    StopImport,
    /// Show images of the data set. Answered by [`Event::Images`].
    Browse {
        /// Returned with the answer.
        request: u32,
        /// Which images.
        query: ImageQuery,
        /// Of those found, the first to show.
        first: usize,
        /// How many; the answer may have fewer.
        count: usize,
    },
    /// New weights from the seed, step 0. Nothing changes when the settings cannot be used ([`Event::Failed`]).
    Reset {
        /// The id of the run that starts here.
        run: RunId,
        /// The model to build.
        model: ModelSpec,
        /// How to train it.
        config: TrainConfig,
    },
    /// Train until paused or finished; as soon as the data are there.
    Train,
    /// Stop after the step under way; [`Command::Train`] goes on from there.
    Pause,
    /// One mini-batch, then pause.
    Step,
    /// What is left of the epoch, its validation, then pause.
    StepEpoch,
    /// Change a setting of the run from the next step on. Answered by [`Event::Changed`].
    Change(Change),
    /// Classify one image, with every layer's activations.
    Predict {
        /// Returned with the answer.
        request: u32,
        /// What to classify.
        input: PredictInput,
    },
    /// Look inside the network that answers.
    Inside(InsideCommand),
    /// Measure the run's model on the test images.
    Evaluate,
    /// Show what augmentation makes of a training image. Answered by [`Event::Augmented`].
    Augment {
        /// Returned with the answer.
        request: u32,
        /// How far it may be bent.
        augmentation: Augmentation,
        /// The run's.
        seed: u64,
        /// By its place in the set.
        image: usize,
        /// How many draws are wanted.
        draws: usize,
    },
    /// How many workers are to train; at the next step, and at no bit's difference.
    Workers {
        /// Brought down to a power of two, at most [`SHARES`](crate::train::SHARES).
        count: usize,
    },
    /// Measure something; some of it never while the run trains. Ends in [`Event::MeasurementEnded`].
    Measure(Measurement),
    /// Stop the measurement under way.
    StopMeasuring,
    /// About the user's own drawings.
    Hand(HandCommand),
    /// Look closer at answers.
    Study(StudyCommand),
    /// Models in and out.
    File(FileCommand),
    /// Answered by [`Event::Pong`]: a worker that is silent for long is taken for dead.
    Ping {
        /// Returned with the answer.
        nonce: u32,
    },
    /// Save the run, or go on with a saved one.
    Recovery(RecoveryCommand),
    /// Die on purpose, so that recovery can be tested for real.
    Crash {
        /// Which of the workers: 0 is the session's.
        rank: usize,
        /// What of.
        fault: Fault,
    },
}

/// What the worker tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The worker runs and listens. Sent once, first.
    Ready {
        /// The worker's [`BUILD`].
        build: String,
        /// The instructions that its kernels use.
        simd_tier: SimdTier,
    },
    /// The shipped model answers from now on, until training starts.
    PretrainedReady,
    /// More of a data set has arrived.
    DataProgress {
        /// Which.
        source: DataSource,
        /// Bytes so far.
        loaded: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The data set that is wanted is complete, and shown from now on.
    DataReady(DataFacts),
    /// The data set that is wanted is the user's own files, which are not there.
    DataAwaited,
    /// More of the user's files was read.
    Importing {
        /// Bytes so far, unpacked.
        read: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The user's files are read no further.
    ImportEnded,
    /// The answer to [`Command::Browse`].
    Images(Box<ImagePage>),
    /// [`Command::Reset`] was carried out, or a saved run is there again.
    RunReset {
        /// The run.
        run: RunId,
        /// The model's layers, first to last.
        layers: Vec<LayerSummary>,
        /// Fingerprint of its weights.
        weights_hash: String,
    },
    /// The run's state changed.
    State {
        /// The run.
        run: RunId,
        /// What it does now.
        state: RunState,
    },
    /// So many workers train from now on.
    Workers {
        /// The session's own included.
        count: usize,
    },
    /// A mini-batch was trained.
    Batch {
        /// The run.
        run: RunId,
        /// Loss and accuracy of the batch, and where in the run it stands.
        report: BatchReport,
        /// Seconds spent training since the reset, pauses left out.
        elapsed_seconds: f64,
        /// Of these, seconds in which the session's worker had nothing to do but wait for the others.
        waited_seconds: f64,
    },
    /// An epoch was trained and validated.
    Epoch {
        /// The run.
        run: RunId,
        /// What was measured.
        report: EpochReport,
        /// Fingerprint of the weights after it.
        weights_hash: String,
    },
    /// A setting is another from the next step on: by [`Command::Change`], or because the run's settings say so.
    Changed {
        /// The run.
        run: RunId,
        /// What, and after how many steps.
        change: LiveChange,
    },
    /// Early stopping ended the run before its last epoch, or gave it the weights of its best one back; before the run's
    /// last figures.
    EarlyStopping {
        /// The run.
        run: RunId,
        /// Whether it ended the run.
        stopped: bool,
        /// The best epoch, from 0.
        best_epoch: usize,
        /// Whether the weights are that epoch's again.
        restored: bool,
        /// Fingerprint of the weights.
        weights_hash: String,
    },
    /// The run's weights at a pause.
    Fingerprint {
        /// The run.
        run: RunId,
        /// Fingerprint of the weights.
        weights_hash: String,
    },
    /// How far an evaluation is.
    EvaluationProgress {
        /// The run.
        run: RunId,
        /// Images measured.
        done: usize,
        /// Images in all.
        total: usize,
    },
    /// The run's model was measured on the test images.
    Evaluated {
        /// The run.
        run: RunId,
        /// Loss and accuracy.
        metrics: Metrics,
    },
    /// The answer to [`Command::Predict`].
    Prediction(Box<Prediction>),
    /// What is inside the network.
    Inside(InsideEvent),
    /// The answer to [`Command::Augment`].
    Augmented {
        /// As asked.
        request: u32,
        /// `[height, width, 1 + draws]`, 0 to 1: the image as it is, then what each of a run's first epochs sees.
        images: Tensor,
    },
    /// How far the measurement under way is.
    Measuring {
        /// From 0 to 1.
        share: f32,
    },
    /// Where the time of a step goes.
    Profile(Box<Profile>),
    /// How fast so many workers are.
    Scaling(ScalingPoint),
    /// How right the gradients are, one a layer with parameters.
    Gradients(Vec<GradientError>),
    /// A closer look at answers.
    Study(StudyEvent),
    /// The measurement is over; what it found out came before.
    MeasurementEnded,
    /// How much memory the programs of the workers have, the session's first; when it has changed.
    Memory {
        /// Bytes, one a worker.
        bytes: Vec<u64>,
    },
    /// The run as bytes, or from bytes.
    Recovery(RecoveryEvent),
    /// About the user's own drawings.
    Hand(HandEvent),
    /// Answers to [`Command::File`].
    File(FileEvent),
    /// The answer to [`Command::Ping`].
    Pong {
        /// As asked.
        nonce: u32,
    },
    /// Something asked for could not be done; everything is as it was before.
    Failed(Failure),
}

/// What a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunState {
    /// New weights, no step yet.
    Idle,
    /// Wants to train and waits for the data.
    Loading,
    /// Trains, or validates at the end of an epoch.
    Training,
    /// Stopped by the user; can go on.
    Paused,
    /// All epochs are done.
    Finished,
    /// Stopped by an error.
    Failed,
}

impl RunState {
    /// The name on the page.
    pub fn id(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Loading => "loading",
            Self::Training => "training",
            Self::Paused => "paused",
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }
}

/// The instructions that the kernels use. Weights are the same bits within a tier, not across.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SimdTier {
    /// Plain Rust.
    Scalar,
    /// WebAssembly SIMD: multiply, then add.
    Simd128,
    /// WebAssembly relaxed SIMD: fused multiply-add.
    Relaxed,
}

impl SimdTier {
    /// The name on the page and in the URL.
    pub fn id(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            Self::Simd128 => "simd128",
            Self::Relaxed => "relaxed",
        }
    }
}

/// A message as bytes.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    // The only failures are a full fixed buffer and a length that is not known beforehand: neither occurs here.
    postcard::to_allocvec(message).expect("messages of plain data can be encoded")
}

/// A message from bytes.
///
/// # Errors
/// When the bytes are no such message.
pub fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, postcard::Error> {
    postcard::from_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_survive_the_way() {
        let command = Command::Reset {
            run: 3,
            model: ModelSpec::keras_recipe(),
            config: TrainConfig::default(),
        };
        assert_eq!(decode::<Command>(&encode(&command)).unwrap(), command);

        let event = Event::Prediction(Box::new(Prediction {
            request: 7,
            model: Answering::Run { run: 1, global_step: 9 },
            image: Tensor {
                shape: vec![1, 2, 1],
                data: vec![0.25, -1.5],
            },
            label: Some(4),
            probabilities: vec![0.1, 0.9],
            verdict: Verdict::Ambiguous { rival: 0 },
            reading: vec![Some(1), None],
            activations: vec![],
            layers: vec![],
        }));
        assert_eq!(decode::<Event>(&encode(&event)).unwrap(), event);
    }

    #[test]
    fn bytes_that_are_no_message_are_refused() {
        assert!(decode::<Event>(&[255, 1, 2]).is_err());
        assert!(decode::<Command>(&[]).is_err());
    }
}
