//! The controls on top: train, pause, step, reset; where the run stands; link, help and colours.

use std::time::Duration;

use leptos::{html, prelude::*};

use super::{
    bar::Bar,
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
    protocol::{BatchReport, RunState},
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
        (true, _) => t().transport.pause,
        (false, RunState::Paused) => t().transport.resume,
        (false, RunState::Finished) => t().transport.train_again,
        (false, _) => t().transport.train,
    };
    let train_hint = move || {
        if training.get() {
            t().transport.pause_hint
        } else {
            t().transport.train_hint
        }
    };
    let stale = Memo::new(move |_| lab.is_stale() && lab.has_started());
    let reset_hint = move || {
        if stale.get() {
            t().transport.reset_to_apply
        } else {
            t().transport.reset_hint
        }
    };
    let off = move || !lab.is_ready();
    // A run under way goes on, whatever becomes of the settings.
    let blocks_start = move || {
        lab.blocked()
            .filter(|_| !training.get() && lab.state.get() != RunState::Paused)
    };
    view! {
        <div class="controls" role="group" aria-label=t().transport.title>
            <button
                type="button"
                class="control"
                class:stale=stale
                data-testid="reset"
                title=move || lab.blocked().unwrap_or_else(|| reset_hint().into())
                disabled=off
                aria-disabled=move || lab.blocked().map(|_| "true")
                on:click=move |_| lab.reset()
            >
                {icon(Icon::Reset)}
                <span class="control-name">{t().transport.reset}</span>
            </button>
            <button
                type="button"
                class="control primary"
                data-testid=move || if training.get() { "pause" } else { "train" }
                title=move || blocks_start().unwrap_or_else(|| train_hint().into())
                disabled=off
                aria-disabled=move || blocks_start().map(|_| "true")
                on:click=move |_| lab.train_or_pause()
            >
                {move || icon(if training.get() { Icon::Pause } else { Icon::Play })}
                <span class="control-name">{train_label}</span>
            </button>
            <StepControls off=Signal::derive(move || off() || training.get() || lab.is_over()) blocks_start />
        </div>
    }
}

/// One step, and the choice of how far it goes.
#[component]
fn StepControls(
    /// Whether no step can be taken.
    off: Signal<bool>,
    /// What keeps a run from being started.
    blocks_start: impl Fn() -> Option<String> + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let lab = Lab::get();
    let text = &t().recipe;
    let menu = NodeRef::<html::Div>::new();
    let choose = move |step: fn(&Lab)| {
        if let Some(menu) = menu.get_untracked() {
            // Fails only for a menu that is closed already.
            let _ = menu.hide_popover();
        }
        step(&lab);
    };
    view! {
        <div class="split-control" role="group" aria-label=text.step_menu>
            <button
                type="button"
                class="control"
                data-testid="step"
                title=move || blocks_start().unwrap_or_else(|| t().transport.step_hint.into())
                disabled=off
                aria-disabled=move || blocks_start().map(|_| "true")
                on:click=move |_| lab.step()
            >
                {icon(Icon::Step)}
                <span class="control-name">{t().transport.step}</span>
            </button>
            <button
                type="button"
                class="control control-menu"
                data-testid="step-menu"
                title=text.step_menu
                aria-label=text.step_menu
                aria-haspopup="true"
                popovertarget="step-menu"
                disabled=off
            >
                {icon(Icon::Menu)}
            </button>
            <div class="menu" popover="auto" id="step-menu" node_ref=menu>
                <button type="button" data-testid="step-batch" on:click=move |_| choose(Lab::step)>
                    <span>{text.step_batch}</span>
                    <kbd>"\u{2192}"</kbd>
                </button>
                <button type="button" data-testid="step-epoch" on:click=move |_| choose(Lab::step_epoch)>
                    <span>{text.step_epoch}</span>
                    <kbd>"\u{21e7} \u{2192}"</kbd>
                </button>
            </div>
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
    let state = move || lab.state.get();
    // A run that has failed does not go on.
    let left = move || {
        latest()
            .filter(|_| state() != RunState::Failed)
            .and_then(|latest| seconds_left(&latest, epochs()))
            .map_or(NONE.into(), clock)
    };
    let recovering = lab.recovery.under_way;
    let state_shown = move || match recovering.get() {
        true => t().transport.recovering,
        false => state_name(state()),
    };
    view! {
        <div class="status">
            <p class="state" class:recovering=recovering data-state=move || state().id()>
                <Machine testid="run-state" value=Signal::derive(move || state().id().to_string()) />
                <span>{state_shown}</span>
            </p>
            <p class="stat stat-epoch">
                <span class="name">{t().transport.epoch}</span>
                <span class="value"><span data-testid="epoch">{epoch}</span> "/" {epochs}</span>
            </p>
            <p class="stat stat-step">
                <span class="name">{t().transport.step_count}</span>
                <span class="value"><Grouped testid="global-step" value=step /></span>
            </p>
            <p class="stat stat-speed">
                <span class="value"><Grouped testid="images-per-second" value=speed /></span>
                <span class="name">{t().transport.speed}</span>
            </p>
            <p class="stat stat-elapsed">
                <span class="value"><span data-testid="elapsed-seconds">{elapsed}</span></span>
                <span class="name">{t().transport.seconds}</span>
            </p>
            <p class="stat stat-left">
                <span class="value">{left}</span>
                <span class="name">{t().transport.eta}</span>
            </p>
        </div>
    }
}

fn state_name(state: RunState) -> &'static str {
    match state {
        RunState::Idle => t().transport.idle,
        RunState::Loading => t().transport.loading,
        RunState::Training => t().transport.training,
        RunState::Paused => t().transport.paused,
        RunState::Finished => t().transport.finished,
        RunState::Failed => t().transport.failed,
    }
}

