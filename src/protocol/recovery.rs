//! Runs that outlast their worker: saved, and gone on with.

use serde::{Deserialize, Serialize};

use super::RunId;
use crate::report::BatchReport;

/// What the page asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RecoveryCommand {
    /// Save the run as it is between two steps. Answered by [`RecoveryEvent::Saved`], or by
    /// [`RecoveryEvent::NothingToSave`].
    Save,
    /// Go on with a saved run, paused, in place of the one there is. Answered by [`RecoveryEvent::Resumed`], or by
    /// [`RecoveryEvent::Refused`]: then nothing has changed.
    Resume {
        /// The id of the run that starts here.
        run: RunId,
        /// As [`RecoveryEvent::Saved`] had it.
        #[serde(with = "serde_bytes")]
        checkpoint: Vec<u8>,
    },
}

/// What the worker answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RecoveryEvent {
    /// The run as bytes, for [`RecoveryCommand::Resume`]. All that the run told before belongs to it.
    Saved {
        /// The run.
        run: RunId,
        /// A file of `io::checkpoint`.
        #[serde(with = "serde_bytes")]
        checkpoint: Vec<u8>,
        /// How long training waited for that.
        milliseconds: f64,
    },
    /// There is nothing to save: no step was taken, or the run has failed.
    NothingToSave,
    /// The run is there again; its layers and its state were told just before.
    Resumed {
        /// The run.
        run: RunId,
        /// Its last batch.
        last: BatchReport,
        /// Seconds spent training.
        elapsed_seconds: f64,
    },
    /// The saved run cannot be used.
    Refused {
        /// The run that did not start.
        run: RunId,
        /// Why, for the user.
        reason: String,
    },
}
