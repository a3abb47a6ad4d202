//! The user's own hand: drawings kept as examples, and a model that learns from them.

use serde::{Deserialize, Serialize};

use super::Drawing;

/// What the page asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum HandCommand {
    /// Keep a drawing as an example. Answered by [`HandEvent::Kept`].
    Keep {
        /// What was drawn.
        drawing: Drawing,
        /// The class that it is.
        label: u8,
    },
    /// Forget the examples; what was learned from them stays. Answered by [`HandEvent::Kept`].
    Forget,
    /// Let a copy of the answering model learn from the examples. Answered by [`HandEvent::Learning`] and, at the end, by
    /// [`HandEvent::Learned`]: that copy answers from then on.
    Learn,
    /// Let the model answer that answered before it learned. Answered by [`HandEvent::Unlearned`].
    Unlearn,
}

/// What the worker tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum HandEvent {
    /// So many examples are kept.
    Kept {
        /// Examples.
        examples: usize,
    },
    /// How far the learning is.
    Learning {
        /// From 0 to 1.
        share: f32,
    },
    /// Nothing more is learned: it is done, or could not be done.
    Ended,
    /// A copy of the model has learned, and answers from now on.
    Learned(Lesson),
    /// An earlier model answers again.
    Unlearned {
        /// How many lessons can still be taken back.
        left: usize,
    },
}

/// What a lesson has done: the same images before and after it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lesson {
    /// The examples.
    pub examples: usize,
    /// Share of the examples that is read right, before and after.
    pub drawings: [f32; 2],
    /// Share of the test images that is read right, before and after.
    pub images: [f32; 2],
    /// Milliseconds from the command to the answer.
    pub milliseconds: f64,
}
