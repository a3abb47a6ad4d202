//! What the worker tells, and what the page makes of it.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;

use super::{
    browser::{cores, now},
    client::Heard,
    settings::Simd,
    state::{DataState, Lab, Latest, Notice, Remedy, WorkerState},
    text::t,
};
use crate::protocol::{BatchReport, Event, Failure, FailureKind, LayerSummary, RunId, RunState, SimdTier};

/// How the page shows how a run goes: what it takes for that is taken from those who train.
struct Pace {
    /// The share of a core for it.
    share: f64,
    /// How often, at most and at least, the figures and curves change, in milliseconds between.
    every_ms: [f64; 2],
}

/// Where a core has nothing else to do.
const LIVELY: Pace = Pace {
    share: 1.0 / 64.0,
    every_ms: [33.0, 500.0],
};

/// Where all cores train: whatever stops one worker stops all, as each needs the others' sums.
const SPARING: Pace = Pace {
    share: 1.0 / 128.0,
    every_ms: [33.0, 1_000.0],
};

impl Lab {
    /// Takes in what the client heard.
    pub fn hear(&self, heard: Heard) {
        match heard {
            Heard::Event(event) => self.take_in(event),
            Heard::Slow => self.tell_of_worker(t().worker_slow.into(), Remedy::RestartWorker),
            Heard::Ended(reason) => self.worker_ended(&reason),
            Heard::Silent => self.worker_ended(t().recovery.silent),
            Heard::OtherBuild => {
                self.forget_worker();
                self.tell_of_worker(t().other_build.into(), Remedy::Reload);
            }
        }
    }

    fn worker_ended(&self, reason: &str) {
        let replaced = self.replace_worker(reason);
        self.forget_answers();
        if !replaced {
            // The one that had taken the place of another is gone, too.
            self.dismiss("recovered");
            self.forget_worker();
            self.tell_of_worker(t().worker_failed(reason), Remedy::RestartWorker);
        }
    }

    /// Nothing more comes of the worker's run.
    fn forget_worker(&self) {
        self.worker.set(WorkerState::Stopped);
        self.workers.set(0);
        self.state.set(RunState::Failed);
        self.recovery.is_over();
        self.keep_run();
        self.end_race();
        self.forget_answers();
    }

    /// What the worker was asked for does not come any more.
    fn forget_answers(&self) {
        self.evaluation.set(None);
        self.importing.set(None);
        self.model_file.reading.set(false);
        self.engine.measuring.set(None);
        self.engine.memory.set(None);
        self.unanswered();
        self.explained();
    }

    fn tell_of_worker(&self, message: String, remedy: Remedy) {
        self.notify(Notice {
            topic: "worker",
            message,
            remedy: Some(remedy),
        });
    }

