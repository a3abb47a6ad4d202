//! Which images a run looks at, and when.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Trainer;
use crate::{
    data::{ImageSet, Selection},
    random::epoch_order,
    train::{Progress, TrainError, check_images, share_range},
};

/// A part of a mini-batch: some of its shares, as bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Steps since the reset, this one included.
    pub global_step: usize,
    /// The epoch, from 0.
    pub epoch: usize,
    /// Images of the whole batch.
    pub batch: usize,
    /// The images, by their place in the set.
    pub indices: Vec<u32>,
    /// Rows of an image.
    pub height: usize,
    /// The images one after the other, row by row.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
    /// Their classes.
    #[serde(with = "serde_bytes")]
    pub labels: Vec<u8>,
}

impl Trainer {
    /// Whether [`Self::begin`] knows the images.
    pub fn has_begun(&self) -> bool {
        !self.selection.is_empty()
    }

    /// Prepares the next step. The same images must be given for all of a run.
    ///
    /// # Errors
    /// When the images do not fit the model, or the settings leave none.
    pub fn begin(&mut self, images: &ImageSet) -> Result<(), TrainError> {
        if !self.has_begun() {
            check_images(&self.model, images)?;
            self.selection = Selection::new(images, &self.config.data, self.config.seed);
        }
        if !self.has_begun() {
            return Err(TrainError::NoImages);
        }
        let [count, held_out] = self.config.split(self.selection.len()).map(|range| range.len());
        let known = self.progress.images;
        if ![0, count].contains(&known) {
            return Err(TrainError::OtherImages { known, count });
        }
        if self.order.is_empty() {
            if count == 0 || held_out == 0 && self.config.validation_split > 0.0 {
                return Err(TrainError::Split { count, held_out });
            }
            self.progress.images = count;
            self.shuffle();
        }
        Ok(())
    }

    /// The places in the set of the images that are held out to validate on; none before [`Self::begin`].
    pub fn held_out(&self) -> &[u32] {
        let [_, held_out] = self.config.split(self.selection.len());
        &self.selection.places[held_out]
    }

    pub(super) fn shuffle(&mut self) {
        self.order = epoch_order(self.config.seed, self.progress.epoch, self.progress.images);
    }

    /// Steps of the epoch under way, if the batches stay as large as they are.
    pub(super) fn steps_per_epoch(&self) -> usize {
        let Progress {
            step, images, running, ..
        } = &self.progress;
        step + (images - running.images).div_ceil(self.batch_size(0))
    }

    /// Steps of the whole run, if the batches stay as large as they are.
    pub(super) fn total_steps(&self) -> usize {
        let Progress {
            epoch,
            step,
            global_step,
            images,
            ..
        } = self.progress;
        let epochs_after = self.config.epochs.saturating_sub(epoch + 1);
        global_step - step + self.steps_per_epoch() + epochs_after * images.div_ceil(self.batch_size(0))
    }

    /// Images of the next batch, or of one after it.
    fn batch_size(&self, ahead: usize) -> usize {
        self.config.batch_size_at(self.progress.global_step + ahead)
    }

    /// The images of the batch of the next step, or of one after it; none beyond the epoch.
    fn batch(&self, ahead: usize) -> Option<&[u32]> {
        let start = self.progress.running.images + (0..ahead).map(|step| self.batch_size(step)).sum::<usize>();
        let rest = self.order.get(start..).filter(|rest| !rest.is_empty())?;
        Some(&rest[..rest.len().min(self.batch_size(ahead))])
    }

    /// Some shares of the batch of the next step, or of one after it; none beyond the epoch.
    pub fn task(&self, images: &ImageSet, ahead: usize, shares: Range<usize>) -> Option<Task> {
        let batch = self.batch(ahead)?;
        let part = share_range(shares.start, batch.len()).start..share_range(shares.end, batch.len()).start;
        let chosen = || batch[part.clone()].iter().map(|&i| i as usize);
        let indices: Vec<_> = chosen().map(|i| self.selection.places[i]).collect();
        Some(Task {
            global_step: self.progress.global_step + ahead + 1,
            epoch: self.progress.epoch,
            batch: batch.len(),
            height: images.image_shape[0],
            pixels: indices
                .iter()
                .map(|&i| images.image(i as usize))
                .collect::<Vec<_>>()
                .concat(),
            labels: chosen().map(|i| self.selection.labels[i]).collect(),
            indices,
        })
    }
}
