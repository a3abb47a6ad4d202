//! What the page knows about the inside of the network that answers: the opened layer, the number that is explained, the
//! moments of the run. Nothing is asked for while no layer is open.

use std::{sync::Arc, time::Duration};

use leptos::prelude::*;

use super::{browser::now, question::Question, ridge::Course, state::Lab};
use crate::protocol::{Answering, Command, Explanation, InsideCommand, InsideEvent, Inspection};

/// The shortest time between two looks into a layer, in milliseconds.
const LOOK_EVERY_MS: f64 = 250.0;

/// Time between two looks, in times of what one takes: however large a layer is, training keeps most of the time.
const REST: f64 = 5.0;

/// The moments of the run that are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moments {
    /// Their steps, first to last.
    pub steps: Vec<usize>,
    /// What they take in memory.
    pub bytes: usize,
}

/// When the next look may be asked for.
#[derive(Debug, Default)]
struct Pace {
    asked: f64,
    next: f64,
    waits: bool,
}

/// The inside of the network, as signals.
#[derive(Clone, Copy, Default)]
pub struct Inside {
    /// The last look into the opened layer.
    pub inspection: RwSignal<Option<Arc<Inspection>>>,
    /// How its numbers were spread at its last moments.
    pub course: RwSignal<Course>,
    /// Row, column and channel of the number that is explained.
    pub at: RwSignal<[usize; 3]>,
    /// The input channel whose window is shown; none is the one that adds most.
    pub channel: RwSignal<Option<usize>>,
    /// How that number comes about.
    pub explanation: RwSignal<Option<Arc<Explanation>>>,
    /// The moments of the run.
    pub moments: RwSignal<Moments>,
    /// The step of the moment that answers in place of now.
    pub recalled: RwSignal<Option<usize>>,
    looking: StoredValue<Question>,
    explaining: StoredValue<Question>,
    /// Recalls without an answer: only the last one's is about where the slider stands.
    recalls: StoredValue<usize>,
    pace: StoredValue<Pace>,
}

impl Lab {
    /// A layer was opened: what is known of another is forgotten.
    pub fn open_inside(&self, at: [usize; 3]) {
        let inside = self.inside;
        inside.inspection.set(None);
        inside.explanation.set(None);
        inside.course.update(Course::clear);
        inside.at.set(at);
        inside.channel.set(None);
        inside.looking.update_value(Question::forget);
        inside.explaining.update_value(Question::forget);
    }

    /// Looks into the opened layer, not too often.
    pub fn look_inside(&self) {
        self.inside.looking.update_value(Question::want);
        self.ask_inside();
    }

    fn ask_inside(&self) {
        let Some(layer) = self.opened_layer() else { return };
        let lab = *self;
        let wait = self.inside.pace.with_value(|pace| pace.next - now());
        if wait > 0.0 {
            let first = self
                .inside
                .pace
                .try_update_value(|pace| !std::mem::replace(&mut pace.waits, true));
            if first == Some(true) {
                let ask = move || {
                    lab.inside.pace.update_value(|pace| pace.waits = false);
                    lab.ask_inside();
                };
                set_timeout(ask, Duration::from_millis(wait.ceil() as u64));
            }
            return;
        }
        if let Some(request) = self.inside.looking.try_update_value(Question::ask).flatten() {
            self.inside.pace.update_value(|pace| {
                (pace.asked, pace.next) = (now(), now() + LOOK_EVERY_MS);
            });
            self.send(Command::Inside(InsideCommand::Inspect { request, layer }));
        }
    }

    /// Asks how the chosen number comes about.
    pub fn explain(&self) {
        self.inside.explaining.update_value(Question::want);
        self.ask_to_explain();
    }

    fn ask_to_explain(&self) {
        let Some(layer) = self
            .opened_layer()
            .filter(|_| self.prediction.with_untracked(Option::is_some))
        else {
            return;
        };
        if let Some(request) = self.inside.explaining.try_update_value(Question::ask).flatten() {
            self.send(Command::Inside(InsideCommand::Explain {
                request,
                input: self.looked_at(),
                layer,
                at: self.inside.at.get_untracked(),
                channel: self.inside.channel.get_untracked(),
            }));
        }
    }

    /// Lets the run's network answer as it was after a step, or as it is.
    pub fn recall(&self, global_step: Option<usize>) {
        self.inside.recalled.set(global_step);
        self.inside.recalls.update_value(|left| *left += 1);
        self.send(Command::Inside(InsideCommand::Recall { global_step }));
        self.look();
    }

    /// The opened layer's place in the model.
    fn opened_layer(&self) -> Option<usize> {
        self.opened.get_untracked()?.checked_sub(1)
    }

    /// What the worker tells.
    pub(super) fn take_in_inside(&self, event: InsideEvent) {
        match event {
            InsideEvent::Inspected(inspection) => self.inspected(*inspection),
            InsideEvent::Explained(explanation) => {
                let request = explanation.request;
                let awaited = self
                    .inside
                    .explaining
                    .try_update_value(|question| question.answered(request));
                if awaited == Some(true) {
                    self.inside.explanation.set(Some(Arc::new(*explanation)));
                }
                self.ask_to_explain();
            }
            InsideEvent::Moments { steps, bytes, .. } => {
                let moments = Moments { steps, bytes };
                // A new run has one at most, and answers as it is.
                if moments.steps.len() < 2 {
                    self.inside.recalled.set(None);
                    self.pending.update_value(|pending| pending.moments = None);
                    return self.inside.moments.set(moments);
                }
                self.pending.update_value(|pending| pending.moments = Some(moments));
                self.schedule_figures();
            }
            InsideEvent::Recalled { global_step } => {
                self.inside.recalls.update_value(|left| *left = left.saturating_sub(1));
                if self.inside.recalls.get_value() == 0 {
                    self.inside.recalled.set(global_step);
                }
            }
        }
    }

    fn inspected(&self, inspection: Inspection) {
        let request = inspection.request;
        let awaited = self
            .inside
            .looking
            .try_update_value(|question| question.answered(request));
        if awaited != Some(true) {
            return self.ask_inside();
        }
        self.inside.pace.update_value(|pace| {
            pace.next = pace.next.max(pace.asked + REST * (now() - pace.asked));
        });
        // The shipped model has no course, and what was is no part of the course of now.
        if let (Answering::Run { global_step, .. }, None) = (inspection.model, self.inside.recalled.get_untracked()) {
            self.inside
                .course
                .update(|course| course.push(global_step, &inspection));
        }
        self.inside.inspection.set(Some(Arc::new(inspection)));
        self.ask_inside();
    }

    /// No answer will come to what was asked.
    pub(super) fn unanswered_inside(&self) {
        self.inside.looking.update_value(Question::unanswered);
        self.inside.explaining.update_value(Question::unanswered);
        self.inside.recalls.set_value(0);
    }
}
