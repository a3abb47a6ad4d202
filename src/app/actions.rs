//! What the user can do.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{
    browser::cores,
    components::setting_id,
    settings::Settings,
    state::{Lab, Notice, Place, Remedy, Source, WorkerState},
    text::t,
};
use crate::{
    protocol::{Command, Drawing, RunState},
    spec::Change,
};

impl Lab {
    /// To the worker.
    pub fn send(&self, command: Command) {
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.send(command);
            }
        });
    }

    /// Trains or pauses, whichever the run does not; a run that is over gives way to a new one.
    pub fn train_or_pause(&self) {
        match self.state.get_untracked() {
            RunState::Training | RunState::Loading => {
                self.recovery.stay_paused();
                return self.send_both(Command::Pause);
            }
            RunState::Paused => {}
            _ if self.is_blocked() => return self.show_complaint(),
            RunState::Idle => self.reset_if_untouched(),
            RunState::Finished | RunState::Failed => self.new_run(),
        }
        self.send_both(Command::Train);
    }

    /// One mini-batch, unless the run is over.
    pub fn step(&self) {
        self.go(Command::Step);
    }

    /// What is left of the epoch, unless the run is over.
    pub fn step_epoch(&self) {
        self.go(Command::StepEpoch);
    }

    fn go(&self, step: Command) {
        if untrack(|| self.is_over()) {
            return;
        }
        if self.is_blocked() && untrack(|| !self.has_started()) {
            return self.show_complaint();
        }
        self.reset_if_untouched();
        self.send(step);
    }

    pub(super) fn is_blocked(&self) -> bool {
        untrack(|| self.blocked()).is_some()
    }

    /// Takes the user to the layer that does not fit or the field whose text cannot be used.
    pub(super) fn show_complaint(&self) {
        if self.builder.problem.with_untracked(Option::is_some) {
            return self.show_problem();
        }
        let name = self
            .complaints
            .with_untracked(|complaints| complaints.first().map(|(name, _)| *name));
        let field = name.and_then(|name| document().get_element_by_id(&setting_id(name)));
        let Some(field) = field else { return };
        self.place.set(Place::Train);
        if let Ok(Some(group)) = field.closest("details") {
            let _ = group.set_attribute("open", "");
        }
        if let Some(field) = field.dyn_ref::<web_sys::HtmlElement>() {
            let _ = field.focus();
        }
    }

    /// Remembers why a field's text cannot be used, or that it can.
    pub fn complain(&self, name: &'static str, why: Option<String>) {
        let known = untrack(|| self.complaint(name));
        if known == why {
            return;
        }
        self.complaints.update(|complaints| {
            complaints.retain(|(of, _)| *of != name);
            complaints.extend(why.map(|why| (name, why)));
        });
    }

    /// Changes a setting of the run from its next step on.
    pub fn apply(&self, change: Change) {
        self.send(Command::Change(change));
    }

    /// New weights, with the settings as edited.
    pub fn reset(&self) {
        match self.is_blocked() {
            true => self.show_complaint(),
            false => self.new_run(),
        }
    }

    pub(super) fn new_run(&self) {
        self.end_race();
        self.recovery.is_over();
        self.new_run_of(self.settings.get_untracked());
    }

    pub(super) fn new_run_of(&self, settings: Settings) {
        let (run, model, config) = (self.next_run(), settings.model.clone(), settings.config.clone());
        self.requested.set_value((run, settings));
        self.recovery.give_up_resuming();
        self.dismiss("run");
        self.dismiss("settings");
        self.send(Command::Reset { run, model, config });
    }

    /// Measures the run's model on the test images.
    pub fn evaluate(&self) {
        self.send(Command::Evaluate);
    }

    /// Changes a setting; the run follows at once while it has not started.
    ///
    /// # Errors
    /// As [`super::settings::Settings::set`].
    pub fn set(&self, name: &str, value: &str) -> Result<(), String> {
        let mut settings = self.settings.get_untracked();
        settings.set(name, value)?;
        self.adopt(settings);
        Ok(())
    }

    /// Takes edited settings over, but for what an assignment holds.
    pub fn adopt(&self, settings: Settings) {
        let held = self.settings.with_untracked(|old| settings.held(old));
        self.take_over(held);
    }

    /// Takes settings over, whoever made them: the link, the model's editor, the workers and an untouched run follow.
    pub(super) fn take_over(&self, settings: Settings) {
        let old = self.settings.get_untracked();
        self.settings.set(settings.clone());
        self.write_link();
        if settings.model != old.model {
            self.builder.show(&settings.model);
        }
        if settings.workers != old.workers {
            self.ask_for_workers();
        }
        if settings.config.data.source != old.config.data.source {
            if self.importing.with_untracked(Option::is_some) {
                self.stop_import();
            }
            self.load_data();
        }
        self.follow();
    }

    /// Takes over what the address says now. The run under way stays; other instructions need another worker, and
    /// whether the shipped model is to answer is asked once, when the page opens: a reload brings both.
    pub fn take_link(&self) {
        let (settings, problems) = Settings::parse(&window().location().hash().unwrap_or_default());
        let old = self.settings.get_untracked();
        self.dismiss("link");
        self.report_link(&problems);
        if settings.simd != old.simd {
            self.notify(Notice {
                topic: "simd",
                message: t().other_simd(settings.simd.id()),
                remedy: Some(Remedy::Reload),
            });
        }
        let starts = settings.autostart && untrack(|| !self.has_started());
        self.builder.show(&settings.model);
        self.take_over(settings);
        if starts {
            self.train_or_pause();
        }
    }

    /// The next run is to be this one again, with the changes that were made while it ran: the link says so too.
    pub fn repeat_changes(&self) {
        let config = self.in_force.with_untracked(|in_force| in_force.config.clone());
        self.settings.update(|settings| settings.config = config);
        self.write_link();
    }

    /// As many workers as the settings say; without a word of theirs, one a core.
    pub(super) fn ask_for_workers(&self) {
        let asked = self.settings.with_untracked(|settings| settings.workers);
        let count = asked.unwrap_or_else(cores);
        self.send(Command::Workers { count });
    }

    /// The address follows the settings, without a new entry in the browser's history.
    pub(super) fn write_link(&self) {
        let hash = self.settings.with_untracked(|settings| settings.to_hash());
        let location = window().location();
        let path = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
        let address = if hash.is_empty() {
            path
        } else {
            format!("{path}#{hash}")
        };
        if let Ok(history) = window().history() {
            // Refused only when called very often; the next change writes it again.
            let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&address));
        }
    }

    /// Says what of the address could not be used.
    pub fn report_link(&self, problems: &[String]) {
        if !problems.is_empty() {
            self.notify(Notice {
                topic: "link",
                message: t().bad_link(&problems.join(" ")),
                remedy: None,
            });
        }
    }

    /// Puts the address on the clipboard; `done` is told whether that worked.
    pub fn copy_link(&self, done: impl Fn(bool) + 'static) {
        let address = window().location().href().unwrap_or_default();
        self.copy(&address, t().copy_failed, done);
    }

    /// Puts a text on the clipboard; `done` is told whether that worked, and the user `failure` if not.
    pub fn copy(&self, text: &str, failure: &'static str, done: impl Fn(bool) + 'static) {
        let lab = *self;
        let copied = window().navigator().clipboard().write_text(text);
        spawn_local(async move {
            let worked = JsFuture::from(copied).await.is_ok();
            if !worked {
                lab.notify(Notice {
                    topic: "copy",
                    message: failure.into(),
                    remedy: None,
                });
            }
            done(worked);
        });
    }

    /// Does what a message offers.
    pub fn remedy(&self, remedy: Remedy) {
        match remedy {
            Remedy::RetryData => self.load_data(),
            Remedy::SetUnits(units) => self.set_units(units),
            Remedy::BeginFromSeed => self.begin_from_seed(),
            Remedy::RestartWorker => self.start_worker(),
            // A page that cannot be loaded again stays as it is.
            Remedy::Reload => drop(window().location().reload()),
            Remedy::SaveHere => self.save_here(),
            Remedy::DownloadRun => self.download_saved(),
        }
    }

    /// A new worker with a new run, that looks at the pad again.
    pub fn start_worker(&self) {
        self.renew_worker();
        self.new_run();
        self.load_data();
        self.look();
    }

    /// A new worker, without a run.
    pub(super) fn renew_worker(&self) {
        self.dismiss("worker");
        self.model_file.loaded.set(None);
        self.worker.set(WorkerState::Starting);
        self.pretrained.set(false);
        self.model_file.reading.set(false);
        self.unanswered();
        self.recovery.worker_renewed();
        self.client.with_value(|client| {
            if let Some(client) = client {
                client.start();
            }
        });
        self.ask_for_workers();
        self.hand_is_empty();
    }

    /// Starts a stroke at `[x, y]`, in units of the pad's side.
    pub fn begin_stroke(&self, point: [f32; 2]) {
        self.remember_drawing();
        self.drawing.update(|drawing| drawing.strokes.push(vec![point]));
        self.look();
    }

    /// Goes on from `from` with the stroke that ends there; where undo or clearing has taken it away, another begins.
    pub fn extend_stroke(&self, from: [f32; 2], points: &[[f32; 2]]) {
        let end = self
            .drawing
            .with_untracked(|drawing| drawing.strokes.last()?.last().copied());
        if end != Some(from) {
            self.begin_stroke(from);
        }
        self.drawing.update(|drawing| {
            if let Some(stroke) = drawing.strokes.last_mut() {
                stroke.extend_from_slice(points);
            }
        });
        self.look();
    }

    /// Empties the pad; undo brings the drawing back.
    pub fn clear(&self) {
        if self.drawing.with_untracked(|drawing| !drawing.strokes.is_empty()) {
            self.remember_drawing();
        }
        self.drawing.set(Drawing::default());
        self.show(Source::Drawing);
    }

    /// Takes back the last stroke or the last clearing.
    pub fn undo(&self) {
        let last = self.drawings.try_update(Vec::pop).flatten();
        if let Some(drawing) = last {
            self.drawing.set(drawing);
            self.show(Source::Drawing);
        }
    }

    /// The network looks at the pad or at a test image.
    pub fn show(&self, source: Source) {
        self.source.set(source);
        self.look();
    }

    fn remember_drawing(&self) {
        let drawing = self.drawing.get_untracked();
        self.drawings.update(|drawings| drawings.push(drawing));
    }

    pub(super) fn next_run(&self) -> u32 {
        self.requested.with_value(|(run, _)| run + 1)
    }

    /// The run follows the settings while no step was taken: one reset at a time, however fast the user types.
    pub(super) fn follow(&self) {
        let requested = self.requested.with_value(|(run, _)| *run);
        if [self.run.get_untracked(), self.refused.get_value()].contains(&requested) {
            self.reset_if_untouched();
        }
    }

    /// While no step was taken, the run is always the one that the settings describe.
    pub(super) fn reset_if_untouched(&self) {
        let same = self
            .requested
            .with_value(|(_, requested)| self.settings.with_untracked(|settings| settings.same_run(requested)));
        if !same && self.state.get_untracked() == RunState::Idle {
            self.new_run();
        }
    }
}
