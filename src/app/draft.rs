//! The model as it is edited: every change can be taken back, and what does not fit stays until it is put right.

use crate::spec::{Argument, LayerSpec, ModelSpec, Shape, SpecError};

/// How many changes can be taken back.
const MEMORY: usize = 200;

/// A layer of the draft.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Stays with the layer wherever it goes.
    pub id: u32,
    /// The layer.
    pub layer: LayerSpec,
}

/// A text that an argument cannot be: the layer keeps the value before.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    id: u32,
    argument: String,
    reason: String,
}

/// Why the draft cannot be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The layer that it is about, or none: the model as a whole.
    pub id: Option<u32>,
    /// What was expected and what came.
    pub reason: String,
    /// The same with the layer's place and kind, for other parts of the page.
    pub message: String,
}

/// The model under edit.
#[derive(Debug, Clone)]
pub struct Draft {
    input_shape: Shape,
    rows: Vec<Row>,
    ids: u32,
    past: Vec<Vec<Row>>,
    future: Vec<Vec<Row>>,
    /// The argument that was edited last: as long as it goes on, it is one change.
    editing: Option<(u32, String)>,
    refusals: Vec<Refusal>,
}

impl Draft {
    /// A draft of a model, without a past.
    pub fn new(model: &ModelSpec) -> Self {
        let mut draft = Self {
            input_shape: model.input_shape.clone(),
            rows: vec![],
            ids: 0,
            past: vec![],
            future: vec![],
            editing: None,
            refusals: vec![],
        };
        draft.rows = model.layers.iter().map(|layer| draft.row(layer.clone())).collect();
        draft
    }

    /// The layers, first to last.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The place of a layer, from 0.
    pub fn place(&self, id: u32) -> Option<usize> {
        self.rows.iter().position(|row| row.id == id)
    }

    /// The layer's arguments; none where there is no such layer.
    pub fn arguments(&self, id: u32) -> Vec<Argument> {
        let row = self.rows.iter().find(|row| row.id == id);
        row.map(|row| row.layer.arguments()).unwrap_or_default()
    }

    /// The model as it stands, whether it can be built or not.
    pub fn model(&self) -> ModelSpec {
        ModelSpec {
            input_shape: self.input_shape.clone(),
            layers: self.rows.iter().map(|row| row.layer.clone()).collect(),
        }
    }

    /// Why this cannot be built, where it cannot.
    pub fn problem(&self) -> Option<Problem> {
        let refused = self.refusals.iter().find_map(|refusal| {
            let place = self.place(refusal.id)?;
            Some(self.problem_at(place, &refusal.reason))
        });
        refused.or_else(|| match self.model().shapes().err()? {
            SpecError::Layer { number, reason, .. } => Some(self.problem_at(number - 1, &reason)),
            error @ SpecError::Model(_) => Some(Problem {
                id: None,
                reason: error.to_string(),
                message: error.to_string(),
            }),
        })
    }

    fn problem_at(&self, place: usize, reason: &str) -> Problem {
        let Row { id, layer } = &self.rows[place];
        let error = SpecError::Layer {
            number: place + 1,
            kind: layer.kind(),
            reason: reason.into(),
        };
        Problem {
            id: Some(*id),
            reason: reason.into(),
            message: error.to_string(),
        }
    }

    /// Why the text in an argument's field is not its value.
    pub fn refusal(&self, id: u32, argument: &str) -> Option<&str> {
        let refusal = self.refusals.iter().find(|r| r.id == id && r.argument == argument);
        refusal.map(|refusal| &refusal.reason[..])
    }

    /// Another model takes the place of this one.
    pub fn replace(&mut self, model: &ModelSpec) {
        self.refusals.clear();
        if self.model() != *model {
            self.remember(None);
            self.input_shape = model.input_shape.clone();
            self.rows = model.layers.iter().map(|layer| self.row(layer.clone())).collect();
        }
    }

