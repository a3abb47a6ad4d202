//! How well it goes: curves while training, every epoch in figures, the engine at work.

use leptos::prelude::*;

use super::{
    curves::{CurveSettings, CurvesView},
    engine_view::EngineView,
    evaluation::EvaluationView,
    history::HistoryView,
};
use crate::app::text::t;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Curves,
    Evaluation,
    History,
    Engine,
}

/// The results' panel.
#[component]
pub fn Results() -> impl IntoView {
    let view = RwSignal::new(View::Curves);
    let tab = move |this: View, name: &'static str| {
        view! {
            <button
                type="button"
                class="segment"
                aria-pressed=move || (view.get() == this).to_string()
                on:click=move |_| view.set(this)
            >
                {name}
            </button>
        }
    };
    let away = move |this: View| move || view.get() != this;
    view! {
        <section class="place place-results panel results" id="place-results" aria-labelledby="results-title">
            <h2 class="machine" id="results-title">
                {t().results}
            </h2>
            <header class="panel-head">
                <div class="segments" role="group" aria-label=t().results>
                    {tab(View::Curves, t().curves.title)}
                    {tab(View::Evaluation, t().evaluation.title)}
                    {tab(View::History, t().history.title)}
                    {tab(View::Engine, t().engine.title)}
                </div>
                <Show when=move || view.get() == View::Curves>
                    <CurveSettings />
                </Show>
            </header>
            <div class="curves" class:away=away(View::Curves)>
                <CurvesView />
            </div>
            <div class="evaluation" class:away=away(View::Evaluation)>
                <EvaluationView />
            </div>
            <div class="history" class:away=away(View::History)>
                <HistoryView />
            </div>
            <div class="engine-view" class:away=away(View::Engine)>
                <EngineView />
            </div>
        </section>
    }
}
