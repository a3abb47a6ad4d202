//! The runs that are kept: every one with at least one step, over reloads too, until the user deletes it.

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::{
    history::History,
    record::{POINTS, Record, link_of},
    settings::Settings,
    state::{Lab, Notice, WorkerState},
    storage::{RUNS, Refused, Storage},
    text::t,
};
use crate::protocol::{Command, Metrics, RunState, SimdTier};

/// As many runs are kept; the oldest go first.
pub const MOST: usize = 50;

/// As many can be laid over the curves.
pub const LAID_OVER: usize = 4;

/// The runs that are kept, as signals.
#[derive(Clone, Copy)]
pub struct Runs {
    /// All of them, the latest first.
    pub list: RwSignal<Vec<Arc<Record>>>,
    /// Those that are laid over the curves and compared, each in a place that it keeps.
    pub chosen: RwSignal<[Option<u64>; LAID_OVER]>,
    /// The one that was deleted last, until the next: it can be brought back.
    pub deleted: RwSignal<Option<Arc<Record>>>,
    /// The run under way, once it is kept.
    pub own: RwSignal<Option<u64>>,
    /// The curves of those that are chosen.
    courses: StoredValue<[Option<History>; LAID_OVER]>,
    storage: StoredValue<Option<Rc<Storage>>, LocalStorage>,
}

impl Default for Runs {
    fn default() -> Self {
        Self {
            list: RwSignal::default(),
            chosen: RwSignal::default(),
            deleted: RwSignal::default(),
            own: RwSignal::default(),
            courses: StoredValue::new(Default::default()),
            storage: StoredValue::new_local(None),
        }
    }
}

/// What is told of a run beside its course.
pub struct Facts<'a> {
    /// Its settings.
    pub settings: &'a Settings,
    /// What it does.
    pub state: RunState,
    /// The instructions it is trained with.
    pub tier: SimdTier,
    /// How many workers train it.
    pub workers: usize,
    /// The fingerprint of its weights, where it is known.
    pub weights_hash: String,
    /// On the test images.
    pub test: Option<Metrics>,
}

impl Runs {
    /// The run of that id.
    pub fn find(&self, id: u64) -> Option<Arc<Record>> {
        self.list.with(|list| list.iter().find(|run| run.id == id).cloned())
    }

    /// Those that are chosen, with their places.
    pub fn chosen_runs(&self) -> Vec<(usize, Arc<Record>)> {
        let chosen = self.chosen.get().into_iter().enumerate();
        chosen
            .filter_map(|(place, id)| Some((place, self.find(id?)?)))
            .collect()
    }

    /// Gives the curves of those that are chosen; follows the choice.
    pub fn with_courses<R>(&self, use_courses: impl FnOnce(&[Option<History>; LAID_OVER]) -> R) -> R {
        self.chosen.track();
        self.courses.with_value(use_courses)
    }

    /// Another smoothing for those that are chosen.
    pub fn smooth(&self, keep: f32) {
        self.courses
            .update_value(|courses| courses.iter_mut().flatten().for_each(|history| history.smooth(keep)));
    }

    /// A number that no run has yet: the time.
    fn fresh_id(&self) -> u64 {
        let now = js_sys::Date::now() as u64;
        let last = self.list.with_untracked(|list| list.iter().map(|run| run.id).max());
        now.max(last.unwrap_or(0) + 1)
    }

    fn insert(&self, record: Record) -> Arc<Record> {
        let record = Arc::new(record);
        self.list.update(|list| {
            list.retain(|run| run.id != record.id);
            list.push(record.clone());
            list.sort_by_key(|run| std::cmp::Reverse(run.id));
        });
        record
    }
}

impl Lab {
    /// Reads what earlier visits kept.
    pub fn open_runs(&self) {
        let lab = *self;
        spawn_local(async move {
            let opened = async {
                let storage = Storage::open().await?;
                let records = storage.all(RUNS).await?;
                Ok::<_, Refused>((storage, records))
            };
            match opened.await {
                Ok((storage, records)) => lab.runs_opened(storage, &records),
                Err(error) => lab.runs_not_stored(&error),
            }
        });
    }

    fn runs_opened(&self, storage: Storage, stored: &[Vec<u8>]) {
        let records: Vec<_> = stored.iter().filter_map(|bytes| Record::from_bytes(bytes)).collect();
        let skipped = stored.len() - records.len();
        if skipped > 0 {
            self.notify_runs(t().history.runs_skipped(skipped));
        }
        let early = self.runs.list.get_untracked();
        for record in records {
            if early.iter().all(|run| run.id != record.id) {
                self.runs.insert(record);
            }
        }
        self.runs.storage.set_value(Some(Rc::new(storage)));
        early.iter().for_each(|run| self.store_run(run));
    }

    fn runs_not_stored(&self, error: &Refused) {
        // Once is enough: nothing is tried again until the next visit.
        self.runs.storage.set_value(None);
        self.notify_runs(t().history.runs_not_stored(&error.0));
    }

    fn notify_runs(&self, message: String) {
        self.notify(Notice {
            topic: "runs",
            message,
            remedy: None,
        });
    }

    /// Keeps the run under way while it trains: a reload costs a few seconds of its curves.
    pub fn keep_run_under_way(&self) {
        if self.state.get_untracked() == RunState::Training {
            self.keep_run();
        }
    }

