//! Going on with a saved run, and with the run of a worker that has died.

use std::sync::Arc;

use leptos::prelude::*;

use super::Recovery;
use crate::{
    app::{
        browser::now,
        saved::{Notes, Saved},
        settings::Settings,
        state::{Lab, Latest, Notice, WorkerState},
        text::t,
    },
    protocol::{BatchReport, Command, RecoveryCommand, RunId, RunState},
};

/// A worker that has died so often without a step between is not started again by itself.
const DEATHS: usize = 3;

/// After so long a quiet, earlier deaths do not count.
const QUIET_MS: f64 = 30_000.0;

/// A run that the worker was asked to go on with.
#[derive(Clone)]
pub struct Resuming {
    run: RunId,
    saved: Arc<Saved>,
    train: bool,
    /// Whether it takes the place of a run, which stays if this one is refused; or the worker is new and has none.
    replaces: bool,
}

impl Recovery {
    /// The user wants another run than the one that the worker was asked to go on with.
    pub fn give_up_resuming(&self) {
        self.resuming.set_value(None);
    }

    /// The run that the worker was asked to go on with is not to be trained when it is there.
    pub fn stay_paused(&self) {
        self.resuming.update_value(|resuming| {
            if let Some(resuming) = resuming {
                resuming.train = false;
            }
        });
    }

    /// What the worker was asked to go on with as that run, once: it has answered.
    fn answered(&self, run: RunId) -> Option<Resuming> {
        let take = |resuming: &mut Option<Resuming>| resuming.take_if(|resuming| resuming.run == run);
        self.resuming.try_update_value(take).flatten()
    }
}

impl Lab {
    /// Has the worker go on with a saved run. The instructions stay those of this page.
    pub(super) fn go_on_with(&self, saved: Arc<Saved>, train: bool) {
        let here = self.settings.get_untracked();
        let settings = Settings {
            simd: here.simd,
            workers: here.workers,
            autostart: here.autostart,
            pretrained: here.pretrained,
            ..saved.notes.record.settings()
        };
        self.end_race();
        self.take_over(settings.clone());
        self.resume(settings, saved, train, true);
    }

    fn resume(&self, settings: Settings, saved: Arc<Saved>, train: bool, replaces: bool) {
        let run = self.next_run();
        self.requested.set_value((run, settings));
        self.dismiss("run");
        self.dismiss("settings");
        let checkpoint = saved.checkpoint.clone();
        self.recovery.resuming.set_value(Some(Resuming {
            run,
            saved,
            train,
            replaces,
        }));
        self.send(Command::Recovery(RecoveryCommand::Resume { run, checkpoint }));
    }

    /// The run is there: so is all that the page knew of it.
    pub(super) fn resumed(&self, run: RunId, last: BatchReport, elapsed: f64) {
        let Some(Resuming { saved, train, .. }) = self.recovery.answered(run) else {
            return;
        };
        let Notes { record, drawing } = &saved.notes;
        self.history.update_value(|history| {
            *history = record.history(history.keep());
            let made = self.in_force.with_untracked(|in_force| in_force.config.changes.clone());
            history.changes = made
                .into_iter()
                .filter(|change| change.global_step <= last.global_step)
                .collect();
        });
        self.history_version.update(|version| *version += 1);
        self.runs.own.set(Some(record.id));
        self.latest.set(Some(Latest {
            report: last,
            elapsed,
            rate: None,
        }));
        self.validation.set(record.validation);
        self.test.set(record.test);
        self.recovery.last.set_value(Some((run, saved.clone())));
        if untrack(|| self.is_blank()) && !drawing.strokes.is_empty() {
            self.drawing.set(drawing.clone());
        }
        self.look();
        if train {
            self.send(Command::Train);
        }
    }

    pub(super) fn resuming_refused(&self, run: RunId, reason: &str) {
        let Some(Resuming { saved, replaces, .. }) = self.recovery.answered(run) else {
            return;
        };
        self.tell_of_saving(t().recovery.unreadable(reason), None);
        match replaces {
            true => {
                let now = (self.run.get_untracked(), self.in_force.get_untracked());
                self.requested.set_value(now);
            }
            false => self.new_run(),
        }
        self.open_recovery(saved.at);
    }

    /// Puts another worker in the place of one that has died, with the run as it was saved last. False where that is of
    /// no use: the worker never listened, or it dies again and again.
    pub(in crate::app) fn replace_worker(&self, reason: &str) -> bool {
        let (deaths, since) = self.recovery.deaths.get_value();
        let deaths = if now() - since > QUIET_MS { 1 } else { deaths + 1 };
        self.recovery.deaths.set_value((deaths, now()));
        if deaths > DEATHS || !matches!(self.worker.get_untracked(), WorkerState::Ready(_)) {
            return false;
        }
        let (state, run) = (self.state.get_untracked(), self.run.get_untracked());
        // One that dies before it has answered is asked for the same again.
        let unanswered = self.recovery.resuming.get_value();
        let train = match &unanswered {
            Some(resuming) => resuming.train,
            None => matches!(state, RunState::Training | RunState::Loading),
        };
        let kept = self
            .recovery
            .last
            .get_value()
            .filter(|(of, _)| *of == run)
            .map(|(_, saved)| saved);
        let saved = unanswered.map(|resuming| resuming.saved).or(kept);
        let started = untrack(|| self.has_started());
        let in_force = self.in_force.get_untracked();
        self.end_race();
        self.renew_worker();
        if train {
            self.recovery.under_way.set(true);
            self.has_no_speed();
        }
        let step = saved.as_ref().map_or(0, |saved| saved.notes.record.steps);
        match saved {
            Some(saved) => self.resume(in_force, saved, train, false),
            None if started => {
                self.new_run_of(in_force);
                if train {
                    self.send(Command::Train);
                }
            }
            None => self.new_run(),
        }
        self.load_data();
        self.look();
        self.notify(Notice {
            topic: "recovered",
            message: match started {
                true => t().recovery.recovered(reason, step),
                false => t().recovery.replaced(reason),
            },
            remedy: None,
        });
        true
    }
}
