//! The data set: what it is, how much of it is there, how much of it is used.

use leptos::prelude::*;

use super::field::NumberField;
use crate::app::{
    state::{DataState, Lab},
    text::{Term, t},
};

const LIMIT: fn() -> Term = || Term {
    name: t().limit,
    help: "",
    formula: "",
};

/// The data set's panel.
#[component]
pub fn DataPanel() -> impl IntoView {
    let lab = Lab::get();
    view! {
        <section class="panel" aria-labelledby="data-title">
            <h2 id="data-title">{t().data}</h2>
            <p class="dataset">
                <strong>{t().dataset}</strong>
                <span class="quiet">{t().dataset_about}</span>
            </p>
            <div class="data-state" role="status">
                {move || lab.data.with(describe)}
                <Show when=move || matches!(lab.data.get(), DataState::Failed(_)) && !lab.is_told("data")>
                    <button type="button" class="small" on:click=move |_| lab.load_data()>
                        {t().retry}
                    </button>
                </Show>
            </div>
            <div
                class="bar"
                class:bar-done=move || matches!(lab.data.get(), DataState::Ready(..))
                role="progressbar"
                aria-label=t().data_progress
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=move || format!("{:.0}", 100.0 * share(&lab.data.read()))
            >
                <div class="bar-fill" style:transform=move || format!("scaleX({})", share(&lab.data.read()))></div>
            </div>
            <NumberField name="limit" term=LIMIT() placeholder=t().limit_all step="1000" />
        </section>
    }
}

fn describe(data: &DataState) -> String {
    match data {
        DataState::Loading(_, 0) => t().data_waiting.into(),
        DataState::Loading(loaded, total) => t().data_loading(*loaded, *total),
        DataState::Ready(train, test) => t().data_ready(*train, *test),
        DataState::Failed(_) => t().data_failed.into(),
    }
}

fn share(data: &DataState) -> f64 {
    match *data {
        DataState::Loading(loaded, total) if total > 0 => loaded as f64 / total as f64,
        DataState::Ready(..) => 1.0,
        _ => 0.0,
    }
}
