//! What all layers that go through a sequence have in common: two products, and a cell that makes a step of them.

use std::{fmt::Debug, marker::PhantomData};

use rand::Rng;

use super::{InputGradient, Layer, Mode, affine::WeightSpec};
use crate::{
    nn::{
        Param, Penalty, Scalar,
        init::orthogonal,
        kernels::{convolution::Convolution, pointwise::sum_rows, windows::Windows},
    },
    spec::layers::{GRU, LSTM, SimpleRNN},
};

/// What a cell remembers of one sample, `[units]` each: its output, and, of a cell that has one, its inner state.
#[derive(Debug)]
pub struct State<S> {
    /// The output.
    pub output: S,
    /// The inner state; empty where there is none.
    pub inner: S,
}

/// One step of one sample, whose products are `[GATES units]` each.
pub trait Cell<T: Scalar>: Debug + Send {
    /// How many products of the input, and of the memory, each unit takes.
    const GATES: usize;

    /// Whether the product with the memory has a bias of its own.
    const HAS_MEMORY_BIAS: bool = false;

    /// Whether there is an inner state beside the output.
    const HAS_INNER: bool = false;

    /// The gate whose bias starts at 1.
    const OPEN_GATE: Option<usize> = None;

    /// Writes the state after the step; `gates`, at first the products of the input, keeps what the gradient needs.
    fn forward(gates: &mut [T], memory: &[T], before: State<&[T]>, after: State<&mut [T]>);

    /// The way back. `gates` and `memory` become the gradients of the products; `grad`, of the state after the step,
    /// becomes that of the state before it, without what comes through the products.
    fn backward(gates: &mut [T], memory: &mut [T], before: State<&[T]>, after: State<&[T]>, grad: State<&mut [T]>);
}

/// The `[units]` of every gate in a row of products.
pub(super) fn split<const GATES: usize, T>(row: &[T]) -> [&[T]; GATES] {
    let units = row.len() / GATES;
    std::array::from_fn(|gate| &row[gate * units..(gate + 1) * units])
}

/// [`split`], to change them.
pub(super) fn split_mut<const GATES: usize, T>(row: &mut [T]) -> [&mut [T]; GATES] {
    let units = row.len() / GATES;
    let mut gates = row.chunks_exact_mut(units);
    std::array::from_fn(|_| gates.next().expect("a row has all gates"))
}

/// How the layers differ, beside their cells.
#[derive(Debug, Clone, Copy)]
pub struct RecurrentSpec {
    units: usize,
    return_sequences: bool,
    weight: WeightSpec,
}

macro_rules! from_spec {
    ($($layer:ident)*) => {$(
        impl From<&$layer> for RecurrentSpec {
            fn from(spec: &$layer) -> Self {
                Self {
                    units: spec.units,
                    return_sequences: spec.return_sequences,
                    weight: WeightSpec {
                        initializer: spec.kernel_initializer,
                        penalty: Penalty { l1: spec.l1, l2: spec.l2 },
                        use_bias: spec.use_bias,
                    },
                }
            }
        }
    )*};
}
from_spec!(SimpleRNN LSTM GRU);

/// Goes through the steps of a sequence. Every step takes the product of its input with one weight, and that of the
/// output before with another.
///
/// Everything inside is `[steps, batch, ..]`: what belongs to a step lies side by side, so that both products are those
/// of dense layers.
#[derive(Debug)]
pub struct Recurrent<T: Scalar, C> {
    name: String,
    sequence: [usize; 2],
    units: usize,
    return_sequences: bool,
    /// The input's weight `[features, GATES units]`, the memory's `[units, GATES units]`, the bias `[GATES units]`, or
    /// `[2, GATES units]`, one for each product; the layer may have none.
    params: Vec<Param<T>>,
    /// `[GATES units]`: what a product without bias is given as one.
    no_bias: Vec<T>,
    by_input: Box<dyn Convolution<T>>,
    by_memory: Box<dyn Convolution<T>>,
    /// `[steps, batch, features]`.
    input: Vec<T>,
    /// `[steps, batch, GATES units]`: products of the input, then what the cell makes of them, then their gradients.
    gates: Vec<T>,
    /// `[steps, batch, GATES units]`: products of the memory, then their gradients.
    memory: Vec<T>,
    /// `[1 + steps, batch, units]` each; the first is 0.
    states: State<Vec<T>>,
    /// `[batch, units]` each.
    grads: State<Vec<T>>,
    /// `[batch, units]`: what comes through the memory's product.
    grad_before: Vec<T>,
    /// Of the whole sequence, if it is wanted.
    output: Vec<T>,
    /// `[steps, batch, features]`, and the same by samples.
    grad_steps: Vec<T>,
    grad_input: Vec<T>,
    cell: PhantomData<C>,
}

