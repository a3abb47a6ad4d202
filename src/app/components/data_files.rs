//! The user's own files: chosen here, or dropped on the panel; the worker reads them.

use leptos::{ev, prelude::*};
use web_sys::File;

use super::{bar::Bar, drop_panel::files_of, field::TextField};
use crate::{
    app::{
        state::{DataState, Lab},
        text::t,
    },
    spec::DataSource,
};

/// Files chosen as images and as labels, until they have become a data set.
type Chosen = StoredValue<[Vec<File>; 2], LocalStorage>;

/// The fields for own files, where those are wanted.
#[component]
pub fn OwnFiles() -> impl IntoView {
    let lab = Lab::get();
    let wanted = move || {
        lab.settings
            .with(|settings| matches!(settings.config.data.source, DataSource::Own(_)))
    };
    let chosen = Chosen::new_local(Default::default());
    Effect::new(move |_| {
        if lab.data.with(|data| matches!(data, DataState::Ready(_))) {
            chosen.set_value(Default::default());
        }
    });
    let facts = move || {
        lab.data.with(|data| match data {
            DataState::Ready(facts) => t().data.own_facts(&facts.name, facts.classes(), facts.held_out),
            _ => String::new(),
        })
    };
    view! {
        <div class="own-files" hidden=move || !wanted()>
            <p class="quiet" data-testid="own-facts">{facts}</p>
            <FileField place=0 name=t().data.images_file testid="import-images" chosen />
            <FileField place=1 name=t().data.labels_file testid="import-labels" chosen />
            <p class="quiet">{t().data.files_hint}</p>
            <TextField name="classes" term=t().terms.classes placeholder=t().data.classes_example />
        </div>
        <Show when=move || lab.importing.get().is_some()>
            <Importing />
        </Show>
    }
}

/// Files of one kind. Those of both kinds are read as soon as both are chosen.
#[component]
fn FileField(place: usize, name: &'static str, testid: &'static str, chosen: Chosen) -> impl IntoView {
    let lab = Lab::get();
    let change = move |event: ev::Event| {
        let input: web_sys::HtmlInputElement = event_target(&event);
        chosen.update_value(|chosen| chosen[place] = files_of(input.files()));
        let [images, labels] = chosen.get_value();
        if !images.is_empty() && !labels.is_empty() {
            lab.import([images, labels].concat());
        }
    };
    view! {
        <div class="file-field">
            <label for=testid>{name}</label>
            <input id=testid type="file" multiple data-testid=testid on:change=change />
        </div>
    }
}

#[component]
fn Importing() -> impl IntoView {
    let lab = Lab::get();
    let progress = move || lab.importing.get().unwrap_or_default();
    let share = move || {
        let (read, total) = progress();
        read as f64 / total.max(1) as f64
    };
    view! {
        <div class="data-state" role="status">
            {move || {
                let (read, total) = progress();
                t().data.importing(read, total)
            }}
            <button type="button" class="small" data-testid="import-stop" on:click=move |_| lab.stop_import()>
                {t().stop}
            </button>
        </div>
        <Bar name=t().data.import_progress share />
    }
}
