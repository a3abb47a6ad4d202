//! Functions of every number, known by their values: however a graph writes GELU, it is GELU where it has its values.

use crate::{nn::kernels::pointwise::activate, spec::Activation};

/// How many values are compared.
const POINTS: usize = 41;

/// The values of a function at [`points`].
#[derive(Debug, Clone, PartialEq)]
pub struct Function(Vec<f64>);

/// From -8 to 8, 0 among them.
fn points() -> Vec<f64> {
    (0..POINTS).map(|i| (i as f64 - 20.0) * 0.4).collect()
}

impl Function {
    /// `x`.
    pub fn identity() -> Self {
        Self(points())
    }

    /// The same number everywhere.
    pub fn constant(value: f64) -> Self {
        Self(vec![value; POINTS])
    }

    /// `f` of it.
    pub fn then(&self, f: impl Fn(f64) -> f64) -> Self {
        Self(self.0.iter().map(|&x| f(x)).collect())
    }

    /// `f` of it and another.
    pub fn with(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(&a, &b)| f(a, b)).collect())
    }

    /// Whether it is `x`.
    pub fn is_identity(&self) -> bool {
        self.is_near(&Self::identity())
    }

    /// The activation that it is.
    pub fn activation(&self) -> Option<Activation> {
        let known = Activation::ALL
            .iter()
            .copied()
            .filter(|&known| known != Activation::Softmax);
        known.into_iter().find(|&known| {
            let mut values = points();
            activate(known, &mut values);
            self.is_near(&Self(values))
        })
    }

    /// `[a, b]`, if it is `a x + b`.
    pub fn line(&self) -> Option<[f64; 2]> {
        let (first, last) = (self.0[0], self.0[POINTS - 1]);
        let a = (last - first) / 16.0;
        let line = Self::identity().then(|x| a * (x + 8.0) + first);
        (a.is_finite() && self.is_near(&line)).then_some([a, first + 8.0 * a])
    }

    fn is_near(&self, other: &Self) -> bool {
        let near = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-5 * (1.0 + b.abs());
        self.0.iter().zip(&other.0).all(near)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_known_by_their_values() {
        let x = Function::identity();
        assert_eq!(x.then(|x| x.max(0.0)).activation(), Some(Activation::Relu));
        assert_eq!(x.then(|x| x.clamp(0.0, 6.0)).activation(), None);
        let gelu = x
            .then(|x| libm::erf(x / 2f64.sqrt()) + 1.0)
            .with(&x, |y, x| 0.5 * x * y);
        assert_eq!(gelu.activation(), Some(Activation::Gelu));
        let sigmoid = x.then(|x| 1.0 / (1.0 + (-x).exp()));
        assert_eq!(sigmoid.with(&x, |y, x| x * y).activation(), Some(Activation::Silu));
        let [a, b] = x.then(|x| x / 255.0 - 0.5).line().unwrap();
        assert!((a * 255.0 - 1.0).abs() < 1e-9 && (b + 0.5).abs() < 1e-9);
        assert_eq!(gelu.line(), None);
    }
}