    /// Keeps the run under way as it is now, if it has taken a step.
    pub fn keep_run(&self) {
        if self.history.with_value(History::is_empty) {
            return;
        }
        let WorkerState::Ready(tier) = self.worker.get_untracked() else {
            return self.keep_last_state();
        };
        let facts = Facts {
            settings: &self.in_force.get_untracked(),
            state: self.state.get_untracked(),
            tier,
            workers: self.workers.get_untracked(),
            weights_hash: self.fingerprint_now(),
            test: self.test.get_untracked(),
        };
        let id = self
            .history
            .with_value(|history| self.keep(self.runs.own.get_untracked(), history, &facts));
        if self.runs.own.get_untracked() != Some(id) {
            self.runs.own.set(Some(id));
        }
    }

    /// A worker that is gone tells nothing new of its run, except that it ended.
    fn keep_last_state(&self) {
        let Some(run) = untrack(|| self.runs.own.get().and_then(|id| self.runs.find(id))) else {
            return;
        };
        self.change_run(Record {
            state: RunState::Failed,
            ..(*run).clone()
        });
    }

    /// The fingerprint, where it is that of the latest step.
    fn fingerprint_now(&self) -> String {
        let at_rest = self.state.get_untracked() != RunState::Training;
        let hash = self.weights_hash.get_untracked();
        hash.filter(|_| at_rest).unwrap_or_default()
    }

    /// Keeps a run under its id, or a new one, and gives the id.
    pub fn keep(&self, id: Option<u64>, history: &History, facts: &Facts) -> u64 {
        let id = id.unwrap_or_else(|| self.runs.fresh_id());
        let name = untrack(|| self.runs.find(id)).map(|run| run.name.clone());
        let [steps, seconds] = history.reached();
        self.change_run(Record {
            id,
            name: name.unwrap_or_default(),
            link: link_of(facts.settings),
            state: facts.state,
            steps: steps as usize,
            seconds: seconds.into(),
            tier: facts.tier,
            workers: facts.workers,
            weights_hash: facts.weights_hash.clone(),
            validation: history.epochs.last().map(|epoch| epoch.validation),
            test: facts.test,
            course: history.thinned(POINTS),
        });
        self.forget_oldest();
        id
    }

    fn change_run(&self, record: Record) {
        let run = self.runs.insert(record);
        self.store_run(&run);
    }

    fn store_run(&self, run: &Record) {
        let (id, bytes) = (run.id, run.to_bytes());
        self.with_storage(move |storage| async move { storage.put(RUNS, id, &bytes).await });
    }

    fn with_storage<F>(&self, act: impl FnOnce(Rc<Storage>) -> F + 'static)
    where
        F: Future<Output = Result<(), Refused>>,
    {
        let lab = *self;
        if let Some(storage) = self.runs.storage.get_value() {
            spawn_local(async move {
                if let Err(error) = act(storage).await {
                    lab.runs_not_stored(&error);
                }
            });
        }
    }

    fn forget_oldest(&self) {
        let too_many = self
            .runs
            .list
            .with_untracked(|list| list.iter().skip(MOST).map(|run| run.id).collect::<Vec<_>>());
        too_many.into_iter().for_each(|id| self.remove_run(id));
    }

    fn remove_run(&self, id: u64) {
        self.choose_run(id, false);
        self.runs.list.update(|list| list.retain(|run| run.id != id));
        self.with_storage(move |storage| async move { storage.delete(RUNS, Some(id)).await });
    }

    /// Gives a run another name; an empty one calls it by its settings.
    pub fn rename_run(&self, id: u64, name: &str) {
        if let Some(run) = untrack(|| self.runs.find(id)) {
            let name = name.trim().chars().take(super::record::NAME).collect();
            self.change_run(Record { name, ..(*run).clone() });
        }
    }

    /// Deletes a run; [`Self::undelete_run`] brings it back.
    pub fn delete_run(&self, id: u64) {
        let run = untrack(|| self.runs.find(id));
        self.remove_run(id);
        self.runs.deleted.set(run);
    }

    /// Brings back the run that was deleted last.
    pub fn undelete_run(&self) {
        if let Some(run) = self.runs.deleted.get_untracked() {
            self.runs.deleted.set(None);
            self.change_run((*run).clone());
        }
    }

    /// Lays a run over the curves, in the first place that is free, or takes it away.
    pub fn choose_run(&self, id: u64, on: bool) {
        let mut chosen = self.runs.chosen.get_untracked();
        let wanted = if on { None } else { Some(id) };
        if on == chosen.contains(&Some(id)) {
            return;
        }
        let Some(place) = chosen.iter().position(|&old| old == wanted) else {
            return;
        };
        chosen[place] = on.then_some(id);
        let keep = self.history.with_value(History::keep);
        let course = untrack(|| self.runs.find(id))
            .filter(|_| on)
            .map(|run| run.history(keep));
        self.runs.courses.update_value(|courses| courses[place] = course);
        self.runs.chosen.set(chosen);
    }

    /// Takes all runs off the curves.
    pub fn choose_none(&self) {
        let chosen = self.runs.chosen.get_untracked();
        chosen.into_iter().flatten().for_each(|id| self.choose_run(id, false));
    }

    /// Trains again with a run's settings, from the start. The instructions stay those of this page.
    pub fn run_again(&self, id: u64) {
        let Some(run) = untrack(|| self.runs.find(id)) else {
            return;
        };
        let settings = self.settings.get_untracked();
        let again = Settings {
            simd: settings.simd,
            workers: settings.workers,
            autostart: settings.autostart,
            pretrained: settings.pretrained,
            ..run.settings()
        };
        if !self.has_weights(&again) {
            return self.tell_of_missing_weights();
        }
        self.builder.show(&again.model);
        self.adopt(again);
        // Whatever an edited field still holds: it gives way to that run's number.
        self.new_run();
        self.send(Command::Train);
    }
}
