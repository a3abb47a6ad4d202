//! The controls on top: train, pause, step, reset; where the run stands; link, help and colours.

use std::time::Duration;

use leptos::prelude::*;

use super::{
    icon::{Icon, icon},
    number::{Grouped, Machine},
    tour::TourButton,
};
use crate::{
    app::{
        format::{NONE, clock, fixed},
        state::{DataState, Lab, Latest},
        text::t,
        theme::Theme,
    },
    protocol::RunState,
};

/// The bar on top.
#[component]
pub fn Transport() -> impl IntoView {
    view! {
        <header class="transport">
            <h1>
                <span class="mark" aria-hidden="true"></span>
                {t().title}
            </h1>
            <Controls />
            <Status />
            <Tools />
            <Progress />
        </header>
    }
}

#[component]
fn Controls() -> impl IntoView {
    let lab = Lab::get();
    let training = Memo::new(move |_| lab.is_training());
    let train_label = move || match (training.get(), lab.state.get()) {
        (true, _) => t().pause,
        (false, RunState::Paused) => t().resume,
        (false, RunState::Finished) => t().train_again,
        (false, _) => t().train,
    };
    let train_hint = move || if training.get() { t().pause_hint } else { t().train_hint };
    let stale = Memo::new(move |_| lab.is_stale() && lab.has_started());
    let reset_hint = move || {
        if stale.get() {
            t().reset_to_apply
        } else {
            t().reset_hint
        }
    };
    let off = move || !lab.is_ready();
    let problem = move || lab.builder.problem.get().map(|problem| problem.message);
    // A run under way goes on, whatever becomes of the model's editor.
    let blocks_start = move || problem().filter(|_| !matches!(lab.state.get(), RunState::Paused) && !training.get());
    let is_blocked = move |problem: Option<String>| problem.map(|_| "true");
    view! {
        <div class="controls" role="group" aria-label=t().transport>
            <button
                type="button"
                class="control"
                class:stale=stale
                data-testid="reset"
                title=move || problem().unwrap_or_else(|| reset_hint().into())
                disabled=off
                aria-disabled=move || is_blocked(problem())
                on:click=move |_| lab.reset()
            >
                {icon(Icon::Reset)}
                <span class="control-name">{t().reset}</span>
            </button>
            <button
                type="button"
                class="control primary"
                data-testid=move || if training.get() { "pause" } else { "train" }
                title=move || blocks_start().unwrap_or_else(|| train_hint().into())
                disabled=off
                aria-disabled=move || is_blocked(blocks_start())
                on:click=move |_| lab.train_or_pause()
            >
                {move || icon(if training.get() { Icon::Pause } else { Icon::Play })}
                <span class="control-name">{train_label}</span>
            </button>
            <button
                type="button"
                class="control"
                data-testid="step"
                title=move || blocks_start().unwrap_or_else(|| t().step_hint.into())
                disabled=move || off() || training.get() || lab.is_over()
                aria-disabled=move || is_blocked(blocks_start())
                on:click=move |_| lab.step()
            >
                {icon(Icon::Step)}
                <span class="control-name">{t().step}</span>
            </button>
        </div>
    }
}

#[component]
fn Status() -> impl IntoView {
    let lab = Lab::get();
    let latest = move || lab.latest.get();
    let rate = move || latest().and_then(|latest| latest.rate);
    let epochs = move || lab.in_force.with(|settings| settings.config.epochs);
    let epoch = move || latest().map_or(0, |latest| latest.report.epoch + 1);
    let step = Signal::derive(move || Some(latest().map_or(0, |latest| latest.report.global_step)));
    let elapsed = move || fixed(latest().map_or(0.0, |latest| latest.elapsed as f32), 1);
    let speed = Signal::derive(move || rate().map(|rate| rate.images.round() as usize));
    let left = move || {
        latest()
            .and_then(|latest| seconds_left(&latest, epochs()))
            .map_or(NONE.into(), clock)
    };
    let state = move || lab.state.get();
    view! {
        <div class="status">
            <p class="state" data-state=move || state().id()>
                <Machine testid="run-state" value=Signal::derive(move || state().id().to_string()) />
                <span>{move || state_name(state())}</span>
            </p>
            <p class="stat stat-epoch">
                <span class="name">{t().epoch}</span>
                <span class="value"><span data-testid="epoch">{epoch}</span> "/" {epochs}</span>
            </p>
            <p class="stat stat-step">
                <span class="name">{t().step_count}</span>
                <span class="value"><Grouped testid="global-step" value=step /></span>
            </p>
            <p class="stat stat-speed">
                <span class="value"><Grouped testid="images-per-second" value=speed /></span>
                <span class="name">{t().speed}</span>
            </p>
            <p class="stat stat-elapsed">
                <span class="value"><span data-testid="elapsed-seconds">{elapsed}</span></span>
                <span class="name">{t().seconds}</span>
            </p>
            <p class="stat stat-left">
                <span class="value">{left}</span>
                <span class="name">{t().eta}</span>
            </p>
        </div>
    }
}

