//! What a run measures, and along what it is drawn.

use super::{
    format::{fixed, precise, short},
    text::{Term, t},
};
use crate::protocol::{BatchReport, EpochReport};

/// What a chart can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The loss, in nats.
    Loss,
    /// The accuracy, 0 to 1.
    Accuracy,
    /// The step size, as the schedule has it.
    LearningRate,
    /// Length of the gradient.
    GradientNorm,
    /// Length of the weights.
    WeightNorm,
    /// Share of the ReLU units that never answer, 0 to 1.
    DeadUnits,
}

impl Quantity {
    /// As offered on the page.
    pub const ALL: [Self; 6] = [
        Self::Loss,
        Self::Accuracy,
        Self::LearningRate,
        Self::GradientNorm,
        Self::WeightNorm,
        Self::DeadUnits,
    ];

    /// The name in addresses, files and the browser's storage.
    pub fn id(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Accuracy => "accuracy",
            Self::LearningRate => "learning_rate",
            Self::GradientNorm => "gradient_norm",
            Self::WeightNorm => "weight_norm",
            Self::DeadUnits => "dead_units",
        }
    }

    /// The quantity of that [`Self::id`].
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quantity| quantity.id() == id)
    }

    /// What it is called, and what it means.
    pub fn term(self) -> Term {
        match self {
            Self::Loss => t().terms.loss,
            Self::Accuracy => t().terms.accuracy,
            Self::LearningRate => t().terms.learning_rate,
            Self::GradientNorm => t().terms.gradient_norm,
            Self::WeightNorm => t().terms.weight_norm,
            Self::DeadUnits => t().terms.dead_units,
        }
    }

    /// What a chart will show, before there is anything to show.
    pub fn empty(self) -> &'static str {
        match self {
            Self::Loss => t().curves.loss_empty,
            Self::Accuracy => t().curves.accuracy_empty,
            Self::DeadUnits => t().curves.epochs_empty,
            _ => t().curves.steps_empty,
        }
    }

    /// True if it has a value a step.
    pub fn has_steps(self) -> bool {
        self != Self::DeadUnits
    }

    /// Its value at a batch, where it has one.
    pub fn of_batch(self, report: &BatchReport) -> Option<f32> {
        Some(match self {
            Self::Loss => report.batch.loss,
            Self::Accuracy => report.batch.accuracy,
            Self::LearningRate => report.learning_rate,
            Self::GradientNorm => report.gradient_norm,
            Self::WeightNorm => report.weight_norm,
            Self::DeadUnits => return None,
        })
    }

    /// Its value at the end of an epoch, on the validation images, where it has one.
    pub fn of_epoch(self, report: &EpochReport) -> Option<f32> {
        match self {
            Self::Loss => Some(report.validation.loss),
            Self::Accuracy => Some(report.validation.accuracy),
            Self::DeadUnits => report.dead_units,
            Self::LearningRate | Self::GradientNorm | Self::WeightNorm => None,
        }
    }

    /// A value as the page writes it.
    pub fn show(self, value: f32) -> String {
        match self {
            // A loss that has run away has no room for its decimals.
            Self::Loss if value >= 1e4 => short(value),
            Self::Loss | Self::Accuracy | Self::DeadUnits => fixed(value, 4),
            Self::LearningRate => precise(value),
            Self::GradientNorm | Self::WeightNorm => short(value),
        }
    }
}

/// Along what curves are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Along {
    /// Mini-batches.
    #[default]
    Step,
    /// Rounds through the training images, in fractions.
    Epoch,
    /// Training time in seconds, pauses left out.
    Time,
}

impl Along {
    /// As offered on the page.
    pub const ALL: [Self; 3] = [Self::Step, Self::Epoch, Self::Time];

    /// The name in the browser's storage.
    pub fn id(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Epoch => "epoch",
            Self::Time => "time",
        }
    }

    /// The one of that [`Self::id`].
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|along| along.id() == id)
    }

    /// The name on the page.
    pub fn name(self) -> &'static str {
        match self {
            Self::Step => t().curves.by_step,
            Self::Epoch => t().curves.by_epoch,
            Self::Time => t().curves.by_time,
        }
    }

    /// A place as the axis writes it.
    pub fn show(self, place: f32) -> String {
        match self {
            Self::Step => super::format::thousands(place.max(0.0) as usize),
            Self::Epoch | Self::Time => short(place),
        }
    }
}
