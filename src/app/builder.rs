//! What the user does to the model: the settings follow the draft as soon as it can be built.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::{
    draft::{Draft, Problem},
    state::{Lab, Place},
    text::t,
};
use crate::spec::{LayerSpec, LayerSummary, ModelSpec, Preset};

/// The model's editor, as signals.
#[derive(Clone, Copy)]
pub struct Builder {
    /// The model under edit.
    pub draft: RwSignal<Draft>,
    /// What its layers give, as far as they fit.
    pub outline: Memo<Vec<LayerSummary>>,
    /// Why it cannot be built, where it cannot.
    pub problem: Memo<Option<Problem>>,
    /// The layer whose arguments are open.
    pub selected: RwSignal<Option<u32>>,
    /// What the last change was, for those who do not see it.
    pub said: RwSignal<String>,
    /// Whether the summary is open.
    pub summary: RwSignal<bool>,
}

impl Builder {
    /// An editor of a model.
    pub fn new(model: &ModelSpec) -> Self {
        let draft = RwSignal::new(Draft::new(model));
        Self {
            draft,
            outline: Memo::new(move |_| draft.with(|draft| draft.model().outline().0)),
            problem: Memo::new(move |_| draft.with(Draft::problem)),
            selected: RwSignal::new(None),
            said: RwSignal::new(String::new()),
            summary: RwSignal::new(false),
        }
    }

    /// Takes a model over from elsewhere; the draft can be brought back by undo.
    pub fn show(&self, model: &ModelSpec) {
        if self
            .draft
            .with_untracked(|draft| draft.problem().is_some() || draft.model() != *model)
        {
            self.draft.update(|draft| draft.replace(model));
        }
    }
}

impl Lab {
    /// Changes the draft. The settings, and with them the link and an untouched run, follow if it can be built.
    pub fn edit_model<T>(&self, change: impl FnOnce(&mut Draft) -> T) -> Option<T> {
        let focused = document().active_element();
        let result = self.builder.draft.try_update(change);
        let draft = self.builder.draft;
        let model = draft.with_untracked(|draft| draft.problem().is_none().then(|| draft.model()));
        if let Some(model) = model {
            let mut settings = self.settings.get_untracked();
            settings.set_model(model);
            self.adopt(settings);
        }
        keep_focus(focused);
        result
    }

    /// The model and the training of a preset, whatever the draft was.
    pub fn choose_preset(&self, preset: Preset) {
        // Only what is offered can be chosen.
        let _ = self.set("preset", preset.id());
        let model = self.settings.with_untracked(|settings| settings.model.clone());
        self.builder.show(&model);
    }

    /// Brings the layer that does not fit to the front.
    pub fn show_problem(&self) {
        let Some(problem) = self.builder.problem.get_untracked() else {
            return;
        };
        self.place.set(Place::Train);
        self.builder.selected.set(problem.id);
        if let Some(id) = problem.id {
            focus_row(id);
        }
    }

    /// A new layer, opened: after the selected one, or as late as it fits.
    pub fn add_layer(&self, layer: LayerSpec) {
        let kind = layer.kind();
        let selected = self.builder.selected.get_untracked();
        let Some(id) = self.edit_model(|draft| draft.insert(layer, selected)) else {
            return;
        };
        self.builder.selected.set(Some(id));
        self.say(|place, count| t().model.layer_added(kind, place, count), id);
        focus_row(id);
    }

    /// Takes a layer away.
    pub fn remove_layer(&self, id: u32) {
        let kind = self.kind_of(id);
        let next = self.edit_model(|draft| draft.remove(id)).flatten();
        self.builder
            .said
            .set(t().model.layer_removed(kind, self.count(|draft| draft.rows().len())));
        self.builder
            .selected
            .update(|selected| *selected = selected.filter(|&selected| selected != id));
        if let Some(next) = next {
            focus_row(next);
        }
    }

    /// Puts a layer at a place, counted from 0; nothing happens where there is no such place.
    pub fn move_layer(&self, id: u32, place: usize) {
        if self.edit_model(|draft| draft.move_to(id, place)) == Some(true) {
            let kind = self.kind_of(id);
            self.say(|place, count| t().model.layer_moved(kind, place, count), id);
        }
    }

    /// Takes the last change of the model back.
    pub fn undo_edit(&self) {
        if self.edit_model(Draft::undo) == Some(true) {
            self.builder
                .said
                .set(t().model.edit_undone(self.count(Draft::undoable)));
        }
    }

    /// Makes the last change that was taken back again.
    pub fn redo_edit(&self) {
        if self.edit_model(Draft::redo) == Some(true) {
            self.builder
                .said
                .set(t().model.edit_redone(self.count(Draft::redoable)));
        }
    }

    fn count(&self, what: fn(&Draft) -> usize) -> usize {
        self.builder.draft.with_untracked(what)
    }

    fn say(&self, sentence: impl FnOnce(usize, usize) -> String, id: u32) {
        let (place, count) = self
            .builder
            .draft
            .with_untracked(|draft| (draft.place(id).unwrap_or_default() + 1, draft.rows().len()));
        self.builder.said.set(sentence(place, count));
    }

    fn kind_of(&self, id: u32) -> &'static str {
        self.builder.draft.with_untracked(|draft| {
            let place = draft.place(id);
            place.map_or("", |place| draft.rows()[place].layer.kind())
        })
    }
}

/// The id of a layer's row on the page.
pub fn row_id(id: u32) -> String {
    format!("row-{id}")
}

/// Puts the focus on a layer's row, as soon as it is there.
pub fn focus_row(id: u32) {
    let id = row_id(id);
    if !takes_focus(&id) {
        request_animation_frame(move || {
            takes_focus(&id);
        });
    }
}

/// Puts the focus on an element; false where it is not there or not visible.
fn takes_focus(id: &str) -> bool {
    if let Some(element) = document().get_element_by_id(id) {
        focus(element);
    }
    document().active_element().is_some_and(|active| active.id() == id)
}

/// Gives the focus back to a row that lost it on its way to another place of the page.
fn keep_focus(focused: Option<Element>) {
    let Some(focused) = focused else { return };
    request_animation_frame(move || {
        if document()
            .active_element()
            .is_none_or(|active| active.tag_name() == "BODY")
        {
            focus(focused);
        }
    });
}

fn focus(element: Element) {
    if let Ok(element) = element.dyn_into::<HtmlElement>() {
        // What is on the page and visible takes the focus; else it stays where it is.
        let _ = element.focus();
    }
}
