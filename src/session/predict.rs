//! Answers to what is drawn: which model gives them, and with what.

use super::{Session, failed};
use crate::{
    data::strokes,
    io::safetensors,
    nn::{Sequential, loss::softmax},
    protocol::{Answering, Event, FailureKind, PredictInput, Prediction, Split, Tensor},
    random::{self, Stream},
    spec::{Activation, LayerSpec},
    train::scaled,
};

/// Finite weights can be so large that what they make of an image is not.
const NO_NUMBERS: &str = "The network's output for this image is not finite: its weights have become too large. Reset, with a \
    smaller learning rate.";

impl Session {
    pub(super) fn predict(&mut self, request: u32, input: &PredictInput) -> Event {
        let (image, label) = match self.input_image(input) {
            Ok(input) => input,
            Err(message) => return failed(FailureKind::Request, message),
        };
        let trained = self.run.as_ref().is_some_and(|run| {
            let trainer = &run.trainer;
            trainer.global_step() > 0 || trainer.config().initial_weights.is_some()
        });
        let (model, answering) = match (&mut self.pretrained, &mut self.run) {
            (Some(model), _) if !trained => (model, Answering::Pretrained),
            (_, Some(run)) => {
                let answering = Answering::Run {
                    run: run.id,
                    global_step: run.trainer.global_step(),
                };
                (run.trainer.evaluated_mut(), answering)
            }
            (Some(model), None) => (model, Answering::Pretrained),
            (None, None) => return failed(FailureKind::Request, "No model is loaded yet.".into()),
        };
        let prediction = classify(model, request, answering, image, label);
        match prediction.is_finite() {
            true => Event::Prediction(Box::new(prediction)),
            false => failed(FailureKind::Request, NO_NUMBERS.into()),
        }
    }

    /// The 28x28 image to classify, none for a blank pad, and its label where it is known.
    fn input_image(&self, input: &PredictInput) -> Result<(Option<Vec<f32>>, Option<u8>), String> {
        match input {
            PredictInput::Drawing(drawing) => Ok((strokes::rasterize(drawing).map(Vec::from), None)),
            PredictInput::TestImage(index) => self.image_of_the_set(Split::Test, *index),
            PredictInput::TrainingImage(index) => self.image_of_the_set(Split::Train, *index),
        }
    }

    fn image_of_the_set(&self, split: Split, index: usize) -> Result<(Option<Vec<f32>>, Option<u8>), String> {
        let kind = match split {
            Split::Train => "training",
            Split::Test => "test",
        };
        let (_, data) = self
            .library
            .shown()
            .ok_or(format!("The {kind} images are still loading."))?;
        let set = split.of(data);
        if index >= set.len() {
            return Err(format!("There is no {kind} image {index}: there are {}.", set.len()));
        }
        let pixels = scaled(set.image(index)).collect();
        Ok((Some(pixels), Some(set.labels[index])))
    }
}

/// The model in a safetensors file that says what it is.
pub(super) fn read_model(file: &[u8]) -> Result<Sequential, String> {
    let facts = safetensors::facts(file).map_err(|error| error.to_string())?;
    let spec = facts.ok_or("the file does not say which model it holds")?.model;
    let rng = &mut random::generator(0, Stream::Weights);
    let mut model = Sequential::build(&spec, rng).map_err(|error| error.to_string())?;
    safetensors::load(&mut model, file).map_err(|error| error.to_string())?;
    Ok(model)
}

/// Classifies `image`; a blank one (`None`) has no answer.
fn classify(
    model: &mut Sequential,
    request: u32,
    answering: Answering,
    image: Option<Vec<f32>>,
    label: Option<u8>,
) -> Prediction {
    let shape = model.spec().input_shape.clone();
    let activations = image
        .as_deref()
        .map(|image| activations(model, image))
        .unwrap_or_default();
    let probabilities = probabilities(model, &activations);
    Prediction {
        request,
        model: answering,
        image: Tensor {
            data: image.unwrap_or_else(|| vec![0.0; shape.iter().product()]),
            shape,
        },
        label,
        probabilities,
        activations,
        layers: model.summary().to_vec(),
    }
}

/// One a class: what the last layer gives or, where that is no softmax, the softmax of it, as the loss has it.
fn probabilities(model: &Sequential, activations: &[Tensor]) -> Vec<f32> {
    let mut probabilities = activations.last().map(|last| last.data.clone()).unwrap_or_default();
    let last = model.spec().layers.last();
    if last.and_then(LayerSpec::activation) != Some(Activation::Softmax) {
        softmax(&mut probabilities, model.classes());
    }
    probabilities
}

/// Every layer's output for one image, without the batch dimension.
pub(super) fn activations(model: &mut Sequential, image: &[f32]) -> Vec<Tensor> {
    let outputs = model.forward_all(image);
    let tensor = |output: ndarray::ArrayD<f32>| Tensor {
        shape: output.shape()[1..].to_vec(),
        data: output.iter().copied().collect(),
    };
    outputs.into_iter().map(tensor).collect()
}
