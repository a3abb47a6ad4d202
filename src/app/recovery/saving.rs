//! When the run is saved, and where: one tab at a time writes, whole, into one of three places in turn.

use std::{rc::Rc, sync::Arc, time::Duration};

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use super::Recovery;
use crate::{
    app::{
        browser::{hidden, now},
        history::History,
        lock,
        saved::{Notes, POINTS, Saved, VERSION},
        state::{Lab, Remedy},
        storage::{Refused, SAVED, Storage, persist},
        text::t,
    },
    protocol::{Command, RecoveryCommand, RunId, RunState},
};

/// How often a run that trains is saved, at least.
pub const EVERY: Duration = Duration::from_secs(15);

/// What happens more often is not saved each time.
const SHORTEST_MS: f64 = 2_000.0;

/// At least so many times what the last save took passes before the next, up to [`EVERY`]: saving takes less than 1 %.
const SPARING: f64 = 100.0;

/// Where the files of this version lie: three places.
pub const PLACES: std::ops::Range<u64> = VERSION as u64 * 8..VERSION as u64 * 8 + 3;

/// Whether this tab saves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Nobody was asked yet.
    Unknown,
    /// It does.
    Own,
    /// Another tab does.
    Elsewhere,
}

impl Recovery {
    /// What is about to be saved is not: everything that is stored is being deleted.
    pub(super) fn give_up_saving(&self) {
        self.waits.set_value(false);
        self.again.set_value(false);
        self.unwanted.set_value(true);
    }

    /// Where to write next: not where the offered run lies.
    fn next_place(&self) -> u64 {
        let (last, offered) = (self.place.get_value(), self.offered.get_value());
        let size = PLACES.end - PLACES.start;
        let after = (1..=size).map(|step| PLACES.start + (last - PLACES.start + step) % size);
        let free = after.into_iter().find(|place| Some(*place) != offered);
        free.unwrap_or(PLACES.start)
    }
}

impl Lab {
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
                if std::mem::take(&mut *lab.recovery.waits.write_value()) {
                    lab.save_now();
                }
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
        self.recovery.waits.set_value(false);
        self.recovery.unwanted.set_value(false);
        self.recovery.asked_last.set_value(now());
        self.send(Command::Recovery(RecoveryCommand::Save));
    }

    /// Writes the run as the worker gave it; training waited so many milliseconds for that.
    pub(super) fn save(&self, run: RunId, checkpoint: Vec<u8>, milliseconds: f64) {
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

    /// Percent of a run's training time that went into saving it.
    pub fn saving_share(&self) -> Option<f64> {
        let (run, spent) = self.recovery.spent.get();
        let elapsed = self
            .latest
            .with(|latest| latest.as_ref().map(|latest| latest.elapsed))?;
        (run == self.run.get() && elapsed > 0.0).then(|| 0.1 * spent / elapsed)
    }

    fn count_cost(&self, run: RunId, milliseconds: f64) {
        self.recovery.cost.set_value(milliseconds);
        self.recovery.spent.update(|(of, spent)| {
            *spent = milliseconds + if *of == run { *spent } else { 0.0 };
            *of = run;
        });
    }

    pub(super) fn answered_saving(&self) {
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
        if !self.take_turn(steal).await || self.recovery.unwanted.get_value() {
            return;
        }
        let bytes = saved.to_bytes();
        let place = self.recovery.next_place();
        match self.put(place, &bytes).await {
            Ok(()) if self.recovery.unwanted.get_value() => {}
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
        self.recovery.storage.set_value(None);
        let storage = self.open_storage().await?;
        if self.recovery.unwanted.get_value() {
            return Ok(());
        }
        storage.put(SAVED, place, bytes).await
    }

    /// The database, opened where it is not.
    pub(super) async fn open_storage(&self) -> Result<Rc<Storage>, Refused> {
        if let Some(storage) = self.recovery.storage.get_value() {
            return Ok(storage);
        }
        let storage = Rc::new(Storage::open().await?);
        self.recovery.storage.set_value(Some(storage.clone()));
        Ok(storage)
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
}
