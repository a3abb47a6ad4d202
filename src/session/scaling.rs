//! How fast several workers are together: a run of its own, trained for a while by one of them, by two, by four.

use super::{Clock, RunState, Until, Workers, measure::Job};
use crate::{
    data::DataSet,
    protocol::{Event, ScalingPoint},
    spec::{ModelSpec, TrainConfig},
    team::members,
    train::{TrainError, Trainer},
};

/// How long each number of workers trains, in milliseconds: first until everything is compiled, then measured.
const WARM_UP_MS: f64 = 800.0;
const MEASURED_MS: f64 = 1_500.0;

/// How long workers may take to start, in milliseconds, and through how many of the page's pings.
const START_MS: f64 = 15_000.0;
const START_PINGS: usize = 20;

/// A measurement of 1, 2, 4 and more workers.
pub(super) struct Scaling {
    run: super::Run,
    sizes: Vec<usize>,
    /// Which of the sizes is measured.
    at: usize,
    stage: Stage,
    /// Of the stage that is left to measure, from 1 to 0.
    left: f64,
    /// Members before.
    before: usize,
}

#[derive(Clone, Copy)]
enum Stage {
    /// The members are to be asked for.
    Asking,
    /// They start.
    Starting { since: Option<f64>, pings: usize },
    /// They train, since then.
    WarmingUp(f64),
    /// They train, since then and so many images.
    Measuring(f64, usize),
}

impl Scaling {
    pub(super) fn new(
        model: &ModelSpec,
        config: &TrainConfig,
        cores: usize,
        workers: &mut Workers,
    ) -> Result<Self, TrainError> {
        let mut run = super::Run::new(0, Trainer::new(model, config)?);
        (run.state, run.until) = (RunState::Training, Until::Finished);
        let most = match model.needs_whole_batches() {
            true => 1,
            false => members(cores.max(2)),
        };
        Ok(Self {
            run,
            sizes: (0..=most.ilog2()).map(|power| 1 << power).collect(),
            at: 0,
            stage: Stage::Asking,
            left: 1.0,
            before: workers.team.size(),
        })
    }

    fn size(&self) -> usize {
        self.sizes[self.at]
    }

    /// Trains a batch, or a part of it; how many images were trained.
    fn train(&mut self, data: &DataSet, workers: &mut Workers, clock: Clock) -> Result<usize, String> {
        // What is told of it is about the page's run.
        let told = workers.told;
        let events = self.run.train_batch(data, workers, clock);
        workers.told = told;
        self.run.evaluation = None;
        let mut images = 0;
        for event in events {
            match event {
                Event::Batch { report, .. } => images += report.images,
                Event::Failed(failure) => return Err(failure.message),
                _ => {}
            }
        }
        Ok(images)
    }

    /// Where the stage goes on to after a step of so many images, or what it measured.
    fn advance(&mut self, now: f64, trained: usize) -> Option<ScalingPoint> {
        match &mut self.stage {
            Stage::Asking | Stage::Starting { .. } => {}
            Stage::WarmingUp(since) => {
                if trained > 0 && now - *since >= WARM_UP_MS {
                    self.stage = Stage::Measuring(now, 0);
                }
            }
            Stage::Measuring(since, images) => {
                *images += trained;
                let (ms, images) = (now - *since, *images);
                self.left = (1.0 - ms / MEASURED_MS).max(0.0);
                if trained > 0 && ms >= MEASURED_MS {
                    return Some(ScalingPoint {
                        workers: self.size(),
                        images_per_second: images as f64 / ms * 1000.0,
                    });
                }
            }
        }
        None
    }
}

impl Job for Scaling {
    fn is_busy(&self, workers: &Workers) -> bool {
        match self.stage {
            Stage::Asking => true,
            Stage::Starting { .. } => workers.team.size() == self.size(),
            Stage::WarmingUp(_) | Stage::Measuring(..) => self.run.is_busy(&workers.inbox),
        }
    }

    fn turn(
        &mut self,
        data: &DataSet,
        workers: &mut Workers,
        clock: Clock,
        events: &mut Vec<Event>,
    ) -> Result<bool, String> {
        match self.stage {
            Stage::Asking => {
                if workers.team.resize(self.size()) {
                    self.run.go_alone(workers);
                }
                self.stage = Stage::Starting { since: None, pings: 0 };
            }
            Stage::Starting { .. } if workers.team.size() == self.size() => self.stage = Stage::WarmingUp(clock()),
            Stage::Starting { .. } => {}
            Stage::WarmingUp(_) | Stage::Measuring(..) => {
                let trained = self.train(data, workers, clock)?;
                if let Some(point) = self.advance(clock(), trained) {
                    events.push(Event::Scaling(point));
                    self.at += 1;
                    (self.stage, self.left) = (Stage::Asking, 1.0);
                }
            }
        }
        Ok(self.at == self.sizes.len())
    }

    fn share(&self) -> f32 {
        ((self.at as f64 + 1.0 - self.left) / self.sizes.len() as f64) as f32
    }

    fn waits_in_vain(&mut self, workers: &Workers, now: f64) -> bool {
        match &mut self.stage {
            Stage::Starting { since, pings } => {
                *pings += 1;
                now - *since.get_or_insert(now) > START_MS && *pings > START_PINGS
            }
            _ => self.run.waits_in_vain(&workers.inbox, now),
        }
    }

    fn clear_up(&mut self, workers: &mut Workers) {
        workers.team.resize(self.before);
        // Those that stay hear of the page's run when it goes on: they must not take this one's number for theirs.
        self.run.go_alone(workers);
    }
}
