//! Why an answer: what of the image, and which training images, speak for a class.

use std::ops::Range;

use super::{SLICE, check_finite, nearest::Search};
use crate::{
    nn::{Sequential, layers::Mode, loss::softmax, metrics::argmax},
    protocol::{
        Answering, Event, FailureKind, OCCLUSION_SQUARE as SQUARE, OCCLUSION_STRIDE as STRIDE, Reasons, StudyEvent,
        Tensor,
    },
    session::{Session, failed, predict::NO_MODEL},
    spec::LayerSpec,
};

/// An explanation under way, on a copy of the model that answers.
pub(super) struct Explaining {
    network: Sequential,
    explanation: Reasons,
    /// Places of the square that were looked at: a number each in the occlusion map.
    done: usize,
    /// Among training images, if they were looked through.
    search: Option<Search>,
}

impl Session {
    /// Begins to explain the answer to the image that was last classified.
    pub(super) fn begin_explaining(&mut self, request: u32, class: Option<usize>) -> Result<Vec<Event>, String> {
        let image = self.study.seen.clone();
        let image = image.ok_or("There is nothing to explain yet: draw a digit, or choose an image.")?;
        let (model, answering) = self.answering().ok_or(NO_MODEL)?;
        if class.is_some_and(|class| class >= model.classes()) {
            return Err(format!("The model has no such class: it has {}.", model.classes()));
        }
        let mut explaining = Explaining::new(model, answering, request, image, class)?;
        let Reasons { image, class, .. } = &explaining.explanation;
        explaining.search = self
            .study
            .index
            .as_mut()
            .and_then(|index| index.search(&image.data, *class));
        self.study.explaining = Some(Box::new(explaining));
        Ok(vec![])
    }

    /// A slice of the explanation under way.
    pub(in crate::session) fn go_on_explaining(&mut self) -> Option<Event> {
        let mut explaining = self.study.explaining.take()?;
        if !explaining.go_on() {
            self.study.explaining = Some(explaining);
            return None;
        }
        let Explaining {
            mut explanation,
            search,
            ..
        } = *explaining;
        explanation.nearest = search.map(Search::neighbours).unwrap_or_default();
        Some(match check_finite(&explanation.occlusion.data) {
            Ok(()) => Event::Study(StudyEvent::Explained(Box::new(explanation))),
            Err(message) => failed(FailureKind::Request, message),
        })
    }
}

impl Explaining {
    fn new(
        model: &Sequential,
        answering: Answering,
        request: u32,
        image: Vec<f32>,
        class: Option<usize>,
    ) -> Result<Self, String> {
        let shape = image_shape(model);
        let mut network = model.converted();
        let mut probabilities = network.features(&image).1.to_vec();
        let class = class.unwrap_or_else(|| argmax(&probabilities));
        softmax(&mut probabilities, model.classes());
        let mut apart = model.apart::<f32>();
        let last = model.summary().len() - 1;
        let trace = apart.trace(&image, last, class);
        check_finite(trace.gradients[0].iter().chain([&trace.value]))?;
        let convolution = last_convolution(model);
        let grad_cam = convolution.map(|layer| {
            let shape = &model.summary()[layer].output_shape;
            grad_cam(&trace.outputs[layer], &trace.gradients[layer + 1], shape)
        });
        let [rows, columns] = shape.map(places);
        let map = |[height, width]: [usize; 2], data| Tensor {
            shape: vec![height, width, 1],
            data,
        };
        Ok(Self {
            explanation: Reasons {
                request,
                model: answering,
                image: map(shape, image),
                class,
                score: trace.value,
                probability: probabilities[class],
                gradient: map(shape, trace.gradients[0].clone()),
                occlusion: map([rows, columns], vec![]),
                grad_cam,
                convolution: convolution.map(|layer| model.summary()[layer].name.clone()),
                nearest: [vec![], vec![]],
            },
            network,
            done: 0,
            search: None,
        })
    }

    /// Looks at some more places of the square, then at training images; whether all is done.
    fn go_on(&mut self) -> bool {
        let map = &mut self.explanation.occlusion;
        let count: usize = map.shape.iter().product();
        if self.done == count {
            return self.search.as_mut().is_none_or(Search::go_on);
        }
        let slice = self.done..count.min(self.done + SLICE);
        self.done = slice.end;
        let image = &self.explanation.image;
        let images = covered(&image.data, image.shape[1], map.shape[1], slice);
        let classes = self.network.classes();
        let logits = self.network.forward(&images, Mode::Predict);
        let scores = logits.iter().skip(self.explanation.class).step_by(classes);
        map.data.extend(scores.map(|score| self.explanation.score - score));
        self.done == count && self.search.is_none()
    }
}

/// The image with the square at each of those places, one after the other.
fn covered(image: &[f32], width: usize, columns: usize, places: Range<usize>) -> Vec<f32> {
    let mut images = Vec::with_capacity(places.len() * image.len());
    for place in places {
        let start = images.len();
        images.extend_from_slice(image);
        let [top, left] = [place / columns, place % columns].map(|at| at * STRIDE);
        for row in top..top + SQUARE {
            images[start + row * width + left..][..SQUARE].fill(0.0);
        }
    }
    images
}

/// How many places the square has along a side.
fn places(side: usize) -> usize {
    (side.saturating_sub(SQUARE)) / STRIDE + 1
}

/// Height and width of the image that a model takes, be it flat or not.
fn image_shape(model: &Sequential) -> [usize; 2] {
    match model.spec().input_shape[..] {
        [height, width, ..] => [height, width],
        _ => [28, model.input_len() / 28],
    }
}

fn last_convolution(model: &Sequential) -> Option<usize> {
    let is_convolution = |layer: &LayerSpec| matches!(layer, LayerSpec::Conv2D(_) | LayerSpec::DepthwiseConv2D(_));
    model.spec().layers.iter().rposition(is_convolution)
}

/// `ReLU(sum_k a_k A_k)`, where `a_k` is the mean over the places of the gradient of the score by channel `k`: Selvaraju
/// et al., Grad-CAM, 2017, arXiv:1610.02391.
///
/// # Shapes
/// `activations` and `gradient`: `shape`, `[rows, columns, channels]`; the map: `[rows, columns, 1]`.
fn grad_cam(activations: &[f32], gradient: &[f32], shape: &[usize]) -> Tensor {
    let channels = shape[2];
    let places = (shape[0] * shape[1]) as f32;
    let mut weights = vec![0.0; channels];
    for row in gradient.chunks_exact(channels) {
        weights
            .iter_mut()
            .zip(row)
            .for_each(|(weight, g)| *weight += g / places);
    }
    let weighted = |row: &[f32]| row.iter().zip(&weights).map(|(a, w)| a * w).sum::<f32>();
    Tensor {
        shape: vec![shape[0], shape[1], 1],
        data: activations
            .chunks_exact(channels)
            .map(|row| weighted(row).max(0.0))
            .collect(),
    }
}
