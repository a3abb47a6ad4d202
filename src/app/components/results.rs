//! How well it goes: curves while training, and every epoch in figures.

use leptos::prelude::*;

use super::{
    chart::{ChartView, Quantity},
    engine_view::EngineView,
};
use crate::{
    app::{
        browser,
        format::fixed,
        state::{Lab, SMOOTHING},
        text::t,
    },
    protocol::{EpochReport, RunState},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    Curves,
    Evaluation,
    Engine,
}

/// The results' panel.
#[component]
pub fn Results() -> impl IntoView {
    let view = RwSignal::new(View::Curves);
    let log = RwSignal::new(browser::stored("log-axis").as_deref() == Some("on"));
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
    view! {
        <section class="place place-results panel results" id="place-results" aria-labelledby="results-title">
            <h2 class="machine" id="results-title">
                {t().results}
            </h2>
            <header class="panel-head">
                <div class="segments" role="group" aria-label=t().results>
                    {tab(View::Curves, t().curves)}
                    {tab(View::Evaluation, t().evaluation)}
                    {tab(View::Engine, t().engine)}
                </div>
                <Show when=move || view.get() == View::Curves>
                    <CurveSettings log />
                </Show>
            </header>
            <div class="charts" class:away=move || view.get() != View::Curves>
                <ChartView quantity=Quantity::Loss log />
                <ChartView quantity=Quantity::Accuracy log=Signal::stored(false) />
            </div>
            <div class="evaluation" class:away=move || view.get() != View::Evaluation>
                <div class="epochs" role="group" aria-label=t().epochs_table tabindex="0">
                    <Epochs />
                </div>
                <Measure />
            </div>
            <div class="engine-view" class:away=move || view.get() != View::Engine>
                <EngineView />
            </div>
        </section>
    }
}

#[component]
fn CurveSettings(log: RwSignal<bool>) -> impl IntoView {
    let lab = Lab::get();
    let smooth = move |event| {
        let keep: f32 = event_target_value(&event).parse().unwrap_or(SMOOTHING);
        lab.history.update_value(|history| history.smooth(keep));
        lab.history_version.update(|version| *version += 1);
    };
    let set_log = move |event| {
        let on = event_target_checked(&event);
        browser::store("log-axis", if on { "on" } else { "off" });
        log.set(on);
    };
    let start = lab.history.with_value(|history| history.keep());
    view! {
        <div class="curve-settings">
            <label>
                {t().smoothing}
                <input type="range" min="0" max="0.99" step="0.01" prop:value=start.to_string() on:input=smooth />
            </label>
            <label class="check">
                <input type="checkbox" prop:checked=log on:change=set_log />
                {t().log_axis}
            </label>
        </div>
    }
}

#[component]
fn Epochs() -> impl IntoView {
    let lab = Lab::get();
    let epochs = move || {
        lab.history_version.track();
        lab.history.with_value(|history| history.epochs.len())
    };
    let count = Memo::new(move |_| epochs());
    let rows = move || {
        count.track();
        lab.history
            .with_value(|history| history.epochs.iter().map(row).collect_view())
    };
    let heads = [
        t().epoch_head,
        t().train_loss,
        t().train_accuracy,
        t().val_loss,
        t().val_accuracy,
    ];
    view! {
        <table>
            <caption class="machine">{t().epochs_table}</caption>
            <thead>
                <tr>{heads.map(|head| view! { <th scope="col">{head}</th> }).into_iter().collect_view()}</tr>
            </thead>
            <tbody>
                {rows}
                <Show when=move || count.get() == 0>
                    <tr>
                        <td colspan="5" class="quiet">{t().epochs_empty}</td>
                    </tr>
                </Show>
            </tbody>
        </table>
    }
}

fn row(epoch: &EpochReport) -> impl IntoView + use<> {
    let values = [
        epoch.train.loss,
        epoch.train.accuracy,
        epoch.validation.loss,
        epoch.validation.accuracy,
    ];
    view! {
        <tr>
            <th scope="row">{epoch.epoch + 1}</th>
            {values.map(|value| view! { <td>{fixed(value, 4)}</td> }).into_iter().collect_view()}
        </tr>
    }
}

#[component]
fn Measure() -> impl IntoView {
    let lab = Lab::get();
    let measuring = move || lab.evaluation.get();
    let off = move || {
        let state = lab.state.get();
        !lab.is_ready() || measuring().is_some() || !matches!(state, RunState::Paused | RunState::Finished)
    };
    let status = move || match measuring() {
        Some((done, total)) => format!("{} {}", t().evaluating, t().evaluated(done, total)),
        None => t().evaluate_hint.into(),
    };
    view! {
        <div class="measure">
            <button type="button" data-testid="evaluate" disabled=off on:click=move |_| lab.evaluate()>
                {t().evaluate}
            </button>
            <p class="quiet" role="status">
                {status}
            </p>
        </div>
    }
}
