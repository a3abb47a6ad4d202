//! Runs of earlier visits and runs as files: offered, gone on with, deleted, downloaded.

use std::{rc::Rc, sync::Arc};

use js_sys::Promise;
use leptos::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::{
    app::{
        browser::download,
        lock,
        saved::{Saved, newest},
        state::Lab,
        storage::{Refused, SAVED, Storage},
        text::t,
    },
    protocol::RunState,
};

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
                    && lab.has_stored(&saved)
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

    /// Whether that is still stored: the user may have deleted it.
    fn has_stored(&self, saved: &Arc<Saved>) -> bool {
        let stored = self.recovery.stored.read_untracked();
        stored.as_ref().is_some_and(|(stored, _)| Arc::ptr_eq(stored, saved))
    }

    /// Goes on with the run that is offered.
    pub fn resume_offered(&self) {
        if let Some(saved) = self.recovery.offer.get_untracked() {
            self.withdraw_offer();
            let train = matches!(saved.notes.record.state, RunState::Training | RunState::Loading);
            self.go_on_with(saved, train);
        }
    }

    /// Deletes the run that is offered, and every other one that is stored, those of other versions too. One that is about
    /// to be stored goes with them.
    pub fn delete_saved(&self) {
        self.withdraw_offer();
        self.recovery.give_up_saving();
        let lab = *self;
        spawn_local(async move {
            match lab.delete_all().await {
                Ok(()) => lab.recovery.stored.set(None),
                Err(error) => lab.saving_refused(&error),
            }
        });
    }

    async fn delete_all(&self) -> Result<(), Refused> {
        self.open_storage().await?.delete(SAVED, None).await
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
}

/// Whether another tab saves its run: then what is stored is not over. A page that was just left, or has crashed, may
/// hold the lock a little longer.
async fn is_elsewhere() -> bool {
    /// How often to look again.
    const LOOKS: usize = 5;
    for _ in 0..LOOKS {
        if !lock::is_held().await {
            return false;
        }
        a_second().await;
    }
    lock::is_held().await
}

async fn a_second() {
    let wait = Promise::new(&mut |resolve, _| {
        // Fails only for a page that is gone.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, 1_000);
    });
    // A timer's promise is always kept.
    let _ = JsFuture::from(wait).await;
}
