//! Answers to what is drawn: which model gives them, and with what.

use super::{Session, failed, learn::Lessons, run::Run};
use crate::{
    data::{
        DataSet, segment, strokes,
        verdict::{self, Doubt, Verdict, judge},
    },
    io::safetensors,
    nn::{Sequential, layers::Mode, loss::softmax, metrics::argmax},
    protocol::{Answering, Drawing, Event, FailureKind, PredictInput, Prediction, Split, Tensor},
    random::{self, Stream},
    spec::{Activation, DataSource, LayerSpec},
    train::scaled,
};

/// Finite weights can be so large that what they make of an image is not.
pub(super) const NO_NUMBERS: &str = "The network's output for this image is not finite: its weights have become too large. Reset, with a \
    smaller learning rate.";

/// Neither the shipped model nor a run.
pub(super) const NO_MODEL: &str = "No model is loaded yet.";

impl Session {
    pub(super) fn predict(&mut self, request: u32, input: &PredictInput) -> Event {
        let (image, label) = match self.input_image(input) {
            Ok(input) => input,
            Err(message) => return failed(FailureKind::Request, message),
        };
        self.study.seen.clone_from(&image);
        let Some(base) = self.base() else {
            return failed(FailureKind::Request, NO_MODEL.into());
        };
        let of_digits = self.answers_digits(base);
        let Some((model, answering)) = choose(base, &mut self.lessons, &mut self.pretrained, &mut self.run) else {
            return failed(FailureKind::Request, NO_MODEL.into());
        };
        let mut prediction = classify(model, request, answering, image, label);
        match input {
            PredictInput::Drawing(drawing) if of_digits => {
                let mut reader = Reader {
                    model,
                    gate: self.gate.as_mut(),
                };
                reader.read(drawing, &mut prediction);
            }
            _ => prediction.verdict = judge(Doubt::default(), &prediction.probabilities),
        }
        match prediction.is_finite() {
            true => Event::Prediction(Box::new(prediction)),
            false => failed(FailureKind::Request, NO_NUMBERS.into()),
        }
    }

    /// The model that answers.
    pub(super) fn answering(&mut self) -> Option<(&mut Sequential, Answering)> {
        let base = self.base()?;
        choose(base, &mut self.lessons, &mut self.pretrained, &mut self.run)
    }

    /// Which model answers, if nobody has taught it: the shipped one until the run has begun.
    pub(super) fn base(&self) -> Option<Answering> {
        let run = self.run.as_ref().map(Run::current);
        let trained = self.run.as_ref().is_some_and(Run::has_learned);
        let shipped = self.pretrained.as_ref().map(|_| Answering::Pretrained);
        shipped.filter(|_| !trained).or(run)
    }

    /// Whether the classes of that model are the ten digits.
    fn answers_digits(&self, base: Answering) -> bool {
        let source = self.run.as_ref().map(|run| run.trainer.config().data.source);
        base == Answering::Pretrained || source == Some(DataSource::Mnist)
    }

    /// The 28x28 image to classify, none for a blank pad, and its label where it is known.
    pub(super) fn input_image(&self, input: &PredictInput) -> Result<(Option<Vec<f32>>, Option<u8>), String> {
        match input {
            PredictInput::Drawing(drawing) => Ok((strokes::rasterize(drawing).map(Vec::from), None)),
            PredictInput::TestImage(index) => image_of(self.shown(), Split::Test, *index),
            PredictInput::TrainingImage(index) => image_of(self.shown(), Split::Train, *index),
            PredictInput::RunImage(split, index) => {
                let data = self.run.as_ref().and_then(|run| run.data.as_deref());
                image_of(data, *split, *index)
            }
        }
    }

    fn shown(&self) -> Option<&DataSet> {
        self.library.shown().map(|(_, data)| &**data)
    }
}

/// An image of a data set with its label.
fn image_of(data: Option<&DataSet>, split: Split, index: usize) -> Result<(Option<Vec<f32>>, Option<u8>), String> {
    let kind = match split {
        Split::Train => "training",
        Split::Test => "test",
    };
    let set = split.of(data.ok_or(format!("The {kind} images are still loading."))?);
    if index >= set.len() {
        return Err(format!("There is no {kind} image {index}: there are {}.", set.len()));
    }
    let pixels = scaled(set.image(index)).collect();
    Ok((Some(pixels), Some(set.labels[index])))
}

/// The model that was taught from that one, or else that one itself; of a run, as it is or at the moment that is recalled.
fn choose<'a>(
    base: Answering,
    lessons: &'a mut Lessons,
    pretrained: &'a mut Option<Sequential>,
    run: &'a mut Option<Run>,
) -> Option<(&'a mut Sequential, Answering)> {
    match lessons.of(base) {
        Some(learned) => Some(learned),
        None if base == Answering::Pretrained => pretrained.as_mut().map(|model| (model, base)),
        None => run.as_mut().map(Run::answering),
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

/// Those who read a drawing of digits.
struct Reader<'a> {
    model: &'a mut Sequential,
    gate: Option<&'a mut Sequential>,
}

impl Reader<'_> {
    /// Adds the verdict on a drawing, and its figures.
    fn read(&mut self, drawing: &Drawing, prediction: &mut Prediction) {
        if prediction.probabilities.is_empty() {
            return;
        }
        prediction.verdict = judge(self.doubt(drawing, &prediction.image.data), &prediction.probabilities);
        prediction.reading = vec![prediction.answer()];
        let figures = segment::figures(drawing);
        if figures.len() < 2 {
            return;
        }
        let reading: Vec<_> = figures.iter().map(|figure| self.digit(figure)).collect();
        // A figure that is no digit may be a part of one; two that look like digits, the halves of an open four.
        let whole = self.gate.is_some() && prediction.verdict.names_one();
        if !whole && reading.iter().all(Option::is_some) {
            prediction.verdict = Verdict::Several;
        }
        if !prediction.verdict.names_one() {
            prediction.reading = reading;
        }
    }

    /// What speaks against a drawing and its image.
    fn doubt(&mut self, drawing: &Drawing, image: &[f32]) -> Doubt {
        let length = verdict::length(drawing);
        let Some(gate) = self.gate.as_deref_mut() else {
            return Doubt { gate: 0.0, length };
        };
        let mut probabilities = gate.forward(image, Mode::Predict).to_vec();
        softmax(&mut probabilities, gate.classes());
        Doubt {
            gate: probabilities.last().copied().unwrap_or_default(),
            length,
        }
    }

    /// What one figure is, if it is a digit.
    fn digit(&mut self, figure: &Drawing) -> Option<usize> {
        let image = strokes::rasterize(figure)?;
        let mut probabilities = self.model.forward(&image, Mode::Predict).to_vec();
        softmax(&mut probabilities, self.model.classes());
        let named = judge(self.doubt(figure, &image), &probabilities).names_one();
        named.then(|| argmax(&probabilities))
    }
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
        verdict: Verdict::Read,
        reading: vec![],
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
