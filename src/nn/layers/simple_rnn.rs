//! The simplest recurrent layer: `h = tanh(x W + h' U + b)`.

use super::recurrent::{Cell, State};
use crate::nn::Scalar;

/// Keras's `SimpleRNN`.
#[derive(Debug)]
pub struct SimpleCell;

impl<T: Scalar> Cell<T> for SimpleCell {
    const GATES: usize = 1;

    fn forward(gates: &mut [T], memory: &[T], _: State<&[T]>, after: State<&mut [T]>) {
        for ((h, &x), &m) in after.output.iter_mut().zip(&*gates).zip(memory) {
            *h = (x + m).tanh();
        }
    }

    fn backward(gates: &mut [T], memory: &mut [T], _: State<&[T]>, after: State<&[T]>, grad: State<&mut [T]>) {
        for (i, &h) in after.output.iter().enumerate() {
            gates[i] = grad.output[i] * (T::one() - h * h);
            memory[i] = gates[i];
            grad.output[i] = T::zero();
        }
    }
}
