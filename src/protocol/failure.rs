//! What could not be done, and what it was about.

use serde::{Deserialize, Serialize};

/// Something that could not be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What it was about; decides where the page shows it and what it offers.
    pub kind: FailureKind,
    /// What happened and what to do, for the user.
    pub message: String,
}

/// What a [`Failure`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// The data set could not be loaded: retry with [`Command::LoadData`](super::Command::LoadData).
    Data,
    /// The user's files cannot be used; what was there before stays.
    Import,
    /// The shipped model could not be loaded.
    Pretrained,
    /// The settings cannot be used.
    Settings,
    /// The run stopped; its last finite weights are kept.
    Run,
    /// The request makes no sense now.
    Request,
    /// The worker ended; the page can start another.
    Worker,
    /// A worker that only helps to train ended; the session goes on.
    Replica,
}
