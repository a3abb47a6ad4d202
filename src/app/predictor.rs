//! Asks for answers while the user draws: at most one question is under way, and the next is always about the latest.

use super::{
    browser,
    question::Question,
    state::{DataState, Lab, Source},
};
use crate::protocol::{Command, PredictInput, Prediction, RunState, Split};
use leptos::prelude::*;

impl Lab {
    /// The network is to look again: the drawing, the image or the model changed.
    pub fn look(&self) {
        if self.source.get_untracked() == Source::Drawing && self.is_blank_untracked() {
            return self.look_away();
        }
        self.predictor.update_value(Question::want);
        self.ask();
    }

    /// Looks again, if the weights are changing and somebody sees it.
    pub fn look_at_new_weights(&self) {
        let changing =
            self.state.get_untracked() == RunState::Training && self.inside.recalled.get_untracked().is_none();
        if changing && !browser::hidden() {
            self.look();
        }
    }

    /// An answer came: true if it is about something that is still there.
    pub fn answered(&self, prediction: &Prediction) -> bool {
        let awaited = self
            .predictor
            .try_update_value(|question| question.answered(prediction.request));
        awaited.unwrap_or(false)
    }

    /// No answer will come: to the last question, or at all from a worker that is gone.
    pub fn unanswered(&self) {
        self.predictor.update_value(Question::unanswered);
        self.unanswered_inside();
    }

    /// Asks the next question, if there is one and somebody can answer.
    pub fn ask(&self) {
        if !self.can_answer() {
            return;
        }
        if let Some(request) = self.predictor.try_update_value(Question::ask).flatten() {
            let input = self.looked_at();
            self.send(Command::Predict { request, input });
        }
    }

    /// What the network is to look at.
    pub fn looked_at(&self) -> PredictInput {
        match self.source.get_untracked() {
            Source::Drawing => PredictInput::Drawing(self.drawing.get_untracked()),
            Source::Image(Split::Test, index) => PredictInput::TestImage(index),
            Source::Image(Split::Train, index) => PredictInput::TrainingImage(index),
            Source::RunImage(split, index) => PredictInput::RunImage(split, index),
        }
    }

    fn look_away(&self) {
        self.predictor.update_value(Question::forget);
        if self.prediction.with_untracked(Option::is_some) {
            self.prediction.set(None);
        }
    }

    fn can_answer(&self) -> bool {
        let model = self.pretrained.get_untracked() || self.latest.with_untracked(Option::is_some);
        let image = self.source.get_untracked() == Source::Drawing
            || self.data.with_untracked(|data| matches!(data, DataState::Ready(..)));
        model && image
    }

    fn is_blank_untracked(&self) -> bool {
        self.drawing.with_untracked(|drawing| drawing.strokes.is_empty())
    }
}
