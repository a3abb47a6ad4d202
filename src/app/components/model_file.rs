//! Models in and out, as files.

use leptos::{ev, prelude::*};

use super::drop_panel::{DropPanel, files_of};
use crate::{
    app::{state::Lab, text::t},
    protocol::FileFormat,
};

/// The panel of model files; a file can be dropped on it.
#[component]
pub fn ModelFilePanel() -> impl IntoView {
    let lab = Lab::get();
    let take = move |files: Vec<web_sys::File>| files.into_iter().take(1).for_each(|file| lab.import_model(file));
    view! {
        <DropPanel name="model-file" title=t().files.title hint=t().files.drop_here take>
            <LoadField />
            <LoadedFacts />
            <SaveButtons />
        </DropPanel>
    }
}

#[component]
fn LoadField() -> impl IntoView {
    let lab = Lab::get();
    let change = move |event: ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        files_of(input.files())
            .into_iter()
            .for_each(|file| lab.import_model(file));
        // The same file can be chosen again.
        input.set_value("");
    };
    view! {
        <div class="file-field">
            <label for="import-model">{t().files.load}</label>
            <input
                id="import-model"
                type="file"
                accept=".safetensors,.onnx"
                data-testid="import-model"
                title=t().files.hint
                on:change=change
            />
        </div>
    }
}

/// What was loaded, and the way back to weights from the seed.
#[component]
fn LoadedFacts() -> impl IntoView {
    let lab = Lab::get();
    let facts = move || match lab.model_file.reading.get() {
        true => t().files.reading.into(),
        false => lab.model_file.loaded.with(|loaded| match loaded {
            Some(loaded) => t().files.loaded(loaded),
            None => t().files.hint.to_string(),
        }),
    };
    let from_file = move || lab.settings.with(|settings| settings.config.initial_weights.is_some());
    view! {
        <p class="quiet" role="status" data-testid="model-file-facts">{facts}</p>
        <Show when=from_file>
            <button type="button" class="small" data-testid="from-seed" on:click=move |_| lab.begin_from_seed()>
                {t().files.from_seed}
            </button>
        </Show>
    }
}

#[component]
fn SaveButtons() -> impl IntoView {
    let lab = Lab::get();
    let button = move |format: FileFormat| {
        view! {
            <button
                type="button"
                class="small"
                data-testid=format!("export-{}", format.id())
                title=t().files.format_help(format)
                disabled=move || !lab.is_ready()
                on:click=move |_| lab.save_model(format)
            >
                {t().files.format(format)}
            </button>
        }
    };
    view! {
        <div class="save-as" role="group" aria-labelledby="save-as">
            <span id="save-as">{t().files.save}</span>
            {FileFormat::ALL.map(button).into_iter().collect_view()}
        </div>
    }
}
