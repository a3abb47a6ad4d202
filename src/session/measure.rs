//! Measurements on request: one at a time, turn by turn, and never on the run itself. What measures the machine never goes on
//! while the run trains; what looks at a copy of the weights does, a turn a step.

use super::{
    Clock, Session, Workers, failed,
    gradients::Gradients,
    predict::NO_MODEL,
    profile::Profiling,
    scaling::Scaling,
    study::{Index, Indexing, Points, Recount, Robustness},
};
use crate::{
    data::{DataSet, ImageSet},
    nn::Sequential,
    protocol::{Answering, Event, FailureKind, Measurement, RunState},
    spec::DataSource,
    train::{self, Trainer},
};

/// A measurement under way.
pub(super) struct UnderWay {
    what: Measurement,
    job: Box<dyn Job>,
}

/// What is done in a measurement.
pub(super) trait Job {
    /// Whether [`Self::turn`] has something to do.
    fn is_busy(&self, _: &Workers) -> bool {
        true
    }

    /// Does one bounded piece of the work; whether that was the last one.
    ///
    /// # Errors
    /// Why it cannot be done, for the user.
    fn turn(
        &mut self,
        data: &DataSet,
        workers: &mut Workers,
        clock: Clock,
        events: &mut Vec<Event>,
    ) -> Result<bool, String>;

    /// How much of it is done, from 0 to 1.
    fn share(&self) -> f32;

    /// At every ping: whether it waits for something that does not come.
    fn waits_in_vain(&mut self, _: &Workers, _now: f64) -> bool {
        false
    }

    /// The training images that it has looked at, to be kept when it is over.
    fn index(&mut self) -> Option<Index> {
        None
    }

    /// Leaves everything as it was before.
    fn clear_up(&mut self, _: &mut Workers) {}
}

impl Session {
    /// Whether there is a turn to do: while the run trains, after each of its ticks.
    pub(super) fn can_measure(&self, run_ticked: bool) -> bool {
        let trains = self.run.as_ref().is_some_and(|run| run.state == RunState::Training);
        self.measurement.as_ref().is_some_and(|measurement| {
            let in_turn = match measurement.what.goes_beside_training() {
                true => run_ticked || !trains,
                false => !run_ticked,
            };
            in_turn && measurement.job.is_busy(&self.workers)
        })
    }

    /// Begins a measurement, in place of the one under way.
    pub(super) fn measure(&mut self, what: Measurement) -> Vec<Event> {
        let mut events = self.stop_measuring();
        match self.job(what) {
            Ok(job) => {
                self.measurement = Some(UnderWay { what, job });
                events.push(Event::Measuring { share: 0.0 });
            }
            Err(message) => events.extend([Event::MeasurementEnded, failed(FailureKind::Request, message)]),
        }
        events
    }

    fn job(&mut self, what: Measurement) -> Result<Box<dyn Job>, String> {
        let loading = "Nothing can be measured yet: the data are still loading.";
        let run = self.run.as_ref().ok_or(loading)?;
        let data = run.data.clone().ok_or(loading)?;
        let trains = matches!(run.state, RunState::Training | RunState::Loading);
        if trains && !what.goes_beside_training() {
            return Err("The machine cannot be measured while it trains. Pause first.".into());
        }
        Ok(match what {
            Measurement::Answers => Box::new(Recount::new(self.judged(&data.test)?)),
            Measurement::Robustness => Box::new(Robustness::new(self.judged(&data.test)?)),
            Measurement::Points => Box::new(Points::new(self.answerer(&data.test)?)),
            Measurement::Neighbours => Box::new(Indexing::new(self.answerer(&data.train)?, &data)),
            Measurement::Ascent(goal) => self.ascent(goal)?,
            Measurement::Profile => Box::new(Profiling::new(self.trainer_on(&data)?, &data)),
            Measurement::Gradients => Box::new(Gradients::new(self.trainer_on(&data)?.model(), &data)),
            Measurement::Scaling { cores } => {
                let trainer = self.trainer_on(&data)?;
                let (model, config) = (trainer.model().spec().clone(), trainer.config().clone());
                // The others are to train something else: a step under way is begun again after it.
                if let Some(run) = &mut self.run {
                    run.go_alone(&mut self.workers);
                }
                let job = Scaling::new(&model, &config, cores, &mut self.workers);
                Box::new(job.map_err(|error| error.to_string())?)
            }
        })
    }

    /// The run's trainer, whose model can look at all images of the data set.
    fn trainer_on(&self, data: &DataSet) -> Result<&Trainer, String> {
        let trainer = &self.run.as_ref().ok_or(NO_MODEL)?.trainer;
        fits(trainer.model(), &data.train).and(fits(trainer.model(), &data.test))?;
        Ok(trainer)
    }

    /// A copy of the model that answers, which can look at those images, and which it is.
    fn answerer(&mut self, images: &ImageSet) -> Result<(Sequential, Answering), String> {
        let (model, answering) = self.answering().ok_or(NO_MODEL)?;
        fits(model, images)?;
        Ok((model.converted(), answering))
    }

    /// [`Self::answerer`], where what it answers can be right or wrong: the shipped model knows digits alone.
    fn judged(&mut self, images: &ImageSet) -> Result<(Sequential, Answering), String> {
        let source = self.run.as_ref().map(|run| run.trainer.config().data.source);
        if self.base() == Some(Answering::Pretrained) && source != Some(DataSource::Mnist) {
            return Err(
                "The shipped model reads digits: it can be measured on MNIST only. Train a model of your own.".into(),
            );
        }
        self.answerer(images)
    }

    /// One turn of the measurement under way.
    pub(super) fn go_on_measuring(&mut self) -> Vec<Event> {
        let data = self.run.as_ref().and_then(|run| run.data.clone());
        let (Some(data), Some(UnderWay { job, .. })) = (data, &mut self.measurement) else {
            return vec![];
        };
        let mut events = vec![];
        match job.turn(&data, &mut self.workers, self.clock, &mut events) {
            Ok(false) => events.push(Event::Measuring { share: job.share() }),
            Ok(true) => {
                self.study.keep(job.index());
                events.extend(self.stop_measuring());
            }
            Err(message) => {
                events.extend(self.stop_measuring());
                events.push(failed(FailureKind::Request, message));
            }
        }
        events
    }

    /// Ends the measurement under way, if it needs the machine for itself.
    pub(super) fn free_the_machine(&mut self) -> Vec<Event> {
        match &self.measurement {
            Some(measurement) if !measurement.what.goes_beside_training() => self.stop_measuring(),
            _ => vec![],
        }
    }

    /// Ends the measurement under way, if there is one.
    pub(super) fn stop_measuring(&mut self) -> Vec<Event> {
        let Some(UnderWay { mut job, .. }) = self.measurement.take() else {
            return vec![];
        };
        job.clear_up(&mut self.workers);
        vec![Event::MeasurementEnded]
    }

    /// At every ping.
    pub(super) fn check_measurement(&mut self, now: f64) -> Vec<Event> {
        let measurement = self.measurement.as_mut();
        if !measurement.is_some_and(|measurement| measurement.job.waits_in_vain(&self.workers, now)) {
            return vec![];
        }
        let mut events = self.stop_measuring();
        let message = "The workers do not answer. The measurement was stopped; your run is as it was.";
        events.push(failed(FailureKind::Request, message.into()));
        events
    }
}

fn fits(model: &Sequential, images: &ImageSet) -> Result<(), String> {
    train::check_images(model, images).map_err(|error| format!("The images cannot be used to measure: {error}"))
}
