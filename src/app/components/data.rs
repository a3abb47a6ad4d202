//! The data set: what it is, how much of it is there, what is done with it.

use leptos::{ev, prelude::*};

use super::{bar::Bar, data_files::OwnFiles, data_recipe::RecipeFields, drop_panel::DropPanel};
use crate::{
    app::{
        state::{DataState, Lab},
        text::t,
    },
    protocol::Split,
    spec::DataSource,
};

/// The data set's panel; files can be dropped on it.
#[component]
pub fn DataPanel() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <DropPanel name="data" title=t().data.title hint=t().data.drop_here take=move |files| lab.import(files)>
            <SourceField />
            <DataStatus />
            <OwnFiles />
            <RecipeFields />
            <button
                type="button"
                class="wide"
                data-testid="browse-images"
                disabled=move || lab.image_count(Split::Train) == 0
                on:click=move |_| lab.images.open.set(true)
            >
                {t().data.browse_images}
            </button>
        </DropPanel>
    }
}

#[component]
fn SourceField() -> impl IntoView {
    let lab = Lab::get();
    let chosen = Memo::new(move |_| lab.settings.with(|settings| settings.config.data.source.id()));
    let change = move |event: ev::Event| {
        // Only what is offered can be chosen.
        let _ = lab.set("data", &event_target_value(&event));
    };
    let option = move |source: DataSource| {
        view! {
            <option value=source.id() selected=move || chosen.get() == source.id()>
                {source.label()}
            </option>
        }
    };
    let sources = [DataSource::Mnist, DataSource::Fashion, DataSource::Own(None)];
    view! {
        <div class="field field-choice">
            <label for="setting-data">{t().data.data_set}</label>
            <select id="setting-data" on:change=change prop:value=move || chosen.get()>
                {sources.map(option).into_iter().collect_view()}
            </select>
        </div>
    }
}

#[component]
fn DataStatus() -> impl IntoView {
    let lab = Lab::get();
    let class = move || match *lab.data.read() {
        DataState::Ready(_) => "bar bar-done".to_string(),
        _ => "bar".into(),
    };
    view! {
        <div class="data-state" role="status" data-testid="data-state">
            {move || lab.data.with(describe)}
            <Show when=move || matches!(lab.data.get(), DataState::Failed(_)) && !lab.is_told("data")>
                <button type="button" class="small" on:click=move |_| lab.load_data()>
                    {t().retry}
                </button>
            </Show>
        </div>
        <Bar name=t().data.progress share=move || share(&lab.data.read()) class=Signal::derive(class) />
    }
}

fn describe(data: &DataState) -> String {
    match data {
        DataState::Loading(_, 0) => t().data.waiting.into(),
        DataState::Loading(loaded, total) => t().data.loading(*loaded, *total),
        DataState::Ready(facts) => t().data.ready(facts.train, facts.test),
        DataState::Awaited => t().data.awaited.into(),
        DataState::Failed(_) => t().data.failed.into(),
    }
}

fn share(data: &DataState) -> f64 {
    match *data {
        DataState::Loading(loaded, total) if total > 0 => loaded as f64 / total as f64,
        DataState::Ready(_) => 1.0,
        _ => 0.0,
    }
}
