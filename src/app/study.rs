//! A closer look at answers: how they are counted, and what the page knows of them.

pub mod answers;
#[cfg(target_arch = "wasm32")]
mod state;

#[cfg(target_arch = "wasm32")]
pub use state::Study;

/// The views of the closer look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Why this answer.
    Why,
    /// What would make it something else.
    Ascent,
    /// Which class is taken for which.
    Confusion,
    /// Whether it is right as often as it says.
    Calibration,
    /// How it reads spoiled images.
    Robustness,
    /// The test images in two dimensions.
    Points,
}

impl View {
    /// As offered on the page.
    pub const ALL: [Self; 6] = [
        Self::Why,
        Self::Ascent,
        Self::Confusion,
        Self::Calibration,
        Self::Robustness,
        Self::Points,
    ];

    /// For tests and tools.
    pub fn id(self) -> &'static str {
        match self {
            Self::Why => "why",
            Self::Ascent => "ascent",
            Self::Confusion => "confusion",
            Self::Calibration => "calibration",
            Self::Robustness => "robustness",
            Self::Points => "points",
        }
    }
}
