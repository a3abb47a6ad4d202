//! How fast a run is lately.

use std::collections::VecDeque;

use crate::protocol::BatchReport;

/// The seconds over which speed is averaged.
const WINDOW: f64 = 4.0;

/// Speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Images a second.
    pub images: f64,
    /// Steps a second.
    pub steps: f64,
    /// Share of the time in which a worker waits for the others, 0 to 1.
    pub waiting: f64,
}

/// Where the run was at a time.
#[derive(Debug, Clone, Copy)]
struct Moment {
    elapsed: f64,
    waited: f64,
    images: usize,
    step: usize,
}

/// The last seconds of a run.
#[derive(Debug, Clone, Default)]
pub struct Speed {
    recent: VecDeque<Moment>,
    images: usize,
}

impl Speed {
    /// Adds a batch. `elapsed` is the training time so far, in seconds, and `waited` what of it went by without work.
    pub fn push(&mut self, report: &BatchReport, elapsed: f64, waited: f64) {
        self.images += report.images;
        self.recent.push_back(Moment {
            elapsed,
            waited,
            images: self.images,
            step: report.global_step,
        });
        while self.recent.len() > 2 && elapsed - self.recent[0].elapsed > WINDOW {
            self.recent.pop_front();
        }
    }

    /// Images and steps a second lately; none before there is something to measure.
    pub fn rate(&self) -> Option<Rate> {
        let (first, last) = (self.recent.front()?, self.recent.back()?);
        let seconds = last.elapsed - first.elapsed;
        (seconds > 0.0).then(|| Rate {
            images: (last.images - first.images) as f64 / seconds,
            steps: (last.step - first.step) as f64 / seconds,
            waiting: (last.waited - first.waited) / seconds,
        })
    }
}
