//! Runs side by side: what they reached, and which of their settings differ.

use leptos::prelude::*;

use crate::{
    app::{
        format::{NONE, clock, fixed, thousands},
        record::{differences, link_of},
        settings::Settings,
        state::{Lab, WorkerState},
        text::t,
    },
    protocol::{Metrics, RunState},
};

/// One column of the table.
#[derive(Clone, PartialEq)]
struct Column {
    /// Its place among those that are laid over; none for the run under way.
    place: Option<usize>,
    title: String,
    settings: Settings,
    result: Option<Metrics>,
    steps: usize,
    seconds: f64,
    state: RunState,
    tier: String,
    workers: usize,
    weights_hash: String,
}

/// The table, as soon as a run is chosen.
#[component]
pub fn CompareView() -> impl IntoView {
    let lab = Lab::get();
    let columns = Memo::new(move |_| columns(lab));
    let table = move || {
        let columns = columns.get();
        match columns.iter().any(|column| column.place.is_some()) {
            true => table(&columns).into_any(),
            false => view! { <p class="quiet">{t().history.comparison_empty}</p> }.into_any(),
        }
    };
    view! { {table} }
}

fn columns(lab: Lab) -> Vec<Column> {
    let chosen = lab.runs.chosen_runs().into_iter().map(|(place, run)| Column {
        place: Some(place),
        title: run.title(),
        settings: run.settings(),
        result: run.result(),
        steps: run.steps,
        seconds: run.seconds,
        state: run.state,
        tier: run.tier.id().into(),
        workers: run.workers,
        weights_hash: run.weights_hash.clone(),
    });
    own(lab).into_iter().chain(chosen).collect()
}

/// The run under way, as it was kept last; nothing before its first step.
fn own(lab: Lab) -> Option<Column> {
    let run = lab.runs.own.get().and_then(|id| lab.runs.find(id))?;
    Some(Column {
        place: None,
        title: t().history.this_run.into(),
        settings: lab.in_force.get(),
        result: run.result(),
        steps: run.steps,
        seconds: run.seconds,
        state: run.state,
        tier: match lab.worker.get() {
            WorkerState::Ready(tier) => tier.id().into(),
            _ => NONE.into(),
        },
        workers: run.workers,
        weights_hash: run.weights_hash.clone(),
    })
}

fn table(columns: &[Column]) -> impl IntoView + use<> {
    let head = |column: &Column| {
        let class = column.place.map(|place| format!("swatch run-{}", place + 1));
        let title = column.title.clone();
        view! {
            <th scope="col" title=column.title.clone()>
                <span class=class.unwrap_or("swatch own".into()) aria-hidden="true"></span>
                <span class="column-title">{title}</span>
            </th>
        }
    };
    let cells = |values: Vec<String>| {
        let cell = |value: String| view! { <td title=value.clone()>{value.clone()}</td> };
        values.into_iter().map(cell).collect_view()
    };
    let row = move |name: String, values: Vec<String>| {
        view! {
            <tr>
                <th scope="row">{name}</th>
                {cells(values)}
            </tr>
        }
    };
    let of = |value: fn(&Column) -> String| columns.iter().map(value).collect::<Vec<_>>();
    let measured = |value: Option<f32>| value.map_or(NONE.into(), |value| fixed(value, 4));
    let accuracy = columns
        .iter()
        .map(|column| measured(column.result.map(|result| result.accuracy)));
    let loss = columns
        .iter()
        .map(|column| measured(column.result.map(|result| result.loss)));
    let settings: Vec<_> = columns.iter().map(|column| column.settings.clone()).collect();
    let different = differences(&settings);
    let same = different.is_empty().then(|| same_settings(&settings, columns.len()));
    let different = different
        .into_iter()
        .map(|(name, values)| row(t().history.setting_name(name).into(), values));
    view! {
        <table data-testid="comparison">
            <caption class="machine">{t().history.comparison}</caption>
            <thead>
                <tr>
                    <td></td>
                    {columns.iter().map(head).collect_view()}
                </tr>
            </thead>
            <tbody>
                {different.collect_view()}
                {same}
            </tbody>
            <tbody class="reached">
                {row(t().terms.accuracy.name.into(), accuracy.collect())}
                {row(t().terms.loss.name.into(), loss.collect())}
                {row(t().history.steps_head.into(), of(|column| thousands(column.steps)))}
                {row(t().history.time_head.into(), of(|column| clock(column.seconds)))}
                {row(t().history.state_head.into(), of(state))}
                {row(t().engine.simd.into(), of(|column| column.tier.clone()))}
                {row(t().engine.workers.into(), of(|column| column.workers.to_string()))}
                {row(t().engine.weights.into(), of(|column| fingerprint(&column.weights_hash)))}
            </tbody>
        </table>
    }
}

/// What a run does, or did last.
fn state(column: &Column) -> String {
    match column.state {
        RunState::Training | RunState::Loading if column.place.is_some() => t().history.left_state.into(),
        state => state.id().into(),
    }
}

/// A fingerprint in short; none while the weights change.
fn fingerprint(hash: &str) -> String {
    match hash.is_empty() {
        true => NONE.into(),
        false => hash.chars().take(8).collect(),
    }
}

fn same_settings(settings: &[Settings], columns: usize) -> impl IntoView + use<> {
    let link = settings.first().map(link_of).unwrap_or_default();
    let text = if columns > 1 {
        t().history.settings_same
    } else {
        t().history.settings_default
    };
    view! {
        <tr>
            <td class="quiet" colspan=(columns + 1).to_string() title=link>
                {text}
            </td>
        </tr>
    }
}
