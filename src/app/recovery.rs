//! No run is lost: saved while it goes on, offered after a reload, gone on with when its worker dies.
//!
//! The worker gives the run as bytes; the page adds what it knows ([`Saved`]) and writes it whole into one of three places
//! in turn, never the one that is offered. One tab saves at a time (`lock.rs`).

use std::{rc::Rc, sync::Arc, time::Duration};

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::{
    browser::{download, hidden, now},
    history::History,
    lock,
    saved::{Notes, POINTS, Saved, VERSION, newest},
    settings::Settings,
    state::{Lab, Latest, Notice, Remedy, WorkerState},
    storage::{Refused, SAVED, Storage, persist},
    text::t,
};
use crate::protocol::{BatchReport, Command, RecoveryCommand, RecoveryEvent, RunId, RunState};

/// How often a run that trains is saved, at least.
pub const EVERY: Duration = Duration::from_secs(15);

/// What happens more often is not saved each time.
const SHORTEST_MS: f64 = 2_000.0;

/// At least so many times what the last save took passes before the next, up to [`EVERY`]: saving takes less than 1 %.
const SPARING: f64 = 100.0;

/// A worker that has died so often without a step between is not started again by itself.
const DEATHS: usize = 3;

/// After so long a quiet, earlier deaths do not count.
const QUIET_MS: f64 = 30_000.0;

/// Where the files of this version lie: three places.
const PLACES: std::ops::Range<u64> = VERSION as u64 * 8..VERSION as u64 * 8 + 3;

/// Whether this tab saves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nobody was asked yet.
    Unknown,
    /// It does.
    Own,
    /// Another tab does.
    Elsewhere,
}

/// A run that the worker was asked to go on with.
#[derive(Clone)]
struct Resuming {
    run: RunId,
    saved: Arc<Saved>,
    train: bool,
    /// Whether it takes the place of a run, which stays if this one is refused; or the worker is new and has none.
    replaces: bool,
}

/// Saved runs, as signals.
#[derive(Clone, Copy)]
pub struct Recovery {
    /// One of an earlier visit, that the user can go on with.
    pub offer: RwSignal<Option<Arc<Saved>>>,
    /// True from when a worker whose run was training has died until another one trains it.
    pub under_way: RwSignal<bool>,
    /// The newest that is stored, and its size in bytes.
    pub stored: RwSignal<Option<(Arc<Saved>, usize)>>,
    /// The last one of the run under way, stored or not.
    last: StoredValue<Option<(RunId, Arc<Saved>)>>,
    storage: StoredValue<Option<Rc<Storage>>, LocalStorage>,
    turn: StoredValue<Turn>,
    /// Where the offered one lies, and where was written last.
    offered: StoredValue<Option<u64>>,
    place: StoredValue<u64>,
    resuming: StoredValue<Option<Resuming>>,
    /// When the worker was asked for the run, until it answers; and whether to ask again then.
    asked: StoredValue<Option<f64>>,
    again: StoredValue<bool>,
    /// Whether to take the saving away from another tab.
    steal: StoredValue<bool>,
    asked_last: StoredValue<f64>,
    /// Milliseconds that training waited for the last save.
    cost: StoredValue<f64>,
    /// The same for all saves of a run.
    pub spent: RwSignal<(RunId, f64)>,
    waits: StoredValue<bool>,
    deaths: StoredValue<(usize, f64)>,
}

impl Default for Recovery {
    fn default() -> Self {
        Self {
            offer: RwSignal::default(),
            under_way: RwSignal::default(),
            stored: RwSignal::default(),
            last: StoredValue::default(),
            storage: StoredValue::new_local(None),
            turn: StoredValue::new(Turn::Unknown),
            offered: StoredValue::default(),
            place: StoredValue::new(PLACES.start),
            resuming: StoredValue::new(None),
            asked: StoredValue::default(),
            again: StoredValue::default(),
            steal: StoredValue::default(),
            asked_last: StoredValue::new(f64::NEG_INFINITY),
            cost: StoredValue::default(),
            spent: RwSignal::default(),
            waits: StoredValue::default(),
            deaths: StoredValue::default(),
        }
    }
}

