//! Answers about the inside of the network that answers: each costs something only when it is asked for.

use super::{
    Session,
    explain::{self, Layer},
    failed,
    predict::{NO_MODEL, activations},
    run::Run,
};
use crate::{
    nn::Sequential,
    protocol::{
        Event, Explanation, FailureKind, Histogram, InsideCommand, InsideEvent, Inspection, PredictInput, RunState,
        Tensor,
    },
    spec::{Activation, show_shape},
    train,
};

/// Test images that a layer's outputs are looked at for.
const IMAGES: usize = 32;

/// A look into a layer that is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    request: u32,
    layer: usize,
}

impl Session {
    pub(super) fn look_inside(&mut self, command: InsideCommand) -> Vec<Event> {
        let event = match command {
            InsideCommand::Inspect { request, layer } => {
                self.look = Some(Look { request, layer });
                return vec![];
            }
            InsideCommand::Explain {
                request,
                input,
                layer,
                at,
                channel,
            } => self
                .explain(request, &input, layer, at, channel)
                .map(|explanation| InsideEvent::Explained(Box::new(explanation))),
            InsideCommand::Recall { global_step } => self
                .recall(global_step)
                .map(|global_step| InsideEvent::Recalled { global_step }),
        };
        vec![told(event)]
    }

    /// Answers the look that is asked for. While a step waits for other members, the gradient is only a part of it: the
    /// look waits too.
    pub(super) fn look(&mut self) -> Option<Event> {
        let look = self
            .look
            .take_if(|_| self.run.as_ref().and_then(Run::awaits).is_none())?;
        let inspection = self.inspect(look);
        Some(told(
            inspection.map(|inspection| InsideEvent::Inspected(Box::new(inspection))),
        ))
    }

    fn inspect(&mut self, Look { request, layer }: Look) -> Result<Inspection, String> {
        // The shipped model and what was have no gradient.
        let gradients = self
            .answers_as_it_is()
            .then(|| self.gradient_histogram(layer))
            .flatten();
        let images = self.sample();
        let (model, answering) = self.answering().ok_or(NO_MODEL)?;
        let summary = model.summary().get(layer);
        let name = summary.ok_or(format!("There is no layer {layer}."))?.name.clone();
        let own = |name_of: &str| role(name_of, &name).map(str::to_owned);
        let tensors = model.tensors().filter_map(|param| {
            let tensor = Tensor {
                shape: param.shape.clone(),
                data: param.value.clone(),
            };
            Some((own(&param.name)?, tensor))
        });
        let tensors: Vec<_> = tensors.collect();
        let params = model.params().filter(|param| own(&param.name).is_some());
        let weights: Vec<f32> = params.flat_map(|param| param.value.iter().copied()).collect();
        let outputs = match images.is_empty() {
            true => vec![],
            false => outputs(model, layer, &images),
        };
        Ok(Inspection {
            request,
            layer,
            model: answering,
            tensors,
            activations: Histogram::of(&outputs),
            weights: Histogram::of(&weights),
            gradients,
            images: images.len() / model.input_len(),
            dead: dead(model, layer, &outputs),
        })
    }

    /// How one number of a layer's output comes about.
    fn explain(
        &mut self,
        request: u32,
        input: &PredictInput,
        layer: usize,
        at: [usize; 3],
        channel: Option<usize>,
    ) -> Result<Explanation, String> {
        let (image, _) = self.input_image(input)?;
        let image = image.ok_or("There is nothing on the pad to explain.")?;
        let (model, answering) = self.answering().ok_or(NO_MODEL)?;
        if image.len() != model.input_len() {
            return Err("The image does not fit the network.".into());
        }
        let outputs = activations(model, &image);
        let output = outputs.get(layer).ok_or(format!("There is no layer {layer}."))?;
        let place = explain::index(&output.shape, at);
        let within = output.shape.len() != 3 || at.iter().zip(&output.shape).all(|(at, size)| at < size);
        let number = output.data.get(place).filter(|number| within && number.is_finite());
        let number = *number.ok_or(format!(
            "There is no number at {at:?} of {}, or it is not finite.",
            show_shape(&output.shape)
        ))?;
        let image = Tensor {
            shape: model.spec().input_shape.clone(),
            data: image,
        };
        let input = layer.checked_sub(1).map_or(&image, |before| &outputs[before]);
        Ok(Explanation {
            request,
            layer,
            at,
            model: answering,
            output: number,
            account: Layer::new(model, layer, input, output).account(at, channel),
        })
    }

    fn recall(&mut self, global_step: Option<usize>) -> Result<Option<usize>, String> {
        let run = self.run.as_mut().ok_or(NO_MODEL)?;
        match global_step {
            None => run.moments.forget(),
            Some(step) => {
                let recalled = run.moments.recall(step, run.trainer.evaluated());
                let step = recalled.map_err(|error| error.to_string())?;
                return step
                    .map(Some)
                    .ok_or("No moment of this run is kept: the model is too large.".into());
            }
        }
        Ok(None)
    }

    /// The first test images that fit the network that answers, as it takes them.
    fn sample(&mut self) -> Vec<f32> {
        let Some(fits) = self.library.shown().map(|(_, data)| data.test.image_shape) else {
            return vec![];
        };
        let Some((model, _)) = self.answering() else {
            return vec![];
        };
        if model.input_len() != fits[0] * fits[1] {
            return vec![];
        }
        let test = self.library.shown().map(|(_, data)| &data.test);
        let images = test
            .into_iter()
            .flat_map(|test| (0..test.len().min(IMAGES)).map(|i| test.image(i)));
        images.flat_map(train::scaled::<f32>).collect()
    }

    /// Whether the run's network answers, as it is now.
    fn answers_as_it_is(&mut self) -> bool {
        let run = self.run.as_mut();
        run.is_some_and(|run| run.has_learned() && run.moments.recalled_mut().is_none())
    }

    /// Of the run's last step.
    fn gradient_histogram(&self, layer: usize) -> Option<Histogram> {
        let run = self.run.as_ref().filter(|run| run.state != RunState::Failed)?;
        let (mut gradient, model) = (run.gradient()?, run.trainer.model());
        let name = &model.summary().get(layer)?.name;
        let mut own = vec![];
        for param in model.params() {
            let numbers = gradient.split_off(..param.value.len())?;
            if role(&param.name, name).is_some() {
                own.extend_from_slice(numbers);
            }
        }
        Histogram::of(&own)
    }
}

/// A layer's outputs for several images.
fn outputs(model: &mut Sequential, layer: usize, images: &[f32]) -> Vec<f32> {
    let output = model.forward_all(images).swap_remove(layer);
    output.into_raw_vec_and_offset().0
}

/// Units with ReLU that gave nothing but 0, and all of them.
fn dead(model: &Sequential, layer: usize, outputs: &[f32]) -> Option<(usize, usize)> {
    let with_relu = model.spec().layers[layer].activation() == Some(Activation::Relu);
    let shape = &model.summary()[layer].output_shape;
    let units = *shape.last().filter(|_| with_relu && !outputs.is_empty())?;
    let is_dead = |unit: &usize| outputs.iter().skip(*unit).step_by(units).all(|&output| output == 0.0);
    Some(((0..units).filter(is_dead).count(), units))
}

/// `weight` for `conv2d.weight` of the layer `conv2d`.
fn role<'a>(param: &'a str, layer: &str) -> Option<&'a str> {
    param.strip_prefix(layer)?.strip_prefix('.')
}

fn told(answer: Result<InsideEvent, String>) -> Event {
    answer.map_or_else(|message| failed(FailureKind::Request, message), Event::Inside)
}
