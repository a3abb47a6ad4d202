//! The words of the guided tour.

use crate::app::{
    format::{fixed, thousands},
    tour::Stop,
};
use crate::protocol::Metrics;

words! {
    /// The words of the guided tour.
    TourText {
        name: "Tour",
        take: "Take the tour",
        about: "Seven steps of building a network, shown on the page as it is; it stays usable.",
        now: "Now",
        source: "Source",
        skip: "Leave the tour (Escape)",
        back: "Back",
        back_hint: "Back (left arrow, here)",
        next: "Next",
        next_hint: "Next (right arrow, here)",
        restart: "Restart",
        done: "Done",
    }
}

/// What the page knows while the tour is shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Now {
    /// Training and test images, once they are there.
    pub images: Option<(usize, usize)>,
    /// Steps an epoch of the run, once it has begun.
    pub steps_per_epoch: Option<usize>,
    /// Parameters of the run's model.
    pub params: usize,
    /// Its layers.
    pub layers: usize,
    /// As set.
    pub seed: u64,
    /// Fingerprint of the run's weights.
    pub weights_hash: Option<String>,
    /// What the network answers, and how probable that is.
    pub answer: Option<(usize, f32)>,
    /// Workers that share a batch.
    pub workers: usize,
    /// Steps since the reset.
    pub step: usize,
    /// Loss of the last batch.
    pub loss: Option<f32>,
    /// The loss holds penalties of weights too.
    pub penalties: bool,
    /// Learning rate of the last step.
    pub learning_rate: Option<f32>,
    /// On the validation images, after the last epoch.
    pub validation: Option<Metrics>,
    /// On the test images.
    pub test: Option<Metrics>,
}

impl TourText {
    /// The name of a step.
    pub fn title(&self, stop: Stop) -> &'static str {
        match stop {
            Stop::Data => "Data",
            Stop::Model => "Model",
            Stop::Initialisation => "Initialisation",
            Stop::Forward => "Forward pass",
            Stop::Backward => "Backward pass",
            Stop::Optimisation => "Optimisation",
            Stop::Evaluation => "Evaluation",
        }
    }

    /// Where in the tour a step is.
    pub fn place(&self, stop: Stop) -> String {
        format!("{} of {}", stop.index() + 1, Stop::ALL.len())
    }

    /// What a step is about.
    pub fn text(&self, stop: Stop) -> &'static str {
        match stop {
            Stop::Data => {
                "Images of 28x28 grey dots, each with the class that it shows. The network sees numbers from 0 to 1. Every epoch takes all training images once, in batches, in a new order that follows from the seed."
            }
            Stop::Model => {
                "Layers, each of which passes numbers on to the next. A convolution slides small filters over the image, a pool keeps the strongest number of each window, a dense layer weighs everything. What training changes is their parameters: weights and biases."
            }
            Stop::Initialisation => {
                "Before training the weights are random, just wide enough that numbers neither grow nor fade from layer to layer. Reset draws them from the seed: the same seed gives the same weights, bit for bit."
            }
            Stop::Forward => {
                "The image goes through the layers, from top to bottom: sums of products, then a function of each sum. The last layer turns its scores z into probabilities p. Draw a digit and watch the rows."
            }
            Stop::Backward => {
                "The loss says how surprised the network is by the right class. Backwards through the layers, the chain rule gives the gradient g: how much each weight would change the loss. A batch is cut into 8 shares; their gradients are added in one fixed order, so that the number of workers changes no bit."
            }
            Stop::Optimisation => {
                "A step moves every weight against its gradient. Press Train and go on reading: the loss should fall. A larger learning rate takes larger steps; when it is too large, the loss jumps about."
            }
            Stop::Evaluation => {
                "After every epoch the network is measured on images that it never trains on. This accuracy is what counts: images that were trained on can be learnt by heart. After the last epoch it is measured on the test images."
            }
        }
    }

    /// The numbers of the page for a step.
    pub fn figures(&self, stop: Stop, now: &Now) -> String {
        match stop {
            Stop::Data => self.data(now),
            Stop::Model => format!("{} parameters in {} layers", thousands(now.params), now.layers),
            Stop::Initialisation => self.start(now),
            Stop::Forward => match now.answer {
                Some((digit, p)) => format!("the answer is {digit}, p = {}", fixed(p, 3)),
                None => "nothing is drawn yet".into(),
            },
            Stop::Backward => self.loss(now),
            Stop::Optimisation => match now.learning_rate {
                Some(rate) => format!("lr = {rate} at step {}", thousands(now.step)),
                None => "no step yet".into(),
            },
            Stop::Evaluation => self.measured(now),
        }
    }

    fn data(&self, now: &Now) -> String {
        let images = match now.images {
            Some((train, test)) => format!("{} training and {} test images", thousands(train), thousands(test)),
            None => "the images are on their way".into(),
        };
        match now.steps_per_epoch {
            Some(steps) => format!("{images}; {} steps an epoch", thousands(steps)),
            None => images,
        }
    }

    fn start(&self, now: &Now) -> String {
        let hash = now.weights_hash.as_deref().unwrap_or("-");
        match now.step {
            0 => format!("seed {}, first weights {hash}", now.seed),
            step => format!("seed {}, weights after step {}: {hash}", now.seed, thousands(step)),
        }
    }

    fn loss(&self, now: &Now) -> String {
        match now.loss {
            Some(loss) => {
                let p = fixed((-loss).exp(), 3);
                let workers = match now.workers {
                    1 => "1 worker".into(),
                    workers => format!("{workers} workers"),
                };
                let loss = fixed(loss, 4);
                match now.penalties {
                    true => format!("loss {loss}, with the penalties; {workers}"),
                    false => format!("loss {loss}: as if p of the right class were {p}; {workers}"),
                }
            }
            None => "no step yet".into(),
        }
    }

    fn measured(&self, now: &Now) -> String {
        let show = |name: &str, metrics: Metrics| {
            let Metrics { loss, accuracy } = metrics;
            format!("{name} accuracy {}, loss {}", fixed(accuracy, 4), fixed(loss, 4))
        };
        match (now.test, now.validation) {
            (Some(test), _) => show("test", test),
            (None, Some(validation)) => show("validation", validation),
            (None, None) => "no epoch has ended yet".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_says_something_before_the_first_number_and_after() {
        let empty = Now::default();
        let metrics = Metrics {
            loss: 0.0286,
            accuracy: 0.9904,
        };
        let full = Now {
            images: Some((60_000, 10_000)),
            steps_per_epoch: Some(938),
            params: 93_322,
            layers: 8,
            seed: 7,
            weights_hash: Some("abc".into()),
            answer: Some((3, 0.5)),
            workers: 2,
            step: 1_204,
            loss: Some(0.0),
            penalties: false,
            learning_rate: Some(0.001),
            validation: Some(metrics),
            test: None,
        };
        for stop in Stop::ALL {
            let (before, after) = (ENGLISH.figures(stop, &empty), ENGLISH.figures(stop, &full));
            assert!(!before.is_empty() && before != after, "{stop:?}: {before}");
        }
        assert_eq!(
            ENGLISH.figures(Stop::Data, &full),
            "60,000 training and 10,000 test images; 938 steps an epoch"
        );
        assert_eq!(
            ENGLISH.figures(Stop::Evaluation, &full),
            "validation accuracy 0.9904, loss 0.0286"
        );
        assert_eq!(ENGLISH.figures(Stop::Optimisation, &full), "lr = 0.001 at step 1,204");
    }
}
