//! Where the guided tour is.

use leptos::prelude::*;

use super::{browser, tour::Stop};

/// Under this name the browser remembers that the tour was taken.
const TAKEN: &str = "tour";

/// The guided tour of this visit.
#[derive(Debug, Clone, Copy)]
pub struct Touring {
    /// The step that is shown, if the tour is.
    pub stop: RwSignal<Option<Stop>>,
    /// Whether to offer it: until it was taken once.
    pub offer: RwSignal<bool>,
}

impl Default for Touring {
    fn default() -> Self {
        Self {
            stop: RwSignal::new(None),
            offer: RwSignal::new(browser::stored(TAKEN).is_none()),
        }
    }
}

impl Touring {
    /// From the first step on.
    pub fn start(&self) {
        self.offer.set(false);
        browser::store(TAKEN, "taken");
        self.stop.set(Some(Stop::ALL[0]));
    }

    /// To the next step, or to the one before; the tour ends after the last and stays at the first.
    pub fn go(&self, forward: bool) {
        let Some(stop) = self.stop.get_untracked() else { return };
        match stop.moved(forward) {
            None if forward => self.leave(),
            None => {}
            next => self.stop.set(next),
        }
    }

    /// Ends it.
    pub fn leave(&self) {
        self.stop.set(None);
    }
}
