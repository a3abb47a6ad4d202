//! Dropout (Srivastava et al., 2014).

use rand::Rng;

use super::{InputGradient, Layer, Mode};
use crate::nn::Scalar;

/// In training, each number is 0 with probability `rate`, and the others are divided by `1 - rate`.
///
/// What is left out of an image is drawn by the run's seed, the epoch, the image and the layer: the same whoever computes
/// it.
#[derive(Debug)]
pub struct Dropout<T: Scalar = f32> {
    name: String,
    rate: f64,
    /// The layer's place in the model.
    place: usize,
    /// Numbers of one sample.
    len: usize,
    /// What every number was multiplied with.
    mask: Vec<T>,
    output: Vec<T>,
}

impl<T: Scalar> Dropout<T> {
    /// The layer at that place of the model, for samples of so many numbers.
    pub fn new(name: &str, rate: f32, place: usize, len: usize) -> Self {
        Self {
            name: name.into(),
            rate: rate.into(),
            place,
            len,
            mask: vec![],
            output: vec![],
        }
    }
}

impl<T: Scalar> Layer<T> for Dropout<T> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// Any; the output has the input's.
    fn forward<'a>(&'a mut self, input: &'a [T], mode: Mode) -> &'a [T] {
        let Mode::Train(draws) = mode else {
            self.mask.clear();
            return input;
        };
        let dropped = (self.rate * 2f64.powi(32)) as u64;
        let kept = T::of(1.0 / (1.0 - self.rate));
        self.mask.resize(input.len(), T::zero());
        for (image, mask) in self.mask.chunks_exact_mut(self.len).enumerate() {
            let mut rng = draws.generator(self.place, image);
            for factor in mask {
                let is_kept = u64::from(rng.next_u32()) >= dropped;
                *factor = if is_kept { kept } else { T::zero() };
            }
        }
        self.output.clear();
        self.output.extend(input.iter().zip(&self.mask).map(|(&x, &m)| x * m));
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], _: InputGradient, _: &mut [T]) -> Option<&'a mut [T]> {
        // Without a mask, nothing was dropped.
        grad.iter_mut().zip(&self.mask).for_each(|(g, &m)| *g *= m);
        Some(grad)
    }
}
