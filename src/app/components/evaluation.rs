//! The Evaluation tab: every epoch in figures, the course as a table, and a measurement on the test images.

use leptos::prelude::*;

use super::study::OpenStudy;
use crate::{
    app::{
        format::{NONE, fixed, thousands},
        history::History,
        quantity::{Along, Quantity},
        state::Lab,
        study::View,
        text::t,
    },
    protocol::{EpochReport, RunState},
};

/// How many rows the table of the course has at most.
const ROWS: usize = 40;

/// What is known in figures.
#[component]
pub fn EvaluationView() -> impl IntoView {
    view! {
        <div class="epochs" role="group" aria-label=t().evaluation.epochs_table tabindex="0">
            <Epochs />
            <Course />
        </div>
        <Measure />
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
        t().evaluation.epoch_head,
        t().evaluation.train_loss,
        t().evaluation.train_accuracy,
        t().evaluation.val_loss,
        t().evaluation.val_accuracy,
    ];
    view! {
        <table>
            <caption class="machine">{t().evaluation.epochs_table}</caption>
            <thead>
                <tr>{heads.map(head).into_iter().collect_view()}</tr>
            </thead>
            <tbody>
                {rows}
                <Show when=move || count.get() == 0>
                    <tr>
                        <td colspan="5" class="quiet">{t().evaluation.epochs_empty}</td>
                    </tr>
                </Show>
            </tbody>
        </table>
    }
}

fn head(name: &'static str) -> impl IntoView {
    view! { <th scope="col">{name}</th> }
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

/// The curves as a table: for those who do not see them, and for those who want figures. It is made when it is opened and
/// when the run stops, not at every step.
#[component]
fn Course() -> impl IntoView {
    let lab = Lab::get();
    let open = RwSignal::new(false);
    let resting = Memo::new(move |_| lab.state.get() != RunState::Training);
    let rows = move || {
        resting.track();
        lab.run.track();
        lab.validation.track();
        open.get().then(|| lab.history.with_value(course))
    };
    view! {
        <details class="course" on:toggle=move |event| open.set(is_open(&event))>
            <summary data-testid="course">{t().evaluation.course_table}</summary>
            {rows}
        </details>
    }
}

fn is_open(event: &web_sys::Event) -> bool {
    use wasm_bindgen::JsCast;
    let element = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    element.is_some_and(|element| element.has_attribute("open"))
}

fn course(history: &History) -> AnyView {
    if history.is_empty() {
        return view! { <p class="quiet">{t().evaluation.course_empty}</p> }.into_any();
    }
    let quantities: Vec<_> = Quantity::ALL
        .into_iter()
        .filter(|quantity| quantity.has_steps())
        .collect();
    let names = quantities.iter().map(|quantity| quantity.term().name);
    let heads = [
        t().evaluation.step_head,
        t().evaluation.epoch_head,
        t().evaluation.seconds_head,
    ]
    .into_iter()
    .chain(names);
    let heads = heads.map(head).collect_view();
    let rows = evenly(history.len()).map(|at| {
        let [step, epoch, seconds] = Along::ALL.map(|along| history.places(along)[at]);
        let value = |quantity: &Quantity| {
            let value = history.series(*quantity).raw().get(at);
            value.map_or(NONE.into(), |&value| quantity.show(value))
        };
        let places = [fixed(epoch, 2), fixed(seconds, 1)].into_iter();
        let cells = places.chain(quantities.iter().map(value));
        view! {
            <tr>
                <th scope="row">{thousands(step as usize)}</th>
                {cells.map(|value| view! { <td>{value}</td> }).collect_view()}
            </tr>
        }
    });
    view! {
        <table data-testid="course-table">
            <caption class="machine">{t().evaluation.course_table}</caption>
            <thead>
                <tr>{heads}</tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

/// At most [`ROWS`] of so many, the first and the last among them.
fn evenly(count: usize) -> impl Iterator<Item = usize> {
    let rows = count.min(ROWS);
    (0..rows).map(move |row| row * (count - 1) / (rows - 1).max(1))
}

#[component]
fn Measure() -> impl IntoView {
    let lab = Lab::get();
    let measuring = move || lab.evaluation.get();
    let off = move || {
        let state = lab.state.get();
        let has_weights = || lab.in_force.with(|settings| settings.config.initial_weights.is_some());
        let rests = matches!(state, RunState::Paused | RunState::Finished) || state == RunState::Idle && has_weights();
        !lab.is_ready() || measuring().is_some() || !rests
    };
    let status = move || match measuring() {
        Some((done, total)) => format!(
            "{} {}",
            t().evaluation.evaluating,
            t().evaluation.evaluated(done, total)
        ),
        None => t().evaluation.evaluate_hint.into(),
    };
    view! {
        <div class="measure">
            <button type="button" data-testid="evaluate" disabled=off on:click=move |_| lab.evaluate()>
                {t().evaluation.evaluate}
            </button>
            <p class="quiet" role="status">
                {status}
            </p>
            <OpenStudy view=View::Confusion name=t().study.open_errors />
        </div>
    }
}