impl<T: Scalar, C: Cell<T>> Recurrent<T, C> {
    /// A layer for sequences `[steps, features]`. The memory's weight starts orthogonal, the bias at 0, but for
    /// [`Cell::OPEN_GATE`].
    pub fn new(name: &str, sequence: [usize; 2], spec: RecurrentSpec, rng: &mut impl Rng) -> Self {
        let RecurrentSpec {
            units,
            return_sequences,
            weight,
        } = spec;
        let (features, columns) = (sequence[1], C::GATES * units);
        let use_bias = weight.use_bias;
        let weight = weight.build(format!("{name}.weight"), vec![features, columns], rng);
        let memory_weight = orthogonal(rng, units, columns);
        let (bias_shape, mut bias) = match C::HAS_MEMORY_BIAS {
            true => (vec![2, columns], vec![T::zero(); 2 * columns]),
            false => (vec![columns], vec![T::zero(); columns]),
        };
        if let Some(gate) = C::OPEN_GATE {
            bias[gate * units..(gate + 1) * units].fill(T::one());
        }
        let memory_weight = Param::new(format!("{name}.recurrent_weight"), vec![units, columns], memory_weight);
        let bias = use_bias.then(|| Param::new(format!("{name}.bias"), bias_shape, bias));
        Self {
            name: name.into(),
            sequence,
            units,
            return_sequences,
            params: [weight, memory_weight].into_iter().chain(bias).collect(),
            no_bias: vec![T::zero(); columns],
            by_input: T::convolution(&Windows::pixel(features), columns),
            by_memory: T::convolution(&Windows::pixel(units), columns),
            input: vec![],
            gates: vec![],
            memory: vec![],
            states: State {
                output: vec![],
                inner: vec![],
            },
            grads: State {
                output: vec![],
                inner: vec![],
            },
            grad_before: vec![],
            output: vec![],
            grad_steps: vec![],
            grad_input: vec![],
            cell: PhantomData,
        }
    }

    /// Makes room for so many samples, with nothing remembered.
    fn resize(&mut self, batch: usize) {
        let [steps, features] = self.sequence;
        let (columns, state) = (C::GATES * self.units, batch * self.units);
        self.input.resize(steps * batch * features, T::zero());
        self.gates.resize(steps * batch * columns, T::zero());
        self.memory.resize(steps * batch * columns, T::zero());
        self.states.output.resize((1 + steps) * state, T::zero());
        self.states.output[..state].fill(T::zero());
        if C::HAS_INNER {
            self.states.inner.resize((1 + steps) * state, T::zero());
            self.states.inner[..state].fill(T::zero());
        }
    }

    /// The step of every sample, the products of its input at hand.
    fn step_forward(&mut self, step: usize, batch: usize) {
        let (columns, units) = (C::GATES * self.units, self.units);
        let weight = &self.params[1];
        let bias = match self.params.get(2) {
            Some(bias) if C::HAS_MEMORY_BIAS => &bias.value[columns..],
            _ => &self.no_bias,
        };
        let rows = step * batch * columns..(step + 1) * batch * columns;
        let (memory, gates) = (&mut self.memory[rows.clone()], &mut self.gates[rows]);
        let (output, inner) = (&mut self.states.output, &mut self.states.inner);
        let [output_before, output] = before_and_after(output, step, batch * units);
        self.by_memory
            .forward(output_before, &weight.value, bias, false, memory);
        let [inner_before, inner] = before_and_after(inner, step, batch * units);
        let samples = gates.chunks_exact_mut(columns).zip(memory.chunks_exact(columns));
        for (sample, (gates, memory)) in samples.enumerate() {
            let before = State {
                output: row(output_before, sample, units),
                inner: row(inner_before, sample, units),
            };
            let after = State {
                output: row_mut(output, sample, units),
                inner: row_mut(inner, sample, units),
            };
            C::forward(gates, memory, before, after);
        }
    }

    /// [`Self::grads`] from after the step to before it.
    fn step_backward(&mut self, step: usize, batch: usize) {
        let (columns, units) = (C::GATES * self.units, self.units);
        let rows = step * batch * columns..(step + 1) * batch * columns;
        let (memory, gates) = (&mut self.memory[rows.clone()], &mut self.gates[rows]);
        let at = |state: &[T], step: usize, sample: usize| -> std::ops::Range<usize> {
            let start = (step * batch + sample) * units;
            if state.is_empty() { 0..0 } else { start..start + units }
        };
        let State { output, inner } = &self.states;
        let samples = gates.chunks_exact_mut(columns).zip(memory.chunks_exact_mut(columns));
        for (sample, (gates, memory)) in samples.enumerate() {
            let state = |step: usize| State {
                output: &output[at(output, step, sample)],
                inner: &inner[at(inner, step, sample)],
            };
            let grad = State {
                output: row_mut(&mut self.grads.output, sample, units),
                inner: row_mut(&mut self.grads.inner, sample, units),
            };
            C::backward(gates, memory, state(step), state(step + 1), grad);
        }
        self.by_memory
            .input_gradient(memory, &self.params[1].value, &mut self.grad_before);
        let grads = self.grads.output.iter_mut().zip(&self.grad_before);
        grads.for_each(|(grad, &through)| *grad += through);
    }

