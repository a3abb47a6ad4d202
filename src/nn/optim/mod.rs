//! How weights follow gradients: Keras 3's optimizers, one file a formula.

mod adam;
mod clipping;
mod norm;
mod rmsprop;
mod sgd;

use adam::Adam;
pub use clipping::clip;
pub use norm::norm;
use rmsprop::RmsProp;
use serde::{Deserialize, Serialize};
use sgd::Sgd;
use thiserror::Error;

use super::{Param, Scalar};
use crate::spec::OptimizerSpec;

/// All that an optimizer remembers: with it, and the weights, a run goes on as if it had never stopped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptimizerState<T = f32> {
    /// Steps taken.
    pub steps: u64,
    /// One number a weight in each slot, in the model's order: SGD's velocity, RMSprop's mean square, Adam's mean and
    /// mean square.
    pub slots: Vec<Vec<T>>,
}

/// The state is not of this optimizer, or not of this model.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the optimizer's state has slots of {got:?} numbers, expected {expected:?}")]
pub struct StateError {
    /// The lengths of the slots that it needs.
    pub expected: Vec<usize>,
    /// The lengths of those that it was given.
    pub got: Vec<usize>,
}

/// Changes the parameters of one model by their gradient.
#[derive(Debug)]
pub struct Optimizer<T: Scalar = f32> {
    rule: Rule<T>,
    weight_decay: T,
    state: OptimizerState<T>,
}

#[derive(Debug)]
enum Rule<T> {
    Sgd(Sgd<T>),
    RmsProp(RmsProp<T>),
    Adam(Adam<T>),
}

impl<T: Scalar> Optimizer<T> {
    /// The optimizer of that description for a model of so many numbers, with no gradient seen; the weight decay is that
    /// of [`TrainConfig::weight_decay`](crate::spec::TrainConfig::weight_decay()).
    pub fn new(spec: &OptimizerSpec, weight_decay: f32, param_count: usize) -> Self {
        let rule = Rule::of(spec);
        Self {
            weight_decay: T::of(weight_decay.into()),
            state: OptimizerState {
                steps: 0,
                slots: vec![vec![T::zero(); param_count]; rule.slots()],
            },
            rule,
        }
    }

    /// One step, of the model's parameters in their order.
    ///
    /// # Shapes
    /// `gradient`: all of the parameters' numbers, one after the other.
    pub fn step<'a>(&mut self, params: impl Iterator<Item = &'a mut Param<T>>, mut gradient: &[T], learning_rate: T) {
        self.state.steps += 1;
        let decay = learning_rate * self.weight_decay;
        let mut slots: [&mut [T]; 2] = Default::default();
        for (slice, slot) in slots.iter_mut().zip(&mut self.state.slots) {
            *slice = slot;
        }
        for param in params {
            let len = param.value.len();
            let own = gradient
                .split_off(..len)
                .expect("the gradient has a number for every weight");
            let [first, second] = &mut slots;
            let [first, second] = [first, second].map(|slot| slot.split_off_mut(..len).unwrap_or_default());
            if decay > T::zero() {
                param.value.iter_mut().for_each(|w| *w -= decay * *w);
            }
            match &self.rule {
                Rule::Sgd(rule) => rule.update(&mut param.value, own, first, learning_rate),
                Rule::RmsProp(rule) => rule.update(&mut param.value, own, first, learning_rate),
                Rule::Adam(rule) => {
                    rule.update(&mut param.value, own, [first, second], self.state.steps, learning_rate);
                }
            }
        }
    }

    /// All that it remembers, to be saved or sent.
    pub fn save(&self) -> &OptimizerState<T> {
        &self.state
    }

    /// Remembers what another one of the same kind, for the same model, did.
    ///
    /// # Errors
    /// When the state has other slots; then nothing has changed.
    pub fn load(&mut self, state: OptimizerState<T>) -> Result<(), StateError> {
        let lengths = |state: &OptimizerState<T>| state.slots.iter().map(Vec::len).collect::<Vec<_>>();
        let (expected, got) = (lengths(&self.state), lengths(&state));
        if expected != got {
            return Err(StateError { expected, got });
        }
        self.state = state;
        Ok(())
    }
}

impl<T: Scalar> Rule<T> {
    fn of(spec: &OptimizerSpec) -> Self {
        let t = |x: f32| T::of(x.into());
        match *spec {
            OptimizerSpec::Sgd { momentum, nesterov } => Self::Sgd(Sgd {
                momentum: t(momentum),
                nesterov,
            }),
            OptimizerSpec::RmsProp { rho, epsilon } => Self::RmsProp(RmsProp {
                rho: t(rho),
                epsilon: t(epsilon),
            }),
            OptimizerSpec::Adam {
                beta_1,
                beta_2,
                epsilon,
            }
            | OptimizerSpec::AdamW {
                beta_1,
                beta_2,
                epsilon,
            } => Self::Adam(Adam {
                beta_1: t(beta_1),
                beta_2: t(beta_2),
                epsilon: t(epsilon),
            }),
        }
    }

    fn slots(&self) -> usize {
        match self {
            Self::Sgd(_) | Self::RmsProp(_) => 1,
            Self::Adam(_) => 2,
        }
    }
}

/// 0 for what is so small that it changes no weight.
///
/// The mean of a weight without a gradient shrinks with every step, until it is denormal: arithmetic on such numbers is
/// up to a hundred times slower, and rounding keeps them from ever reaching 0. WebAssembly cannot switch them off.
fn flushed<T: Scalar>(x: T) -> T {
    if x.abs() < T::of(1e-30) { T::zero() } else { x }
}