    /// Gives an argument of a layer a value; a text that cannot be one is kept in mind as a problem.
    pub fn set_argument(&mut self, id: u32, argument: &str, text: &str) {
        self.refusals.retain(|r| r.id != id || r.argument != argument);
        let Some(place) = self.place(id) else { return };
        let mut layer = self.rows[place].layer.clone();
        match layer.set_argument(argument, text) {
            Err(reason) => self.refusals.push(Refusal {
                id,
                argument: argument.into(),
                reason,
            }),
            Ok(()) if layer == self.rows[place].layer => {}
            Ok(()) => {
                self.remember(Some((id, argument.into())));
                self.rows[place].layer = layer;
            }
        }
    }

    /// A new layer after another; without one, as late as it fits before the last, which gives the class scores.
    pub fn insert(&mut self, layer: LayerSpec, after: Option<u32>) -> u32 {
        let last = self.rows.len().saturating_sub(1);
        let after = after.and_then(|id| self.place(id)).filter(|&place| place < last);
        let place = after.map_or_else(|| self.latest_fit(&layer), |place| place + 1);
        self.remember(None);
        let row = self.row(layer);
        let id = row.id;
        self.rows.insert(place, row);
        id
    }

    fn latest_fit(&self, layer: &LayerSpec) -> usize {
        let last = self.rows.len().saturating_sub(1);
        let fits = |place: &usize| {
            let mut model = self.model();
            model.layers.insert(*place, layer.clone());
            model.shapes().is_ok()
        };
        (0..=last).rev().find(fits).unwrap_or(last)
    }

    /// Takes a layer away, and gives the one that has its place now.
    pub fn remove(&mut self, id: u32) -> Option<u32> {
        let place = self.place(id)?;
        self.remember(None);
        self.refusals.retain(|refusal| refusal.id != id);
        self.rows.remove(place);
        let next = place.min(self.rows.len().saturating_sub(1));
        self.rows.get(next).map(|row| row.id)
    }

    /// Puts a layer elsewhere; false if it is there already or there is no such place.
    pub fn move_to(&mut self, id: u32, place: usize) -> bool {
        let Some(from) = self.place(id).filter(|&from| from != place && place < self.rows.len()) else {
            return false;
        };
        self.remember(None);
        let row = self.rows.remove(from);
        self.rows.insert(place, row);
        true
    }

    /// How many changes can be taken back.
    pub fn undoable(&self) -> usize {
        self.past.len()
    }

    /// How many changes can be made again.
    pub fn redoable(&self) -> usize {
        self.future.len()
    }

    /// Takes the last change back; false if there is none.
    pub fn undo(&mut self) -> bool {
        let Some(rows) = self.past.pop() else { return false };
        self.future.push(std::mem::replace(&mut self.rows, rows));
        self.forget_fields();
        true
    }

    /// Makes the last change that was taken back again; false if there is none.
    pub fn redo(&mut self) -> bool {
        let Some(rows) = self.future.pop() else { return false };
        self.past.push(std::mem::replace(&mut self.rows, rows));
        self.forget_fields();
        true
    }

    fn forget_fields(&mut self) {
        self.editing = None;
        self.refusals.clear();
    }

    /// To be called before a change; `editing` is the argument that it is about.
    fn remember(&mut self, editing: Option<(u32, String)>) {
        self.future.clear();
        if editing.is_none() || editing != self.editing {
            self.past.push(self.rows.clone());
            let forgotten = self.past.len().saturating_sub(MEMORY);
            self.past.drain(..forgotten);
        }
        self.editing = editing;
    }

    fn row(&mut self, layer: LayerSpec) -> Row {
        self.ids += 1;
        Row { id: self.ids, layer }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe() -> Draft {
        Draft::new(&ModelSpec::keras_recipe())
    }

    fn kinds(draft: &Draft) -> Vec<&'static str> {
        draft.rows().iter().map(|row| row.layer.kind()).collect()
    }

    fn dropout() -> LayerSpec {
        LayerSpec::default_of("Dropout").unwrap()
    }

