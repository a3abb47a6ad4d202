//! The model: its preset, its layers to edit, what it amounts to.

use leptos::{ev, prelude::*};

use super::{
    icon::{Icon, icon},
    model_add::AddLayer,
    model_list::LayerList,
    model_summary::{ModelSummary, SummaryButton},
    number::Grouped,
};
use crate::{
    app::{state::Lab, text::t},
    spec::Preset,
};

/// The model's panel.
#[component]
pub fn ModelPanel() -> impl IntoView {
    let lab = Lab::get();
    let measured = move || {
        let measured = lab.settings.with(|settings| settings.measured());
        measured.map(|measured| t().model.measured(&measured))
    };
    let params = Signal::derive(move || {
        let outline = lab.builder.outline.read();
        let params = outline.iter().map(|layer| layer.params).sum();
        lab.builder.problem.read().is_none().then_some(params)
    });
    let whole = move || lab.builder.problem.get().filter(|problem| problem.id.is_none());
    view! {
        <section class="panel model" aria-labelledby="model-title" on:keydown=move |event| undo_or_redo(lab, &event)>
            <header class="model-head">
                <h2 id="model-title">{t().model.title}</h2>
                <UndoRedo />
                <SummaryButton />
            </header>
            <PresetChoice />
            {move || measured().map(|text| view! { <p class="measured quiet">{text}</p> })}
            <LayerList />
            <p class="complaint" role="status">
                {move || whole().map(|problem| problem.reason)}
            </p>
            <footer class="model-foot">
                <AddLayer />
                <p class="quiet">
                    <Grouped testid="model-params" value=params />
                    " "
                    {t().model.parameters}
                </p>
            </footer>
            <p class="machine" role="status" data-testid="model-said">
                {lab.builder.said}
            </p>
            <ModelSummary />
        </section>
    }
}

#[component]
fn UndoRedo() -> impl IntoView {
    let lab = Lab::get();
    let draft = lab.builder.draft;
    view! {
        <button
            type="button"
            class="tool"
            data-testid="undo-edit"
            title=t().model.undo_edit_hint
            aria-label=t().model.undo_edit
            disabled=move || draft.read().undoable() == 0
            on:click=move |_| lab.undo_edit()
        >
            {icon(Icon::Undo)}
        </button>
        <button
            type="button"
            class="tool"
            data-testid="redo-edit"
            title=t().model.redo_edit_hint
            aria-label=t().model.redo_edit
            disabled=move || draft.read().redoable() == 0
            on:click=move |_| lab.redo_edit()
        >
            {icon(Icon::Redo)}
        </button>
    }
}

/// Within the model, Ctrl+Z is the model's.
fn undo_or_redo(lab: Lab, event: &ev::KeyboardEvent) {
    if !(event.ctrl_key() || event.meta_key()) || event.alt_key() {
        return;
    }
    match (&event.key().to_ascii_lowercase()[..], event.shift_key()) {
        ("z", false) => lab.undo_edit(),
        ("z", true) | ("y", false) => lab.redo_edit(),
        _ => return,
    }
    event.prevent_default();
}

#[component]
fn PresetChoice() -> impl IntoView {
    let lab = Lab::get();
    let preset = Memo::new(move |_| lab.settings.with(|settings| settings.preset));
    let custom = Memo::new(move |_| lab.builder.draft.with(|draft| draft.model() != preset.get().recipe().0));
    let value = move || if custom.get() { "" } else { preset.get().id() };
    let change = move |event: ev::Event| {
        if let Some(preset) = Preset::from_id(&event_target_value(&event)) {
            lab.choose_preset(preset);
        }
    };
    let option = move |preset: Preset| {
        view! {
            <option value=preset.id() selected=move || value() == preset.id()>
                {preset.label()}
            </option>
        }
    };
    view! {
        <div class="field field-choice">
            <label for="setting-preset">{t().model.preset}</label>
            <select id="setting-preset" on:change=change prop:value=value>
                <option value="" hidden=move || !custom.get()>
                    {move || t().model.custom_from(preset.get().label())}
                </option>
                {Preset::ALL.map(option).into_iter().collect_view()}
            </select>
        </div>
    }
}
