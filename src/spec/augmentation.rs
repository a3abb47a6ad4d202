//! How training images are changed before they are seen.

use serde::{Deserialize, Serialize};

use super::{ConfigError, training::check};

/// How far training images may be bent. Each image of each epoch is changed by amounts drawn evenly within these, both
/// ways; 0 is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augmentation {
    /// Moved down and across, in pixels.
    pub shift: f32,
    /// Turned about the centre, in degrees.
    pub rotation: f32,
    /// Made larger or smaller, down and across on their own: 0.1 is from 0.9 to 1.1 of the size.
    pub zoom: f32,
    /// Slanted: columns by this share of their distance to the centre row.
    pub shear: f32,
    /// Bent like rubber: how far the points of a grid move, in pixels. What is between them follows.
    pub elastic: f32,
    /// Standard deviation of what is added to every pixel, where 1 is from paper to ink; pixels stay between the two.
    pub noise: f32,
}

impl Augmentation {
    /// Images as they are.
    pub const NONE: Self = Self {
        shift: 0.0,
        rotation: 0.0,
        zoom: 0.0,
        shear: 0.0,
        elastic: 0.0,
        noise: 0.0,
    };

    /// Whether images stay as they are.
    pub fn is_off(&self) -> bool {
        *self == Self::NONE
    }

    /// # Errors
    /// Names the first setting that is out of bounds, the bounds, and its value.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let within =
            |field, expected, most: f32, value: f32| check(field, expected, (0.0..=most).contains(&value), value);
        within("shift", "from 0 to 28 pixels", 28.0, self.shift)?;
        within("rotation", "from 0 to 180 degrees", 180.0, self.rotation)?;
        within("zoom", "from 0 to 0.9", 0.9, self.zoom)?;
        within("shear", "from 0 to 2", 2.0, self.shear)?;
        within("elastic", "from 0 to 10 pixels", 10.0, self.elastic)?;
        within("noise", "from 0 to 1", 1.0, self.noise)
    }
}
