//! What is done number by number, or row by row.

use crate::{
    nn::Scalar,
    spec::{Activation, layers::ReLU},
};

/// Keras's slope of a leaky ReLU below 0.
const LEAK: f64 = 0.2;

/// `x = f(x)` for every number. Softmax is left to the loss.
pub fn activate<T: Scalar>(function: Activation, values: &mut [T]) {
    let mut each = |f: fn(T) -> T| values.iter_mut().for_each(|x| *x = f(*x));
    match function {
        Activation::Linear | Activation::Softmax => {}
        Activation::Relu => each(|x| if x < T::zero() { T::zero() } else { x }),
        Activation::LeakyRelu => each(|x| if x < T::zero() { T::of(LEAK) * x } else { x }),
        Activation::Elu => each(|x| if x < T::zero() { x.exp_m1() } else { x }),
        Activation::Gelu => each(|x| x * below(x)),
        Activation::Silu => each(|x| x * sigmoid(x)),
        Activation::Tanh => each(T::tanh),
        Activation::Sigmoid => each(sigmoid),
    }
}

/// `1 / (1 + exp(-x))`.
#[inline]
pub fn sigmoid<T: Scalar>(x: T) -> T {
    T::one() / (T::one() + (-x).exp())
}

/// The share of a standard normal distribution below `x`.
fn below<T: Scalar>(x: T) -> T {
    T::of(0.5) * (T::one() + (x * T::of(std::f64::consts::FRAC_1_SQRT_2)).erf())
}

/// The density of a standard normal distribution.
fn density<T: Scalar>(x: T) -> T {
    T::of(0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2) * (T::of(-0.5) * x * x).exp()
}

/// Whether [`activation_backward`] reads what the function was given, not what it gave.
pub fn reads_input(function: Activation) -> bool {
    matches!(function, Activation::Gelu | Activation::Silu)
}

/// Multiplies `grad` with the function's slope: `seen` is what it was given, where [`reads_input`] says so, and else
/// what it gave.
pub fn activation_backward<T: Scalar>(function: Activation, seen: &[T], grad: &mut [T]) {
    let mut each = |slope: fn(T) -> T| grad.iter_mut().zip(seen).for_each(|(g, &x)| *g *= slope(x));
    match function {
        Activation::Linear | Activation::Softmax => {}
        Activation::Relu => relu_backward(seen, grad),
        Activation::LeakyRelu => each(|y| if y < T::zero() { T::of(LEAK) } else { T::one() }),
        Activation::Elu => each(|y| if y < T::zero() { y + T::one() } else { T::one() }),
        Activation::Gelu => each(|x| below(x) + x * density(x)),
        Activation::Silu => each(|x| sigmoid(x) * (T::one() + x * (T::one() - sigmoid(x)))),
        Activation::Tanh => each(|y| T::one() - y * y),
        Activation::Sigmoid => each(|y| y * (T::one() - y)),
    }
}

/// The gradient of ReLU: 0 wherever its output is 0.
pub fn relu_backward<T: Scalar>(output: &[T], grad: &mut [T]) {
    for (g, &x) in grad.iter_mut().zip(output) {
        *g = if x > T::zero() { *g } else { T::zero() };
    }
}

/// `x`, but a slope of it below 0 and at most the bound, for every number.
pub fn rectify<T: Scalar>(function: &ReLU, values: &mut [T]) {
    let (slope, most) = slope_and_bound::<T>(function);
    let f = |x: T| match x {
        x if x < T::zero() => slope * x,
        x if x > most => most,
        x => x,
    };
    values.iter_mut().for_each(|x| *x = f(*x));
}

/// Multiplies `grad` with the slope of [`rectify`], which gave `output`.
pub fn rectify_backward<T: Scalar>(function: &ReLU, output: &[T], grad: &mut [T]) {
    let (slope, most) = slope_and_bound::<T>(function);
    for (g, &y) in grad.iter_mut().zip(output) {
        *g *= match y {
            y if y <= T::zero() => slope,
            y if y >= most => T::zero(),
            _ => T::one(),
        };
    }
}

fn slope_and_bound<T: Scalar>(function: &ReLU) -> (T, T) {
    let of = |number: f32| T::of(number.into());
    (
        of(function.negative_slope),
        function.max_value.map_or(T::infinity(), of),
    )
}

/// The gradient of a bias `[n]`: the sum over the rows of `grad` `[m, n]`.
pub fn sum_rows<T: Scalar>(grad: &[T], sum: &mut [T]) {
    sum.fill(T::zero());
    for row in grad.chunks_exact(sum.len()) {
        for (s, &g) in sum.iter_mut().zip(row) {
            *s += g;
        }
    }
}