    fn take_in(&self, event: Event) {
        let current = self.run.get_untracked();
        match event {
            Event::Ready { simd_tier, .. } => self.worker_ready(simd_tier),
            Event::PretrainedReady => {
                self.pretrained.set(true);
                self.look();
            }
            Event::DataProgress { .. }
            | Event::DataReady(_)
            | Event::DataAwaited
            | Event::Importing { .. }
            | Event::ImportEnded => self.take_in_data(event),
            Event::Images(page) => self.images.take_in(*page),
            Event::RunReset {
                run,
                layers,
                weights_hash,
            } => self.run_reset(run, layers, weights_hash),
            Event::State { run, state } if run == current => self.state_changed(state),
            Event::Batch {
                run,
                report,
                elapsed_seconds,
                waited_seconds,
            } if run == current => self.batch(report, elapsed_seconds, waited_seconds),
            Event::Epoch {
                run,
                report,
                weights_hash,
            } if run == current => {
                self.flush();
                // One that the user has asked for says so again with its next images.
                self.evaluation.set(None);
                self.history.update_value(|history| history.epochs.push(report));
                self.history_version.update(|version| *version += 1);
                self.validation.set(Some(report.validation));
                self.weights_hash.set(Some(weights_hash));
                self.coach();
                self.save_soon();
            }
            Event::Fingerprint { run, weights_hash } if run == current => {
                self.weights_hash.set(Some(weights_hash));
                self.keep_run();
                self.save_soon();
            }
            Event::Changed { run, change } if run == current => {
                self.history.update_value(|history| history.changes.push(change));
                self.in_force.update(|settings| {
                    // Those that the settings had already are only told.
                    let changed = settings.config.changed(change.global_step, change.change);
                    if let (false, Ok(config)) = (settings.config.changes.contains(&change), changed) {
                        settings.config = config;
                    }
                });
                self.save_soon();
            }
            Event::EarlyStopping {
                run,
                stopped,
                best_epoch,
                restored,
                weights_hash,
            } if run == current => {
                let ending = t().recipe.stopped_early(stopped, best_epoch + 1, restored);
                self.ending.set(Some(ending));
                self.weights_hash.set(Some(weights_hash));
            }
            Event::Augmented { request, images } => self.preview.answered(request, images),
            Event::EvaluationProgress { run, done, total } if run == current => {
                self.evaluation.set(Some((done, total)));
            }
            Event::Evaluated { run, metrics } if run == current => {
                self.evaluation.set(None);
                self.test.set(Some(metrics));
            }
            Event::Inside(event) => self.take_in_inside(event),
            Event::Hand(event) => self.take_in_hand(event),
            Event::Prediction(prediction) => {
                // At once: at most one question is under way, and a pen's events come once a frame.
                if self.answered(&prediction) {
                    self.prediction.set(Some(Arc::new(*prediction)));
                }
                self.ask();
            }
            Event::File(event) => self.take_in_file(event),
            Event::Workers { count } => self.workers.set(count),
            Event::Recovery(event) => self.take_in_recovery(event),
            Event::Measuring { .. }
            | Event::Profile(_)
            | Event::Scaling(_)
            | Event::Gradients(_)
            | Event::Memory { .. } => self.engine.take_in(event),
            Event::MeasurementEnded => {
                // What the run did beside it is to be seen with its end.
                self.flush();
                self.engine.take_in(event);
            }
            Event::Study(event) => self.take_in_study(event),
            Event::Failed(failure) => self.failed(failure),
            // Signs of life, and what a run tells that is over.
            Event::Pong { .. }
            | Event::State { .. }
            | Event::Batch { .. }
            | Event::Epoch { .. }
            | Event::Changed { .. }
            | Event::EarlyStopping { .. }
            | Event::Fingerprint { .. }
            | Event::EvaluationProgress { .. }
            | Event::Evaluated { .. } => {}
        }
    }

    fn worker_ready(&self, tier: SimdTier) {
        self.worker.set(WorkerState::Ready(tier));
        self.workers.set(1);
        self.dismiss("worker");
        let wanted = self.settings.with_untracked(|settings| settings.simd);
        if wanted != Simd::Auto && wanted.id() != tier.id() {
            self.notify(Notice {
                topic: "simd",
                message: t().other_tier(wanted.id(), tier.id()),
                remedy: None,
            });
        }
    }

    fn run_reset(&self, run: RunId, layers: Vec<LayerSummary>, weights_hash: String) {
        self.keep_run();
        self.runs.own.set(None);
        self.coach_anew();
        let (requested, settings) = self.requested.get_value();
        if run == requested {
            self.in_force.set(settings);
        }
        self.run.set(run);
        self.state.set(RunState::Idle);
        if self.layers.with_untracked(|old| *old != layers) {
            self.engine.forget_model();
        }
        self.layers.set(layers);
        self.weights_hash.set(Some(weights_hash));
        self.pending.update_value(|pending| pending.batch = None);
        self.latest.set(None);
        self.ending.set(None);
        self.validation.set(None);
        self.test.set(None);
        self.study.forget();
        self.evaluation.set(None);
        self.history.update_value(|history| history.clear());
        self.history_version.update(|version| *version += 1);
        self.curves.zoom.set(None);
        self.curves.cursor.set(None);
        self.follow();
        self.look();
    }

    fn state_changed(&self, state: RunState) {
        self.flush();
        self.state.set(state);
        if matches!(state, RunState::Paused | RunState::Finished | RunState::Failed) {
            self.recovery.has_stopped();
        }
        if state == RunState::Failed {
            self.evaluation.set(None);
        }
        self.look();
        self.coach();
        if state == RunState::Finished {
            self.keep_run();
            self.save_now();
        }
        self.finish_race();
    }