fn state_name(state: RunState) -> &'static str {
    match state {
        RunState::Idle => t().idle,
        RunState::Loading => t().loading,
        RunState::Training => t().training,
        RunState::Paused => t().paused,
        RunState::Finished => t().finished,
        RunState::Failed => t().failed,
    }
}

fn seconds_left(latest: &Latest, epochs: usize) -> Option<f64> {
    let steps = (epochs * latest.report.steps_per_epoch).saturating_sub(latest.report.global_step);
    latest.rate.map(|rate| steps as f64 / rate.steps)
}

#[component]
fn Progress() -> impl IntoView {
    let lab = Lab::get();
    let share = Memo::new(move |_| {
        let report = lab.latest.get().map(|latest| latest.report);
        let epochs = lab.in_force.with(|settings| settings.config.epochs);
        report.map_or(0.0, |r| {
            r.global_step as f64 / (epochs * r.steps_per_epoch).max(1) as f64
        })
    });
    view! {
        <div
            class="bar progress"
            data-testid="progress"
            role="progressbar"
            aria-label=t().progress
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || format!("{:.1}", 100.0 * share.get())
        >
            <div class="bar-fill" style:transform=move || format!("scaleX({})", share.get())></div>
        </div>
        <p class="hint" role="status">
            {move || hint(lab)}
        </p>
    }
}

/// What stands between the user and a run with these settings.
fn hint(lab: Lab) -> String {
    if let Some(problem) = lab.builder.problem.get() {
        let place = lab.builder.draft.with(|draft| draft.place(problem.id?));
        return place.map_or(t().model_does_not_fit.into(), |place| t().layer_does_not_fit(place + 1));
    }
    match (lab.state.get(), lab.data.get()) {
        _ if lab.is_stale() && lab.has_started() => t().reset_to_apply.into(),
        (RunState::Loading, DataState::Loading(loaded, total)) => t().data_loading(loaded, total),
        _ => String::new(),
    }
}

#[component]
fn Tools() -> impl IntoView {
    let lab = Lab::get();
    let theme: RwSignal<Theme> = expect_context();
    let (copied, set_copied) = signal(false);
    let copy = move |_| {
        lab.copy_link(move |worked| {
            set_copied.set(worked);
            set_timeout(move || set_copied.set(false), Duration::from_secs(2));
        });
    };
    let theme_name = move || match theme.get() {
        Theme::Auto => t().theme_auto,
        Theme::Light => t().theme_light,
        Theme::Dark => t().theme_dark,
    };
    let theme_icon = move || match theme.get() {
        Theme::Auto => icon(Icon::Auto),
        Theme::Light => icon(Icon::Light),
        Theme::Dark => icon(Icon::Dark),
    };
    let copy_name = move || if copied.get() { t().link_copied } else { t().copy_link };
    view! {
        <div class="tools">
            <TourButton />
            <button type="button" class="tool tool-link" title=copy_name aria-label=copy_name on:click=copy>
                {move || icon(if copied.get() { Icon::Done } else { Icon::Link })}
            </button>
            <button
                type="button"
                class="tool"
                title=t().help
                aria-label=t().help
                data-testid="help"
                on:click=move |_| lab.help.set(true)
            >
                <span class="icon question" aria-hidden="true">
                    "?"
                </span>
            </button>
            <button
                type="button"
                class="tool"
                title=theme_name
                aria-label=theme_name
                data-testid="theme"
                on:click=move |_| theme.update(|theme| *theme = theme.next())
            >
                {theme_icon}
            </button>
        </div>
    }
}
