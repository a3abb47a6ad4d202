//! The long short-term memory (Hochreiter and Schmidhuber, 1997, doi:10.1162/neco.1997.9.8.1735; with a gate for what
//! stays: Gers et al., 2000).

use super::recurrent::{Cell, State, split_mut};
use crate::nn::{Scalar, kernels::pointwise::sigmoid};

/// Keras's `LSTM`: `c = f c' + i g` and `h = o tanh(c)`, where `i`, `f` and `o` are sigmoids and `g` is a tanh, in the
/// order `i, f, g, o`.
#[derive(Debug)]
pub struct LstmCell;

impl<T: Scalar> Cell<T> for LstmCell {
    const GATES: usize = 4;
    const HAS_INNER: bool = true;
    const OPEN_GATE: Option<usize> = Some(1);

    fn forward(gates: &mut [T], memory: &[T], before: State<&[T]>, after: State<&mut [T]>) {
        gates.iter_mut().zip(memory).for_each(|(gate, &m)| *gate += m);
        let [i, f, g, o] = split_mut(gates);
        for (u, h) in after.output.iter_mut().enumerate() {
            (i[u], f[u], g[u], o[u]) = (sigmoid(i[u]), sigmoid(f[u]), g[u].tanh(), sigmoid(o[u]));
            let c = f[u] * before.inner[u] + i[u] * g[u];
            after.inner[u] = c;
            *h = o[u] * c.tanh();
        }
    }

    fn backward(gates: &mut [T], memory: &mut [T], before: State<&[T]>, after: State<&[T]>, grad: State<&mut [T]>) {
        let slope = |gate: T| gate * (T::one() - gate);
        let [i, f, g, o] = split_mut(gates);
        for (u, &c) in after.inner.iter().enumerate() {
            let tanh = c.tanh();
            let grad_h = grad.output[u];
            let grad_c = grad.inner[u] + grad_h * o[u] * (T::one() - tanh * tanh);
            grad.output[u] = T::zero();
            grad.inner[u] = grad_c * f[u];
            (i[u], f[u], g[u], o[u]) = (
                grad_c * g[u] * slope(i[u]),
                grad_c * before.inner[u] * slope(f[u]),
                grad_c * i[u] * (T::one() - g[u] * g[u]),
                grad_h * tanh * slope(o[u]),
            );
        }
        memory.copy_from_slice(gates);
    }
}
