//! A run as bytes: all that it needs to go on with the same bits.
//!
//! A [sealed](crate::sealed) file: `facts' length (u32) | facts (postcard) | for each array its length (u32) and its f32s`,
//! little-endian. The arrays are those of `arrays`, in that order. A length is compared with what is left of the file
//! before anything is allocated, and the arrays with the model before it is built. Version 1 has layers without the
//! arguments that came later.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{
    report::BatchReport,
    sealed::{SealError, open, seal},
    spec::{ConfigError, FirstModelSpec, ModelSpec, SpecError, TrainConfig},
    train::TrainerState,
};

const NAME: [u8; 8] = *b"DigitRun";

/// Counts up with every change of the layout; `tests/golden/checkpoint-v<VERSION>.bin` must load.
pub const VERSION: u32 = 2;

/// Its facts begin with a [`FirstModelSpec`].
const FIRST_VERSION: u32 = 1;

/// The facts of the largest model are a few kilobytes.
const MAX_FACTS: usize = 1 << 16;

/// A run between two steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The model.
    pub model: ModelSpec,
    /// How it is trained, with what was changed on the way.
    pub config: TrainConfig,
    /// Weights, optimizer, early stopping, and how far it is. What is random follows from the seed and from this.
    pub state: TrainerState,
    /// The last batch.
    pub last: BatchReport,
    /// Whether that batch ended an epoch that is not validated yet.
    pub unvalidated: bool,
    /// Whether the run is over, with all its figures.
    pub finished: bool,
    /// Milliseconds spent training.
    pub elapsed_ms: f64,
    /// Of these, without anything to do.
    pub waited_ms: f64,
}

