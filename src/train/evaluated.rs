//! What is kept of an evaluation.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{Silent, evaluate_seen};
use crate::{
    data::ImageSet,
    nn::{Sequential, metrics::Sums},
};

/// What an evaluation of some images has given: the same bits, whichever member of a team it is from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evaluated {
    /// Loss and right answers.
    pub sums: Sums,
    /// `[images, classes]`.
    pub logits: Vec<f32>,
    /// The units that none of the images has made answer.
    pub silent: Silent,
}

impl Evaluated {
    /// Measures a model on some of the images.
    ///
    /// # Panics
    /// As [`evaluate`](super::evaluate).
    pub fn of(model: &mut Sequential, images: &ImageSet, range: Range<usize>) -> Self {
        let (last, mut silent) = (model.engine_layers().len() - 1, Silent::of(model));
        let mut logits = Vec::with_capacity(range.len() * model.classes());
        let sums = evaluate_seen(model, images, range, |layer, output| {
            silent.see(layer, output);
            if layer == last {
                logits.extend_from_slice(output);
            }
        });
        Self { sums, logits, silent }
    }
}
