//! How weights follow gradients: Keras 3's optimizers, formula by formula.

mod adam;
mod rmsprop;
mod sgd;

pub use adam::Adam;
pub use rmsprop::RmsProp;
pub use sgd::Sgd;

use super::{Param, Scalar};
use crate::spec::OptimizerSpec;

/// Changes parameters by their gradients. What it remembers belongs to the parameters by their order, so it must
/// always be given the same ones.
pub trait Optimizer<T: Scalar>: Send {
    /// One step.
    fn step(&mut self, params: &mut [&mut Param<T>], learning_rate: T);
}

/// The optimizer of that description, with nothing remembered.
pub fn build<T: Scalar>(spec: &OptimizerSpec) -> Box<dyn Optimizer<T>> {
    let t = |x: f32| T::of(x.into());
    match *spec {
        OptimizerSpec::Sgd { momentum, nesterov } => Box::new(Sgd::new(t(momentum), nesterov)),
        OptimizerSpec::RmsProp { rho, epsilon } => Box::new(RmsProp::new(t(rho), t(epsilon))),
        OptimizerSpec::Adam {
            beta_1,
            beta_2,
            epsilon,
        } => Box::new(Adam::new(t(beta_1), t(beta_2), t(epsilon))),
    }
}

/// One number a weight, 0 at first.
#[derive(Debug, Default)]
struct Slots<T>(Vec<Vec<T>>);

impl<T: Scalar> Slots<T> {
    /// The numbers of each parameter, in order.
    fn of(&mut self, params: &[&mut Param<T>]) -> std::slice::IterMut<'_, Vec<T>> {
        if self.0.is_empty() {
            self.0 = params.iter().map(|param| vec![T::zero(); param.value.len()]).collect();
        }
        self.0.iter_mut()
    }
}