impl Recovery {
    /// Where to write next: not where the offered run lies.
    fn next_place(&self) -> u64 {
        let (last, offered) = (self.place.get_value(), self.offered.get_value());
        let size = PLACES.end - PLACES.start;
        let after = (1..=size).map(|step| PLACES.start + (last - PLACES.start + step) % size);
        let free = after.into_iter().find(|place| Some(*place) != offered);
        free.unwrap_or(PLACES.start)
    }

    /// Another worker: what the last one was asked for does not come any more.
    pub(super) fn worker_renewed(&self) {
        self.asked.set_value(None);
        self.again.set_value(false);
    }

    /// The worker trains: earlier deaths are forgotten.
    pub fn is_well(&self) {
        self.deaths.set_value((0, 0.0));
        self.is_over();
    }

    /// The run trains again, or does not go on.
    pub(super) fn is_over(&self) {
        if self.under_way.get_untracked() {
            self.under_way.set(false);
        }
    }

    /// The run stands still. A saved run does so, too, before it goes on.
    pub(super) fn has_stopped(&self) {
        if self.resuming.with_value(Option::is_none) {
            self.is_over();
        }
    }
}

impl Lab {
    /// Looks for a run of an earlier visit, saved before a time: the newest, or the next where that cannot be used.
    pub fn open_recovery(&self, before: f64) {
        let lab = *self;
        spawn_local(async move {
            let opened = async {
                let storage = Storage::open().await?;
                let stored = storage.entries(SAVED).await?;
                Ok::<_, Refused>((storage, stored))
            };
            // Whoever trains is told that nothing is stored when there is something to store.
            if let Ok((storage, stored)) = opened.await {
                lab.recovery.storage.set_value(Some(Rc::new(storage)));
                if let Some((place, saved)) = lab.look_through(&stored, before)
                    && !is_elsewhere().await
                {
                    lab.recovery.offered.set_value(Some(place));
                    lab.recovery.offer.set(Some(saved));
                }
            }
        });
    }

    /// The newest that is stored, and its place.
    fn look_through(&self, stored: &[(u64, Vec<u8>)], before: f64) -> Option<(u64, Arc<Saved>)> {
        let (best, problems) = newest(stored, before);
        if let (None, Some(problem)) = (&best, problems.first()) {
            self.tell_of_saving(t().recovery.unreadable(&problem.to_string()), None);
        }
        let (place, saved) = best?;
        let size = stored.iter().find(|(number, _)| *number == place);
        let saved = Arc::new(saved);
        self.recovery.place.set_value(place);
        self.recovery
            .stored
            .set(Some((saved.clone(), size.map_or(0, |(_, bytes)| bytes.len()))));
        Some((place, saved))
    }

    /// Goes on with the run that is offered.
    pub fn resume_offered(&self) {
        if let Some(saved) = self.recovery.offer.get_untracked() {
            self.withdraw_offer();
            let train = matches!(saved.notes.record.state, RunState::Training | RunState::Loading);
            self.go_on_with(saved, train);
        }
    }

    /// Deletes the run that is offered, and every other one that is stored, those of other versions too.
    pub fn delete_saved(&self) {
        self.withdraw_offer();
        let lab = *self;
        spawn_local(async move {
            let Some(storage) = lab.recovery.storage.get_value() else {
                return;
            };
            match storage.delete(SAVED, None).await {
                Ok(()) => lab.recovery.stored.set(None),
                Err(error) => lab.saving_refused(&error),
            }
        });
    }

    fn withdraw_offer(&self) {
        self.recovery.offer.set(None);
        self.recovery.offered.set_value(None);
    }

    /// Takes a downloaded run, as if it had been offered.
    pub fn open_saved(&self, bytes: &[u8]) {
        match Saved::from_bytes(bytes) {
            Ok(saved) => self.recovery.offer.set(Some(Arc::new(saved))),
            Err(error) => self.tell_of_saving(t().recovery.unreadable(&error.to_string()), None),
        }
    }

