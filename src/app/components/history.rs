//! The History tab: every run that is kept, and what sets those that are chosen apart.

use std::sync::Arc;

use leptos::prelude::*;

use super::{
    compare::CompareView,
    icon::{Icon, icon},
    recovery::SavedPanel,
};
use crate::app::{
    format::{NONE, clock, fixed},
    record::{NAME, Record},
    runs::LAID_OVER,
    state::Lab,
    text::t,
};

/// The list, and beside it the comparison.
#[component]
pub fn HistoryView() -> impl IntoView {
    view! {
        <div class="runs" role="group" aria-label=t().history.title tabindex="0">
            <RunList />
            <SavedPanel />
        </div>
        <div class="compared" role="group" aria-label=t().history.comparison tabindex="0">
            <CompareView />
        </div>
    }
}

#[component]
fn RunList() -> impl IntoView {
    let lab = Lab::get();
    let runs = lab.runs;
    let none = Memo::new(move |_| runs.list.with(Vec::is_empty));
    let undo = move || {
        runs.deleted.get().map(|run| {
            view! {
                <p class="deleted" role="status">
                    <span>{t().history.run_deleted(&run.title())}</span>
                    <button type="button" class="small" data-testid="undelete" on:click=move |_| lab.undelete_run()>
                        {t().undo}
                    </button>
                </p>
            }
        })
    };
    view! {
        {undo}
        <Show when=move || none.get()>
            <p class="quiet">{t().history.empty}</p>
        </Show>
        <ol>
            <For each=move || runs.list.get() key=|run| run.id let(run)>
                <RunRow id=run.id />
            </For>
        </ol>
        <p class="quiet bounds">{t().history.bounds}</p>
    }
}

#[component]
fn RunRow(id: u64) -> impl IntoView {
    let lab = Lab::get();
    let run = Memo::new(move |_| lab.runs.find(id));
    let title = Memo::new(move |_| run.get().map(|run| run.title()).unwrap_or_default());
    let name = move || run.get().map(|run| run.name.clone()).unwrap_or_default();
    let own = Memo::new(move |_| lab.runs.own.get() == Some(id));
    let place = Memo::new(move |_| lab.runs.chosen.get().iter().position(|chosen| *chosen == Some(id)));
    let full = move || place.get().is_none() && lab.runs.chosen.get().iter().all(Option::is_some);
    let choose = move |event| lab.choose_run(id, event_target_checked(&event));
    let swatch = move || {
        place
            .get()
            .map_or("swatch".into(), |place| format!("swatch run-{}", place + 1))
    };
    let off = move || !lab.is_ready();
    let race = move |_| {
        if let Some(run) = run.get_untracked() {
            lab.race(&run.settings(), run.title());
        }
    };
    view! {
        <li class="run" data-testid="run">
            <label class="choose" title=move || if full() { t().history.four_chosen(LAID_OVER) } else { t().history.lay_over.into() }>
                <input
                    type="checkbox"
                    data-testid="choose-run"
                    aria-label=move || t().history.lay_over_run(&title.read())
                    prop:checked=move || place.get().is_some()
                    disabled=move || own.get() || full()
                    on:change=choose
                />
                <span class=swatch aria-hidden="true"></span>
            </label>
            <input
                class="run-name"
                data-testid="run-name"
                aria-label=move || t().history.name_of_run(&title.read())
                title=move || title.get()
                maxlength=NAME.to_string()
                placeholder=move || title.get()
                prop:value=name
                on:change=move |event| lab.rename_run(id, &event_target_value(&event))
            />
            <p class="run-facts" data-testid="run-facts">
                {move || run.get().map(|run| facts(&run, own.get()))}
            </p>
            <div class="run-actions">
                <ActionButton picture=Icon::Reset name=t().history.run_again of=title testid="run-again" off act=move |_| lab.run_again(id) />
                <ActionButton picture=Icon::Race name=t().race.against of=title testid="race-run" off act=race />
                <ActionButton
                    picture=Icon::Clear
                    name=t().history.delete_run
                    of=title
                    testid="delete-run"
                    off=move || own.get()
                    act=move |_| lab.delete_run(id)
                />
            </div>
        </li>
    }
}

#[component]
fn ActionButton(
    picture: Icon,
    name: &'static str,
    of: Memo<String>,
    testid: &'static str,
    off: impl Fn() -> bool + Send + Sync + 'static,
    act: impl Fn(leptos::ev::MouseEvent) + 'static,
) -> impl IntoView {
    let label = move || format!("{name}: {}", of.read());
    view! {
        <button type="button" class="tool" title=name aria-label=label data-testid=testid disabled=off on:click=act>
            {icon(picture)}
        </button>
    }
}

/// Result, length, time and fingerprint in one line.
fn facts(run: &Arc<Record>, own: bool) -> impl IntoView + use<> {
    let accuracy = run.result().map_or(NONE.into(), |result| fixed(result.accuracy, 4));
    let now = own.then(|| view! { <strong class="now">{t().history.this_run}</strong> });
    let hash: String = run.weights_hash.chars().take(8).collect();
    view! {
        {now}
        <span class="result">{accuracy}</span>
        <span>{t().steps(run.steps)}</span>
        <span>{clock(run.seconds)}</span>
        <span>{date(run.id)}</span>
        <code>{hash}</code>
    }
}

/// Day and time as the browser's language writes them, in short.
pub(super) fn date(milliseconds: u64) -> String {
    let date = js_sys::Date::new(&(milliseconds as f64).into());
    let options = js_sys::Object::new();
    for (part, length) in [
        ("month", "short"),
        ("day", "numeric"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
    ] {
        // A fresh object takes every property.
        let _ = js_sys::Reflect::set(&options, &part.into(), &length.into());
    }
    date.to_locale_string("en-GB", &options).into()
}
