//! The user's own drawings: kept as examples, learned from, and the lesson taken back.

use leptos::prelude::*;

use super::state::{Lab, Source};
use crate::protocol::{Command, HandCommand, HandEvent, Lesson};

/// What the page knows of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hand {
    /// Examples kept.
    pub examples: RwSignal<usize>,
    /// From 0 to 1 while a lesson is under way.
    pub learning: RwSignal<Option<f32>>,
    /// What the last lesson has done.
    pub lesson: RwSignal<Option<Lesson>>,
    /// Lessons that can be taken back.
    pub lessons: RwSignal<usize>,
    /// The class that the drawing on the pad was kept as.
    pub kept_as: RwSignal<Option<u8>>,
}

impl Lab {
    /// Keeps the drawing on the pad as an example of a class.
    pub fn keep_drawing(&self, label: u8) {
        if self.source.get_untracked() != Source::Drawing {
            return;
        }
        let drawing = self.drawing.get_untracked();
        self.hand.kept_as.set(Some(label));
        self.send(Command::Hand(HandCommand::Keep { drawing, label }));
    }

    /// Forgets the examples.
    pub fn forget_drawings(&self) {
        self.hand.kept_as.set(None);
        self.send(Command::Hand(HandCommand::Forget));
    }

    /// Lets a copy of the model learn from them.
    pub fn learn_from_drawings(&self) {
        self.hand.learning.set(Some(0.0));
        self.send(Command::Hand(HandCommand::Learn));
    }

    /// Lets the model of before the last lesson answer again.
    pub fn unlearn(&self) {
        self.send(Command::Hand(HandCommand::Unlearn));
    }

    pub(super) fn take_in_hand(&self, event: HandEvent) {
        let hand = self.hand;
        match event {
            HandEvent::Kept { examples } => hand.examples.set(examples),
            HandEvent::Learning { share } => hand.learning.set(Some(share)),
            HandEvent::Ended => hand.learning.set(None),
            HandEvent::Learned(lesson) => {
                hand.learning.set(None);
                hand.lesson.set(Some(lesson));
                hand.lessons.update(|lessons| *lessons += 1);
                self.look();
            }
            HandEvent::Unlearned { left } => {
                hand.lessons.set(left);
                hand.lesson.set(None);
                self.look();
            }
        }
    }

    /// A new worker knows no examples and no lessons.
    pub(super) fn hand_is_empty(&self) {
        self.hand.examples.set(0);
        self.hand.learning.set(None);
        self.hand.lesson.set(None);
        self.hand.lessons.set(0);
        self.hand.kept_as.set(None);
    }
}
