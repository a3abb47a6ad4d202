//! Classifying one image.

use serde::{Deserialize, Serialize};

use super::{RunId, Split, Tensor};
use crate::{
    data::{strokes::Drawing, verdict::Verdict},
    spec::LayerSummary,
};

/// What is to be classified.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum PredictInput {
    /// Pen strokes.
    Drawing(Drawing),
    /// A test image of the data set that is shown, by index.
    TestImage(usize),
    /// A training image of the data set that is shown, by index.
    TrainingImage(usize),
    /// An image of the run's data set, by index in its part.
    RunImage(Split, usize),
}

/// Which model gave an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answering {
    /// The shipped model.
    Pretrained,
    /// The model of a run, after so many steps.
    Run {
        /// The run.
        run: RunId,
        /// Steps since its reset.
        global_step: usize,
    },
    /// A copy of one of these that has learned from the user's drawings.
    Learned {
        /// How many there were.
        examples: usize,
    },
}

/// A classified image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// As asked.
    pub request: u32,
    /// Who answers.
    pub model: Answering,
    /// What the network saw, `[28, 28, 1]`, 0 to 1.
    pub image: Tensor,
    /// The true class, for an image of the data set.
    pub label: Option<u8>,
    /// One a class, summing to 1. Empty for a blank pad: there is nothing to classify.
    pub probabilities: Vec<f32>,
    /// What may be said of it.
    pub verdict: Verdict,
    /// The digits of a drawing, from left to right; none for a figure that is no digit. Empty for an image.
    pub reading: Vec<Option<usize>>,
    /// Every layer's output, first to last; after the last layer's softmax. Empty for a blank pad.
    pub activations: Vec<Tensor>,
    /// The layers of the model that answered; the pre-trained model need not be the run's.
    pub layers: Vec<LayerSummary>,
}

impl Prediction {
    /// Whether every number of it is finite.
    pub fn is_finite(&self) -> bool {
        let mut numbers = self.activations.iter().flat_map(|output| &output.data);
        numbers.all(|number| number.is_finite())
    }

    /// The class that is the answer: none for a blank pad and for what is not one digit.
    pub fn answer(&self) -> Option<usize> {
        self.digit().filter(|_| self.verdict.names_one())
    }

    /// The most probable class, whatever the verdict; none for a blank pad.
    pub fn digit(&self) -> Option<usize> {
        (0..self.probabilities.len()).max_by(|&a, &b| self.probabilities[a].total_cmp(&self.probabilities[b]))
    }
}