    #[test]
    fn every_change_can_be_taken_back_and_made_again() {
        let mut draft = recipe();
        let mut states = vec![draft.rows().to_vec()];
        let first = draft.rows()[0].id;
        draft.set_argument(first, "filters", "16");
        states.push(draft.rows().to_vec());
        let dropped = draft.insert(dropout(), Some(first));
        states.push(draft.rows().to_vec());
        assert!(draft.move_to(dropped, 5) && !draft.move_to(dropped, 5) && !draft.move_to(dropped, 9));
        states.push(draft.rows().to_vec());
        draft.remove(first);
        states.push(draft.rows().to_vec());
        draft.replace(&ModelSpec::keras_recipe());
        states.push(draft.rows().to_vec());
        for state in states.iter().rev().skip(1) {
            assert!(draft.undo());
            assert_eq!(draft.rows(), state);
        }
        assert!(draft.undoable() == 0 && !draft.undo());
        for state in &states[1..] {
            assert!(draft.redo());
            assert_eq!(draft.rows(), state);
        }
        assert!(draft.redoable() == 0 && !draft.redo());
        draft.undo();
        draft.remove(draft.rows()[0].id);
        assert_eq!(draft.redoable(), 0, "a new change has another future");
    }

    #[test]
    fn what_is_typed_into_one_field_is_one_change() {
        let mut draft = recipe();
        let first = draft.rows()[0].id;
        for text in ["1", "12", "", "128"] {
            draft.set_argument(first, "filters", text);
        }
        draft.set_argument(first, "activation", "tanh");
        draft.undo();
        assert_eq!(draft.arguments(first)[0].value, "128");
        draft.undo();
        assert_eq!(draft.model(), ModelSpec::keras_recipe());
        assert_eq!(draft.undoable(), 0);
    }

    #[test]
    fn a_text_that_is_no_value_is_a_problem_until_it_is_put_right() {
        let mut draft = recipe();
        let first = draft.rows()[0].id;
        draft.set_argument(first, "filters", "many");
        assert_eq!(draft.model(), ModelSpec::keras_recipe());
        assert!(
            draft
                .refusal(first, "filters")
                .is_some_and(|reason| reason.contains("many"))
        );
        let problem = draft.problem().unwrap();
        assert_eq!(problem.id, Some(first));
        assert!(problem.message.starts_with("layer 1 (Conv2D): filters must be"));
        draft.set_argument(first, "filters", "8");
        assert_eq!((draft.problem(), draft.refusal(first, "filters")), (None, None));
        draft.set_argument(first, "filters", "0");
        draft.undo();
        assert_eq!(draft.problem(), None, "undo takes the text back as well");
    }

    #[test]
    fn a_layer_that_does_not_fit_is_the_problem_and_the_rest_stays() {
        let mut draft = recipe();
        let flatten = draft.rows()[5].id;
        let dense = draft.rows()[6].id;
        assert_eq!(draft.remove(flatten), Some(dense));
        let problem = draft.problem().unwrap();
        assert_eq!(problem.id, Some(dense));
        assert!(problem.reason.starts_with("expected one row of features, got 3x3x64"));
        assert_eq!(draft.rows().len(), 7);
        while let Some(id) = draft.rows().first().map(|row| row.id) {
            draft.remove(id);
        }
        assert_eq!(draft.problem().map(|problem| problem.id), Some(None));
    }

    #[test]
    fn a_new_layer_comes_after_the_selected_one_or_as_late_as_it_fits() {
        let mut draft = recipe();
        let second = draft.rows()[1].id;
        draft.insert(dropout(), Some(second));
        assert_eq!(kinds(&draft)[2], "Dropout");
        let mut draft = recipe();
        draft.insert(dropout(), None);
        assert_eq!(kinds(&draft)[7], "Dropout", "before the class scores");
        let mut draft = recipe();
        let scores = draft.rows()[7].id;
        draft.insert(LayerSpec::max_pooling2d(2), Some(scores));
        assert_eq!(kinds(&draft)[5], "MaxPooling2D", "before Flatten");
        let mut draft = recipe();
        draft.insert(LayerSpec::default_of("LSTM").unwrap(), None);
        assert_eq!(kinds(&draft)[7], "LSTM", "where nothing fits, before the class scores");
    }
}