    /// Saves the newest of this tab, or else what is stored, as a file.
    pub fn download_saved(&self) {
        let own = self.recovery.last.get_value().map(|(_, saved)| saved);
        let stored = || self.recovery.stored.get_untracked().map(|(saved, _)| saved);
        if let Some(saved) = own.or_else(stored) {
            let name = format!("digit-lab-step-{}.digitlab", saved.notes.record.steps);
            download(&name, "application/octet-stream", &saved.to_bytes());
        }
    }

    /// Saves the run soon: what comes often, as the ends of short epochs, is saved now and then.
    pub fn save_soon(&self) {
        let longest = EVERY.as_millis() as f64;
        let least = (SPARING * self.recovery.cost.get_value()).clamp(SHORTEST_MS, longest);
        let wait = self.recovery.asked_last.get_value() + least - now();
        if wait <= 0.0 {
            return self.save_now();
        }
        if !std::mem::replace(&mut *self.recovery.waits.write_value(), true) {
            let lab = *self;
            let save = move || {
                lab.recovery.waits.set_value(false);
                lab.save_now();
            };
            set_timeout(save, Duration::from_millis(wait as u64));
        }
    }

    /// Saves a run that trains, every [`EVERY`].
    pub fn save_by_and_by(&self) {
        if self.state.get_untracked() == RunState::Training {
            self.save_soon();
        }
    }

    /// Saves the run when the page is hidden: it may not come back.
    pub fn save_when_hidden(&self) {
        let unsaved = self.state.get_untracked() == RunState::Training || self.recovery.waits.get_value();
        if hidden() && unsaved {
            self.save_now();
        }
    }

    /// Asks the worker for the run as it is.
    pub fn save_now(&self) {
        if self.history.with_value(History::is_empty) || self.state.get_untracked() == RunState::Failed {
            return;
        }
        if self.recovery.asked.get_value().is_some() {
            return self.recovery.again.set_value(true);
        }
        self.recovery.asked.set_value(Some(now()));
        self.recovery.asked_last.set_value(now());
        self.send(Command::Recovery(RecoveryCommand::Save));
    }

    /// Takes in what the worker tells of saved runs.
    pub fn take_in_recovery(&self, event: RecoveryEvent) {
        match event {
            RecoveryEvent::Saved {
                run,
                checkpoint,
                milliseconds,
            } => {
                self.count_cost(run, milliseconds);
                let saved = (run == self.run.get_untracked()).then(|| self.saved(run, checkpoint));
                let lab = *self;
                spawn_local(async move {
                    if let Some(saved) = saved.flatten() {
                        lab.write(saved).await;
                    }
                    lab.answered_saving();
                });
            }
            RecoveryEvent::NothingToSave => self.answered_saving(),
            RecoveryEvent::Resumed {
                run,
                last,
                elapsed_seconds,
            } => self.resumed(run, last, elapsed_seconds),
            RecoveryEvent::Refused { run, reason } => self.resuming_refused(run, &reason),
        }
    }

    fn count_cost(&self, run: RunId, milliseconds: f64) {
        self.recovery.cost.set_value(milliseconds);
        self.recovery.spent.update(|(of, spent)| {
            *spent = milliseconds + if *of == run { *spent } else { 0.0 };
            *of = run;
        });
    }

    /// Percent of a run's training time that went into saving it.
    pub fn saving_share(&self) -> Option<f64> {
        let (run, spent) = self.recovery.spent.get();
        let elapsed = self
            .latest
            .with(|latest| latest.as_ref().map(|latest| latest.elapsed))?;
        (run == self.run.get() && elapsed > 0.0).then(|| 0.1 * spent / elapsed)
    }

    fn answered_saving(&self) {
        self.recovery.asked.set_value(None);
        if std::mem::take(&mut *self.recovery.again.write_value()) {
            self.save_soon();
        }
    }

    /// All that the run told before is its: the course is that of the checkpoint, to the step.
    fn saved(&self, run: RunId, checkpoint: Vec<u8>) -> Option<Arc<Saved>> {
        self.keep_run();
        let own = untrack(|| self.runs.own.get().and_then(|id| self.runs.find(id)));
        let mut record = (*own?).clone();
        record.course = self.history.with_value(|history| history.thinned(POINTS));
        record.state = self.state.get_untracked();
        let drawing = self.drawing.get_untracked();
        let saved = Arc::new(Saved {
            at: js_sys::Date::now(),
            notes: Notes { record, drawing },
            checkpoint,
        });
        self.recovery.last.set_value(Some((run, saved.clone())));
        Some(saved)
    }

