//! What is seen inside a network: a layer's weights and how its numbers are spread, how one number of an output comes
//! about, and the network as it was at earlier moments of its run.

use serde::{Deserialize, Serialize};

use super::{Answering, PredictInput, RunId, Tensor};
use crate::spec::Activation;

/// What the page can ask about the inside of the network that answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum InsideCommand {
    /// Look into a layer once: [`InsideEvent::Inspected`].
    Inspect {
        /// Returned with the answer.
        request: u32,
        /// The layer's place in the model, from 0.
        layer: usize,
    },
    /// How one number of a layer's output comes about: [`InsideEvent::Explained`].
    Explain {
        /// Returned with the answer.
        request: u32,
        /// What the network looks at.
        input: PredictInput,
        /// The layer's place in the model, from 0.
        layer: usize,
        /// Row, column and channel of the number; `[0, 0, feature]` where the output is a row of features.
        at: [usize; 3],
        /// The input channel whose window is wanted; the one that adds most where none is.
        channel: Option<usize>,
    },
    /// Let the run's network answer as it was at the kept moment nearest to this step, or as it is now:
    /// [`InsideEvent::Recalled`]. Training goes on as it would.
    Recall {
        /// Steps since the start; none is now.
        global_step: Option<usize>,
    },
}

/// What the worker tells about the inside of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum InsideEvent {
    /// The answer to [`InsideCommand::Inspect`].
    Inspected(Box<Inspection>),
    /// The answer to [`InsideCommand::Explain`].
    Explained(Box<Explanation>),
    /// The moments of a run that are kept have changed.
    Moments {
        /// The run.
        run: RunId,
        /// Their steps, first to last.
        steps: Vec<usize>,
        /// What they take in memory.
        bytes: usize,
    },
    /// The network that answers from now on.
    Recalled {
        /// The step of the moment; none is now.
        global_step: Option<usize>,
    },
}

/// A layer, looked into once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// As asked.
    pub request: u32,
    /// As asked.
    pub layer: usize,
    /// Whose layer.
    pub model: Answering,
    /// The layer's tensors by role (`weight`, `bias`): kernels `[height, width, in, out]`, dense weights `[in, out]`.
    pub tensors: Vec<(String, Tensor)>,
    /// Of its outputs for [`Self::images`] test images; none while there are no images.
    pub activations: Option<Histogram>,
    /// Of all its parameters; none where it has none.
    pub weights: Option<Histogram>,
    /// Of the gradient of the run's last step; none before the first, and for another model than the run's of now.
    pub gradients: Option<Histogram>,
    /// So many test images were looked at.
    pub images: usize,
    /// Of a layer with ReLU: units that gave 0 for all these images, and all its units.
    pub dead: Option<(usize, usize)>,
}

/// How numbers are spread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// The smallest.
    pub low: f32,
    /// The largest.
    pub high: f32,
    /// How many in each of equal steps from the smallest to the largest.
    pub counts: Vec<u32>,
    /// Their mean.
    pub mean: f32,
    /// Their standard deviation.
    pub deviation: f32,
    /// The share that is exactly 0.
    pub zeros: f32,
}

impl Histogram {
    /// Steps from the smallest number to the largest.
    pub const BINS: usize = 48;

    /// Of the finite ones among these numbers; none where there are none.
    pub fn of(values: &[f32]) -> Option<Self> {
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (low, high) = (finite().reduce(f32::min)?, finite().reduce(f32::max)?);
        let count = finite().count() as f64;
        let mean = finite().map(f64::from).sum::<f64>() / count;
        let variance = finite().map(|x| (f64::from(x) - mean).powi(2)).sum::<f64>() / count;
        let mut counts = vec![0; Self::BINS];
        let width = (f64::from(high) - f64::from(low)) / Self::BINS as f64;
        for value in finite() {
            let bin = (f64::from(value) - f64::from(low)) / width;
            // All numbers alike have a width of 0: they go to the first.
            counts[if bin.is_finite() {
                (bin as usize).min(Self::BINS - 1)
            } else {
                0
            }] += 1;
        }
        Some(Self {
            low,
            high,
            counts,
            mean: mean as f32,
            deviation: variance.sqrt() as f32,
            zeros: (finite().filter(|&value| value == 0.0).count() as f64 / count) as f32,
        })
    }
}

/// How one number of a layer's output comes about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// As asked.
    pub request: u32,
    /// As asked.
    pub layer: usize,
    /// As asked.
    pub at: [usize; 3],
    /// Whose layer.
    pub model: Answering,
    /// What the engine gave there.
    pub output: f32,
    /// How.
    pub account: Account,
}

/// The computation behind one number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Account {
    /// A convolution: a window of every input channel, times its kernel, all added.
    Convolution {
        /// Input channels and the sums of their products, the largest in size first.
        channels: Vec<(usize, f64)>,
        /// The window of one of them.
        window: Window,
        /// Its kernel, row by row: as many numbers as the window has.
        kernel: Vec<f32>,
        /// What becomes of the sum.
        ending: Ending,
    },
    /// A pool: one number for a window.
    Pool {
        /// Whether it is the mean; otherwise the largest.
        mean: bool,
        /// Of the number's own channel.
        window: Window,
        /// The mean, or the largest.
        result: f64,
    },
    /// A dense layer: every input times its weight, all added.
    Dense {
        /// The products that are largest in size, largest first.
        terms: Vec<Term>,
        /// How many there are in all.
        count: usize,
        /// The sum of those that are not among the terms.
        others: f64,
        /// What becomes of the sum.
        ending: Ending,
    },
    /// A function of one number of the input.
    Function {
        /// That number.
        input: f32,
        /// The function.
        function: Activation,
        /// What it gives.
        result: f64,
    },
    /// The same number as in the input: a dropout does nothing when it is asked, and a reshape only counts anew.
    Same {
        /// Its row, column and channel in the input, or `[0, 0, feature]`.
        from: [usize; 3],
    },
    /// Something that is not taken apart.
    Whole,
    /// A zero beside the image.
    Border,
}

/// What a window of one channel lies on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// The channel.
    pub channel: usize,
    /// Rows and columns.
    pub size: [usize; 2],
    /// Row and column of its first number in the input; below 0 on the padding.
    pub first: [i32; 2],
    /// From one of its numbers to the next, down and across.
    pub dilation: [usize; 2],
    /// Its numbers, row by row; none on the padding.
    pub values: Vec<Option<f32>>,
}

/// One product of a dense layer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// The input's place.
    pub index: usize,
    /// The input.
    pub input: f32,
    /// Its weight.
    pub weight: f32,
}

impl Term {
    /// What it adds.
    pub fn product(&self) -> f64 {
        f64::from(self.input) * f64::from(self.weight)
    }
}

/// `result = activation(sum + bias)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ending {
    /// Of all products.
    pub sum: f64,
    /// Added to it.
    pub bias: f32,
    /// Applied then; a softmax looks at the sums of all units.
    pub activation: Activation,
    /// What it gives.
    pub result: f64,
}
