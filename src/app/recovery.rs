//! No run is lost: saved while it goes on, offered after a reload, gone on with when its worker dies.
//!
//! The worker gives the run as bytes; the page adds what it knows ([`Saved`]) and writes it whole into one of three places
//! in turn, never the one that is offered. One tab saves at a time (`lock.rs`).

mod offer;
mod resuming;
mod saving;

use std::{rc::Rc, sync::Arc};

use leptos::prelude::*;

pub use saving::EVERY;

use self::{
    resuming::Resuming,
    saving::{PLACES, Turn},
};
use super::{
    saved::Saved,
    state::{Lab, Notice, Remedy},
    storage::{Refused, Storage},
    text::t,
};
use crate::protocol::{RecoveryEvent, RunId};

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
    /// Whether the user has deleted everything since the worker was asked.
    unwanted: StoredValue<bool>,
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
            unwanted: StoredValue::default(),
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
    /// Takes in what the worker tells of saved runs.
    pub fn take_in_recovery(&self, event: RecoveryEvent) {
        match event {
            RecoveryEvent::Saved {
                run,
                checkpoint,
                milliseconds,
            } => self.save(run, checkpoint, milliseconds),
            RecoveryEvent::NothingToSave => self.answered_saving(),
            RecoveryEvent::Resumed {
                run,
                last,
                elapsed_seconds,
            } => self.resumed(run, last, elapsed_seconds),
            RecoveryEvent::Refused { run, reason } => self.resuming_refused(run, &reason),
        }
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
}
