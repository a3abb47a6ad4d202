//! What the page knows about the engine: how fast it is, and what was measured on request.

use leptos::prelude::*;

use super::{
    browser::{cores, memory_bytes},
    state::{DataState, Lab, Latest},
};
use crate::protocol::{Command, Event, GradientError, Measurement, Profile, ScalingPoint};

/// Figures of the engine, as signals.
#[derive(Default, Clone, Copy)]
pub struct Engine {
    /// The measurement under way, and how much of it is done, from 0 to 1.
    pub measuring: RwSignal<Option<(Measurement, f32)>>,
    /// The most that a core of this machine can do, in 10^9 operations a second.
    pub peak: RwSignal<Option<f64>>,
    /// Where the time of a step goes.
    pub profile: RwSignal<Option<Profile>>,
    /// How fast several workers are.
    pub scaling: RwSignal<Vec<ScalingPoint>>,
    /// How right the gradients are.
    pub gradients: RwSignal<Vec<GradientError>>,
    /// Bytes of every worker's memory, and of the page's at that time.
    pub memory: RwSignal<Option<(Vec<u64>, u64)>>,
}

impl Engine {
    /// What the worker tells of a measurement.
    pub fn take_in(&self, event: Event) {
        match event {
            Event::Measuring { share } => self.measuring.update(|measuring| {
                if let Some((_, done)) = measuring {
                    *done = share;
                }
            }),
            Event::Profile(profile) => {
                self.peak.set(Some(profile.peak_gflops));
                self.profile.set(Some(*profile));
            }
            Event::Scaling(point) => self.scaling.update(|points| points.push(point)),
            Event::Gradients(errors) => self.gradients.set(errors),
            Event::MeasurementEnded => self.measuring.set(None),
            Event::Memory { bytes } => self.memory.set(Some((bytes, memory_bytes()))),
            _ => {}
        }
    }

    /// Forgets what was measured on a model that is no more.
    pub fn forget_model(&self) {
        self.profile.set(None);
        self.scaling.set(vec![]);
        self.gradients.set(vec![]);
    }
}

impl Lab {
    /// Begins a measurement, or stops it if it is under way.
    pub fn measure_or_stop(&self, what: Measurement) {
        let engine = self.engine;
        if engine.measuring.with_untracked(Option::is_some) {
            return self.send(Command::StopMeasuring);
        }
        engine.measuring.set(Some((what, 0.0)));
        if matches!(what, Measurement::Scaling { .. }) {
            engine.scaling.set(vec![]);
        }
        if what == Measurement::Robustness {
            self.study.robustness.set(vec![]);
        }
        self.send(Command::Measure(what));
    }

    /// The measurement of 1 worker to one a core.
    pub fn scaling(&self) -> Measurement {
        Measurement::Scaling { cores: cores() }
    }

    /// True when there is something to measure with, and the machine is free where that counts.
    pub fn can_measure(&self, what: Measurement) -> bool {
        let has_data = self.data.with(|data| matches!(data, DataState::Ready(..)));
        let is_free = || !self.is_training() && self.evaluation.with(Option::is_none);
        self.is_ready() && has_data && (what.goes_beside_training() || is_free())
    }

    /// Operations a second of a plain dense computation of the run's model, in 10^9, at the latest speed.
    pub fn gflops(&self) -> Option<f64> {
        let rate = self
            .latest
            .with(|latest| latest.as_ref().and_then(|latest: &Latest| latest.rate))?;
        let flops = self.in_force.with(|settings| settings.model.training_flops()).ok()?;
        Some(rate.images * flops as f64 / 1e9)
    }

    /// [`Self::gflops`] as a share of what the cores of all workers can do.
    pub fn peak_share(&self) -> Option<f64> {
        let all = self.engine.peak.get()? * self.workers.get() as f64;
        Some(self.gflops()? / all).filter(|share| share.is_finite())
    }
}
