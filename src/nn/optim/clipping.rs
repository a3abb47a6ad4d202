//! How gradients are kept short.

use super::norm;
use crate::spec::Clipping;

/// Shortens a gradient: `g * limit / norm` where its norm is above the limit, or each number on its own.
///
/// # Shapes
/// `lengths`: how many numbers each parameter has, in the gradient's order; `whole_norm`: the norm of all of it.
pub fn clip(clipping: Clipping, gradient: &mut [f32], lengths: impl Iterator<Item = usize>, whole_norm: f32) {
    match clipping {
        Clipping::Off => {}
        Clipping::GlobalNorm(limit) => shorten(gradient, whole_norm, limit),
        Clipping::Value(limit) => gradient.iter_mut().for_each(|g| *g = g.clamp(-limit, limit)),
        Clipping::Norm(limit) => {
            let mut rest = gradient;
            for len in lengths {
                let own = rest
                    .split_off_mut(..len)
                    .expect("the gradient has a number for every weight");
                let own_norm = norm(std::iter::once(&*own));
                shorten(own, own_norm, limit);
            }
        }
    }
}

fn shorten(gradient: &mut [f32], norm: f32, limit: f32) {
    if norm > limit {
        let scale = limit / norm;
        gradient.iter_mut().for_each(|g| *g *= scale);
    }
}
