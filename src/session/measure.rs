//! Measurements on request: one at a time, turn by turn, never while the run trains, and never on the run itself.

use super::{Clock, Session, Workers, failed, gradients::Gradients, profile::Profiling, scaling::Scaling};
use crate::{
    data::DataSet,
    protocol::{Event, FailureKind, Measurement, RunState},
    train,
};

/// A measurement under way.
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

    /// Leaves everything as it was before.
    fn clear_up(&mut self, _: &mut Workers) {}
}

impl Session {
    pub(super) fn can_measure(&self) -> bool {
        self.measurement.as_ref().is_some_and(|job| job.is_busy(&self.workers))
    }

    /// Begins a measurement, in place of the one under way.
    pub(super) fn measure(&mut self, what: Measurement) -> Vec<Event> {
        let mut events = self.stop_measuring();
        match self.job(what) {
            Ok(job) => {
                self.measurement = Some(job);
                events.push(Event::Measuring { share: 0.0 });
            }
            Err(message) => events.extend([Event::MeasurementEnded, failed(FailureKind::Request, message)]),
        }
        events
    }

    fn job(&mut self, what: Measurement) -> Result<Box<dyn Job>, String> {
        let loading = "Nothing can be measured yet: the data are still loading.";
        let run = self.run.as_mut().ok_or(loading)?;
        let data = &*run.data.clone().ok_or(loading)?;
        if matches!(run.state, RunState::Training | RunState::Loading) {
            return Err("The machine cannot be measured while it trains. Pause first.".into());
        }
        let model = run.trainer.model();
        let checked = train::check_images(model, &data.train).and(train::check_images(model, &data.test));
        checked.map_err(|error| format!("The images cannot be used to measure: {error}"))?;
        Ok(match what {
            Measurement::Profile => Box::new(Profiling::new(&run.trainer, data)),
            Measurement::Gradients => Box::new(Gradients::new(model, data)),
            Measurement::Scaling { cores } => {
                // The others are to train something else: a step under way is begun again after it.
                run.go_alone(&mut self.workers);
                let (model, config) = (model_of(run), run.trainer.config().clone());
                let job = Scaling::new(&model, &config, cores, &mut self.workers);
                Box::new(job.map_err(|error| error.to_string())?)
            }
        })
    }

    /// One turn of the measurement under way.
    pub(super) fn go_on_measuring(&mut self) -> Vec<Event> {
        let data = self.run.as_ref().and_then(|run| run.data.clone());
        let (Some(data), Some(job)) = (data, &mut self.measurement) else {
            return vec![];
        };
        let mut events = vec![];
        match job.turn(&data, &mut self.workers, self.clock, &mut events) {
            Ok(false) => events.push(Event::Measuring { share: job.share() }),
            Ok(true) => events.extend(self.stop_measuring()),
            Err(message) => {
                events.extend(self.stop_measuring());
                events.push(failed(FailureKind::Request, message));
            }
        }
        events
    }

    /// Ends the measurement under way, if there is one.
    pub(super) fn stop_measuring(&mut self) -> Vec<Event> {
        let Some(mut job) = self.measurement.take() else {
            return vec![];
        };
        job.clear_up(&mut self.workers);
        vec![Event::MeasurementEnded]
    }

    /// At every ping.
    pub(super) fn check_measurement(&mut self, now: f64) -> Vec<Event> {
        let job = self.measurement.as_mut();
        if !job.is_some_and(|job| job.waits_in_vain(&self.workers, now)) {
            return vec![];
        }
        let mut events = self.stop_measuring();
        let message = "The workers do not answer. The measurement was stopped; your run is as it was.";
        events.push(failed(FailureKind::Request, message.into()));
        events
    }
}

fn model_of(run: &super::Run) -> crate::spec::ModelSpec {
    run.trainer.model().spec().clone()
}
