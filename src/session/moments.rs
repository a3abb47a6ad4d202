//! The weights of a run at moments of it, a bounded number: what the network was is shown by letting it answer again.

use crate::{
    nn::Sequential,
    train::{Snapshot, TrainError},
};

/// The most moments that are kept.
pub const MOST: usize = 32;

/// What they may take in memory, in bytes.
pub const LIMIT_BYTES: usize = 32 << 20;

/// Moments of a run, evenly spaced: when they are too many, every second one goes.
pub(super) struct Moments {
    /// Steps, and the weights after them; in order.
    kept: Vec<(usize, Snapshot)>,
    /// Steps from one moment to the next.
    spacing: usize,
    /// How many may be kept.
    most: usize,
    /// Bytes of one.
    size: usize,
    /// The network as it was, while it is to answer.
    recalled: Option<(usize, Sequential)>,
}

impl Moments {
    /// Room for those of a run of `model`, and the first of them. A model that is too large for two has none.
    pub fn of(model: &Sequential) -> Self {
        let size = model.tensors().map(|tensor| tensor.value.len()).sum::<usize>() * size_of::<f32>();
        let most = (LIMIT_BYTES / size.max(1)).min(MOST);
        let mut moments = Self {
            kept: vec![],
            spacing: 1,
            most: if most < 2 { 0 } else { most },
            size,
            recalled: None,
        };
        moments.pass(0, model);
        moments
    }

    /// The run stands at a step: keeps the weights where it is one to keep. True when the moments have changed.
    pub fn pass(&mut self, global_step: usize, model: &Sequential) -> bool {
        if self.most == 0 || !global_step.is_multiple_of(self.spacing) {
            return false;
        }
        if self.kept.len() == self.most {
            self.spacing *= 2;
            self.kept.retain(|(step, _)| step.is_multiple_of(self.spacing));
            if !global_step.is_multiple_of(self.spacing) {
                return true;
            }
        }
        self.kept.push((global_step, Snapshot::of(model, None)));
        true
    }

    /// Their steps, first to last.
    pub fn steps(&self) -> Vec<usize> {
        self.kept.iter().map(|(step, _)| *step).collect()
    }

    /// What they take in memory.
    pub fn bytes(&self) -> usize {
        self.kept.len() * self.size
    }

    /// Makes the network answer as it was at the kept moment nearest to a step, and gives that moment's step; none where
    /// no moment is kept.
    ///
    /// # Errors
    /// When the weights are another model's.
    pub fn recall(&mut self, global_step: usize, model: &Sequential) -> Result<Option<usize>, TrainError> {
        let nearest = self.kept.iter().min_by_key(|(step, _)| step.abs_diff(global_step));
        let Some((step, snapshot)) = nearest else {
            return Ok(None);
        };
        let mut past = match self.recalled.take() {
            Some((_, past)) => past,
            None => model.converted(),
        };
        snapshot.load(&mut past, None)?;
        self.recalled = Some((*step, past));
        Ok(Some(*step))
    }

    /// The network answers as it is now.
    pub fn forget(&mut self) {
        self.recalled = None;
    }

    /// The network as it was and at which step, while it is to answer.
    pub fn recalled_mut(&mut self) -> Option<(usize, &mut Sequential)> {
        self.recalled.as_mut().map(|(step, past)| (*step, past))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        random::{Stream, generator},
        spec::{Activation, LayerSpec, ModelSpec},
    };

    fn model(features: usize, units: usize) -> Sequential {
        let spec = ModelSpec {
            input_shape: vec![features],
            layers: vec![LayerSpec::dense(units, Activation::Softmax)],
        };
        Sequential::build(&spec, &mut generator(1, Stream::Weights)).unwrap()
    }

    #[test]
    fn they_are_bounded_and_evenly_spaced() {
        let model = model(4, 2);
        let mut moments = Moments::of(&model);
        for step in 1..=5000 {
            moments.pass(step, &model);
            assert!(moments.kept.len() <= MOST);
            assert_eq!(moments.steps()[0], 0, "the start stays");
            let steps = moments.steps();
            assert!(
                steps.windows(2).all(|pair| pair[1] - pair[0] == moments.spacing),
                "{steps:?}"
            );
        }
        assert!(moments.kept.len() >= MOST / 2);
        assert_eq!(moments.bytes(), moments.kept.len() * 10 * 4);
    }

    #[test]
    fn memory_bounds_their_number_too() {
        // 2 million numbers: four moments fit.
        let model = model(100_000, 20);
        let mut moments = Moments::of(&model);
        for step in 1..=100 {
            moments.pass(step, &model);
        }
        assert!((2..=4).contains(&moments.kept.len()));
        assert!(moments.bytes() <= LIMIT_BYTES);
    }

    #[test]
    fn the_nearest_moment_is_recalled_bit_for_bit() {
        let mut model = model(4, 2);
        let mut moments = Moments::of(&model);
        let mut hashes = vec![model.weights_hash()];
        for step in 1..=10 {
            model
                .params_mut()
                .for_each(|param| param.value.iter_mut().for_each(|w| *w += 0.25));
            hashes.push(model.weights_hash());
            moments.pass(step, &model);
        }
        for step in [3, 0, 10] {
            assert_eq!(moments.recall(step, &model), Ok(Some(step)));
            assert_eq!(moments.recalled_mut().unwrap().1.weights_hash(), hashes[step]);
        }
        assert_eq!(moments.recall(99, &model), Ok(Some(10)));
        moments.forget();
        assert!(moments.recalled_mut().is_none());
    }
}