    /// The gradients of the parameters, from those of all products.
    fn param_gradients(&mut self, batch: usize, gradient: &mut [T]) {
        let (steps, columns) = (self.sequence[0], C::GATES * self.units);
        let [weight, memory_weight] = [&self.params[0], &self.params[1]];
        let (grad_weight, rest) = gradient.split_at_mut(weight.value.len());
        let (grad_memory_weight, grad_bias) = rest.split_at_mut(memory_weight.value.len());
        self.by_input.weight_gradient(&self.input, &self.gates, grad_weight);
        let before = &self.states.output[..steps * batch * self.units];
        self.by_memory.weight_gradient(before, &self.memory, grad_memory_weight);
        let mut biases = grad_bias.chunks_exact_mut(columns);
        for (products, grad_bias) in [&self.gates, &self.memory].into_iter().zip(&mut biases) {
            sum_rows(products, grad_bias);
        }
    }
}

/// What a state is before a step and after it, `len` numbers each; nothing of what has nothing.
fn before_and_after<T>(states: &mut [T], step: usize, len: usize) -> [&mut [T]; 2] {
    if states.is_empty() {
        return [&mut [], &mut []];
    }
    let (before, after) = states[step * len..(step + 2) * len].split_at_mut(len);
    [before, after]
}

fn row<T>(state: &[T], sample: usize, units: usize) -> &[T] {
    state.get(sample * units..(sample + 1) * units).unwrap_or_default()
}

fn row_mut<T>(state: &mut [T], sample: usize, units: usize) -> &mut [T] {
    state.get_mut(sample * units..(sample + 1) * units).unwrap_or_default()
}

/// `[rows, columns]` of rows of `len` numbers as `[columns, rows]`.
fn transpose<T: Copy>(from: &[T], [rows, columns]: [usize; 2], len: usize, to: &mut [T]) {
    for (i, row) in from.chunks_exact(len).enumerate() {
        let at = (i % columns * rows + i / columns) * len;
        to[at..at + len].copy_from_slice(row);
    }
}

impl<T: Scalar, C: Cell<T>> Layer<T> for Recurrent<T, C> {
    fn name(&self) -> &str {
        &self.name
    }

    /// # Shapes
    /// `[batch, steps, features]` to `[batch, units]`, or to `[batch, steps, units]` where the sequence is wanted.
    fn forward<'a>(&'a mut self, input: &'a [T], _: Mode) -> &'a [T] {
        let ([steps, features], units) = (self.sequence, self.units);
        let batch = input.len() / (steps * features);
        self.resize(batch);
        transpose(input, [batch, steps], features, &mut self.input);
        let weight = &self.params[0];
        let bias = self.params.get(2);
        let bias = bias.map_or(&self.no_bias[..], |bias| &bias.value[..C::GATES * units]);
        self.by_input
            .forward(&self.input, &weight.value, bias, false, &mut self.gates);
        (0..steps).for_each(|step| self.step_forward(step, batch));
        let outputs = &self.states.output[batch * units..];
        if !self.return_sequences {
            return &outputs[(steps - 1) * batch * units..];
        }
        self.output.resize(outputs.len(), T::zero());
        transpose(outputs, [steps, batch], units, &mut self.output);
        &self.output
    }

    fn backward<'a>(&'a mut self, grad: &'a mut [T], wanted: InputGradient, gradient: &mut [T]) -> Option<&'a mut [T]> {
        let ([steps, features], units) = (self.sequence, self.units);
        let batch = self.input.len() / (steps * features);
        for (grads, has_any) in [(&mut self.grads.output, true), (&mut self.grads.inner, C::HAS_INNER)] {
            grads.clear();
            grads.resize(if has_any { batch * units } else { 0 }, T::zero());
        }
        self.grad_before.resize(batch * units, T::zero());
        for step in (0..steps).rev() {
            let read = self.return_sequences || step + 1 == steps;
            let (stride, at) = if self.return_sequences { (steps, step) } else { (1, 0) };
            let rows = self.grads.output.chunks_exact_mut(units).enumerate().filter(|_| read);
            for (sample, sum) in rows {
                let grad = row(grad, sample * stride + at, units);
                sum.iter_mut().zip(grad).for_each(|(sum, &g)| *sum += g);
            }
            self.step_backward(step, batch);
        }
        self.param_gradients(batch, gradient);
        if wanted == InputGradient::Unread {
            return None;
        }
        self.grad_steps.resize(self.input.len(), T::zero());
        self.by_input
            .input_gradient(&self.gates, &self.params[0].value, &mut self.grad_steps);
        self.grad_input.resize(self.input.len(), T::zero());
        transpose(&self.grad_steps, [steps, batch], features, &mut self.grad_input);
        Some(&mut self.grad_input)
    }

    fn pack(&mut self, wanted: InputGradient) {
        self.by_input
            .pack(&self.params[0].value, wanted == InputGradient::Wanted);
        self.by_memory.pack(&self.params[1].value, true);
    }

    fn params(&self) -> &[Param<T>] {
        &self.params
    }

    fn params_mut(&mut self) -> &mut [Param<T>] {
        self.by_input.weight_changed();
        self.by_memory.weight_changed();
        &mut self.params
    }
}
