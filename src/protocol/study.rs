//! A closer look: every answer to the test images, why an answer, what would make another, and the test images in two
//! dimensions.

use serde::{Deserialize, Serialize};

use super::{Answering, Tensor, tensor::f32_bytes};
pub use crate::report::Perturbation;

/// What the page asks for. Robustness, neighbours, points and ascents, and answers on request, are [measured](super::Measurement).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StudyCommand {
    /// Test images of the run's data set, by place. Answered by [`StudyEvent::Images`].
    Images {
        /// Returned with the answer.
        request: u32,
        /// At most 256.
        places: Vec<u32>,
    },
    /// Explain the answer to the image that was last classified. Takes the place of an explanation under way. Answered
    /// by [`StudyEvent::Explained`].
    Explain {
        /// Returned with the answer.
        request: u32,
        /// Which class; none is the one answered.
        class: Option<usize>,
    },
}

/// What the worker tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StudyEvent {
    /// The test images were measured.
    Answers(Box<Answers>),
    /// The answer to [`StudyCommand::Images`].
    Images {
        /// As asked.
        request: u32,
        /// As asked, those that there are.
        places: Vec<u32>,
        /// One image after the other: 0 is paper, 255 is ink.
        #[serde(with = "serde_bytes")]
        pixels: Vec<u8>,
    },
    /// The answer to [`StudyCommand::Explain`].
    Explained(Box<Reasons>),
    /// A point of a robustness curve.
    Robustness(RobustnessPoint),
    /// The training images are ready to be looked through, so many of them.
    Indexed {
        /// Whose last hidden layer it is.
        model: Answering,
        /// The first so many training images.
        images: usize,
    },
    /// The test images in two dimensions.
    Projected(Box<Projection>),
    /// A step of an ascent.
    Ascended(Box<Ascended>),
}

/// The answers of a model to all test images of the run's data set, in their order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answers {
    /// Who answered.
    pub model: Answering,
    /// How many classes it tells apart.
    pub classes: usize,
    /// The most probable class of each; of equals, the first.
    #[serde(with = "serde_bytes")]
    pub predicted: Vec<u8>,
    /// Its probability.
    #[serde(with = "f32_bytes")]
    pub confidence: Vec<f32>,
    /// The true classes.
    #[serde(with = "serde_bytes")]
    pub labels: Vec<u8>,
    /// The mean cross-entropy.
    pub loss: f32,
}

/// Side of the square of paper that is laid over the image, in pixels, and how far it is moved.
pub const OCCLUSION_SQUARE: usize = 4;
/// See [`OCCLUSION_SQUARE`].
pub const OCCLUSION_STRIDE: usize = 2;

/// Why a class scores as it does for an image. A score is what the softmax is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reasons {
    /// As asked.
    pub request: u32,
    /// Whose answer it is.
    pub model: Answering,
    /// The image, `[28, 28, 1]`.
    pub image: Tensor,
    /// The class.
    pub class: usize,
    /// Its score.
    pub score: f32,
    /// Its probability.
    pub probability: f32,
    /// The gradient of the score by each pixel, `[28, 28, 1]`.
    pub gradient: Tensor,
    /// How far the score falls when a square of paper is laid over the image, `[rows, columns, 1]`.
    pub occlusion: Tensor,
    /// Grad-CAM for the last convolution, `[rows, columns, 1]`; none without a convolution.
    pub grad_cam: Option<Tensor>,
    /// Which convolution that is.
    pub convolution: Option<String>,
    /// The training images whose last hidden layer is nearest to the image's: of all classes, then of the class; by the
    /// weights that they were looked through with, and empty before that.
    pub nearest: [Vec<Neighbour>; 2],
}

/// A training image that is like another image to the last hidden layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Its place among the training images.
    pub place: u32,
    /// The class that the data set gives it.
    pub label: u8,
    /// Euclidean distance of the two outputs of the last hidden layer.
    pub distance: f32,
    /// 0 is paper, 255 is ink.
    #[serde(with = "serde_bytes")]
    pub pixels: Vec<u8>,
}

/// How many spoiled images are read right.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RobustnessPoint {
    /// Who reads them.
    pub model: Answering,
    /// How they are spoiled.
    pub perturbation: Perturbation,
    /// How much: one of [`Perturbation::strengths`].
    pub strength: f32,
    /// Images read right.
    pub right: usize,
    /// The first so many test images.
    pub images: usize,
}

impl RobustnessPoint {
    /// The share read right.
    pub fn accuracy(&self) -> f32 {
        self.right as f32 / self.images.max(1) as f32
    }
}

/// All test images as points: what the last hidden layer makes of them, along the two directions in which that varies
/// most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Projection {
    /// Whose last hidden layer it is.
    pub model: Answering,
    /// Two numbers a point.
    #[serde(with = "f32_bytes")]
    pub points: Vec<f32>,
    /// The most probable class of each image.
    #[serde(with = "serde_bytes")]
    pub predicted: Vec<u8>,
    /// The true classes.
    #[serde(with = "serde_bytes")]
    pub labels: Vec<u8>,
    /// The share of the variance that each of the two directions has.
    pub shares: [f32; 2],
    /// Numbers of the last hidden layer.
    pub features: usize,
}

/// What an ascent is to make larger, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// What it begins with.
    pub from: Start,
    /// The layer, from 0; the last one's units are the classes.
    pub layer: usize,
    /// The unit: a channel or a feature.
    pub unit: usize,
}

/// What an ascent begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Start {
    /// The image that was last classified.
    Seen,
    /// Faint noise, of a seed.
    Noise(u32),
}

/// Where an ascent stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ascended {
    /// Whose unit it is.
    pub model: Answering,
    /// What it is for.
    pub goal: Goal,
    /// Steps so far; 0 is the beginning.
    pub step: usize,
    /// The image, `[28, 28, 1]`, 0 to 1.
    pub image: Tensor,
    /// What the unit gives: the mean over its places, where it has several.
    pub value: f32,
    /// The probabilities of the classes.
    pub probabilities: Vec<f32>,
}