/// Why a checkpoint cannot be used.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum CheckpointError {
    /// It is no checkpoint, of another version, or damaged.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What it says of the run cannot be read.
    #[error("what it says of the run cannot be read")]
    Facts,
    /// An array is cut off, or something follows the last one.
    #[error("its arrays do not end where the file does")]
    Length,
    /// Its model cannot be built.
    #[error(transparent)]
    Model(#[from] SpecError),
    /// Its settings are out of bounds.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It does not fit together.
    #[error("its {0} does not fit its model and settings")]
    Unfit(&'static str),
}

impl Checkpoint {
    /// As a file.
    pub fn into_bytes(mut self) -> Vec<u8> {
        let arrays: Vec<Vec<f32>> = arrays(&mut self.state).into_iter().map(std::mem::take).collect();
        // The only failures are a full fixed buffer and a length that is not known beforehand: neither occurs here.
        let facts = postcard::to_allocvec(&self).expect("plain data can be encoded");
        seal(NAME, VERSION, |bytes| {
            bytes.reserve_exact(4 + facts.len() + arrays.iter().map(|array| 4 + array.len() * 4).sum::<usize>());
            bytes.extend((facts.len() as u32).to_le_bytes());
            bytes.extend(facts);
            for array in arrays {
                bytes.extend((array.len() as u32).to_le_bytes());
                bytes.extend_from_slice(bytemuck::cast_slice(&array));
            }
        })
    }

    /// From a file, which is not believed.
    ///
    /// # Errors
    /// When it is no checkpoint of a known version, is damaged, or does not fit together.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let (mut rest, is_first) = match open(NAME, VERSION, bytes) {
            Err(SealError::Version { got: FIRST_VERSION, .. }) => (open(NAME, FIRST_VERSION, bytes)?, true),
            body => (body?, false),
        };
        let length = read_length(&mut rest, 1).filter(|&length| length <= MAX_FACTS);
        let facts = rest
            .split_off(..length.ok_or(CheckpointError::Facts)?)
            .ok_or(CheckpointError::Facts)?;
        let facts = if is_first { grown(facts)? } else { facts.to_vec() };
        let mut checkpoint: Self = postcard::from_bytes(&facts).map_err(|_| CheckpointError::Facts)?;
        for array in arrays(&mut checkpoint.state) {
            let length = read_length(&mut rest, 4).ok_or(CheckpointError::Length)?;
            let bytes = rest.split_off(..length * 4).ok_or(CheckpointError::Length)?;
            *array = bytemuck::allocation::pod_collect_to_vec(bytes);
        }
        match rest {
            [] => checkpoint.checked(),
            _ => Err(CheckpointError::Length),
        }
    }

    fn checked(mut self) -> Result<Self, CheckpointError> {
        self.config.validate()?;
        let counts = self.model.param_counts()?;
        let params = counts.iter().map(|[trained, _]| trained).sum::<usize>();
        let numbers = params + counts.iter().map(|[_, kept]| kept).sum::<usize>();
        let averages = self.config.weight_averaging.is_some();
        let state = &self.state;
        let best = state.stopping.best.as_ref().and_then(|best| best.weights.as_ref());
        let snapshots = [
            Some((&state.weights, &state.averaged)),
            best.map(|best| (&best.weights, &best.averaged)),
        ];
        let fits = |(weights, averaged): (&Vec<f32>, &Option<Vec<f32>>)| {
            weights.len() == numbers
                && averaged.is_some() == averages
                && averaged.iter().all(|averaged| averaged.len() == numbers)
        };
        let checks = [
            (snapshots.into_iter().flatten().all(fits), "weights"),
            (
                state.optimizer.slots.iter().all(|slot| slot.len() == params),
                "optimizer's state",
            ),
            (self.is_somewhere(), "progress"),
        ];
        if let Some((_, what)) = checks.into_iter().find(|(fits, _)| !fits) {
            return Err(CheckpointError::Unfit(what));
        }
        let finite = arrays(&mut self.state).into_iter().flatten().all(|x| x.is_finite());
        finite.then_some(self).ok_or(CheckpointError::Unfit("arrays"))
    }

    /// Whether the run can be where it says, and its figures be shown.
    fn is_somewhere(&self) -> bool {
        let (progress, last) = (&self.state.progress, &self.last);
        let figures = [
            last.batch.loss,
            last.batch.accuracy,
            last.running.loss,
            last.running.accuracy,
        ];
        let figures = figures
            .into_iter()
            .chain([last.learning_rate, last.gradient_norm, last.weight_norm]);
        let times = [self.elapsed_ms, self.waited_ms, progress.running.loss];
        progress.epoch <= self.config.epochs
            && progress.step <= progress.global_step
            && progress.running.images < progress.images
            && last.global_step == progress.global_step
            && self.state.optimizer.steps == progress.global_step as u64
            && figures.into_iter().all(f32::is_finite)
            && times.into_iter().all(f64::is_finite)
    }
}

/// Facts of version 1 as they are now: they begin with the model.
fn grown(facts: &[u8]) -> Result<Vec<u8>, CheckpointError> {
    let (model, rest) = postcard::take_from_bytes::<FirstModelSpec>(facts).map_err(|_| CheckpointError::Facts)?;
    let model = postcard::to_allocvec(&ModelSpec::from(model)).expect("plain data can be encoded");
    Ok([&model, rest].concat())
}

/// Every array of a run's state.
fn arrays(state: &mut TrainerState) -> Vec<&mut Vec<f32>> {
    let best = state.stopping.best.as_mut().and_then(|best| best.weights.as_mut());
    let best = best
        .into_iter()
        .flat_map(|best| std::iter::once(&mut best.weights).chain(&mut best.averaged));
    let now = std::iter::once(&mut state.weights).chain(&mut state.averaged);
    now.chain(&mut state.optimizer.slots).chain(best).collect()
}

/// A length, if as many things of that size follow.
fn read_length(rest: &mut &[u8], size: usize) -> Option<usize> {
    let (bytes, _) = rest.split_first_chunk()?;
    let length = u32::from_le_bytes(*bytes) as usize;
    *rest = &rest[4..];
    (length <= rest.len() / size).then_some(length)
}