fn seconds_left(latest: &Latest, epochs: usize) -> Option<f64> {
    let left = epochs as f64 - epochs_done(&latest.report);
    let steps = left.max(0.0) * latest.report.steps_per_epoch as f64;
    latest.rate.map(|rate| steps / rate.steps)
}

/// Also where the batches have become larger or smaller.
fn epochs_done(report: &BatchReport) -> f64 {
    report.epoch as f64 + report.step as f64 / report.steps_per_epoch.max(1) as f64
}

#[component]
fn Progress() -> impl IntoView {
    let lab = Lab::get();
    let share = Memo::new(move |_| {
        let report = lab.latest.get().map(|latest| latest.report);
        let epochs = lab.in_force.with(|settings| settings.config.epochs);
        match lab.state.get() {
            RunState::Finished => 1.0,
            _ => report.map_or(0.0, |report| epochs_done(&report) / epochs as f64),
        }
    });
    view! {
        <Bar
            name=t().transport.progress
            share=move || share.get()
            class="bar progress"
            testid="progress"
            decimals=1
        />
        <p class="hint" role="status">
            {move || hint(lab)}
        </p>
    }
}

/// What stands between the user and a run with these settings.
fn hint(lab: Lab) -> String {
    if let Some(problem) = lab.builder.problem.get() {
        let place = lab.builder.draft.with(|draft| draft.place(problem.id?));
        return place.map_or(t().model.does_not_fit.into(), |place| {
            t().model.layer_does_not_fit(place + 1)
        });
    }
    if let Some(why) = lab.blocked() {
        return why;
    }
    match (lab.state.get(), lab.data.get()) {
        _ if lab.is_stale() && lab.has_started() => t().transport.reset_to_apply.into(),
        (RunState::Loading, DataState::Loading(loaded, total)) => t().data.loading(loaded, total),
        _ => lab.ending.get().unwrap_or_default(),
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
        Theme::Auto => t().transport.theme_auto,
        Theme::Light => t().transport.theme_light,
        Theme::Dark => t().transport.theme_dark,
    };
    let theme_icon = move || match theme.get() {
        Theme::Auto => icon(Icon::Auto),
        Theme::Light => icon(Icon::Light),
        Theme::Dark => icon(Icon::Dark),
    };
    let copy_name = move || {
        if copied.get() {
            t().transport.link_copied
        } else {
            t().transport.copy_link
        }
    };
    view! {
        <div class="tools">
            <TourButton />
            <button type="button" class="tool tool-link" title=copy_name aria-label=copy_name on:click=copy>
                {move || icon(if copied.get() { Icon::Done } else { Icon::Link })}
            </button>
            <button
                type="button"
                class="tool"
                title=t().transport.help
                aria-label=t().transport.help
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
