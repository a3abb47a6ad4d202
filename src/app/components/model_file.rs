//! Models in and out, as files.

use leptos::{ev, prelude::*};

use super::data_files::files_of;
use crate::{
    app::{state::Lab, text::t},
    protocol::FileFormat,
};

/// The panel of model files; a file can be dropped on it.
#[component]
pub fn ModelFilePanel() -> impl IntoView {
    let lab = Lab::get();
    let (dropping, set_dropping) = signal(false);
    let over = move |event: ev::DragEvent| {
        event.prevent_default();
        set_dropping.set(true);
    };
    let drop = move |event: ev::DragEvent| {
        event.prevent_default();
        set_dropping.set(false);
        let files = files_of(event.data_transfer().and_then(|dropped| dropped.files()));
        files.into_iter().take(1).for_each(|file| lab.import_model(file));
    };
    view! {
        <section
            class="panel model-file"
            class:dropping=dropping
            aria-labelledby="model-file-title"
            data-testid="model-file"
            on:dragover=over
            on:dragleave=move |_| set_dropping.set(false)
            on:drop=drop
        >
            <h2 id="model-file-title">{t().files.title}</h2>
            <LoadField />
            <LoadedFacts />
            <SaveButtons />
            <Show when=move || dropping.get()>
                <p class="drop-here" aria-hidden="true">{t().files.drop_here}</p>
            </Show>
        </section>
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