    /// One after the other: the worker is asked again when this is done.
    async fn write(self, saved: Arc<Saved>) {
        let steal = std::mem::take(&mut *self.recovery.steal.write_value());
        if !self.take_turn(steal).await {
            return;
        }
        let bytes = saved.to_bytes();
        let place = self.recovery.next_place();
        match self.put(place, &bytes).await {
            Ok(()) => {
                self.recovery.place.set_value(place);
                self.recovery.stored.set(Some((saved, bytes.len())));
                // Another tab may have taken over while this one wrote: that has to stay said.
                if self.recovery.turn.get_value() == Turn::Own {
                    self.dismiss("saving");
                }
            }
            Err(error) => self.saving_refused(&error),
        }
    }

    /// Writes; a database that was closed or deleted meanwhile is opened once more.
    async fn put(&self, place: u64, bytes: &[u8]) -> Result<(), Refused> {
        if let Some(storage) = self.recovery.storage.get_value()
            && storage.put(SAVED, place, bytes).await.is_ok()
        {
            return Ok(());
        }
        let storage = Rc::new(Storage::open().await?);
        self.recovery.storage.set_value(Some(storage.clone()));
        storage.put(SAVED, place, bytes).await
    }

    /// True where this tab is the one that saves.
    async fn take_turn(&self, steal: bool) -> bool {
        let turn = self.recovery.turn;
        if turn.get_value() == Turn::Own && !steal {
            return true;
        }
        let lab = *self;
        let lost = move || {
            turn.set_value(Turn::Elsewhere);
            lab.tell_of_saving(t().recovery.taken_over.into(), Some(Remedy::SaveHere));
        };
        let before = turn.get_value();
        let own = lock::hold(steal, lost).await;
        turn.set_value(if own { Turn::Own } else { Turn::Elsewhere });
        match own {
            true => persist(),
            false if before == Turn::Unknown => {
                self.tell_of_saving(t().recovery.elsewhere.into(), Some(Remedy::SaveHere));
            }
            false => {}
        }
        own
    }

    /// This tab saves from now on.
    pub fn save_here(&self) {
        self.dismiss("saving");
        self.recovery.steal.set_value(true);
        self.save_now();
    }

    fn saving_refused(&self, error: &Refused) {
        self.tell_of_saving(t().recovery.refused(&error.0), Some(Remedy::DownloadRun));
    }

    fn tell_of_saving(&self, message: String, remedy: Option<Remedy>) {
        self.notify(Notice {
            topic: "saving",
            message,
            remedy,
        });
    }

    /// Has the worker go on with a saved run. The instructions stay those of this page.
    fn go_on_with(&self, saved: Arc<Saved>, train: bool) {
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
    fn resumed(&self, run: RunId, last: BatchReport, elapsed: f64) {
        let resuming = self
            .recovery
            .resuming
            .get_value()
            .filter(|resuming| resuming.run == run);
        let Some(Resuming { saved, train, .. }) = resuming else {
            return;
        };
        self.recovery.resuming.set_value(None);
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

    fn resuming_refused(&self, run: RunId, reason: &str) {
        let resuming = self
            .recovery
            .resuming
            .get_value()
            .filter(|resuming| resuming.run == run);
        let Some(Resuming { saved, replaces, .. }) = resuming else {
            return;
        };
        self.recovery.resuming.set_value(None);
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
    pub(super) fn replace_worker(&self, reason: &str) -> bool {
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

/// Whether another tab saves its run: then what is stored is not over. A page that was just left may hold the lock a
/// little longer.
async fn is_elsewhere() -> bool {
    const LONGER_MS: i32 = 1_000;
    if !lock::is_held().await {
        return false;
    }
    let wait = Promise::new(&mut |resolve, _| {
        // Fails only for a page that is gone.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, LONGER_MS);
    });
    // A timer's promise is always kept.
    let _ = JsFuture::from(wait).await;
    lock::is_held().await
}