    /// Nobody trains for now.
    pub(super) fn has_no_speed(&self) {
        self.flush();
        self.latest.update(|latest| {
            if let Some(latest) = latest {
                latest.rate = None;
            }
        });
    }

    fn batch(&self, report: BatchReport, elapsed: f64, waited: f64) {
        self.recovery.is_well();
        self.history
            .update_value(|history| history.push(&report, elapsed, waited));
        self.pending
            .update_value(|pending| pending.batch = Some((report, elapsed)));
        self.schedule_figures();
    }

    fn failed(&self, failure: Failure) {
        let Failure { kind, message } = failure;
        let (topic, remedy) = match kind {
            FailureKind::Data => ("data", Some(Remedy::RetryData)),
            FailureKind::Import => ("import", None),
            FailureKind::Pretrained => ("pretrained", None),
            FailureKind::Settings => ("settings", self.weights_remedy()),
            FailureKind::Run => {
                self.coach_not_finite();
                ("run", None)
            }
            FailureKind::Request => ("request", None),
            FailureKind::Replica => ("replica", None),
            // The client keeps this one and ends the worker.
            FailureKind::Worker => ("worker", Some(Remedy::RestartWorker)),
        };
        if kind == FailureKind::Settings {
            self.refused.set_value(self.requested.with_value(|(run, _)| *run));
        }
        if kind == FailureKind::Data {
            self.data.set(DataState::Failed(message.clone()));
        }
        if kind == FailureKind::Request {
            self.evaluation.set(None);
            self.unanswered();
            self.hand.learning.set(None);
            self.explained();
        }
        self.notify(Notice { topic, message, remedy });
    }

    /// Changes the page by and by: the figures of a run change faster than anyone reads them, and every frame of the page
    /// takes from the cores that train.
    pub(super) fn schedule_figures(&self) {
        let lab = *self;
        let pace = self.pace();
        let wait = self.pending.try_update_value(|pending| {
            let [shortest, longest] = pace.every_ms;
            let every = (pending.frame_ms / pace.share).clamp(shortest, longest);
            let wait = pending.figures_at + every - now();
            (!std::mem::replace(&mut pending.figures_wait, true)).then_some(wait.max(0.0))
        });
        if let Some(wait) = wait.flatten() {
            let show = move || {
                lab.pending.update_value(|pending| pending.figures_wait = false);
                lab.schedule();
            };
            set_timeout(show, Duration::from_millis(wait as u64));
        }
    }

    fn pace(&self) -> Pace {
        let sides = if untrack(|| self.race.is_on()) { 2 } else { 1 };
        match sides * self.workers.get_untracked() < cores() {
            true => LIVELY,
            false => SPARING,
        }
    }

    /// Measures how long the page takes from here until the frame is painted.
    fn time_frame(&self) {
        let (lab, start) = (*self, now());
        self.pending.update_value(|pending| pending.figures_at = start);
        // A timer's turn comes after the painting.
        let painted = move || {
            let took = now() - start;
            lab.pending
                .update_value(|pending| pending.frame_ms += (took - pending.frame_ms) / 4.0);
        };
        set_timeout(painted, Duration::ZERO);
    }

    /// Changes the page in the next frame, once for all that comes until then.
    fn schedule(&self) {
        let lab = *self;
        let first = self
            .pending
            .try_update_value(|pending| !std::mem::replace(&mut pending.scheduled, true));
        if first == Some(true) {
            request_animation_frame(move || {
                lab.pending.update_value(|pending| pending.scheduled = false);
                lab.flush();
            });
        }
    }

    fn flush(&self) {
        let taken = self
            .pending
            .try_update_value(|pending| (pending.batch.take(), pending.moments.take()));
        let Some((batch, moments)) = taken else { return };
        self.show_rival();
        if let Some(moments) = moments {
            self.inside.moments.set(moments);
        }
        if let Some((report, elapsed)) = batch {
            self.time_frame();
            let rate = self.history.with_value(|history| history.rate());
            self.latest.set(Some(Latest { report, elapsed, rate }));
            self.history_version.update(|version| *version += 1);
            self.coach_by_and_by();
            if self.runs.own.with_untracked(Option::is_none) {
                self.keep_run();
            }
        }
    }
}
