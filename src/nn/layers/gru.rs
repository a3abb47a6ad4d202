//! The gated recurrent unit (Cho et al., 2014, arXiv:1406.1078).

use super::recurrent::{Cell, State, split, split_mut};
use crate::nn::{Scalar, kernels::pointwise::sigmoid};

/// Keras's `GRU` with its default `reset_after`: `h = z h' + (1 - z) g` with `g = tanh(x_g + r m_g)`, where `z` and `r`
/// are sigmoids of the sums of both products, in the order `z, r, g`.
#[derive(Debug)]
pub struct GruCell;

impl<T: Scalar> Cell<T> for GruCell {
    const GATES: usize = 3;
    const HAS_MEMORY_BIAS: bool = true;

    fn forward(gates: &mut [T], memory: &[T], before: State<&[T]>, after: State<&mut [T]>) {
        let [z, r, g] = split_mut(gates);
        let [memory_z, memory_r, memory_g] = split::<3, T>(memory);
        for (u, h) in after.output.iter_mut().enumerate() {
            (z[u], r[u]) = (sigmoid(z[u] + memory_z[u]), sigmoid(r[u] + memory_r[u]));
            g[u] = (g[u] + r[u] * memory_g[u]).tanh();
            *h = z[u] * before.output[u] + (T::one() - z[u]) * g[u];
        }
    }

    fn backward(gates: &mut [T], memory: &mut [T], before: State<&[T]>, _: State<&[T]>, grad: State<&mut [T]>) {
        let slope = |gate: T| gate * (T::one() - gate);
        let [z, r, g] = split_mut(gates);
        let [memory_z, memory_r, memory_g] = split_mut(memory);
        for (u, &h) in before.output.iter().enumerate() {
            let grad_h = grad.output[u];
            grad.output[u] = grad_h * z[u];
            let grad_z = grad_h * (h - g[u]) * slope(z[u]);
            let grad_g = grad_h * (T::one() - z[u]) * (T::one() - g[u] * g[u]);
            let grad_r = grad_g * memory_g[u] * slope(r[u]);
            memory_g[u] = grad_g * r[u];
            (memory_z[u], memory_r[u]) = (grad_z, grad_r);
            (z[u], r[u], g[u]) = (grad_z, grad_r, grad_g);
        }
    }
}
