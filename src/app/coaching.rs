//! When the coach looks at the run, and what it is told.

use leptos::prelude::*;

use super::{
    coach::{Coach, Evidence, pause},
    state::Lab,
};

/// The coach of the run under way.
#[derive(Default)]
pub struct Coaching {
    coach: Coach,
    /// The step from which on it looks again.
    next: usize,
    /// The run was stopped by a number that is not finite.
    stopped: bool,
}

impl Lab {
    /// Another run: nothing is known of it.
    pub(super) fn coach_anew(&self) {
        self.coaching.set_value(Coaching::default());
        self.findings.set(vec![]);
    }

    /// The run has stopped because a number was not finite.
    pub(super) fn coach_not_finite(&self) {
        self.coaching.update_value(|coaching| coaching.stopped = true);
        self.coach();
    }

    /// Looks at the run, if enough steps are new.
    pub(super) fn coach_by_and_by(&self) {
        let steps = self.history.with_value(|history| history.len());
        if self.coaching.with_value(|coaching| steps >= coaching.next) {
            self.coach();
        }
    }

    /// Looks at the run.
    pub(super) fn coach(&self) {
        let (epochs, rate, classes, penalties) = self.in_force.with_untracked(|settings| {
            let last = settings.model.shapes().ok().and_then(|shapes| shapes.last().cloned());
            let classes = last.map_or(0, |shape| shape.iter().product());
            let (config, penalties) = (&settings.config, settings.model.has_penalties());
            (config.epochs, config.learning_rate, classes, penalties)
        });
        let found = self.history.with_value(|history| {
            self.coaching.try_update_value(|coaching| {
                coaching.next = history.len() + pause(history);
                coaching.coach.judge(&Evidence {
                    history,
                    epochs,
                    rate,
                    classes,
                    penalties,
                    stopped: coaching.stopped,
                })
            })
        });
        let found = found.unwrap_or_default();
        if self.findings.with_untracked(|old| *old != found) {
            self.findings.set(found);
        }
    }
}
