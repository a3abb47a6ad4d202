//! A closer look: what the page knows of answers, errors and reasons, and how it asks for more.

use std::{collections::HashMap, sync::Arc};

use leptos::prelude::*;

use super::View;
use crate::{
    app::state::Lab,
    protocol::{
        Answering, Answers, Ascended, Command, Projection, Reasons, RobustnessPoint, StudyCommand, StudyEvent, Tensor,
    },
};

/// Explanations: at most one is under way, and the next is always about the latest answer.
#[derive(Debug, Default)]
struct Questions {
    last: u32,
    under_way: bool,
    wanted: bool,
}

/// The closer look, as signals.
#[derive(Clone, Copy)]
pub struct Study {
    /// What is open.
    pub view: RwSignal<Option<View>>,
    /// The answers to all test images.
    pub answers: RwSignal<Option<Arc<Answers>>>,
    /// The robustness curves.
    pub robustness: RwSignal<Vec<RobustnessPoint>>,
    /// The test images in two dimensions.
    pub projection: RwSignal<Option<Arc<Projection>>>,
    /// Why the last answer.
    pub explanation: RwSignal<Option<Arc<Reasons>>>,
    /// The class that is explained; none is the one answered.
    pub class: RwSignal<Option<usize>>,
    /// Whose training images can be looked through, and how many.
    pub indexed: RwSignal<Option<(Answering, usize)>>,
    /// Where the ascent stands.
    pub ascended: RwSignal<Option<Arc<Ascended>>>,
    /// The image that it began with.
    pub ascent_start: RwSignal<Option<Tensor>>,
    /// What its unit gave, as far as that was told: steps and values.
    pub ascent_course: RwSignal<Vec<[f32; 2]>>,
    /// Test images that have come, by place; none while they are asked for.
    images: RwSignal<HashMap<u32, Option<Arc<[u8]>>>>,
    questions: StoredValue<Questions>,
}

impl Default for Study {
    fn default() -> Self {
        Self {
            view: RwSignal::new(None),
            answers: RwSignal::new(None),
            robustness: RwSignal::new(vec![]),
            projection: RwSignal::new(None),
            explanation: RwSignal::new(None),
            class: RwSignal::new(None),
            indexed: RwSignal::new(None),
            ascended: RwSignal::new(None),
            ascent_start: RwSignal::new(None),
            ascent_course: RwSignal::new(vec![]),
            images: RwSignal::new(HashMap::new()),
            questions: StoredValue::new(Questions::default()),
        }
    }
}

impl Study {
    /// The bytes of a test image, if it has come.
    pub fn image(&self, place: u32) -> Option<Arc<[u8]>> {
        self.images.with(|images| images.get(&place).cloned().flatten())
    }

    /// An ascent begins.
    pub fn forget_ascent(&self) {
        self.ascended.set(None);
        self.ascent_start.set(None);
        self.ascent_course.set(vec![]);
    }

    /// A run begins: what was found out about another one's answers is gone.
    pub fn forget(&self) {
        self.answers.set(None);
        self.robustness.set(vec![]);
        self.projection.set(None);
        self.images.set(HashMap::new());
        self.indexed.set(None);
        self.class.set(None);
    }

    fn take_in_images(&self, places: &[u32], pixels: &[u8]) {
        let size = pixels.len() / places.len().max(1);
        self.images.update(|images| {
            for (&place, image) in places.iter().zip(pixels.chunks_exact(size.max(1))) {
                images.insert(place, Some(image.into()));
            }
        });
    }
}

impl Lab {
    /// What the worker tells.
    pub(in crate::app) fn take_in_study(&self, event: StudyEvent) {
        let study = self.study;
        match event {
            StudyEvent::Answers(answers) => study.answers.set(Some(Arc::new(*answers))),
            StudyEvent::Images { places, pixels, .. } => study.take_in_images(&places, &pixels),
            StudyEvent::Explained(explanation) => {
                self.explained();
                study.explanation.set(Some(Arc::new(*explanation)));
            }
            StudyEvent::Robustness(point) => study.robustness.update(|points| points.push(point)),
            StudyEvent::Indexed { model, images } => {
                study.indexed.set(Some((model, images)));
                self.want_reasons();
            }
            StudyEvent::Projected(projection) => study.projection.set(Some(Arc::new(*projection))),
            StudyEvent::Ascended(ascended) => {
                if ascended.step == 0 {
                    study.ascent_start.set(Some(ascended.image.clone()));
                }
                let told = [ascended.step as f32, ascended.value];
                study.ascent_course.update(|course| course.push(told));
                study.ascended.set(Some(Arc::new(*ascended)));
            }
        }
    }

    /// Asks for those of the test images that have not come and are not on their way.
    pub fn want_images(&self, places: impl IntoIterator<Item = u32>) {
        let images = self.study.images;
        let missing = |place: &u32| images.with_untracked(|images| !images.contains_key(place));
        let places: Vec<u32> = places.into_iter().filter(missing).collect();
        if !places.is_empty() {
            // Nobody needs to hear of what has not come.
            images.update_untracked(|images| images.extend(places.iter().map(|&place| (place, None))));
            self.send(Command::Study(StudyCommand::Images { request: 0, places }));
        }
    }

    /// The answer that is shown is to be explained.
    pub fn want_reasons(&self) {
        self.study.questions.update_value(|questions| questions.wanted = true);
        self.ask_why();
    }

    /// An explanation came, or none will.
    pub(in crate::app) fn explained(&self) {
        self.study
            .questions
            .update_value(|questions| questions.under_way = false);
        self.ask_why();
    }

    fn ask_why(&self) {
        let open = self.study.view.get_untracked() == Some(View::Why);
        if !open || self.prediction.with_untracked(Option::is_none) {
            return;
        }
        let class = self.study.class.get_untracked();
        let request = self.study.questions.try_update_value(|questions| {
            if !questions.wanted || questions.under_way {
                return None;
            }
            questions.wanted = false;
            questions.under_way = true;
            questions.last = questions.last.wrapping_add(1);
            Some(questions.last)
        });
        if let Some(request) = request.flatten() {
            self.send(Command::Study(StudyCommand::Explain { request, class }));
        }
    }
}
