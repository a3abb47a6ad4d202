//! Functions of every number, known by their values: however a graph writes GELU, it is GELU where it has its values.

use crate::{
    nn::kernels::pointwise::{activate, rectify},
    spec::{Activation, LayerSpec, MAX_BOUND, layers::ReLU},
};

/// How many values are compared near 0, from -8 to 8.
const NEAR: usize = 41;

/// Values far from 0, where bounds show: the last is above every bound that a layer can have.
const FAR: [f64; 8] = [-1e4, -1e3, -1e2, -20.0, 20.0, 1e2, 1e3, 1e4];

/// The values of a function at [`points`].
#[derive(Debug, Clone, PartialEq)]
pub struct Function(Vec<f64>);

/// From -8 to 8, 0 among them, then those far away.
fn points() -> Vec<f64> {
    (0..NEAR).map(|i| (i as f64 - 20.0) * 0.4).chain(FAR).collect()
}

impl Function {
    /// `x`.
    pub fn identity() -> Self {
        Self(points())
    }

    /// The same number everywhere.
    pub fn constant(value: f64) -> Self {
        Self(vec![value; NEAR + FAR.len()])
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

    /// The ReLU that it is, with its slope below 0 and its upper bound.
    pub fn rectifier(&self) -> Option<ReLU> {
        let [lowest, .., highest] = self.0[NEAR..] else {
            unreachable!("there are points far from 0");
        };
        let layer = ReLU {
            max_value: Some(highest as f32).filter(|&highest| highest <= MAX_BOUND),
            // Without a sign where it is 0.
            negative_slope: (lowest / FAR[0]) as f32 + 0.0,
        };
        let mut values = points();
        rectify(&layer, &mut values);
        let exists = LayerSpec::from(layer.clone()).output_shape(&[1]).is_ok();
        (exists && self.is_near(&Self(values))).then_some(layer)
    }

    /// `[a, b]`, if it is `a x + b`.
    pub fn line(&self) -> Option<[f64; 2]> {
        let (first, last) = (self.0[0], self.0[NEAR - 1]);
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
        let relu6 = x.then(|x| x.clamp(0.0, 6.0));
        assert_eq!((relu6.activation(), relu6.line()), (None, None));
        let rectifier = |function: Function| {
            function
                .rectifier()
                .map(|layer| (layer.max_value, layer.negative_slope))
        };
        assert_eq!(rectifier(relu6), Some((Some(6.0), 0.0)));
        assert_eq!(rectifier(x.then(|x| x.max(0.01 * x))), Some((None, 0.01)));
        assert_eq!(rectifier(x.then(|x| x.clamp(0.0, 40.0))), Some((Some(40.0), 0.0)));
        assert_eq!(rectifier(x.then(|x| x.clamp(-1.0, 1.0))), None);
        assert_eq!(rectifier(x.then(|x| x.max(-0.5 * x))), None);
        assert!(!x.then(|x| x.min(20.0)).is_identity());
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
