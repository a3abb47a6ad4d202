//! The user's own drawings: kept as examples, learned from, and the lesson taken back.

use leptos::prelude::*;

use super::{
    browser::{store, stored},
    state::{Lab, Source},
};
use crate::protocol::{Command, Drawing, HandCommand, HandEvent, Lesson, decode, encode};

/// Under which the examples are stored. What changes their bytes needs another one.
const STORED: &str = "examples-1";

/// Examples that are stored, at most: as many as the worker keeps.
const MOST: usize = 200;

type Examples = Vec<(Drawing, u8)>;

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
        let mut examples = stored_examples();
        examples.push((drawing.clone(), label));
        let first = examples.len().saturating_sub(MOST);
        store_examples(&examples.split_off(first));
        self.send(Command::Hand(HandCommand::Keep { drawing, label }));
    }

    /// Forgets the examples.
    pub fn forget_drawings(&self) {
        self.hand.kept_as.set(None);
        store_examples(&Examples::new());
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

    /// A new worker knows no lessons, and no examples but those that it is given: at once, as those that are kept while it
    /// starts wait for it already.
    pub(super) fn hand_is_empty(&self) {
        self.hand.examples.set(0);
        self.hand.learning.set(None);
        self.hand.lesson.set(None);
        self.hand.lessons.set(0);
        self.hand.kept_as.set(None);
        for (drawing, label) in stored_examples() {
            self.send(Command::Hand(HandCommand::Keep { drawing, label }));
        }
    }
}

/// Those of earlier visits, too.
fn stored_examples() -> Examples {
    let bytes = stored(STORED).map(|text| text.chars().map(|byte| byte as u8).collect::<Vec<_>>());
    bytes.and_then(|bytes| decode(&bytes).ok()).unwrap_or_default()
}

/// As a text, each byte a character: what the browser stores so is small.
fn store_examples(examples: &Examples) {
    store(
        STORED,
        &encode(examples).into_iter().map(char::from).collect::<String>(),
    );
}
