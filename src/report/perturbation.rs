//! What can be done to images to see how much a network stands.

use serde::{Deserialize, Serialize};

/// A way to spoil an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Perturbation {
    /// Normal noise is added to every pixel, which stays between paper and ink. The strength is its standard deviation,
    /// where 1 is from paper to ink.
    Noise,
    /// The ink is moved, by the image's place in the set up, down, left or right. The strength is in pixels.
    Shift,
    /// The ink is turned about the centre, every second image the other way. The strength is in degrees.
    Rotation,
    /// The strokes grow (each pixel becomes the darkest of itself and its four neighbours) or, below 0, shrink (the
    /// lightest). The strength is how often.
    Thickness,
}

impl Perturbation {
    /// As offered on the page.
    pub const ALL: [Self; 4] = [Self::Noise, Self::Shift, Self::Rotation, Self::Thickness];

    /// The name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Noise => "noise",
            Self::Shift => "shift",
            Self::Rotation => "rotation",
            Self::Thickness => "thickness",
        }
    }

    /// The strengths that a curve is measured at, 0 among them: the images as they are.
    pub fn strengths(self) -> &'static [f32] {
        match self {
            Self::Noise => &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6],
            Self::Shift => &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
            Self::Rotation => &[0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0],
            Self::Thickness => &[-2.0, -1.0, 0.0, 1.0, 2.0, 3.0],
        }
    }
}
