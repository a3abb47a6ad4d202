//! Images spoiled to a measured degree, to see how much a network stands.

use super::augment::Warp;
use crate::report::Perturbation;

/// Where the ink goes, down and across, by an image's place.
const WAYS: [[f32; 2]; 4] = [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]];

/// Adds the spoiled image to `out`, pixels from 0 to 1; at strength 0 it is the image as it is. The same for the same
/// place, whoever asks.
///
/// # Shapes
/// `image`: `shape`, `[height, width]`; it adds as many numbers.
pub fn perturb(
    perturbation: Perturbation,
    strength: f32,
    place: u32,
    image: &[u8],
    shape: [usize; 2],
    out: &mut Vec<f32>,
) {
    let warp = match perturbation {
        Perturbation::Noise => Warp::noise(strength, place),
        // A warp says where the ink comes from.
        Perturbation::Shift => Warp::shift(WAYS[place as usize % 4].map(|way| -way * strength)),
        Perturbation::Rotation => Warp::turn(if place.is_multiple_of(2) { strength } else { -strength }),
        Perturbation::Thickness => {
            let thick = thicken(image, shape, strength.round() as i32);
            return out.extend(thick.iter().map(|&pixel| f32::from(pixel) / 255.0));
        }
    };
    warp.apply(image, shape, out);
}

/// Grey dilation by a plus of five pixels, or erosion below 0; beyond the edge is paper.
fn thicken(image: &[u8], [height, width]: [usize; 2], times: i32) -> Vec<u8> {
    let mut image = image.to_vec();
    for _ in 0..times.unsigned_abs() {
        let at = |y: usize, x: usize| match y < height && x < width {
            true => image[y * width + x],
            false => 0,
        };
        let around = |y: usize, x: usize| {
            // One before the first is beyond the last.
            let [up, left] = [y.wrapping_sub(1), x.wrapping_sub(1)];
            [at(y, x), at(up, x), at(y + 1, x), at(y, left), at(y, x + 1)]
        };
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (y, x)));
        let pixels = places.map(|(y, x)| {
            let five = around(y, x).into_iter();
            let picked = if times > 0 { five.max() } else { five.min() };
            picked.unwrap_or(0)
        });
        image = pixels.collect();
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    fn perturbed(perturbation: Perturbation, strength: f32, place: u32) -> Vec<f32> {
        let mut image = [0; 81];
        (2..7).for_each(|y| image[y * 9 + 4] = 255);
        let mut out = vec![];
        perturb(perturbation, strength, place, &image, [9, 9], &mut out);
        out
    }

    fn ink(image: &[f32]) -> f32 {
        image.iter().sum()
    }

    #[test]
    fn nothing_changes_at_strength_0() {
        let plain = perturbed(Perturbation::Thickness, 0.0, 0);
        assert_eq!(ink(&plain), 5.0);
        for perturbation in Perturbation::ALL {
            assert!(perturbation.strengths().contains(&0.0));
            assert_eq!(perturbed(perturbation, 0.0, 3), plain, "{perturbation:?}");
        }
    }

    #[test]
    fn the_ink_moves_turns_grows_and_shrinks() {
        let moved = perturbed(Perturbation::Shift, 2.0, 3);
        assert!(
            (2..7).all(|y| moved[y * 9 + 6] == 1.0) && ink(&moved) == 5.0,
            "to the right"
        );
        let turned = perturbed(Perturbation::Rotation, 90.0, 0);
        assert!((2..7).all(|x| (turned[4 * 9 + x] - 1.0).abs() < 1e-4), "{turned:?}");
        assert_eq!(ink(&perturbed(Perturbation::Thickness, 1.0, 0)), 17.0);
        assert_eq!(ink(&perturbed(Perturbation::Thickness, -1.0, 0)), 0.0);
    }

    #[test]
    fn noise_is_the_images_own() {
        let noise = |place| perturbed(Perturbation::Noise, 0.3, place);
        assert_eq!(noise(1), noise(1));
        assert_ne!(noise(1), noise(2));
        assert!(noise(1).iter().all(|pixel| (0.0..=1.0).contains(pixel)));
    }
}
